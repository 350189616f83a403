//! The backward pass: `Δ_L = D ⊙ f′_L`, `Δₗ = (Δₗ₊₁ Wₗ₊₁) ⊙ f′ₗ`, and from them the gradients.

use std::iter::once;
use std::mem::swap;

use crate::kernel::{self, Matrix, MatrixView};
use crate::{Error, Gradients, Layer, Scalar};

/// Fills `gradients` with the mean over the rows of `∇Wₗ = −Δₗᵀ Aₗ₋₁ / b`, `∇bₗ = −(column means of Δₗ)`.
///
/// `input` is A₀ and `outputs` A₁ … A_L; `deltas` are two buffers, the first of which holds D `(b, n_L)`.
///
/// # Errors
/// [`Error::TooLarge`]; the gradients are then empty.
pub(crate) fn backward<F: Scalar>(
    layers: &[Layer<F>],
    input: MatrixView<'_, F>,
    outputs: &[Matrix<F>],
    deltas: &mut [Matrix<F>; 2],
    gradients: &mut Gradients<F>,
) -> Result<(), Error> {
    let done = try_backward(layers, input, outputs, deltas, gradients);
    if done.is_err() {
        *gradients = Gradients::default();
    }
    done
}

fn try_backward<F: Scalar>(
    layers: &[Layer<F>],
    input: MatrixView<'_, F>,
    outputs: &[Matrix<F>],
    [delta, spare]: &mut [Matrix<F>; 2],
    gradients: &mut Gradients<F>,
) -> Result<(), Error> {
    gradients.shape_like(layers)?;
    let rows = input.rows() as f64;
    let minus_mean = F::from_f64(-1.0 / rows);
    let (mut delta, mut spare) = (delta, spare);
    let inputs = outputs.iter().rev().skip(1).map(Matrix::by_ref).chain(once(input));
    let outputs = outputs.iter().rev();
    let mut above: Option<&Layer<F>> = None;
    let upwards = layers.iter().zip(&mut gradients.layers).rev();
    for (((layer, gradient), output), input) in upwards.zip(outputs).zip(inputs) {
        let (output, activation) = (output.values(), layer.activation());
        match above {
            None => kernel::times_derivative(delta.values_mut(), output, activation),
            Some(above) => {
                let columns = layer.fan_out();
                kernel::product_nt(delta.by_ref(), &above.affine.weights, spare, |rows, delta| {
                    let output = &output[rows.start * columns..rows.end * columns];
                    kernel::times_derivative(delta, output, activation);
                })?;
                swap(&mut delta, &mut spare);
            }
        }
        kernel::product_tn(input, delta.by_ref(), minus_mean, &mut gradient.weights)?;
        kernel::column_sums(delta.values(), minus_mean, &mut gradient.biases);
        above = Some(layer);
    }
    gradients.weight = rows;
    Ok(())
}
