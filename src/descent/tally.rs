//! Counters of a run and the loss of an epoch.

use crate::kernel::Sum;
use crate::model::BatchOrder;

/// The numbers of epochs and mini-batches of a run so far, and the loss of the current epoch.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) epochs: usize,
    pub(crate) iterations: usize,
    /// The number of mini-batches of the current epoch; `None` if it is not known, and before the first epoch.
    pub(crate) per_epoch: Option<usize>,
    /// Whether the loss of an epoch is the mean over its mini-batches, as in the article, and not over its rows.
    is_mean_of_batches: bool,
    /// The weighted sum of the losses of this epoch, and the sum of their weights.
    loss: Sum,
    count: Sum,
}

impl Tally {
    /// The tally of a run in this order.
    pub(crate) fn new(order: BatchOrder) -> Self {
        let is_mean_of_batches = order == BatchOrder::Cyclic;
        let (loss, count) = (Sum::ZERO, Sum::ZERO);
        Self { epochs: 0, iterations: 0, per_epoch: None, is_mean_of_batches, loss, count }
    }

    /// Begins an epoch of so many mini-batches, if that is known.
    pub(crate) fn begin_epoch(&mut self, per_epoch: Option<usize>) {
        self.epochs = self.epochs.saturating_add(1);
        self.per_epoch = per_epoch;
        (self.loss, self.count) = (Sum::ZERO, Sum::ZERO);
    }

    /// Adds a mini-batch of so many rows, with the sums `Σ f·l` of its losses and `Σ f` of its factors; returns whether
    /// its mean loss is finite.
    pub(crate) fn add(&mut self, [loss, weight]: [Sum; 2], rows: f64) -> bool {
        self.iterations = self.iterations.saturating_add(1);
        if !self.is_mean_of_batches {
            self.loss.add(loss);
            self.count.add(weight);
        } else if rows > 0.0 {
            self.loss.add(loss.divided(rows));
            self.count.add(weight.divided(rows));
        }
        loss.per(weight).is_finite()
    }

    /// Whether a row of this epoch had a weight.
    pub(crate) fn has_weight(&self) -> bool {
        !self.count.is_zero()
    }

    /// The loss of this epoch: `Σ w·l / Σ w` over its rows, or the article's mean over its mini-batches.
    pub(crate) fn loss(&self) -> f64 {
        self.loss.per(self.count)
    }
}
