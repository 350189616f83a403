//! One step of descent: clipping, L2 and L1, the optimizer with the learning rate of the update, the largest norm.

use crate::kernel::{self, Adjustment, Norm, Scalar};
use crate::model::{Config, Gradients, Parameters, State, Step};

/// `η_t = η / t^p · schedule · plateau factor` for update `t ≥ 1`.
fn learning_rate<F: Scalar>(config: &Config, state: &State<F>) -> f64 {
    let decayed = config.eta() / libm::pow(state.iterations as f64, config.decay_power());
    decayed * config.schedule().factor(state.position) * state.plateau.factor
}

/// The adjustments of weights and of biases before the step; `None` without settings that need them.
fn adjustments<F: Scalar>(
    config: &Config,
    gradients: &Gradients<F>,
    eta: f64,
) -> Option<[Adjustment<f64>; 2]> {
    let is_decoupled = config.optimizer().is_decoupled();
    if !is_decoupled && config.clip_norm().is_none() && config.l1() == 0.0 {
        return None;
    }
    let scale = match config.clip_norm() {
        None => 1.0,
        Some(c) => Norm::of(gradients.layers.iter().flat_map(Parameters::slices)).limit(c),
    };
    let of = |counts: f64| {
        let [l2, l1] = [counts * config.regularization(), counts * config.l1()];
        if is_decoupled {
            Adjustment { scale, l1: 0.0, decay: eta * l2, sign_decay: eta * l1 }
        } else {
            Adjustment { scale, l1, decay: 0.0, sign_decay: 0.0 }
        }
    };
    Some(counts(config).map(of))
}

/// How often L2 and L1 count: for the weights once, and for the biases if they are regularised.
fn counts(config: &Config) -> [f64; 2] {
    [1.0, if config.regularize_biases() { 1.0 } else { 0.0 }]
}

/// Counts an update, and changes velocity and parameters; the rate is multiplied by `factor`. The gradients must have
/// the shape of the network.
pub(crate) fn update<F: Scalar>(
    state: &mut State<F>,
    config: &Config,
    gradients: &Gradients<F>,
    factor: f64,
) {
    state.iterations = state.iterations.saturating_add(1);
    state.updates = state.updates.wrapping_add(1);
    let eta = learning_rate(config, state) * factor;
    state.effective_eta = Some(eta);
    state.velocity.updates = state.velocity.updates.saturating_add(1);
    let optimizer = config.optimizer();
    let lambda = if optimizer.is_decoupled() { 0.0 } else { config.regularization() };
    optimizer.step(Step {
        network: &mut state.network,
        velocity: &mut state.velocity,
        gradients: &gradients.layers,
        eta,
        momentum: config.momentum(),
        lambdas: counts(config).map(|counts| counts * lambda),
        adjustments: adjustments(config, gradients, eta),
    });
    if let Some(c) = config.max_norm() {
        for parameters in state.network.parameters_mut() {
            let columns = parameters.fan_out();
            kernel::limit_columns(parameters.weights.values_mut(), columns, c);
        }
    }
}
