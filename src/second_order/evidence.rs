//! MacKay's evidence: the strength λ of the penalty and the variance of the noise from the data that train.

use super::problem::Problem;
use super::steps::Model;
use crate::kernel::Scalar;

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
    /// If λ is not 0, a parameter without a penalty gets the least one that is more than a rounding error. So one that the
    /// data do not determine, like the bias of a neuron whose weights are 0, counts 0 in γ, and is no error.
    ///
    /// # Errors
    /// The index of the first parameter that data and penalty do not determine.
    pub(super) fn estimate<F: Scalar>(
        &mut self,
        problem: &Problem<'_, F>,
        lambda: f64,
        loss: f64,
    ) -> Result<Estimate, usize> {
        let is_penalized = &problem.is_penalized;
        let other = self.determine(lambda, is_penalized)?;
        let (mut penalized, mut others) = (0.0, 0.0);
        self.factor.inverse_diagonal(&mut self.columns, |i, value| match is_penalized.get(i) {
            Some(true) => penalized += 1.0 - lambda * value,
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
    pub(super) fn determine(&mut self, lambda: f64, is_penalized: &[bool]) -> Result<f64, usize> {
        let other = if lambda > 0.0 { self.least(is_penalized) } else { 0.0 };
        self.factorize([lambda, other], is_penalized, rounding(self.size))?;
        Ok(other)
    }

    /// The least strength of a penalty that is more than a rounding error.
    fn least(&self, is_penalized: &[bool]) -> f64 {
        4.0 * rounding(self.size) * self.largest(0.0, is_penalized)
    }

    /// The strength λ = α / (Σw · β) that belongs to an estimate: `α = γ / ‖Rθ‖²`. It is kept where the factor can be
    /// computed, and where it still has an effect.
    pub(super) fn strength<F: Scalar>(
        &self,
        problem: &Problem<'_, F>,
        estimate: Estimate,
        theta: &[f64],
        lambda: f64,
    ) -> f64 {
        let Some(noise) = estimate.noise else { return lambda };
        let penalized = theta.iter().zip(&problem.is_penalized).filter(|(_, is_penalized)| **is_penalized);
        let squares = penalized.map(|(theta, _)| theta * theta).sum::<f64>();
        let largest = self.largest(0.0, &problem.is_penalized);
        let (least, most) = (self.least(&problem.is_penalized), 1e6 * largest);
        let strength = estimate.penalized / squares * noise / problem.observations;
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
