//! The two factors of a product, and panels of the second one in a buffer.

use std::ops::Range;

use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::Vector;

/// A matrix whose rows have `stride` values, or its transpose.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Operand<'a, F> {
    pub(in crate::kernel) values: &'a [F],
    pub(in crate::kernel) stride: usize,
    pub(in crate::kernel) transposed: bool,
}

/// Copies some columns of an operand, from row `p` on, into a panel. A row of the panel is two vectors, padded
/// with zeros.
pub(super) struct Pack<'a, F> {
    pub(super) operand: Operand<'a, F>,
    pub(super) p: usize,
    pub(super) columns: Range<usize>,
    pub(super) panel: &'a mut [F],
}

impl<F: Scalar> Kernel for Pack<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { operand: Operand { values, stride, transposed }, p, columns, panel } = self;
        let lanes = A::Vector::<F>::LANES;
        let (width, panel_width) = (columns.len(), 2 * lanes);
        let depth = panel.len() / panel_width;
        if transposed {
            for to in 0..panel_width {
                if to < width {
                    let column = &values[(columns.start + to) * stride + p..][..depth];
                    for (row, &value) in panel.chunks_exact_mut(panel_width).zip(column) {
                        row[to] = value;
                    }
                } else {
                    panel.chunks_exact_mut(panel_width).for_each(|row| row[to] = F::zero());
                }
            }
        } else {
            let from = values[p * stride..].chunks_exact(stride);
            for (row, from) in panel.chunks_exact_mut(panel_width).zip(from) {
                let from = &from[columns.start..columns.end];
                if width == panel_width {
                    A::Vector::<F>::load(arch, from).store(row);
                    A::Vector::<F>::load(arch, &from[lanes..]).store(&mut row[lanes..]);
                } else {
                    for to in 0..panel_width {
                        row[to] = if to < width { from[to] } else { F::zero() };
                    }
                }
            }
        }
    }
}

/// Memory for a panel of two vectors of columns: `DEPTH` rows of 64 bytes, the size of two vectors.
#[repr(align(64))]
pub(super) struct Buffer<const DEPTH: usize>([[u64; 8]; DEPTH]);

impl<const DEPTH: usize> Buffer<DEPTH> {
    pub(super) const ZEROS: Self = Self([[0; 8]; DEPTH]);

    /// The buffer as numbers.
    #[inline(always)]
    pub(super) fn values_mut<F: Scalar>(&mut self) -> &mut [F] {
        F::slice_of(&mut self.0)
    }
}
