//! Vector registers: a few lanes of an element type, with the operations of a matrix product.

use ndarray::NdFloat;

/// A vector of [`LANES`](Self::LANES) elements.
///
/// Some vectors need instructions that not every machine has. `Proof` is a value that exists only where these
/// instructions do. Every function that makes a vector takes it, so a vector is a proof itself, and the operations
/// on vectors can be safe functions.
pub trait Vector: Copy {
    type Element: NdFloat;
    type Proof: Copy;

    const LANES: usize;

    /// The same value in each lane.
    fn splat(proof: Self::Proof, value: Self::Element) -> Self;

    /// Loads the first values, with zeros in the lanes without a value.
    fn load(proof: Self::Proof, values: &[Self::Element]) -> Self;

    /// Stores the first lanes, as many as `values` has places.
    fn store(self, values: &mut [Self::Element]);

    /// `self · b + c`
    fn mul_add(self, b: Self, c: Self) -> Self;

    /// `self · b`
    fn mul(self, b: Self) -> Self;

    /// `start` + lane 0 + lane 1 + …, in this order.
    fn sum_from(self, start: Self::Element) -> Self::Element;

    /// Transposes a square, whose rows are the first [`LANES`](Self::LANES) vectors: lane j of vector i and lane i
    /// of vector j change places.
    fn transpose(square: &mut [Self; MOST_LANES]);
}

/// The most lanes that a vector has.
pub const MOST_LANES: usize = 16;

/// Instructions that every machine has.
#[derive(Clone, Copy)]
pub struct Portable;

/// Whether every processor of this architecture has a fused multiplication and addition. With it, the portable code has
/// the bits of AVX2 with FMA; `tests/processors.sh` checks this on these two architectures.
const FUSES: bool = cfg!(any(target_arch = "aarch64", target_arch = "s390x"));

/// `a · b + c`: with one rounding where the hardware fuses, else with two, since a fused software function is slow.
#[inline(always)]
pub(super) fn mul_add<F: NdFloat>(a: F, b: F, c: F) -> F {
    if FUSES { a.mul_add(b, c) } else { a * b + c }
}

// The loops run over constant indices, so that the compiler unrolls them.
#[allow(clippy::needless_range_loop)]
impl<F: NdFloat, const N: usize> Vector for [F; N] {
    type Element = F;
    type Proof = Portable;

    const LANES: usize = N;

    #[inline(always)]
    fn splat(_: Portable, value: F) -> Self {
        [value; N]
    }

    #[inline(always)]
    fn load(_: Portable, values: &[F]) -> Self {
        padded(values)
    }

    #[inline(always)]
    fn store(self, values: &mut [F]) {
        store(self, values);
    }

    #[inline(always)]
    fn mul_add(self, b: Self, mut c: Self) -> Self {
        for j in 0..N {
            c[j] = mul_add(self[j], b[j], c[j]);
        }
        c
    }

    #[inline(always)]
    fn mul(mut self, b: Self) -> Self {
        for j in 0..N {
            self[j] *= b[j];
        }
        self
    }

    #[inline(always)]
    fn sum_from(self, start: F) -> F {
        self.into_iter().fold(start, |sum, lane| sum + lane)
    }

    #[inline(always)]
    fn transpose(square: &mut [Self; MOST_LANES]) {
        for i in 0..N {
            for j in 0..i {
                let upper = square[j][i];
                square[j][i] = square[i][j];
                square[i][j] = upper;
            }
        }
    }
}

/// The first N values, padded with zeros.
#[inline(always)]
pub(super) fn padded<F: NdFloat, const N: usize>(values: &[F]) -> [F; N] {
    match values.first_chunk::<N>() {
        Some(values) => *values,
        None => {
            // Value by value: pieces would have to be joined in memory.
            let mut padded = [F::zero(); N];
            let width = values.len();
            for (j, to) in padded.iter_mut().enumerate() {
                if j < width {
                    *to = values[j];
                }
            }
            padded
        }
    }
}

/// Stores the first lanes, as many as `values` has places.
#[inline(always)]
pub(super) fn store<F: NdFloat, const N: usize>(lanes: [F; N], values: &mut [F]) {
    match values.first_chunk_mut::<N>() {
        Some(values) => *values = lanes,
        None => copy(&lanes, values, values.len()),
    }
}

/// Copies the first `width` values, fewer than 8, in pieces of constant size. A copy of a slice would be a call, and
/// a loop would be slow.
#[inline(always)]
fn copy<F: NdFloat>(from: &[F], to: &mut [F], width: usize) {
    #[inline(always)]
    fn piece<F: NdFloat, const N: usize>(from: &[F], to: &mut [F], at: usize) {
        let from = from.get(at..).and_then(|from| from.first_chunk::<N>());
        let to = to.get_mut(at..).and_then(|to| to.first_chunk_mut::<N>());
        if let (Some(from), Some(to)) = (from, to) {
            *to = *from;
        }
    }
    if width & 4 != 0 {
        piece::<F, 4>(from, to, 0);
    }
    if width & 2 != 0 {
        piece::<F, 2>(from, to, width & 4);
    }
    if width & 1 != 0 {
        piece::<F, 1>(from, to, width & 6);
    }
}
