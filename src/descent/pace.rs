//! The updates of an epoch, each at its position in the schedule.

use super::step::update;
use super::tally::Tally;
use crate::error::{Error, Place};
use crate::kernel::Scalar;
use crate::model::{Config, Gradients, Schedule, State};

/// The progress of a run before an update, for
/// [`Training::eta_schedule`](crate::training::Training::eta_schedule).
///
/// # Examples
/// ```
/// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
/// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
/// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
/// // Halves the rate in every epoch, and warms up over ten updates.
/// net.training(&x, &y)
///     .eta_schedule(|progress| {
///         let warm_up = (progress.update() as f64 / 10.0).min(1.0);
///         0.5_f64.powi(progress.epoch() as i32 - 1) * warm_up
///     })
///     .run()?;
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    epoch: usize,
    update: usize,
    position: f64,
    loss: Option<f64>,
}

impl Progress {
    /// The number of the epoch in this run, from 1.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// The number t of the update, from 1; a resumed run continues to count.
    pub fn update(&self) -> usize {
        self.update
    }

    /// The position in the [`Schedule`](crate::Schedule): the epochs since the start of the last run that was not
    /// resumed, with the share of the present one.
    pub fn position(&self) -> f64 {
        self.position
    }

    /// The mean loss of the present epoch so far, with the mini-batch of this update. `None` before its first row
    /// with a weight, and so for an update that the article's order has left from the epoch before.
    pub fn loss(&self) -> Option<f64> {
        self.loss
    }
}

/// A function of the progress that returns a factor on the learning rate.
pub(crate) type EtaSchedule<'a> = Box<dyn FnMut(&Progress) -> f64 + Send + 'a>;

/// Makes the updates of one epoch, each at its position in the schedule.
pub(super) struct Pace {
    /// The position at the start of the epoch.
    start: f64,
    /// The number of updates that are made.
    made: usize,
}

impl Pace {
    /// Begins an epoch at this position.
    pub(super) fn new(start: f64) -> Self {
        Self { start, made: 0 }
    }

    /// Makes an update. If the number of updates of the epoch is not known, the position is that of the start for all
    /// of them.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a factor of `eta_schedule`, before the update.
    pub(super) fn update<F: Scalar>(
        &mut self,
        state: &mut State<F>,
        config: &Config,
        gradients: &Gradients<F>,
        tally: &Tally,
        eta_schedule: &mut Option<EtaSchedule<'_>>,
    ) -> Result<(), Error> {
        // Without a schedule, the position is not needed before the end of the epoch.
        if eta_schedule.is_some() || config.schedule() != Schedule::Constant {
            let share = tally.per_epoch.map_or(0.0, |updates| self.made as f64 / updates as f64);
            state.position = self.start + share;
            self.made += 1;
        }
        let factor = match eta_schedule {
            None => 1.0,
            Some(eta_schedule) => check_factor(eta_schedule(&Progress {
                epoch: tally.epochs,
                update: state.iterations.saturating_add(1),
                position: state.position,
                loss: tally.has_weight().then(|| tally.loss()),
            }))?,
        };
        update(state, config, gradients, factor);
        Ok(())
    }

    /// Ends the epoch.
    pub(super) fn finish<F: Scalar>(self, state: &mut State<F>) {
        state.position = self.start + 1.0;
    }
}

/// Returns an error unless the factor is at least 0 and finite.
fn check_factor(factor: f64) -> Result<f64, Error> {
    if factor >= 0.0 && factor.is_finite() {
        return Ok(factor);
    }
    let range = "at least 0 and finite".into();
    Err(Error::OutOfRange { name: "the result of eta_schedule", at: Place::Whole, range, value: factor })
}
