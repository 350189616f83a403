//! The mini-batches of each epoch: windows of the rows, or of a permutation.

use std::ops::Range;

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::error::Error;
use crate::kernel::Rows;
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
        let rows = if self.order.is_shuffled() {
            Rows::Indices(self.permutation.get(window).unwrap_or_default())
        } else {
            Rows::Window(window)
        };
        // The article's epoch ends before the update of its last mini-batch.
        let is_postponed = self.order == BatchOrder::Cyclic && self.remaining == 0;
        Some(Batch { rows, is_postponed })
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
mod tests {
    use rand::SeedableRng;

    use super::*;

    /// All orders but the article's.
    const PASSES: [BatchOrder; 3] =
        [BatchOrder::Sequential, BatchOrder::Shuffled, BatchOrder::ShuffledByEpoch];

    fn batches(order: BatchOrder, n: usize, minibatch_size: usize) -> Batches {
        Batches::new(order, Division::Rows(minibatch_size), n).unwrap()
    }

    fn rows(batch: &Batch<'_>) -> Vec<usize> {
        match &batch.rows {
            Rows::Window(window) => window.clone().collect(),
            Rows::Indices(rows) => rows.to_vec(),
        }
    }

    /// The rows of each mini-batch of the next epoch.
    fn epoch(batches: &mut Batches, generator: &mut ChaCha8Rng) -> Vec<Vec<usize>> {
        numbered_epoch(batches, generator, 0)
    }

    /// The rows of each mini-batch of the next epoch, which has this number.
    fn numbered_epoch(batches: &mut Batches, generator: &mut ChaCha8Rng, number: u64) -> Vec<Vec<usize>> {
        batches.begin_epoch(generator, 42, number);
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
        for order in PASSES.into_iter().chain([BatchOrder::Cyclic]) {
            let mut batches = batches(order, 7, 3);
            batches.begin_epoch(generator, 42, 0);
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
        for order in PASSES {
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
        for order in PASSES.into_iter().chain([BatchOrder::Cyclic]) {
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
    fn each_epoch_has_a_new_permutation() {
        let generator = &mut ChaCha8Rng::seed_from_u64(0);
        let mut batches = batches(BatchOrder::Shuffled, 50, 50);
        assert_ne!(epoch(&mut batches, generator), epoch(&mut batches, generator));
    }

    #[test]
    fn the_permutation_of_an_epoch_depends_on_seed_and_number_alone() {
        let [one, other] = &mut [1, 2].map(ChaCha8Rng::seed_from_u64);
        let before = one.clone();
        let mut by_epoch = batches(BatchOrder::ShuffledByEpoch, 50, 50);
        let third = numbered_epoch(&mut by_epoch, one, 3);
        assert_eq!(*one, before);
        assert_ne!(numbered_epoch(&mut by_epoch, one, 4), third);
        assert_eq!(numbered_epoch(&mut by_epoch, other, 3), third);
        by_epoch.begin_epoch(one, 43, 3);
        assert_ne!(rows(&by_epoch.next().unwrap()), third[0]);
        by_epoch.begin_epoch(one, 42, u64::MAX);
        // Other permutations than those of `Shuffled`.
        let generator = &mut crate::model::permutations(42);
        assert_ne!(epoch(&mut batches(BatchOrder::Shuffled, 50, 50), generator), third);
    }

    #[test]
    fn a_number_of_mini_batches_divides_every_number_of_rows() {
        let generator = &mut ChaCha8Rng::seed_from_u64(0);
        for order in PASSES {
            for n in [0, 1, 2, 5, 7, 12, 100] {
                for parts in [1, 2, 3, 5, 7, 12, 101] {
                    let mut batches = Batches::new(order, Division::Parts(parts), n).unwrap();
                    assert_eq!(batches.per_epoch(), parts);
                    for _ in 0..2 {
                        let epoch = epoch(&mut batches, generator);
                        let sizes = Vec::from_iter(epoch.iter().map(Vec::len));
                        let expected = |i: usize| (i + 1) * n / parts - i * n / parts;
                        assert_eq!(sizes, Vec::from_iter((0..parts).map(expected)));
                        let (least, most) = (sizes.iter().min(), sizes.iter().max());
                        assert!(most.unwrap() - least.unwrap() <= 1, "{sizes:?}");
                        assert_eq!(*most.unwrap(), batches.most_rows());
                        let mut seen = epoch.concat();
                        seen.sort_unstable();
                        assert_eq!(seen, Vec::from_iter(0..n));
                    }
                }
            }
        }
        // Without overflow.
        let huge = Division::Parts(usize::MAX);
        let mut batches = Batches::new(BatchOrder::Sequential, huge, usize::MAX - 1).unwrap();
        batches.begin_epoch(generator, 42, 0);
        for expected in [0..0, 0..1, 1..2] {
            assert_eq!(batches.next().unwrap().rows, Rows::Window(expected));
        }
    }
}
