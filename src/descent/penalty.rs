//! The penalty of L2 and L1.

use crate::kernel::{Scalar, scaled_norm, sum_of_magnitudes, sum_of_squares};
use crate::model::{Config, Network};

/// `½ λ ‖θ‖² + λ₁ Σ|θ|` over all weights, and over all biases if they are regularised.
pub(crate) fn penalty<F: Scalar>(network: &Network<F>, config: &Config) -> f64 {
    penalty_of_squares(network, config) + penalty_of_magnitudes(network, config)
}

/// The weights of each layer, and the biases if they are regularised.
fn regularized<'a, F: Scalar>(
    network: &'a Network<F>,
    config: &Config,
) -> impl Iterator<Item = &'a [F]> + Clone {
    let regularized = if config.regularize_biases() { 2 } else { 1 };
    network.parameters().flat_map(move |parameters| parameters.slices().into_iter().take(regularized))
}

/// `λ₁ Σ|θ|`
fn penalty_of_magnitudes<F: Scalar>(network: &Network<F>, config: &Config) -> f64 {
    let lambda = config.l1();
    if lambda == 0.0 {
        // 0 · ∞ would be NaN.
        return 0.0;
    }
    let sum: f64 = regularized(network, config).map(sum_of_magnitudes).sum();
    if sum.is_finite() {
        return lambda * sum;
    }
    // λ₁ Σ|θ| can be finite even if Σ|θ| is not.
    regularized(network, config).flatten().map(|theta| lambda * theta.as_f64().abs()).sum()
}

/// `½ λ ‖θ‖²`
fn penalty_of_squares<F: Scalar>(network: &Network<F>, config: &Config) -> f64 {
    let lambda = config.regularization();
    if lambda == 0.0 {
        // 0 · ∞ would be NaN.
        return 0.0;
    }
    let slices = || regularized(network, config);
    let squares: f64 = slices().map(sum_of_squares).sum();
    if squares.is_finite() {
        return 0.5 * lambda * squares;
    }
    // ½ λ ‖θ‖² can be finite even if ‖θ‖² is not.
    let norm = slices().map(scaled_norm).fold(0.0, libm::hypot);
    (0.5 * lambda * norm) * norm
}
