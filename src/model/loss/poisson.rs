//! Half the Poisson deviance: `Σ (ŷ − y + y·ln(y / ŷ))` with the log link. Targets are at least 0.

use ndarray::ArrayRef2;

use super::rule::{Predicted, Rule};
use crate::activation::Link;
use crate::error::Error;
use crate::kernel::{Factors, Matrix, Scalar, Sum};
use crate::validate::check_each_target;

pub(super) struct Poisson;

impl<F: Scalar> Rule<F> for Poisson {
    fn link(&self) -> Link {
        Link::Log
    }

    fn check_targets(&self, y: &ArrayRef2<F>, counts: &dyn Fn(usize) -> bool) -> Result<(), Error> {
        check_each_target(y, "at least 0 with the Poisson loss", |value| value >= 0.0, counts)
    }

    /// Computed from the logits a = ln ŷ.
    fn losses(&self, predicted: Predicted<'_, F>, y: &Matrix<F>, factors: Factors<'_>) -> Sum {
        let of_row = |a: &[F], y: &[F]| -> f64 {
            a.iter().zip(y).map(|(a, y)| half_deviance(a.as_f64(), y.as_f64())).sum()
        };
        factors.weigh(predicted.logits.each_row().zip(y.each_row()).map(|(a, y)| of_row(a, y)))
    }
}

/// `eᵃ − y + y·(ln y − a)`. With `r = a − ln y` it is computed as `y (eʳ − 1 − r)`, which keeps its digits for ŷ close
/// to y, or as `eᵃ − y (1 + r)`, which keeps them for a larger ŷ.
fn half_deviance(a: f64, y: f64) -> f64 {
    if y == 0.0 {
        return libm::exp(a);
    }
    let r = a - libm::log(y);
    if r > 1.0 { libm::exp(a) - y * (1.0 + r) } else { y * (libm::expm1(r) - r) }
}
