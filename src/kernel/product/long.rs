//! The gradient of many rows, for which sums in F would lose digits: short sums in F are added in f64.

use std::ops::Range;

use super::driver::DEPTH;
use super::operand::{Buffer, Operand, Pack};
use super::tile::{Block, Panel, Start};
use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::reduce::SHORT_SUM;
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::Vector;

/// The number of rows of C whose short sums are computed at a time.
const HEIGHT: usize = 24;

/// `C (rows, columns) ← scale · (Aᵀ · B)` with `A (depth, …)` and `B (depth, columns)`.
pub(in crate::kernel) struct LongGradient<'a, F> {
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

impl<F: Scalar> Kernel for LongGradient<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { a, b, c, sums, rows, columns, depth, scale } = self;
        if rows.is_empty() {
            return;
        }
        let panel_width = 2 * A::Vector::<F>::LANES;
        let mut buffer = Buffer::<DEPTH>::ZEROS;
        let buffer = buffer.values_mut::<F>();
        sums.fill(0.0);
        for p in (0..depth).step_by(DEPTH) {
            let end = depth.min(p + DEPTH);
            for j in (0..columns).step_by(panel_width) {
                let width = panel_width.min(columns - j);
                let panel = &mut buffer[..(end - p) * panel_width];
                arch.call(Pack::<F, 2> { operand: b, p, columns: j..j + width, panel });
                let block = Block {
                    a: &a.values[p * a.stride..end * a.stride],
                    a_stride: a.stride,
                    b: panel,
                    b_stride: panel_width,
                    b_column: 0,
                    start: Start::Zero,
                    scale: None,
                    columns: panel_width,
                    width,
                };
                arch.run(ShortSums { block, rows: rows.clone(), columns, sums: &mut sums[j..] });
            }
        }
        for (c, &sum) in c.iter_mut().zip(&*sums) {
            *c = F::from_f64(sum) * scale;
        }
    }
}

/// Adds the short sums of a panel to `sums`, which begin at the upper left corner of the panel.
struct ShortSums<'a, F> {
    block: Block<'a, F>,
    rows: Range<usize>,
    columns: usize,
    sums: &'a mut [f64],
}

impl<F: Scalar> Kernel for ShortSums<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { block, rows, columns, sums } = self;
        let panel_width = 2 * A::Vector::<F>::LANES;
        let (a_rows, b_rows) = (SHORT_SUM * block.a_stride, SHORT_SUM * panel_width);
        let mut buffer = Buffer::<HEIGHT>::ZEROS;
        let short = buffer.values_mut::<F>();
        for first in rows.clone().step_by(HEIGHT) {
            let rows_here = first..rows.end.min(first + HEIGHT);
            let sums = &mut sums[(first - rows.start) * columns..];
            for (a, b) in block.a.chunks(a_rows).zip(block.b.chunks(b_rows)) {
                let block = &Block { a, b, ..block };
                arch.run(Panel::<F, true> { block, rows: rows_here.clone(), c: short });
                let short = short.chunks_exact(panel_width).take(rows_here.len());
                for (sums, short) in sums.chunks_mut(columns).zip(short) {
                    add(&mut sums[..block.width], short);
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
