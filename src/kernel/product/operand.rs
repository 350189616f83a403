//! The two factors of a product, and panels of the second one in a buffer.

use std::ops::Range;

use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::{MOST_LANES, Vector};

/// A matrix whose rows have `stride` values, or its transpose.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Operand<'a, F> {
    pub(in crate::kernel) values: &'a [F],
    pub(in crate::kernel) stride: usize,
    pub(in crate::kernel) transposed: bool,
}

/// Copies some columns of an operand, from row `p` on, into a panel, whose rows are NV vectors. The places of a row
/// after the columns have arbitrary values.
pub(super) struct Pack<'a, F, const NV: usize> {
    pub(super) operand: Operand<'a, F>,
    pub(super) p: usize,
    pub(super) columns: Range<usize>,
    pub(super) panel: &'a mut [F],
}

impl<F: Scalar, const NV: usize> Kernel for Pack<'_, F, NV> {
    type Output = ();

    const IS_WIDE: bool = true;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { operand: Operand { values, stride, transposed }, p, columns, panel } = self;
        let lanes = A::Vector::<F>::LANES;
        let panel_width = NV * lanes;
        let depth = panel.len() / panel_width;
        if transposed {
            // In squares of which the last ones overlap their neighbours or, with less depth, reach into the rows
            // below.
            let height = lanes.min(depth);
            for first in (0..panel_width).step_by(lanes) {
                let count = lanes.min(columns.len().saturating_sub(first));
                let from = values.get((columns.start + first) * stride + p..).unwrap_or_default();
                for q in (0..depth).step_by(lanes) {
                    let q = q.min(depth - height);
                    let to = &mut panel[q * panel_width + first..];
                    if count == lanes && height == lanes {
                        transpose::<A, F, NV>(arch, &from[q..], stride, lanes, to, lanes);
                    } else {
                        transpose::<A, F, NV>(
                            arch,
                            from.get(q..).unwrap_or_default(),
                            stride,
                            count,
                            to,
                            height,
                        );
                    }
                }
            }
        } else {
            // Whole vectors, also across the ends of rows, as far as there is memory.
            let from = &values[p * stride + columns.start..];
            let mut rows = panel.chunks_exact_mut(panel_width);
            let whole = from.windows(panel_width).step_by(stride);
            let count = whole.len().min(depth);
            for (from, row) in whole.zip(rows.by_ref()) {
                for v in 0..NV {
                    A::Vector::<F>::load(arch, &from[v * lanes..]).store(&mut row[v * lanes..]);
                }
            }
            for (i, row) in rows.enumerate() {
                let from = from.get((count + i) * stride..).unwrap_or_default();
                for v in 0..NV {
                    let from = from.get(v * lanes..).unwrap_or_default();
                    A::Vector::<F>::load(arch, from).store(&mut row[v * lanes..]);
                }
            }
        }
    }
}

/// Transposes `count` rows of a vector's length, of every `stride` values one, and writes `height` rows of a panel.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
fn transpose<A: Arch, F: Scalar, const NV: usize>(
    arch: A,
    from: &[F],
    stride: usize,
    count: usize,
    to: &mut [F],
    height: usize,
) {
    let lanes = A::Vector::<F>::LANES;
    let mut square = [A::Vector::<F>::splat(arch, F::zero()); MOST_LANES];
    for i in 0..lanes {
        if i < count {
            square[i] = A::Vector::<F>::load(arch, &from[i * stride..]);
        }
    }
    A::Vector::<F>::transpose(&mut square);
    for j in 0..lanes {
        if j < height {
            square[j].store(&mut to[j * NV * lanes..][..lanes]);
        }
    }
}

/// Memory for a panel of columns, of `LINES` cache lines. A row of two vectors takes as many of them as
/// [`panel_lines`](super::tile::panel_lines) says.
#[repr(align(64))]
pub(super) struct Buffer<const LINES: usize>([[u64; 8]; LINES]);

impl<const LINES: usize> Buffer<LINES> {
    pub(super) const ZEROS: Self = Self([[0; 8]; LINES]);

    /// The buffer as numbers.
    #[inline(always)]
    pub(super) fn values_mut<F: Scalar>(&mut self) -> &mut [F] {
        F::slice_of(&mut self.0)
    }
}
