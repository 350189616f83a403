//! Many rows of a C that is one panel and whose columns are not whole vectors: a last layer, or a small network.
//!
//! The rows of C follow one another without gaps, so whole vectors are written across their ends: the next row
//! overwrites what is too much.

use super::operand::Pack;
use super::task::Product;
use super::tile::panel_lines;
use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::known::Known;
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::{MOST_LANES, Vector};

/// The number of rows from which C can be computed in this way.
const ROWS: usize = 12;

/// The vectors of a row of C if it can be computed in this way, with a buffer of `lines` rows of two vectors.
#[inline(always)]
pub(super) fn vectors<A: Arch, F: Scalar>(product: &Product<'_, F>, lines: usize) -> Option<usize> {
    let vectors = product.columns.div_ceil(A::Vector::<F>::LANES);
    let is_ragged = product.columns.next_multiple_of(A::Vector::<F>::LANES) > product.columns;
    let fits = !product.a.transposed
        && product.rows.len() >= ROWS
        && product.depth * vectors * panel_lines::<A, F>() <= 2 * lines;
    (fits && (vectors == 3 || (vectors < 3 && is_ragged))).then_some(vectors)
}

/// `C ← scale · (bias + A · B)` for A that is not transposed and C of NV vectors.
///
/// Its tiles are functions of their own: with more ways to store the sums, the compiler kept fewer sums of the other
/// tiles in registers.
pub(super) struct Narrow<'a, 'b, F, const NV: usize> {
    pub(super) product: Product<'a, F>,
    /// For B and the bias in rows of NV vectors.
    pub(super) buffer: &'b mut [F],
}

/// B and the bias, padded to NV vectors.
#[derive(Clone, Copy)]
struct Padded<'a, F> {
    b: &'a [F],
    bias: &'a [F],
}

impl<F: Scalar, const NV: usize> Kernel for Narrow<'_, '_, F, NV> {
    type Output = ();

    const IS_WIDE: bool = true;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self { mut product, buffer } = self;
        let (lanes, columns) = (A::Vector::<F>::LANES, product.columns);
        let panel = &mut buffer[..product.depth * NV * lanes];
        arch.call(Pack::<F, NV> { operand: product.b, p: 0, columns: 0..columns, panel });
        let mut bias = [F::zero(); 3 * MOST_LANES];
        for (padded, &bias) in bias.iter_mut().zip(product.bias.unwrap_or_default()) {
            *padded = bias;
        }
        let padded = Padded { b: panel, bias: &bias };
        let end = product.rows.end;
        let mut i = product.rows.start;
        // The last tile computes some rows again, unless they are enough.
        while i < end {
            i = match (NV, end - i) {
                (1, 8..) => tile::<A, F, NV, 8>(arch, &mut product, padded, i),
                (1, 5..=7) => tile::<A, F, NV, 8>(arch, &mut product, padded, end - 8),
                (2, 7 | 8) => tile::<A, F, NV, 4>(arch, &mut product, padded, i),
                (2, 6 | 9..) => tile::<A, F, NV, 6>(arch, &mut product, padded, i),
                (2, 5) => tile::<A, F, NV, 6>(arch, &mut product, padded, end - 6),
                // Four rows would leave no register for A.
                (3, 3..) => tile::<A, F, NV, 3>(arch, &mut product, padded, i),
                (3, 1 | 2) => tile::<A, F, NV, 3>(arch, &mut product, padded, end - 3),
                _ => tile::<A, F, NV, 4>(arch, &mut product, padded, end - 4),
            };
        }
    }
}

/// MR rows from row `i` on; returns the next row.
// The loops run over constant indices, so that the compiler unrolls them.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
fn tile<A: Arch, F: Scalar, const NV: usize, const MR: usize>(
    arch: A,
    product: &mut Product<'_, F>,
    padded: Padded<'_, F>,
    i: usize,
) -> usize {
    let (lanes, columns) = (A::Vector::<F>::LANES, product.columns);
    let mut sums = [load::<A, F, NV>(arch, padded.bias); MR];
    let b_rows = padded.b.chunks_exact(NV * lanes);
    let depth = b_rows.len();
    let mut rows: [&[F]; MR] = [&[]; MR];
    for r in 0..MR {
        rows[r] = &product.a.values[(i + r) * product.a.stride..][..depth];
    }
    for (p, b) in (0..depth).zip(b_rows) {
        let b = load::<A, F, NV>(arch, b);
        for r in 0..MR {
            let a = A::Vector::<F>::splat(arch, rows[r][p]);
            for v in 0..NV {
                sums[r][v] = a.mul_add(b[v], sums[r][v]);
            }
        }
    }
    if product.scale != F::one() {
        let scale = A::Vector::<F>::splat(arch, product.scale);
        for r in 0..MR {
            for v in 0..NV {
                sums[r][v] = sums[r][v].mul(scale);
            }
        }
    }
    let c = &mut product.c[(i - product.rows.start) * columns..];
    if c.len() >= (MR - 1) * columns + NV * lanes {
        for r in 0..MR {
            let c = &mut c[r * columns..][..NV * lanes];
            for v in 0..NV {
                sums[r][v].store(&mut c[v * lanes..]);
            }
        }
    } else {
        for r in 0..MR {
            for v in 0..NV {
                sums[r][v].store(c.get_mut(r * columns + v * lanes..).known());
            }
        }
    }
    i + MR
}

/// Loads NV vectors.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
fn load<A: Arch, F: Scalar, const NV: usize>(arch: A, values: &[F]) -> [A::Vector<F>; NV] {
    let lanes = A::Vector::<F>::LANES;
    let values = &values[..NV * lanes];
    let mut vectors = [A::Vector::<F>::splat(arch, F::zero()); NV];
    for v in 0..NV {
        vectors[v] = A::Vector::<F>::load(arch, &values[v * lanes..]);
    }
    vectors
}
