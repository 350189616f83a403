//! The history of a run: each epoch, and the reason why training stopped.

use std::fmt;
use std::time::Duration;

use super::figure;
use crate::dnn::Dnn;
use crate::kernel::Scalar;

/// The history of one run. [`Display`](fmt::Display) writes a summary; `{:#}` first writes a line for each epoch.
/// Two reports are equal if everything but the elapsed time is equal.
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::array;
/// use ndarray_dnn::{Activation::Identity, Dnn, StopReason};
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
    pub(crate) best_epoch: Option<usize>,
    pub(crate) stop_reason: StopReason,
    pub(crate) elapsed: Duration,
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

    /// The number, from 1, of the epoch with the lowest validation loss, whose parameters the network now has;
    /// `None` without [`early_stopping`](crate::Training::early_stopping), or if no validation loss was finite.
    pub fn best_epoch(&self) -> Option<usize> {
        self.best_epoch
    }

    /// The report of each epoch, from the first to the last.
    pub fn history(&self) -> &[EpochReport] {
        &self.history
    }

    /// The reason why training stopped.
    pub fn stop_reason(&self) -> StopReason {
        self.stop_reason
    }

    /// The time from the first mini-batch to the end of the last epoch, with validation and callbacks.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

impl PartialEq for Report {
    fn eq(&self, other: &Self) -> bool {
        let Self { iterations, losses, validation_losses, history, best_epoch, stop_reason, elapsed: _ } =
            self;
        *iterations == other.iterations
            && *losses == other.losses
            && *validation_losses == other.validation_losses
            && *history == other.history
            && *best_epoch == other.best_epoch
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
        for (name, losses) in [("mean loss", &self.losses), ("validation loss", &self.validation_losses)] {
            if let (Some(first), Some(last)) = (losses.first(), losses.last()) {
                write!(f, ". {name}: {} to {}", figure::loss(*first), figure::loss(*last))?;
            }
        }
        if let Some(best) = self.best_epoch {
            write!(f, ". best epoch: {best}")?;
        }
        write!(f, ". {stop_reason}")
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
    /// The validation loss did not improve for `patience` epochs; see [`EarlyStopping`](crate::EarlyStopping).
    EarlyStopping,
    /// The function of [`on_epoch`](crate::Training::on_epoch) stopped the run.
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
/// validation loss if there is one: `epoch: 1. mean loss: 1.367226. learning rate: 0.15955371`. A number below
/// 0.001 (a rate below 0.00001) or from 1,000,000 has six significant digits and an exponent instead:
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochReport {
    pub(crate) epoch: usize,
    pub(crate) loss: f64,
    pub(crate) validation_loss: Option<f64>,
    pub(crate) eta: f64,
}

impl EpochReport {
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
        match self.validation_loss {
            Some(loss) => write!(f, ". validation loss: {}", figure::loss(loss)),
            None => Ok(()),
        }
    }
}

/// A finished epoch, as [`Training::on_epoch`](crate::Training::on_epoch) gets it. [`Display`](fmt::Display)
/// writes the same line as [`EpochReport`].
#[derive(Clone, Copy, Debug)]
pub struct Epoch<'a, F: Scalar = f64> {
    pub(crate) report: EpochReport,
    pub(crate) net: &'a Dnn<F>,
    pub(crate) elapsed: Duration,
}

impl<F: Scalar> Epoch<'_, F> {
    /// The epoch's number in this run, its losses and its learning rate.
    pub fn report(&self) -> &EpochReport {
        &self.report
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
