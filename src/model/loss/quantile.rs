//! The quantile loss: `Σ τ·d` where `d ≥ 0`, else `(τ − 1)·d`.

use super::absolute::slopes;
use super::rule::{Predicted, Rule};
use crate::error::Error;
use crate::kernel::{Factors, Matrix, Scalar, Sum};
use crate::validate::{BETWEEN_0_AND_1, check_range};

pub(super) struct Quantile {
    pub(super) tau: f64,
}

impl<F: Scalar> Rule<F> for Quantile {
    fn check(&self) -> Result<(), Error> {
        check_range::<F>("tau", BETWEEN_0_AND_1, self.tau)
    }

    fn losses(&self, _: Predicted<'_, F>, d: &Matrix<F>, factors: Factors<'_>) -> Sum {
        factors.weigh(d.each_row().map(|d| d.iter().map(|d| self.of(d.as_f64())).sum()))
    }

    fn differentiate(&self, d: &mut [F]) {
        slopes(d, F::from_f64(self.tau - 1.0), F::from_f64(self.tau));
    }
}

impl Quantile {
    /// The loss of an output; NaN if d is NaN.
    fn of(&self, d: f64) -> f64 {
        if d < 0.0 { (self.tau - 1.0) * d } else { self.tau * d }
    }
}
