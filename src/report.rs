//! What training did: epoch by epoch, and why it stopped.

use std::fmt;
use std::time::Duration;

/// The history of one `fit`.
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::array;
/// use ndarray_dnn::{Activation::Identity, Dnn, StopReason};
///
/// let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
/// let report = net.fit(&array![[1.0], [2.0]], &array![[2.0], [4.0]])?;
/// assert_eq!(report.epochs(), 3);
/// assert_eq!(report.iterations(), 6); // the document's epoch: as many mini-batches as rows
/// assert_eq!(report.losses().len(), 3);
/// assert_eq!(report.stop_reason(), StopReason::MaxEpochs);
/// println!("{}", report.history()[2]);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    pub(crate) iterations: usize,
    pub(crate) losses: Vec<f64>,
    pub(crate) history: Vec<EpochReport>,
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
    /// In the document's batch order this is epochs · rows, and one update fewer was made.
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// The mean loss of each epoch, the first one first.
    pub fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// Each epoch, the first one first.
    pub fn history(&self) -> &[EpochReport] {
        &self.history
    }

    /// Why training stopped.
    pub fn stop_reason(&self) -> StopReason {
        self.stop_reason
    }

    /// The time from the first mini-batch to the last.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

/// Why training stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StopReason {
    /// `max_epochs` were made.
    MaxEpochs,
    /// The mean loss of an epoch fell below the threshold.
    Threshold,
}

/// One epoch; its [`Display`](fmt::Display) is the line that the document prints.
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
    pub(crate) eta: f64,
}

impl EpochReport {
    /// The epoch's number, from 1.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// The mean of the losses of its mini-batches.
    pub fn loss(&self) -> f64 {
        self.loss
    }

    /// The learning rate of the last update.
    pub fn eta(&self) -> f64 {
        self.eta
    }
}

impl fmt::Display for EpochReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { epoch, loss, eta } = self;
        write!(f, "epoch: {epoch}. mean loss: {loss:.6}. learning rate: {eta:.8}")
    }
}
