//! The vectors of each element type.

use ndarray::NdFloat;
use zerocopy::{FromBytes, IntoBytes};

#[cfg(target_arch = "x86_64")]
use super::avx2::{Avx2, F32x8, F64x4};
#[cfg(target_arch = "x86_64")]
use super::avx512::{Avx512, F32x16, F64x8};
use super::vector::{Portable, Vector};

/// An element type that has vectors.
pub trait Lanes: NdFloat {
    /// A register of AVX2.
    #[cfg(target_arch = "x86_64")]
    type Avx2: Vector<Element = Self, Proof = Avx2>;

    /// A register of AVX-512.
    #[cfg(target_arch = "x86_64")]
    type Avx512: Vector<Element = Self, Proof = Avx512>;

    /// An array with the same number of elements.
    type Portable: Vector<Element = Self, Proof = Portable>;

    /// Views the memory of a buffer as numbers of this type.
    fn slice_of(buffer: &mut [[u64; 8]]) -> &mut [Self];
}

impl Lanes for f32 {
    #[cfg(target_arch = "x86_64")]
    type Avx2 = F32x8;
    #[cfg(target_arch = "x86_64")]
    type Avx512 = F32x16;
    type Portable = [f32; 8];

    #[inline(always)]
    fn slice_of(buffer: &mut [[u64; 8]]) -> &mut [Self] {
        // The alignment and the length are right for every type, so there is no error.
        <[Self]>::mut_from_bytes(buffer.as_mut_bytes()).unwrap_or_default()
    }
}

impl Lanes for f64 {
    #[cfg(target_arch = "x86_64")]
    type Avx2 = F64x4;
    #[cfg(target_arch = "x86_64")]
    type Avx512 = F64x8;
    type Portable = [f64; 4];

    #[inline(always)]
    fn slice_of(buffer: &mut [[u64; 8]]) -> &mut [Self] {
        // As above.
        <[Self]>::mut_from_bytes(buffer.as_mut_bytes()).unwrap_or_default()
    }
}
