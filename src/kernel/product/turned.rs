//! A gradient with few columns, as `Cᵀ = Bᵀ · A`: the rows of C, of which there are many, are in the lanes.

use super::operand::Buffer;
use super::task::Product;
use super::tile::{Panel, Start, TileBlock, panel_lines, panel_width, tile_height};
use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::{MOST_LANES, Vector};

/// The most columns.
const COLUMNS: usize = 16;

/// The depth at a time, so that a panel of A, which the tiles read in turn, stays in the first-level cache.
const DEPTH: usize = 128;

/// Whether this way is clearly faster for C with these rows and columns.
///
/// The costs are in twelfths of a cycle of a processor with two multiplications of vectors a cycle. A tile of two
/// vectors takes a cycle a row, but four for the latency of the additions; a tile of six rows and one vector takes 3.5
/// for the loads.
#[inline(always)]
pub(super) fn pays<A: Arch, F: Scalar>(rows: usize, columns: usize) -> bool {
    let lanes = A::Vector::<F>::LANES;
    if columns > COLUMNS || columns.next_multiple_of(lanes) == columns || rows < 2 * lanes {
        return false;
    }
    let (mut cycles, mut rest) = (0, columns);
    while rest > 0 {
        let height = tile_height(rest);
        cycles += height.max(4);
        rest -= height;
    }
    let turned = rows.div_ceil(lanes).saturating_mul(6 * cycles);
    let vectors = columns.div_ceil(lanes);
    let upright = rows.saturating_mul(vectors / 2 * 12 + vectors % 2 * 7);
    turned / 9 <= upright / 10
}

/// `C ← scale · (Aᵀ · B)`: A is transposed, B is not, and there is no bias.
pub(super) struct Turned<'a, F>(pub(super) Product<'a, F>);

impl<F: Scalar> Kernel for Turned<'_, F> {
    type Output = ();

    const IS_WIDE: bool = true;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Product { a, b, c, rows, columns, depth, scale, .. } = self.0;
        let (lanes, panel_width) = (A::Vector::<F>::LANES, panel_width::<A, F>());
        let part = depth.div_ceil(depth.div_ceil(DEPTH).max(1)).max(1);
        let (mut buffer, mut wide_buffer);
        let turned = if panel_lines::<A, F>() == 1 {
            buffer = Buffer::<COLUMNS>::ZEROS;
            buffer.values_mut::<F>()
        } else {
            wide_buffer = Buffer::<{ 2 * COLUMNS }>::ZEROS;
            wide_buffer.values_mut::<F>()
        };
        let mut i = rows.start;
        while i < rows.end {
            // The last panel is whole, too: it begins within the one before it.
            let vectors = (rows.end - i).div_ceil(lanes).min(2);
            let width = vectors * lanes;
            let first = i.min(rows.end - width);
            for p in (0..depth).step_by(part) {
                let end = depth.min(p + part);
                let block = TileBlock {
                    a: &b.values[p * b.stride..end * b.stride],
                    a_stride: b.stride,
                    b: &a.values[p * a.stride..end * a.stride],
                    b_stride: a.stride,
                    b_column: first,
                    start: if p == 0 { Start::Zero } else { Start::Sums },
                    scale: (end == depth && scale != F::one()).then_some(scale),
                    columns: panel_width,
                    width,
                };
                arch.run(Panel::<F, true> { block: &block, rows: 0..columns, c: turned });
            }
            for v in 0..vectors {
                let c = &mut c[(first + v * lanes - rows.start) * columns..];
                turn::<A, F>(arch, &turned[v * lanes..], columns, c);
            }
            i += width;
        }
    }
}

/// Writes `columns` rows of a panel as columns, a vector long, of C. The rows of C follow one another without gaps:
/// whole vectors are written across their ends, as far as there is memory, and the next row overwrites what is too
/// much.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
fn turn<A: Arch, F: Scalar>(arch: A, turned: &[F], columns: usize, c: &mut [F]) {
    let lanes = A::Vector::<F>::LANES;
    for j in (0..columns).step_by(lanes) {
        let mut square = [A::Vector::<F>::splat(arch, F::zero()); MOST_LANES];
        for r in 0..lanes {
            if j + r < columns {
                square[r] = A::Vector::<F>::load(arch, &turned[(j + r) * 2 * lanes..]);
            }
        }
        A::Vector::<F>::transpose(&mut square);
        let width = lanes.min(columns - j);
        for r in 0..lanes {
            square[r].store(&mut c[r * columns + j..][..width]);
        }
    }
}
