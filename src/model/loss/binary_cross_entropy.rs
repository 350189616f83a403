//! Binary cross-entropy: `−Σ (y·ln ŷ + (1 − y)·ln(1 − ŷ))` with the logistic link. Targets are from 0 to 1.

use ndarray::ArrayRef2;

use super::rule::{Predicted, Rule};
use crate::activation::Link;
use crate::error::Error;
use crate::kernel::{Factors, Matrix, Scalar, Sum};
use crate::validate::check_each_target;

pub(super) struct BinaryCrossEntropy;

impl<F: Scalar> Rule<F> for BinaryCrossEntropy {
    fn link(&self) -> Link {
        Link::Logistic
    }

    fn check_targets(&self, y: &ArrayRef2<F>, counts: &dyn Fn(usize) -> bool) -> Result<(), Error> {
        let range = "at least 0 and at most 1 with binary cross-entropy";
        check_each_target(y, range, |value| (0.0..=1.0).contains(&value), counts)
    }

    fn is_of_values(&self, _outputs: usize) -> bool {
        false
    }

    /// Computed from the logits a as `Σ (max(a, 0) − a·y + ln(1 + e^−|a|))`.
    fn losses(&self, predicted: Predicted<'_, F>, y: &Matrix<F>, factors: Factors<'_>) -> Sum {
        let of_row = |a: &[F], y: &[F]| -> f64 {
            let pairs = a.iter().zip(y).map(|(a, y)| (a.as_f64(), y.as_f64()));
            pairs
                .map(|(a, y)| (if a > 0.0 { a } else { 0.0 } - a * y) + libm::log1p(libm::exp(-a.abs())))
                .sum()
        };
        factors.weigh(predicted.logits.each_row().zip(y.each_row()).map(|(a, y)| of_row(a, y)))
    }
}
