//! Shares rows among threads if this is faster. Without the feature `rayon`, one thread does all the work.
//!
//! Sharing does not change the bits of a result: each row is computed in the same way on every thread. `cost` is
//! always that of all rows, in multiplications.

use std::ops::Range;

use super::matrix::Matrix;

/// Splits all rows into ranges, and calls `work` with each range and its part of `values` and of `sums`. `values`
/// has `columns` values for each row; `sums` has the same length, or is empty.
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

/// Splits panels of different lengths, which lie one after the other in `values`, into ranges, and calls `work` with each
/// range and its panels. `length` is that of a panel. The parts have about the same number of values.
pub(crate) fn by_panels<F: Send>(
    values: &mut [F],
    panels: Range<usize>,
    length: impl Fn(usize) -> usize,
    cost: usize,
    work: impl Fn(Range<usize>, &mut [F]) + Sync,
) {
    let Some(share) = share(values.len(), cost) else { return work(panels, values) };
    // As many parts as threads. This allocates a vector of them, which is cheap compared with a thread.
    let (mut parts, mut rest, mut first) = (Vec::new(), values, panels.start);
    while first < panels.end {
        let (mut end, mut size) = (first, 0);
        while end < panels.end && (size < share || size == 0) {
            size += length(end);
            end += 1;
        }
        let (part, others) = rest.split_at_mut(size.min(rest.len()));
        parts.push((first..end, part));
        (first, rest) = (end, others);
    }
    each(parts.into_iter(), |(panels, values)| work(panels, values));
}

/// The given rows of several matrices, in order.
pub(crate) enum Parts<'a, F, I> {
    /// All rows of these matrices.
    Whole(I),
    /// Some rows.
    Part(std::vec::IntoIter<&'a mut [F]>),
}

impl<'a, F, I: Iterator<Item = &'a mut Matrix<F>>> Iterator for Parts<'a, F, I> {
    type Item = &'a mut [F];

    #[inline(always)]
    fn next(&mut self) -> Option<&'a mut [F]> {
        match self {
            Self::Whole(matrices) => matrices.next().map(Matrix::values_mut),
            Self::Part(values) => values.next(),
        }
    }
}

/// Like [`by_rows`] for several matrices of `rows` rows: `work` gets its part of each matrix of `layers`, in their
/// order, and of each matrix of `others`.
#[inline]
pub(crate) fn by_rows_of_all<'a, F: Send + 'a, I: Iterator<Item = &'a mut Matrix<F>>, const N: usize>(
    layers: I,
    others: [&'a mut Matrix<F>; N],
    rows: usize,
    cost: usize,
    work: impl Fn(Range<usize>, Parts<'a, F, I>, [&'a mut [F]; N]) + Sync,
) {
    match share(rows, cost) {
        None => work(0..rows, Parts::Whole(layers), others.map(Matrix::values_mut)),
        Some(share) => {
            // The parts of each thread. This allocates 1 + threads vectors of a few pointers, which is cheap
            // compared with a thread.
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
            each(parts.into_iter(), |(rows, layers, others)| {
                work(rows, Parts::Part(layers.into_iter()), others);
            });
        }
    }
}

/// The values in chunks of `rows` rows; no chunks if the matrix is empty.
fn chunks_of_rows<F>(matrix: &mut Matrix<F>, rows: usize) -> impl Iterator<Item = &mut [F]> {
    let columns = matrix.columns().max(1);
    matrix.values_mut().chunks_mut(rows * columns)
}

/// Splits slices of the same length into ranges, and calls `work` with each range and its parts of the slices.
#[inline(always)]
pub(crate) fn by_chunks<F: Send, const N: usize>(
    slices: [&mut [F]; N],
    work: impl Fn(Range<usize>, [&mut [F]; N]) + Sync,
) {
    /// The cost of reading and writing a value in memory, in multiplications.
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

/// The index of the first item of each share.
fn starts(share: usize) -> impl Iterator<Item = usize> + Clone {
    (0..).step_by(share)
}

#[cfg(not(feature = "rayon"))]
use alone::{each, share};
#[cfg(not(feature = "rayon"))]
pub(crate) use alone::{in_pool, side_by_side};
#[cfg(feature = "rayon")]
use threads::{each, share};
#[cfg(feature = "rayon")]
pub(crate) use threads::{in_pool, side_by_side};

/// One thread does all the work.
#[cfg(not(feature = "rayon"))]
mod alone {
    #[inline]
    pub(crate) fn in_pool<R>(_cost: usize, _cost_of_a_part: usize, work: impl FnOnce() -> R) -> R {
        work()
    }

    pub(crate) fn side_by_side<T>(tasks: &mut [T], work: impl Fn(&mut T)) {
        tasks.iter_mut().for_each(work);
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

    use crate::kernel::arch::has_avx512;

    /// The least work for a thread, in multiplications. Inside the pool, sharing was measured to cost 1 µs while
    /// the other threads are awake, which they are for some 10 µs after their last work, and 22 µs if they must be
    /// woken. This number of multiplications takes about 30 µs in f32.
    const COST_OF_A_THREAD: usize = 1_000_000;
    /// The same with AVX-512, whose multiplications are faster, while waking a thread is not. On two cores of an AMD EPYC
    /// (Zen 5), 784-128-64-10 with 64 rows took 1.6 times as long when it was shared: its largest product has 6.4 million
    /// multiplications.
    const COST_OF_A_THREAD_WITH_AVX_512: usize = 5_000_000;
    /// The least work for which a thread outside the pool enters it. Entering was measured to cost 60 µs, and
    /// twice the time of the work if the system ran two threads on one core.
    const COST_OF_ENTERING: usize = 32_000_000;

    /// The least work for a thread on this machine. With debug assertions, and so in the tests, small work is shared on all
    /// machines.
    #[inline]
    fn cost_of_a_thread() -> usize {
        if has_avx512() && !cfg!(debug_assertions) { COST_OF_A_THREAD_WITH_AVX_512 } else { COST_OF_A_THREAD }
    }

    /// Runs `work` on a thread of the pool if this is faster and the work can be shared. Otherwise, or if no
    /// thread can be started, runs it on this thread.
    #[inline]
    pub(crate) fn in_pool<R: Send>(cost: usize, cost_of_a_part: usize, work: impl FnOnce() -> R + Send) -> R {
        let pays = cost >= COST_OF_ENTERING && cost_of_a_part >= 2 * cost_of_a_thread();
        if pays && rayon::current_thread_index().is_none() && has_pool() {
            rayon::scope(|_| work())
        } else {
            work()
        }
    }

    /// Calls `work` with every task, which must be worth a thread of its own; the threads of the pool share the tasks.
    /// If no thread can be started, this thread does all of them in order.
    ///
    /// A panic of `work` goes on in the caller.
    pub(crate) fn side_by_side<T: Send>(tasks: &mut [T], work: impl Fn(&mut T) + Sync) {
        fn halves<T: Send>(tasks: &mut [T], work: &(impl Fn(&mut T) + Sync)) {
            match tasks {
                [] => {}
                [task] => work(task),
                _ => {
                    let (first, second) = tasks.split_at_mut(tasks.len() / 2);
                    rayon::join(|| halves(first, work), || halves(second, work));
                }
            }
        }
        if tasks.len() > 1 && (rayon::current_thread_index().is_some() || has_pool()) {
            halves(tasks, &work);
        } else {
            tasks.iter_mut().for_each(work);
        }
    }

    /// Tries to start the global pool, and returns whether there is one. Without a pool, rayon itself would panic.
    fn has_pool() -> bool {
        static HAS_POOL: OnceLock<bool> = OnceLock::new();
        *HAS_POOL.get_or_init(|| match rayon::ThreadPoolBuilder::new().build_global() {
            Ok(()) => true,
            // The system refused to start a thread.
            Err(error) if error.source().is_some() => false,
            // Another caller tried first. There is a pool unless that attempt failed, which rayon reports only by
            // a panic.
            Err(_) => catch_unwind(rayon::current_num_threads).is_ok(),
        })
    }

    /// The number of items for each thread; `None` if sharing is not faster.
    #[inline]
    pub(super) fn share(items: usize, cost: usize) -> Option<usize> {
        let of_a_thread = cost_of_a_thread();
        if cost < 2 * of_a_thread || rayon::current_thread_index().is_none() {
            return None;
        }
        let threads = rayon::current_num_threads().min(cost / of_a_thread);
        // Tiles have 6 rows.
        let share = items.div_ceil(threads).next_multiple_of(6);
        (share < items).then_some(share)
    }

    /// Calls `work` with all parts, in parallel.
    pub(super) fn each<T: Send>(mut parts: impl Iterator<Item = T> + Send, work: impl Fn(T) + Sync) {
        fn rest<T: Send>(first: T, parts: &mut (impl Iterator<Item = T> + Send), work: &(impl Fn(T) + Sync)) {
            match parts.next() {
                None => work(first),
                // This thread begins with its part; idle threads take the others.
                Some(next) => drop(rayon::join(|| work(first), || rest(next, parts, work))),
            }
        }
        if let Some(first) = parts.next() {
            rest(first, &mut parts, &work);
        }
    }
}
