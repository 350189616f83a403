//! Code for the machine at hand: every kernel is compiled twice, for AVX2 with FMA and for everything else, and
//! chosen when it runs.

use ndarray::NdFloat;

use super::product::{Product, portable_f32, portable_f64};
#[cfg(target_arch = "x86_64")]
use super::product::{avx2_f32, avx2_f64};

/// A computation that [`dispatch`] runs with the best instructions that the machine has.
///
/// Everything that `run` calls must be `#[inline(always)]`, or it is not compiled for those instructions.
pub(crate) trait Kernel {
    type Output;

    fn run<A: Arch>(self, arch: A) -> Self::Output;
}

/// The instructions that a kernel is compiled for.
pub trait Arch: Copy {
    /// `a · b + c`: one rounding with FMA hardware, two without, where one would be a slow function.
    fn mul_add<F: NdFloat>(a: F, b: F, c: F) -> F;

    /// The matrix product, which is written in vectors and not left to the compiler.
    fn product_f32(self, product: Product<'_, f32>);

    /// The matrix product in f64.
    fn product_f64(self, product: Product<'_, f64>);
}

/// Instructions that every machine has.
#[derive(Clone, Copy)]
pub(crate) struct Portable;

impl Arch for Portable {
    #[inline(always)]
    fn mul_add<F: NdFloat>(a: F, b: F, c: F) -> F {
        a * b + c
    }

    fn product_f32(self, product: Product<'_, f32>) {
        portable_f32::product(product);
    }

    fn product_f64(self, product: Product<'_, f64>) {
        portable_f64::product(product);
    }
}

/// AVX2 and FMA. Made by `enter` alone, where these functions can be called.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(crate) struct Avx2 {
    product_f32: fn(Product<'_, f32>),
    product_f64: fn(Product<'_, f64>),
}

#[cfg(target_arch = "x86_64")]
impl Arch for Avx2 {
    #[inline(always)]
    fn mul_add<F: NdFloat>(a: F, b: F, c: F) -> F {
        a.mul_add(b, c)
    }

    #[inline(always)]
    fn product_f32(self, product: Product<'_, f32>) {
        (self.product_f32)(product);
    }

    #[inline(always)]
    fn product_f64(self, product: Product<'_, f64>) {
        (self.product_f64)(product);
    }
}

/// Runs a kernel with the best instructions that the machine has.
#[inline]
pub(crate) fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        // SAFETY: both features were found on this machine just now.
        #[allow(unsafe_code)]
        return unsafe { enter(kernel) };
    }
    kernel.run(Portable)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn enter<K: Kernel>(kernel: K) -> K::Output {
    kernel.run(Avx2 { product_f32: avx2_f32::product, product_f64: avx2_f64::product })
}
