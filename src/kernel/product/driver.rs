//! One product: the choice and the order of the tiles, with B packed or read in place.

use super::blocked::{Blocked, Limits};
use super::narrow::{self, Narrow};
use super::operand::{Buffer, Operand, Pack};
use super::outer::Outer;
use super::scratch::Scratch;
use super::task::Product;
use super::tile::{Block, LONG, Panel, Start, Tile, panel_width};
use super::turned::{self, Turned};
use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::{MOST_LANES, Vector};

/// The depth that is packed at a time, so that a panel of B stays in the first-level cache.
pub(super) const DEPTH: usize = 256;
/// Up to this depth a smaller buffer is enough, which is cheaper to clear.
pub(super) const SMALL_DEPTH: usize = 64;
/// The number of rows from which packing B is faster.
const PACKED_ROWS: usize = 12;

impl<F: Scalar> Kernel for Product<'_, F> {
    type Output = ();

    const IS_WIDE: bool = true;

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
                return arch.run(Outer { a: &a.values[rows], b: &b.values[..columns], c, scale });
            }
        }
        let Product { a, b, columns, depth, bias, .. } = self;
        let width = panel_width::<A, F>();
        let is_panel = columns == width && b.stride == width;
        let is_direct = !b.transposed && (is_panel || self.rows.len() < PACKED_ROWS);
        let limits = Limits::MEASURED;
        if !is_direct && limits.allow::<A, F>(a, columns, depth) {
            // Without memory, the product is computed as a small one, with the same bits.
            if let Some(scratch) = Scratch::take(limits.scratch::<A, F>(&self)) {
                return arch.call(Blocked { product: self, limits, scratch });
            }
        }
        match (columns == 1 && b.stride == 1 && !b.transposed, a.transposed) {
            (true, false) => arch.run(Column(self)),
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
        let lines = if self.columns.next_multiple_of(A::Vector::<F>::LANES) == three {
            self.depth.div_ceil(2) * 3
        } else {
            self.depth
        };
        match lines * lines_of_a_pair::<A, F>() {
            0..=16 => arch.call(Packed::<F, TA, 16>(self)),
            17..=SMALL_DEPTH => arch.call(Packed::<F, TA, SMALL_DEPTH>(self)),
            65..=128 => arch.call(Packed::<F, TA, 128>(self)),
            129..=DEPTH => arch.call(Packed::<F, TA, DEPTH>(self)),
            _ if lines_of_a_pair::<A, F>() == 2 => arch.call(Packed::<F, TA, { 2 * DEPTH }>(self)),
            _ => arch.call(Packed::<F, TA, DEPTH>(self)),
        }
    }

    /// Reads B in place.
    #[inline(always)]
    fn direct<A: Arch, const TA: bool>(self, arch: A) {
        let Product { a, b, c, rows, columns, depth, bias, scale } = self;
        let long = LONG * A::Vector::<F>::LANES;
        let mut block = Block {
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

struct Column<'a, F>(Product<'a, F>);
impl<F: Scalar> Kernel for Column<'_, F> {
    type Output = ();
    /// Computes a single column C: the dot product of each row of A and the column B, in one vector of sums. The sums
    /// of several rows are added at once, lane after lane.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Product { a, b, c, rows, depth, bias, scale, .. } = self.0;
        let lanes = A::Vector::<F>::LANES;
        let b = &b.values[..depth];
        let bias = bias.and_then(<[F]>::first).copied().unwrap_or(F::zero());
        let [zero, one, scales] =
            [F::zero(), F::one(), scale].map(|value| A::Vector::<F>::splat(arch, value));
        let whole = depth - depth % lanes;
        let mut i = rows.start;
        let mut chunks = c[..rows.len()].chunks_exact_mut(lanes);
        for c in chunks.by_ref() {
            let (mut from, mut square) = ([b; MOST_LANES], [zero; MOST_LANES]);
            for r in 0..lanes {
                from[r] = &a.values[(i + r) * a.stride..][..depth];
            }
            let mut p = 0;
            while p < whole {
                let b = A::Vector::<F>::load(arch, &b[p..p + lanes]);
                for r in 0..lanes {
                    square[r] = A::Vector::<F>::load(arch, &from[r][p..p + lanes]).mul_add(b, square[r]);
                }
                p += lanes;
            }
            A::Vector::<F>::transpose(&mut square);
            let mut sums = A::Vector::<F>::splat(arch, bias);
            if whole < depth {
                let mut rests = [bias; MOST_LANES];
                for r in 0..lanes {
                    for p in whole..depth {
                        rests[r] += from[r][p] * b[p];
                    }
                }
                sums = A::Vector::<F>::load(arch, &rests[..lanes]);
            }
            for r in 0..lanes {
                sums = square[r].mul_add(one, sums);
            }
            sums.mul(scales).store(c);
            i += lanes;
        }
        for (i, c) in (i..).zip(chunks.into_remainder()) {
            let (rest, sums) = dot(arch, &a.values[i * a.stride..][..depth], b, bias);
            *c = sums.sum_from(rest) * scale;
        }
    }
}

#[inline(always)]
pub(super) fn lines_of_a_pair<A: Arch, F: Scalar>() -> usize {
    2 * A::Vector::<F>::LANES * size_of::<F>() / 64
}

/// The products of the whole vectors of a and b, in one vector of sums; the rest is added to `start`.
#[inline(always)]
fn dot<A: Arch, F: Scalar>(arch: A, a: &[F], b: &[F], start: F) -> (F, A::Vector<F>) {
    let lanes = A::Vector::<F>::LANES;
    let (a_chunks, b_chunks) = (a.chunks_exact(lanes), b.chunks_exact(lanes));
    let rest = a_chunks.remainder().iter().zip(b_chunks.remainder());
    let rest = rest.fold(start, |sum, (&a, &b)| sum + a * b);
    let mut sums = A::Vector::<F>::splat(arch, F::zero());
    for (a, b) in a_chunks.zip(b_chunks) {
        sums = A::Vector::<F>::load(arch, a).mul_add(A::Vector::<F>::load(arch, b), sums);
    }
    (rest, sums)
}

/// A product with B packed, a panel of two vectors of columns and `BUFFER` rows at a time.
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
        let part = BUFFER / lines_of_a_pair::<A, F>();
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
                let block = Block {
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
