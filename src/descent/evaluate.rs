//! Outputs and losses for many rows, in blocks, so that memory does not grow with the number of rows.

use std::ops::Range;

use ndarray::ArrayRef2;

use super::blocks::{ROWS_OF_A_BLOCK, blocks};
use super::criterion::Criterion;
use super::forward::Outputs;
use super::penalty::penalty;
use super::row_weights::RowWeights;
use super::samples::Samples;
use crate::error::Error;
use crate::kernel::{self, Factors, Matrix, Rows, Scalar, Sum, concrete};
use crate::model::{Config, Network};
use crate::validate::check_loss;

/// The working memory for blocks of rows.
#[derive(Default)]
pub(crate) struct BlockMemory<F: Scalar> {
    gathered: Matrix<F>,
    factors: Vec<f64>,
    outputs: Outputs<F>,
    d: Matrix<F>,
}

/// The mean loss of the rows, `Σ w·l / Σ w`. If the values are not checked yet, they are, and an output that is not
/// finite is an error. Calls `take` with the first row of each block and its output, in order.
///
/// # Errors
/// Those of [`Samples::check`], [`Error::NonFinite`] for an output, [`Error::TooLarge`].
pub(crate) fn mean_loss<F: Scalar>(
    network: &Network<F>,
    criterion: &mut Criterion<'_, F>,
    samples: &Samples<'_, F>,
    memory: &mut BlockMemory<F>,
    take: &mut (dyn FnMut(usize, &Matrix<F>) + Send),
) -> Result<f64, Error> {
    let (mut sum, mut count) = (Sum::ZERO, Sum::ZERO);
    let computed = for_each_block(network, samples, memory, |rows, outputs, factors, d| {
        if !samples.is_checked() {
            outputs.check(rows.start)?;
        }
        take(rows.start, outputs.answer());
        samples.load_targets(&Rows::Window(rows), factors, d)?;
        sum.add(criterion.error_and_losses(outputs, d, factors));
        count.add(factors.sum());
        Ok(())
    });
    match computed {
        Ok(()) => Ok(sum.per(count)),
        // A bad value in a later row matters more.
        Err(error) => Err(samples.cause(&error).unwrap_or(error)),
    }
}

/// Calls `take` with the first row of each block and its output, in order. An output that is not finite is no error.
pub(crate) fn for_each_output<F: Scalar>(
    network: &Network<F>,
    samples: &Samples<'_, F>,
    memory: &mut BlockMemory<F>,
    take: &mut (dyn FnMut(usize, &Matrix<F>) + Send),
) -> Result<(), Error> {
    for_each_block(network, samples, memory, |rows, outputs, _, _| {
        take(rows.start, outputs.answer());
        Ok(())
    })
}

/// Computes the outputs for each block of rows, then calls `work` with the block, its outputs and factors, and memory
/// for its errors.
pub(super) fn for_each_block<F: Scalar>(
    network: &Network<F>,
    samples: &Samples<'_, F>,
    memory: &mut BlockMemory<F>,
    mut work: impl FnMut(Range<usize>, &Outputs<F>, Factors<'_>, &mut Matrix<F>) -> Result<(), Error> + Send,
) -> Result<(), Error> {
    let rows = samples.x.nrows();
    let BlockMemory { gathered, factors, outputs, d } = memory;
    kernel::in_pool(network.cost(rows), network.cost(ROWS_OF_A_BLOCK), || {
        for block in blocks(0..rows, ROWS_OF_A_BLOCK) {
            let window = Rows::Window(block.clone());
            let factors = samples.weights.factors(&window, factors);
            outputs.forward(network, samples.input(&window, factors, gathered)?)?;
            work(block, outputs, factors, d)?;
        }
        Ok(())
    })
}

/// What training minimises: the mean loss of the rows with the penalty.
///
/// # Errors
/// Those of [`mean_loss`], and of a result that is not finite.
pub(crate) fn objective<F: Scalar>(
    network: &Network<F>,
    config: &Config,
    x: &ArrayRef2<F>,
    y: &ArrayRef2<F>,
) -> Result<f64, Error> {
    let loss = of_rows(network, config, x, y, Criterion::minimised(config))?;
    check_loss("the objective", loss + penalty(network, config))
}

/// The mean loss that training reports.
///
/// # Errors
/// Those of [`mean_loss`], and of a result that is not finite.
pub(crate) fn reported_loss<F: Scalar>(
    network: &Network<F>,
    config: &Config,
    x: &ArrayRef2<F>,
    y: &ArrayRef2<F>,
) -> Result<f64, Error> {
    check_loss("the mean loss", of_rows(network, config, x, y, Criterion::reported(config))?)
}

concrete!(
    /// The mean of a criterion over rows of weight 1.
    fn of_rows<'a, F>(
        network: &'a Network<F>,
        config: &'a Config,
        x: &'a ArrayRef2<F>,
        y: &'a ArrayRef2<F>,
        criterion: Criterion<'a, F>,
    ) -> Result<f64, Error> {
        let mut criterion = criterion;
        network.check_shapes(x, y)?;
        let samples = Samples::unchecked(x, y, RowWeights::Equal, config.loss());
        mean_loss(network, &mut criterion, &samples, &mut BlockMemory::default(), &mut |_, _| {})
    }
);
