//! Vectors of AVX2, with the multiplication and addition of FMA.

// This is one of the two places with `unsafe`: it calls instructions of AVX and FMA. The only condition is that
// the machine has them. A value of `Avx2` exists only on such a machine, and so does a vector, since only
// functions that take an `Avx2` create one.
#![allow(unsafe_code)]

use std::arch::x86_64::{__m256, __m256d, _mm256_fmadd_pd, _mm256_fmadd_ps, _mm256_mul_pd, _mm256_mul_ps};

use zerocopy::transmute;

use super::vector::{Vector, padded, store};

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

/// Defines a vector type by its register, element, lanes, and instructions for `mul_add` and `mul`.
macro_rules! vector {
    ($(#[$doc:meta])* $name:ident, $register:ty, [$element:ty; $lanes:literal], $mul_add:ident, $mul:ident) => {
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
        }
    };
}

vector!(
    /// Eight values in a register.
    F32x8, __m256, [f32; 8], _mm256_fmadd_ps, _mm256_mul_ps
);
vector!(
    /// Four values in a register.
    F64x4, __m256d, [f64; 4], _mm256_fmadd_pd, _mm256_mul_pd
);
