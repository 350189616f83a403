//! Counters of a run and the loss of an epoch.

use super::row_weights::Factors;
use super::sum::Sum;

/// What a run has done so far, and the loss of the current epoch.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) epochs: usize,
    pub(crate) iterations: usize,
    /// The sum of the losses of this epoch, and of what they are divided by.
    loss: Sum,
    count: f64,
}

impl Default for Tally {
    fn default() -> Self {
        Self { epochs: 0, iterations: 0, loss: Sum::ZERO, count: 0.0 }
    }
}

impl Tally {
    pub(crate) fn begin_epoch(&mut self) {
        self.epochs = self.epochs.saturating_add(1);
        (self.loss, self.count) = (Sum::ZERO, 0.0);
    }

    /// Adds a mini-batch with the sum `Σ f·l` of its losses; returns whether its loss is finite.
    pub(crate) fn add(&mut self, loss: Sum, factors: Factors<'_>) -> bool {
        self.iterations = self.iterations.saturating_add(1);
        let rows = factors.rows() as f64;
        let mean = loss.over(rows);
        self.loss.add(Sum::from(mean));
        self.count += factors.sum() / rows;
        mean.is_finite()
    }

    /// The loss of this epoch: the mean over its mini-batches.
    pub(crate) fn loss(&self) -> f64 {
        self.loss.over(self.count)
    }
}
