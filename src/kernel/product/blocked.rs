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

use super::driver::{Product, panel_width};
use super::operand::{Operand, Pack};
use super::pack_rows::PackRows;
use super::scratch::Scratch;
use super::tile::{Block, MOST_ROWS, Panel, Start, Tile, tile_height};
use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::MOST_LANES;

/// The least product that is computed in blocks, and the most that is packed at a time.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// The least bytes of A for a gradient, and of B for the other products.
    pub(super) bytes: usize,
    /// The least panels of columns for a gradient, and for the other products.
    pub(super) least_panels: [usize; 2],
    /// The most rows of B.
    pub(super) depth: usize,
    /// The most rows of A, a multiple of the rows of a tile.
    pub(super) rows: usize,
    /// The most panels of B.
    pub(super) panels: usize,
}

impl Limits {
    /// Measured on a processor with 1 MB of second-level cache (AMD Zen 4): smaller products are up to 7 % slower
    /// in blocks, since packing A takes longer than reading it in place. The tiles of a gradient read a few values
    /// from each row of A, so packing pays earlier.
    pub(super) const MEASURED: Self =
        Self { bytes: 256 << 10, least_panels: [8, 32], depth: 512, rows: 132, panels: 64 };

    /// Whether a product is large enough. The answer is that for all rows, whichever part of them a thread has.
    #[inline(always)]
    pub(super) fn allow<A: Arch, F: Scalar>(self, a: Operand<'_, F>, columns: usize, depth: usize) -> bool {
        let [of_a_gradient, others] = self.least_panels;
        let (least_panels, values) = match a.transposed {
            true => (of_a_gradient, a.values.len()),
            false => (others, columns.saturating_mul(depth)),
        };
        columns >= least_panels * panel_width::<A, F>() && values >= self.bytes / size_of::<F>()
    }
}

/// A product with A and B packed.
pub(super) struct Blocked<'a, F> {
    pub(super) product: Product<'a, F>,
    pub(super) limits: Limits,
    pub(super) scratch: Scratch,
}

impl<'a, F: Scalar> Blocked<'a, F> {
    /// Takes the memory for a product; returns the product without it if it does not fit in memory.
    pub(super) fn new<A: Arch>(product: Product<'a, F>, limits: Limits) -> Result<Self, Product<'a, F>> {
        match Scratch::take(Self::memory::<A>(&product, limits) * size_of::<F>()) {
            Some(scratch) => Ok(Self { product, limits, scratch }),
            None => Err(product),
        }
    }

    /// The number of values to pack: for f32 at most 2.4 MB, for f64 2.6 MB. A product with fewer rows, fewer columns
    /// or less depth needs no more, so a short mini-batch allocates nothing.
    fn memory<A: Arch>(product: &Product<'a, F>, limits: Limits) -> usize {
        let width = panel_width::<A, F>();
        let rows = product.rows.len();
        let panels = if rows <= limits.rows { 1 } else { product.columns.div_ceil(width).min(limits.panels) };
        product.depth.min(limits.depth) * (rows.min(limits.rows) + panels * width) + MOST_LANES
    }
}

impl<F: Scalar> Kernel for Blocked<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { product, limits, mut scratch } = self;
        let Product { a, b, c, rows, columns, depth, bias, scale } = product;
        let panel_width = panel_width::<A, F>();
        let depth_part = part(depth, limits.depth);
        let row_part = part(rows.len(), limits.rows).next_multiple_of(MOST_ROWS);
        let has_row_parts = row_part < rows.len();
        let column_part = if has_row_parts { limits.panels * panel_width } else { columns };
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
                            arch.call(Pack { operand: b, p, columns: j..j + width, panel });
                        }
                        let block = Block {
                            a: a_memory,
                            a_stride: MOST_ROWS,
                            b: panel,
                            b_stride: panel_width,
                            b_column: 0,
                            start: Start::new(bias, p, j..j + width),
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
    block: &'a Block<'a, F>,
    depth: usize,
    rows: usize,
    c: &'a mut [F],
}

impl<F: Scalar> Kernel for PackedPanel<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { block, depth, rows, c } = self;
        let is_wide = 2 * block.width > panel_width::<A, F>();
        let mut i = 0;
        while i < rows {
            let height = tile_height(rows - i);
            let a = &block.a[i * depth..][..height * depth];
            let c = &mut c[i * block.columns..];
            if height == MOST_ROWS && is_wide {
                // With a constant stride.
                let block = &Block { a, a_stride: MOST_ROWS, ..*block };
                arch.run(Tile::<F, true, MOST_ROWS, 2> { block, i: 0, c });
            } else {
                let block = &Block { a, a_stride: height, ..*block };
                arch.run(Panel::<F, true> { block, rows: 0..height, c });
            }
            i += height;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::kernel::arch::dispatch;
    use crate::kernel::vector::Portable;

    /// Blocks of a few tiles.
    const SMALL: Limits = Limits { bytes: 0, least_panels: [0, 0], depth: 7, rows: 12, panels: 2 };

    /// The factors, the bias and the scale of a product.
    struct Factors<F> {
        m: usize,
        n: usize,
        k: usize,
        /// Of A and of B.
        transposed: [bool; 2],
        a: Vec<F>,
        b: Vec<F>,
        bias: Option<Vec<F>>,
        scale: F,
    }

    impl<F: Scalar> Factors<F> {
        /// The three forms as the network needs them.
        fn forms(m: usize, n: usize, k: usize) -> [Self; 3] {
            let generator = &mut ChaCha8Rng::seed_from_u64(5);
            let mut random =
                |length| Vec::from_iter((0..length).map(|_| F::from_f64(generator.random_range(-1.0..1.0))));
            let forms = [([false; 2], true, 1.0), ([false, true], false, 1.0), ([true, false], false, -0.3)];
            forms.map(|(transposed, has_bias, scale)| Self {
                m,
                n,
                k,
                transposed,
                a: random(m * k),
                b: random(k * n),
                bias: has_bias.then(|| random(n)),
                scale: F::from_f64(scale),
            })
        }

        fn product<'a>(&'a self, rows: Range<usize>, c: &'a mut [F]) -> Product<'a, F> {
            let &Self { m, n, k, transposed: [of_a, of_b], scale, .. } = self;
            Product {
                a: Operand { values: &self.a, stride: if of_a { m } else { k }, transposed: of_a },
                b: Operand { values: &self.b, stride: if of_b { k } else { n }, transposed: of_b },
                c,
                rows,
                columns: n,
                depth: k,
                bias: self.bias.as_deref(),
                scale,
            }
        }

        /// The product by plain loops, with the rounding of an architecture.
        #[inline(always)]
        fn by_loops<A: Arch>(&self) -> Vec<F> {
            let &Self { m, n, k, transposed: [of_a, of_b], scale, .. } = self;
            let mut c = vec![F::zero(); m * n];
            for (i, c) in c.chunks_exact_mut(n).enumerate() {
                if let Some(bias) = &self.bias {
                    c.copy_from_slice(bias);
                }
                for p in 0..k {
                    let a = self.a[if of_a { p * m + i } else { i * k + p }];
                    for (j, c) in c.iter_mut().enumerate() {
                        *c = A::mul_add(a, self.b[if of_b { j * k + p } else { p * n + j }], *c);
                    }
                }
                c.iter_mut().for_each(|c| *c *= scale);
            }
            c
        }
    }

    /// Compares a product in small blocks, a product by the path that its size selects, and plain loops; parts of
    /// the rows too. All have the same bits.
    struct Check<'a, F>(&'a Factors<F>, &'a [usize]);

    impl<F: Scalar> Kernel for Check<'_, F> {
        type Output = ();

        #[inline(always)]
        fn run<A: Arch>(self, arch: A) {
            let Self(factors, splits) = self;
            let &Factors { m, n, k, transposed, .. } = factors;
            let expected = factors.by_loops::<A>();
            for split in splits.iter().map(|&split| split.min(m)) {
                for is_blocked in [true, false] {
                    let mut c = vec![F::nan(); m * n];
                    let (upper, lower) = c.split_at_mut(split * n);
                    for (rows, c) in [(0..split, upper), (split..m, lower)] {
                        let product = factors.product(rows.clone(), c);
                        match is_blocked {
                            _ if rows.is_empty() => {}
                            true => {
                                let Ok(blocked) = Blocked::new::<A>(product, SMALL) else {
                                    panic!("no memory")
                                };
                                arch.call(blocked);
                            }
                            false => product.run(arch),
                        }
                    }
                    assert_eq!(c, expected, "{m} {n} {k} {transposed:?}, {split}, {is_blocked}");
                }
            }
        }
    }

    fn check<F: Scalar>(m: usize, n: usize, k: usize, splits: &[usize]) {
        for factors in Factors::<F>::forms(m, n, k) {
            dispatch(Check(&factors, splits));
            Check(&factors, splits).run(Portable);
        }
    }

    #[test]
    fn blocks_have_the_bits_of_plain_loops() {
        // One and several parts of each side, full and ragged; not a single column, which has an order of its own.
        for m in [1, 2, 6, 7, 11, 12, 13, 24, 29] {
            for n in [2, 8, 16, 17, 33, 70] {
                for k in [1, 2, 6, 7, 8, 9, 15, 29] {
                    check::<f32>(m, n, k, &[0, 1, 5, 12, 17]);
                    check::<f64>(m, n, k, &[0, 1, 5, 12, 17]);
                }
            }
        }
    }

    #[test]
    fn products_around_the_thresholds_have_the_bits_of_plain_loops() {
        // Just large enough and just too small; past the largest parts of the depth, the rows and the columns.
        for (m, n, k) in [(20, 512, 128), (20, 511, 129), (256, 128, 256), (255, 128, 256), (133, 1030, 70)] {
            check::<f32>(m, n, k, &[0, 13]);
        }
        check::<f32>(14, 513, 1030, &[0]);
        for (m, n, k) in [(20, 256, 128), (20, 255, 129), (256, 64, 128), (255, 64, 128), (133, 520, 70)] {
            check::<f64>(m, n, k, &[0, 13]);
        }
        check::<f64>(14, 257, 1030, &[0]);
    }

    #[test]
    fn the_thresholds_are_those_of_the_whole_product() {
        let values = vec![0.0_f32; 65_536];
        let allows = |transposed, values, columns, depth| {
            let a = Operand { values, stride: 1, transposed };
            Limits::MEASURED.allow::<Portable, f32>(a, columns, depth)
        };
        assert!(allows(true, &values, 128, 1) && !allows(true, &values[1..], 128, 1));
        assert!(!allows(true, &values, 127, 1));
        assert!(allows(false, &values[..1], 512, 128) && !allows(false, &values, 512, 127));
        assert!(!allows(false, &values, 511, 1000) && allows(false, &[], usize::MAX, 2));
    }

    #[test]
    fn a_smaller_product_needs_no_more_memory() {
        let values = |m: usize, n, k| {
            let [factors, ..] = Factors::<f64>::forms(m, n, k);
            let mut c = vec![0.0; m * n];
            Blocked::memory::<Portable>(&factors.product(0..m, &mut c), SMALL)
        };
        for side in 1..60 {
            for other in [1, 12, 13, 50] {
                assert!(values(side, other, other) <= values(side + 1, other, other));
                assert!(values(other, side, other) <= values(other, side + 1, other));
                assert!(values(other, other, side) <= values(other, other, side + 1));
            }
        }
    }
}
