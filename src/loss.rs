//! What is reported and what is descended: the loss of a mini-batch and the penalty of L2.

use crate::kernel::{self, Matrix};
use crate::{Layer, Pass, Scalar};

/// Turns `d`, which holds the targets Y of the pass, into the error D = Y − Ŷ; returns the sum over the rows
/// of the loss: with softmax the cross-entropy, otherwise what `of_rows` makes of D.
pub(crate) fn error_and_loss<F: Scalar>(
    pass: &Pass<F>,
    d: &mut Matrix<F>,
    of_rows: fn(&Matrix<F>) -> f64,
) -> f64 {
    let cross_entropy = cross_entropy(pass, d);
    kernel::subtract(d.values_mut(), pass.answer().values());
    cross_entropy.unwrap_or_else(|| of_rows(d))
}

/// The sum over the rows of the Euclidean norm `‖d‖`: what is reported without softmax.
pub(crate) fn norms<F: Scalar>(d: &Matrix<F>) -> f64 {
    match d.columns() {
        // Of a single number, without the square and its root.
        1 => kernel::sum_of_magnitudes(d.values()),
        _ => d.each_row().map(|d| squares(d).sqrt()).sum(),
    }
}

/// The sum over the rows of `½‖d‖²`: what is descended without softmax.
pub(crate) fn half_squares<F: Scalar>(d: &Matrix<F>) -> f64 {
    d.each_row().map(|d| 0.5 * squares(d)).sum()
}

/// `½ λ ‖θ‖²` over all weights and biases.
pub(crate) fn penalty<F: Scalar>(layers: &[Layer<F>], lambda: f64) -> f64 {
    if lambda == 0.0 {
        // Not 0 · ∞, where the squares overflow.
        return 0.0;
    }
    0.5 * lambda * layers.iter().flat_map(|layer| layer.affine.slices()).map(squares).sum::<f64>()
}

/// The sum over the rows of `−Σ y·ln ŷ`, from the logits a as `Σ y ((max a − a) + ln Σ e^(a − max a))`: a term
/// with y = 0 adds 0, and the logarithm is not lost beside a large maximum. `None` without softmax.
fn cross_entropy<F: Scalar>(pass: &Pass<F>, y: &Matrix<F>) -> Option<f64> {
    let of_row = |a: &[F], maximum_and_sum: &[F], y: &[F]| -> f64 {
        let [maximum, sum] = maximum_and_sum else { return f64::NAN };
        let (maximum, log_sum) = (maximum.as_f64(), sum.as_f64().ln());
        let terms = a.iter().zip(y).filter(|(_, y)| **y != F::zero());
        terms.map(|(a, y)| y.as_f64() * ((maximum - a.as_f64()) + log_sum)).sum()
    };
    let rows = pass.logits()?.zip(y.each_row());
    Some(rows.map(|((a, maximum_and_sum), y)| of_row(a, maximum_and_sum, y)).sum())
}

/// `‖v‖²`, squared in f64, where no finite f32 overflows.
fn squares<F: Scalar>(values: &[F]) -> f64 {
    values.iter().map(|value| value.as_f64() * value.as_f64()).sum()
}
