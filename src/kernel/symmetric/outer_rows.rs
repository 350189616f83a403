//! Rows of a Jacobian matrix J, of one outer product after the other.

use super::panels::PANEL_WIDTH;
use crate::kernel::arch::{Arch, Kernel, dispatch};
use crate::kernel::matrix::MatrixView;

/// The factors of an outer product in each row of J: the inputs of a layer (rows, fan_in) and the derivatives with
/// respect to its z (rows, fan_out).
#[derive(Clone, Copy)]
pub(crate) struct OuterRows<'a> {
    pub(crate) inputs: MatrixView<'a, f64>,
    pub(crate) deltas: MatrixView<'a, f64>,
}

/// Fills rows of J from row `first` on, in panels that are `stride` rows apart. A row has, for each layer, the products
/// of each input and each δ, input after input, and then each δ. The element after them is the one of `last`, of which
/// `last_step` values belong to a row. `row` is memory for a row of whole panels.
pub(crate) fn fill_panels<'a>(
    layers: impl Iterator<Item = OuterRows<'a>> + Clone,
    last: &[f64],
    last_step: usize,
    row: &mut [f64],
    panels: &mut [f64],
    [first, stride]: [usize; 2],
) {
    dispatch(FillPanels { layers, last, last_step, row, panels, first, stride });
}

struct FillPanels<'a, L> {
    layers: L,
    last: &'a [f64],
    last_step: usize,
    row: &'a mut [f64],
    panels: &'a mut [f64],
    first: usize,
    stride: usize,
}

impl<'a, L: Iterator<Item = OuterRows<'a>> + Clone> Kernel for FillPanels<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        let Self { layers, last, last_step, row, panels, first, stride } = self;
        for (r, last) in last.iter().step_by(last_step.max(1)).enumerate() {
            let mut rest = &mut *row;
            for OuterRows { inputs, deltas } in layers.clone() {
                let inputs = &inputs.values()[r * inputs.columns()..][..inputs.columns()];
                let deltas = &deltas.values()[r * deltas.columns()..][..deltas.columns()];
                let (weights, others) = rest.split_at_mut(inputs.len() * deltas.len());
                let (biases, others) = others.split_at_mut(deltas.len());
                rest = others;
                if let &[delta] = deltas {
                    weights.iter_mut().zip(inputs).for_each(|(weight, input)| *weight = input * delta);
                } else {
                    for (weights, input) in weights.chunks_exact_mut(deltas.len()).zip(inputs) {
                        weights.iter_mut().zip(deltas).for_each(|(weight, delta)| *weight = input * delta);
                    }
                }
                biases.copy_from_slice(deltas);
            }
            if let Some(place) = rest.first_mut() {
                *place = *last;
            }
            let at = (first + r) * PANEL_WIDTH;
            for (values, panel) in
                row.chunks_exact(PANEL_WIDTH).zip(panels.chunks_exact_mut(stride * PANEL_WIDTH))
            {
                panel[at..at + PANEL_WIDTH].copy_from_slice(values);
            }
        }
    }
}
