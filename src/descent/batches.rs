//! The mini-batches of each epoch: windows of the rows, or of a permutation.

use std::ops::Range;

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::error::Error;
use crate::kernel::{Known, Rows};
use crate::model::{BatchOrder, permutation_of_epoch};

/// The mini-batches of a data set, epoch after epoch; see [`BatchOrder`].
#[derive(Debug)]
pub(crate) struct Batches {
    order: BatchOrder,
    /// The number of rows; at least 1, unless `division` is in parts.
    n: usize,
    division: Division,
    /// The first row of the next mini-batch, or its index in the permutation.
    start: usize,
    /// The number of mini-batches left in this epoch.
    remaining: usize,
    /// A permutation of 0..n; empty unless the order is shuffled.
    permutation: Vec<usize>,
}

/// The rule by which an epoch is divided into mini-batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Division {
    /// Mini-batches of this number of rows; the last one may have fewer.
    Rows(usize),
    /// This number of mini-batches, of which mini-batch i has the rows `⌊i·n/s⌋ .. ⌊(i+1)·n/s⌋`. Not in the article's
    /// order.
    Parts(usize),
}

/// One mini-batch.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    pub(crate) rows: Rows<'a>,
    /// Whether the epoch ends before the update of this mini-batch, as the article's epoch does.
    pub(crate) is_postponed: bool,
}

impl Batches {
    /// The mini-batches of `n` rows.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if a permutation of the rows does not fit in memory.
    pub(crate) fn new(order: BatchOrder, division: Division, n: usize) -> Result<Self, Error> {
        let permutation = Vec::new();
        let mut batches = Self { order, n, division, start: 0, remaining: 0, permutation };
        batches.restart(order, division, n)?;
        Ok(batches)
    }

    /// Prepares for another data set and reuses the memory.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub(crate) fn restart(&mut self, order: BatchOrder, division: Division, n: usize) -> Result<(), Error> {
        if order.is_shuffled() {
            let too_large = |_| Error::TooLarge { what: "the permutation", rows: n, columns: 1 };
            self.permutation.clear();
            self.permutation.try_reserve_exact(n).map_err(too_large)?;
        }
        (self.order, self.n, self.division) = (order, n, division);
        (self.start, self.remaining) = (0, 0);
        Ok(())
    }

    /// The number of rows in all mini-batches of an epoch, about.
    pub(crate) fn rows_per_epoch(&self) -> usize {
        match self.order {
            BatchOrder::Cyclic => self.n.saturating_mul(self.most_rows()),
            BatchOrder::Sequential | BatchOrder::Shuffled | BatchOrder::ShuffledByEpoch => self.n,
        }
    }

    /// The largest number of rows of a mini-batch.
    pub(crate) fn most_rows(&self) -> usize {
        match self.division {
            Division::Rows(rows) => rows.min(self.n),
            Division::Parts(parts) => self.n.div_ceil(parts),
        }
    }

    /// The number of mini-batches of an epoch.
    pub(crate) fn per_epoch(&self) -> usize {
        match (self.order, self.division) {
            (BatchOrder::Cyclic, _) => self.n,
            (_, Division::Rows(rows)) => self.n.div_ceil(rows),
            (_, Division::Parts(parts)) => parts,
        }
    }

    /// Starts the next epoch, which has the number `epoch`, from 0. If the order is shuffled, a permutation is drawn by
    /// the generator, or by that of the seed and the epoch.
    pub(crate) fn begin_epoch(&mut self, generator: &mut ChaCha8Rng, seed: u64, epoch: u64) {
        self.remaining = self.per_epoch();
        match self.order {
            BatchOrder::Cyclic | BatchOrder::Sequential => {}
            BatchOrder::Shuffled => self.permute(generator),
            BatchOrder::ShuffledByEpoch => self.permute(&mut permutation_of_epoch(seed, epoch)),
        }
    }

    /// Draws a permutation. It starts from the identity, so that it depends only on the state of the generator.
    fn permute(&mut self, generator: &mut ChaCha8Rng) {
        self.permutation.clear();
        self.permutation.extend(0..self.n);
        self.permutation.shuffle(generator);
    }

    /// The next mini-batch of the epoch; `None` after the last one.
    pub(crate) fn next(&mut self) -> Option<Batch<'_>> {
        self.remaining = self.remaining.checked_sub(1)?;
        let window = self.next_window();
        // The article's epoch ends before the update of its last mini-batch.
        let is_postponed = self.order == BatchOrder::Cyclic && self.remaining == 0;
        Some(Batch { rows: self.rows(window), is_postponed })
    }

    /// The rows of a window in the order of this epoch.
    pub(crate) fn rows(&self, window: Range<usize>) -> Rows<'_> {
        if self.order.is_shuffled() {
            Rows::Indices(self.permutation.get(window).known())
        } else {
            Rows::Window(window)
        }
    }

    /// The next window of rows; moves the start.
    fn next_window(&mut self) -> Range<usize> {
        let start = self.start;
        match self.division {
            Division::Rows(rows) => {
                let end = start.saturating_add(rows).min(self.n);
                self.start = match self.order {
                    // start + rows modulo n, in two steps that do not overflow.
                    BatchOrder::Cyclic => (start + rows % self.n) % self.n,
                    _ => end % self.n,
                };
                start..end
            }
            Division::Parts(parts) => {
                let next = parts.saturating_sub(self.remaining);
                // At most n, and the product of two numbers of 64 bits has at most 128.
                let end = (next as u128 * self.n as u128 / parts.max(1) as u128) as usize;
                self.start = if self.remaining == 0 { 0 } else { end };
                start..end
            }
        }
    }
}

#[cfg(test)]
mod tests;
