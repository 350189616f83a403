//! Code for the machine at hand: every kernel is compiled twice, for AVX2 with FMA and for everything else, and
//! selected at run time.
//!
//! Both have the same lanes and the same order of every sum, and differ in the rounding of `a · b + c` alone. On
//! aarch64 and s390x, where every processor has a fused instruction, the portable code uses it; so x86-64 with AVX2 and
//! FMA, aarch64 and s390x compute the same bits. Functions whose last bit the standard library leaves to the system,
//! such as the power and the logarithm, come from `libm`. On all other processors the portable code rounds twice,
//! since a fused function without such an instruction is slow.

use ndarray::NdFloat;

#[cfg(target_arch = "x86_64")]
use super::avx2::Avx2;
use super::lanes::Lanes;
use super::vector::{self, Portable, Vector};

/// A computation that [`dispatch`] runs with the best instructions of the machine.
///
/// Everything that `run` calls must be `#[inline(always)]`: the compiler uses the instructions of an [`Arch`] only
/// in code that is inlined into its `run`. Call a part that is a separate kernel by [`Arch::run`].
pub(crate) trait Kernel {
    type Output;

    fn run<A: Arch>(self, arch: A) -> Self::Output;
}

/// The instructions that a kernel is compiled for. A value is the proof that this machine has them.
pub(crate) trait Arch: Copy {
    /// Vectors of an element type.
    type Vector<F: Lanes>: Vector<Element = F, Proof = Self>;

    /// `a · b + c`: with one rounding if the hardware has a fused instruction, else with two, since a fused
    /// software function is slow.
    fn mul_add<F: NdFloat>(a: F, b: F, c: F) -> F;

    /// Runs a kernel that is compiled for these instructions. The compiler may inline it if the caller is compiled
    /// for them too.
    fn run<K: Kernel>(self, kernel: K) -> K::Output;

    /// Like [`run`](Self::run), but never inlined: for a kernel whose code or stack would slow down its caller.
    #[inline(never)]
    fn call<K: Kernel>(self, kernel: K) -> K::Output {
        self.run(kernel)
    }
}

impl Arch for Portable {
    type Vector<F: Lanes> = F::Portable;

    #[inline(always)]
    fn mul_add<F: NdFloat>(a: F, b: F, c: F) -> F {
        vector::mul_add(a, b, c)
    }

    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }
}

#[cfg(target_arch = "x86_64")]
impl Arch for Avx2 {
    type Vector<F: Lanes> = F::Avx2;

    #[inline(always)]
    fn mul_add<F: NdFloat>(a: F, b: F, c: F) -> F {
        a.mul_add(b, c)
    }

    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[target_feature(enable = "avx2,fma")]
        fn enter<K: Kernel>(avx2: Avx2, kernel: K) -> K::Output {
            kernel.run(avx2)
        }

        // SAFETY: the machine has both features, since a value of `Avx2` exists.
        #[allow(unsafe_code)]
        unsafe {
            enter(self, kernel)
        }
    }
}

/// Runs a kernel with the best instructions of the machine.
#[inline(always)]
pub(crate) fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = Avx2::detect() {
        return avx2.run(kernel);
    }
    Portable.run(kernel)
}
