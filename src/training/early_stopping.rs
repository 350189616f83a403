//! When to stop because the validation loss no longer falls.

use super::report::EpochReport;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::model::{Layer, Parameters, State};
use crate::validate::{AT_LEAST_0, check_count, check_range};

/// Stops training when the validation loss has not fallen for a while; see
/// [`Training::early_stopping`](crate::Training::early_stopping).
///
/// The *best epoch* is the one with the lowest validation loss, the first one of several. The run stops after
/// `patience` epochs in a row that did not bring the loss more than `min_delta` below what it was when the last one
/// did. NaN is never better than anything.
///
/// # Examples
/// ```
/// use ndarray_dnn::EarlyStopping;
///
/// let early_stopping = EarlyStopping::new(20).min_delta(1e-4);
/// println!("{early_stopping:?}");
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarlyStopping {
    patience: usize,
    min_delta: f64,
}

impl EarlyStopping {
    /// To stop after `patience` epochs without a fall of the loss; at least 1, as `run` checks.
    pub fn new(patience: usize) -> Self {
        Self { patience, min_delta: 0.0 }
    }

    /// By how much the loss must fall for the epoch to count. Default 0; at least 0 and finite, as `run` checks.
    ///
    /// ```
    /// let early_stopping = ndarray_dnn::EarlyStopping::new(5).min_delta(0.01);
    /// ```
    pub fn min_delta(mut self, min_delta: f64) -> Self {
        self.min_delta = min_delta;
        self
    }

    pub(crate) fn check<F: Scalar>(&self) -> Result<(), Error> {
        check_count("patience", self.patience)?;
        check_range::<F>("min_delta", AT_LEAST_0, self.min_delta)
    }
}

/// What an epoch's loss means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Verdict {
    /// The epoch is the best one so far.
    is_best: bool,
    /// It is time to stop.
    is_over: bool,
}

/// Looks at the validation losses of a run, one after the other.
#[derive(Debug)]
struct Judge {
    settings: EarlyStopping,
    /// The lowest loss so far.
    lowest: f64,
    /// What a loss must fall below by more than `min_delta`, and the epochs since one did.
    bar: f64,
    waited: usize,
}

impl Judge {
    fn new(settings: EarlyStopping) -> Self {
        Self { settings, lowest: f64::INFINITY, bar: f64::INFINITY, waited: 0 }
    }

    /// Takes the next epoch's loss. No comparison holds for a NaN.
    fn judge(&mut self, loss: f64) -> Verdict {
        let is_best = loss < self.lowest;
        if is_best {
            self.lowest = loss;
        }
        if loss < self.bar - self.settings.min_delta {
            self.bar = loss;
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
    /// Its number; `None` before any loss was a number.
    pub(crate) epoch: Option<usize>,
    parameters: Vec<Parameters<F>>,
}

impl<F: Scalar> Best<F> {
    pub(crate) fn new(settings: EarlyStopping, layers: &[Layer<F>]) -> Result<Self, Error> {
        let like =
            |layer: &Layer<F>| Parameters::zeros("the best parameters", layer.fan_out(), layer.fan_in());
        let parameters = layers.iter().map(like).collect::<Result<_, _>>()?;
        Ok(Self { judge: Judge::new(settings), epoch: None, parameters })
    }

    /// Takes the parameters if the epoch is the best one; returns whether it is time to stop.
    pub(crate) fn judge(&mut self, report: &EpochReport, loss: f64, layers: &[Layer<F>]) -> bool {
        let verdict = self.judge.judge(loss);
        if verdict.is_best {
            self.epoch = Some(report.epoch);
            self.parameters
                .iter_mut()
                .zip(layers)
                .for_each(|(best, layer)| best.copy_from(&layer.parameters));
        }
        verdict.is_over
    }

    /// Brings its parameters back, at rest.
    pub(crate) fn restore(&self, state: &mut State<F>) {
        let layers = state.layers.iter_mut().zip(&self.parameters);
        layers.for_each(|(layer, best)| layer.parameters.copy_from(best));
        state.velocity.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;
    const INFINITY: f64 = f64::INFINITY;

    /// The best epoch, from 1, and the one after which it stops.
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
    fn made_up_losses() {
        type Case<'a> = (usize, f64, &'a [f64], Option<usize>, Option<usize>);
        let cases: [Case; 17] = [
            (1, 0.0, &[3.0, 2.0, 1.0, 0.5], Some(4), None),
            (1, 0.0, &[3.0, 2.0, 2.0, 0.5], Some(2), Some(3)),
            (2, 0.0, &[3.0, 2.0, 2.5, 1.0, 1.5, 1.2, 0.1], Some(4), Some(6)),
            (3, 0.0, &[1.0, 2.0, 3.0, 4.0, 0.5], Some(1), Some(4)),
            // The first one of equals is the best.
            (3, 0.0, &[1.0, 1.0, 1.0, 1.0], Some(1), Some(4)),
            // A small fall is a best epoch, but does not count.
            (2, 0.5, &[3.0, 2.8, 2.6, 1.0], Some(3), Some(3)),
            // Several small ones together do.
            (2, 0.5, &[3.0, 2.7, 2.4, 2.1, 1.8, 1.5], Some(6), None),
            // It must be more than min_delta.
            (1, 0.5, &[3.0, 2.5, 1.0], Some(2), Some(2)),
            // NaN neither counts nor resets.
            (2, 0.0, &[1.0, NAN, NAN, 0.5], Some(1), Some(3)),
            (2, 0.0, &[NAN, NAN, 0.5], None, Some(2)),
            (3, 0.0, &[NAN, NAN, 0.5, NAN, 0.4], Some(5), None),
            (3, 0.0, &[2.0, NAN, 3.0, NAN, 1.0], Some(1), Some(4)),
            // Infinity is no better than nothing, but anything finite is better than infinity.
            (2, 0.0, &[INFINITY, INFINITY], None, Some(2)),
            (2, 0.1, &[INFINITY, 1.0, INFINITY, -INFINITY], Some(4), None),
            (2, 0.0, &[-1.0, -2.0, -1.5, -1.5], Some(2), Some(4)),
            (usize::MAX, 0.0, &[1.0, 2.0, 3.0, NAN], Some(1), None),
            (1, 1e300, &[1.0, 0.5, 0.25], Some(2), Some(2)),
        ];
        for (patience, min_delta, losses, best, stopped) in cases {
            let settings = EarlyStopping::new(patience).min_delta(min_delta);
            assert_eq!(run(settings, losses), (best, stopped), "{settings:?}, {losses:?}");
        }
    }
}
