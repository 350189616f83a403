//! Activations `a = f(z)`, with derivatives from their outputs `a`; the smooth ones are in `smooth.rs`.

use super::arch::{Arch, Kernel, dispatch};
use super::exponential::{HyperbolicTangent, Logistic, exponential, hyperbolic_tangent, sigmoid};
use super::scalar::Scalar;
use super::stages::replace_all;

/// A function of one value, and its derivative.
pub(crate) trait ScalarFunction<F: Copy>: Copy {
    /// Whether [`replace`](Self::replace) is compiled for AVX-512 too: where that was measured to pay.
    const IS_WIDE: bool = true;

    /// `f(z)`; NaN if z is NaN.
    fn value<A: Arch>(self, z: F) -> F;

    /// `z ← f(z)`
    #[inline(always)]
    fn replace<A: Arch>(self, _: A, z: &mut [F]) {
        for z in z {
            *z = self.value::<A>(*z);
        }
    }

    /// `f′(z)`, computed from `a = f(z)`; from z itself if f is not monotone.
    fn derivative<A: Arch>(self, a: F) -> F;
}

/// `1 / (1 + e⁻ᶻ)`
#[derive(Clone, Copy)]
pub(crate) struct Sigmoid;

impl<F: Scalar> ScalarFunction<F> for Sigmoid {
    #[inline(always)]
    fn value<A: Arch>(self, z: F) -> F {
        sigmoid::<A, F>(z)
    }

    #[inline(always)]
    fn replace<A: Arch>(self, arch: A, z: &mut [F]) {
        replace_all::<A, F, Logistic>(arch, z);
    }

    #[inline(always)]
    fn derivative<A: Arch>(self, a: F) -> F {
        a * (F::one() - a)
    }
}

/// The hyperbolic tangent.
#[derive(Clone, Copy)]
pub(crate) struct Tanh;

impl<F: Scalar> ScalarFunction<F> for Tanh {
    #[inline(always)]
    fn value<A: Arch>(self, z: F) -> F {
        hyperbolic_tangent::<A, F>(z)
    }

    #[inline(always)]
    fn replace<A: Arch>(self, arch: A, z: &mut [F]) {
        replace_all::<A, F, HyperbolicTangent>(arch, z);
    }

    #[inline(always)]
    fn derivative<A: Arch>(self, a: F) -> F {
        F::one() - a * a
    }
}

/// `eᶻ`
#[derive(Clone, Copy)]
pub(crate) struct Exp;

impl<F: Scalar> ScalarFunction<F> for Exp {
    #[inline(always)]
    fn value<A: Arch>(self, z: F) -> F {
        exponential::<A, F>(z)
    }

    #[inline(always)]
    fn derivative<A: Arch>(self, a: F) -> F {
        a
    }
}

/// `max(z, 0)`
#[derive(Clone, Copy)]
pub(crate) struct Relu;

impl<F: Scalar> ScalarFunction<F> for Relu {
    #[inline(always)]
    fn value<A: Arch>(self, z: F) -> F {
        // A NaN stays NaN. A simple choice between 0 and z would be compiled to conditional stores, which took
        // five times as long.
        let positive = if z > F::zero() { z } else { F::zero() };
        let nan = if z.is_nan() { z } else { F::zero() };
        positive + nan
    }

    #[inline(always)]
    fn derivative<A: Arch>(self, a: F) -> F {
        if a > F::zero() { F::one() } else { F::zero() }
    }
}

/// `z` if it is positive, else `slope · z`.
#[derive(Clone, Copy)]
pub(crate) struct LeakyRelu<F> {
    pub(crate) slope: F,
}

impl<F: Scalar> ScalarFunction<F> for LeakyRelu<F> {
    const IS_WIDE: bool = false;

    #[inline(always)]
    fn value<A: Arch>(self, z: F) -> F {
        z * self.derivative::<A>(z)
    }

    #[inline(always)]
    fn derivative<A: Arch>(self, a: F) -> F {
        if a > F::zero() { F::one() } else { self.slope }
    }
}

/// The least values for AVX-512.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
const LARGE: usize = 64;

/// `z ← f(z)`
pub(super) struct Activate<'a, F, G> {
    pub(super) z: &'a mut [F],
    pub(super) function: G,
}

impl<F: Scalar, G: ScalarFunction<F>> Kernel for Activate<'_, F, G> {
    type Output = ();

    const IS_WIDE: bool = G::IS_WIDE;

    #[inline(always)]
    fn is_large(&self) -> bool {
        self.z.len() >= LARGE
    }

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        self.function.replace(arch, self.z);
    }
}

/// `z ← f(z)`, of a single row within the calling kernel.
#[inline(always)]
pub(crate) fn replace<A: Arch, F: Scalar>(
    arch: A,
    is_row: bool,
    z: &mut [F],
    function: impl ScalarFunction<F>,
) {
    let kernel = Activate { z, function };
    if is_row { arch.run(kernel) } else { dispatch(kernel) }
}

/// `δ ← δ ⊙ f′`, with `f′` from the layer's output `a`, or from z if f is not monotone.
pub(crate) fn times_derivative<F: Scalar>(delta: &mut [F], a: &[F], function: impl ScalarFunction<F>) {
    dispatch(TimesDerivative { delta, a, function });
}

pub(super) struct TimesDerivative<'a, F, G> {
    pub(super) delta: &'a mut [F],
    pub(super) a: &'a [F],
    pub(super) function: G,
}

impl<F: Scalar, G: ScalarFunction<F>> Kernel for TimesDerivative<'_, F, G> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        // Always a product, even if f′ is 0 or 1: a choice would be compiled to conditional stores.
        for (delta, &a) in self.delta.iter_mut().zip(self.a) {
            *delta *= self.function.derivative::<A>(a);
        }
    }
}
