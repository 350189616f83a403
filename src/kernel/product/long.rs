//! The gradient of many rows, for which sums in F would lose digits: short sums in F are added in f64.

use std::ops::Range;

use super::driver::DEPTH;
use super::operand::{Buffer, Operand, Pack};
use super::tile::{Panel, Start, TileBlock, panel_lines};
use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::reduce::SHORT_SUM;
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::Vector;

/// The number of rows of C whose short sums are computed at a time; half of them with AVX-512.
const HEIGHT: usize = 24;

/// `C (rows, columns) ← scale · (Aᵀ · B)` with `A (depth, …)` and `B (depth, columns)`.
pub(in crate::kernel) struct LongProduct<'a, F> {
    pub(in crate::kernel) a: Operand<'a, F>,
    pub(in crate::kernel) b: Operand<'a, F>,
    /// The given rows of C, each of `columns` values, and as many sums.
    pub(in crate::kernel) c: &'a mut [F],
    pub(in crate::kernel) sums: &'a mut [f64],
    pub(in crate::kernel) rows: Range<usize>,
    pub(in crate::kernel) columns: usize,
    pub(in crate::kernel) depth: usize,
    pub(in crate::kernel) scale: F,
}

impl<F: Scalar> Kernel for LongProduct<'_, F> {
    type Output = ();

    const IS_WIDE: bool = true;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { a, b, c, sums, rows, columns, depth, scale } = self;
        if rows.is_empty() {
            return;
        }
        sums.fill(0.0);
        // Here both factors are read by rows.
        let a = Side { operand: Operand { transposed: false, ..a }, columns: rows };
        let b = Side { operand: b, columns: 0..columns };
        // Cᵀ = Bᵀ A has the same sums, and its rows are longer.
        if columns < 2 * A::Vector::<F>::LANES && a.operand.stride > columns {
            let height = a.columns.len();
            arch.call(LongSums { a: b, b: a, sums, depth });
            for (i, row) in c.chunks_exact_mut(columns).enumerate() {
                for (c, sums) in row.iter_mut().zip(sums.chunks_exact(height)) {
                    *c = F::from_f64(sums[i]) * scale;
                }
            }
        } else {
            arch.call(LongSums { a, b, sums, depth });
            for (c, &sum) in c.iter_mut().zip(&*sums) {
                *c = F::from_f64(sum) * scale;
            }
        }
    }
}

/// Some columns of a factor.
struct Side<'a, F> {
    operand: Operand<'a, F>,
    columns: Range<usize>,
}

impl<'a, F> Side<'a, F> {
    fn rows(&self, rows: Range<usize>) -> &'a [F] {
        &self.operand.values[rows.start * self.operand.stride..rows.end * self.operand.stride]
    }
}

/// Adds `Aᵀ · B` to `sums`, a row for each column of A.
struct LongSums<'a, F> {
    a: Side<'a, F>,
    b: Side<'a, F>,
    sums: &'a mut [f64],
    depth: usize,
}

impl<F: Scalar> Kernel for LongSums<'_, F> {
    type Output = ();

    const IS_WIDE: bool = true;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { a, b, sums, depth } = self;
        let lanes = A::Vector::<F>::LANES;
        let panel_width = 2 * lanes;
        let columns = b.columns.len();
        let mut buffer = Buffer::<DEPTH>::ZEROS;
        let buffer = buffer.values_mut::<F>();
        // Parts of whole short sums.
        let part = DEPTH / panel_lines::<A, F>();
        for p in (0..depth).step_by(part) {
            let end = depth.min(p + part);
            let mut block = TileBlock {
                a: a.rows(p..end),
                a_stride: a.operand.stride,
                b: b.rows(p..end),
                b_stride: b.operand.stride,
                b_column: b.columns.start,
                start: Start::Zero,
                scale: None,
                columns: panel_width,
                width: columns,
            };
            if columns < panel_width {
                let panel = &mut buffer[..(end - p) * panel_width];
                arch.call(Pack::<F, 2> { operand: b.operand, p, columns: b.columns.clone(), panel });
                block = TileBlock { b: panel, b_stride: panel_width, b_column: 0, ..block };
                arch.run(ShortSums { block, rows: a.columns.clone(), columns, skip: 0, sums });
                continue;
            }
            // Whole vectors of B in place; the last ones overlap their neighbours.
            let mut done = 0;
            while done < columns {
                let width = if columns - done > lanes { panel_width } else { lanes };
                let first = done.min(columns - width);
                let block = TileBlock { b_column: b.columns.start + first, width, ..block };
                let (skip, sums) = (done - first, &mut sums[first..]);
                arch.run(ShortSums { block, rows: a.columns.clone(), columns, skip, sums });
                done = first + width;
            }
        }
    }
}

/// Adds the short sums of a panel to `sums`, which begin at the upper left corner of the panel.
struct ShortSums<'a, F> {
    block: TileBlock<'a, F>,
    rows: Range<usize>,
    columns: usize,
    /// The first columns of the panel that are already in `sums`.
    skip: usize,
    sums: &'a mut [f64],
}

impl<F: Scalar> Kernel for ShortSums<'_, F> {
    type Output = ();

    const IS_WIDE: bool = true;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { block, rows, columns, skip, sums } = self;
        let panel_width = 2 * A::Vector::<F>::LANES;
        let (a_rows, b_rows) = (SHORT_SUM * block.a_stride, SHORT_SUM * block.b_stride);
        let mut buffer = Buffer::<HEIGHT>::ZEROS;
        let short = buffer.values_mut::<F>();
        let height = HEIGHT / panel_lines::<A, F>();
        for first in rows.clone().step_by(height) {
            let rows_here = first..rows.end.min(first + height);
            let sums = &mut sums[(first - rows.start) * columns..];
            for (a, b) in block.a.chunks(a_rows).zip(block.b.chunks(b_rows)) {
                let block = &TileBlock { a, b, ..block };
                arch.run(Panel::<F, true> { block, rows: rows_here.clone(), c: short });
                let short = short.chunks_exact(panel_width).take(rows_here.len());
                for (sums, short) in sums.chunks_mut(columns).zip(short) {
                    add(&mut sums[skip..block.width], &short[skip..]);
                }
            }
        }
    }
}

/// `sums ← sums + short`
#[inline(always)]
fn add<F: Scalar>(sums: &mut [f64], short: &[F]) {
    let width = sums.len();
    // In copies of a few values, which the compiler turns into vectors.
    let mut fours = sums.chunks_exact_mut(4);
    for (sums, short) in fours.by_ref().zip(short.chunks_exact(4)) {
        let mut total = [sums[0], sums[1], sums[2], sums[3]];
        for j in 0..4 {
            total[j] += short[j].as_f64();
        }
        sums.copy_from_slice(&total);
    }
    let rest = fours.into_remainder();
    let first = width - rest.len();
    for (sum, short) in rest.iter_mut().zip(&short[first..]) {
        *sum += short.as_f64();
    }
}
