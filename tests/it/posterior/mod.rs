//! What a run of Levenberg-Marquardt knows about its result: predictions with deviations, and whether it is a minimum.

mod calibration;
mod curvature;
mod formulas;
mod refusals;
#[cfg(feature = "safetensors")]
mod saving;

use std::f64::consts::TAU;

use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::ndarray::Array2;
use ndarray_dnn::{Dnn, DnnBuilder, Init, Loss, Scalar};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A network with tanh in one hidden layer.
fn builder<F: Scalar>(inputs: usize, hidden: usize, outputs: usize) -> DnnBuilder<F> {
    let builder = Dnn::builder().input_shape(inputs).shape([hidden, outputs]).activations([Tanh, Identity]);
    builder.init(Init::Glorot).loss(Loss::Squared)
}

fn generator(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// A standard normal number, by the method of Box and Muller.
fn normal(generator: &mut ChaCha8Rng) -> f64 {
    let [u, v] = [(); 2].map(|()| generator.random::<f64>());
    (-2.0 * (1.0 - u).ln()).sqrt() * (TAU * v).cos()
}

/// `(rows, 1)` values uniform in [low, high).
fn places(rows: usize, low: f64, high: f64, generator: &mut ChaCha8Rng) -> Array2<f64> {
    Array2::from_shape_simple_fn((rows, 1), || generator.random_range(low..high))
}
