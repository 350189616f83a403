//! RMSProp: `v ← ρ v + (1 − ρ) g²`, `θ ← θ − η g / (√v + ε)`.

use super::rule::Rule;
use super::step::Step;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::kernel::step::{SquareRates, descend_by_squares};
use crate::model::velocity::Slot;
use crate::validate::{A_SHARE, ABOVE_0, check_range};

pub(super) struct RmsProp {
    pub(super) rho: f64,
    pub(super) epsilon: f64,
}

impl<F: Scalar> Rule<F> for RmsProp {
    fn check(&self) -> Result<(), Error> {
        check_range::<F>("rho", A_SHARE, self.rho)?;
        check_range::<F>("epsilon", ABOVE_0, self.epsilon)
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::SQUARES.keeping(self.rho)]
    }

    fn step(&self, step: Step<'_, F>) {
        let rho = [self.rho, 1.0 - self.rho].map(F::from_f64);
        let [eta, epsilon] = [step.eta, self.epsilon].map(F::from_f64);
        step.of_each_part(|[theta, v], gradient, lambda| {
            descend_by_squares(theta, v, gradient, SquareRates { rho, eta, epsilon, lambda });
        });
    }
}
