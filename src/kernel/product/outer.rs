//! An outer product, which needs no tiles: the gradient of a single row, or the error of a single output sent back.

use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::Vector;

/// `C (m, n) ← scale · (aᵀ · b)` with `a (m)` and `b (n)`. The bits are those of the tiles, whose sums begin at 0.
pub(in crate::kernel) struct OuterProduct<'a, F> {
    pub(in crate::kernel) a: &'a [F],
    pub(in crate::kernel) b: &'a [F],
    pub(in crate::kernel) c: &'a mut [F],
    pub(in crate::kernel) scale: F,
}

impl<F: Scalar> Kernel for OuterProduct<'_, F> {
    type Output = ();

    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { a, b, c, scale } = self;
        let (columns, lanes) = (b.len(), A::Vector::<F>::LANES);
        let term = |a: F, b: F| A::mul_add(a, b, F::zero()) * scale;
        if let [b] = b {
            c.iter_mut().zip(a).for_each(|(c, &a)| *c = term(a, *b));
            return;
        }
        let rows = c.chunks_exact_mut(columns.max(1)).zip(a);
        if columns < lanes {
            rows.for_each(|(row, &a)| row.iter_mut().zip(b).for_each(|(c, &b)| *c = term(a, b)));
            return;
        }
        let [zero, scale] = [F::zero(), scale].map(|value| A::Vector::<F>::splat(arch, value));
        let load = |j: usize| A::Vector::<F>::load(arch, &b[j..j + lanes]);
        if columns == 2 * lanes {
            let b = [load(0), load(lanes)];
            for (row, &a) in rows {
                let a = A::Vector::<F>::splat(arch, a);
                for v in 0..2 {
                    a.mul_add(b[v], zero).mul(scale).store(&mut row[v * lanes..(v + 1) * lanes]);
                }
            }
            return;
        }
        for (row, &a) in rows {
            let a = A::Vector::<F>::splat(arch, a);
            let mut j = 0;
            while j < columns {
                // The last vector is whole, too: it begins within the one before it.
                let first = j.min(columns - lanes);
                a.mul_add(load(first), zero).mul(scale).store(&mut row[first..first + lanes]);
                j += lanes;
            }
        }
    }
}
