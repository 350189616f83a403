//! AdamW: `θ ← θ − η (λ θ + λ₁ sign θ)`, then the step of Adam without L2 and L1.

use super::adam::Adam;
use super::rule::Rule;
use super::step::Step;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::model::velocity::Slot;

pub(super) struct AdamW {
    pub(super) beta1: f64,
    pub(super) beta2: f64,
    pub(super) epsilon: f64,
}

impl AdamW {
    fn adam(&self) -> Adam {
        let Self { beta1, beta2, epsilon } = *self;
        Adam { beta1, beta2, epsilon }
    }
}

impl<F: Scalar> Rule<F> for AdamW {
    fn check(&self) -> Result<(), Error> {
        Rule::<F>::check(&self.adam())
    }

    fn slots(&self) -> Vec<Slot> {
        Rule::<F>::slots(&self.adam())
    }

    fn is_decoupled(&self) -> bool {
        true
    }

    fn step(&self, step: Step<'_, F>) {
        self.adam().step(step);
    }
}
