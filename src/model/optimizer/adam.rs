//! Adam: `m ← β₁ m + (1 − β₁) g`, `v ← β₂ v + (1 − β₂) g²`, `θ ← θ − η m̂ / (√v̂ + ε)`.

use super::rule::Rule;
use super::step::Step;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::kernel::step::{AdamRates, descend_by_moments};
use crate::model::velocity::Slot;
use crate::validate::{A_SHARE, ABOVE_0, check_range};

pub(super) struct Adam {
    pub(super) beta1: f64,
    pub(super) beta2: f64,
    pub(super) epsilon: f64,
}

impl<F: Scalar> Rule<F> for Adam {
    fn check(&self) -> Result<(), Error> {
        check_range::<F>("beta1", A_SHARE, self.beta1)?;
        check_range::<F>("beta2", A_SHARE, self.beta2)?;
        check_range::<F>("epsilon", ABOVE_0, self.epsilon)
    }

    /// The mean gradient m takes the place of a velocity.
    fn slots(&self) -> Vec<Slot> {
        vec![Slot::VELOCITY.keeping(self.beta1), Slot::SQUARES.keeping(self.beta2)]
    }

    fn step(&self, step: Step<'_, F>) {
        let Self { beta1, beta2, epsilon } = *self;
        let s = step.number() as f64;
        let rates = AdamRates {
            beta1: [beta1, 1.0 - beta1].map(F::from_f64),
            beta2: [beta2, 1.0 - beta2].map(F::from_f64),
            eta: F::from_f64(step.eta / (1.0 - libm::pow(beta1, s))),
            root: F::from_f64(1.0 / (1.0 - libm::pow(beta2, s)).sqrt()),
            epsilon: F::from_f64(epsilon),
            lambda: F::zero(),
        };
        step.of_each_part(|[theta, m, v], gradient, lambda| {
            descend_by_moments(theta, m, v, gradient, AdamRates { lambda, ..rates });
        });
    }
}
