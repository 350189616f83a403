//! Sums and other reductions of slices and columns.

use super::arch::{Arch, Kernel, dispatch};
use super::concrete::concrete;
use super::scalar::Scalar;

concrete! {
    /// Whether no value is NaN or infinite.
    pub(crate) fn all_finite<'a, F>(values: &'a [F]) -> bool = are_finite;
}

fn are_finite<F: Scalar>(values: &[F]) -> bool {
    dispatch(AllFinite(values))
}

pub(super) struct AllFinite<'a, F>(pub(super) &'a [F]);

impl<F: Scalar> Kernel for AllFinite<'_, F> {
    type Output = bool;

    #[inline(always)]
    fn run<A: Arch>(self, _: A) -> bool {
        // Without a branch for each element, so that it is vectorised.
        for chunk in self.0.chunks(512) {
            let mut finite = true;
            for value in chunk {
                finite &= value.abs() < F::infinity();
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
    for chunk in values.chunks(lanes.len()) {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value.as_f64().abs();
        }
    }
    lanes.iter().sum()
}

/// `sums ← scale · ` the sum of each column of `a` `(rows, sums.len())`.
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
        let columns = sums.len();
        if let [sum] = sums {
            *sum = by_lanes(a, F::zero(), |sum, a| sum + a) * scale;
            return;
        }
        let mut first = 0;
        while first < columns {
            let (sums, width) = (&mut sums[first..], columns - first);
            first += match width {
                16.. => sum_some::<F, 16>(a, columns, first, scale, sums),
                8.. => sum_some::<F, 8>(a, columns, first, scale, sums),
                4.. => sum_some::<F, 4>(a, columns, first, scale, sums),
                _ => sum_some::<F, 1>(a, columns, first, scale, sums),
            };
        }
    }
}

/// The sums of N columns, in registers; returns N.
#[inline(always)]
fn sum_some<F: Scalar, const N: usize>(
    a: &[F],
    columns: usize,
    first: usize,
    scale: F,
    sums: &mut [F],
) -> usize {
    let mut totals = [F::zero(); N];
    for row in a.chunks_exact(columns) {
        let row = &row[first..first + N];
        for j in 0..N {
            totals[j] += row[j];
        }
    }
    for (sum, total) in sums.iter_mut().zip(totals) {
        *sum = total * scale;
    }
    N
}

/// A sum, or another reduction, in four lanes, so that an element does not wait for the one before.
#[inline(always)]
pub(super) fn by_lanes<F: Scalar>(values: &[F], zero: F, add: impl Fn(F, F) -> F) -> F {
    let mut lanes = [zero; 4];
    let chunks = values.chunks_exact(4);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = add(*lane, value);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane = add(*lane, value);
    }
    add(add(lanes[0], lanes[2]), add(lanes[1], lanes[3]))
}
