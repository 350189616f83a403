//! The matrix product, in the three forms that a network needs.
//!
//! C is computed in tiles of up to 6 rows and two vectors of columns, whose sums stay in registers while they
//! run over the depth. Each sum is taken in the order of the depth, or, where C is a single column, in the
//! lanes of one vector; and it has its roundings to itself. So the bits of an element do not depend on the tile
//! that it is in, nor on how the rows are shared among threads. A scaling is a rounding of its own, after the
//! sum. Nothing is allocated.
//!
//! On one core of an AMD EPYC (Zen 4), beside a prototype of these tiles, `ndarray`'s `general_mat_mul` took
//! 1.0 to 1.25 times as long for products from 64 × 128 × 64 to 256 × 1024 × 1024, and 0.9 to 1.5 times with a
//! side of 10; the crate `gemm` 0.19 (20 packages) 0.92 to 1.06 and 0.6 to 1.0 times, `gemmkit` 0.1 (Rust 1.89)
//! 0.87 to 1.4 and 1.1 to 2 times. A is not packed here, and B only where it pays.

use std::ops::Range;

use super::arch::{Arch, Kernel};
use crate::Scalar;

/// The depth that is packed at a time: a panel of B then stays in the first-level cache.
const DEPTH: usize = 256;
/// A depth for which a smaller buffer does, which is cheaper to clear.
const SMALL_DEPTH: usize = 64;
/// From this many rows on, packing B pays.
const PACKED_ROWS: usize = 12;

/// `C (rows, columns) ← scale · (bias + A (rows, depth) · B (depth, columns))`.
pub struct Product<'a, F> {
    pub(super) a: Operand<'a, F>,
    pub(super) b: Operand<'a, F>,
    /// The given rows of C, each of `columns` values.
    pub(super) c: &'a mut [F],
    pub(super) rows: Range<usize>,
    pub(super) columns: usize,
    pub(super) depth: usize,
    /// (columns); none for 0
    pub(super) bias: Option<&'a [F]>,
    pub(super) scale: F,
}

/// A matrix of rows of `stride` values, or the transpose of one.
#[derive(Clone, Copy)]
pub(super) struct Operand<'a, F> {
    pub(super) values: &'a [F],
    pub(super) stride: usize,
    pub(super) transposed: bool,
}

impl<F: Scalar> Kernel for Product<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        F::product(arch, self);
    }
}

/// What the sums of a tile begin with.
#[derive(Clone, Copy)]
enum Start<'a, F> {
    Zero,
    Bias(&'a [F]),
    /// What C holds of the depth before.
    Sums,
}

/// A product over a part of its depth.
#[derive(Clone, Copy)]
struct Block<'a, F> {
    /// A: this part of it.
    a: &'a [F],
    a_stride: usize,
    /// The part of B, or a packed panel of it: rows of `b_stride` values.
    b: &'a [F],
    b_stride: usize,
    /// Where the tile's columns begin in a row of `b`.
    b_column: usize,
    start: Start<'a, F>,
    /// None for 1.
    scale: Option<F>,
    /// Columns of C.
    columns: usize,
    /// Columns of the tile.
    width: usize,
}

macro_rules! product_kernel {
    (
        $(#[$target:meta])*
        $name:ident, $float:ty, $vector:ty, $lanes:literal, $splat:path, $mul_add:path, $mul:path
    ) => {
        // The loops over indices are over constants, to be unrolled. A portable vector is an array already.
        #[allow(clippy::needless_range_loop, clippy::useless_transmute)]
        pub(super) mod $name {
            use zerocopy::transmute;

            use super::*;

            const LANES: usize = $lanes;
            /// Columns of a packed panel.
            const WIDTH: usize = 2 * LANES;
            /// Vectors of a tile of a single row: enough of them to hide the time that a sum takes.
            const LONG: usize = 8;

            $(#[$target])*
            pub(crate) fn product(mut product: Product<'_, $float>) {
                let Product { a, mut b, columns, depth, .. } = product;
                if product.rows.is_empty() {
                    return;
                }
                if b.transposed && depth == 1 && b.stride == 1 {
                    // One column, which stands in memory as the row that it is here.
                    b = Operand { stride: columns, transposed: false, ..b };
                    product.b = b;
                }
                let is_panel = columns == WIDTH && b.stride == WIDTH;
                let is_direct = !b.transposed && (is_panel || product.rows.len() < PACKED_ROWS);
                match (columns == 1 && b.stride == 1 && !b.transposed, a.transposed) {
                    (true, false) => column(product),
                    (true, true) if product.rows.start == 0 => {
                        // Cᵀ = Bᵀ A: the column C stands in memory as the row that is computed here.
                        let (a, b) = (Operand { transposed: true, ..b }, Operand { transposed: false, ..a });
                        direct::<true>(Product { a, b, columns: product.rows.len(), rows: 0..1, ..product });
                    }
                    (_, false) if is_direct => direct::<false>(product),
                    (_, true) if is_direct => direct::<true>(product),
                    (_, false) if depth <= SMALL_DEPTH => packed::<false, { SMALL_DEPTH * WIDTH }>(product),
                    (_, true) if depth <= SMALL_DEPTH => packed::<true, { SMALL_DEPTH * WIDTH }>(product),
                    (_, false) => packed::<false, { DEPTH * WIDTH }>(product),
                    (_, true) => packed::<true, { DEPTH * WIDTH }>(product),
                }
            }

            /// B is read where it stands.
            $(#[$target])*
            fn direct<const TA: bool>(product: Product<'_, $float>) {
                let Product { a, b, c, rows, columns, depth, bias, scale } = product;
                let mut block = Block {
                    a: a.values,
                    a_stride: a.stride,
                    b: &b.values[..depth * b.stride],
                    b_stride: b.stride,
                    b_column: 0,
                    start: Start::Zero,
                    scale: (scale != 1.0).then_some(scale),
                    columns,
                    width: 0,
                };
                while block.b_column < columns {
                    let j = block.b_column;
                    let is_long = rows.len() == 1 && columns - j >= LONG * LANES;
                    block.width = if is_long { LONG * LANES } else { WIDTH.min(columns - j) };
                    block.start = bias.map_or(Start::Zero, |bias| Start::Bias(&bias[j..j + block.width]));
                    if is_long {
                        tile::<TA, 1, LONG>(&block, rows.start, &mut c[j..]);
                    } else {
                        tiles::<TA>(&block, rows.clone(), &mut c[j..]);
                    }
                    block.b_column += block.width;
                }
            }

            /// B is packed, a panel of two vectors' columns and `DEPTH` rows at a time.
            $(#[$target])*
            fn packed<const TA: bool, const BUFFER: usize>(product: Product<'_, $float>) {
                let Product { a, b, c, rows, columns, depth, bias, scale } = product;
                let mut buffer = [0.0; BUFFER];
                for p in (0..depth).step_by(BUFFER / WIDTH) {
                    let end = depth.min(p + BUFFER / WIDTH);
                    let is_last = end == depth;
                    for j in (0..columns).step_by(WIDTH) {
                        let width = WIDTH.min(columns - j);
                        let panel = &mut buffer[..(end - p) * WIDTH];
                        pack(b, p, j..j + width, panel);
                        let block = Block {
                            a: if TA { &a.values[p * a.stride..end * a.stride] } else { &a.values[p..] },
                            a_stride: a.stride,
                            b: panel,
                            b_stride: WIDTH,
                            b_column: 0,
                            start: match bias {
                                _ if p > 0 => Start::Sums,
                                Some(bias) => Start::Bias(&bias[j..j + width]),
                                None => Start::Zero,
                            },
                            scale: (is_last && scale != 1.0).then_some(scale),
                            columns,
                            width,
                        };
                        tiles::<TA>(&block, rows.clone(), &mut c[j..]);
                    }
                }
            }

            /// Rows from `p` on of some columns of B, padded with zeros to the panel's width.
            #[inline]
            $(#[$target])*
            fn pack(b: Operand<'_, $float>, p: usize, columns: Range<usize>, panel: &mut [$float]) {
                let width = columns.len();
                let depth = panel.len() / WIDTH;
                if b.transposed {
                    for to in 0..WIDTH {
                        if to < width {
                            let column = &b.values[(columns.start + to) * b.stride + p..][..depth];
                            for (row, &value) in panel.chunks_exact_mut(WIDTH).zip(column) {
                                row[to] = value;
                            }
                        } else {
                            panel.chunks_exact_mut(WIDTH).for_each(|row| row[to] = 0.0);
                        }
                    }
                } else {
                    let from = b.values[p * b.stride..].chunks_exact(b.stride);
                    for (row, from) in panel.chunks_exact_mut(WIDTH).zip(from) {
                        if width == WIDTH {
                            row.copy_from_slice(&from[columns.start..columns.start + WIDTH]);
                        } else {
                            for to in 0..WIDTH {
                                row[to] = if to < width { from[columns.start + to] } else { 0.0 };
                            }
                        }
                    }
                }
            }

            /// One panel of C, tile below tile; `c` begins with its upper left corner.
            #[inline]
            $(#[$target])*
            fn tiles<const TA: bool>(block: &Block<'_, $float>, rows: Range<usize>, c: &mut [$float]) {
                let mut i = rows.start;
                while i < rows.end {
                    let c = &mut c[(i - rows.start) * block.columns..];
                    let is_narrow = block.width <= LANES;
                    // No tile of a single row after one of six: it would take nearly as long.
                    let height = match rows.end - i {
                        7 | 8 => 4,
                        9 => 5,
                        rest => rest.min(6),
                    };
                    i += match (height, is_narrow) {
                        (1, false) => tile::<TA, 1, 2>(block, i, c),
                        (1, true) => tile::<TA, 1, 1>(block, i, c),
                        (2, false) => tile::<TA, 2, 2>(block, i, c),
                        (2, true) => tile::<TA, 2, 1>(block, i, c),
                        (3, false) => tile::<TA, 3, 2>(block, i, c),
                        (3, true) => tile::<TA, 3, 1>(block, i, c),
                        (4, false) => tile::<TA, 4, 2>(block, i, c),
                        (4, true) => tile::<TA, 4, 1>(block, i, c),
                        (5, false) => tile::<TA, 5, 2>(block, i, c),
                        (5, true) => tile::<TA, 5, 1>(block, i, c),
                        (_, false) => tile::<TA, 6, 2>(block, i, c),
                        (_, true) => tile::<TA, 6, 1>(block, i, c),
                    };
                }
            }

            /// MR rows from row `i` of A on, times NV vectors' columns of B; returns MR.
            $(#[$target])*
            fn tile<const TA: bool, const MR: usize, const NV: usize>(
                block: &Block<'_, $float>,
                i: usize,
                c: &mut [$float],
            ) -> usize {
                let &Block { a, a_stride, b, b_stride, b_column, start, scale, columns, width } = block;
                let mut sums = [[$splat(0.0); NV]; MR];
                match start {
                    Start::Zero => {}
                    Start::Bias(bias) => sums = [load_up_to(bias); MR],
                    Start::Sums => {
                        for (sums, row) in sums.iter_mut().zip(c.chunks(columns)) {
                            *sums = load_up_to(&row[..width]);
                        }
                    }
                }
                let b_rows = b.chunks_exact(b_stride);
                let b_end = b_stride.min(b_column + NV * LANES);
                if TA {
                    for (a, b) in a.chunks_exact(a_stride).zip(b_rows) {
                        let a = &a[i..i + MR];
                        let b: [$vector; NV] = load_up_to(&b[b_column..b_end]);
                        for r in 0..MR {
                            let a = $splat(a[r]);
                            for v in 0..NV {
                                sums[r][v] = $mul_add(a, b[v], sums[r][v]);
                            }
                        }
                    }
                } else {
                    let depth = b_rows.len();
                    let mut rows: [&[$float]; MR] = [&[]; MR];
                    for r in 0..MR {
                        rows[r] = &a[(i + r) * a_stride..][..depth];
                    }
                    for (p, b) in b_rows.enumerate() {
                        let b: [$vector; NV] = load_up_to(&b[b_column..b_end]);
                        for r in 0..MR {
                            let a = $splat(rows[r][p]);
                            for v in 0..NV {
                                sums[r][v] = $mul_add(a, b[v], sums[r][v]);
                            }
                        }
                    }
                }
                if let Some(scale) = scale {
                    let scale = $splat(scale);
                    for r in 0..MR {
                        for v in 0..NV {
                            sums[r][v] = $mul(sums[r][v], scale);
                        }
                    }
                }
                for (sums, row) in sums.into_iter().zip(c.chunks_mut(columns)) {
                    if width == NV * LANES {
                        store(sums, &mut row[..NV * LANES]);
                    } else {
                        store_up_to(sums, &mut row[..width]);
                    }
                }
                MR
            }

            /// A single column: each row of A with the column B, in one vector of sums.
            $(#[$target])*
            fn column(product: Product<'_, $float>) {
                let Product { a, b, c, rows, depth, bias, scale, .. } = product;
                let b = &b.values[..depth];
                let bias = bias.and_then(<[$float]>::first).copied().unwrap_or(0.0);
                for (i, c) in rows.zip(c) {
                    let a = &a.values[i * a.stride..][..depth];
                    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
                    let rest = a_chunks.remainder().iter().zip(b_chunks.remainder());
                    let rest = rest.fold(bias, |sum, (a, b)| sum + a * b);
                    let mut sums = $splat(0.0);
                    for (a, b) in a_chunks.zip(b_chunks) {
                        sums = $mul_add(load(a), load(b), sums);
                    }
                    let sums: [$float; LANES] = transmute!(sums);
                    *c = sums.into_iter().fold(rest, |sum, part| sum + part) * scale;
                }
            }

            #[inline]
            $(#[$target])*
            fn load(values: &[$float]) -> $vector {
                match values.first_chunk::<LANES>() {
                    Some(values) => transmute!(*values),
                    None => {
                        let mut padded = [0.0; LANES];
                        for (to, &value) in padded.iter_mut().zip(values) {
                            *to = value;
                        }
                        transmute!(padded)
                    }
                }
            }

            /// As many vectors as are asked for, zeros where the values end.
            #[inline]
            $(#[$target])*
            fn load_up_to<const NV: usize>(values: &[$float]) -> [$vector; NV] {
                let mut vectors = [$splat(0.0); NV];
                if values.len() == NV * LANES {
                    for v in 0..NV {
                        vectors[v] = load(&values[v * LANES..]);
                    }
                } else {
                    for v in 0..NV {
                        vectors[v] = load(values.get(v * LANES..).unwrap_or_default());
                    }
                }
                vectors
            }

            #[inline]
            $(#[$target])*
            fn store<const NV: usize>(vectors: [$vector; NV], row: &mut [$float]) {
                for (vector, row) in vectors.into_iter().zip(row.chunks_exact_mut(LANES)) {
                    let values: [$float; LANES] = transmute!(vector);
                    row.copy_from_slice(&values);
                }
            }

            /// As many values as `row` holds.
            #[inline]
            $(#[$target])*
            fn store_up_to<const NV: usize>(vectors: [$vector; NV], row: &mut [$float]) {
                for v in 0..NV {
                    let values: [$float; LANES] = transmute!(vectors[v]);
                    let row = row.get_mut(v * LANES..).unwrap_or_default();
                    match row.first_chunk_mut::<LANES>() {
                        Some(row) => *row = values,
                        // Not a copy of a slice, which would be a call.
                        None => {
                            let width = row.len();
                            for j in 0..LANES {
                                if j < width {
                                    row[j] = values[j];
                                }
                            }
                        }
                    }
                }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
product_kernel!(
    #[target_feature(enable = "avx2,fma")]
    avx2_f32,
    f32,
    std::arch::x86_64::__m256,
    8,
    std::arch::x86_64::_mm256_set1_ps,
    std::arch::x86_64::_mm256_fmadd_ps,
    std::arch::x86_64::_mm256_mul_ps
);
#[cfg(target_arch = "x86_64")]
product_kernel!(
    #[target_feature(enable = "avx2,fma")]
    avx2_f64,
    f64,
    std::arch::x86_64::__m256d,
    4,
    std::arch::x86_64::_mm256_set1_pd,
    std::arch::x86_64::_mm256_fmadd_pd,
    std::arch::x86_64::_mm256_mul_pd
);
product_kernel!(portable_f32, f32, [f32; 8], 8, splat, mul_add, mul);
product_kernel!(portable_f64, f64, [f64; 4], 4, splat, mul_add, mul);

/// The vector of the portable kernels, of the same value in each place.
#[inline(always)]
fn splat<F: Scalar, const N: usize>(value: F) -> [F; N] {
    [value; N]
}

/// `a · b + c`
#[inline(always)]
fn mul_add<F: Scalar, const N: usize>(a: [F; N], b: [F; N], mut c: [F; N]) -> [F; N] {
    for j in 0..N {
        c[j] += a[j] * b[j];
    }
    c
}

/// `a · b`
#[inline(always)]
fn mul<F: Scalar, const N: usize>(mut a: [F; N], b: [F; N]) -> [F; N] {
    for j in 0..N {
        a[j] *= b[j];
    }
    a
}

#[cfg(test)]
mod tests;
