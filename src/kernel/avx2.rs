//! Vectors of AVX2, with the multiplication and addition of FMA.

// This is one of the places with `unsafe`, with `avx512.rs` and the entries in `arch.rs`: it calls instructions of AVX
// and FMA. The only condition is that the machine has them. A value of `Avx2` exists only on such a machine, and so
// does a vector, since only functions that take an `Avx2` create one.
#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m256, __m256d, _mm256_fmadd_pd, _mm256_fmadd_ps, _mm256_mul_pd, _mm256_mul_ps, _mm256_permute2f128_pd,
    _mm256_permute2f128_ps, _mm256_shuffle_ps, _mm256_unpackhi_pd, _mm256_unpackhi_ps, _mm256_unpacklo_pd,
    _mm256_unpacklo_ps,
};

use zerocopy::transmute;

use super::vector::{MOST_LANES, Vector, padded, store};

/// The proof that this machine has AVX2 and FMA.
#[derive(Clone, Copy)]
pub struct Avx2(());

impl Avx2 {
    /// Returns `None` on a machine without these instructions.
    #[inline(always)]
    pub(crate) fn detect() -> Option<Self> {
        let is_here =
            std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma");
        is_here.then_some(Self(()))
    }
}

/// Defines a vector type by its register, element, lanes, instructions for `mul_add` and `mul`, and transpose.
macro_rules! vector {
    (
        $(#[$doc:meta])*
        $name:ident, $register:ty, [$element:ty; $lanes:literal], $mul_add:ident, $mul:ident, $transpose:ident
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name($register);

        impl Vector for $name {
            type Element = $element;
            type Proof = Avx2;

            const LANES: usize = $lanes;

            #[inline(always)]
            fn splat(_: Avx2, value: $element) -> Self {
                Self(transmute!([value; $lanes]))
            }

            #[inline(always)]
            fn load(_: Avx2, values: &[$element]) -> Self {
                let values: [$element; $lanes] = padded(values);
                Self(transmute!(values))
            }

            #[inline(always)]
            fn store(self, values: &mut [$element]) {
                let lanes: [$element; $lanes] = transmute!(self.0);
                store(lanes, values);
            }

            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                // SAFETY: the machine has FMA, since a vector exists.
                Self(unsafe { $mul_add(self.0, b.0, c.0) })
            }

            #[inline(always)]
            fn mul(self, b: Self) -> Self {
                // SAFETY: the machine has AVX, since a vector exists.
                Self(unsafe { $mul(self.0, b.0) })
            }

            #[inline(always)]
            fn sum_from(self, start: $element) -> $element {
                let lanes: [$element; $lanes] = transmute!(self.0);
                lanes.into_iter().fold(start, |sum, lane| sum + lane)
            }

            #[inline(always)]
            fn transpose(square: &mut [Self; MOST_LANES]) {
                $transpose(square);
            }
        }
    };
}

vector!(
    /// Eight values in a register.
    F32x8, __m256, [f32; 8], _mm256_fmadd_ps, _mm256_mul_ps, transpose_ps
);
vector!(
    /// Four values in a register.
    F64x4, __m256d, [f64; 4], _mm256_fmadd_pd, _mm256_mul_pd, transpose_pd
);

/// Transposes 8 rows of 8 values: first within squares of 4 × 4, then these squares.
#[inline(always)]
fn transpose_ps(square: &mut [F32x8; MOST_LANES]) {
    // SAFETY: the machine has AVX, since a vector exists.
    unsafe {
        let mut quarters = *square;
        for four in [0, 4] {
            let [a, b, c, d] = [0, 1, 2, 3].map(|i| square[four + i].0);
            let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
            quarters[four] = F32x8(_mm256_shuffle_ps::<0x44>(ab, cd));
            quarters[four + 1] = F32x8(_mm256_shuffle_ps::<0xEE>(ab, cd));
            let (ab, cd) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
            quarters[four + 2] = F32x8(_mm256_shuffle_ps::<0x44>(ab, cd));
            quarters[four + 3] = F32x8(_mm256_shuffle_ps::<0xEE>(ab, cd));
        }
        for j in 0..4 {
            let (upper, lower) = (quarters[j].0, quarters[j + 4].0);
            square[j] = F32x8(_mm256_permute2f128_ps::<0x20>(upper, lower));
            square[j + 4] = F32x8(_mm256_permute2f128_ps::<0x31>(upper, lower));
        }
    }
}

/// Transposes 4 rows of 4 values: first within squares of 2 × 2, then these squares.
#[inline(always)]
fn transpose_pd(square: &mut [F64x4; MOST_LANES]) {
    let [a, b, c, d] = [0, 1, 2, 3].map(|i| square[i].0);
    // SAFETY: the machine has AVX, since a vector exists.
    unsafe {
        let (upper, lower) = (_mm256_unpacklo_pd(a, b), _mm256_unpacklo_pd(c, d));
        square[0] = F64x4(_mm256_permute2f128_pd::<0x20>(upper, lower));
        square[2] = F64x4(_mm256_permute2f128_pd::<0x31>(upper, lower));
        let (upper, lower) = (_mm256_unpackhi_pd(a, b), _mm256_unpackhi_pd(c, d));
        square[1] = F64x4(_mm256_permute2f128_pd::<0x20>(upper, lower));
        square[3] = F64x4(_mm256_permute2f128_pd::<0x31>(upper, lower));
    }
}
