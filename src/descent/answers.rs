//! The network's output alone. Many rows are walked in blocks that stay in the cache, so memory does not grow with
//! the number of rows, and nothing is kept of the layers before the last one.

use std::mem::take;
use std::ops::Range;
use std::sync::OnceLock;

use ndarray::ArrayRef2;

use super::blocks::blocks;
use super::layers::{Dense, Linked, forward_unchecked};
use crate::activation::Link;
use crate::error::Error;
use crate::kernel::{self, Known, Matrix, MatrixView, ProductPanels, Rows, Scalar, all_finite};
use crate::model::{Layer, Network};
use crate::validate::{check_finite, first_not_finite};

/// The rows of a block, whose outputs of all layers should stay in the cache. No bits depend on this number.
const ROWS_AT_ONCE: usize = 96;
/// Up to this number of values, the memory of a block is on the stack: a row of a small network takes less time than
/// an allocation.
const FEW: usize = 128;

/// Computes Ŷ for the given rows of `x` `(m, n₀)` into `answer`, which has n_L values for each of them. Threads share
/// the rows.
///
/// # Errors
/// [`Error::NonFinite`] for a value of `x`, in any row, or else of Ŷ; [`Error::TooLarge`].
pub(crate) fn answers<F: Scalar>(
    network: &Network<F>,
    x: &ArrayRef2<F>,
    rows: Range<usize>,
    answer: &mut [F],
) -> Result<(), Error> {
    let columns = network.outputs();
    let cost = network.cost(rows.len());
    let failure = OnceLock::new();
    // With several blocks, the weights are packed once for all.
    let panels = match rows.len() {
        ..=ROWS_AT_ONCE => Vec::new(),
        _ => Vec::from_iter(network.parameters().map(|parameters| ProductPanels::pack(&parameters.weights))),
    };
    kernel::in_pool(cost, cost, || {
        kernel::by_rows(answer, &mut [], columns, cost, |part, answer, _| {
            let part = rows.start + part.start..rows.start + part.end;
            if let Err(error) = in_blocks(network, &panels, x, part, answer) {
                // Of two parts without memory, one is enough.
                let _ = failure.set(error);
            }
        });
    });
    if let Some(error) = failure.into_inner() {
        return Err(error);
    }
    if all_finite(answer) {
        return Ok(());
    }
    check_finite("x", x)?;
    let position = first_not_finite(answer).known();
    Err(Error::NonFinite {
        what: "the output",
        row: rows.start + position / columns,
        column: position % columns,
    })
}

/// Computes Ŷ for the given rows, on this thread. A block of x with a value that is not finite gives NaN.
fn in_blocks<F: Scalar>(
    network: &Network<F>,
    panels: &[Option<ProductPanels<F>>],
    x: &ArrayRef2<F>,
    rows: Range<usize>,
    mut answer: &mut [F],
) -> Result<(), Error> {
    let columns = network.outputs();
    // The outputs of the layers before the link, and for softmax two values for each row.
    let widths = network.layers().iter().map(Layer::fan_out).sum::<usize>().saturating_add(2);
    let (mut few, mut many) = ([F::zero(); FEW], Matrix::default());
    let memory = match rows.len().min(ROWS_AT_ONCE).checked_mul(widths) {
        Some(length) if length <= FEW => &mut few,
        _ => {
            many.resize("the output of a layer", rows.len().min(ROWS_AT_ONCE), widths)?;
            many.values_mut()
        }
    };
    let mut gathered = Matrix::default();
    for block in blocks(rows, ROWS_AT_ONCE) {
        let (here, rest) = take(&mut answer).split_at_mut(block.len() * columns);
        answer = rest;
        let input = gathered.read("the mini-batch", x, &Rows::Window(block))?;
        let is_finite = answer_block(network, panels, input, memory, here);
        if !is_finite && !all_finite(input.values()) {
            here.fill(F::nan());
        }
    }
    Ok(())
}

/// Computes Ŷ for a block of rows; returns true only if the input is finite, and false rarely if it is. `memory` has
/// places for the outputs of all layers and for two values of each row.
fn answer_block<'a, F: Scalar>(
    network: &'a Network<F>,
    panels: &'a [Option<ProductPanels<F>>],
    input: MatrixView<'a, F>,
    memory: &'a mut [F],
    answer: &'a mut [F],
) -> bool {
    let rows = input.rows();
    let (maxima_and_others, mut memory) = memory.split_at_mut(2 * rows);
    let (layers, link) = (network.layers(), network.link());
    let last = layers.len() - 1;
    // Without a link, the last layer's output is the answer.
    let (mut of_last, probabilities) = match link {
        Link::Identity => (answer, <&mut [F]>::default()),
        Link::Softmax | Link::Logistic | Link::Log => (<&mut [F]>::default(), answer),
    };
    let layers = layers.iter().enumerate().map(move |(l, layer)| {
        let output = if l == last && !of_last.is_empty() {
            take(&mut of_last)
        } else {
            let (output, rest) = take(&mut memory).split_at_mut(rows * layer.fan_out());
            memory = rest;
            output
        };
        let panels = panels.get(l).and_then(Option::as_ref);
        Dense { layer, panels, output, level: None, mask: None }
    });
    forward_unchecked(input, layers, link, Linked { probabilities, maxima_and_others })
}
