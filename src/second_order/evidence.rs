//! MacKay's evidence: the strength λ of the penalty and the variance of the noise from the data that train.

use super::penalty::Penalty;
use super::problem::Problem;
use super::steps::Model;
use crate::model::Network;

/// What the data say about themselves at some parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    /// γ, the effective number of parameters.
    pub(super) gamma: f64,
    /// The part of γ of the parameters of the penalty.
    pub(super) penalized: f64,
    /// 1 / β, the variance of the noise; `None` if all values are used up by the parameters.
    pub(super) noise: Option<f64>,
}

impl Model {
    /// γ and the noise, for the penalty λ. The factor is that of `A + λR` afterwards.
    ///
    /// If λ is not 0, a parameter without a penalty gets the least one that is more than a rounding error. So one that
    /// the data do not determine, like the bias of a neuron whose weights are 0, counts 0 in γ, and is no error.
    ///
    /// # Errors
    /// The index of the first parameter that data and penalty do not determine.
    pub(super) fn estimate(
        &mut self,
        problem: &Problem<'_>,
        penalty: &Penalty,
        loss: f64,
    ) -> Result<Estimate, usize> {
        let other = self.determine(penalty)?;
        let (mut penalized, mut others) = (0.0, 0.0);
        self.factor.inverse_diagonal(&mut self.columns, |i, value| match penalty.selected().get(i) {
            Some(true) => penalized += 1.0 - penalty.strength * value,
            Some(false) => others += 1.0 - other * value,
            None => {}
        });
        // Rounding must not make it negative.
        let penalized = if penalized > 0.0 { penalized } else { 0.0 };
        let gamma = penalized + others;
        let rest = problem.values() - gamma;
        let is_determined = rest > f64::EPSILON * problem.values() * self.size as f64;
        let noise = is_determined.then(|| 2.0 * loss * problem.observations / rest);
        Ok(Estimate { gamma, penalized, noise })
    }

    /// Computes the factor of `A + λR`; returns the penalty of the parameters that R leaves out.
    ///
    /// # Errors
    /// The index of the first parameter that data and penalty do not determine.
    pub(super) fn determine(&mut self, penalty: &Penalty) -> Result<f64, usize> {
        let other = if penalty.strength > 0.0 { self.least() } else { 0.0 };
        let shift = |i| if penalty.selects(i) { penalty.strength } else { other };
        self.factorize(shift, rounding(self.size))?;
        Ok(other)
    }

    /// The least strength of a penalty that is more than a rounding error.
    fn least(&self) -> f64 {
        4.0 * rounding(self.size) * self.largest()
    }

    /// The strength λ = α / (Σw · β) that belongs to an estimate: `α = γ / ‖Rθ‖²`. It is kept where the factor can be
    /// computed, and where it still has an effect.
    pub(super) fn strength(
        &self,
        problem: &Problem<'_>,
        estimate: Estimate,
        network: &Network<f64>,
        penalty: &Penalty,
    ) -> f64 {
        let lambda = penalty.strength;
        let Some(noise) = estimate.noise else { return lambda };
        let (least, most) = (self.least(), 1e6 * self.largest());
        let strength = estimate.penalized / penalty.squares(network) * noise / problem.observations;
        // Without any parameter left, or any noise, the quotient says nothing.
        if strength.is_nan() || least >= most {
            lambda
        } else if strength < least {
            least
        } else if strength > most {
            most
        } else {
            strength
        }
    }
}

/// The least part of an element of the diagonal that a pivot can have without being only a rounding error.
pub(super) fn rounding(size: usize) -> f64 {
    f64::EPSILON * size as f64
}
