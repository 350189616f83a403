//! Smooth activations: ELU, SELU, softplus, softsign, GELU and SiLU. ELU, softplus and softsign have their derivatives
//! from `a = f(z)`; GELU and SiLU, which are not monotone, from z.
//!
//! Values are within 4 units in the last place for z ≥ −1. Below, the error is at most 4 units in the last place or
//! ε, whichever is larger. Derivatives are within 2 ε. `tests/it/activations.rs` compares them with mpmath.

use super::activate::ScalarFunction;
use super::arch::Arch;
use super::exponential::{exponential, power_of_2, reduce, sigmoid};
use super::logarithm::logarithm_of_1_plus;
use super::normal::normal;
use super::scalar::Scalar;

/// `scale · z` if z is positive, else `floor · (eᶻ − 1)`.
#[derive(Clone, Copy)]
pub(crate) struct Elu<F> {
    pub(crate) scale: F,
    pub(crate) floor: F,
}

impl<F: Scalar> Elu<F> {
    /// ELU with this α.
    pub(crate) fn of(alpha: f64) -> Self {
        Self { scale: F::one(), floor: F::from_f64(alpha) }
    }

    /// SELU: the constants λ and λ·α of Klambauer et al., 2017.
    pub(crate) fn scaled() -> Self {
        Self { scale: F::from_f64(1.0507009873554805), floor: F::from_f64(1.7580993408473766) }
    }
}

impl<F: Scalar> ScalarFunction<F> for Elu<F> {
    #[inline(always)]
    fn value<A: Arch>(self, z: F) -> F {
        let below = self.floor * exponential_minus_1::<A, F>(z);
        // The sign is lost at −0.
        if z > F::zero() { self.scale * z } else { below.copysign(z) }
    }

    #[inline(always)]
    fn derivative<A: Arch>(self, a: F) -> F {
        if a > F::zero() { self.scale } else { a + self.floor }
    }
}

/// `ln(1 + eᶻ)`
#[derive(Clone, Copy)]
pub(crate) struct Softplus;

impl<F: Scalar> ScalarFunction<F> for Softplus {
    #[inline(always)]
    fn value<A: Arch>(self, z: F) -> F {
        // max(z, 0) + ln(1 + e^−|z|); a NaN is in the logarithm.
        let positive = if z > F::zero() { z } else { F::zero() };
        positive + logarithm_of_1_plus::<A, F>(exponential::<A, F>(-z.abs()))
    }

    /// `1 − e⁻ᵃ`
    #[inline(always)]
    fn derivative<A: Arch>(self, a: F) -> F {
        F::zero() - exponential_minus_1::<A, F>(-a)
    }
}

/// `z / (1 + |z|)`
#[derive(Clone, Copy)]
pub(crate) struct Softsign;

impl<F: Scalar> ScalarFunction<F> for Softsign {
    const IS_WIDE: bool = false;

    #[inline(always)]
    fn value<A: Arch>(self, z: F) -> F {
        let u = z.abs();
        // ∞ / ∞ would be NaN. A NaN stays NaN.
        let u = if u > F::max_value() { F::max_value() } else { u };
        (u / (F::one() + u)).copysign(z)
    }

    /// `(1 − |a|)²`
    #[inline(always)]
    fn derivative<A: Arch>(self, a: F) -> F {
        let share = F::one() - a.abs();
        share * share
    }
}

/// `z Φ(z)`
#[derive(Clone, Copy)]
pub(crate) struct Gelu;

impl<F: Scalar> ScalarFunction<F> for Gelu {
    #[inline(always)]
    fn value<A: Arch>(self, z: F) -> F {
        let (share, _) = normal::<A, F>(z);
        above(z, -F::FARTHEST) * share
    }

    /// `Φ(z) + z e^(−z²/2) / √(2π)`
    #[inline(always)]
    fn derivative<A: Arch>(self, z: F) -> F {
        let (share, power) = normal::<A, F>(z);
        A::mul_add(between(z, F::FARTHEST), power * F::PEAK, share)
    }
}

/// `z / (1 + e⁻ᶻ)`
#[derive(Clone, Copy)]
pub(crate) struct Silu;

impl<F: Scalar> ScalarFunction<F> for Silu {
    #[inline(always)]
    fn value<A: Arch>(self, z: F) -> F {
        above(z, F::LIMITS[0]) * sigmoid::<A, F>(z)
    }

    /// `σ + z σ (1 − σ)`; with `e = e^−|z|`, `σ(1 − σ) = e / (1 + e)²` loses no digits.
    #[inline(always)]
    fn derivative<A: Arch>(self, z: F) -> F {
        let power = exponential::<A, F>(-z.abs());
        let larger = F::one() / (F::one() + power);
        let smaller = power * larger;
        let share = if z > F::zero() { larger } else { smaller };
        A::mul_add(between(z, -F::LIMITS[0]), smaller * larger, share)
    }
}

/// `eˣ − 1` for x ≤ 0, and 0 for x > 0; NaN if x is NaN. It may be 0 or −0 for x = ±0.
#[inline(always)]
fn exponential_minus_1<A: Arch, F: Scalar>(x: F) -> F {
    // Below `NORMAL`, the result is −1 in any case.
    let (k, m) = reduce::<A, F>(x, [F::NORMAL[0], F::zero()]);
    let power = power_of_2(k);
    A::mul_add(power, m, power - F::one())
}

/// z, but at least `lowest`: −∞ · 0 would be NaN. A NaN stays NaN.
#[inline(always)]
fn above<F: Scalar>(z: F, lowest: F) -> F {
    if z < lowest { lowest } else { z }
}

/// z, but at most `largest` in magnitude. A NaN stays NaN.
#[inline(always)]
fn between<F: Scalar>(z: F, largest: F) -> F {
    let z = above(z, -largest);
    if z > largest { largest } else { z }
}
