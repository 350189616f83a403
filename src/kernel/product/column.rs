//! A single column C, whose elements are dot products.

use super::task::Product;
use crate::kernel::arch::{Arch, Kernel};
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::{MOST_LANES, Vector};

/// `c (m) ← scale · (bias + A (m, depth) · b (depth))`, where b has no gaps and A is not transposed: the dot product of
/// each row of A and the column b, in one vector of sums. The sums of several rows are added at once, lane after lane.
///
/// It is not compiled for AVX-512, since the lanes of the vector decide about the order of a sum.
pub(super) struct ColumnProduct<'a, F>(pub(super) Product<'a, F>);

impl<F: Scalar> Kernel for ColumnProduct<'_, F> {
    type Output = ();

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
