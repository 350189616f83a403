//! What the file of an optimizer says.

use super::step::Step;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::model::velocity::Slot;

/// An optimizer: its numbers, its memory and its step.
pub(super) trait Rule<F: Scalar> {
    /// Checks that its numbers are in their range, also after rounding to `F`.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// What it remembers of each parameter, in the order in which [`Step::of_each_part`] hands it out.
    fn slots(&self) -> Vec<Slot>;

    /// Whether it has the momentum μ of the settings.
    fn has_momentum(&self) -> bool {
        false
    }

    /// Whether L2 and L1 shrink the parameters before the step, and are no part of the gradient.
    fn is_decoupled(&self) -> bool {
        false
    }

    /// Makes a step.
    fn step(&self, step: Step<'_, F>);
}
