//! A large product in blocks: A and B are packed into scratch memory, part by part.
//!
//! ```text
//! for a part of the columns, of at most `Limits::panels` panels
//!     for a part of the depth
//!         for a part of the rows
//!             pack A
//!             for a panel of columns
//!                 pack B, if these are the first rows
//!                 C ← C + A · B, tile by tile
//! ```
//! The panel of B stays in the first-level cache and A in the second-level cache. If there are several parts of
//! rows, the panels of B are kept for all of them. The sums go on from C, so their order is that of the depth.

use super::operand::{Operand, Pack};
use super::pack_rows::PackRows;
use super::scratch::ProductScratch;
use super::task::Product;
use super::tile::{Panel, Start, TILE_ROWS, Tile, TileBlock, panel_lines, panel_width, tile_height};
use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::MOST_LANES;

/// The least product that is computed in blocks, and the most that is packed at a time.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// The least bytes of A for a gradient, and of B for the other products.
    pub(super) bytes: usize,
    /// The least panels of columns, one cache line wide, for a gradient, and for the other products.
    pub(super) least_panels: [usize; 2],
    /// The most rows of B.
    pub(super) depth: usize,
    /// The most rows of A, a multiple of the rows of a tile.
    pub(super) rows: usize,
    /// The most panels of B, one cache line wide.
    pub(super) panels: usize,
}

impl Limits {
    /// Measured on a processor with 1 MB of second-level cache (AMD Zen 4). Smaller products are up to 7 % slower
    /// in blocks, since packing A takes longer than reading it in place. The tiles of a gradient read only a few
    /// values from each row of A, so packing pays earlier. A block of A in f32 fits in 512 KB.
    pub(super) const MEASURED: Self =
        Self { bytes: 256 << 10, least_panels: [8, 32], depth: 384, rows: 258, panels: 64 };

    /// Whether a product is large enough. The answer is that for all rows, whichever part of them a thread has.
    #[inline(always)]
    pub(super) fn allow<A: Arch, F: Scalar>(self, a: Operand<'_, F>, columns: usize, depth: usize) -> bool {
        let [of_a_gradient, others] = self.least_panels;
        let (least_panels, values) = match a.transposed {
            true => (of_a_gradient, a.values.len()),
            false => (others, columns.saturating_mul(depth)),
        };
        let least_columns = least_panels * panel_width::<A, F>() / panel_lines::<A, F>();
        columns >= least_columns && values >= self.bytes / size_of::<F>()
    }

    /// The most panels of B with the width that they have here.
    #[inline(always)]
    fn most_panels<A: Arch, F: Scalar>(self) -> usize {
        (self.panels / panel_lines::<A, F>()).max(1)
    }

    /// The bytes of scratch memory for a product: at most 2.0 MB for f32, and 2.4 MB for f64. Fewer rows or columns or
    /// less depth need no more, so a short mini-batch allocates nothing.
    #[inline(always)]
    pub(super) fn scratch<A: Arch, F: Scalar>(self, product: &Product<'_, F>) -> usize {
        let width = panel_width::<A, F>();
        let rows = product.rows.len();
        let most = self.most_panels::<A, F>();
        let panels = if rows <= self.rows { 1 } else { product.columns.div_ceil(width).min(most) };
        let values = product.depth.min(self.depth) * (rows.min(self.rows) + panels * width) + MOST_LANES;
        values * size_of::<F>()
    }
}

/// A product with A and B packed.
pub(super) struct Blocked<'a, F> {
    pub(super) product: Product<'a, F>,
    pub(super) limits: Limits,
    pub(super) scratch: ProductScratch,
}

impl<F: Scalar> Kernel for Blocked<'_, F> {
    type Output = ();

    const IS_WIDE: bool = true;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { product, limits, mut scratch } = self;
        let Product { a, b, c, rows, columns, depth, bias, scale } = product;
        let panel_width = panel_width::<A, F>();
        let depth_part = part(depth, limits.depth);
        let row_part = part(rows.len(), limits.rows).next_multiple_of(TILE_ROWS);
        let has_row_parts = row_part < rows.len();
        let column_part = if has_row_parts { limits.most_panels::<A, F>() * panel_width } else { columns };
        let panels = if has_row_parts { column_part.min(columns).div_ceil(panel_width) } else { 1 };
        let (b_memory, a_memory) = scratch.values_mut::<F>().split_at_mut(depth_part * panels * panel_width);
        for first in (0..columns).step_by(column_part) {
            let columns_here = first..columns.min(first + column_part);
            for p in (0..depth).step_by(depth_part) {
                let depth_here = depth_part.min(depth - p);
                let is_last = p + depth_here == depth;
                for i in rows.clone().step_by(row_part) {
                    let rows_here = i..rows.end.min(i + row_part);
                    arch.call(PackRows {
                        operand: a,
                        p,
                        depth: depth_here,
                        rows: rows_here.clone(),
                        panels: a_memory,
                    });
                    for j in columns_here.clone().step_by(panel_width) {
                        let width = panel_width.min(columns_here.end - j);
                        let size = depth_here * panel_width;
                        let index = if has_row_parts { (j - first) / panel_width } else { 0 };
                        let panel = &mut b_memory[index * size..][..size];
                        if i == rows.start {
                            arch.call(Pack::<F, 2> { operand: b, p, columns: j..j + width, panel });
                        }
                        let block = TileBlock {
                            a: a_memory,
                            a_stride: TILE_ROWS,
                            b: panel,
                            b_stride: panel_width,
                            b_column: 0,
                            start: match bias {
                                _ if p > 0 => Start::Sums,
                                Some(bias) => Start::Bias(&bias[j..j + width]),
                                None => Start::Zero,
                            },
                            scale: (is_last && scale != F::one()).then_some(scale),
                            columns,
                            width,
                        };
                        let c = &mut c[(i - rows.start) * columns + j..];
                        arch.run(PackedPanel { block: &block, depth: depth_here, rows: rows_here.len(), c });
                    }
                }
            }
        }
    }
}

/// The size of equal parts of at most `limit`.
pub(super) fn part(size: usize, limit: usize) -> usize {
    size.div_ceil(size.div_ceil(limit).max(1)).max(1)
}

/// A panel of C with A packed by [`PackRows`], tile after tile; `c` begins with its upper left corner.
struct PackedPanel<'a, F> {
    block: &'a TileBlock<'a, F>,
    depth: usize,
    rows: usize,
    c: &'a mut [F],
}

impl<F: Scalar> Kernel for PackedPanel<'_, F> {
    type Output = ();

    const IS_WIDE: bool = true;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { block, depth, rows, c } = self;
        let is_wide = 2 * block.width > panel_width::<A, F>();
        let mut i = 0;
        while i < rows {
            let height = tile_height(rows - i);
            let a = &block.a[i * depth..][..height * depth];
            let c = &mut c[i * block.columns..];
            if height == TILE_ROWS && is_wide {
                // With a constant stride.
                let block = &TileBlock { a, a_stride: TILE_ROWS, ..*block };
                arch.run(Tile::<F, true, TILE_ROWS, 2> { block, i: 0, c });
            } else {
                let block = &TileBlock { a, a_stride: height, ..*block };
                arch.run(Panel::<F, true> { block, rows: 0..height, c });
            }
            i += height;
        }
    }
}
