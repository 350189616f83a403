//! The settings of a run of training.

use std::fmt;
use std::ops::ControlFlow;

use ndarray::{ArrayRef1, ArrayRef2};

use super::early_stopping::EarlyStopping;
use super::metric::Metric;
use super::plateau::ReduceOnPlateau;
use super::report::Epoch;
use super::source::Source;
use crate::descent::{EtaSchedule, LossFn, OnGradients, RowWeights, Samples, Share};
use crate::dnn::Dnn;
use crate::error::Cause;
use crate::kernel::Scalar;

/// A function that is called after each epoch.
type OnEpoch<'a, F> = Box<dyn FnMut(&Epoch<'_, F>) -> Result<ControlFlow<()>, Cause> + 'a>;

/// The rows to train on.
pub(crate) enum Data<'a, F: Scalar> {
    /// x `(n, n₀)` and y `(n, n_L)`
    Arrays(&'a ArrayRef2<F>, &'a ArrayRef2<F>),
    Source(Box<dyn Source<F> + 'a>),
}

impl<'a, F: Scalar> Data<'a, F> {
    /// The arrays with these weights; `None` for a source.
    pub(super) fn samples(&self, weights: RowWeights<'a, F>) -> Option<Samples<'a, F>> {
        match *self {
            Self::Arrays(x, y) => Some(Samples { x, y, weights }),
            Self::Source(_) => None,
        }
    }
}

/// A run of training. [`Dnn::training`] or [`Dnn::training_on`] creates it; [`run`](Self::run) checks the settings and starts it.
///
/// Without any setting it is the article's [`fit`](Dnn::fit), bit for bit.
#[must_use = "a training does nothing before `run`"]
pub struct Training<'a, F: Scalar = f64> {
    pub(super) net: &'a mut Dnn<F>,
    pub(super) data: Data<'a, F>,
    pub(super) sample_weights: Option<&'a ArrayRef1<F>>,
    pub(super) mean_weight: Option<f64>,
    pub(super) validation: Option<[&'a ArrayRef2<F>; 2]>,
    pub(super) validation_weights: Option<&'a ArrayRef1<F>>,
    pub(super) early_stopping: Option<EarlyStopping>,
    pub(super) reduce_on_plateau: Option<ReduceOnPlateau>,
    pub(super) eta_schedule: Option<EtaSchedule<'a>>,
    pub(super) loss_fn: Option<Box<LossFn<'a, F>>>,
    pub(super) metrics: Vec<Metric<'a, F>>,
    pub(super) on_epoch: Option<OnEpoch<'a, F>>,
    pub(super) on_gradients: Option<OnGradients<'a, F>>,
    pub(super) share: Share,
    pub(super) max_epochs: Option<usize>,
    pub(super) is_resumed: bool,
    #[cfg(feature = "progress")]
    pub(super) is_shown: bool,
}

impl<F: Scalar> fmt::Debug for Training<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { net, early_stopping, max_epochs, is_resumed, .. } = self;
        let mut debug = f.debug_struct("Training");
        debug.field("net", net).field("early_stopping", early_stopping).field("max_epochs", max_epochs);
        debug.field("is_resumed", is_resumed).finish_non_exhaustive()
    }
}

impl<'a, F: Scalar> Training<'a, F> {
    pub(crate) fn new(net: &'a mut Dnn<F>, data: Data<'a, F>) -> Self {
        Self {
            net,
            data,
            sample_weights: None,
            mean_weight: None,
            validation: None,
            validation_weights: None,
            early_stopping: None,
            reduce_on_plateau: None,
            eta_schedule: None,
            loss_fn: None,
            metrics: Vec::new(),
            on_epoch: None,
            on_gradients: None,
            share: Share::default(),
            max_epochs: None,
            is_resumed: false,
            #[cfg(feature = "progress")]
            is_shown: false,
        }
    }

    /// The validation data, `x` `(m, n₀)` and `y` `(m, n_L)`, which are not used to train. Default: none.
    ///
    /// After each epoch, their loss is computed with the present parameters, in blocks of rows. It is of the same
    /// kind as the training loss, and the report contains it. Their values are checked before the first epoch. A validation loss that is not finite is not an
    /// error, and never makes an epoch the best one.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// let (x, y, xv, yv) = (array![[1.0], [2.0]], array![[2.0], [4.0]], array![[3.0]], array![[6.0]]);
    /// let report = net.training(&x, &y).validation(&xv, &yv).run()?;
    /// assert_eq!(report.validation_losses().len(), 3);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn validation(mut self, x: &'a ArrayRef2<F>, y: &'a ArrayRef2<F>) -> Self {
        self.validation = Some([x, y]);
        self
    }

    /// The weight of each row of the [`validation`](Self::validation) data, `(m)`; at least 0, finite, and not all
    /// 0. Default: 1 for each.
    ///
    /// The validation loss is then `Σ w·l / Σ w`. If you train with [`sample_weights`](Self::sample_weights), use
    /// weights of the same kind here. Otherwise early stopping judges another loss than training minimises.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// # let (xv, yv) = (array![[3.0], [4.0]], array![[6.0], [9.0]]);
    /// let weights = array![1.0, 5.0];
    /// net.training(&x, &y).validation(&xv, &yv).validation_weights(&weights).run()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn validation_weights(mut self, weights: &'a ArrayRef1<F>) -> Self {
        self.validation_weights = Some(weights);
        self
    }

    /// Stops when the validation loss no longer falls, or a metric no longer improves, and at the end of the run restores the parameters of the
    /// best epoch, for every [`StopReason`](crate::StopReason). Default: off; it needs
    /// [`validation`](Self::validation) data.
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
        self.early_stopping = Some(early_stopping);
        self
    }

    /// The weight of each row, `(n)`; at least 0, finite, and not all 0. Default: 1 for each.
    ///
    /// A row of weight 2 counts as two rows: row i of the error D is multiplied by `wᵢ / w̄`, with the mean weight
    /// w̄ of the data set. So the gradient of a mini-batch of b rows is `Σ w·g / (b·w̄)`, and the expected step is
    /// that for a data set with repeated rows, for every size of mini-batches. The loss of an epoch is
    /// `Σ w·l / Σ w`.
    ///
    /// A row of weight 0 adds nothing to loss and gradients, and its x and y may have any finite values. It still
    /// counts as a row of its mini-batch and of the data set.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// net.training(&x, &y).sample_weights(&array![1.0, 0.5]).run()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn sample_weights(mut self, weights: &'a ArrayRef1<F>) -> Self {
        self.sample_weights = Some(weights);
        self
    }

    /// The mean weight w̄ by which [`sample_weights`](Self::sample_weights) are divided; greater than 0 and
    /// finite. Default: their mean.
    ///
    /// If the rows are only a part of a data set, set it to the mean weight of the whole data set. The weights of
    /// the part may then all be 0. It has no effect without sample weights.
    ///
    /// In a run on a [`Source`](crate::Source) it replaces [`Source::mean_weight`](crate::Source::mean_weight), and
    /// divides the weight 1 of the rows in blocks without weights too.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// net.training(&x, &y).sample_weights(&array![3.0, 1.0]).mean_weight(1.0).run()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn mean_weight(mut self, mean_weight: f64) -> Self {
        self.mean_weight = Some(mean_weight);
        self
    }

    /// The number of epochs after which this run stops. Default: the network's
    /// [`max_epochs`](crate::DnnBuilder::max_epochs), or more if it has [`min_updates`](crate::DnnBuilder::min_updates);
    /// at least 1.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// assert_eq!(net.training(&x, &y).max_epochs(7).run()?.epochs(), 7);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn max_epochs(mut self, max_epochs: usize) -> Self {
        self.max_epochs = Some(max_epochs);
        self
    }

    /// Continues the iterations, and so the learning rate, of the last run, with the position in the
    /// [`Schedule`](crate::Schedule) and the factor of [`reduce_on_plateau`](Self::reduce_on_plateau). Default: off,
    /// which starts all of them again.
    ///
    /// Velocity and generator are kept in any case. So a run of n epochs and a resumed run of m epochs are
    /// together one run of n + m epochs, bit for bit, with
    /// [`BatchOrder::Sequential`](crate::BatchOrder::Sequential), `Shuffled` and `ShuffledByEpoch`. With `Cyclic`, the article omits
    /// the last update of a run, and a resumed run does not make it later. If the last run restored its best
    /// epoch, this one continues from those parameters without velocity, with the iterations and the generator of
    /// the end of that run. The report counts the epochs of this run alone, and early stopping starts again.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, BatchOrder, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(4)
    /// #     .batch_order(BatchOrder::Shuffled).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// # let mut at_once = net.clone();
    /// net.fit(&x, &y)?;
    /// net.training(&x, &y).resume().max_epochs(4).run()?;
    /// # at_once.training(&x, &y).max_epochs(8).run()?;
    /// # assert_eq!(at_once, net);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn resume(mut self) -> Self {
        self.is_resumed = true;
        self
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
    pub fn progress(mut self) -> Self {
        self.is_shown = true;
        self
    }
}
