//! The mini-batches of each epoch: windows of the rows, or of a permutation.

use std::ops::Range;

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::error::Error;
use crate::kernel::Rows;
use crate::model::BatchOrder;

/// The mini-batches of a data set, epoch after epoch; see [`BatchOrder`].
#[derive(Debug)]
pub(crate) struct Batches {
    order: BatchOrder,
    /// The number of rows, at least 1.
    n: usize,
    minibatch_size: usize,
    /// The first row of the next mini-batch, or its index in the permutation.
    start: usize,
    /// The number of mini-batches left in this epoch.
    remaining: usize,
    /// A permutation of 0..n; empty unless the order is shuffled.
    permutation: Vec<usize>,
    /// The number of rows that have not been in a mini-batch; in the article's order they come before all repetitions.
    unseen: usize,
}

/// One mini-batch.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    pub(crate) rows: Rows<'a>,
    /// Whether the epoch ends before the update of this mini-batch, as the article's epoch does.
    pub(crate) is_postponed: bool,
    /// Whether the rows have not been in a mini-batch before, so that nobody has checked their values.
    pub(crate) is_new: bool,
}

impl Batches {
    /// The mini-batches of `n` rows.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if a permutation of the rows does not fit in memory.
    pub(crate) fn new(order: BatchOrder, minibatch_size: usize, n: usize) -> Result<Self, Error> {
        let permutation = Vec::new();
        let mut batches = Self { order, n, minibatch_size, start: 0, remaining: 0, permutation, unseen: 0 };
        batches.restart(order, minibatch_size, n)?;
        Ok(batches)
    }

    /// Prepares for another data set and reuses the memory.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub(crate) fn restart(
        &mut self,
        order: BatchOrder,
        minibatch_size: usize,
        n: usize,
    ) -> Result<(), Error> {
        if order == BatchOrder::Shuffled {
            let too_large = |_| Error::TooLarge { what: "the permutation", rows: n, columns: 1 };
            self.permutation.clear();
            self.permutation.try_reserve_exact(n).map_err(too_large)?;
        }
        (self.order, self.n, self.minibatch_size) = (order, n, minibatch_size);
        (self.start, self.remaining, self.unseen) = (0, 0, n);
        Ok(())
    }

    /// The number of rows in all mini-batches of an epoch, about.
    pub(crate) fn rows_per_epoch(&self) -> usize {
        match self.order {
            BatchOrder::Cyclic => self.n.saturating_mul(self.minibatch_size.min(self.n)),
            BatchOrder::Sequential | BatchOrder::Shuffled => self.n,
        }
    }

    /// The number of mini-batches of an epoch.
    pub(crate) fn per_epoch(&self) -> usize {
        match self.order {
            BatchOrder::Cyclic => self.n,
            BatchOrder::Sequential | BatchOrder::Shuffled => self.n.div_ceil(self.minibatch_size),
        }
    }

    /// Starts the next epoch. If the order is shuffled, the generator draws a permutation.
    pub(crate) fn begin_epoch(&mut self, generator: &mut ChaCha8Rng) {
        self.remaining = self.per_epoch();
        if self.order == BatchOrder::Shuffled {
            // Each permutation starts from the identity, so it depends only on the state of the generator.
            self.permutation.clear();
            self.permutation.extend(0..self.n);
            self.permutation.shuffle(generator);
        }
    }

    /// Whether there are rows that have not been in a mini-batch.
    pub(crate) fn has_unseen(&self) -> bool {
        self.unseen > 0
    }

    /// The next mini-batch of the epoch; `None` after the last one.
    pub(crate) fn next(&mut self) -> Option<Batch<'_>> {
        self.remaining = self.remaining.checked_sub(1)?;
        let window = self.next_window();
        let is_new = self.has_unseen();
        self.unseen = self.unseen.saturating_sub(window.len());
        // The article's epoch ends before the update of its last mini-batch.
        let is_postponed = self.order == BatchOrder::Cyclic && self.remaining == 0;
        Some(Batch { rows: self.rows(window), is_postponed, is_new })
    }

    /// The rows of a window in the order of this epoch.
    pub(crate) fn rows(&self, window: Range<usize>) -> Rows<'_> {
        match self.order {
            BatchOrder::Shuffled => Rows::Indices(self.permutation.get(window).unwrap_or_default()),
            BatchOrder::Cyclic | BatchOrder::Sequential => Rows::Window(window),
        }
    }

    /// The next window of rows; moves the start.
    fn next_window(&mut self) -> Range<usize> {
        let start = self.start;
        let end = start.saturating_add(self.minibatch_size).min(self.n);
        self.start = match self.order {
            // start + minibatch_size modulo n, in two steps that do not overflow.
            BatchOrder::Cyclic => (start + self.minibatch_size % self.n) % self.n,
            BatchOrder::Sequential | BatchOrder::Shuffled => end % self.n,
        };
        start..end
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn batches(order: BatchOrder, n: usize, minibatch_size: usize) -> Batches {
        Batches::new(order, minibatch_size, n).unwrap()
    }

    fn rows(batch: &Batch<'_>) -> Vec<usize> {
        match &batch.rows {
            Rows::Window(window) => window.clone().collect(),
            Rows::Indices(rows) => rows.to_vec(),
        }
    }

    /// The rows of each mini-batch of the next epoch.
    fn epoch(batches: &mut Batches, generator: &mut ChaCha8Rng) -> Vec<Vec<usize>> {
        batches.begin_epoch(generator);
        let mut epoch = Vec::new();
        while let Some(batch) = batches.next() {
            epoch.push(rows(&batch));
        }
        epoch
    }

    #[test]
    fn the_article_s_window_wraps_modulo_the_rows() {
        let generator = &mut ChaCha8Rng::seed_from_u64(0);
        let mut batches = batches(BatchOrder::Cyclic, 100, 40);
        let windows = [(0, 40), (40, 80), (80, 100), (20, 60), (60, 100)];
        for first in [0, 0] {
            let epoch = epoch(&mut batches, generator);
            assert_eq!(epoch.len(), 100);
            for (i, rows) in epoch.iter().enumerate() {
                let (start, end) = windows[(first + i) % 5];
                assert_eq!(*rows, Vec::from_iter(start..end));
            }
        }
    }

    #[test]
    fn only_the_last_update_of_the_article_s_epoch_is_postponed() {
        let generator = &mut ChaCha8Rng::seed_from_u64(0);
        for order in [BatchOrder::Cyclic, BatchOrder::Sequential, BatchOrder::Shuffled] {
            let mut batches = batches(order, 7, 3);
            batches.begin_epoch(generator);
            let mut flags = Vec::new();
            while let Some(batch) = batches.next() {
                flags.push(batch.is_postponed);
            }
            assert!(batches.next().is_none());
            let last = flags.pop();
            assert_eq!(last, Some(order == BatchOrder::Cyclic));
            assert!(flags.iter().all(|flag| !flag));
        }
    }

    #[test]
    fn a_huge_mini_batch_ends_at_the_last_row() {
        let generator = &mut ChaCha8Rng::seed_from_u64(0);
        for size in [7, 8, usize::MAX] {
            let mut batches = batches(BatchOrder::Sequential, 7, size);
            for _ in 0..3 {
                assert_eq!(epoch(&mut batches, generator), [[0, 1, 2, 3, 4, 5, 6]]);
            }
        }
        // The start of the article's window moves by the size modulo 7, which is 1 for both sizes.
        for size in [8, usize::MAX - usize::MAX % 7 - 6] {
            let mut batches = batches(BatchOrder::Cyclic, 7, size);
            for (start, rows) in epoch(&mut batches, generator).iter().enumerate() {
                assert_eq!(*rows, Vec::from_iter(start..7));
            }
        }
    }

    #[test]
    fn an_epoch_is_one_pass_in_the_other_orders() {
        let generator = &mut ChaCha8Rng::seed_from_u64(0);
        for order in [BatchOrder::Sequential, BatchOrder::Shuffled] {
            for (n, size) in [(10, 3), (10, 5), (10, 10), (10, usize::MAX), (1, 1)] {
                let mut batches = batches(order, n, size);
                for _ in 0..3 {
                    let mut seen = epoch(&mut batches, generator).concat();
                    assert_eq!(seen.is_sorted(), order == BatchOrder::Sequential || n == 1, "{seen:?}");
                    seen.sort_unstable();
                    assert_eq!(seen, Vec::from_iter(0..n));
                }
            }
        }
    }

    #[test]
    fn the_rows_of_an_epoch_are_estimated() {
        let generator = &mut ChaCha8Rng::seed_from_u64(0);
        for order in [BatchOrder::Cyclic, BatchOrder::Sequential, BatchOrder::Shuffled] {
            for (n, size) in [(100, 40), (7, 3), (10, 1), (10, usize::MAX)] {
                let mut batches = batches(order, n, size);
                let rows = epoch(&mut batches, generator).concat().len();
                let estimate = batches.rows_per_epoch();
                assert!(
                    (rows..=2 * rows).contains(&estimate),
                    "{order:?}, {n}, {size}: {estimate}, {rows} rows"
                );
            }
        }
    }

    #[test]
    fn every_row_is_new_once() {
        let generator = &mut ChaCha8Rng::seed_from_u64(0);
        for order in [BatchOrder::Cyclic, BatchOrder::Sequential, BatchOrder::Shuffled] {
            for (n, size) in [(100, 40), (7, 3), (10, 5), (10, 1), (1, 1), (10, usize::MAX)] {
                let mut batches = batches(order, n, size);
                for _ in 0..2 {
                    let mut new = Vec::new();
                    batches.begin_epoch(generator);
                    assert!(batches.has_unseen());
                    while let Some(batch) = batches.next() {
                        new.extend(rows(&batch).into_iter().filter(|_| batch.is_new));
                    }
                    new.sort_unstable();
                    assert_eq!(new, Vec::from_iter(0..n), "{order:?}, {n}, {size}");
                    // In the next epoch, no row is new.
                    batches.begin_epoch(generator);
                    while let Some(batch) = batches.next() {
                        assert!(!batch.is_new);
                    }
                    assert!(!batches.has_unseen());
                    batches.restart(order, size, n).unwrap();
                }
            }
        }
    }

    #[test]
    fn each_epoch_has_a_new_permutation() {
        let generator = &mut ChaCha8Rng::seed_from_u64(0);
        let mut batches = batches(BatchOrder::Shuffled, 50, 50);
        assert_ne!(epoch(&mut batches, generator), epoch(&mut batches, generator));
    }
}
