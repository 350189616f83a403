//! Vectors of AVX-512, twice as long as those of AVX2.

// As in `avx2.rs`, there is `unsafe` because this calls instructions of AVX-512. The only
// condition is that the machine has them. A value of `Avx512` exists only on such a machine, and so does a vector,
// since only functions that take an `Avx512` create one. Masked instructions also get a pointer: they touch only the
// places whose bit is set, and these are inside the slice.
#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m512, __m512d, __mmask8, __mmask16, _mm512_fmadd_pd, _mm512_fmadd_ps, _mm512_mask_storeu_pd,
    _mm512_mask_storeu_ps, _mm512_maskz_loadu_pd, _mm512_maskz_loadu_ps, _mm512_mul_pd, _mm512_mul_ps,
    _mm512_shuffle_f32x4, _mm512_shuffle_f64x2, _mm512_shuffle_ps, _mm512_unpackhi_pd, _mm512_unpackhi_ps,
    _mm512_unpacklo_pd, _mm512_unpacklo_ps,
};

use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::Relaxed;

use zerocopy::transmute;

use super::avx2::Avx2;
use super::vector::{MOST_LANES, Vector};

/// The proof that this machine has AVX-512 (its foundation), and AVX2 and FMA too.
#[derive(Clone, Copy)]
pub struct Avx512(Avx2);

impl Avx512 {
    /// Returns `None` on a machine without these instructions.
    #[inline(always)]
    pub(crate) fn detect(avx2: Avx2) -> Option<Self> {
        /// Not known, no, yes: one look instead of four, since small networks run many kernels.
        static IS_HERE: AtomicU8 = AtomicU8::new(0);

        #[cold]
        fn look() -> bool {
            let is_here = std::arch::is_x86_feature_detected!("avx512f")
                && std::arch::is_x86_feature_detected!("avx512vl")
                && std::arch::is_x86_feature_detected!("avx512dq")
                && std::arch::is_x86_feature_detected!("avx512bw");
            IS_HERE.store(if is_here { 2 } else { 1 }, Relaxed);
            is_here
        }

        let is_here = match IS_HERE.load(Relaxed) {
            0 => look(),
            known => known == 2,
        };
        is_here.then_some(Self(avx2))
    }

    /// The shorter vectors, which this machine has as well.
    #[inline(always)]
    pub(super) fn avx2(self) -> Avx2 {
        self.0
    }
}

/// Defines a vector type by its register, element, lanes, mask, instructions, and transpose.
macro_rules! vector {
    (
        $(#[$doc:meta])*
        $name:ident, $register:ty, [$element:ty; $lanes:literal], $mask:ty, $mul_add:ident, $mul:ident, $load:ident,
        $store:ident, $transpose:ident
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name($register);

        impl Vector for $name {
            type Element = $element;
            type Proof = Avx512;

            const LANES: usize = $lanes;

            #[inline(always)]
            fn splat(_: Avx512, value: $element) -> Self {
                Self(transmute!([value; $lanes]))
            }

            #[inline(always)]
            fn load(_: Avx512, values: &[$element]) -> Self {
                match values.first_chunk::<$lanes>() {
                    Some(values) => Self(transmute!(*values)),
                    None => {
                        let mask = (1 << values.len()) - 1;
                        // SAFETY: the machine has AVX-512, since an `Avx512` exists. The mask has a bit for each value.
                        Self(unsafe { $load(mask, values.as_ptr()) })
                    }
                }
            }

            #[inline(always)]
            fn store(self, values: &mut [$element]) {
                match values.first_chunk_mut::<$lanes>() {
                    Some(values) => *values = transmute!(self.0),
                    None => {
                        let mask: $mask = (1 << values.len()) - 1;
                        // SAFETY: as above.
                        unsafe { $store(values.as_mut_ptr(), mask, self.0) }
                    }
                }
            }

            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                // SAFETY: the machine has AVX-512, since a vector exists.
                Self(unsafe { $mul_add(self.0, b.0, c.0) })
            }

            #[inline(always)]
            fn mul(self, b: Self) -> Self {
                // SAFETY: as above.
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
    /// Sixteen values in a register.
    F32x16, __m512, [f32; 16], __mmask16, _mm512_fmadd_ps, _mm512_mul_ps, _mm512_maskz_loadu_ps,
    _mm512_mask_storeu_ps, transpose_ps
);
vector!(
    /// Eight values in a register.
    F64x8, __m512d, [f64; 8], __mmask8, _mm512_fmadd_pd, _mm512_mul_pd, _mm512_maskz_loadu_pd,
    _mm512_mask_storeu_pd, transpose_pd
);

/// Transposes 16 rows of 16 values: first within squares of 4 × 4, then these squares.
#[inline(always)]
fn transpose_ps(square: &mut [F32x16; MOST_LANES]) {
    // SAFETY: the machine has AVX-512, since a vector exists.
    unsafe {
        let mut fours = *square;
        for four in [0, 4, 8, 12] {
            let [a, b, c, d] = [0, 1, 2, 3].map(|i| square[four + i].0);
            let (ab, cd) = (_mm512_unpacklo_ps(a, b), _mm512_unpacklo_ps(c, d));
            fours[four] = F32x16(_mm512_shuffle_ps::<0x44>(ab, cd));
            fours[four + 1] = F32x16(_mm512_shuffle_ps::<0xEE>(ab, cd));
            let (ab, cd) = (_mm512_unpackhi_ps(a, b), _mm512_unpackhi_ps(c, d));
            fours[four + 2] = F32x16(_mm512_shuffle_ps::<0x44>(ab, cd));
            fours[four + 3] = F32x16(_mm512_shuffle_ps::<0xEE>(ab, cd));
        }
        for j in 0..4 {
            let [a, b, c, d] = [0, 4, 8, 12].map(|four| fours[four + j].0);
            // The even quarters of the registers, then the odd ones.
            let (ab, cd) = (_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0x88>(c, d));
            square[j] = F32x16(_mm512_shuffle_f32x4::<0x88>(ab, cd));
            square[j + 8] = F32x16(_mm512_shuffle_f32x4::<0xDD>(ab, cd));
            let (ab, cd) = (_mm512_shuffle_f32x4::<0xDD>(a, b), _mm512_shuffle_f32x4::<0xDD>(c, d));
            square[j + 4] = F32x16(_mm512_shuffle_f32x4::<0x88>(ab, cd));
            square[j + 12] = F32x16(_mm512_shuffle_f32x4::<0xDD>(ab, cd));
        }
    }
}

/// Transposes 8 rows of 8 values: first within squares of 2 × 2, then these squares.
#[inline(always)]
fn transpose_pd(square: &mut [F64x8; MOST_LANES]) {
    // SAFETY: the machine has AVX-512, since a vector exists.
    unsafe {
        let mut twos = *square;
        for two in [0, 2, 4, 6] {
            let (a, b) = (square[two].0, square[two + 1].0);
            twos[two] = F64x8(_mm512_unpacklo_pd(a, b));
            twos[two + 1] = F64x8(_mm512_unpackhi_pd(a, b));
        }
        for j in 0..2 {
            let [a, b, c, d] = [0, 2, 4, 6].map(|two| twos[two + j].0);
            // As above.
            let (ab, cd) = (_mm512_shuffle_f64x2::<0x88>(a, b), _mm512_shuffle_f64x2::<0x88>(c, d));
            square[j] = F64x8(_mm512_shuffle_f64x2::<0x88>(ab, cd));
            square[j + 4] = F64x8(_mm512_shuffle_f64x2::<0xDD>(ab, cd));
            let (ab, cd) = (_mm512_shuffle_f64x2::<0xDD>(a, b), _mm512_shuffle_f64x2::<0xDD>(c, d));
            square[j + 2] = F64x8(_mm512_shuffle_f64x2::<0x88>(ab, cd));
            square[j + 6] = F64x8(_mm512_shuffle_f64x2::<0xDD>(ab, cd));
        }
    }
}
