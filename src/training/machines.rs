//! Training by several machines together: a function between gradients and update, and a share of the rows.

use super::training::Training;
use crate::descent::MiniBatch;
use crate::error::Cause;
use crate::kernel::Scalar;

impl<'a, F: Scalar> Training<'a, F> {
    /// A function that is called with each mini-batch after its gradients and before its update, on the thread of the
    /// caller of `run`. Default: none.
    ///
    /// It may change the gradients and the loss, for example replace them by those of the rows of several machines. A
    /// step is then in this order: the gradient of the data loss, this function, the check that the loss is finite,
    /// `clip_norm`, L2 and L1, the optimizer, `max_norm`. The report and `threshold` use the loss that the function
    /// leaves. A mini-batch without rows, or with rows of weight 0 alone, calls it too.
    ///
    /// An error ends the run, which returns it as the source of an [`Error::Callback`](crate::Error::Callback). The
    /// network is then in the state of the end of the last epoch, or as it was before the run.
    ///
    /// # Examples
    /// The sums over all machines, where `sum` replaces a slice by its sum over all of them. With it, the machines
    /// together make the steps of one machine with all the rows, up to rounding:
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, BatchOrder, Dnn, Error};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3)
    /// #     .batch_order(BatchOrder::ShuffledByEpoch).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// # fn sum(values: &mut [f64]) -> std::io::Result<()> { Ok(()) }
    /// net.training(&x, &y)
    ///     .batches_per_epoch(100)
    ///     .rank(0)
    ///     .on_gradients(|batch| {
    ///         let rows = batch.gradients().weight();
    ///         let mut sums = [rows, batch.loss_weight(), batch.loss_sum()];
    ///         sum(&mut sums)?;
    ///         let [rows_of_all, weight, loss] = sums;
    ///         let gradients = batch.gradients_mut();
    ///         gradients.scale(if rows > 0.0 { rows / rows_of_all } else { 0.0 });
    ///         for slice in gradients.slices_mut() {
    ///             sum(slice)?;
    ///         }
    ///         gradients.set_weight(rows_of_all)?;
    ///         batch.set_loss(loss, weight)?;
    ///         Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
    ///     })
    ///     .run()?;
    /// # Ok::<(), Error>(())
    /// ```
    /// All machines must then make the same number of steps. Set [`batches_per_epoch`](Self::batches_per_epoch), with
    /// sample weights [`mean_weight`](Self::mean_weight), and with dropout [`rank`](Self::rank). The network, its
    /// settings and its validation data must be the same everywhere, so that all machines stop after the same epoch.
    pub fn on_gradients<E>(
        mut self,
        mut on_gradients: impl FnMut(&mut MiniBatch<'_, F>) -> Result<(), E> + 'a,
    ) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.machines.on_gradients = Some(Box::new(move |batch| on_gradients(batch).map_err(Cause::new)));
        self
    }

    /// The number s of mini-batches of an epoch; at least 1. Default: `⌈n/m⌉` for `n` rows and the `minibatch_size` m,
    /// which then has no effect.
    ///
    /// Mini-batch i of 0 … s − 1 has the rows `⌊i·n/s⌋ .. ⌊(i+1)·n/s⌋` of the epoch's order, so the sizes differ by at
    /// most 1, and with fewer rows than s some mini-batches have no rows. These make an update with a gradient of 0:
    /// L2 and velocity act as ever. With [`on_gradients`](Self::on_gradients), x and y may have no rows at all.
    ///
    /// Machines with shares of different sizes so have the same number of steps.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, BatchOrder, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3)
    /// #     .batch_order(BatchOrder::ShuffledByEpoch).build()?;
    /// # let (x, y) = (array![[1.0], [2.0], [3.0]], array![[2.0], [4.0], [6.0]]);
    /// let report = net.training(&x, &y).batches_per_epoch(2).run()?;
    /// assert_eq!(report.iterations(), 3 * 2);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn batches_per_epoch(mut self, batches: usize) -> Self {
        self.machines.share.batches_per_epoch = Some(batches);
        self
    }

    /// The number of this machine among those that train together, from 0. Default 0; any number.
    ///
    /// It enters the masks of [`dropout`](crate::DnnBuilder::dropout), so that the machines drop different outputs. It
    /// has no other effect, and belongs to the run and not to the network.
    ///
    /// See [`on_gradients`](Self::on_gradients) for an example.
    pub fn rank(mut self, rank: usize) -> Self {
        self.machines.share.rank = rank;
        self
    }
}
