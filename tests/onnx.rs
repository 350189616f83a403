//! ONNX models: what is in them, that it computes what the network does, and what cannot be written.
//!
//! `onnx_check.py` runs them by onnxruntime; the models and predictions that it takes are written here.

#![allow(clippy::panic, clippy::unwrap_used)]

mod common;
#[path = "onnx/reader.rs"]
mod reader;

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use common::{assert_close, network, uniform};
use ndarray_dnn::Activation::{self, Identity, LeakyRelu, Relu, Sigmoid, Tanh};
use ndarray_dnn::ndarray::{Array2, array, s};
use ndarray_dnn::{Cause, Dnn, DnnBuilder, Error, FileError, Init, Layer, Link, Loss, Scalar};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use reader::{Graph, Message, Value};
use serde_json::{Value as Json, json};

const SEED: u64 = 2024;

/// A slope above 1 too, where the smaller of z and slope · z is the value.
const ACTIVATIONS: [Activation; 7] = [
    Sigmoid,
    Identity,
    Relu,
    Tanh,
    LeakyRelu { slope: 0.1 },
    LeakyRelu { slope: 2.5 },
    LeakyRelu { slope: 0.0 },
];
const LINKS: [Link; 3] = [Link::Identity, Link::Softmax, Link::Logistic];

fn builder<F: Scalar>(link: Link) -> DnnBuilder<F> {
    match link {
        Link::Softmax => Dnn::builder().softmax(true),
        Link::Logistic => Dnn::builder().loss(Loss::BinaryCrossEntropy),
        _ => Dnn::builder(),
    }
}

fn model<F: Scalar>(net: &Dnn<F>) -> Vec<u8> {
    let mut model = Vec::new();
    net.to_onnx(&mut model).unwrap();
    model
}

/// 3 inputs, 5 and 4 hidden neurons, 2 outputs.
fn three_layers<F: Scalar>(link: Link, activations: [Activation; 3]) -> Dnn<F> {
    network(builder(link), &[3, 5, 4, 2], &activations, &mut ChaCha8Rng::seed_from_u64(SEED))
}

/// Operator, inputs, output and attributes of each node, as text.
fn nodes(model: &[u8]) -> Vec<String> {
    let text = |node: &reader::Node<'_>| {
        format!("{} = {}({}) {:?}", node.output, node.operator, node.inputs.join(", "), node.attributes)
    };
    Graph::of(model).nodes.iter().map(text).collect()
}

#[test]
fn a_model_says_what_it_is() {
    fn check<F: Scalar>(data_type: u64) {
        let bytes = model(&three_layers::<F>(Link::Softmax, [Tanh, Relu, Identity]));
        let model = Message::read(&bytes);
        assert_eq!(model.numbers(), [1, 2, 3, 7, 8]);
        assert_eq!(model.one(1).int(), 7);
        assert_eq!(model.one(2).text(), "ndarray-dnn");
        assert_eq!(model.one(3).text(), env!("CARGO_PKG_VERSION"));
        let opset = model.one(8).message();
        assert_eq!((opset.one(1).text(), opset.one(2).int()), ("", 13));
        let graph = model.one(7).message();
        assert_eq!(graph.numbers(), [1, 2, 5, 11, 12]);
        assert_eq!(graph.one(2).text(), "ndarray-dnn");
        for (number, name, columns) in [(11, "x", 3), (12, "y", 2)] {
            let value = graph.one(number).message();
            assert_eq!(value.one(1).text(), name);
            let tensor = value.one(2).message().one(1).message();
            assert_eq!(tensor.one(1).int(), data_type);
            let dims = Vec::from_iter(tensor.one(2).message().all(1).map(Value::message));
            assert_eq!(dims.len(), 2);
            assert_eq!((dims[0].numbers(), dims[0].one(2).text()), (vec![2], "batch"));
            assert_eq!((dims[1].numbers(), dims[1].one(1).int()), (vec![1], columns));
        }
    }
    check::<f32>(1);
    check::<f64>(11);
}

#[test]
fn initializers_are_the_parameters_by_pytorch_s_names() {
    fn check<F: Scalar>(data_type: u64, bytes_of: fn(F) -> Vec<u8>) {
        let net = three_layers::<F>(Link::Identity, [Tanh, LeakyRelu { slope: 0.1 }, Identity]);
        let bytes = model(&net);
        let graph = Graph::of(&bytes);
        for (l, layer) in net.layers().iter().enumerate() {
            let weight = graph.tensor(&format!("layers.{l}.weight"));
            assert_eq!((weight.data_type, &weight.shape[..]), (data_type, layer.weights().shape()));
            // Row by row, (fan_out, fan_in), though they stand column by column.
            let expected = Vec::from_iter(layer.weights().iter().flat_map(|&value| bytes_of(value)));
            assert_eq!(weight.raw, expected);
            let bias = graph.tensor(&format!("layers.{l}.bias"));
            assert_eq!((bias.data_type, &bias.shape[..]), (data_type, [layer.fan_out()].as_slice()));
            assert_eq!(bias.raw, Vec::from_iter(layer.biases().iter().flat_map(|&value| bytes_of(value))));
        }
        let constants = if data_type == 1 { 0 } else { 2 };
        assert_eq!(graph.tensors.len(), 6 + constants);
    }
    check::<f32>(1, |value| value.to_le_bytes().into());
    check::<f64>(11, |value| value.to_le_bytes().into());
}

#[test]
fn nodes_are_the_layers_and_the_link() {
    let gemm = [
        r#"layers.0.z = Gemm(x, layers.0.weight, layers.0.bias) [("transB", Int(1))]"#,
        r#"layers.1.z = Gemm(layers.0.a, layers.1.weight, layers.1.bias) [("transB", Int(1))]"#,
        r#"layers.2.z = Gemm(layers.1.a, layers.2.weight, layers.2.bias) [("transB", Int(1))]"#,
    ];
    let tanh = "layers.0.a = Tanh(layers.0.z) []";
    let activations = [Tanh, LeakyRelu { slope: 0.1 }, Identity];
    let slope = r#"layers.1.a = LeakyRelu(layers.1.z) [("alpha", Float(0.1))]"#;
    assert_eq!(
        nodes(&model(&three_layers::<f32>(Link::Softmax, activations))),
        [gemm[0], tanh, gemm[1], slope, gemm[2], r#"y = Softmax(layers.2.z) [("axis", Int(1))]"#]
    );
    assert_eq!(
        nodes(&model(&three_layers::<f64>(Link::Logistic, activations))),
        [
            gemm[0],
            tanh,
            gemm[1],
            "layers.1.is_positive = Greater(layers.1.z, layers.1.zero) []",
            "layers.1.share = Mul(layers.1.z, layers.1.slope) []",
            "layers.1.a = Where(layers.1.is_positive, layers.1.z, layers.1.share) []",
            gemm[2],
            "y = Sigmoid(layers.2.z) []"
        ]
    );
    let layer = Layer::new(array![[1.0, 2.0]], array![3.0], Identity).unwrap();
    let net = Dnn::builder().build_from([layer]).unwrap();
    let only = r#"y = Gemm(x, layers.0.weight, layers.0.bias) [("transB", Int(1))]"#;
    assert_eq!(nodes(&model(&net)), [only]);
}

/// A network and the name of its file, of what it is: `f64_tanh_relu_softmax_3`. What it puts out is below 4, so that
/// an f32 is rounded by less than 2.5e-7.
fn case<F: Scalar>(hidden: Option<Activation>, last: Activation, link: Link) -> (String, Dnn<F>) {
    let activations = Vec::from_iter(hidden.into_iter().chain(hidden).chain([last]));
    let shape = if hidden.is_some() { vec![5, 4, 2] } else { vec![2] };
    let hidden = hidden.map_or(String::new(), |hidden| format!("{hidden}_"));
    let name = format!("{}_{hidden}{last}_{link}_{}", F::NAME, shape.len());
    let builder = builder(link).init(Init::Uniform { low: -0.6, high: 0.6 }).seed(SEED);
    let net = builder.input_shape(3).shape(shape).activations(activations).build().unwrap();
    assert_eq!(net.config().link(), link);
    (name, net)
}

/// Every activation as the only one, and every one hidden before every one, with every link.
fn cases<F: Scalar>() -> Vec<(String, Dnn<F>)> {
    let hidden = Vec::from_iter([None].into_iter().chain(ACTIVATIONS.map(Some)));
    let mut cases = Vec::new();
    for link in LINKS {
        for last in ACTIVATIONS {
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
            net.to_onnx(&mut fs::File::create(&file).unwrap()).unwrap();
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
        assert_eq!(written.len(), 2 * 3 * 7 * 8);
        written
    }
    let written = [check::<f32>(&directory, 1e-6), check::<f64>(&directory, 1e-14)].concat();
    // Last: whoever finds it finds all models.
    fs::write(directory.join("predictions.json"), serde_json::to_vec(&written).unwrap()).unwrap();
}

/// Takes so many bytes, and then none.
struct Full {
    taken: Vec<u8>,
    room: usize,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.taken.len() == self.room {
            return Err(io::Error::new(ErrorKind::StorageFull, "no room"));
        }
        let count = bytes.len().min(self.room - self.taken.len());
        self.taken.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_failing_out_is_an_error_wherever_it_fails() {
    // 120,000 bytes of weights: several chunks.
    let large: Dnn =
        network(Dnn::builder(), &[150, 100, 1], &[Relu, Identity], &mut ChaCha8Rng::seed_from_u64(SEED));
    let whole = model(&large);
    let expected = Error::File(FileError::Io {
        what: "could not write the ONNX model".into(),
        kind: ErrorKind::StorageFull,
        source: Cause::new("no room"),
    });
    for room in (0..whole.len()).step_by(997).chain([whole.len() - 1]) {
        let mut out = Full { taken: Vec::new(), room };
        let error = large.to_onnx(&mut out).unwrap_err();
        assert_eq!(error, expected);
        assert_eq!(error.to_string(), "could not write the ONNX model: no room");
        assert_eq!(out.taken, whole[..room], "all until it fails, and nothing thereafter");
    }
    let mut out = Full { taken: Vec::new(), room: whole.len() };
    large.to_onnx(&mut out).unwrap();
    assert_eq!(out.taken, whole);
}

/// Fails where everything was taken.
struct NoFlush;

impl Write for NoFlush {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(ErrorKind::BrokenPipe.into())
    }
}

/// What a buffer of the caller's could not write is no success.
#[test]
fn a_failing_flush_is_an_error() {
    let error = three_layers::<f64>(Link::Identity, [Relu; 3]).to_onnx(&mut NoFlush).unwrap_err();
    assert!(matches!(error, Error::File(FileError::Io { kind: ErrorKind::BrokenPipe, .. })), "{error}");
}

#[test]
fn parameters_that_are_not_finite_are_refused_before_anything_is_written() {
    fn check<F: Scalar>(huge: f64) {
        // Two inputs, two neurons. With λ = 2 and a rate of `huge`, one step takes 10 beyond the largest number.
        let (zero, ten) = (F::zero(), F::from_f64(10.0));
        let zeros = [[zero; 2]; 2];
        let cases = [
            ([[zero, zero], [ten, zero]], [zero, zero], "the weights of a layer", 1, 0),
            ([[zero, ten], [ten, zero]], [ten, zero], "the weights of a layer", 0, 1),
            (zeros, [zero, ten], "the biases of a layer", 1, 0),
        ];
        for (weights, biases, what, row, column) in cases {
            let first = Layer::new(Array2::from(zeros.to_vec()), array![zero, zero], Relu).unwrap();
            let last = Layer::new(Array2::from(weights.to_vec()), biases.to_vec().into(), Identity).unwrap();
            let builder = Dnn::builder().eta(huge).regularization(2.0);
            let mut net = builder.build_from([first, last]).unwrap();
            let pass = net.compute(&Array2::zeros((1, 2))).unwrap();
            let gradients = net.bp(&pass, &Array2::zeros((1, 2))).unwrap();
            net.update(&gradients).unwrap();
            let mut out = Vec::new();
            assert_eq!(net.to_onnx(&mut out), Err(Error::NonFinite { what, row, column }));
            assert!(out.is_empty());
        }
    }
    check::<f32>(1e38);
    check::<f64>(1e308);
}
