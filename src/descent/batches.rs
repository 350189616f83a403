//! Which rows make up each mini-batch of a fit.

use std::ops::Range;

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::kernel::Rows;
use crate::{BatchOrder, Error};

/// The mini-batches of a data set, one after the other; see [`BatchOrder`].
#[derive(Debug)]
pub(crate) struct Batches {
    order: BatchOrder,
    /// The number of rows, at least 1.
    n: usize,
    minibatch_size: usize,
    /// Where the next mini-batch begins.
    start: usize,
    /// This mini-batch, as rows or as places in the permutation.
    window: Range<usize>,
    /// Mini-batches of this epoch that were handed out.
    handed_out: usize,
    /// A permutation of 0..n; empty unless shuffled.
    permutation: Vec<usize>,
}

impl Batches {
    /// The mini-batches of `n` rows.
    ///
    /// # Errors
    /// [`Error::TooLarge`] if a permutation of the rows does not fit in memory.
    pub(crate) fn new(order: BatchOrder, minibatch_size: usize, n: usize) -> Result<Self, Error> {
        let permutation = Vec::new();
        let mut batches =
            Self { order, n, minibatch_size, start: 0, window: 0..0, handed_out: 0, permutation };
        batches.restart(order, minibatch_size, n)?;
        Ok(batches)
    }

    /// Begins with another set of rows, in the memory of this one.
    pub(crate) fn restart(
        &mut self,
        order: BatchOrder,
        minibatch_size: usize,
        n: usize,
    ) -> Result<(), Error> {
        let mut permutation = std::mem::take(&mut self.permutation);
        permutation.clear();
        if order == BatchOrder::Shuffled {
            let too_large = |_| Error::TooLarge { what: "the permutation", rows: n, columns: 1 };
            permutation.try_reserve_exact(n).map_err(too_large)?;
        }
        *self = Self { order, n, minibatch_size, start: 0, window: 0..0, handed_out: 0, permutation };
        Ok(())
    }

    /// Goes on to the next mini-batch.
    pub(crate) fn advance(&mut self, generator: &mut ChaCha8Rng) {
        if self.is_epoch_over() {
            self.handed_out = 0;
        }
        if self.order == BatchOrder::Shuffled && self.handed_out == 0 {
            // From the identity each time, so that the generator's state alone decides what comes.
            self.permutation.clear();
            self.permutation.extend(0..self.n);
            self.permutation.shuffle(generator);
        }
        self.handed_out += 1;
        let start = self.start;
        let end = start.saturating_add(self.minibatch_size).min(self.n);
        self.window = start..end;
        self.start = match self.order {
            // start + minibatch_size modulo n; in two steps, of which none overflows.
            BatchOrder::Cyclic => (start + self.minibatch_size % self.n) % self.n,
            BatchOrder::Sequential | BatchOrder::Shuffled => end % self.n,
        };
    }

    /// The rows of this mini-batch; none before the first.
    pub(crate) fn rows(&self) -> Rows<'_> {
        let window = self.window.clone();
        match self.order {
            BatchOrder::Shuffled => Rows::Indices(self.permutation.get(window).unwrap_or_default()),
            BatchOrder::Cyclic | BatchOrder::Sequential => Rows::Window(window),
        }
    }

    /// Whether the mini-batch that was handed out last is the last one of its epoch.
    pub(crate) fn is_epoch_over(&self) -> bool {
        self.handed_out == self.batches_per_epoch()
    }

    fn batches_per_epoch(&self) -> usize {
        match self.order {
            BatchOrder::Cyclic => self.n,
            BatchOrder::Sequential | BatchOrder::Shuffled => self.n.div_ceil(self.minibatch_size),
        }
    }

    /// Whether an epoch is judged before the update of its last mini-batch, as the document does.
    pub(crate) fn is_judged_before_update(&self) -> bool {
        self.order == BatchOrder::Cyclic
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn batches(order: BatchOrder, n: usize, minibatch_size: usize) -> Batches {
        Batches::new(order, minibatch_size, n).unwrap()
    }

    fn rows(batches: &mut Batches, generator: &mut ChaCha8Rng) -> Vec<usize> {
        batches.advance(generator);
        match batches.rows() {
            Rows::Window(window) => window.collect(),
            Rows::Indices(rows) => rows.to_vec(),
        }
    }

    #[test]
    fn the_document_s_window_is_taken_modulo_the_rows() {
        let generator = &mut ChaCha8Rng::seed_from_u64(0);
        let mut batches = batches(BatchOrder::Cyclic, 100, 40);
        for (start, end) in [(0, 40), (40, 80), (80, 100), (20, 60), (60, 100), (0, 40)] {
            assert_eq!(rows(&mut batches, generator), Vec::from_iter(start..end));
            assert!(!batches.is_epoch_over());
        }
        for _ in 6..99 {
            batches.advance(generator);
            assert!(!batches.is_epoch_over());
        }
        batches.advance(generator);
        assert!(batches.is_epoch_over());
    }

    #[test]
    fn a_huge_minibatch_is_the_whole_set() {
        let generator = &mut ChaCha8Rng::seed_from_u64(0);
        for size in [7, 8, usize::MAX] {
            let mut batches = batches(BatchOrder::Sequential, 7, size);
            for _ in 0..3 {
                assert_eq!(rows(&mut batches, generator), [0, 1, 2, 3, 4, 5, 6]);
            }
        }
        // The document's start moves on all the same: by 8, and by 2⁶⁴ − 1, which is 1 modulo 7.
        for size in [8, u64::MAX as usize] {
            let mut batches = batches(BatchOrder::Cyclic, 7, size);
            for start in [0, 1, 2, 3, 4, 5, 6, 0] {
                assert_eq!(rows(&mut batches, generator), Vec::from_iter(start..7));
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
                    let mut seen = Vec::new();
                    loop {
                        seen.extend(rows(&mut batches, generator));
                        if batches.is_epoch_over() {
                            break;
                        }
                    }
                    assert_eq!(seen.is_sorted(), order == BatchOrder::Sequential || n == 1, "{seen:?}");
                    seen.sort_unstable();
                    assert_eq!(seen, Vec::from_iter(0..n));
                }
            }
        }
    }

    #[test]
    fn each_permutation_is_a_fresh_one() {
        let generator = &mut ChaCha8Rng::seed_from_u64(0);
        let mut batches = batches(BatchOrder::Shuffled, 50, 50);
        assert_ne!(rows(&mut batches, generator), rows(&mut batches, generator));
    }
}
