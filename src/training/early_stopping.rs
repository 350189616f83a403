//! Early stopping: a run ends when the validation loss no longer falls, or a metric no longer improves.

use super::report::EpochReport;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::model::{Network, Parameters, State};
use crate::validate::{AT_LEAST_0, check_count, check_range};

/// Stops training when the validation loss has not fallen for a while, or a metric has not improved; see
/// [`Training::early_stopping`](crate::training::Training::early_stopping).
///
/// The *best epoch* is the one with the lowest validation loss, or the first one of equals. An epoch is an
/// *improvement* if its loss is more than `min_delta` below the loss of the last improvement. The run stops after
/// `patience` epochs in a row without an improvement. A NaN is neither best nor an improvement.
///
/// With [`by`](Self::by), the same holds for a metric in place of the validation loss, and with
/// [`maximize`](Self::maximize) for a metric whose larger values are better.
///
/// # Examples
/// ```
/// use ndarray_dnn::EarlyStopping;
///
/// let early_stopping = EarlyStopping::new(20).min_delta(1e-4);
/// let by_accuracy = EarlyStopping::new(20).by("accuracy").maximize();
/// println!("{early_stopping:?}, {by_accuracy:?}");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "it has no effect before `Training::early_stopping`"]
pub struct EarlyStopping {
    patience: usize,
    min_delta: f64,
    metric: Option<String>,
    is_maximized: bool,
}

impl EarlyStopping {
    /// Stops after `patience` epochs without an improvement. At least 1, as [`run`](crate::training::Training::run)
    /// checks.
    pub fn new(patience: usize) -> Self {
        Self { patience, min_delta: 0.0, metric: None, is_maximized: false }
    }

    /// The amount by which the loss must fall, or the metric improve, for an improvement. Default 0; at least 0 and
    /// finite, as [`run`](crate::training::Training::run) checks.
    ///
    /// ```
    /// let early_stopping = ndarray_dnn::EarlyStopping::new(5).min_delta(0.01);
    /// ```
    pub fn min_delta(mut self, min_delta: f64) -> Self {
        self.min_delta = min_delta;
        self
    }

    /// Judges the epochs by the [`metric`](crate::training::Training::metric) of this name, of the validation data, and
    /// not by the validation loss. Smaller values are better, unless [`maximize`](Self::maximize) is set.
    pub fn by(mut self, metric: impl Into<String>) -> Self {
        self.metric = Some(metric.into());
        self
    }

    /// Larger values of the metric of [`by`](Self::by) are better. Default: smaller ones.
    pub fn maximize(mut self) -> Self {
        self.is_maximized = true;
        self
    }

    /// Smaller values of the metric of [`by`](Self::by) are better, which is the default.
    pub fn minimize(mut self) -> Self {
        self.is_maximized = false;
        self
    }

    /// The name of the metric; `None` for the validation loss.
    pub(super) fn metric(&self) -> Option<&str> {
        self.metric.as_deref()
    }

    /// Checks that the numbers are in their range, and that the metric is one of `names`.
    pub(crate) fn check<F: Scalar>(&self, names: &[String]) -> Result<(), Error> {
        check_count("patience", self.patience)?;
        check_range::<F>("min_delta", AT_LEAST_0, self.min_delta)?;
        let conflict = |found, other: String| Err(Error::conflict("early_stopping", found, other));
        match &self.metric {
            None if self.is_maximized => conflict(
                "EarlyStopping::maximize()".to_owned(),
                "a judgement by the validation loss".to_owned(),
            ),
            Some(metric) if !names.contains(metric) => {
                conflict(format!("EarlyStopping::by({metric:?})"), format!("metrics of the names {names:?}"))
            }
            _ => Ok(()),
        }
    }
}

/// The judgement of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// The epoch is the best one so far.
    pub(crate) is_best: bool,
    /// It is time to stop.
    pub(crate) is_over: bool,
}

/// Judges the validation losses or the values of a metric, one after the other.
#[derive(Debug)]
pub(crate) struct Judge {
    settings: EarlyStopping,
    /// The lowest value so far; if larger values are better, they are judged with the opposite sign.
    lowest: f64,
    /// The value of the last improvement.
    bar: f64,
    /// The number of epochs since the last improvement.
    waited: usize,
}

impl Judge {
    pub(crate) fn new(settings: EarlyStopping) -> Self {
        Self { settings, lowest: f64::INFINITY, bar: f64::INFINITY, waited: 0 }
    }

    /// Judges the value of the next epoch. Every comparison with a NaN is false.
    pub(crate) fn judge(&mut self, value: f64) -> Verdict {
        let value = if self.settings.is_maximized { -value } else { value };
        let is_best = value < self.lowest;
        if is_best {
            self.lowest = value;
        }
        if value < self.bar - self.settings.min_delta {
            self.bar = value;
            self.waited = 0;
        } else {
            self.waited += 1;
        }
        Verdict { is_best, is_over: self.waited >= self.settings.patience }
    }
}

/// The parameters of the best epoch so far.
pub(crate) struct Best<F> {
    judge: Judge,
    /// The number of this epoch; `None` before the first value that is better than an infinite one.
    pub(crate) epoch: Option<usize>,
    parameters: Vec<Parameters<F>>,
}

impl<F: Scalar> Best<F> {
    pub(crate) fn new(settings: EarlyStopping, network: &Network<F>) -> Result<Self, Error> {
        let parameters = network.zeros("the best parameters")?;
        Ok(Self { judge: Judge::new(settings), epoch: None, parameters })
    }

    /// The name of the metric that judges; `None` for the validation loss.
    pub(crate) fn metric(&self) -> Option<&str> {
        self.judge.settings.metric()
    }

    /// Copies the parameters if the epoch is the best one; returns whether it is time to stop.
    pub(crate) fn judge(&mut self, report: &EpochReport, network: &Network<F>) -> bool {
        let value = match self.judge.settings.metric() {
            None => report.validation_loss,
            Some(name) => report.metric(name),
        };
        let Some(value) = value else { return false };
        let verdict = self.judge.judge(value);
        if verdict.is_best {
            self.epoch = Some(report.epoch);
            let pairs = self.parameters.iter_mut().zip(network.parameters());
            pairs.for_each(|(best, parameters)| best.copy_from(parameters));
        }
        verdict.is_over
    }

    /// Restores the best parameters, and sets the velocity to 0.
    pub(crate) fn restore(&self, state: &mut State<F>) {
        let pairs = state.network.parameters_mut().zip(&self.parameters);
        pairs.for_each(|(parameters, best)| parameters.copy_from(best));
        state.velocity.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;
    const INFINITY: f64 = f64::INFINITY;

    /// The best epoch, from 1, and the epoch after which the run stops.
    fn run(settings: EarlyStopping, losses: &[f64]) -> (Option<usize>, Option<usize>) {
        let mut judge = Judge::new(settings);
        let mut best = None;
        for (epoch, &loss) in (1..).zip(losses) {
            let verdict = judge.judge(loss);
            if verdict.is_best {
                best = Some(epoch);
            }
            if verdict.is_over {
                return (best, Some(epoch));
            }
        }
        (best, None)
    }

    #[test]
    fn given_losses_have_the_expected_best_and_last_epochs() {
        type Case<'a> = (usize, f64, &'a [f64], Option<usize>, Option<usize>);
        let cases: [Case; 17] = [
            (1, 0.0, &[3.0, 2.0, 1.0, 0.5], Some(4), None),
            (1, 0.0, &[3.0, 2.0, 2.0, 0.5], Some(2), Some(3)),
            (2, 0.0, &[3.0, 2.0, 2.5, 1.0, 1.5, 1.2, 0.1], Some(4), Some(6)),
            (3, 0.0, &[1.0, 2.0, 3.0, 4.0, 0.5], Some(1), Some(4)),
            // The first of equal losses is the best.
            (3, 0.0, &[1.0, 1.0, 1.0, 1.0], Some(1), Some(4)),
            // A small fall makes a best epoch, but not an improvement.
            (2, 0.5, &[3.0, 2.8, 2.6, 1.0], Some(3), Some(3)),
            // Several small falls together are an improvement.
            (2, 0.5, &[3.0, 2.7, 2.4, 2.1, 1.8, 1.5], Some(6), None),
            // A fall of exactly min_delta is not an improvement.
            (1, 0.5, &[3.0, 2.5, 1.0], Some(2), Some(2)),
            // A NaN is not an improvement, and does not hide the last one.
            (2, 0.0, &[1.0, NAN, NAN, 0.5], Some(1), Some(3)),
            (2, 0.0, &[NAN, NAN, 0.5], None, Some(2)),
            (3, 0.0, &[NAN, NAN, 0.5, NAN, 0.4], Some(5), None),
            (3, 0.0, &[2.0, NAN, 3.0, NAN, 1.0], Some(1), Some(4)),
            // An infinite loss is never the best, but every finite loss is better.
            (2, 0.0, &[INFINITY, INFINITY], None, Some(2)),
            (2, 0.1, &[INFINITY, 1.0, INFINITY, -INFINITY], Some(4), None),
            (2, 0.0, &[-1.0, -2.0, -1.5, -1.5], Some(2), Some(4)),
            (usize::MAX, 0.0, &[1.0, 2.0, 3.0, NAN], Some(1), None),
            (1, 1e300, &[1.0, 0.5, 0.25], Some(2), Some(2)),
        ];
        for (patience, min_delta, losses, best, stopped) in cases {
            let settings = EarlyStopping::new(patience).min_delta(min_delta);
            assert_eq!(run(settings.clone(), losses), (best, stopped), "{settings:?}, {losses:?}");
        }
    }
}
