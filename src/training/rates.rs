//! The learning rate of a run.

use super::plateau::ReduceOnPlateau;
use super::training::Training;
use crate::descent::Progress;
use crate::kernel::Scalar;

impl<'a, F: Scalar> Training<'a, F> {
    /// Continues the iterations, and so the learning rate, of the last run, with the position in the
    /// [`Schedule`](crate::Schedule) and the factor of [`reduce_on_plateau`](Self::reduce_on_plateau). Default: off,
    /// which starts all of them again.
    ///
    /// Velocity and generator are kept in any case. So a run of n epochs and a resumed run of m epochs are together one
    /// run of n + m epochs, bit for bit, with [`BatchOrder::Sequential`](crate::BatchOrder::Sequential), `Shuffled` and
    /// `ShuffledByEpoch`. With `Cyclic`, the article omits the last update of a run, and a resumed run does not make it
    /// later. If the last run restored its best epoch, this one continues from those parameters without velocity, with
    /// the iterations and the generator of the end of that run. The report counts the epochs of this run alone, and
    /// early stopping starts again.
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
        self.rates.is_resumed = true;
        self
    }

    /// Reduces the learning rate when the loss no longer falls. Default: off. It judges the validation loss, or
    /// without [`validation`](Self::validation) data the training loss.
    ///
    /// The factor on the learning rate belongs to the state of the network: it is saved, and a run with
    /// [`resume`](Self::resume), [`partial_fit`](crate::Dnn::partial_fit) and updates by hand keep it, while another
    /// run starts at 1. What the epochs are compared with is kept in the same way, so n epochs and m resumed ones are n
    /// + m epochs. If the run restores its best epoch, the factor stays as it is.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn, ReduceOnPlateau};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// # let (x, y, xv, yv) = (array![[1.0], [2.0]], array![[2.0], [4.0]], array![[3.0]], array![[6.0]]);
    /// net.training(&x, &y)
    ///     .validation(&xv, &yv)
    ///     .reduce_on_plateau(ReduceOnPlateau::new(10).factor(0.5).min_eta(1e-5))
    ///     .run()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn reduce_on_plateau(mut self, reduce_on_plateau: ReduceOnPlateau) -> Self {
        self.rates.on_plateau = Some(reduce_on_plateau);
        self
    }

    /// A function that returns a factor on the learning rate before each update; at least 0 and finite. Default: 1.
    /// Decay, [`Schedule`](crate::Schedule) and [`reduce_on_plateau`](Self::reduce_on_plateau) multiply it.
    ///
    /// A closure is not saved, so a resumed run needs it again. It is called on the thread that trains, so it must be
    /// [`Send`].
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// net.training(&x, &y).eta_schedule(|progress| 1.0 / (1.0 + progress.position())).run()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn eta_schedule(mut self, eta_schedule: impl FnMut(&Progress) -> f64 + Send + 'a) -> Self {
        self.rates.schedule = Some(Box::new(eta_schedule));
        self
    }
}
