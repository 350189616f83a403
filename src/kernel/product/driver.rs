//! One product: the choice and the order of the tiles, with B packed or read in place.

use super::blocked::{Blocked, Limits};
use super::column::ColumnProduct;
use super::narrow::{self, Narrow};
use super::operand::{Buffer, Operand, Pack};
use super::outer::OuterProduct;
use super::scratch::ProductScratch;
use super::task::Product;
use super::tile::{LONG, Panel, Start, Tile, TileBlock, panel_lines, panel_width};
use super::turned::{self, Turned};
use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::{MOST_LANES, Vector};

/// The depth that is packed at a time, so that a panel of B stays in the first-level cache.
pub(super) const DEPTH: usize = 256;
/// Up to this depth a smaller buffer is enough, which is cheaper to clear.
pub(super) const SMALL_DEPTH: usize = 64;
/// The bytes of a vector of AVX2.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
const AVX2_BYTES: usize = 32;
/// The least columns of a single row for which AVX-512 is faster.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
const LONG_ROW: usize = 64;
/// The number of rows from which packing B is faster.
const PACKED_ROWS: usize = 12;

impl<F: Scalar> Kernel for Product<'_, F> {
    type Output = ();

    const IS_WIDE: bool = true;

    /// A row of C that fits in one vector of AVX2 gains nothing from a longer one; nor does a single short row.
    #[inline(always)]
    fn is_large(&self) -> bool {
        self.columns > AVX2_BYTES / size_of::<F>() && (self.rows.len() > 1 || self.columns >= LONG_ROW)
    }

    #[inline(always)]
    fn run<A: Arch>(mut self, arch: A) {
        if self.rows.is_empty() {
            return;
        }
        if self.b.transposed && self.depth == 1 && self.b.stride == 1 {
            // The stored B is a single column. In memory it is equal to the row that the product needs.
            self.b = Operand { stride: self.columns, transposed: false, ..self.b };
            let is_column = self.a.stride == 1 && !self.a.transposed;
            if is_column && self.bias.is_none() && self.columns >= A::Vector::<F>::LANES {
                let Product { a, b, c, rows, columns, scale, .. } = self;
                return arch.run(OuterProduct { a: &a.values[rows], b: &b.values[..columns], c, scale });
            }
        }
        let Product { a, b, columns, depth, bias, .. } = self;
        let lanes = A::Vector::<F>::LANES;
        let is_panel = b.stride == columns && (columns == lanes || columns == 2 * lanes);
        let is_direct = !b.transposed && (is_panel || self.rows.len() < PACKED_ROWS);
        let limits = Limits::MEASURED;
        if !is_direct && limits.allow::<A, F>(a, columns, depth) {
            // Without memory, the product is computed as a small one, with the same bits.
            if let Some(scratch) = ProductScratch::take(limits.scratch::<A, F>(&self)) {
                return arch.call(Blocked { product: self, limits, scratch });
            }
        }
        match (columns == 1 && b.stride == 1 && !b.transposed, a.transposed) {
            (true, false) => arch.run(ColumnProduct(self)),
            (true, true) if self.rows.start == 0 => {
                // Cᵀ = Bᵀ A: in memory the column C is equal to the row Cᵀ, which is computed here.
                let (a, b) = (Operand { transposed: true, ..b }, Operand { transposed: false, ..a });
                Product { a, b, columns: self.rows.len(), rows: 0..1, ..self }.direct::<A, true>(arch);
            }
            (_, true)
                if !b.transposed && bias.is_none() && turned::pays::<A, F>(self.rows.len(), columns) =>
            {
                arch.call(Turned(self));
            }
            (_, false) if is_direct => self.direct::<A, false>(arch),
            (_, true) if is_direct => self.direct::<A, true>(arch),
            (_, false) => self.packed::<A, false>(arch),
            (_, true) => self.packed::<A, true>(arch),
        }
    }
}

impl<F: Scalar> Product<'_, F> {
    /// Packs B, in a buffer that is large enough; a smaller one is cheaper to clear.
    #[inline(always)]
    fn packed<A: Arch, const TA: bool>(self, arch: A) {
        // A panel of three vectors needs more.
        let three = 3 * A::Vector::<F>::LANES;
        let rows = if self.columns.next_multiple_of(A::Vector::<F>::LANES) == three {
            self.depth.div_ceil(2) * 3
        } else {
            self.depth
        };
        // Twice the lines for vectors of twice the length.
        match (rows, panel_lines::<A, F>() == 1) {
            (0..=16, true) => arch.call(Packed::<F, TA, 16>(self)),
            (0..=16, false) => arch.call(Packed::<F, TA, 32>(self)),
            (17..=SMALL_DEPTH, true) => arch.call(Packed::<F, TA, SMALL_DEPTH>(self)),
            (65..=128, true) | (17..=SMALL_DEPTH, false) => arch.call(Packed::<F, TA, 128>(self)),
            (_, true) | (65..=128, false) => arch.call(Packed::<F, TA, DEPTH>(self)),
            (_, false) => arch.call(Packed::<F, TA, { 2 * DEPTH }>(self)),
        }
    }

    /// Reads B in place.
    #[inline(always)]
    fn direct<A: Arch, const TA: bool>(self, arch: A) {
        let Product { a, b, c, rows, columns, depth, bias, scale } = self;
        let long = LONG * A::Vector::<F>::LANES;
        let mut block = TileBlock {
            a: a.values,
            a_stride: a.stride,
            b: &b.values[..depth * b.stride],
            b_stride: b.stride,
            b_column: 0,
            start: Start::Zero,
            scale: (scale != F::one()).then_some(scale),
            columns,
            width: 0,
        };
        while block.b_column < columns {
            let j = block.b_column;
            let is_long = rows.len() == 1 && columns - j >= long;
            block.width = if is_long { long } else { panel_width::<A, F>().min(columns - j) };
            block.start = bias.map_or(Start::Zero, |bias| Start::Bias(&bias[j..j + block.width]));
            if is_long {
                arch.run(Tile::<F, TA, 1, LONG> { block: &block, i: rows.start, c: &mut c[j..] });
            } else {
                arch.run(Panel::<F, TA> { block: &block, rows: rows.clone(), c: &mut c[j..] });
            }
            block.b_column += block.width;
        }
    }
}

/// A product with B packed, a panel of two vectors of columns and `BUFFER` cache lines at a time.
///
/// It is a separate kernel because of its buffer: a large stack would slow down small products.
struct Packed<'a, F, const TA: bool, const BUFFER: usize>(Product<'a, F>);

impl<F: Scalar, const TA: bool, const BUFFER: usize> Kernel for Packed<'_, F, TA, BUFFER> {
    type Output = ();

    const IS_WIDE: bool = true;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let mut buffer = Buffer::<BUFFER>::ZEROS;
        let buffer = buffer.values_mut::<F>();
        match if TA { None } else { narrow::vectors::<A, F>(&self.0, BUFFER) } {
            None => {}
            Some(1) => return arch.call(Narrow::<F, 1> { product: self.0, buffer }),
            Some(2) => return arch.call(Narrow::<F, 2> { product: self.0, buffer }),
            Some(_) => return arch.call(Narrow::<F, 3> { product: self.0, buffer }),
        }
        let Product { a, b, c, rows, columns, depth, bias, scale } = self.0;
        let lanes = A::Vector::<F>::LANES;
        let mut padded = [F::zero(); 2 * MOST_LANES];
        let part = BUFFER / panel_lines::<A, F>();
        for p in (0..depth).step_by(part) {
            let end = depth.min(p + part);
            let is_last = end == depth;
            for j in (0..columns).step_by(2 * lanes) {
                let width = (columns - j).min(2 * lanes);
                let panel_width = width.next_multiple_of(lanes);
                let panel = &mut buffer[..(end - p) * panel_width];
                if width > lanes {
                    arch.call(Pack::<F, 2> { operand: b, p, columns: j..j + width, panel });
                } else {
                    arch.call(Pack::<F, 1> { operand: b, p, columns: j..j + width, panel });
                }
                let start = match bias {
                    _ if p > 0 => Start::Sums,
                    Some(bias) if width < panel_width => {
                        let bias = &bias[j..j + width];
                        let whole = &mut padded[..panel_width];
                        A::Vector::<F>::load(arch, bias).store(whole);
                        if width > lanes {
                            A::Vector::<F>::load(arch, &bias[lanes..]).store(&mut whole[lanes..]);
                        }
                        Start::Bias(whole)
                    }
                    Some(bias) => Start::Bias(&bias[j..j + width]),
                    None => Start::Zero,
                };
                let block = TileBlock {
                    a: if TA { &a.values[p * a.stride..end * a.stride] } else { &a.values[p..] },
                    a_stride: a.stride,
                    b: panel,
                    b_stride: panel_width,
                    b_column: 0,
                    start,
                    scale: (is_last && scale != F::one()).then_some(scale),
                    columns,
                    width,
                };
                arch.run(Panel::<F, TA> { block: &block, rows: rows.clone(), c: &mut c[j..] });
            }
        }
    }
}
