use rand::SeedableRng;

use super::*;

/// All orders but the article's.
const PASSES: [BatchOrder; 3] = [BatchOrder::Sequential, BatchOrder::Shuffled, BatchOrder::ShuffledByEpoch];

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
            assert!((rows..=2 * rows).contains(&estimate), "{order:?}, {n}, {size}: {estimate}, {rows} rows");
        }
    }
}

/// So all values of a data set are checked after its first epoch.
#[test]
fn every_row_is_in_the_first_epoch() {
    let generator = &mut ChaCha8Rng::seed_from_u64(0);
    for order in PASSES.into_iter().chain([BatchOrder::Cyclic]) {
        for (n, size) in [(100, 40), (7, 3), (10, 5), (10, 1), (1, 1), (10, usize::MAX)] {
            let mut batches = batches(order, n, size);
            for _ in 0..2 {
                let mut seen = epoch(&mut batches, generator).concat();
                seen.sort_unstable();
                seen.dedup();
                assert_eq!(seen, Vec::from_iter(0..n), "{order:?}, {n}, {size}");
                batches.restart(order, Division::Rows(size), n).unwrap();
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
