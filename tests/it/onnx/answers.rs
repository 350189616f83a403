//! The answers of a model, computed by its definition; and the models and predictions for other runtimes.

use std::fs;
use std::path::PathBuf;

use ndarray_dnn::Activation::{self, Elu, LeakyRelu, Sigmoid};
use ndarray_dnn::ndarray::{Array2, s};
use ndarray_dnn::{Dnn, Init, Link, Scalar};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value as Json, json};

use super::reader::Graph;
use super::{SEED, model};
use crate::common::{ACTIVATIONS, assert_close, uniform, with_link};

/// The activations, and some with special numbers: with a slope above 1, the smaller of z and slope · z is the value.
fn activations() -> impl Iterator<Item = Activation> {
    let special = [LeakyRelu { slope: 2.5 }, LeakyRelu { slope: 0.0 }, Elu { alpha: 1.0 }];
    ACTIVATIONS.into_iter().chain(special)
}
const LINKS: [Link; 4] = [Link::Identity, Link::Softmax, Link::Logistic, Link::Log];

/// A network, and the name of its file, such as `f64_tanh_relu_softmax_3`. Its outputs are below 4, so that the
/// rounding of an f32 is below 2.5e-7.
fn case<F: Scalar>(hidden: Option<Activation>, last: Activation, link: Link) -> (String, Dnn<F>) {
    let activations = Vec::from_iter(hidden.into_iter().chain(hidden).chain([last]));
    let shape = if hidden.is_some() { vec![5, 4, 2] } else { vec![2] };
    let hidden = hidden.map_or(String::new(), |hidden| format!("{hidden}_"));
    let name = format!("{}_{hidden}{last}_{link}_{}", F::NAME, shape.len());
    // Powers grow fast.
    let high = if link == Link::Log { 0.2 } else { 0.55 };
    let builder = with_link(link).init(Init::Uniform { low: -high, high }).seed(SEED);
    let net = builder.input_shape(3).shape(shape).activations(activations).build().unwrap();
    assert_eq!(net.config().link(), link);
    (name, net)
}

/// One layer of every activation, and three layers of every pair of a hidden and a last activation, with every link
/// that they can be combined with.
fn cases<F: Scalar>() -> Vec<(String, Dnn<F>)> {
    let hidden = Vec::from_iter([None].into_iter().chain(activations().map(Some)));
    let mut cases = Vec::new();
    for link in LINKS {
        // The logistic link over a last sigmoid is a conflict.
        for last in activations().filter(|last| (link, *last) != (Link::Logistic, Sigmoid)) {
            cases.extend(hidden.iter().map(|&hidden| case(hidden, last, link)));
        }
    }
    cases
}

/// Exact: serde_json writes what reads back as the same f64.
fn rows<F: Scalar>(array: &Array2<F>) -> Vec<Vec<f64>> {
    array.rows().into_iter().map(|row| row.iter().map(|value| value.as_f64()).collect()).collect()
}

#[test]
fn models_compute_what_the_networks_predict() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("onnx");
    fs::create_dir_all(&directory).unwrap();
    fn check<F: Scalar>(directory: &std::path::Path, tolerance: f64) -> Vec<Json> {
        let x: Array2<F> = uniform(7, 3, &mut ChaCha8Rng::seed_from_u64(SEED + 1));
        let mut written = Vec::new();
        for (name, net) in cases::<F>() {
            let file = directory.join(format!("{name}.onnx"));
            net.write_onnx(fs::File::create(&file).unwrap()).unwrap();
            let bytes = fs::read(&file).unwrap();
            assert_eq!(bytes, model(&net));
            let graph = Graph::of(&bytes);
            for count in [1, 7] {
                let x = x.slice(s![..count, ..]).to_owned();
                let y = net.predict(&x).unwrap();
                assert!(y.iter().all(|y| y.as_f64().abs() < 4.0), "{name}: {y}");
                assert_close(&name, &y, &graph.compute(&x.mapv(F::as_f64)), tolerance);
                written.push(json!({"model": name, "element": F::NAME, "x": rows(&x), "y": rows(&y)}));
            }
        }
        assert_eq!(written.len(), 2 * (4 * 14 - 1) * 15);
        written
    }
    let written = [check::<f32>(&directory, 1e-6), check::<f64>(&directory, 1e-14)].concat();
    // Last: with this file all models are there.
    fs::write(directory.join("predictions.json"), serde_json::to_vec(&written).unwrap()).unwrap();
}
