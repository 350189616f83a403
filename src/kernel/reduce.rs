//! Sums and other reductions of slices and columns.

use super::arch::{Arch, Kernel, dispatch};
use super::concrete::concrete;
use super::scalar::Scalar;

concrete!(
    /// Whether no value is NaN or infinite.
    pub(crate) fn all_finite<'a, F>(values: &'a [F]) -> bool {
        dispatch(AllFinite(values))
    }
);

pub(super) struct AllFinite<'a, F>(pub(super) &'a [F]);

impl<F: Scalar> Kernel for AllFinite<'_, F> {
    type Output = bool;

    #[inline(always)]
    fn run<A: Arch>(self, _: A) -> bool {
        let is_finite = |value: &F| value.abs() < F::infinity();
        if self.0.len() < 16 {
            return self.0.iter().all(is_finite);
        }
        // A branch for each chunk, not for each element, so that the compiler vectorises the loop.
        for chunk in self.0.chunks(512) {
            let mut finite = true;
            for value in chunk {
                finite &= is_finite(value);
            }
            if !finite {
                return false;
            }
        }
        true
    }
}

/// `Σ |v|` in f64.
pub(crate) fn sum_of_magnitudes<F: Scalar>(values: &[F]) -> f64 {
    let mut lanes = [0.0; 8];
    let chunks = values.chunks_exact(lanes.len());
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value.as_f64().abs();
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane += value.as_f64().abs();
    }
    lanes.iter().sum()
}

/// Up to this number of rows, a sum over rows is computed in F, in order. A longer sum has parts in f64, so that
/// its error stays below 1e-6 · Σ|terms| in f32.
pub(super) const IN_ORDER: usize = 4096;
/// The number of terms of a longer sum that are still added in F. The error of n equal terms is up to n/2
/// roundings. The largest error that was measured is 5e-7 · Σ|terms| for 32 terms, and 1e-6 · Σ|terms| for 64.
pub(super) const SHORT_SUM: usize = 32;

/// `sums ← scale · ` the sum of each column of `a` `(rows, sums.len())`: up to [`IN_ORDER`] rows in F, beyond in
/// f64.
pub(crate) fn column_sums<F: Scalar>(a: &[F], scale: F, sums: &mut [F]) {
    dispatch(ColumnSums { a, scale, sums });
}

pub(super) struct ColumnSums<'a, F> {
    pub(super) a: &'a [F],
    pub(super) scale: F,
    pub(super) sums: &'a mut [F],
}

impl<F: Scalar> Kernel for ColumnSums<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        let Self { a, scale, sums } = self;
        if a.len() == sums.len() {
            // A single row; its sums begin at 0.
            sums.iter_mut().zip(a).for_each(|(sum, &a)| *sum = (F::zero() + a) * scale);
        } else if a.len() / sums.len().max(1) <= IN_ORDER {
            sum_columns(a, sums, |a| a, |sum: F| sum * scale);
        } else {
            sum_columns(a, sums, F::as_f64, |sum| F::from_f64(sum) * scale);
        }
    }
}

/// Computes the sums of the columns of `a` in the type S.
#[inline(always)]
fn sum_columns<F: Scalar, S: Scalar>(
    a: &[F],
    sums: &mut [F],
    widen: impl Fn(F) -> S + Copy,
    finish: impl Fn(S) -> F + Copy,
) {
    let columns = sums.len();
    if let [sum] = sums {
        *sum = finish(by_lanes(a, S::zero(), |sum, a| sum + widen(a), |sum, other| sum + other));
        return;
    }
    let mut first = 0;
    while first < columns {
        let (sums, width) = (&mut sums[first..], columns - first);
        first += match width {
            32.. => sum_some::<F, S, 32>(a, columns, first, sums, widen, finish),
            16.. => sum_some::<F, S, 16>(a, columns, first, sums, widen, finish),
            8.. => sum_some::<F, S, 8>(a, columns, first, sums, widen, finish),
            4.. => sum_some::<F, S, 4>(a, columns, first, sums, widen, finish),
            2.. => sum_some::<F, S, 2>(a, columns, first, sums, widen, finish),
            _ => sum_some::<F, S, 1>(a, columns, first, sums, widen, finish),
        };
    }
}

/// Computes the sums of N columns in registers; returns N.
#[inline(always)]
fn sum_some<F: Scalar, S: Scalar, const N: usize>(
    a: &[F],
    columns: usize,
    first: usize,
    sums: &mut [F],
    widen: impl Fn(F) -> S,
    finish: impl Fn(S) -> F,
) -> usize {
    let mut totals = [S::zero(); N];
    for row in a.chunks_exact(columns) {
        let row = &row[first..first + N];
        for j in 0..N {
            totals[j] += widen(row[j]);
        }
    }
    for (sum, total) in sums.iter_mut().zip(totals) {
        *sum = finish(total);
    }
    N
}

/// The lanes of a sum.
pub(super) const LANES: usize = 4;

/// A sum or another reduction in four lanes, so that an operation need not wait for the one before.
#[inline(always)]
fn by_lanes<F: Copy, S: Copy>(values: &[F], zero: S, add: impl Fn(S, F) -> S, join: impl Fn(S, S) -> S) -> S {
    match values.len() % LANES {
        0 => by_lanes_and_rest::<F, S, 0>(values, zero, add, join),
        1 => by_lanes_and_rest::<F, S, 1>(values, zero, add, join),
        2 => by_lanes_and_rest::<F, S, 2>(values, zero, add, join),
        _ => by_lanes_and_rest::<F, S, 3>(values, zero, add, join),
    }
}

/// A reduction in four lanes of values of which REST come after the last four. With this constant, the lanes of a short
/// row stay in registers.
// The loops run over constant indices, so that the compiler unrolls them.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
pub(super) fn by_lanes_and_rest<F: Copy, S: Copy, const REST: usize>(
    values: &[F],
    zero: S,
    add: impl Fn(S, F) -> S,
    join: impl Fn(S, S) -> S,
) -> S {
    let mut lanes = [zero; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for i in 0..LANES {
            lanes[i] = add(lanes[i], chunk[i]);
        }
    }
    if let Some(rest) = rest.first_chunk::<REST>() {
        for i in 0..REST {
            lanes[i] = add(lanes[i], rest[i]);
        }
    }
    join(join(lanes[0], lanes[2]), join(lanes[1], lanes[3]))
}
