//! The loss of a mini-batch, its derivative D, and the penalty of L2 and L1.

use super::criterion::{Criterion, Measure};
use super::forward::Outputs;
use crate::activation::Link;
use crate::kernel::{self, Factors, Matrix, Scalar, Sum};
use crate::model::{Config, Network};

/// Turns `d`, which holds the targets Y, into the error D, minus the derivative of the loss with respect to A_L;
/// returns the sum of the rows' losses, each multiplied by its factor. A link that is not the identity determines the
/// loss, and D is then Y − Ŷ, or with weights of labels a weighted Y − Ŷ.
pub(crate) fn error_and_loss<F: Scalar>(
    outputs: &Outputs<F>,
    d: &mut Matrix<F>,
    criterion: &mut Criterion<'_, F>,
    factors: Factors<'_>,
) -> Sum {
    if let Some(sum) = criterion.own(outputs, d, factors) {
        return sum;
    }
    if let Some(weights) = criterion.label_weights() {
        let sum = weights.loss(outputs, d, factors);
        weights.differentiate(outputs, d);
        return sum;
    }
    criterion.smooth(d);
    let of_link = match outputs.link() {
        Link::Identity => None,
        Link::Softmax => Some(cross_entropy(outputs, d, factors)),
        Link::Logistic => Some(binary_cross_entropy(outputs, d, factors)),
        Link::Log => Some(poisson(outputs, d, factors)),
    };
    kernel::subtract(d.values_mut(), outputs.answer().values());
    of_link.unwrap_or_else(|| {
        let sum = measure_rows(d, criterion.measure(), factors);
        criterion.measure().differentiate(d.values_mut());
        sum
    })
}

/// Turns `d`, which holds the targets Y, into the error D.
pub(crate) fn error<F: Scalar>(outputs: &Outputs<F>, d: &mut Matrix<F>, criterion: &Criterion<'_, F>) {
    if let Some(weights) = criterion.label_weights() {
        return weights.differentiate(outputs, d);
    }
    criterion.smooth(d);
    kernel::subtract(d.values_mut(), outputs.answer().values());
    if outputs.link() == Link::Identity {
        criterion.measure().differentiate(d.values_mut());
    }
}

/// The sum of the `measure` of each row, multiplied by its factor.
fn measure_rows<F: Scalar>(d: &Matrix<F>, measure: Measure, factors: Factors<'_>) -> Sum {
    match measure {
        // The norm of a single number needs no square and no root.
        Measure::Norm | Measure::Absolute if d.columns() == 1 => magnitudes(d.values(), factors),
        Measure::Norm => factors.weigh(d.each_row().map(norm)),
        Measure::HalfSquare => factors.weigh(d.each_row().map(half_square)),
        Measure::Absolute => factors.weigh(d.each_row().map(|d| sum_of(d, f64::abs))),
        Measure::Huber { delta } => factors.weigh(d.each_row().map(|d| sum_of(d, |d| huber(d, delta)))),
        Measure::Quantile { tau } => factors.weigh(d.each_row().map(|d| sum_of(d, |d| quantile(d, tau)))),
    }
}

/// `Σ l(d)` over the outputs of a row.
fn sum_of<F: Scalar>(d: &[F], loss: impl Fn(f64) -> f64) -> f64 {
    d.iter().map(|d| loss(d.as_f64())).sum()
}

/// `½d²` where `|d| ≤ δ`, else `δ(|d| − ½δ)`; NaN if d is NaN.
fn huber(d: f64, delta: f64) -> f64 {
    let magnitude = d.abs();
    if magnitude > delta { delta * (magnitude - 0.5 * delta) } else { magnitude * (0.5 * magnitude) }
}

/// `τ·d` where `d ≥ 0`, else `(τ − 1)·d`; NaN if d is NaN.
fn quantile(d: f64, tau: f64) -> f64 {
    if d < 0.0 { (tau - 1.0) * d } else { tau * d }
}

/// `Σ f·|d|`, summed in the lanes of [`kernel::sum_of_magnitudes`], so that factors of 1 give the same bits.
fn magnitudes<F: Scalar>(d: &[F], factors: Factors<'_>) -> Sum {
    let sum = match factors {
        Factors::Ones(_) => kernel::sum_of_magnitudes(d),
        Factors::Each(factors) => {
            let mut lanes = [0.0; 8];
            for (d, factors) in d.chunks(lanes.len()).zip(factors.chunks(lanes.len())) {
                for ((lane, d), factor) in lanes.iter_mut().zip(d).zip(factors) {
                    *lane += factor * d.as_f64().abs();
                }
            }
            lanes.iter().sum()
        }
    };
    if sum.is_finite() { Sum::from(sum) } else { factors.weigh(d.iter().map(|d| d.as_f64().abs())) }
}

/// `‖d‖`, which overflows only if the norm itself is too large.
fn norm<F: Scalar>(d: &[F]) -> f64 {
    let squares = sum_of_squares(d);
    if squares.is_normal() { squares.sqrt() } else { scaled_norm(d) }
}

/// `‖d‖`, computed from the squares of d divided by its largest magnitude.
fn scaled_norm<F: Scalar>(d: &[F]) -> f64 {
    let largest = d.iter().fold(0.0, |largest: f64, d| largest.max(d.as_f64().abs()));
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    largest * d.iter().map(|d| (d.as_f64() / largest).powi(2)).sum::<f64>().sqrt()
}

/// `½‖d‖²`
fn half_square<F: Scalar>(d: &[F]) -> f64 {
    let squares = sum_of_squares(d);
    if squares.is_finite() {
        return 0.5 * squares;
    }
    // Half the square can be finite even if the square is not.
    d.iter().map(|d| d.as_f64() * (0.5 * d.as_f64())).sum()
}

/// `‖v‖²` in f64, where no finite f32 overflows.
fn sum_of_squares<F: Scalar>(values: &[F]) -> f64 {
    values.iter().map(|value| value.as_f64() * value.as_f64()).sum()
}

/// `−Σ y·ln ŷ`, computed from the logits a as `Σ y ((max a − a) + ln Σ e^(a − max a))`. A term with y = 0 adds 0,
/// and the logarithm is not lost next to a large maximum, nor next to a 1.
fn cross_entropy<F: Scalar>(outputs: &Outputs<F>, y: &Matrix<F>, factors: Factors<'_>) -> Sum {
    let of_row = |(a, maximum_and_others): (&[F], &[F]), y: &[F]| -> f64 {
        let [maximum, others] = maximum_and_others else { return f64::NAN };
        let (maximum, log_sum) = (maximum.as_f64(), libm::log1p(others.as_f64()));
        let terms =
            || a.iter().zip(y).filter(|(_, y)| **y != F::zero()).map(|(a, y)| (a.as_f64(), y.as_f64()));
        let loss: f64 = terms().map(|(a, y)| y * ((maximum - a) + log_sum)).sum();
        if loss.is_finite() {
            return loss;
        }
        // The difference of two logits can overflow even if its product with y does not.
        terms().map(|(a, y)| (y * maximum - y * a) + y * log_sum).sum()
    };
    let rows = outputs.logits().zip(outputs.maxima_and_others()).zip(y.each_row());
    factors.weigh(rows.map(|(logits, y)| of_row(logits, y)))
}

/// `−Σ (y·ln ŷ + (1 − y)·ln(1 − ŷ))`, computed from the logits a as `Σ (max(a, 0) − a·y + ln(1 + e^−|a|))`.
fn binary_cross_entropy<F: Scalar>(outputs: &Outputs<F>, y: &Matrix<F>, factors: Factors<'_>) -> Sum {
    let of_row = |a: &[F], y: &[F]| -> f64 {
        let pairs = a.iter().zip(y).map(|(a, y)| (a.as_f64(), y.as_f64()));
        pairs.map(|(a, y)| (if a > 0.0 { a } else { 0.0 } - a * y) + libm::log1p(libm::exp(-a.abs()))).sum()
    };
    factors.weigh(outputs.logits().zip(y.each_row()).map(|(a, y)| of_row(a, y)))
}

/// `Σ (ŷ − y + y·ln(y / ŷ))`, computed from the logits a = ln ŷ.
fn poisson<F: Scalar>(outputs: &Outputs<F>, y: &Matrix<F>, factors: Factors<'_>) -> Sum {
    let of_row = |a: &[F], y: &[F]| -> f64 {
        a.iter().zip(y).map(|(a, y)| half_deviance(a.as_f64(), y.as_f64())).sum()
    };
    factors.weigh(outputs.logits().zip(y.each_row()).map(|(a, y)| of_row(a, y)))
}

/// `eᵃ − y + y·(ln y − a)`. With `r = a − ln y` it is computed as `y (eʳ − 1 − r)`, which keeps its digits for ŷ close to
/// y, or as `eᵃ − y (1 + r)`, which keeps them for a larger ŷ.
fn half_deviance(a: f64, y: f64) -> f64 {
    if y == 0.0 {
        return libm::exp(a);
    }
    let r = a - libm::log(y);
    if r > 1.0 { libm::exp(a) - y * (1.0 + r) } else { y * (libm::expm1(r) - r) }
}

/// `½ λ ‖θ‖² + λ₁ Σ|θ|` over all weights, and over all biases if they are regularised.
pub(crate) fn penalty<F: Scalar>(network: &Network<F>, config: &Config) -> f64 {
    penalty_of_squares(network, config) + penalty_of_magnitudes(network, config)
}

/// The weights of each layer, and the biases if they are regularised.
fn regularized<'a, F: Scalar>(
    network: &'a Network<F>,
    config: &Config,
) -> impl Iterator<Item = &'a [F]> + Clone {
    let regularized = if config.regularize_biases() { 2 } else { 1 };
    network.parameters().flat_map(move |parameters| parameters.slices().into_iter().take(regularized))
}

/// `λ₁ Σ|θ|`
fn penalty_of_magnitudes<F: Scalar>(network: &Network<F>, config: &Config) -> f64 {
    let lambda = config.l1();
    if lambda == 0.0 {
        // 0 · ∞ would be NaN.
        return 0.0;
    }
    let sum: f64 = regularized(network, config).map(kernel::sum_of_magnitudes).sum();
    if sum.is_finite() {
        return lambda * sum;
    }
    // λ₁ Σ|θ| can be finite even if Σ|θ| is not.
    regularized(network, config).flatten().map(|theta| lambda * theta.as_f64().abs()).sum()
}

/// `½ λ ‖θ‖²`
fn penalty_of_squares<F: Scalar>(network: &Network<F>, config: &Config) -> f64 {
    let lambda = config.regularization();
    if lambda == 0.0 {
        // 0 · ∞ would be NaN.
        return 0.0;
    }
    let slices = || regularized(network, config);
    let squares: f64 = slices().map(sum_of_squares).sum();
    if squares.is_finite() {
        return 0.5 * lambda * squares;
    }
    // ½ λ ‖θ‖² can be finite even if ‖θ‖² is not.
    let norm = slices().map(scaled_norm).fold(0.0, libm::hypot);
    (0.5 * lambda * norm) * norm
}
