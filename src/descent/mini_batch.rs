//! A mini-batch between its gradients and its update, for a function of the caller.

use super::tally::Tally;
use crate::error::{Cause, Error};
use crate::kernel::{Scalar, Sum};
use crate::model::{Gradients, Network};
use crate::validate::{AT_LEAST_0, check_range};

/// A mini-batch after the backward pass and before its update, for
/// [`Training::on_gradients`](crate::training::Training::on_gradients).
///
/// It holds what the update and the report need: the gradients with their number of rows, and the loss as two sums.
///
/// # Examples
/// ```
/// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn, Error};
/// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
/// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
/// net.training(&x, &y)
///     .on_gradients(|batch| {
///         println!(
///             "epoch {} of {}, mini-batch {}: loss {}, norm {}",
///             batch.epoch(), batch.max_epochs(), batch.iteration(), batch.loss(), batch.gradients().norm(),
///         );
///         Ok::<(), Error>(())
///     })
///     .run()?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug)]
pub struct MiniBatch<'a, F: Scalar = f64> {
    gradients: &'a mut Gradients<F>,
    /// `Σ f·l` and `Σ f`
    sums: [Sum; 2],
    epoch: usize,
    iteration: usize,
    per_epoch: Option<usize>,
    max_epochs: usize,
}

impl<F: Scalar> MiniBatch<'_, F> {
    /// The gradients of the data loss, `Σ w·g / (b·w̄)`, without clipping, L2 and L1.
    /// [`Gradients::weight`] is the number of rows b. A mini-batch without rows has gradients and weight 0.
    pub fn gradients(&self) -> &Gradients<F> {
        self.gradients
    }

    /// The gradients, to be changed: the update uses what they are after the function. They must keep the shape of the
    /// network, or [`run`](crate::training::Training::run) returns [`Error::Foreign`](crate::Error::Foreign).
    pub fn gradients_mut(&mut self) -> &mut Gradients<F> {
        self.gradients
    }

    /// The sum of the losses of the rows, `Σ f·l`, with the factor `f = w / w̄` of each row, which is 1 without sample
    /// weights.
    pub fn loss_sum(&self) -> f64 {
        self.sums[0].value()
    }

    /// The sum of the factors of the rows, `Σ f`; without sample weights the number of rows.
    pub fn loss_weight(&self) -> f64 {
        self.sums[1].value()
    }

    /// The mean loss, [`loss_sum`](Self::loss_sum) divided by [`loss_weight`](Self::loss_weight); 0 if that is 0.
    pub fn loss(&self) -> f64 {
        let [loss, weight] = self.sums;
        loss.per(weight)
    }

    /// Replaces [`loss_sum`](Self::loss_sum) and [`loss_weight`](Self::loss_weight), for example by their sums over all
    /// machines. The check for divergence, the loss of the epoch and the threshold use the new values. `sum` may be
    /// infinite or NaN; training has then diverged.
    ///
    /// # Errors
    /// [`Error::OutOfRange`](crate::Error::OutOfRange) unless `weight` is at least 0 and finite.
    pub fn set_loss(&mut self, sum: f64, weight: f64) -> Result<(), Error> {
        check_range::<f64>("weight", AT_LEAST_0, weight)?;
        self.sums = [sum, weight].map(Sum::from);
        Ok(())
    }

    /// The number of the epoch in this run, from 1.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// The number of the mini-batch in this run, from 1.
    pub fn iteration(&self) -> usize {
        self.iteration
    }

    /// The number of mini-batches of an epoch; `None` in a run on a source that does not tell its
    /// [`rows`](crate::training::Source::rows).
    pub fn per_epoch(&self) -> Option<usize> {
        self.per_epoch
    }

    /// The number of epochs after which the run stops, if nothing stops it before.
    pub fn max_epochs(&self) -> usize {
        self.max_epochs
    }
}

/// A function that is called for each mini-batch.
pub(crate) type OnGradients<'a, F> = Box<dyn FnMut(&mut MiniBatch<'_, F>) -> Result<(), Cause> + 'a>;

/// The function of a run that stops after `max_epochs` epochs.
pub(crate) struct Hook<'a, F: Scalar> {
    pub(crate) function: OnGradients<'a, F>,
    pub(crate) max_epochs: usize,
}

impl<F: Scalar> Hook<'_, F> {
    /// Calls the function with a mini-batch of `network`; returns the sums of its losses and factors, which the
    /// function may replace.
    ///
    /// # Errors
    /// [`Error::Callback`] with its error; [`Error::Foreign`] if the gradients no longer have the shape of the network.
    pub(super) fn call(
        &mut self,
        network: &Network<F>,
        gradients: &mut Gradients<F>,
        sums: [Sum; 2],
        tally: &Tally,
    ) -> Result<[Sum; 2], Error> {
        let mut batch = MiniBatch {
            gradients,
            sums,
            epoch: tally.epochs,
            iteration: tally.iterations.saturating_add(1),
            per_epoch: tally.per_epoch,
            max_epochs: self.max_epochs,
        };
        (self.function)(&mut batch).map_err(|source| Error::Callback { name: "on_gradients", source })?;
        network.check_sizes("the gradients of on_gradients", batch.gradients.sizes())?;
        Ok(batch.sums)
    }
}
