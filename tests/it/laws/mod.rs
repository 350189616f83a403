//! Laws that hold for every network: equal bits, and changes that must not change the result.

mod by_hand;
mod invariance;
mod logits;
mod repeated;
mod rows;
mod seeds;
mod step;

use ndarray::Array2;
use ndarray_dnn::Activation::{Identity, Relu, Sigmoid};
use ndarray_dnn::error::{Cause, FileError, ParseError};
use ndarray_dnn::training::{Config, Velocity};
use ndarray_dnn::{Dnn, DnnBuilder, Error, Gradients, Layer, Pass, Report, Scalar};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::common::{network, targets, uniform};

/// The seed of all parameters and data here.
const SEED: u64 = 2024;

/// The difference that another order of a few thousand additions of numbers below 10 makes.
const ROUNDING: f64 = 1e-12;
/// The same in f32.
const ROUNDING_F32: f64 = 1e-5;

/// A network with two hidden layers, and `rows` rows of data for it.
fn example<F: Scalar>(builder: DnnBuilder<F>, softmax: bool, rows: usize) -> (Dnn<F>, Array2<F>, Array2<F>) {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    let net = network(builder.softmax(softmax), &[3, 5, 4, 2], &[Sigmoid, Relu, Identity], generator);
    (net, uniform(rows, 3, generator), targets(rows, 2, softmax, generator))
}

#[test]
fn types_can_be_sent_and_shared() {
    fn check<T: Send + Sync + 'static>() {}
    fn check_element<F: Scalar>() {
        check::<(Dnn<F>, DnnBuilder<F>, Layer<F>, Pass<F>, Gradients<F>, Velocity<F>)>();
    }
    check_element::<f64>();
    check_element::<f32>();
    check::<(Config, Report)>();
    check::<(Error, FileError, ParseError, Cause)>();
}
