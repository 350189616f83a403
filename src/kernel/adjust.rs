//! What happens to gradient and parameters before a step: clipping, L1, decoupled decay.

use super::arch::{Arch, Kernel, dispatch};
use super::known::Known;
use super::parallel::by_chunks;
use super::scalar::Scalar;

/// The number of parameters that are adjusted, and then stepped while they are in the cache.
const PIECE: usize = 512;

/// The gradient becomes `scale · g + l1 · sign θ`, and then the parameters `θ − (decay · θ + sign_decay · sign θ)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Adjustment<F> {
    pub(crate) scale: F,
    pub(crate) l1: F,
    pub(crate) decay: F,
    pub(crate) sign_decay: F,
}

impl Adjustment<f64> {
    /// The adjustment in F.
    #[inline]
    pub(crate) fn rounded<F: Scalar>(self) -> Adjustment<F> {
        let [scale, l1, decay, sign_decay] =
            [self.scale, self.l1, self.decay, self.sign_decay].map(F::from_f64);
        Adjustment { scale, l1, decay, sign_decay }
    }
}

impl<F: Scalar> Adjustment<F> {
    fn changes_gradient(self) -> bool {
        self.scale != F::one() || self.l1 != F::zero()
    }

    fn changes_parameters(self) -> bool {
        self.decay != F::zero() || self.sign_decay != F::zero()
    }
}

/// Calls `step` with the slices, θ first, and their adjusted gradient: piece by piece, or at once without an
/// adjustment.
pub(crate) fn adjusted<F: Scalar, const N: usize>(
    slices: [&mut [F]; N],
    gradient: &[F],
    adjustment: Adjustment<F>,
    step: impl Fn([&mut [F]; N], &[F]) + Sync,
) {
    if !adjustment.changes_gradient() && !adjustment.changes_parameters() {
        return step(slices, gradient);
    }
    by_chunks(slices, |range, slices| {
        let mut pieces = slices.map(|slice| slice.chunks_mut(PIECE));
        let mut into = [F::zero(); PIECE];
        for gradient in gradient[range].chunks(PIECE) {
            let mut piece = pieces.each_mut().map(|pieces| pieces.next().known());
            let theta = piece.first_mut().map(|theta| &mut **theta).known();
            let into = &mut into[..gradient.len()];
            if adjustment.changes_gradient() {
                dispatch(AdjustGradient { theta, gradient, into, adjustment });
            }
            if adjustment.changes_parameters() {
                dispatch(Decay { theta, adjustment });
            }
            step(piece, if adjustment.changes_gradient() { into } else { gradient });
        }
    });
}

/// `sign v`: 1, −1, or 0 for 0.
#[inline(always)]
pub(crate) fn sign<F: Scalar>(value: F) -> F {
    if value > F::zero() {
        F::one()
    } else if value < F::zero() {
        -F::one()
    } else {
        F::zero()
    }
}

/// `into ← scale · g + l1 · sign θ`
pub(super) struct AdjustGradient<'a, F> {
    pub(super) theta: &'a [F],
    pub(super) gradient: &'a [F],
    pub(super) into: &'a mut [F],
    pub(super) adjustment: Adjustment<F>,
}

impl<F: Scalar> Kernel for AdjustGradient<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        let Adjustment { scale, l1, .. } = self.adjustment;
        for ((into, &g), &theta) in self.into.iter_mut().zip(self.gradient).zip(self.theta) {
            *into = scale * g + l1 * sign(theta);
        }
    }
}

/// `θ ← θ − (decay · θ + sign_decay · sign θ)`
pub(super) struct Decay<'a, F> {
    pub(super) theta: &'a mut [F],
    pub(super) adjustment: Adjustment<F>,
}

impl<F: Scalar> Kernel for Decay<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        let Adjustment { decay, sign_decay, .. } = self.adjustment;
        for theta in self.theta {
            *theta -= decay * *theta + sign_decay * sign(*theta);
        }
    }
}
