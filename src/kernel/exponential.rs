//! eˣ, the sigmoid and the hyperbolic tangent, without branches, so that the compiler turns a loop over a slice
//! into vector code.
//!
//! Let k be the integer nearest to x/ln 2, and r = x − k·ln 2, which lies in ±½·ln 2. Then `eˣ = 2ᵏ·eʳ` and
//! `eʳ = 1 + r + r²·q(r)`. The polynomial q is a Chebyshev fit to (eʳ − 1 − r)/r²; its relative error is below a
//! fifth of a unit in the last place. ln 2 is split into two parts. The first part has so few digits that its
//! product with k is exact (Cody and Waite, *Software Manual for the Elementary Functions*, 1980).

use ndarray::NdFloat;

use super::arch::Arch;

/// The constants that eˣ needs for an element type.
pub trait Exponential: NdFloat {
    const HALF: Self;
    const LOG2_E: Self;
    /// ln 2 in two parts.
    const LN_2: [Self; 2];
    /// 1.5 · 2ᵐ, where m is the number of digits after the point. Adding it to a number rounds this to an integer,
    /// which is then in the lowest bits.
    const SHIFTER: Self;
    /// eˣ is 0 below the first and ∞ above the second.
    const LIMITS: [Self; 2];
    /// Between these two, eˣ is a normal number.
    const NORMAL: [Self; 2];
    /// The coefficients of q, the highest power first.
    const Q: &'static [Self];

    /// `self · 2ⁿ`, where `shifted` is n + [`SHIFTER`](Self::SHIFTER). It adds n to the exponent, so the result
    /// must be a normal number.
    fn times_power_of_2(self, shifted: Self) -> Self;
}

impl Exponential for f32 {
    const HALF: Self = 0.5;
    const LOG2_E: Self = std::f32::consts::LOG2_E;
    const LN_2: [Self; 2] = [0.693_359_4, -2.121_944_4e-4];
    const SHIFTER: Self = 12_582_912.0;
    const LIMITS: [Self; 2] = [-104.0, 89.0];
    const NORMAL: [Self; 2] = [-80.0, 87.9];
    const Q: &'static [Self] = &[0.0013926213, 0.008363203, 0.041666556, 0.16666576, 0.5];

    #[inline(always)]
    fn times_power_of_2(self, shifted: Self) -> Self {
        Self::from_bits(self.to_bits().wrapping_add(shifted.to_bits() << (Self::MANTISSA_DIGITS - 1)))
    }
}

impl Exponential for f64 {
    const HALF: Self = 0.5;
    const LOG2_E: Self = std::f64::consts::LOG2_E;
    const LN_2: [Self; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    const SHIFTER: Self = 6_755_399_441_055_744.0;
    const LIMITS: [Self; 2] = [-746.0, 710.0];
    const NORMAL: [Self; 2] = [-700.0, 709.4];
    const Q: &'static [Self] = &[
        2.5100424157005067e-08,
        2.7620138719733994e-07,
        2.7557268378684192e-06,
        2.480152119021773e-05,
        0.00019841269863105968,
        0.0013888888917281794,
        0.008333333333330051,
        0.04166666666662399,
        0.16666666666666669,
        0.5000000000000001,
    ];

    #[inline(always)]
    fn times_power_of_2(self, shifted: Self) -> Self {
        Self::from_bits(self.to_bits().wrapping_add(shifted.to_bits() << (Self::MANTISSA_DIGITS - 1)))
    }
}

/// A function of x that is computed from `eʸ = 2ᵏ·eʳ` for an argument y of its own.
pub(super) trait ByExponential {
    /// y
    fn argument<F: Exponential>(x: F) -> F;

    /// The limits to which y is clamped.
    fn limits<F: Exponential>() -> [F; 2];

    /// The function from k and `m = eʳ − 1`.
    fn result<A: Arch, F: Exponential>(x: F, k: F, m: F) -> F;
}

/// eˣ: 0 if it is below the subnormal numbers, ∞ if it is above the largest number, NaN if x is NaN.
pub(super) struct NaturalExponential;

impl ByExponential for NaturalExponential {
    #[inline(always)]
    fn argument<F: Exponential>(x: F) -> F {
        x
    }

    #[inline(always)]
    fn limits<F: Exponential>() -> [F; 2] {
        F::LIMITS
    }

    #[inline(always)]
    fn result<A: Arch, F: Exponential>(_: F, k: F, m: F) -> F {
        // In two steps, since 2ᵏ itself can be beyond the range of normal numbers.
        let half = (k * F::HALF + F::SHIFTER) - F::SHIFTER;
        (m + F::one()) * power_of_2(half) * power_of_2(k - half)
    }
}

/// `1 / (1 + e⁻ˣ)`; NaN if x is NaN.
pub(super) struct Logistic;

impl ByExponential for Logistic {
    #[inline(always)]
    fn argument<F: Exponential>(x: F) -> F {
        -x
    }

    /// If −x is below `NORMAL`, the sum is 1 in any case. If it is above, the exponent overflows, and the last line
    /// of `result` returns 0. So k can be added to the exponent of eʳ in one step.
    #[inline(always)]
    fn limits<F: Exponential>() -> [F; 2] {
        [F::NORMAL[0], F::infinity()]
    }

    #[inline(always)]
    fn result<A: Arch, F: Exponential>(x: F, k: F, m: F) -> F {
        let p = m + F::one();
        let power = p.times_power_of_2(k + F::SHIFTER);
        // p · 0 is 0, or NaN if p is NaN. `power` need not be NaN then, since it is a sum of bits.
        let sigmoid = F::one() / (A::mul_add(p, F::zero(), F::one()) + power);
        if x < -F::NORMAL[1] { F::zero() } else { sigmoid }
    }
}

/// `(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)`; −0 if x is −0, NaN if x is NaN.
pub(super) struct HyperbolicTangent;

impl ByExponential for HyperbolicTangent {
    /// tanh |x| = −t / (t + 2) with t = e^(−2|x|) − 1. Near 0, t is as accurate as eʳ − 1.
    #[inline(always)]
    fn argument<F: Exponential>(x: F) -> F {
        let two = F::one() + F::one();
        -two * x.abs()
    }

    /// y is at most 0.
    #[inline(always)]
    fn limits<F: Exponential>() -> [F; 2] {
        [F::NORMAL[0], F::infinity()]
    }

    #[inline(always)]
    fn result<A: Arch, F: Exponential>(x: F, k: F, m: F) -> F {
        let two = F::one() + F::one();
        let power = power_of_2(k);
        let t = A::mul_add(power, m, power - F::one());
        (-t / (t + two)).copysign(x)
    }
}

/// The function of one value.
#[inline(always)]
pub(super) fn value<A: Arch, F: Exponential, G: ByExponential>(x: F) -> F {
    let (k, m) = reduce::<A, F>(G::argument(x), G::limits());
    G::result::<A, F>(x, k, m)
}

/// eˣ of one value.
#[inline(always)]
pub(super) fn exponential<A: Arch, F: Exponential>(x: F) -> F {
    value::<A, F, NaturalExponential>(x)
}

/// The sigmoid of one value.
#[inline(always)]
pub(super) fn sigmoid<A: Arch, F: Exponential>(x: F) -> F {
    value::<A, F, Logistic>(x)
}

/// The hyperbolic tangent of one value.
#[inline(always)]
pub(super) fn hyperbolic_tangent<A: Arch, F: Exponential>(x: F) -> F {
    value::<A, F, HyperbolicTangent>(x)
}

/// Clamps x to the limits, and returns k and eʳ − 1 with x = k·ln 2 + r.
#[inline(always)]
pub(super) fn reduce<A: Arch, F: Exponential>(x: F, limits: [F; 2]) -> (F, F) {
    let (k, r) = split::<A, F>(clamp(x, limits));
    (k, polynomial::<A, F>(r))
}

/// Clamps x to the limits; a NaN stays NaN, other than with `clamp` or `max`.
#[inline(always)]
pub(super) fn clamp<F: Exponential>(x: F, [lowest, highest]: [F; 2]) -> F {
    let x = if x < lowest { lowest } else { x };
    if x > highest { highest } else { x }
}

/// k and r with x = k·ln 2 + r.
#[inline(always)]
pub(super) fn split<A: Arch, F: Exponential>(x: F) -> (F, F) {
    let k = A::mul_add(x, F::LOG2_E, F::SHIFTER) - F::SHIFTER;
    let r = A::mul_add(k, -F::LN_2[0], x);
    (k, A::mul_add(k, -F::LN_2[1], r))
}

/// `eʳ − 1 = r + r²·q(r)` for r in ±½·ln 2.
#[inline(always)]
pub(super) fn polynomial<A: Arch, F: Exponential>(r: F) -> F {
    let mut q = F::Q[0];
    for &coefficient in &F::Q[1..] {
        q = A::mul_add(q, r, coefficient);
    }
    A::mul_add(r * r, q, r)
}

/// 2ⁿ for an integer n; it must be a normal number.
#[inline(always)]
pub(super) fn power_of_2<F: Exponential>(n: F) -> F {
    F::one().times_power_of_2(n + F::SHIFTER)
}

#[cfg(test)]
mod tests {
    use super::super::arch::{Kernel, Machine};
    use super::*;

    /// A function of one value over a slice.
    struct Map<'a, F>(&'a mut [F], Named);

    #[derive(Clone, Copy, Debug)]
    enum Named {
        Exp,
        Sigmoid,
        Tanh,
    }

    impl<F: Exponential> Kernel for Map<'_, F> {
        type Output = ();

        const IS_WIDE: bool = true;

        #[inline(always)]
        fn run<A: Arch>(self, _: A) {
            match self.1 {
                Named::Exp => self.0.iter_mut().for_each(|x| *x = value::<A, F, NaturalExponential>(*x)),
                Named::Sigmoid => self.0.iter_mut().for_each(|x| *x = sigmoid::<A, F>(*x)),
                Named::Tanh => self.0.iter_mut().for_each(|x| *x = hyperbolic_tangent::<A, F>(*x)),
            }
        }
    }

    /// The value in f64 by std, which is exact to a unit in the last place.
    fn expected(function: Named, x: f64) -> f64 {
        match function {
            Named::Exp => x.exp(),
            Named::Sigmoid if x < 0.0 => x.exp() / (1.0 + x.exp()),
            Named::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Named::Tanh => x.tanh(),
        }
    }

    macro_rules! check {
        ($float:ident, $bits:ident, $points:expr) => {
            for function in [Named::Exp, Named::Sigmoid, Named::Tanh] {
                let points: Vec<$float> = $points;
                for machine in Machine::all() {
                    let mut found = points.clone();
                    machine.run(Map(&mut found, function));
                    for (&x, found) in points.iter().zip(found) {
                        let expected = expected(function, f64::from(x)) as $float;
                        if expected.abs() < $float::MIN_POSITIVE {
                            assert!(
                                found.abs() < 2.0 * $float::MIN_POSITIVE,
                                "{function:?} of {x:e}: {found:e}"
                            );
                            continue;
                        }
                        let ulps = (found.to_bits() as i64).abs_diff(expected.to_bits() as i64);
                        assert!(ulps <= 4, "{function:?} of {x:e}: {found:e}, not {expected:e}, {ulps} ulp");
                    }
                }
                for machine in Machine::all() {
                    let mut special = [$float::NEG_INFINITY, $float::INFINITY, 0.0, -0.0];
                    // Quiet NaNs of all kinds of payloads and both signs.
                    let payloads = [0, 1, 0x80, 0x1234, (1 << ($float::MANTISSA_DIGITS - 2)) - 1];
                    let mut nans =
                        payloads.map(|payload| $float::from_bits($float::NAN.to_bits() | payload)).to_vec();
                    nans.extend(nans.clone().iter().map(|nan| -nan));
                    for values in [&mut special[..], &mut nans[..]] {
                        machine.run(Map(values, function));
                    }
                    let expected = match function {
                        Named::Exp => [0.0, $float::INFINITY, 1.0, 1.0],
                        Named::Sigmoid => [0.0, 1.0, 0.5, 0.5],
                        Named::Tanh => [-1.0, 1.0, 0.0, -0.0],
                    };
                    assert_eq!(special.map($float::to_bits), expected.map($float::to_bits), "{function:?}");
                    assert!(nans.iter().all(|nan| nan.is_nan()), "{function:?}: {nans:?}");
                }
            }
        };
    }

    #[test]
    fn every_function_is_within_4_ulp_in_f32() {
        // Every 1,013th f32, of both signs: all exponents, subnormal numbers, the largest ones.
        check!(
            f32,
            u32,
            (0..=u32::MAX).step_by(1013).map(f32::from_bits).filter(|x| x.is_finite()).collect()
        );
    }

    #[test]
    fn every_function_is_within_4_ulp_in_f64() {
        let dense = (-760_000..760_000).map(|i| f64::from(i) * 0.001_000_7);
        let every_exponent = (0..4096_u64).map(|high| f64::from_bits(high << 52 | 0x000a_bcde_f012_3456));
        check!(f64, u64, dense.clone().chain(every_exponent.clone()).filter(|x| x.is_finite()).collect());
    }
}
