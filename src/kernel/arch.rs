//! Code for the machine at hand: every kernel is compiled for AVX2 with FMA and for everything else, some also for
//! AVX-512, and selected at run time.
//!
//! All have the same lanes and the same order of every sum, and differ in the rounding of `a · b + c` alone. On
//! aarch64 and s390x, where every processor has a fused instruction, the portable code uses it; so x86-64 with AVX2 and
//! FMA, aarch64 and s390x compute the same bits. Functions whose last bit the standard library leaves to the system,
//! such as the power and the logarithm, come from `libm`. On all other processors the portable code rounds twice,
//! since a fused function without such an instruction is slow.

use ndarray::NdFloat;

#[cfg(target_arch = "x86_64")]
use super::avx2::Avx2;
#[cfg(target_arch = "x86_64")]
use super::avx512::Avx512;
use super::lanes::Lanes;
use super::vector::{self, Portable, Vector};

/// A computation that [`dispatch`] runs with the best instructions of the machine.
///
/// Everything that `run` calls must be `#[inline(always)]`: the compiler uses the instructions of an [`Arch`] only
/// in code that is inlined into its `run`. Call a part that is a separate kernel by [`Arch::run`].
pub(crate) trait Kernel: Sized {
    type Output;

    /// Whether the kernel is compiled for AVX-512 too, since that was measured to pay. A kernel that adds the lanes of
    /// a vector must not be: longer vectors have other sums, and a result has the same bits with AVX2 and AVX-512.
    const IS_WIDE: bool = false;

    /// Whether the task is large enough for the vectors of AVX-512, if the kernel [is wide](Self::IS_WIDE).
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    #[inline(always)]
    fn is_large(&self) -> bool {
        true
    }

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

#[cfg(target_arch = "x86_64")]
impl Arch for Avx512 {
    type Vector<F: Lanes> = F::Avx512;

    #[inline(always)]
    fn mul_add<F: NdFloat>(a: F, b: F, c: F) -> F {
        a.mul_add(b, c)
    }

    /// Runs a kernel that is not wide, or not large, with AVX2.
    #[inline(always)]
    fn run<K: Kernel>(self, kernel: K) -> K::Output {
        #[target_feature(enable = "avx2,fma,avx512f,avx512vl,avx512dq,avx512bw")]
        fn enter<K: Kernel>(avx512: Avx512, kernel: K) -> K::Output {
            kernel.run(avx512)
        }

        if !K::IS_WIDE || !kernel.is_large() {
            return self.avx2().run(kernel);
        }
        // SAFETY: the machine has these features, since a value of `Avx512` exists.
        #[allow(unsafe_code)]
        unsafe {
            enter(self, kernel)
        }
    }
}

/// Whether this machine has the vectors of AVX-512 that the kernels use.
#[cfg(feature = "rayon")]
#[inline]
pub(super) fn has_avx512() -> bool {
    #[cfg(target_arch = "x86_64")]
    let has_avx512 = Avx2::detect().is_some_and(|avx2| Avx512::detect(avx2).is_some());
    #[cfg(not(target_arch = "x86_64"))]
    let has_avx512 = false;
    has_avx512
}

/// Runs a kernel with the best instructions of the machine.
#[inline(always)]
pub(crate) fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    #[cfg(test)]
    if Machine::current() == Machine::Portable {
        return Portable.run(kernel);
    }
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = Avx2::detect() {
        let is_wide = K::IS_WIDE && kernel.is_large();
        #[cfg(test)]
        let is_wide = is_wide && Machine::current() == Machine::Avx512;
        return match if is_wide { Avx512::detect(avx2) } else { None } {
            Some(avx512) => avx512.run(kernel),
            None => avx2.run(kernel),
        };
    }
    Portable.run(kernel)
}

/// A kind of machine: tests run kernels as on each kind that this machine can be.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Machine {
    Portable,
    Avx2,
    Avx512,
}

#[cfg(test)]
impl Machine {
    /// Every kind that this machine can be.
    pub(crate) fn all() -> impl Iterator<Item = Self> + Clone {
        #[cfg(target_arch = "x86_64")]
        let (has_avx2, has_avx512) =
            (Avx2::detect().is_some(), Avx2::detect().and_then(Avx512::detect).is_some());
        #[cfg(not(target_arch = "x86_64"))]
        let (has_avx2, has_avx512) = (false, false);
        let kinds = [(Self::Portable, true), (Self::Avx2, has_avx2), (Self::Avx512, has_avx512)];
        kinds.into_iter().filter(|(_, is_here)| *is_here).map(|(kind, _)| kind)
    }

    /// Calls a function whose kernels run as on this kind of machine, as far as they run on this thread.
    pub(crate) fn with<R>(self, function: impl FnOnce() -> R) -> R {
        let before = CURRENT.replace(self);
        let result = function();
        CURRENT.set(before);
        result
    }

    /// Runs a kernel as on this kind of machine.
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        self.with(|| dispatch(kernel))
    }

    fn current() -> Self {
        CURRENT.get()
    }
}

#[cfg(test)]
thread_local! {
    static CURRENT: std::cell::Cell<Machine> = const { std::cell::Cell::new(Machine::Avx512) };
}
