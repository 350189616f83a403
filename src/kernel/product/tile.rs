//! Tiles of C, whose sums stay in registers over the depth.

use std::ops::Range;

use crate::kernel::aligned::LINE;
use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::known::Known;
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::Vector;

/// The vectors of a tile of a single row: enough to hide the latency of an addition.
pub(super) const LONG: usize = 8;

/// The most rows of a tile.
pub(super) const TILE_ROWS: usize = 6;

/// The initial value of a tile's sums.
#[derive(Clone, Copy)]
pub(in crate::kernel) enum Start<'a, F> {
    Zero,
    /// (width)
    Bias(&'a [F]),
    /// The values of C, which are the sums over the earlier part of the depth.
    Sums,
}

/// A product over a part of its depth, for a panel of C: some of its columns.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct TileBlock<'a, F> {
    /// A: this part of its depth.
    pub(in crate::kernel) a: &'a [F],
    pub(in crate::kernel) a_stride: usize,
    /// The part of B, or a packed panel of it: rows of `b_stride` values.
    pub(in crate::kernel) b: &'a [F],
    pub(in crate::kernel) b_stride: usize,
    /// The panel's first column in a row of `b`.
    pub(in crate::kernel) b_column: usize,
    pub(in crate::kernel) start: Start<'a, F>,
    /// `None` for 1.
    pub(in crate::kernel) scale: Option<F>,
    /// The columns of C.
    pub(in crate::kernel) columns: usize,
    /// The columns of the panel.
    pub(in crate::kernel) width: usize,
}

/// A panel of C, tile after tile; `c` begins with its upper left corner. `TA`: A is transposed.
///
/// It is a separate kernel, so that the tiles are compiled once and not for every form of the product.
pub(super) struct Panel<'a, F, const TA: bool> {
    pub(super) block: &'a TileBlock<'a, F>,
    pub(super) rows: Range<usize>,
    pub(super) c: &'a mut [F],
}

impl<F: Scalar, const TA: bool> Kernel for Panel<'_, F, TA> {
    type Output = ();

    const IS_WIDE: bool = true;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { block, rows, c } = self;
        let is_narrow = block.width <= A::Vector::<F>::LANES;
        let mut i = rows.start;
        while i < rows.end {
            let c = &mut c[(i - rows.start) * block.columns..];
            i += match (tile_height(rows.end - i), is_narrow) {
                (1, false) => arch.run(Tile::<F, TA, 1, 2> { block, i, c }),
                (1, true) => arch.run(Tile::<F, TA, 1, 1> { block, i, c }),
                (2, false) => arch.run(Tile::<F, TA, 2, 2> { block, i, c }),
                (2, true) => arch.run(Tile::<F, TA, 2, 1> { block, i, c }),
                (3, false) => arch.run(Tile::<F, TA, 3, 2> { block, i, c }),
                (3, true) => arch.run(Tile::<F, TA, 3, 1> { block, i, c }),
                (4, false) => arch.run(Tile::<F, TA, 4, 2> { block, i, c }),
                (4, true) => arch.run(Tile::<F, TA, 4, 1> { block, i, c }),
                (5, false) => arch.run(Tile::<F, TA, 5, 2> { block, i, c }),
                (5, true) => arch.run(Tile::<F, TA, 5, 1> { block, i, c }),
                (_, false) => arch.run(Tile::<F, TA, 6, 2> { block, i, c }),
                (_, true) => arch.run(Tile::<F, TA, 6, 1> { block, i, c }),
            };
        }
    }
}

/// The columns of a panel: two vectors.
#[inline(always)]
pub(super) fn panel_width<A: Arch, F: Scalar>() -> usize {
    2 * A::Vector::<F>::LANES
}

/// The cache lines of a row of a panel: one with AVX2, two with AVX-512.
#[inline(always)]
pub(super) fn panel_lines<A: Arch, F: Scalar>() -> usize {
    (panel_width::<A, F>() * size_of::<F>()).div_ceil(LINE)
}

/// The rows of the next tile, of `rest` rows.
#[inline(always)]
pub(super) fn tile_height(rest: usize) -> usize {
    match rest {
        // Avoid a tile of a single row after a tile of six, since it would take nearly as long.
        7 | 8 => 4,
        9 => 5,
        _ => rest.min(TILE_ROWS),
    }
}

/// MR rows from row `i` of A on, times NV vectors of columns of B; returns MR.
pub(in crate::kernel) struct Tile<'a, F, const TA: bool, const MR: usize, const NV: usize> {
    pub(in crate::kernel) block: &'a TileBlock<'a, F>,
    pub(in crate::kernel) i: usize,
    pub(in crate::kernel) c: &'a mut [F],
}

impl<F: Scalar, const TA: bool, const MR: usize, const NV: usize> Kernel for Tile<'_, F, TA, MR, NV> {
    type Output = usize;

    const IS_WIDE: bool = true;

    // The loops run over constant indices, so that the compiler unrolls them.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) -> usize {
        let Self { block, i, c } = self;
        let &TileBlock { a, a_stride, b, b_stride, b_column, start, scale, columns, width } = block;
        let lanes = A::Vector::<F>::LANES;
        let mut sums = [[A::Vector::<F>::splat(arch, F::zero()); NV]; MR];
        match start {
            Start::Zero => {}
            Start::Bias(bias) => sums = [load::<A, F, NV>(arch, bias); MR],
            Start::Sums => {
                for r in 0..MR {
                    sums[r] = load::<A, F, NV>(arch, &c[r * columns..][..width]);
                }
            }
        }
        let b_rows = b.chunks_exact(b_stride);
        let b_end = b_stride.min(b_column + NV * lanes);
        if TA {
            for (a, b) in a.chunks_exact(a_stride).zip(b_rows) {
                let a = &a[i..i + MR];
                let b = load::<A, F, NV>(arch, &b[b_column..b_end]);
                for r in 0..MR {
                    let a = A::Vector::<F>::splat(arch, a[r]);
                    for v in 0..NV {
                        sums[r][v] = a.mul_add(b[v], sums[r][v]);
                    }
                }
            }
        } else {
            let depth = b_rows.len();
            let mut rows: [&[F]; MR] = [&[]; MR];
            for r in 0..MR {
                rows[r] = &a[(i + r) * a_stride..][..depth];
            }
            for (p, b) in (0..depth).zip(b_rows) {
                let b = load::<A, F, NV>(arch, &b[b_column..b_end]);
                for r in 0..MR {
                    let a = A::Vector::<F>::splat(arch, rows[r][p]);
                    for v in 0..NV {
                        sums[r][v] = a.mul_add(b[v], sums[r][v]);
                    }
                }
            }
        }
        if let Some(scale) = scale {
            let scale = A::Vector::<F>::splat(arch, scale);
            for r in 0..MR {
                for v in 0..NV {
                    sums[r][v] = sums[r][v].mul(scale);
                }
            }
        }
        // By index, since an iterator would copy all sums to memory first.
        if width == NV * lanes {
            for r in 0..MR {
                let row = &mut c[r * columns..][..NV * lanes];
                for v in 0..NV {
                    sums[r][v].store(&mut row[v * lanes..]);
                }
            }
        } else {
            for r in 0..MR {
                let row = &mut c[r * columns..][..width];
                for v in 0..NV {
                    sums[r][v].store(row.get_mut(v * lanes..).known());
                }
            }
        }
        MR
    }
}

/// Loads NV vectors, padded with zeros.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
fn load<A: Arch, F: Scalar, const NV: usize>(arch: A, values: &[F]) -> [A::Vector<F>; NV] {
    let lanes = A::Vector::<F>::LANES;
    let mut vectors = [A::Vector::<F>::splat(arch, F::zero()); NV];
    if values.len() == NV * lanes {
        for v in 0..NV {
            vectors[v] = A::Vector::<F>::load(arch, &values[v * lanes..]);
        }
    } else {
        for v in 0..NV {
            vectors[v] = A::Vector::<F>::load(arch, values.get(v * lanes..).known());
        }
    }
    vectors
}
