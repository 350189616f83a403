//! The history of a run: each epoch, and the reason why training stopped.

use std::fmt;
use std::time::Duration;

use super::figure;
use super::hint::Hint;
use super::metric::Values;
use crate::dnn::Dnn;
use crate::kernel::Scalar;

/// The history of one run. [`Display`](fmt::Display) writes a summary; `{:#}` first writes a line for each epoch.
/// Two reports are equal if everything but the elapsed time and the hints is equal.
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::array;
/// use ndarray_dnn::training::StopReason;
/// use ndarray_dnn::{Activation::Identity, Dnn};
///
/// let mut net = Dnn::builder()
///     .input_shape(1).shape([1]).activations([Identity]).max_epochs(3)
///     .build()?;
/// let report = net.fit(&array![[1.0], [2.0]], &array![[2.0], [4.0]])?;
/// assert_eq!(report.epochs(), 3);
/// assert_eq!(report.iterations(), 6); // the article's epoch: as many mini-batches as rows
/// assert_eq!(report.losses().len(), 3);
/// assert_eq!(report.stop_reason(), StopReason::MaxEpochs);
/// println!("{}", report.history()[2]);
/// assert!(report.to_string().starts_with("epochs: 3. mini-batches: 6. time: "), "{report}");
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) iterations: usize,
    pub(crate) losses: Vec<f64>,
    pub(crate) validation_losses: Vec<f64>,
    pub(crate) history: Vec<EpochReport>,
    pub(crate) metrics: Vec<(String, Vec<f64>)>,
    pub(crate) best_epoch: Option<usize>,
    /// The metric of early stopping; `None` for the validation loss.
    pub(crate) judged_by: Option<String>,
    pub(crate) stop_reason: StopReason,
    pub(crate) elapsed: Duration,
    pub(crate) hints: Vec<Hint>,
}

impl Report {
    /// The number of epochs.
    pub fn epochs(&self) -> usize {
        self.history.len()
    }

    /// The number of mini-batches that were computed.
    ///
    /// In the article's batch order this is epochs · rows, and the number of updates is one less.
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// The loss of each epoch, as [`EpochReport::loss`], from the first to the last.
    pub fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// The validation loss after each epoch, from the first to the last; empty without validation data.
    pub fn validation_losses(&self) -> &[f64] {
        &self.validation_losses
    }

    /// The values of a [`metric`](crate::training::Training::metric) after each epoch, from the first to the last;
    /// empty if there is no metric of this name.
    pub fn metric(&self, name: &str) -> &[f64] {
        let found = self.metrics.iter().find(|(found, _)| found == name);
        found.map_or(&[], |(_, values)| values)
    }

    /// The number, from 1, of the epoch with the lowest validation loss, or with the best value of the metric of
    /// [`EarlyStopping::by`](crate::EarlyStopping::by), whose parameters the network now has; `None` without
    /// [`early_stopping`](crate::training::Training::early_stopping), or if no validation loss was finite.
    pub fn best_epoch(&self) -> Option<usize> {
        self.best_epoch
    }

    /// The validation loss of the [`best_epoch`](Self::best_epoch), without early stopping the lowest validation loss;
    /// `None` without validation data, or if no validation loss was finite.
    pub fn best_validation_loss(&self) -> Option<f64> {
        let lowest = |best: f64, &loss: &f64| if loss < best { loss } else { best };
        let best = match self.best_epoch {
            Some(epoch) => self.validation_losses.get(epoch.checked_sub(1)?).copied()?,
            None => self.validation_losses.iter().fold(f64::INFINITY, lowest),
        };
        best.is_finite().then_some(best)
    }

    /// The report of each epoch, from the first to the last.
    pub fn history(&self) -> &[EpochReport] {
        &self.history
    }

    /// The reason why training stopped.
    pub fn stop_reason(&self) -> StopReason {
        self.stop_reason
    }

    /// Whether the run ended by its number of epochs after few mini-batches, while the loss was still falling, so that
    /// more epochs may help.
    ///
    /// This is so if the reason to stop is [`StopReason::MaxEpochs`], the run has fewer than 1,000 mini-batches, and
    /// the mean of the losses of the last tenth of the epochs, at least one, is more than 1 % below that of the tenth
    /// before it. The losses are those of the validation data, or else of training. [`Display`](fmt::Display) then adds
    /// a hint.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::Dnn;
    ///
    /// let mut net: Dnn = Dnn::regressor(1, &[4], 1).max_epochs(20).min_updates(0).build()?;
    /// let report = net.fit(&array![[-1.0], [1.0]], &array![[-2.0], [2.0]])?;
    /// assert!(report.is_cut_short());
    /// let text = report.to_string();
    /// let hint = "the loss was still falling after only 20 mini-batches: more epochs may help";
    /// assert!(text.ends_with(hint), "{text}");
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn is_cut_short(&self) -> bool {
        self.outcome().is_cut_short()
    }

    fn outcome(&self) -> Outcome<'_> {
        let Self { iterations, losses, validation_losses, best_epoch, stop_reason, .. } = self;
        Outcome {
            iterations: *iterations,
            losses,
            validation_losses,
            best_epoch: *best_epoch,
            stop_reason: *stop_reason,
        }
    }

    /// Likely reasons why the run has not learnt what it could; usually none. [`Display`](fmt::Display) writes them.
    pub fn hints(&self) -> &[Hint] {
        &self.hints
    }

    /// The time of the run, with the checks of the data, validation, metrics and callbacks.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

/// What is known of a run after its last epoch, and what the hints of its report follow from.
pub(super) struct Outcome<'a> {
    pub(super) iterations: usize,
    pub(super) losses: &'a [f64],
    pub(super) validation_losses: &'a [f64],
    pub(super) best_epoch: Option<usize>,
    pub(super) stop_reason: StopReason,
}

impl Outcome<'_> {
    /// See [`Report::is_cut_short`].
    pub(super) fn is_cut_short(&self) -> bool {
        const FEW_MINIBATCHES: usize = 1_000;
        /// A loss is still falling if it is lower by more than this share.
        const SHARE: f64 = 0.01;
        let losses = if self.validation_losses.is_empty() { self.losses } else { self.validation_losses };
        let tenth = losses.len().div_ceil(10);
        let mut tenths = losses.rchunks(tenth.max(1)).map(|losses| losses.iter().sum::<f64>());
        let (last, before) = (tenths.next(), tenths.next());
        self.stop_reason == StopReason::MaxEpochs
            && self.iterations < FEW_MINIBATCHES
            && matches!((last, before), (Some(last), Some(before)) if before - last > SHARE * before.abs())
    }
}

impl PartialEq for Report {
    fn eq(&self, other: &Self) -> bool {
        // The history contains the metrics. Hints are advice, and a source has fewer of them than arrays.
        let Self {
            iterations, losses, validation_losses, history, best_epoch, judged_by, stop_reason, ..
        } = self;
        *iterations == other.iterations
            && *losses == other.losses
            && *validation_losses == other.validation_losses
            && *history == other.history
            && *best_epoch == other.best_epoch
            && *judged_by == other.judged_by
            && *stop_reason == other.stop_reason
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            self.history.iter().try_for_each(|epoch| writeln!(f, "{epoch}"))?;
        }
        let Self { iterations, elapsed, stop_reason, .. } = self;
        write!(f, "epochs: {}. mini-batches: {iterations}. time: {elapsed:.2?}", self.epochs())?;
        let losses = [("mean loss", &self.losses), ("validation loss", &self.validation_losses)];
        let metrics = self.metrics.iter().map(|(name, values)| (&name[..], values));
        for (name, values) in losses.into_iter().chain(metrics) {
            if let (Some(first), Some(last)) = (values.first(), values.last()) {
                write!(f, ". {name}: {} to {}", figure::loss(*first), figure::loss(*last))?;
            }
        }
        if let Some(best) = self.best_epoch {
            write!(f, ". best epoch: {best}")?;
            if let Some(epoch) = best.checked_sub(1).and_then(|index| self.history.get(index)) {
                let loss = epoch.validation_loss.map(|loss| ("validation loss", loss));
                let mut separator = " (";
                for (name, value) in loss.into_iter().chain(epoch.metrics.iter()) {
                    write!(f, "{separator}{name}: {}", figure::loss(value))?;
                    separator = ", ";
                }
                f.write_str(if separator == ", " { ")" } else { "" })?;
            }
        }
        match (stop_reason, &self.judged_by) {
            (StopReason::EarlyStopping, Some(name)) => write!(f, ". {name} stopped improving")?,
            _ => write!(f, ". {stop_reason}")?,
        }
        self.hints.iter().try_for_each(|hint| write!(f, ". {hint}"))
    }
}

/// The reason why training stopped. If several apply in the same epoch, the first one in this list is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// Training reached `max_epochs`.
    MaxEpochs,
    /// The mean loss of an epoch fell below the threshold.
    Threshold,
    /// The validation loss, or the metric of early stopping, did not improve for `patience` epochs; see
    /// [`EarlyStopping`](crate::EarlyStopping).
    EarlyStopping,
    /// The function of [`on_epoch`](crate::training::Training::on_epoch) or
    /// [`try_on_epoch`](crate::training::Training::try_on_epoch) stopped the run.
    Callback,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::MaxEpochs => "reached max_epochs",
            Self::Threshold => "the loss fell below the threshold",
            Self::EarlyStopping => "the validation loss stopped falling",
            Self::Callback => "stopped by on_epoch",
        })
    }
}

/// The report of one epoch. [`Display`](fmt::Display) writes the line that the article prints, followed by the
/// validation loss and the metrics if there are any: `epoch: 1. mean loss: 1.367226. learning rate: 0.15955371`. A
/// number below 0.001 (a rate below 0.00001) or from 1,000,000 has six significant digits and an exponent instead:
/// `1.23457e-9`.
///
/// # Examples
/// ```
/// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
/// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).eta(0.25).max_epochs(1)
/// #     .decay_power(0.0).build()?;
/// let report = net.fit(&array![[0.0]], &array![[0.0]])?;
/// let line = report.history()[0].to_string();
/// assert!(line.starts_with("epoch: 1. mean loss: 0.00"), "{line}");
/// assert!(line.ends_with("learning rate: 0.25000000"), "{line}");
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct EpochReport {
    pub(crate) epoch: usize,
    pub(crate) loss: f64,
    pub(crate) validation_loss: Option<f64>,
    pub(crate) metrics: Values,
    pub(crate) eta: f64,
}

impl EpochReport {
    /// The report of an epoch without metrics.
    #[cfg(feature = "safetensors")]
    pub(crate) fn new(epoch: usize, loss: f64, validation_loss: Option<f64>, eta: f64) -> Self {
        Self { epoch, loss, validation_loss, metrics: Values::default(), eta }
    }

    /// The epoch's number, from 1.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// The mean loss `Σ w·l / Σ w` over the epoch's rows, each computed before the update of its mini-batch. In
    /// the article's order it is the mean over the mini-batches. With
    /// [`dropout`](crate::DnnBuilder::dropout) it is the loss of the network with dropped outputs.
    pub fn loss(&self) -> f64 {
        self.loss
    }

    /// The validation loss after the epoch; `None` without validation data.
    pub fn validation_loss(&self) -> Option<f64> {
        self.validation_loss
    }

    /// The value of a [`metric`](crate::training::Training::metric) after the epoch; `None` if there is no metric of
    /// this name.
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.metrics.get(name)
    }

    /// The names and values of all metrics after the epoch, in the order in which they were set.
    pub fn metrics(&self) -> impl ExactSizeIterator<Item = (&str, f64)> {
        self.metrics.iter()
    }

    /// The learning rate of the last update.
    pub fn eta(&self) -> f64 {
        self.eta
    }
}

impl fmt::Display for EpochReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { epoch, loss, eta, .. } = self;
        let (loss, rate) = (figure::loss(*loss), figure::rate(*eta));
        write!(f, "epoch: {epoch}. mean loss: {loss}. learning rate: {rate}")?;
        if let Some(loss) = self.validation_loss {
            write!(f, ". validation loss: {}", figure::loss(loss))?;
        }
        self.metrics().try_for_each(|(name, value)| write!(f, ". {name}: {}", figure::loss(value)))
    }
}

/// A finished epoch, as [`Training::on_epoch`](crate::training::Training::on_epoch) gets it. [`Display`](fmt::Display)
/// writes the same line as [`EpochReport`].
#[derive(Clone, Copy, Debug)]
pub struct Epoch<'a, F: Scalar = f64> {
    pub(crate) report: &'a EpochReport,
    pub(crate) net: &'a Dnn<F>,
    pub(crate) elapsed: Duration,
}

impl<F: Scalar> Epoch<'_, F> {
    /// The epoch's number in this run, its losses and its learning rate.
    pub fn report(&self) -> &EpochReport {
        self.report
    }

    /// The time since the run began.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The network at the end of this epoch, for example to predict, clone or save.
    pub fn net(&self) -> &Dnn<F> {
        self.net
    }
}

impl<F: Scalar> fmt::Display for Epoch<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.report.fmt(f)
    }
}
