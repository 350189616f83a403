//! Softmax over rows.

use super::arch::{Arch, Kernel};
use super::exponential::Exp;
use super::reduce::by_lanes;
use super::scalar::Scalar;
use super::stages::replace_all;

/// `y ← e^(a − max a) / Σ e^(a − max a)` for each row of `columns` values; the maximum and the sum of each row are
/// stored in `maxima_and_sums`, which has two columns.
pub(super) struct Softmax<'a, F> {
    pub(super) a: &'a [F],
    pub(super) columns: usize,
    pub(super) y: &'a mut [F],
    pub(super) maxima_and_sums: &'a mut [F],
}

impl<F: Scalar> Kernel for Softmax<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { a, columns, y, maxima_and_sums } = self;
        let columns = columns.max(1);
        let rows = a.chunks_exact(columns).zip(y.chunks_exact_mut(columns));
        for ((a, y), maximum_and_sum) in rows.zip(maxima_and_sums.chunks_exact_mut(2)) {
            let larger = |maximum, a| if a > maximum { a } else { maximum };
            let maximum = by_lanes(a, F::neg_infinity(), larger, larger);
            for (y, &a) in y.iter_mut().zip(a) {
                *y = a - maximum;
            }
            maximum_and_sum[0] = maximum;
        }
        // Over all rows at once, since rows are short and the exponentials take most of the time.
        replace_all::<A, F, Exp>(arch, y);
        for (y, maximum_and_sum) in y.chunks_exact_mut(columns).zip(maxima_and_sums.chunks_exact_mut(2)) {
            let sum = by_lanes(y, F::zero(), |sum, y| sum + y, |sum, other| sum + other);
            for y in y {
                *y /= sum;
            }
            maximum_and_sum[1] = sum;
        }
    }
}
