//! Rows of A, packed for the tiles of a large product.

use std::ops::Range;

use super::operand::Operand;
use super::tile::tile_height;
use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::{MOST_LANES, Vector};

/// Copies some rows of an operand, columns `p` to `p + depth`, into panels. A panel has the rows of a tile, and the
/// values of a column stand together: `panel[q * height + r]` is the value in row r and column `p + q`.
pub(super) struct PackRows<'a, F> {
    pub(super) operand: Operand<'a, F>,
    pub(super) p: usize,
    pub(super) depth: usize,
    pub(super) rows: Range<usize>,
    /// One panel after the other, with a vector's length to spare.
    pub(super) panels: &'a mut [F],
}

impl<F: Scalar> Kernel for PackRows<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { operand: Operand { values, stride, transposed }, p, depth, rows, panels } = self;
        let mut i = rows.start;
        while i < rows.end {
            let height = tile_height(rows.end - i);
            let panel = &mut panels[(i - rows.start) * depth..][..height * depth + MOST_LANES];
            let from = if transposed { &values[p * stride + i..] } else { &values[i * stride + p..] };
            match (transposed, height) {
                (true, 6) => copy::<A, F, 6>(arch, from, stride, depth, panel),
                (true, 5) => copy::<A, F, 5>(arch, from, stride, depth, panel),
                (true, 4) => copy::<A, F, 4>(arch, from, stride, depth, panel),
                (true, 3) => copy::<A, F, 3>(arch, from, stride, depth, panel),
                (true, 2) => copy::<A, F, 2>(arch, from, stride, depth, panel),
                (true, _) => copy::<A, F, 1>(arch, from, stride, depth, panel),
                (false, 6) => interleave::<A, F, 6>(arch, from, stride, depth, panel),
                (false, 5) => interleave::<A, F, 5>(arch, from, stride, depth, panel),
                (false, 4) => interleave::<A, F, 4>(arch, from, stride, depth, panel),
                (false, 3) => interleave::<A, F, 3>(arch, from, stride, depth, panel),
                (false, 2) => interleave::<A, F, 2>(arch, from, stride, depth, panel),
                (false, _) => interleave::<A, F, 1>(arch, from, stride, depth, panel),
            }
            i += height;
        }
    }
}

/// Packs rows of the transpose: HEIGHT values of each row of `from`.
#[inline(always)]
fn copy<A: Arch, F: Scalar, const HEIGHT: usize>(
    arch: A,
    from: &[F],
    stride: usize,
    depth: usize,
    panel: &mut [F],
) {
    let lanes = A::Vector::<F>::LANES;
    for q in 0..depth {
        let to = &mut panel[q * HEIGHT..];
        let from = &from[q * stride..];
        if HEIGHT <= lanes && from.len() >= lanes {
            // The lanes past the panel's height are overwritten by the next row.
            A::Vector::<F>::load(arch, &from[..lanes]).store(&mut to[..lanes]);
        } else if HEIGHT > lanes {
            // Two vectors that overlap.
            let rest = HEIGHT - lanes;
            let (upper, lower) = (
                A::Vector::<F>::load(arch, &from[..lanes]),
                A::Vector::<F>::load(arch, &from[rest..rest + lanes]),
            );
            upper.store(&mut to[..lanes]);
            lower.store(&mut to[rest..rest + lanes]);
        } else {
            to[..HEIGHT].copy_from_slice(&from[..HEIGHT]);
        }
    }
}

/// Packs rows that are not transposed: squares of vectors are transposed in registers.
#[inline(always)]
fn interleave<A: Arch, F: Scalar, const HEIGHT: usize>(
    arch: A,
    from: &[F],
    stride: usize,
    depth: usize,
    panel: &mut [F],
) {
    let lanes = A::Vector::<F>::LANES;
    for q in (0..depth).step_by(lanes) {
        let width = lanes.min(depth - q);
        let upper = columns_of::<A, F>(arch, &from[q..], stride, HEIGHT.min(lanes), width);
        if HEIGHT <= lanes {
            for j in 0..width {
                upper[j].store(&mut panel[(q + j) * HEIGHT..][..lanes]);
            }
        } else {
            let lower = columns_of::<A, F>(arch, &from[lanes * stride + q..], stride, HEIGHT - lanes, width);
            for j in 0..width {
                upper[j].store(&mut panel[(q + j) * HEIGHT..][..lanes]);
                lower[j].store(&mut panel[(q + j) * HEIGHT + lanes..][..lanes]);
            }
        }
    }
}

/// The columns of `height` rows with `width` values each, padded with zeros.
#[inline(always)]
fn columns_of<A: Arch, F: Scalar>(
    arch: A,
    from: &[F],
    stride: usize,
    height: usize,
    width: usize,
) -> [A::Vector<F>; MOST_LANES] {
    let mut square = [A::Vector::<F>::splat(arch, F::zero()); MOST_LANES];
    for r in 0..A::Vector::<F>::LANES {
        if r < height {
            square[r] = A::Vector::<F>::load(arch, &from[r * stride..][..width]);
        }
    }
    A::Vector::<F>::transpose(&mut square);
    square
}
