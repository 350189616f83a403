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
    /// # Errors
    /// The index of the first parameter that data and penalty do not determine.
    pub(super) fn estimate<F: Scalar>(
        &mut self,
        problem: &Problem<'_, F>,
        lambda: f64,
        loss: f64,
    ) -> Result<Estimate, usize> {
        self.factorize(lambda, &problem.is_penalized, 0.0, rounding(self.size))?;
        let (mut trace, mut count) = (0.0, 0.0);
        let is_penalized = &problem.is_penalized;
        self.factor.inverse_diagonal(&mut self.columns, |i, value| {
            if is_penalized.get(i) == Some(&true) {
                trace += value;
                count += 1.0;
            }
        });
        // Rounding must not make it negative.
        let penalized = (count - lambda * trace).max(0.0);
        let gamma = penalized + (self.size as f64 - count);
        let rest = problem.values() - gamma;
        let is_determined = rest > f64::EPSILON * problem.values() * self.size as f64;
        let noise = is_determined.then(|| 2.0 * loss * problem.observations / rest);
        Ok(Estimate { gamma, penalized, noise })
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
        let (least, most) = (4.0 * rounding(self.size) * largest, 1e6 * largest);
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
