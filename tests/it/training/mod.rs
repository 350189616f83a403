//! Laws of a training run: options do not change the training, and a resumed run equals an uninterrupted one.

mod callbacks;
mod cut_short;
mod early_stopping;
mod epoch_loss;
mod gradients;
mod metrics;
mod reports;
mod resume;
mod without_options;

use ndarray::Array2;
use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::BatchOrder::Shuffled;
use ndarray_dnn::{Dnn, Init};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::common::uniform;

/// A network that learns the first two arrays by heart, while its loss on the other two rises.
fn overfitting() -> (Dnn, [Array2<f64>; 4]) {
    let generator = &mut ChaCha8Rng::seed_from_u64(31);
    let data = [(); 4].map(|()| uniform(12, 2, generator));
    let builder =
        Dnn::builder().input_shape(2).shape([20, 2]).activations([Tanh, Identity]).init(Init::Glorot);
    let builder = builder.batch_order(Shuffled).eta(0.05).decay_power(0.0).regularization(0.0).threshold(0.0);
    (builder.build().unwrap(), data)
}
