//! Softmax over rows.

use super::arch::{Arch, Kernel};
use super::exponential::Exp;
use super::reduce::by_lanes;
use super::scalar::Scalar;
use super::stages::replace_all;

/// `y ← e^(a − max a) / Σ e^(a − max a)` for each row of `columns` values. `maxima_and_others` has two columns for
/// max a and for `Σ e^(a − max a) − 1`, the sum without the maximum's 1. It is not computed as this difference, which
/// would have no digits if the maximum is much larger than the others.
pub(super) struct Softmax<'a, F> {
    pub(super) a: &'a [F],
    pub(super) columns: usize,
    pub(super) y: &'a mut [F],
    pub(super) maxima_and_others: &'a mut [F],
}

impl<F: Scalar> Kernel for Softmax<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { a, columns, y, maxima_and_others } = self;
        let columns = columns.max(1);
        let rows = a.chunks_exact(columns).zip(y.chunks_exact_mut(columns));
        for ((a, y), maximum_and_others) in rows.zip(maxima_and_others.chunks_exact_mut(2)) {
            let larger = |maximum, a| if a > maximum { a } else { maximum };
            let maximum = by_lanes(a, F::neg_infinity(), larger, larger);
            for (y, &a) in y.iter_mut().zip(a) {
                *y = a - maximum;
            }
            maximum_and_others[0] = maximum;
        }
        // Over all rows at once, since rows are short and the exponentials take most of the time.
        replace_all::<A, F, Exp>(arch, y);
        let two = F::one() + F::one();
        for (y, maximum_and_others) in y.chunks_exact_mut(columns).zip(maxima_and_others.chunks_exact_mut(2))
        {
            let sum = by_lanes(y, F::zero(), |sum, y| sum + y, |sum, other| sum + other);
            // The exponential of the maximum is 1. If another one is 1 as well, the sum is at least 2.
            let below_1 = |sum, y| sum + if y < F::one() { y } else { F::zero() };
            let others = by_lanes(y, F::zero(), below_1, |sum, other| sum + other);
            for y in y {
                *y /= sum;
            }
            maximum_and_others[1] = if sum < two { others } else { sum - F::one() };
        }
    }
}
