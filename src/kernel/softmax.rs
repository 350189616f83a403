//! Softmax over rows.

use super::arch::{Arch, Kernel};
use super::exponential::NaturalExponential;
use super::matrix::MatrixView;
use super::reduce::{LANES, by_lanes_and_rest};
use super::scalar::Scalar;
use super::stages::replace_all;

/// The [`Softmax`] of each row of `a`, within the calling kernel.
#[inline(always)]
pub(crate) fn softmax<A: Arch, F: Scalar>(
    arch: A,
    a: MatrixView<'_, F>,
    y: &mut [F],
    maxima_and_others: &mut [F],
) {
    arch.run(Softmax { a: a.values(), columns: a.columns(), y, maxima_and_others });
}

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
        // With a constant number of values after the last four, the sums of a short row stay in registers.
        match self.columns % LANES {
            0 => self.rows::<A, 0>(arch),
            1 => self.rows::<A, 1>(arch),
            2 => self.rows::<A, 2>(arch),
            _ => self.rows::<A, 3>(arch),
        }
    }
}

impl<F: Scalar> Softmax<'_, F> {
    /// Computes all rows, of which each has REST values after the last four.
    #[inline(always)]
    fn rows<A: Arch, const REST: usize>(self, arch: A) {
        let Self { a, columns, y, maxima_and_others } = self;
        let columns = columns.max(1);
        let rows = a.chunks_exact(columns).zip(y.chunks_exact_mut(columns));
        for ((a, y), maximum_and_others) in rows.zip(maxima_and_others.chunks_exact_mut(2)) {
            let larger = |maximum, a| if a > maximum { a } else { maximum };
            let maximum = by_lanes_and_rest::<F, F, REST>(a, F::neg_infinity(), larger, larger);
            for (y, &a) in y.iter_mut().zip(a) {
                *y = a - maximum;
            }
            maximum_and_others[0] = maximum;
        }
        // Over all rows at once, since rows are short and the exponentials take most of the time.
        replace_all::<A, F, NaturalExponential>(arch, y);
        let two = F::one() + F::one();
        for (y, maximum_and_others) in y.chunks_exact_mut(columns).zip(maxima_and_others.chunks_exact_mut(2))
        {
            // The exponential of the maximum is 1. If another one is 1 as well, the sum is at least 2.
            let below_1 = |y| if y < F::one() { y } else { F::zero() };
            let [sum, others] = by_lanes_and_rest::<F, [F; 2], REST>(
                y,
                [F::zero(); 2],
                |[sum, others], y| [sum + y, others + below_1(y)],
                |[a, b], [c, d]| [a + c, b + d],
            );
            for y in y {
                *y /= sum;
            }
            maximum_and_others[1] = if sum < two { others } else { sum - F::one() };
        }
    }
}
