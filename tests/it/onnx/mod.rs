//! ONNX models: their content, their answers, and what cannot be written.
//!
//! `tests/onnx_check.py` and `tests/tract` run the models that `answers.rs` writes.

mod answers;
pub(crate) mod reader;
mod refusals;
mod structure;

use ndarray_dnn::{Activation, Dnn, Link, Scalar};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::common::{network, with_link};

const SEED: u64 = 2024;

fn model<F: Scalar>(net: &Dnn<F>) -> Vec<u8> {
    let mut model = Vec::new();
    net.write_onnx(&mut model).unwrap();
    model
}

/// 3 inputs, 5 and 4 hidden neurons, 2 outputs.
fn three_layers<F: Scalar>(link: Link, activations: [Activation; 3]) -> Dnn<F> {
    network(with_link(link), &[3, 5, 4, 2], &activations, &mut ChaCha8Rng::seed_from_u64(SEED))
}
