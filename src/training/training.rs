//! A run of training and its settings.

use std::fmt;

use super::settings::{Callbacks, Data, LearningRates, Machines, Stopping, Validation, Weighting};
use crate::descent::Share;
use crate::dnn::Dnn;
use crate::kernel::Scalar;

/// A run of training. [`Dnn::training`] or [`Dnn::training_on`] creates it; [`run`](Self::run) checks the settings and
/// starts it.
///
/// Without any setting it is the article's [`fit`](Dnn::fit), bit for bit.
#[must_use = "a training does nothing before `run`"]
pub struct Training<'a, F: Scalar = f64> {
    pub(super) net: &'a mut Dnn<F>,
    pub(super) data: Data<'a, F>,
    pub(super) weighting: Weighting<'a, F>,
    pub(super) validation: Validation<'a, F>,
    pub(super) stopping: Stopping,
    pub(super) rates: LearningRates<'a>,
    pub(super) callbacks: Callbacks<'a, F>,
    pub(super) machines: Machines<'a, F>,
    /// Whether a bar shows the progress.
    pub(super) is_shown: bool,
}

impl<F: Scalar> fmt::Debug for Training<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stopping { max_epochs, early } = &self.stopping;
        let mut debug = f.debug_struct("Training");
        debug.field("net", &self.net).field("early_stopping", early).field("max_epochs", max_epochs);
        debug.field("is_resumed", &self.rates.is_resumed).finish_non_exhaustive()
    }
}

impl<'a, F: Scalar> Training<'a, F> {
    pub(crate) fn new(net: &'a mut Dnn<F>, data: Data<'a, F>) -> Self {
        Self {
            net,
            data,
            weighting: Weighting { weights: None, mean: None },
            validation: Validation { data: None, weights: None },
            stopping: Stopping { max_epochs: None, early: None },
            rates: LearningRates { is_resumed: false, on_plateau: None, schedule: None },
            callbacks: Callbacks { on_epoch: None, metrics: Vec::new(), loss_fn: None },
            machines: Machines { on_gradients: None, share: Share::default() },
            is_shown: false,
        }
    }

    /// Shows a bar with the epoch, the losses and the remaining time on standard error, if that is a terminal;
    /// otherwise nothing is written. Default: off. Only with the feature `progress`.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// net.training(&x, &y).progress().run()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    #[cfg(feature = "progress")]
    pub fn progress(self) -> Self {
        self.shown(true)
    }

    /// With a bar or without.
    pub(crate) fn shown(mut self, is_shown: bool) -> Self {
        self.is_shown = is_shown;
        self
    }
}
