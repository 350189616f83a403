//! A product with a factor B that was packed before, for many blocks of rows.

use super::operand::{Operand, Pack};
use super::tile::{Panel, Start, TileBlock, panel_width};
use crate::kernel::aligned::Aligned;
use crate::kernel::arch::{Arch, Kernel, dispatch};
use crate::kernel::matrix::{Matrix, MatrixView};
use crate::kernel::scalar::Scalar;

/// The most rows of B at a time, so that a panel stays in the first-level cache.
const PANEL_DEPTH: usize = 400;
/// The least panels of columns for which packing B once is faster than for each block.
const LEAST_PANELS: usize = 2;

/// The values of B `(depth, columns)` in panels of two vectors of columns; the last one is padded with zeros.
pub(crate) struct ProductPanels<F> {
    depth: usize,
    columns: usize,
    /// On a cache line, so that no vector crosses from one line to the next.
    values: Aligned<F>,
}

impl<F: Scalar> ProductPanels<F> {
    /// Packs B; `None` if this does not pay, or if there is no memory for it.
    pub(crate) fn pack(b: &Matrix<F>) -> Option<Self> {
        dispatch(PackAll(b))
    }

    /// Does the work of [`pack`](Self::pack) for these instructions. The width of a panel depends on them.
    #[inline(always)]
    pub(in crate::kernel) fn pack_for<A: Arch>(arch: A, b: &Matrix<F>) -> Option<Self> {
        let (depth, columns, width) = (b.rows(), b.columns(), panel_width::<A, F>());
        if columns < LEAST_PANELS * width {
            return None;
        }
        let length = columns.checked_next_multiple_of(width)?.checked_mul(depth)?;
        let mut values = Aligned::EMPTY;
        values.reserve(length).ok()?;
        values.resize(length);
        let operand = Operand { values: b.values(), stride: columns, transposed: false };
        for (panel, j) in values.values_mut().chunks_exact_mut(depth * width).zip((0..columns).step_by(width))
        {
            arch.call(Pack::<F, 2> { operand, p: 0, columns: j..columns.min(j + width), panel });
        }
        Some(Self { depth, columns, values })
    }
}

struct PackAll<'a, F>(&'a Matrix<F>);

impl<F: Scalar> Kernel for PackAll<'_, F> {
    type Output = Option<ProductPanels<F>>;

    const IS_WIDE: bool = true;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) -> Option<ProductPanels<F>> {
        ProductPanels::pack_for(arch, self.0)
    }
}

/// `C (m, columns) ← A (m, depth) · B + bias (columns)`, with the bits of a [`Product`](super::Product).
pub(in crate::kernel) struct ProductOfPanels<'a, F> {
    pub(in crate::kernel) a: MatrixView<'a, F>,
    pub(in crate::kernel) b: &'a ProductPanels<F>,
    pub(in crate::kernel) bias: &'a [F],
    pub(in crate::kernel) c: &'a mut [F],
}

impl<F: Scalar> Kernel for ProductOfPanels<'_, F> {
    type Output = ();

    const IS_WIDE: bool = true;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { a, b: &ProductPanels { depth, columns, ref values }, bias, c } = self;
        let width = panel_width::<A, F>();
        // Equal parts of the depth.
        let part = depth.div_ceil(depth.div_ceil(PANEL_DEPTH).max(1)).max(1);
        for p in (0..depth).step_by(part) {
            let depth_here = part.min(depth - p);
            for (panel, j) in values.values().chunks_exact(depth * width).zip((0..columns).step_by(width)) {
                let here = j..columns.min(j + width);
                let block = TileBlock {
                    a: &a.values()[p..],
                    a_stride: depth,
                    b: &panel[p * width..][..depth_here * width],
                    b_stride: width,
                    b_column: 0,
                    start: if p == 0 { Start::Bias(&bias[here.clone()]) } else { Start::Sums },
                    scale: None,
                    columns,
                    width: here.len(),
                };
                arch.run(Panel::<F, false> { block: &block, rows: 0..a.rows(), c: &mut c[j..] });
            }
        }
    }
}
