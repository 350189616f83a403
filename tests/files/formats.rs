//! The files in this folder: of each format of this crate, and of PyTorch.

use std::fs;
use std::path::Path;

use ndarray::Array2;
use ndarray_dnn::Activation::{self, Identity};
use ndarray_dnn::{BatchOrder, Dnn, Init, Layer, Loss, Optimizer, Scalar};
use safetensors::SafeTensors;

use crate::common::json::matrix;
use crate::common::{assert_close, parameters, velocity};

/// The first parameter and the first velocity of the files of format 1.
const F64: [f64; 2] = [0.67739288277645, -0.018515787686225978];
const F32: [f64; 2] = [0.31357070803642273, 0.001617981819435954];

/// Loads a file of format 1; checks its answers, its first parameter and its first velocity.
fn check_format<F: Scalar>(name: &str, first: [f64; 2]) -> Dnn<F> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let text = fs::read_to_string(folder.join("format_1.json")).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    let net = Dnn::<F>::load(folder.join(name)).unwrap();
    let expected = matrix(&golden[F::NAME]);
    let tolerance = if F::NAME == "f64" { 1e-14 } else { 1e-6 };
    let answer = net.predict(&matrix(&golden["x"]).mapv(F::from_f64)).unwrap();
    assert_close(name, &answer, &expected, tolerance);
    assert_eq!([parameters(net.layers())[0], velocity(&net)[0]], first, "{name}");
    net
}

#[test]
fn files_of_every_format_load() {
    let net = check_format::<f64>("format_1_f64.safetensors", F64);
    let expected = Dnn::<f64>::builder().input_shape(3).shape([4, 3, 2]);
    let leaky_relu = Activation::LeakyRelu { slope: 0.125 };
    let expected = expected.activations([leaky_relu, Activation::Tanh, Identity]).loss(Loss::Squared);
    let expected =
        expected.init(Init::Uniform { low: -0.5, high: 1.0 }).eta(1.0 / 30.0).decay_power(1.0 / 3.0);
    let expected = expected.optimizer(Optimizer::Adam { beta1: 0.8, beta2: 0.99, epsilon: 1e-7 });
    let expected = expected.batch_order(BatchOrder::Shuffled).minibatch_size(6).regularize_biases(false);
    let expected = expected.regularization(1e-3 / 3.0).threshold(0.0).max_epochs(3).seed(u64::MAX);
    let expected = expected.build().unwrap();
    assert_eq!(net.config(), expected.config());
    assert_eq!((net.iterations(), net.effective_eta()), (12, 1.0 / 30.0 / 12_f64.powf(1.0 / 3.0)));

    let net = check_format::<f32>("format_1_f32.safetensors", F32);
    assert!(net.config().softmax() && net.config().verbose());
    assert_eq!((net.config().optimizer(), net.config().momentum()), (Optimizer::Nesterov, 0.6));
    assert_eq!(net.iterations(), 6);
}

#[test]
fn layers_of_a_pytorch_sequential() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let bytes = fs::read(folder.join("sequential.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let values = |name: &str| {
        let tensor = file.tensor(name).unwrap();
        let values = tensor.data().chunks_exact(4).map(|value| f32::from_le_bytes(value.try_into().unwrap()));
        (tensor.shape().to_vec(), Vec::from_iter(values))
    };
    let layer = |key: &str, activation| {
        let ((shape, weights), (_, biases)) =
            (values(&format!("{key}.weight")), values(&format!("{key}.bias")));
        let weights = Array2::from_shape_vec((shape[0], shape[1]), weights).unwrap();
        Layer::new(weights, biases.into(), activation).unwrap()
    };
    let net = Dnn::builder().build_from([layer("0", Activation::Relu), layer("2", Identity)]).unwrap();
    let text = fs::read_to_string(folder.join("sequential.json")).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    let answer = net.predict(&matrix(&golden["x"]).mapv(|x| x as f32)).unwrap();
    assert_close("answer", &answer, &matrix(&golden["y"]), 1e-6);
}
