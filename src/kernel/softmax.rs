//! Softmax over rows.

use super::arch::{Arch, Kernel};
use super::exponential::Exp;
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
            let [maximum] = by_lanes::<F, 1, REST>(
                a,
                [F::neg_infinity()],
                |[maximum], a| [larger(maximum, a)],
                |[a], [b]| [larger(a, b)],
            );
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
            // The exponential of the maximum is 1. If another one is 1 as well, the sum is at least 2.
            let below_1 = |y| if y < F::one() { y } else { F::zero() };
            let [sum, others] = by_lanes::<F, 2, REST>(
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

const LANES: usize = 4;

/// N sums or other reductions of a row in four lanes, as those of [`reduce`](super::reduce).
#[inline(always)]
fn by_lanes<F: Scalar, const N: usize, const REST: usize>(
    row: &[F],
    zero: [F; N],
    add: impl Fn([F; N], F) -> [F; N],
    join: impl Fn([F; N], [F; N]) -> [F; N],
) -> [F; N] {
    let mut lanes = [zero; LANES];
    let chunks = row.chunks_exact(LANES);
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
