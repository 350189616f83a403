//! The backward pass: `Δ_L = D ⊙ f′_L`, `Δₗ = (Δₗ₊₁ Wₗ₊₁) ⊙ f′ₗ`, and from them the gradients.

use std::iter::once;

use crate::kernel::{self, Matrix, MatrixView};
use crate::pass::cost;
use crate::{Activation, Error, Gradients, Layer, Scalar};

/// What the rows of a mini-batch count for.
#[derive(Clone, Copy)]
pub(crate) enum Weighting {
    /// Each for 1: the gradients are a mean over the rows.
    Even,
    /// Each of D was multiplied by its share of the sum of the weights, which is this: the gradients are a sum.
    Shares(f64),
}

/// Fills `gradients` with the mean over the rows of `∇Wₗ = −Δₗᵀ Aₗ₋₁ / b`, `∇bₗ = −(column means of Δₗ)`.
///
/// `input` is A₀ and `outputs` A₁ … A_L; `deltas` are buffers for Δ₁ … Δ_L, the last of which holds D `(b, n_L)`;
/// `sums` is memory for the sums of many rows.
///
/// # Errors
/// [`Error::TooLarge`]; the gradients are then empty.
pub(crate) fn backward<F: Scalar>(
    layers: &[Layer<F>],
    input: MatrixView<'_, F>,
    outputs: &[Matrix<F>],
    deltas: &mut [Matrix<F>],
    weighting: Weighting,
    sums: &mut Matrix<f64>,
    gradients: &mut Gradients<F>,
) -> Result<(), Error> {
    let rows = input.rows();
    let (scale, weight) = match weighting {
        Weighting::Even => (-1.0 / rows as f64, rows as f64),
        Weighting::Shares(sum) => (-1.0, sum),
    };
    let scale = F::from_f64(scale);
    gradients.shape_like(layers)?;
    for (delta, layer) in deltas.iter_mut().zip(layers) {
        let resized = delta.resize("the delta of a layer", rows, layer.fan_out());
        resized.inspect_err(|_| *gradients = Gradients::default())?;
    }
    // Nothing is sent back through the first layer.
    let cost = cost(layers.get(1..).unwrap_or_default(), rows);
    kernel::by_rows_of_all(deltas.iter_mut().rev(), [], rows, cost, |rows, deltas, []| {
        let outputs = outputs.iter().map(|output| output.by_ref().part(rows.clone()));
        backward_rows(layers, outputs, deltas);
    });
    let inputs = once(input).chain(outputs.iter().map(Matrix::by_ref));
    let mut parts = deltas.iter().zip(inputs).zip(&mut gradients.layers);
    let filled = parts.try_for_each(|((delta, input), gradient)| {
        kernel::gradient(input, delta.by_ref(), scale, &mut gradient.weights, sums)?;
        kernel::column_sums(delta.values(), scale, &mut gradient.biases);
        Ok(())
    });
    filled.inspect_err(|_| *gradients = Gradients::default())?;
    gradients.weight = weight;
    Ok(())
}

/// Sends some rows of the error back: `outputs` are those of A₁ … A_L, `deltas` those of Δ_L, which is D before, down
/// to Δ₁.
fn backward_rows<'a, F: Scalar>(
    layers: &[Layer<F>],
    outputs: impl DoubleEndedIterator<Item = MatrixView<'a, F>> + ExactSizeIterator,
    deltas: &mut dyn Iterator<Item = &'a mut [F]>,
) {
    let mut above: Option<(&Layer<F>, MatrixView<'a, F>)> = None;
    for ((layer, output), delta) in layers.iter().zip(outputs).rev().zip(deltas) {
        if let Some((above, delta_above)) = above {
            kernel::backward(delta_above, &above.affine.weights, delta);
        }
        times_derivative(delta, output.values(), layer.activation());
        above = Some((layer, MatrixView::of_values(delta, layer.fan_out())));
    }
}

/// `δ ← δ ⊙ f′`, with `f′` from the layer's output `a`.
fn times_derivative<F: Scalar>(delta: &mut [F], a: &[F], activation: Activation) {
    match activation {
        Activation::Sigmoid => kernel::times_derivative(delta, a, kernel::Sigmoid),
        Activation::Identity => {}
        Activation::Relu => kernel::times_derivative(delta, a, kernel::Relu),
        Activation::Tanh => kernel::times_derivative(delta, a, kernel::Tanh),
        Activation::LeakyRelu { slope } => {
            kernel::times_derivative(delta, a, kernel::LeakyRelu { slope: F::from_f64(slope) });
        }
    }
}
