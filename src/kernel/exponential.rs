//! eˣ and what is made of it, without a branch, so that the compiler turns a loop over a slice into vector code.
//!
//! With k the integer nearest to x/ln 2 and r = x − k·ln 2, which lies in ±½·ln 2, `eˣ = 2ᵏ·eʳ`; and
//! `eʳ = 1 + r + r²·q(r)` with a polynomial q, Chebyshev's fit to (eʳ − 1 − r)/r², its relative error below a
//! fifth of a unit in the last place. ln 2 is taken in two parts, the first of which has so few digits that its
//! product with k is exact (Cody and Waite, *Software Manual for the Elementary Functions*, 1980).

use super::arch::Arch;

/// The functions that an element type has in vector code.
pub trait Exponential: Sized {
    /// eˣ: 0 where it is below the subnormal numbers, ∞ above the largest one, NaN of NaN.
    fn exponential<A: Arch>(self) -> Self;

    /// `1 / (1 + e⁻ˣ)`; NaN of NaN.
    fn sigmoid<A: Arch>(self) -> Self;

    /// `(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)`, −0 of −0; NaN of NaN.
    fn hyperbolic_tangent<A: Arch>(self) -> Self;
}

macro_rules! exponential {
    (
        $float:ident,
        mantissa_bits: $mantissa_bits:literal, exponent_bias: $bias:literal,
        // 1.5 · 2^mantissa_bits: adding it rounds to an integer, which then stands in the lowest bits.
        shifter: $shifter:literal,
        ln_2: ($ln_2_high:literal, $ln_2_low:literal),
        // eˣ is 0 below `lowest` and ∞ above `highest`; within `normal` it is a normal number.
        limits: ($lowest:literal, $highest:literal), normal: ($normal:literal, $highest_normal:literal),
        // q, the highest power first.
        q: [$first:literal $(, $rest:literal)*],
    ) => {
        impl Exponential for $float {
            #[inline(always)]
            fn exponential<A: Arch>(self) -> Self {
                let (k, m) = reduce::<A>(self, $lowest, $highest);
                // In two steps: 2ᵏ itself can be beyond the range of normal numbers.
                let half = (k * 0.5 + $shifter) - $shifter;
                (m + 1.0) * power_of_2(half) * power_of_2(k - half)
            }

            #[inline(always)]
            fn sigmoid<A: Arch>(self) -> Self {
                // Below `normal` the sum is 1 in any case; and from `highest` on, where the exponent overflows, the
                // result is 0. So k can be added to the exponent of eʳ as it is.
                let (k, m) = reduce::<A>(-self, $normal, $float::INFINITY);
                let p = m + 1.0;
                let power =
                    $float::from_bits(p.to_bits().wrapping_add((k + $shifter).to_bits() << $mantissa_bits));
                // p · 0 is 0, and NaN of NaN, which the sum of the bits need not be.
                let sigmoid = 1.0 / (A::mul_add(p, 0.0, 1.0) + power);
                if self < -$highest_normal { 0.0 } else { sigmoid }
            }

            #[inline(always)]
            fn hyperbolic_tangent<A: Arch>(self) -> Self {
                // With t = e^(−2|x|) − 1, which near 0 is as exact as e^r − 1 is, tanh |x| = −t / (t + 2).
                let (k, m) = reduce::<A>(-2.0 * self.abs(), $normal, $highest);
                let power = power_of_2(k);
                let t = A::mul_add(power, m, power - 1.0);
                (-t / (t + 2.0)).copysign(self)
            }
        }

        /// k and eʳ − 1 with x = k·ln 2 + r, of x within limits.
        #[inline(always)]
        fn reduce<A: Arch>(x: $float, lowest: $float, highest: $float) -> ($float, $float) {
            // Not `clamp` or `max`: a NaN must pass.
            let x = if x < lowest { lowest } else { x };
            let x = if x > highest { highest } else { x };
            let k = A::mul_add(x, std::$float::consts::LOG2_E, $shifter) - $shifter;
            let r = A::mul_add(k, -$ln_2_high, x);
            let r = A::mul_add(k, -$ln_2_low, r);
            let q: $float = $first;
            $(let q = A::mul_add(q, r, $rest);)*
            (k, A::mul_add(r * r, q, r))
        }

        /// 2ⁿ of an integer n for which it is a normal number.
        #[inline(always)]
        fn power_of_2(n: $float) -> $float {
            $float::from_bits((n + $shifter).to_bits().wrapping_add($bias) << $mantissa_bits)
        }
    };
}

mod in_f32 {
    use super::*;

    exponential! {
        f32,
        mantissa_bits: 23, exponent_bias: 127,
        shifter: 12_582_912.0,
        ln_2: (0.693_359_4, -2.121_944_4e-4),
        limits: (-104.0, 89.0), normal: (-80.0, 87.9),
        q: [
            0.0013926213, 0.008363203, 0.041666556, 0.16666576, 0.5
        ],
    }
}

mod in_f64 {
    use super::*;

    exponential! {
        f64,
        mantissa_bits: 52, exponent_bias: 1023,
        shifter: 6_755_399_441_055_744.0,
        ln_2: (0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10),
        limits: (-746.0, 710.0), normal: (-700.0, 709.4),
        q: [
            2.5100424157005067e-08, 2.7620138719733994e-07, 2.7557268378684192e-06, 2.480152119021773e-05,
            0.00019841269863105968, 0.0013888888917281794, 0.008333333333330051, 0.04166666666662399,
            0.16666666666666669, 0.5000000000000001
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::super::arch::{Kernel, Portable, dispatch};
    use super::*;

    /// A function of one value over a slice.
    struct Map<'a, F>(&'a mut [F], Function);

    #[derive(Clone, Copy, Debug)]
    enum Function {
        Exp,
        Sigmoid,
        Tanh,
    }

    impl<F: Exponential + Copy> Kernel for Map<'_, F> {
        type Output = ();

        #[inline(always)]
        fn run<A: Arch>(self, _: A) {
            match self.1 {
                Function::Exp => self.0.iter_mut().for_each(|x| *x = x.exponential::<A>()),
                Function::Sigmoid => self.0.iter_mut().for_each(|x| *x = x.sigmoid::<A>()),
                Function::Tanh => self.0.iter_mut().for_each(|x| *x = x.hyperbolic_tangent::<A>()),
            }
        }
    }

    /// In f64 from std, which is good to a unit in the last place.
    fn expected(function: Function, x: f64) -> f64 {
        match function {
            Function::Exp => x.exp(),
            Function::Sigmoid if x < 0.0 => x.exp() / (1.0 + x.exp()),
            Function::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Function::Tanh => x.tanh(),
        }
    }

    macro_rules! check {
        ($float:ident, $bits:ident, $points:expr) => {
            for function in [Function::Exp, Function::Sigmoid, Function::Tanh] {
                let points: Vec<$float> = $points;
                let mut by_avx2 = points.clone();
                dispatch(Map(&mut by_avx2, function));
                let mut portable = points.clone();
                Map(&mut portable, function).run(Portable);
                for found in [by_avx2, portable] {
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
                for is_portable in [false, true] {
                    let mut special = [$float::NEG_INFINITY, $float::INFINITY, 0.0, -0.0];
                    // Quiet NaNs of all kinds of payloads and both signs.
                    let payloads = [0, 1, 0x80, 0x1234, (1 << ($float::MANTISSA_DIGITS - 2)) - 1];
                    let mut nans =
                        payloads.map(|payload| $float::from_bits($float::NAN.to_bits() | payload)).to_vec();
                    nans.extend(nans.clone().iter().map(|nan| -nan));
                    for values in [&mut special[..], &mut nans[..]] {
                        if is_portable {
                            Map(values, function).run(Portable)
                        } else {
                            dispatch(Map(values, function))
                        }
                    }
                    let expected = match function {
                        Function::Exp => [0.0, $float::INFINITY, 1.0, 1.0],
                        Function::Sigmoid => [0.0, 1.0, 0.5, 0.5],
                        Function::Tanh => [-1.0, 1.0, 0.0, -0.0],
                    };
                    assert_eq!(special.map($float::to_bits), expected.map($float::to_bits), "{function:?}");
                    assert!(nans.iter().all(|nan| nan.is_nan()), "{function:?}: {nans:?}");
                }
            }
        };
    }

    #[test]
    fn every_function_is_within_4_ulp_in_f32() {
        // Every 1,013th f32 that there is, of either sign: all exponents, subnormal numbers, the largest ones.
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
