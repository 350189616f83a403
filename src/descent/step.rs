//! One step of descent: clipping, L2 and L1, the optimizer with the learning rate of the update, the largest norm.

use crate::kernel::{self, AdamRates, Adjustment, Norm, Rates, Scalar, SquareRates, adjusted};
use crate::model::{Config, Gradients, Optimizer, Parameters, State};

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
    let is_decoupled = matches!(config.optimizer(), Optimizer::AdamW { .. });
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
    Some([1.0, if config.regularize_biases() { 1.0 } else { 0.0 }].map(of))
}

/// Counts an update, and changes velocity and parameters; the rate is multiplied by `factor`. The gradients must have the
/// shape of the network.
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
    match adjustments(config, gradients, eta) {
        None => step::<F, false>(state, config, gradients, eta, [Adjustment::NONE; 2]),
        Some(adjustments) => step::<F, true>(state, config, gradients, eta, adjustments),
    }
    if let Some(c) = config.max_norm() {
        for parameters in state.network.parameters_mut() {
            let columns = parameters.fan_out();
            kernel::limit_columns(parameters.weights.values_mut(), columns, c);
        }
    }
}

/// The step of the optimizer, with the adjustments of weights and of biases if it `IS_ADJUSTED`: a step without them must
/// not be slower.
fn step<F: Scalar, const IS_ADJUSTED: bool>(
    state: &mut State<F>,
    config: &Config,
    gradients: &Gradients<F>,
    eta: f64,
    adjustments: [Adjustment<f64>; 2],
) {
    let velocity = &mut state.velocity;
    let lambda = config.regularization();
    // λ for the weights, and λ for the biases.
    let lambdas = [lambda, if config.regularize_biases() { lambda } else { 0.0 }].map(F::from_f64);
    let adjustments = if IS_ADJUSTED { adjustments } else { [Adjustment::NONE; 2] }.map(Adjustment::rounded);
    let settings = [0, 1].map(|i| (lambdas[i], adjustments[i]));
    let layers = state.network.parameters_mut().map(Parameters::slices_mut);
    let layers = layers.zip(&mut velocity.layers).zip(&gradients.layers);
    match config.optimizer() {
        Optimizer::Momentum | Optimizer::Nesterov => {
            let [mu, eta] = [config.momentum(), eta].map(F::from_f64);
            let is_nesterov = config.optimizer() == Optimizer::Nesterov;
            let descend = if is_nesterov { kernel::descend_ahead } else { kernel::descend };
            for ((theta, v), gradient) in layers {
                let parameters = theta.into_iter().zip(v.slices_mut()).zip(gradient.slices());
                for (((theta, v), gradient), &(lambda, adjustment)) in parameters.zip(&settings) {
                    let rates = Rates { mu, eta, lambda };
                    if IS_ADJUSTED {
                        adjusted([theta, v], gradient, adjustment, |[theta, v], gradient| {
                            descend(theta, v, gradient, rates);
                        });
                    } else {
                        descend(theta, v, gradient, rates);
                    }
                }
            }
        }
        Optimizer::Adam { beta1, beta2, epsilon } | Optimizer::AdamW { beta1, beta2, epsilon } => {
            let s = velocity.updates as f64;
            let is_decoupled = matches!(config.optimizer(), Optimizer::AdamW { .. });
            let rates = AdamRates {
                beta1: [beta1, 1.0 - beta1].map(F::from_f64),
                beta2: [beta2, 1.0 - beta2].map(F::from_f64),
                eta: F::from_f64(eta / (1.0 - libm::pow(beta1, s))),
                root: F::from_f64(1.0 / (1.0 - libm::pow(beta2, s)).sqrt()),
                epsilon: F::from_f64(epsilon),
                lambda: F::zero(),
            };
            for (((theta, m), gradient), v) in layers.zip(&mut velocity.squares) {
                let parameters = theta.into_iter().zip(m.slices_mut()).zip(v.slices_mut());
                let parameters = parameters.zip(gradient.slices());
                for ((((theta, m), v), gradient), &(lambda, adjustment)) in parameters.zip(&settings) {
                    let lambda = if is_decoupled { F::zero() } else { lambda };
                    let rates = AdamRates { lambda, ..rates };
                    if IS_ADJUSTED {
                        adjusted([theta, m, v], gradient, adjustment, |[theta, m, v], gradient| {
                            kernel::descend_by_moments(theta, m, v, gradient, rates);
                        });
                    } else {
                        kernel::descend_by_moments(theta, m, v, gradient, rates);
                    }
                }
            }
        }
        Optimizer::RmsProp { rho, epsilon } => {
            let rho = [rho, 1.0 - rho].map(F::from_f64);
            let [eta, epsilon] = [eta, epsilon].map(F::from_f64);
            for (((theta, _), gradient), v) in layers.zip(&mut velocity.squares) {
                let parameters = theta.into_iter().zip(v.slices_mut()).zip(gradient.slices());
                for (((theta, v), gradient), &(lambda, adjustment)) in parameters.zip(&settings) {
                    let rates = SquareRates { rho, eta, epsilon, lambda };
                    if IS_ADJUSTED {
                        adjusted([theta, v], gradient, adjustment, |[theta, v], gradient| {
                            kernel::descend_by_squares(theta, v, gradient, rates);
                        });
                    } else {
                        kernel::descend_by_squares(theta, v, gradient, rates);
                    }
                }
            }
        }
    }
}
