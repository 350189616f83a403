//! Shares rows among threads, where it pays: with the feature `rayon`, and never without.
//!
//! No bit depends on it: each row is computed the same way on every thread. `cost` is always that of all rows, in
//! multiplications.

use std::ops::Range;

use super::matrix::Matrix;

/// Calls `work` with ranges of rows that together are all rows, and with their parts of `values`, which has `columns` values
/// for each row, and of `sums`, which has as many or none.
pub(crate) fn by_rows<F: Send>(
    values: &mut [F],
    sums: &mut [f64],
    columns: usize,
    cost: usize,
    work: impl Fn(Range<usize>, &mut [F], &mut [f64]) + Sync,
) {
    let columns = columns.max(1);
    let rows = values.len() / columns;
    match share(rows, cost) {
        None => work(0..rows, values, sums),
        Some(share) => {
            let mut sums = sums.chunks_mut(share * columns);
            let parts = starts(share).zip(values.chunks_mut(share * columns));
            each(parts.map(|part| (part, sums.next().unwrap_or_default())), |((start, values), sums)| {
                work(start..start + values.len() / columns, values, sums);
            });
        }
    }
}

/// The same for several matrices of `rows` rows: `work` gets its part of each matrix of `layers`, in their order, and of
/// each of the others.
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
            // The parts of each thread. Allocates 1 + threads vectors of a few pointers, little next to the cost of a
            // thread.
            let mut parts = Vec::from_iter(starts(share).take_while(|&start| start < rows).map(|start| {
                let others = [(); N].map(|()| <&mut [F]>::default());
                (start..rows.min(start + share), Vec::new(), others)
            }));
            for layer in layers {
                let chunks = chunks_of_rows(layer, share);
                parts.iter_mut().zip(chunks).for_each(|((_, layers, _), values)| layers.push(values));
            }
            for (i, other) in others.into_iter().enumerate() {
                let chunks = chunks_of_rows(other, share);
                parts.iter_mut().zip(chunks).for_each(|((_, _, others), values)| others[i] = values);
            }
            each(parts.into_iter(), |(rows, layers, others)| work(rows, &mut layers.into_iter(), others));
        }
    }
}

/// So many rows at a time; nothing of a matrix without columns.
fn chunks_of_rows<F>(matrix: &mut Matrix<F>, rows: usize) -> impl Iterator<Item = &mut [F]> {
    let columns = matrix.columns().max(1);
    matrix.values_mut().chunks_mut(rows * columns)
}

/// Calls `work` with ranges that together are the whole slices, which have the same length, and with their parts.
pub(crate) fn by_chunks<F: Send, const N: usize>(
    slices: [&mut [F]; N],
    work: impl Fn(Range<usize>, [&mut [F]; N]) + Sync,
) {
    /// The cost of a value on its way from memory and back, in multiplications.
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

/// The first items of the shares.
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

/// One thread does all the work.
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
    use std::error::Error;
    use std::panic::catch_unwind;
    use std::sync::OnceLock;

    /// The work of a thread, in multiplications, from which sharing pays. Inside the pool sharing was measured to cost 1 µs
    /// while the other threads are still awake, for some 10 µs after their last work, and 22 µs when they have to be
    /// woken; this many multiplications take about 30 µs in f32.
    const COST_OF_A_THREAD: usize = 1_000_000;
    /// The work from which entering the pool from outside pays: 60 µs were measured, and twice the time of the work where
    /// the system ran two threads on one core.
    const COST_OF_ENTERING: usize = 32_000_000;

    /// Runs `work` on one of the pool's threads if that pays and there will be something to share; on this thread where
    /// no thread can be started.
    #[inline]
    pub(crate) fn in_pool<R: Send>(cost: usize, cost_of_a_part: usize, work: impl FnOnce() -> R + Send) -> R {
        let pays = cost >= COST_OF_ENTERING && cost_of_a_part >= 2 * COST_OF_A_THREAD;
        if pays && rayon::current_thread_index().is_none() && has_pool() {
            rayon::scope(|_| work())
        } else {
            work()
        }
    }

    /// Whether there is a global pool, after an attempt to start one. Rayon itself panics without a pool.
    fn has_pool() -> bool {
        static HAS_POOL: OnceLock<bool> = OnceLock::new();
        *HAS_POOL.get_or_init(|| match rayon::ThreadPoolBuilder::new().build_global() {
            Ok(()) => true,
            // The system refused to start a thread.
            Err(error) if error.source().is_some() => false,
            // Somebody was here first: there is a pool, unless that attempt failed. Rayon answers this only by a panic.
            Err(_) => catch_unwind(rayon::current_num_threads).is_ok(),
        })
    }

    /// The number of items of a thread; `None` where sharing does not pay.
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

    /// Calls `work` with all parts at the same time.
    pub(super) fn each<T: Send>(mut parts: impl Iterator<Item = T> + Send, work: impl Fn(T) + Sync) {
        fn rest<T: Send>(first: T, parts: &mut (impl Iterator<Item = T> + Send), work: &(impl Fn(T) + Sync)) {
            match parts.next() {
                None => work(first),
                // This thread begins with its part; threads without work take the others.
                Some(next) => drop(rayon::join(|| work(first), || rest(next, parts, work))),
            }
        }
        if let Some(first) = parts.next() {
            rest(first, &mut parts, &work);
        }
    }
}
