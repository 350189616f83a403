//! Nesterov's momentum: `V ← μ V − η g`, `θ ← θ + μ V − η g`.

use super::rule::Rule;
use super::step::Step;
use crate::kernel::Scalar;
use crate::kernel::step::{Rates, descend_ahead};
use crate::model::velocity::Slot;

pub(super) struct Nesterov;

impl<F: Scalar> Rule<F> for Nesterov {
    /// The same velocity as that of plain momentum.
    fn slots(&self) -> Vec<Slot> {
        vec![Slot::VELOCITY]
    }

    fn has_momentum(&self) -> bool {
        true
    }

    fn step(&self, step: Step<'_, F>) {
        let [mu, eta] = [step.momentum, step.eta].map(F::from_f64);
        step.of_each_part(|[theta, v], gradient, lambda| {
            descend_ahead(theta, v, gradient, Rates { mu, eta, lambda });
        });
    }
}
