//! Dropout: the masks, the step of the masked network, and what depends on neither threads nor interruptions.

mod continued;
mod masks;

use ndarray::Array2;
use ndarray_dnn::Activation::{self, Identity};
use ndarray_dnn::{BatchOrder, Dnn, DnnBuilder, Init, Loss};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::common::uniform;

const SEED: u64 = 11;
const ROWS: usize = 9;
const RATES: [f64; 2] = [0.3, 0.5];
/// A rate that changes no parameter: the loss then depends on the masks alone.
const NO_STEP: f64 = 1e-300;

/// 3 inputs, hidden layers of 4 and 5 neurons, 2 outputs.
fn builder(hidden: Activation) -> DnnBuilder {
    let builder = Dnn::builder().input_shape(3).shape([4, 5, 2]).activations([hidden, hidden, Identity]);
    let builder = builder.init(Init::Uniform { low: -1.0, high: 1.0 }).loss(Loss::Squared).threshold(0.0);
    builder.batch_order(BatchOrder::Sequential).minibatch_size(4).eta(0.05).dropout(RATES)
}

fn data() -> (Array2<f64>, Array2<f64>) {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    (uniform(ROWS, 3, generator), uniform(ROWS, 2, generator))
}
