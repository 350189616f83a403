//! The standard normal distribution `Φ(z) = ½ (1 + erf(z/√2))`, for GELU; without branches, like eˣ.
//!
//! For u = |z|, `Φ(−u) = e^(−u²/2) · p(t) / (u + c)` with `t = (u − c) / (u + c)`. The polynomial p is a Chebyshev
//! fit to `(u + c) · e^(u²/2) · Φ(−u)`; its relative error is below a unit in the last place. The form is that of
//! Shepherd and Laframboise, *Chebyshev approximation of (1 + 2x) exp(x²) erfc x in 0 ≤ x < ∞*, Mathematics of
//! Computation 36, 1981.

use super::arch::Arch;
use super::exponential::{Exponential, exponential};

/// The constants that Φ needs for an element type.
pub trait Normal: Exponential {
    /// Beyond it, Φ(−u) is 0, and a larger u is replaced by it.
    const FARTHEST: Self;
    /// c
    const CENTER: Self;
    /// The coefficients of p, the highest power first.
    const P: &'static [Self];
    /// `1 / √(2π)`
    const PEAK: Self;
}

impl Normal for f32 {
    const FARTHEST: Self = 14.6;
    const CENTER: Self = 4.0;
    const P: &'static [Self] = &[
        -0.00012351536,
        0.0001935911,
        0.0015687848,
        -0.003523052,
        -0.007526833,
        0.060406417,
        -0.18652306,
        0.38713667,
        -0.6078966,
        0.75528514,
    ];
    const PEAK: Self = 0.3989423;
}

impl Normal for f64 {
    const FARTHEST: Self = 38.8;
    const CENTER: Self = 5.0;
    const P: &'static [Self] = &[
        2.2286446446343926e-09,
        7.641766346621027e-09,
        -1.0616676140791582e-08,
        -6.670184371089716e-08,
        4.373892617711966e-08,
        4.3446322080341824e-07,
        -3.374691476728394e-07,
        -2.7703310260053487e-06,
        3.981164407907253e-06,
        1.6681704875638772e-05,
        -4.9762846204622204e-05,
        -5.9375865678775896e-05,
        0.0005448990611353366,
        -0.0007978693751062718,
        -0.002993376768891714,
        0.0207950667976028,
        -0.06911863870649397,
        0.1650203661704985,
        -0.31353315667129666,
        0.4953056159699742,
        -0.6653825028900567,
        0.769193049750063,
    ];
    const PEAK: Self = 0.3989422804014327;
}

/// `Φ(z)` and `e^(−z²/2)`; both are NaN if z is NaN.
#[inline(always)]
pub(super) fn normal<A: Arch, F: Normal>(z: F) -> (F, F) {
    let u = z.abs();
    // Without `min`, since a NaN must stay NaN.
    let u = if u > F::FARTHEST { F::FARTHEST } else { u };
    let power = exponential::<A, F>(-F::HALF * (u * u));
    let reciprocal = F::one() / (u + F::CENTER);
    let t = (u - F::CENTER) * reciprocal;
    let mut p = F::P[0];
    for &coefficient in &F::P[1..] {
        p = A::mul_add(p, t, coefficient);
    }
    let below = power * p * reciprocal;
    (if z > F::zero() { F::one() - below } else { below }, power)
}
