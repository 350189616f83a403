//! Sharing the rows of a result among threads, where the work pays for it.
//!
//! Nothing here changes a bit: each row is computed as it would be alone, whoever computes it.

use std::ops::Range;

/// Calls `work` with ranges of rows that make up all of them, and with the part of `values`, `columns` to a row,
/// that they are. `cost` is that of all rows, in multiplications.
#[cfg(not(feature = "rayon"))]
pub(crate) fn by_rows<F>(
    values: &mut [F],
    columns: usize,
    _cost: usize,
    work: impl Fn(Range<usize>, &mut [F]),
) {
    work(0..values.len() / columns.max(1), values);
}

/// Calls `work` with ranges of rows that make up all of them, and with the part of `values`, `columns` to a row,
/// that they are; on as many threads as `cost`, that of all rows in multiplications, pays for.
#[cfg(feature = "rayon")]
pub(crate) fn by_rows<F: Send>(
    values: &mut [F],
    columns: usize,
    cost: usize,
    work: impl Fn(Range<usize>, &mut [F]) + Sync,
) {
    use rayon::prelude::*;

    /// Below this many multiplications a thread, waking it was measured to cost more than it gives.
    const COST_OF_A_THREAD: usize = 400_000;

    let columns = columns.max(1);
    let rows = values.len() / columns;
    let threads = (cost / COST_OF_A_THREAD).min(rows);
    let threads = if threads > 1 { threads.min(rayon::current_num_threads()) } else { 1 };
    if threads <= 1 {
        return work(0..rows, values);
    }
    // A multiple of the rows of a tile.
    let share = rows.div_ceil(threads).next_multiple_of(12);
    values.par_chunks_mut(share * columns).enumerate().for_each(|(i, values)| {
        let start = i * share;
        work(start..start + values.len() / columns, values);
    });
}

/// Calls `work` with ranges that make up two slices of one length, and with the parts of both that they are.
#[cfg(not(feature = "rayon"))]
pub(crate) fn by_chunks<F>(a: &mut [F], b: &mut [F], work: impl Fn(Range<usize>, &mut [F], &mut [F])) {
    work(0..a.len(), a, b);
}

/// Calls `work` with ranges that make up two slices of one length, and with the parts of both that they are.
#[cfg(feature = "rayon")]
pub(crate) fn by_chunks<F: Send>(
    a: &mut [F],
    b: &mut [F],
    work: impl Fn(Range<usize>, &mut [F], &mut [F]) + Sync,
) {
    use rayon::prelude::*;

    /// Below this many values a thread, waking it was measured to cost more than it gives.
    const VALUES_OF_A_THREAD: usize = 100_000;

    let threads = a.len() / VALUES_OF_A_THREAD;
    let threads = if threads > 1 { threads.min(rayon::current_num_threads()) } else { 1 };
    if threads <= 1 {
        return work(0..a.len(), a, b);
    }
    let share = a.len().div_ceil(threads);
    a.par_chunks_mut(share).zip(b.par_chunks_mut(share)).enumerate().for_each(|(i, (a, b))| {
        let start = i * share;
        work(start..start + a.len(), a, b);
    });
}
