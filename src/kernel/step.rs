//! The steps of the optimizers: momentum, Nesterov momentum, Adam, RMSProp.

use super::arch::{Arch, Kernel, dispatch};
use super::parallel::by_chunks;
use super::scalar::Scalar;

/// The settings of a step with momentum: μ, η and λ.
#[derive(Clone, Copy)]
pub(crate) struct Rates<F> {
    pub(crate) mu: F,
    pub(crate) eta: F,
    pub(crate) lambda: F,
}

/// `v ← μ v − η (g + λ θ)`, `θ ← θ + v`.
pub(crate) fn descend<F: Scalar>(theta: &mut [F], v: &mut [F], gradient: &[F], rates: Rates<F>) {
    by_chunks([theta, v], |range, [theta, v]| {
        dispatch(Descend { theta, v, gradient: &gradient[range], rates });
    });
}

pub(super) struct Descend<'a, F> {
    pub(super) theta: &'a mut [F],
    pub(super) v: &'a mut [F],
    pub(super) gradient: &'a [F],
    pub(super) rates: Rates<F>,
}

impl<F: Scalar> Kernel for Descend<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        let Rates { mu, eta, lambda } = self.rates;
        for ((theta, v), &g) in self.theta.iter_mut().zip(self.v).zip(self.gradient) {
            *v = mu * *v - eta * (g + lambda * *theta);
            *theta += *v;
        }
    }
}

/// `v ← μ v − η (g + λ θ)`, `θ ← θ + μ v − η (g + λ θ)`.
pub(crate) fn descend_ahead<F: Scalar>(theta: &mut [F], v: &mut [F], gradient: &[F], rates: Rates<F>) {
    by_chunks([theta, v], |range, [theta, v]| {
        dispatch(DescendAhead { theta, v, gradient: &gradient[range], rates });
    });
}

pub(super) struct DescendAhead<'a, F> {
    pub(super) theta: &'a mut [F],
    pub(super) v: &'a mut [F],
    pub(super) gradient: &'a [F],
    pub(super) rates: Rates<F>,
}

impl<F: Scalar> Kernel for DescendAhead<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        let Rates { mu, eta, lambda } = self.rates;
        for ((theta, v), &g) in self.theta.iter_mut().zip(self.v).zip(self.gradient) {
            let step = eta * (g + lambda * *theta);
            *v = mu * *v - step;
            *theta += mu * *v - step;
        }
    }
}

/// The settings of a step of Adam.
#[derive(Clone, Copy)]
pub(crate) struct AdamRates<F> {
    /// β₁ and 1 − β₁, for the first moment.
    pub(crate) beta1: [F; 2],
    /// β₂ and 1 − β₂, for the second moment.
    pub(crate) beta2: [F; 2],
    /// `η / (1 − β₁ˢ)`
    pub(crate) eta: F,
    /// `1 / √(1 − β₂ˢ)`
    pub(crate) root: F,
    pub(crate) epsilon: F,
    pub(crate) lambda: F,
}

/// `m ← β₁ m + (1 − β₁) g`, `v ← β₂ v + (1 − β₂) g²`, `θ ← θ − η m / (√v · root + ε)`, where g is the gradient
/// plus `λ θ`.
pub(crate) fn descend_by_moments<F: Scalar>(
    theta: &mut [F],
    m: &mut [F],
    v: &mut [F],
    gradient: &[F],
    rates: AdamRates<F>,
) {
    by_chunks([theta, m, v], |range, [theta, m, v]| {
        dispatch(DescendByMoments { theta, m, v, gradient: &gradient[range], rates });
    });
}

pub(super) struct DescendByMoments<'a, F> {
    pub(super) theta: &'a mut [F],
    pub(super) m: &'a mut [F],
    pub(super) v: &'a mut [F],
    pub(super) gradient: &'a [F],
    pub(super) rates: AdamRates<F>,
}

impl<F: Scalar> Kernel for DescendByMoments<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        let AdamRates { beta1, beta2, eta, root, epsilon, lambda } = self.rates;
        let moments = self.m.iter_mut().zip(self.v);
        for ((theta, (m, v)), &g) in self.theta.iter_mut().zip(moments).zip(self.gradient) {
            let g = g + lambda * *theta;
            *m = beta1[0] * *m + beta1[1] * g;
            *v = beta2[0] * *v + beta2[1] * (g * g);
            *theta -= eta * *m / (v.sqrt() * root + epsilon);
        }
    }
}

/// The settings of a step of RMSProp.
#[derive(Clone, Copy)]
pub(crate) struct SquareRates<F> {
    /// ρ and 1 − ρ
    pub(crate) rho: [F; 2],
    pub(crate) eta: F,
    pub(crate) epsilon: F,
    pub(crate) lambda: F,
}

/// `v ← ρ v + (1 − ρ) g²`, `θ ← θ − η g / (√v + ε)`, where g is the gradient plus `λ θ`.
pub(crate) fn descend_by_squares<F: Scalar>(
    theta: &mut [F],
    v: &mut [F],
    gradient: &[F],
    rates: SquareRates<F>,
) {
    by_chunks([theta, v], |range, [theta, v]| {
        dispatch(DescendBySquares { theta, v, gradient: &gradient[range], rates });
    });
}

pub(super) struct DescendBySquares<'a, F> {
    pub(super) theta: &'a mut [F],
    pub(super) v: &'a mut [F],
    pub(super) gradient: &'a [F],
    pub(super) rates: SquareRates<F>,
}

impl<F: Scalar> Kernel for DescendBySquares<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        let SquareRates { rho, eta, epsilon, lambda } = self.rates;
        for ((theta, v), &g) in self.theta.iter_mut().zip(self.v).zip(self.gradient) {
            let g = g + lambda * *theta;
            *v = rho[0] * *v + rho[1] * (g * g);
            *theta -= eta * g / (v.sqrt() + epsilon);
        }
    }
}
