//! The best iteration of a run with early stopping.

use super::report::LmIteration;
use crate::training::{EarlyStopping, Judge};

/// Judges the validation losses, and keeps the parameters of the best iteration.
#[derive(Default)]
pub(super) struct Best {
    judge: Option<Judge>,
    /// The number of this iteration; `None` before the first validation loss that is finite.
    pub(super) iteration: Option<usize>,
    pub(super) theta: Vec<f64>,
    pub(super) loss: f64,
    pub(super) lambda: f64,
    pub(super) validation_loss: Option<f64>,
}

impl Best {
    /// Without early stopping nothing is kept.
    pub(super) fn new(early_stopping: Option<&EarlyStopping>, theta: &[f64]) -> Self {
        match early_stopping {
            None => Self::default(),
            Some(settings) => {
                Self { judge: Some(Judge::new(settings.clone())), theta: theta.to_vec(), ..Self::default() }
            }
        }
    }

    /// Keeps these parameters and λ if the iteration is the best one; returns whether it is time to stop.
    pub(super) fn judge(&mut self, iteration: &LmIteration, theta: &[f64], lambda: f64) -> bool {
        let (Some(judge), Some(value)) = (&mut self.judge, iteration.validation_loss()) else { return false };
        let verdict = judge.judge(value);
        if verdict.is_best {
            self.theta.copy_from_slice(theta);
            (self.iteration, self.validation_loss) = (Some(iteration.iteration()), Some(value));
            (self.loss, self.lambda) = (iteration.loss(), lambda);
        }
        verdict.is_over
    }
}
