//! Cross-entropy: `−Σ y·ln ŷ` with softmax. Rows of targets are distributions.

use ndarray::ArrayRef2;

use super::rule::{Predicted, Rule};
use crate::activation::Link;
use crate::error::Error;
use crate::kernel::{Factors, Matrix, Scalar, Sum};
use crate::validate::{check_distributions, sum_tolerance};

pub(super) struct CrossEntropy;

impl<F: Scalar> Rule<F> for CrossEntropy {
    fn link(&self) -> Link {
        Link::Softmax
    }

    fn check_targets(&self, y: &ArrayRef2<F>, counts: &dyn Fn(usize) -> bool) -> Result<(), Error> {
        check_distributions("y", y, sum_tolerance::<F>(), counts)
    }

    fn is_of_values(&self, _outputs: usize) -> bool {
        false
    }

    /// Computed from the logits a as `Σ y ((max a − a) + ln Σ e^(a − max a))`. A term with y = 0 adds 0, and the
    /// logarithm is not lost next to a large maximum, nor next to a 1.
    fn losses(&self, predicted: Predicted<'_, F>, y: &Matrix<F>, factors: Factors<'_>) -> Sum {
        let Predicted { logits, maxima_and_others, .. } = predicted;
        let rows = logits.each_row().zip(maxima_and_others.each_row()).zip(y.each_row());
        factors.weigh(rows.map(|((a, maximum_and_others), y)| of_row(a, maximum_and_others, y)))
    }
}

/// The loss of a row.
fn of_row<F: Scalar>(a: &[F], maximum_and_others: &[F], y: &[F]) -> f64 {
    let [maximum, others] = maximum_and_others else { return f64::NAN };
    let (maximum, log_sum) = (maximum.as_f64(), libm::log1p(others.as_f64()));
    let terms = || a.iter().zip(y).filter(|(_, y)| **y != F::zero()).map(|(a, y)| (a.as_f64(), y.as_f64()));
    let loss: f64 = terms().map(|(a, y)| y * ((maximum - a) + log_sum)).sum();
    if loss.is_finite() {
        return loss;
    }
    // The difference of two logits can overflow even if its product with y does not.
    terms().map(|(a, y)| (y * maximum - y * a) + y * log_sum).sum()
}

/// Label smoothing: `y ← (1 − ε) y + ε / k`.
#[inline(never)]
pub(crate) fn smooth_labels<F: Scalar>(y: &mut Matrix<F>, epsilon: f64) {
    let keep = F::from_f64(1.0 - epsilon);
    let share = F::from_f64(epsilon / y.columns().max(1) as f64);
    y.values_mut().iter_mut().for_each(|y| *y = keep * *y + share);
}
