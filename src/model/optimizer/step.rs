//! The parts of a step, which the optimizers have in common.

use std::iter::once;
use std::mem::take;

use crate::kernel::{Adjustment, Known, Scalar, adjusted};
use crate::model::network::Network;
use crate::model::parameters::Parameters;
use crate::model::velocity::Velocity;

/// What a step is made with.
pub(crate) struct Step<'a, F: Scalar> {
    pub(crate) network: &'a mut Network<F>,
    /// The memory of the optimizer.
    pub(crate) velocity: &'a mut Velocity<F>,
    /// The gradients of each layer.
    pub(crate) gradients: &'a [Parameters<F>],
    /// The learning rate η_t.
    pub(crate) eta: f64,
    /// The momentum μ.
    pub(crate) momentum: f64,
    /// The λ that is a part of the gradient, for the weights and for the biases.
    pub(crate) lambdas: [f64; 2],
    /// Clipping, L1 and decay before the step, for the weights and for the biases; `None` without any.
    pub(crate) adjustments: Option<[Adjustment<f64>; 2]>,
}

impl<F: Scalar> Step<'_, F> {
    /// The number of updates since all memory was 0, with this one.
    pub(super) fn number(&self) -> usize {
        self.velocity.updates
    }

    /// Calls `step` for the weights and the biases of each layer: with θ and the slots of memory, the gradient, and λ.
    #[inline]
    pub(super) fn of_each_part<const N: usize>(self, step: impl Fn([&mut [F]; N], &[F], F) + Sync) {
        let Self { network, velocity, gradients, lambdas, adjustments, .. } = self;
        let lambdas = lambdas.map(F::from_f64);
        let adjustments = adjustments.map(|both| both.map(Adjustment::rounded));
        for (l, (theta, gradient)) in network.parameters_mut().zip(gradients).enumerate() {
            let memory = velocity.memory.iter_mut().filter_map(|memory| memory.layers.get_mut(l));
            let mut slices = once(theta).chain(memory).map(Parameters::slices_mut);
            let mut slices: [[&mut [F]; 2]; N] = std::array::from_fn(|_| slices.next().known());
            let weights = slices.each_mut().map(|[weights, _]| take(weights));
            let biases = slices.map(|[_, biases]| biases);
            let parts = [weights, biases].into_iter().zip(gradient.slices()).zip(lambdas);
            match adjustments {
                None => parts.for_each(|((slices, gradient), lambda)| step(slices, gradient, lambda)),
                Some(adjustments) => {
                    for (((slices, gradient), lambda), adjustment) in parts.zip(adjustments) {
                        adjusted(slices, gradient, adjustment, |slices, gradient| {
                            step(slices, gradient, lambda);
                        });
                    }
                }
            }
        }
    }
}
