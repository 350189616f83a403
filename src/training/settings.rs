//! The settings of a run by topic. The setters of [`Training`](super::training::Training) fill them, and
//! [`run`](super::training::Training::run) checks them.

use std::ops::ControlFlow;

use ndarray::{ArrayRef1, ArrayRef2};

use super::early_stopping::EarlyStopping;
use super::metric::Metric;
use super::plateau::ReduceOnPlateau;
use super::report::Epoch;
use super::source::Source;
use crate::descent::{EtaSchedule, LossFn, OnGradients, Share};
use crate::error::Cause;
use crate::kernel::Scalar;

/// The rows to train on.
pub(crate) enum Data<'a, F: Scalar> {
    /// x `(n, n₀)` and y `(n, n_L)`
    Arrays(&'a ArrayRef2<F>, &'a ArrayRef2<F>),
    Source(Box<dyn Source<F> + 'a>),
}

/// How much each row counts.
pub(super) struct Weighting<'a, F> {
    /// (n)
    pub(super) weights: Option<&'a ArrayRef1<F>>,
    pub(super) mean: Option<f64>,
}

/// The rows that only judge.
pub(super) struct Validation<'a, F> {
    /// x `(m, n₀)` and y `(m, n_L)`
    pub(super) data: Option<[&'a ArrayRef2<F>; 2]>,
    /// (m)
    pub(super) weights: Option<&'a ArrayRef1<F>>,
}

/// When the run ends.
pub(super) struct Stopping {
    pub(super) max_epochs: Option<usize>,
    pub(super) early: Option<EarlyStopping>,
}

/// What the learning rate depends on beside the network.
pub(super) struct LearningRates<'a> {
    pub(super) is_resumed: bool,
    pub(super) on_plateau: Option<ReduceOnPlateau>,
    pub(super) schedule: Option<EtaSchedule<'a>>,
}

/// A function that is called after each epoch.
pub(super) type OnEpoch<'a, F> = Box<dyn FnMut(&Epoch<'_, F>) -> Result<ControlFlow<()>, Cause> + 'a>;

/// The functions of the caller.
pub(super) struct Callbacks<'a, F: Scalar> {
    pub(super) on_epoch: Option<OnEpoch<'a, F>>,
    pub(super) metrics: Vec<Metric<'a, F>>,
    pub(super) loss_fn: Option<Box<LossFn<'a, F>>>,
}

/// What several machines that train together need.
pub(super) struct Machines<'a, F: Scalar> {
    pub(super) on_gradients: Option<OnGradients<'a, F>>,
    pub(super) share: Share,
}
