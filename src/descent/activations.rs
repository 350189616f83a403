//! The activations as functions of the kernels: forward and derivative from one list.

use crate::activation::Activation;

use crate::kernel::activate::{LeakyRelu, Relu, ScalarFunction, Sigmoid, Tanh};
use crate::kernel::smooth::{Elu, Gelu, Silu, Softplus, Softsign};
use crate::kernel::{self, Arch, Scalar};

/// What is done with a function.
trait Use<F: Scalar> {
    fn with(self, function: impl ScalarFunction<F>);
}

/// Does something with the function of an activation; nothing with the identity, which changes no value and whose
/// derivative is 1.
#[inline(always)]
fn with_function<F: Scalar>(activation: Activation, work: impl Use<F>) {
    match activation {
        Activation::Identity => {}
        Activation::Sigmoid => work.with(Sigmoid),
        Activation::Relu => work.with(Relu),
        Activation::Tanh => work.with(Tanh),
        Activation::LeakyRelu { slope } => work.with(LeakyRelu { slope: F::from_f64(slope) }),
        Activation::Elu { alpha } => work.with(Elu::of(alpha)),
        Activation::Selu => work.with(Elu::scaled()),
        Activation::Softplus => work.with(Softplus),
        Activation::Softsign => work.with(Softsign),
        Activation::Gelu => work.with(Gelu),
        Activation::Silu => work.with(Silu),
    }
}

/// `z ← f(z)`, of a single row within the calling kernel.
#[inline(always)]
pub(super) fn activate<A: Arch, F: Scalar>(arch: A, is_row: bool, z: &mut [F], activation: Activation) {
    struct Replace<'a, A, F>(A, bool, &'a mut [F]);

    impl<A: Arch, F: Scalar> Use<F> for Replace<'_, A, F> {
        #[inline(always)]
        fn with(self, function: impl ScalarFunction<F>) {
            kernel::replace(self.0, self.1, self.2, function);
        }
    }

    with_function(activation, Replace(arch, is_row, z));
}

/// `δ ← δ ⊙ f′`, with f′ from the output `a` of the layer, or from its z if that is kept.
pub(super) fn times_derivative<F: Scalar>(delta: &mut [F], a: &[F], activation: Activation) {
    struct TimesDerivative<'a, F>(&'a mut [F], &'a [F]);

    impl<F: Scalar> Use<F> for TimesDerivative<'_, F> {
        #[inline(always)]
        fn with(self, function: impl ScalarFunction<F>) {
            kernel::times_derivative(self.0, self.1, function);
        }
    }

    with_function(activation, TimesDerivative(delta, a));
}
