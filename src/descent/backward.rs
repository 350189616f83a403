//! The backward pass: `Δ_L = D ⊙ f′_L`, `Δₗ = (Δₗ₊₁ Wₗ₊₁) ⊙ f′ₗ`, and the gradients.

use std::iter::once;

use super::activations::times_derivative;
use super::forward::Outputs;
use crate::error::Error;
use crate::kernel::{self, Matrix, MatrixView, Scalar};
use crate::model::{Gradients, Layer, Network, Scratch};

/// Fills `gradients` with `∇Wₗ = −Δₗᵀ Aₗ₋₁ / b`, `∇bₗ = −(column means of Δₗ)`.
///
/// `input` is A₀. D `(b, n_L)` must be in the memory that [`Gradients::reserve`] returned.
///
/// # Errors
/// [`Error::TooLarge`], only with more than 4,096 rows; the gradients are then empty.
pub(crate) fn backward<F: Scalar>(
    network: &Network<F>,
    input: MatrixView<'_, F>,
    outputs: &Outputs<F>,
    gradients: &mut Gradients<F>,
) -> Result<(), Error> {
    let rows = input.rows();
    let Gradients { layers: gradients_of_layers, deltas: Scratch(deltas), sums: Scratch(sums), .. } =
        gradients;
    fill_deltas(network, outputs, rows, deltas);
    let scale = F::from_f64(-1.0 / rows as f64);
    let inputs = once(input).chain(outputs.layers().iter().map(Matrix::by_ref));
    for ((delta, input), gradient) in deltas.iter().zip(inputs).zip(gradients_of_layers) {
        if let Err(error) =
            kernel::transposed_times(input, delta.by_ref(), scale, &mut gradient.weights, sums)
        {
            *gradients = Gradients::default();
            return Err(error);
        }
        kernel::column_sums(delta.values(), scale, &mut gradient.biases);
    }
    gradients.weight = rows as f64;
    Ok(())
}

/// Computes the deltas Δ₁ … Δ_L of `rows` rows, each `(rows, nₗ)`; the last one contains D at first.
#[inline]
pub(super) fn fill_deltas<F: Scalar>(
    network: &Network<F>,
    outputs: &Outputs<F>,
    rows: usize,
    deltas: &mut [Matrix<F>],
) {
    let cost = network.cost_of_deltas(rows);
    kernel::by_rows_of_all(deltas.iter_mut().rev(), [], rows, cost, |rows, mut deltas, []| {
        let bases = outputs.bases().map(|basis| basis.by_ref().part(rows.clone()));
        backward_rows(network, bases, outputs, rows.start, &mut deltas);
    });
}

/// Computes some rows of the deltas, of which the first is row `first` of the mini-batch, from Δ_L down to Δ₁. `bases`
/// are the rows from which f′₁ … f′_L are computed. With dropout it is `Δₗ = (Δₗ₊₁ Wₗ₊₁) ⊙ Mₗ / (1 − pₗ) ⊙ f′ₗ`.
/// `deltas` are the rows of Δ_L … Δ₁; those of Δ_L contain D at first.
pub(crate) fn backward_rows<'a, F: Scalar>(
    network: &Network<F>,
    bases: impl DoubleEndedIterator<Item = MatrixView<'a, F>> + ExactSizeIterator,
    outputs: &Outputs<F>,
    first: usize,
    deltas: &mut dyn Iterator<Item = &'a mut [F]>,
) {
    let mut above: Option<(&Layer<F>, MatrixView<'a, F>)> = None;
    for ((l, (layer, basis)), delta) in network.layers().iter().zip(bases).enumerate().rev().zip(deltas) {
        if let Some((above, delta_above)) = above {
            kernel::times_transposed(delta_above, &above.parameters.weights, delta);
            if let Some(mask) = outputs.mask(l) {
                mask.apply(delta, layer.fan_out(), first);
            }
        }
        times_derivative(delta, basis.values(), layer.activation());
        above = Some((layer, MatrixView::of_values(delta, layer.fan_out())));
    }
}
