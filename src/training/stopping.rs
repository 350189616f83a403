//! The end of a run.

use super::early_stopping::EarlyStopping;
use super::training::Training;
use crate::kernel::Scalar;

impl<F: Scalar> Training<'_, F> {
    /// The exact number of epochs after which this run stops, if nothing stops it before; at least 1. Default: the
    /// network's [`max_epochs`](crate::DnnBuilder::max_epochs), or more if these have fewer mini-batches than its
    /// [`min_updates`](crate::DnnBuilder::min_updates).
    ///
    /// It takes the place of both settings in this run and changes neither of them, so that runs of n and m epochs are
    /// n + m epochs. For few rows and a preset, which has `min_updates(1_000)`, it can be much less than
    /// [`fit`](crate::Dnn::fit) takes; [`Report::is_cut_short`](crate::Report::is_cut_short) then tells whether more
    /// epochs may help.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// assert_eq!(net.training(&x, &y).max_epochs(7).run()?.epochs(), 7);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn max_epochs(mut self, max_epochs: usize) -> Self {
        self.stopping.max_epochs = Some(max_epochs);
        self
    }

    /// Stops when the validation loss no longer falls, or a metric no longer improves, and at the end of the run
    /// restores the parameters of the best epoch, for every [`StopReason`](crate::training::StopReason). Default: off;
    /// it needs [`validation`](Self::validation) data.
    ///
    /// The velocity is then 0, unless the best epoch is the last one.
    /// [`Report::best_epoch`](crate::Report::best_epoch) returns its number. With
    /// [`Error::Diverged`](crate::Error::Diverged) the last finite epoch is restored, as without early stopping.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn, EarlyStopping};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// # let (x, y, xv, yv) = (array![[1.0], [2.0]], array![[2.0], [4.0]], array![[3.0]], array![[6.0]]);
    /// let early_stopping = EarlyStopping::new(20).min_delta(1e-4);
    /// let report = net.training(&x, &y).validation(&xv, &yv).early_stopping(early_stopping).run()?;
    /// assert!(report.best_epoch().is_some());
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn early_stopping(mut self, early_stopping: EarlyStopping) -> Self {
        self.stopping.early = Some(early_stopping);
        self
    }
}
