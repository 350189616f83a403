//! Early stopping of a run of Levenberg-Marquardt.

use super::point::Point;
use super::report::LmIteration;
use crate::training::{EarlyStopping, Judge};

/// Judges the validation losses, and keeps the best iteration.
pub(super) struct Keeper {
    judge: Judge,
    /// `None` before the first validation loss that is finite.
    kept: Option<Kept>,
}

/// What an iteration has reached.
pub(super) struct Kept {
    /// The number of the iteration.
    pub(super) iteration: usize,
    pub(super) point: Point,
    /// λ
    pub(super) strength: f64,
    pub(super) validation_loss: f64,
}

impl Keeper {
    pub(super) fn new(settings: EarlyStopping) -> Self {
        Self { judge: Judge::new(settings), kept: None }
    }

    /// Keeps this point and λ if the iteration is the best one; returns whether it is time to stop.
    pub(super) fn judge(&mut self, report: &LmIteration, point: &Point, strength: f64) -> bool {
        let Some(validation_loss) = report.validation_loss() else { return false };
        let verdict = self.judge.judge(validation_loss);
        let iteration = report.iteration();
        match &mut self.kept {
            _ if !verdict.is_best => {}
            Some(kept) => {
                kept.point.copy_from(point);
                (kept.iteration, kept.strength, kept.validation_loss) =
                    (iteration, strength, validation_loss);
            }
            kept @ None => *kept = Some(Kept { iteration, point: point.clone(), strength, validation_loss }),
        }
        verdict.is_over
    }

    /// The best iteration.
    pub(super) fn kept(self) -> Option<Kept> {
        self.kept
    }
}
