//! A smaller learning rate when the loss no longer falls.

use crate::error::Error;
use crate::kernel::Scalar;
use crate::model::Plateau;
use crate::validate::{AT_LEAST_0, BETWEEN_0_AND_1, check_count, check_range};

/// Reduces the learning rate when the loss has not fallen for a while; see
/// [`Training::reduce_on_plateau`](crate::training::Training::reduce_on_plateau).
///
/// After each epoch the *smoothed loss* is the median of the losses of this epoch and the two before, so that one
/// lucky low value, or one bad one, has no effect; there is none after the first two epochs. An epoch is an
/// *improvement* if its smoothed loss is more than `min_delta` below that of the last improvement. After `patience`
/// epochs in a row without an improvement, the factor of the learning rate is multiplied by `factor`, and later
/// epochs are compared with the smoothed loss of this one. A loss that is not finite counts as the largest number.
///
/// Keras and PyTorch call a rule of this kind `ReduceLROnPlateau`. Theirs compares each loss with the lowest one ever,
/// without medians: after one lucky value the rate falls again and again.
///
/// # Examples
/// ```
/// use ndarray_dnn::ReduceOnPlateau;
///
/// let reduce_on_plateau = ReduceOnPlateau::new(10).factor(0.5).min_delta(1e-4).min_eta(1e-5);
/// println!("{reduce_on_plateau:?}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use = "it has no effect before `Training::reduce_on_plateau`"]
pub struct ReduceOnPlateau {
    patience: usize,
    factor: f64,
    min_delta: f64,
    min_eta: f64,
}

/// [`run`](crate::training::Training::run) checks the ranges.
impl ReduceOnPlateau {
    /// Reduces the rate after `patience` epochs without an improvement, which is at least 1.
    pub fn new(patience: usize) -> Self {
        Self { patience, factor: 0.1, min_delta: 0.0, min_eta: 0.0 }
    }

    /// The factor by which the rate is multiplied. Default 0.1; greater than 0 and less than 1.
    pub fn factor(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// The amount by which the smoothed loss must fall for an improvement. Default 0; at least 0 and finite.
    pub fn min_delta(mut self, min_delta: f64) -> Self {
        self.min_delta = min_delta;
        self
    }

    /// The value below which a reduction does not bring η times the factor. Default 0; at least 0 and finite.
    /// The decay and the schedule multiply it.
    pub fn min_eta(mut self, min_eta: f64) -> Self {
        self.min_eta = min_eta;
        self
    }

    /// Checks that the settings are in their range.
    pub(crate) fn check<F: Scalar>(&self) -> Result<(), Error> {
        check_count("patience", self.patience)?;
        check_range::<F>("factor", BETWEEN_0_AND_1, self.factor)?;
        check_range::<F>("min_delta", AT_LEAST_0, self.min_delta)?;
        check_range::<F>("min_eta", AT_LEAST_0, self.min_eta)
    }

    /// Judges the loss of the next epoch of a network with this η.
    pub(crate) fn judge(&self, plateau: &mut Plateau, loss: f64, eta: f64) {
        let loss = if loss.is_nan() { f64::MAX } else { loss.clamp(f64::MIN, f64::MAX) };
        let [before_last, last] = plateau.recent;
        plateau.recent = [last, Some(loss)];
        let (Some(before_last), Some(last)) = (before_last, last) else { return };
        let mut losses = [before_last, last, loss];
        losses.sort_unstable_by(f64::total_cmp);
        let [_, smoothed, _] = losses;
        if plateau.best.is_none_or(|best| smoothed < best - self.min_delta) {
            (plateau.best, plateau.waited) = (Some(smoothed), 0);
            return;
        }
        plateau.waited = plateau.waited.saturating_add(1);
        if plateau.waited >= self.patience {
            // The factor falls to `min_eta / η` at most, and never rises; it stays above 0.
            let least = (self.min_eta / eta).max(f64::MIN_POSITIVE).min(plateau.factor);
            plateau.factor = (plateau.factor * self.factor).max(least);
            (plateau.best, plateau.waited) = (Some(smoothed), 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    /// The factor after each of the losses, with η = 0.5.
    fn factors(settings: ReduceOnPlateau, losses: &[f64]) -> Vec<f64> {
        let mut plateau = Plateau::NEW;
        let factor = |&loss: &f64| {
            settings.judge(&mut plateau, loss, 0.5);
            plateau.factor
        };
        losses.iter().map(factor).collect()
    }

    #[test]
    fn given_losses_have_the_expected_factors() {
        let new = |patience| ReduceOnPlateau::new(patience).factor(0.5);
        let cases: [(ReduceOnPlateau, &[f64], &[f64]); 9] = [
            // A loss that falls is never a plateau, with whatever patience.
            (new(1), &[9.0, 8.0, 7.0, 6.0, 5.0], &[1.0; 5]),
            // The first smoothed loss is that of the third epoch.
            (new(2), &[1.0; 8], &[1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25]),
            (new(1), &[1.0; 5], &[1.0, 1.0, 1.0, 0.5, 0.25]),
            // One lucky value, at any place, changes nothing.
            (new(2), &[9.0, 8.0, 7.0, 0.1, 6.0, 5.0, 4.0, 3.0], &[1.0; 8]),
            (new(2), &[0.1, 9.0, 8.0, 7.0, 6.0, 5.0], &[1.0; 6]),
            // After a reduction, a fall from a higher level is an improvement again.
            (
                new(2),
                &[1.0, 1.0, 1.0, 5.0, 5.0, 4.9, 4.8, 4.7, 4.6],
                &[1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5],
            ),
            // NaN is a bad value.
            (new(1), &[3.0, 2.0, NAN, 1.0, 0.5, 0.25], &[1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
            (new(1), &[NAN, NAN, NAN, NAN], &[1.0, 1.0, 1.0, 0.5]),
            // A fall of min_delta is not an improvement; several falls together are.
            (
                new(2).min_delta(0.5),
                &[9.0, 8.5, 8.0, 7.7, 7.4, 7.1, 7.1, 7.1],
                &[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
            ),
        ];
        for (settings, losses, expected) in cases {
            assert_eq!(factors(settings, losses), expected, "{settings:?}, {losses:?}");
        }
    }

    #[test]
    fn the_rate_stays_above_its_least_value_and_never_rises() {
        let settings = ReduceOnPlateau::new(1).factor(0.25).min_eta(0.1);
        assert_eq!(factors(settings, &[1.0; 6]), [1.0, 1.0, 1.0, 0.25, 0.2, 0.2]);
        assert_eq!(factors(settings.min_eta(0.7), &[1.0; 5]), [1.0; 5]);
        let last = *factors(ReduceOnPlateau::new(1).factor(1e-200), &[1.0; 9]).last().unwrap();
        assert_eq!(last, f64::MIN_POSITIVE);
    }
}
