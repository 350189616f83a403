//! ln(1 + x), for softplus; without branches, like eˣ.
//!
//! `ln(1 + x) = 2 artanh s` with `s = x / (2 + x)`, and `artanh s = s + s³·l(s²)`. The polynomial l is a Chebyshev fit
//! for 0 ≤ x ≤ 1; its relative error is below a fifth of a unit in the last place.

use super::arch::Arch;
use super::exponential::Exponential;

/// The constants that ln(1 + x) needs for an element type.
pub trait Logarithm: Exponential {
    /// The coefficients of l, the highest power first.
    const L: &'static [Self];
}

impl Logarithm for f32 {
    const L: &'static [Self] = &[0.11612165, 0.10853288, 0.14296179, 0.19999853, 0.33333334];
}

impl Logarithm for f64 {
    const L: &'static [Self] = &[
        0.08082022805971766,
        0.04400369243072337,
        0.06000536404795356,
        0.06657072104827468,
        0.07692785032479312,
        0.09090894718066429,
        0.11111111358713932,
        0.1428571428355438,
        0.20000000000007292,
        0.3333333333333333,
    ];
}

/// `ln(1 + x)` for 0 ≤ x ≤ 1; NaN if x is NaN.
#[inline(always)]
pub(super) fn logarithm_of_1_plus<A: Arch, F: Logarithm>(x: F) -> F {
    let two = F::one() + F::one();
    let s = x / (two + x);
    let square = s * s;
    let mut l = F::L[0];
    for &coefficient in &F::L[1..] {
        l = A::mul_add(l, square, coefficient);
    }
    two * A::mul_add(s * square, l, s)
}
