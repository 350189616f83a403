//! Sharing rows among threads, where the work pays for it: with the feature `rayon`, and never without.
//!
//! Nothing here changes a bit: each row is computed as it would be alone, whoever computes it. `cost` is always that of
//! all rows, in multiplications.

use std::ops::Range;

use super::matrix::Matrix;

/// Calls `work` with ranges of rows that make up all of them, and with the part of `values`, `columns` to a row,
/// that they are.
pub(crate) fn by_rows<F: Send>(
    values: &mut [F],
    columns: usize,
    cost: usize,
    work: impl Fn(Range<usize>, &mut [F]) + Sync,
) {
    let columns = columns.max(1);
    let rows = values.len() / columns;
    match share(rows, cost) {
        None => work(0..rows, values),
        Some(share) => each(starts(share).zip(values.chunks_mut(share * columns)), |(start, values)| {
            work(start..start + values.len() / columns, values)
        }),
    }
}

/// Calls `work` with ranges of rows that make up all of them, and with these rows of each matrix: those of the `layers`
/// as an iterator in the same order, those of the `others` as an array. A matrix without values has empty parts.
pub(crate) fn by_rows_of_all<'a, F: Send + 'a, const N: usize>(
    layers: impl Iterator<Item = &'a mut Matrix<F>>,
    others: [&'a mut Matrix<F>; N],
    rows: usize,
    cost: usize,
    work: impl Fn(Range<usize>, &mut dyn Iterator<Item = &'a mut [F]>, [&'a mut [F]; N]) + Sync,
) {
    match share(rows, cost) {
        None => work(0..rows, &mut layers.map(Matrix::values_mut), others.map(Matrix::values_mut)),
        Some(share) => {
            let chunks = |matrix: &'a mut Matrix<F>| {
                let columns = matrix.columns().max(1);
                matrix.values_mut().chunks_mut(share * columns)
            };
            let mut others = others.map(chunks);
            // One vector of pointers for the ranges, and one for each of them.
            let mut parts = Vec::new();
            for start in starts(share).take_while(|&start| start < rows) {
                let others = others.each_mut().map(|chunks| chunks.next().unwrap_or_default());
                parts.push((start..rows.min(start + share), Vec::new(), others));
            }
            for matrix in layers {
                let values = chunks(matrix);
                parts.iter_mut().zip(values).for_each(|((_, layers, _), values)| layers.push(values));
            }
            each(parts.into_iter(), |(rows, layers, others)| work(rows, &mut layers.into_iter(), others));
        }
    }
}

/// Calls `work` with ranges that make up slices of one length, and with the part of each that they are.
pub(crate) fn by_chunks<F: Send, const N: usize>(
    slices: [&mut [F]; N],
    work: impl Fn(Range<usize>, [&mut [F]; N]) + Sync,
) {
    /// What a value costs on its way from memory and back, in multiplications.
    const COST_OF_A_VALUE: usize = 32;

    let length = slices.first().map_or(0, |slice| slice.len());
    match share(length, length.saturating_mul(COST_OF_A_VALUE)) {
        None => work(0..length, slices),
        Some(share) => {
            let mut chunks = slices.map(|slice| slice.chunks_mut(share));
            let parts = starts(share).take_while(|&start| start < length).map(|start| {
                let part = chunks.each_mut().map(|chunks| chunks.next().unwrap_or_default());
                (start..length.min(start + share), part)
            });
            each(parts, |(range, part)| work(range, part));
        }
    }
}

/// Where shares begin.
fn starts(share: usize) -> impl Iterator<Item = usize> + Clone {
    (0..).step_by(share)
}

#[cfg(not(feature = "rayon"))]
pub(crate) use alone::in_pool;
#[cfg(not(feature = "rayon"))]
use alone::{each, share};
#[cfg(feature = "rayon")]
pub(crate) use threads::in_pool;
#[cfg(feature = "rayon")]
use threads::{each, share};

/// One thread does it all.
#[cfg(not(feature = "rayon"))]
mod alone {
    #[inline]
    pub(crate) fn in_pool<R>(_cost: usize, _cost_of_a_part: usize, work: impl FnOnce() -> R) -> R {
        work()
    }

    pub(super) fn share(_items: usize, _cost: usize) -> Option<usize> {
        None
    }

    pub(super) fn each<T>(parts: impl Iterator<Item = T>, work: impl Fn(T)) {
        parts.for_each(work);
    }
}

/// rayon's threads.
#[cfg(feature = "rayon")]
mod threads {
    /// What a thread that is awake must have to do for a share of the work to pay. Inside the pool sharing was measured
    /// to cost 1 µs while the other threads are still awake, which they stay for some 10 µs, and 22 µs when they have
    /// to be woken; this many multiplications take about 30 µs in f32.
    const COST_OF_A_THREAD: usize = 1_000_000;
    /// What there must be to do for entering the pool from outside to pay: 60 µs were measured, and twice the
    /// time of the work where the system ran two threads on one core.
    const COST_OF_ENTERING: usize = 32_000_000;

    /// Runs `work` on one of the pool's threads if it is as large as that, and if there will be something to share.
    #[inline]
    pub(crate) fn in_pool<R: Send>(cost: usize, cost_of_a_part: usize, work: impl FnOnce() -> R + Send) -> R {
        let pays = cost >= COST_OF_ENTERING && cost_of_a_part >= 2 * COST_OF_A_THREAD;
        if pays && rayon::current_thread_index().is_none() { rayon::scope(|_| work()) } else { work() }
    }

    /// How many items a thread gets; `None` where one had better do them all.
    #[inline]
    pub(super) fn share(items: usize, cost: usize) -> Option<usize> {
        if cost < 2 * COST_OF_A_THREAD || rayon::current_thread_index().is_none() {
            return None;
        }
        let threads = rayon::current_num_threads().min(cost / COST_OF_A_THREAD);
        // Tiles have 6 rows.
        let share = items.div_ceil(threads).next_multiple_of(6);
        (share < items).then_some(share)
    }

    /// Calls `work` with each part, all at a time.
    pub(super) fn each<T: Send>(mut parts: impl Iterator<Item = T> + Send, work: impl Fn(T) + Sync) {
        fn rest<T: Send>(first: T, parts: &mut (impl Iterator<Item = T> + Send), work: &(impl Fn(T) + Sync)) {
            match parts.next() {
                None => work(first),
                // The calling thread begins with its part; whoever is free goes on with the others.
                Some(next) => drop(rayon::join(|| work(first), || rest(next, parts, work))),
            }
        }
        if let Some(first) = parts.next() {
            rest(first, &mut parts, &work);
        }
    }
}
