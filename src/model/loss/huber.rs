//! Huber's loss: `Σ ½d²` where `|d| ≤ δ`, else `δ(|d| − ½δ)`.

use super::rule::{Predicted, Rule};
use crate::error::Error;
use crate::kernel::{Factors, Matrix, Scalar, Sum};
use crate::validate::{ABOVE_0, check_range};

pub(super) struct Huber {
    pub(super) delta: f64,
}

impl<F: Scalar> Rule<F> for Huber {
    fn check(&self) -> Result<(), Error> {
        check_range::<F>("delta", ABOVE_0, self.delta)
    }

    fn losses(&self, _: Predicted<'_, F>, d: &Matrix<F>, factors: Factors<'_>) -> Sum {
        factors.weigh(d.each_row().map(|d| d.iter().map(|d| self.of(d.as_f64())).sum()))
    }

    /// Replaces each value beyond ±δ by that limit.
    fn differentiate(&self, d: &mut [F]) {
        let limit = F::from_f64(self.delta);
        for d in d {
            *d = if *d > limit {
                limit
            } else if *d < -limit {
                -limit
            } else {
                *d
            };
        }
    }
}

impl Huber {
    /// The loss of an output; NaN if d is NaN.
    fn of(&self, d: f64) -> f64 {
        let (magnitude, delta) = (d.abs(), self.delta);
        if magnitude > delta { delta * (magnitude - 0.5 * delta) } else { magnitude * (0.5 * magnitude) }
    }
}
