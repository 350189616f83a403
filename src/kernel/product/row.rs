//! The product of a single row, without the bookkeeping of tiles: a network that answers one row at a time spends
//! most of its time outside the sums.

use crate::kernel::arch::Arch;
use crate::kernel::known::Known;
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::Vector;

/// `c (n) ← bias (n) + a (k) · B (k, n)`, with the bits of a [`Product`](super::Product) of more rows.
///
/// The caller must not be wide: as in a [`ColumnProduct`](super::column::ColumnProduct), a single sum goes by the lanes
/// of a vector.
#[inline(always)]
pub(in crate::kernel) fn row<A: Arch, F: Scalar>(arch: A, a: &[F], b: &[F], bias: &[F], c: &mut [F]) {
    let (columns, lanes) = (c.len(), A::Vector::<F>::LANES);
    if columns == 1 {
        return column(arch, a, b, bias, c);
    }
    if columns < lanes {
        return narrow(arch, a, b, bias, c);
    }
    let mut j = 0;
    while j < columns {
        j += match (columns - j) / lanes {
            8.. => vectors::<A, F, 8>(arch, a, b, bias, c, j),
            4.. => vectors::<A, F, 4>(arch, a, b, bias, c, j),
            2.. => vectors::<A, F, 2>(arch, a, b, bias, c, j),
            1 => vectors::<A, F, 1>(arch, a, b, bias, c, j),
            // The last vector begins in the one before, and computes the same sums again.
            _ => {
                vectors::<A, F, 1>(arch, a, b, bias, c, columns - lanes);
                lanes
            }
        };
    }
}

/// Computes NV vectors of columns from column `j` on; returns their number of columns.
#[allow(clippy::needless_range_loop)]
#[inline(always)]
fn vectors<A: Arch, F: Scalar, const NV: usize>(
    arch: A,
    a: &[F],
    b: &[F],
    bias: &[F],
    c: &mut [F],
    j: usize,
) -> usize {
    let (columns, lanes) = (c.len(), A::Vector::<F>::LANES);
    let mut sums = [A::Vector::<F>::splat(arch, F::zero()); NV];
    let bias = &bias[j..j + NV * lanes];
    for v in 0..NV {
        sums[v] = A::Vector::<F>::load(arch, &bias[v * lanes..]);
    }
    // Not by `chunks_exact`, whose division takes longer than the sums of a small layer.
    let mut from = j;
    for &a in a {
        let (a, b) = (A::Vector::<F>::splat(arch, a), &b[from..from + NV * lanes]);
        from += columns;
        for v in 0..NV {
            sums[v] = a.mul_add(A::Vector::<F>::load(arch, &b[v * lanes..]), sums[v]);
        }
    }
    let c = &mut c[j..j + NV * lanes];
    for v in 0..NV {
        sums[v].store(&mut c[v * lanes..]);
    }
    NV * lanes
}

/// Fewer columns than lanes: a vector reads on into the next rows of B, and the sums of these lanes are not stored.
#[inline(always)]
fn narrow<A: Arch, F: Scalar>(arch: A, a: &[F], b: &[F], bias: &[F], c: &mut [F]) {
    let (columns, lanes) = (c.len(), A::Vector::<F>::LANES);
    let mut sums = A::Vector::<F>::load(arch, bias);
    // The rows of B that are followed by enough values.
    let whole = if b.len() >= lanes { (b.len() - lanes) / columns + 1 } else { 0 };
    let (a_whole, a_rest) = a.split_at(whole.min(a.len()));
    let mut rows = b;
    for &a in a_whole {
        sums = A::Vector::<F>::splat(arch, a).mul_add(A::Vector::<F>::load(arch, &rows[..lanes]), sums);
        rows = &rows[columns..];
    }
    for &a in a_rest {
        sums = A::Vector::<F>::splat(arch, a).mul_add(A::Vector::<F>::load(arch, rows), sums);
        rows = rows.get(columns..).known();
    }
    sums.store(c);
}

/// A single column: a dot product in one vector of sums.
#[inline(always)]
fn column<A: Arch, F: Scalar>(arch: A, a: &[F], b: &[F], bias: &[F], c: &mut [F]) {
    let lanes = A::Vector::<F>::LANES;
    let (a_chunks, b_chunks) = (a.chunks_exact(lanes), b.chunks_exact(lanes));
    let rest = a_chunks.remainder().iter().zip(b_chunks.remainder());
    let bias = bias.first().copied().unwrap_or(F::zero());
    let rest = rest.fold(bias, |sum, (&a, &b)| sum + a * b);
    let mut sums = A::Vector::<F>::splat(arch, F::zero());
    for (a, b) in a_chunks.zip(b_chunks) {
        sums = A::Vector::<F>::load(arch, a).mul_add(A::Vector::<F>::load(arch, b), sums);
    }
    if let Some(c) = c.first_mut() {
        *c = sums.sum_from(rest);
    }
}
