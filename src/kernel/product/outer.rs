//! The gradient of a single row: an outer product, which needs no tiles.

use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::scalar::Scalar;

/// `C (m, n) ← scale · (aᵀ · b)` with `a (m)` and `b (n)`. The bits are those of the tiles, whose sums begin at 0.
pub(in crate::kernel) struct Outer<'a, F> {
    pub(in crate::kernel) a: &'a [F],
    pub(in crate::kernel) b: &'a [F],
    pub(in crate::kernel) c: &'a mut [F],
    pub(in crate::kernel) scale: F,
}

impl<F: Scalar> Kernel for Outer<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        let Self { a, b, c, scale } = self;
        let term = |a: F, b: F| A::mul_add(a, b, F::zero()) * scale;
        if let [b] = b {
            c.iter_mut().zip(a).for_each(|(c, &a)| *c = term(a, *b));
            return;
        }
        for (row, &a) in c.chunks_exact_mut(b.len().max(1)).zip(a) {
            row.iter_mut().zip(b).for_each(|(c, &b)| *c = term(a, b));
        }
    }
}
