//! Functions of the caller in a run: after an epoch, a metric, a loss.

use std::ops::ControlFlow;

use ndarray::ArrayRef2;

use super::metric::{Metric, MetricValue};
use super::report::Epoch;
use super::training::Training;
use crate::error::Cause;
use crate::kernel::Scalar;

impl<'a, F: Scalar> Training<'a, F> {
    /// A function that is called after each epoch, on the thread of the caller of `run`; it stops the run by
    /// returning [`ControlFlow::Break`]. Default: none.
    ///
    /// ```
    /// use std::ops::ControlFlow::{Break, Continue};
    /// # use ndarray_dnn::training::StopReason;
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    ///
    /// let report = net.training(&x, &y)
    ///     .on_epoch(|e| {
    ///         println!("{e}, {} parameters, after {:?}", e.net().parameter_count(), e.elapsed());
    ///         if e.report().epoch() < 5 { Continue(()) } else { Break(()) }
    ///     })
    ///     .run()?;
    /// assert_eq!((report.epochs(), report.stop_reason()), (5, StopReason::Callback));
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn on_epoch(mut self, mut on_epoch: impl FnMut(&Epoch<'_, F>) -> ControlFlow<()> + 'a) -> Self {
        self.callbacks.on_epoch = Some(Box::new(move |epoch| Ok(on_epoch(epoch))));
        self
    }

    /// [`on_epoch`](Self::on_epoch) for a function that can fail; the later one of the two replaces the earlier one. An
    /// error ends the run, which returns it as the source of an [`Error::Callback`](crate::Error::Callback). The
    /// network is then in the state of the end of that epoch, also with early stopping.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn, Error};
    /// use std::ops::ControlFlow::Continue;
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    ///
    /// let lines = net.training(&x, &y).try_on_epoch(|e| {
    ///     std::fs::write("/a folder that is missing/losses.txt", e.to_string())?;
    ///     Ok::<_, std::io::Error>(Continue(()))
    /// });
    /// assert!(matches!(lines.run(), Err(Error::Callback { name: "try_on_epoch", .. })));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_on_epoch<E>(
        mut self,
        mut on_epoch: impl FnMut(&Epoch<'_, F>) -> Result<ControlFlow<()>, E> + 'a,
    ) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.callbacks.on_epoch = Some(Box::new(move |epoch| on_epoch(epoch).map_err(Cause::new)));
        self
    }

    /// A function that is computed after each epoch from the targets Y and the predictions Ŷ of the validation data,
    /// `(m, n_L)` each, and without validation data from those of the training data, which takes another forward pass
    /// over all of them. Default: none; any number of metrics with different names.
    ///
    /// The order of the arguments is that of the functions in [`metrics`](crate::metrics), some of which can be given
    /// as they are. The result is a number or, as theirs, a `Result`.
    ///
    /// [`EpochReport::metric`](crate::training::EpochReport::metric) and [`Report::metric`](crate::Report::metric)
    /// return its values, the lines of both contain them, and [`EarlyStopping::by`](crate::EarlyStopping::by) stops by
    /// it. Rows of weight 0 are left out; the function does not get the other weights. Any value is legal: a NaN is
    /// reported, and is never the best.
    ///
    /// An error ends the run, which returns it with the name in an [`Error::Metric`](crate::Error::Metric). The network
    /// is then in the state of the end of that epoch, also with early stopping. An
    /// [`Error::NonFinite`](crate::Error::NonFinite) does not end it: predictions that are not finite have the value
    /// NaN, as their loss is no error either.
    ///
    /// ```
    /// use ndarray_dnn::metrics;
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn, EarlyStopping};
    /// # let mut net: Dnn = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// # let (x, y, xv, yv) = (array![[1.0], [2.0]], array![[2.0], [4.0]], array![[3.0]], array![[6.0]]);
    /// let report = net.training(&x, &y).validation(&xv, &yv)
    ///     .metric("rmse", metrics::rmse)
    ///     .metric("largest error", |y, predicted| {
    ///         y.iter().zip(predicted).map(|(y, p)| (y - p).abs()).fold(0.0, f64::max)
    ///     })
    ///     .early_stopping(EarlyStopping::new(20).by("largest error"))
    ///     .run()?;
    /// assert_eq!(report.metric("rmse").len(), 3);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn metric<V: MetricValue>(
        mut self,
        name: impl Into<String>,
        function: impl FnMut(&ArrayRef2<F>, &ArrayRef2<F>) -> V + 'a,
    ) -> Self {
        self.callbacks.metrics.push(Metric::new(name.into(), function));
        self
    }

    /// A loss of your own, in this run, in place of the network's [`Loss`](crate::Loss). Default: none.
    ///
    /// The function gets the output ŷ of a row, its targets y, both `(n_L)`, and a slice d of the same length, which is
    /// 0. It returns the loss of the row, and writes `−∂loss/∂ŷ` into d, as in [`Dnn::error`](crate::Dnn::error).
    ///    Training minimises the mean over the rows plus L2; the report, the validation loss and `threshold` are those
    ///    of this function. It is called for one row after the other, on any thread, but never for rows of weight 0.
    ///    Sample weights are applied to its results.
    ///
    /// The link must be the identity, so softmax, binary cross-entropy and Poisson are an
    /// [`Error::Conflict`](crate::Error::Conflict). A loss or a derivative that is not finite ends the run with
    /// [`Error::Diverged`](crate::Error::Diverged). The verbs by hand, [`Dnn::mean_loss`](crate::Dnn::mean_loss) and
    /// [`Dnn::objective`](crate::Dnn::objective) use the network's `Loss`.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// // ln cosh (y − ŷ)
    /// let report = net.training(&x, &y)
    ///     .loss_fn(|predicted: &[f64], y: &[f64], d: &mut [f64]| {
    ///         let mut loss = 0.0;
    ///         for ((predicted, y), d) in predicted.iter().zip(y).zip(d) {
    ///             loss += (y - predicted).cosh().ln();
    ///             *d = (y - predicted).tanh();
    ///         }
    ///         loss
    ///     })
    ///     .run()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn loss_fn(mut self, loss_fn: impl Fn(&[F], &[F], &mut [F]) -> f64 + Sync + 'a) -> Self {
        self.callbacks.loss_fn = Some(Box::new(loss_fn));
        self
    }
}
