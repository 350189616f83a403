//! Shares rows among threads if this is faster. Without the feature `rayon`, one thread does all the work.
//!
//! Sharing does not change the bits of a result: each row is computed in the same way on every thread. `cost` is
//! always that of all rows, in multiplications.

#[cfg(not(feature = "rayon"))]
mod alone;
#[cfg(feature = "rayon")]
mod team;
#[cfg(feature = "rayon")]
mod threads;
#[cfg(feature = "rayon")]
mod trial;

use std::ops::Range;

use super::known::Known;
use super::matrix::Matrix;
#[cfg(not(feature = "rayon"))]
pub(crate) use alone::{Team, in_pool, side_by_side};
#[cfg(not(feature = "rayon"))]
use alone::{each, share};
#[cfg(feature = "rayon")]
pub(crate) use team::Team;
#[cfg(feature = "rayon")]
use threads::{each, share};
#[cfg(feature = "rayon")]
pub(crate) use threads::{in_pool, side_by_side};

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

/// Splits panels of different lengths, which lie one after the other in `values`, into ranges, and calls `work` with
/// each range and its panels. `length` is that of a panel. The parts have about the same number of values.
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
                let part = chunks.each_mut().map(|chunks| chunks.next().known());
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
