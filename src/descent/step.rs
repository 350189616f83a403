//! One step of descent: momentum, Nesterov momentum or Adam, with L2 and the decayed learning rate.

use crate::kernel::{self, AdamRates, Rates, Scalar};
use crate::model::{Config, Gradients, Optimizer, State};

/// `η_t = η / t^p` for update `t ≥ 1`.
fn learning_rate(config: &Config, t: usize) -> f64 {
    config.eta() / (t as f64).powf(config.decay_power())
}

/// Counts an update, and changes velocity and parameters. The gradients must have the shape of the network.
pub(crate) fn update<F: Scalar>(state: &mut State<F>, config: &Config, gradients: &Gradients<F>) {
    state.iterations = state.iterations.saturating_add(1);
    state.updates = state.updates.wrapping_add(1);
    let eta = learning_rate(config, state.iterations);
    state.effective_eta = Some(eta);
    let velocity = &mut state.velocity;
    velocity.updates = velocity.updates.saturating_add(1);
    let lambda = config.regularization();
    // λ for the weights, and λ for the biases.
    let lambdas = [lambda, if config.regularize_biases() { lambda } else { 0.0 }].map(F::from_f64);
    let layers = state.layers.iter_mut().map(|layer| layer.parameters.slices_mut());
    let layers = layers.zip(&mut velocity.layers).zip(&gradients.layers);
    match config.optimizer() {
        Optimizer::Momentum | Optimizer::Nesterov => {
            let [mu, eta] = [config.momentum(), eta].map(F::from_f64);
            let is_nesterov = config.optimizer() == Optimizer::Nesterov;
            let descend = if is_nesterov { kernel::descend_ahead } else { kernel::descend };
            for ((theta, v), gradient) in layers {
                let parameters = theta.into_iter().zip(v.slices_mut());
                for (((theta, v), gradient), lambda) in parameters.zip(gradient.slices()).zip(lambdas) {
                    descend(theta, v, gradient, Rates { mu, eta, lambda });
                }
            }
        }
        Optimizer::Adam { beta1, beta2, epsilon } => {
            let s = velocity.updates as f64;
            let rates = AdamRates {
                beta1: [beta1, 1.0 - beta1].map(F::from_f64),
                beta2: [beta2, 1.0 - beta2].map(F::from_f64),
                eta: F::from_f64(eta / (1.0 - beta1.powf(s))),
                root: F::from_f64(1.0 / (1.0 - beta2.powf(s)).sqrt()),
                epsilon: F::from_f64(epsilon),
                lambda: F::zero(),
            };
            for (((theta, m), gradient), v) in layers.zip(&mut velocity.squares) {
                let parameters = theta.into_iter().zip(m.slices_mut()).zip(v.slices_mut());
                for ((((theta, m), v), gradient), lambda) in parameters.zip(gradient.slices()).zip(lambdas) {
                    kernel::descend_by_moments(theta, m, v, gradient, AdamRates { lambda, ..rates });
                }
            }
        }
    }
}
