//! The article's momentum: `V ← μ V − η g`, `θ ← θ + V`.

use super::rule::Rule;
use super::step::Step;
use crate::kernel::Scalar;
use crate::kernel::step::{Rates, descend};
use crate::model::velocity::Slot;

pub(super) struct Momentum;

impl<F: Scalar> Rule<F> for Momentum {
    fn slots(&self) -> Vec<Slot> {
        vec![Slot::VELOCITY]
    }

    fn has_momentum(&self) -> bool {
        true
    }

    fn step(&self, step: Step<'_, F>) {
        let [mu, eta] = [step.momentum, step.eta].map(F::from_f64);
        step.of_each_part(|[theta, v], gradient, lambda| {
            descend(theta, v, gradient, Rates { mu, eta, lambda })
        });
    }
}
