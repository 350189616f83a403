//! Many rows of a C that is one panel and whose columns are not whole vectors: a last layer, or a small network.
//!
//! The rows of C follow one another without gaps, so whole vectors are written across their ends: the next row
//! overwrites what is too much.

use std::ops::Range;

use super::operand::Operand;
use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::Vector;

/// The number of rows from which C can be computed in this way.
pub(super) const ROWS: usize = 12;

/// `C ← scale · (start + A · B)` for A that is not transposed and a B of NV vectors.
///
/// Its tiles are functions of their own: with more ways to store the sums, the compiler kept fewer sums of the other
/// tiles in registers.
pub(super) struct Narrow<'a, F, const NV: usize> {
    pub(super) a: Operand<'a, F>,
    /// (depth, NV vectors)
    pub(super) b: &'a [F],
    /// (NV vectors)
    pub(super) start: Option<&'a [F]>,
    pub(super) scale: F,
    /// [`ROWS`] or more
    pub(super) rows: Range<usize>,
    pub(super) columns: usize,
    pub(super) c: &'a mut [F],
}

impl<F: Scalar, const NV: usize> Kernel for Narrow<'_, F, NV> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(mut self, arch: A) {
        let end = self.rows.end;
        let mut i = self.rows.start;
        // The last tile computes some rows again, unless they are enough.
        while i < end {
            i = match (NV, end - i) {
                (1, 8..) => self.tile::<A, 8>(arch, i),
                (1, 5..) => self.tile::<A, 8>(arch, end - 8),
                (2, 7 | 8 | 4) => self.tile::<A, 4>(arch, i),
                (2, 6..) => self.tile::<A, 6>(arch, i),
                (2, 5) => self.tile::<A, 6>(arch, end - 6),
                _ => self.tile::<A, 4>(arch, end - 4),
            };
        }
    }
}

impl<F: Scalar, const NV: usize> Narrow<'_, F, NV> {
    /// MR rows from row `i` on; returns the next row.
    // The loops run over constant indices, so that the compiler unrolls them.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn tile<A: Arch, const MR: usize>(&mut self, arch: A, i: usize) -> usize {
        let (lanes, columns) = (A::Vector::<F>::LANES, self.columns);
        let mut first = [A::Vector::<F>::splat(arch, F::zero()); NV];
        if let Some(start) = self.start {
            first = load::<A, F, NV>(arch, start);
        }
        let mut sums = [first; MR];
        let b_rows = self.b.chunks_exact(NV * lanes);
        let depth = b_rows.len();
        let mut rows: [&[F]; MR] = [&[]; MR];
        for r in 0..MR {
            rows[r] = &self.a.values[(i + r) * self.a.stride..][..depth];
        }
        for (p, b) in (0..depth).zip(b_rows) {
            let b = load::<A, F, NV>(arch, b);
            for r in 0..MR {
                let a = A::Vector::<F>::splat(arch, rows[r][p]);
                for v in 0..NV {
                    sums[r][v] = a.mul_add(b[v], sums[r][v]);
                }
            }
        }
        if self.scale != F::one() {
            let scale = A::Vector::<F>::splat(arch, self.scale);
            for r in 0..MR {
                for v in 0..NV {
                    sums[r][v] = sums[r][v].mul(scale);
                }
            }
        }
        let c = &mut self.c[(i - self.rows.start) * columns..];
        if c.len() >= (MR - 1) * columns + NV * lanes {
            for r in 0..MR {
                let c = &mut c[r * columns..][..NV * lanes];
                for v in 0..NV {
                    sums[r][v].store(&mut c[v * lanes..]);
                }
            }
        } else {
            for r in 0..MR {
                for v in 0..NV {
                    sums[r][v].store(c.get_mut(r * columns + v * lanes..).unwrap_or_default());
                }
            }
        }
        i + MR
    }
}

/// Loads NV vectors.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
fn load<A: Arch, F: Scalar, const NV: usize>(arch: A, values: &[F]) -> [A::Vector<F>; NV] {
    let lanes = A::Vector::<F>::LANES;
    let values = &values[..NV * lanes];
    let mut vectors = [A::Vector::<F>::splat(arch, F::zero()); NV];
    for v in 0..NV {
        vectors[v] = A::Vector::<F>::load(arch, &values[v * lanes..]);
    }
    vectors
}
