//! The files in this folder: of each format of this crate, and of PyTorch.

use std::fs;
use std::path::Path;

use ndarray::{Array2, array};
use ndarray_dnn::Activation::{self, Identity};
use ndarray_dnn::{BatchOrder, Dnn, Init, Layer, Loss, Optimizer, Scalar, Schedule};
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
    assert_eq!((net.iterations(), net.effective_eta()), (12, 1.0 / 30.0 / libm::pow(12.0, 1.0 / 3.0)));

    let net = check_format::<f32>("format_1_f32.safetensors", F32);
    assert!(net.config().softmax() && net.config().verbose());
    assert_eq!((net.config().optimizer(), net.config().momentum()), (Optimizer::Nesterov, 0.6));
    assert_eq!(net.iterations(), 6);
}

/// Loads a file of a format: its own numbers, and the same network as a file of today.
fn check_older<F: Scalar>(name: &str, its_format: u64) -> Dnn<F> {
    let bytes = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(name)).unwrap();
    let format = |bytes: &[u8]| {
        let (_, metadata) = SafeTensors::read_metadata(bytes).unwrap();
        let text = &metadata.metadata().as_ref().unwrap()["ndarray_dnn"];
        let header: serde_json::Value = serde_json::from_str(text).unwrap();
        header["format"].as_u64().unwrap()
    };
    assert_eq!(format(&bytes), its_format, "{name}");
    let net = Dnn::<F>::from_safetensors(&bytes).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    for (l, layer) in net.layers().iter().enumerate() {
        let data = file.tensor(&format!("layers.{l}.weight")).unwrap().data().to_vec();
        let weights = layer.weights();
        let written = weights.iter().flat_map(|w| {
            let w = w.as_f64();
            if F::NAME == "f32" { (w as f32).to_le_bytes().to_vec() } else { w.to_le_bytes().to_vec() }
        });
        assert_eq!(data, Vec::from_iter(written), "{name}");
    }
    let written = net.to_safetensors().unwrap();
    assert_eq!(format(&written), 3, "{name}");
    let mut again = Dnn::<F>::from_safetensors(&written).unwrap();
    assert_eq!(again, net);
    // Both train on alike.
    let mut loaded = net.clone();
    let [x, y] =
        [net.input_shape(), net.output_shape()].map(|columns| Array2::from_elem((2, columns), F::one()));
    let losses = [&mut loaded, &mut again].map(|net| net.training(&x, &y).resume().max_epochs(2).run());
    assert_eq!(losses[0], losses[1]);
    assert_eq!(loaded, again);
    net
}

/// Also checks that there is nothing of the later settings.
fn check_format_1<F: Scalar>(name: &str) -> Dnn<F> {
    let net = check_older::<F>(name, 1);
    let config = net.config();
    assert_eq!((config.schedule(), config.l1()), (Schedule::Constant, 0.0));
    assert_eq!((config.clip_norm(), config.max_norm(), net.schedule_position()), (None, None, 0.0));
    net
}

#[test]
fn files_of_format_1_are_saved_in_the_format_of_today() {
    for name in ["format_1_f64.safetensors", "format_1_sequential.safetensors"] {
        check_format_1::<f64>(name);
    }
    for name in ["format_1_f32.safetensors", "format_1_cyclic.safetensors"] {
        check_format_1::<f32>(name);
    }
    let net = check_format_1::<f64>("format_1_sequential.safetensors");
    let config = net.config();
    assert_eq!((config.batch_order(), config.optimizer()), (BatchOrder::Sequential, Optimizer::Momentum));
    assert_eq!((config.init(), config.loss(), net.iterations()), (Init::He, Loss::Article, 14));
    let net = check_format_1::<f32>("format_1_cyclic.safetensors");
    let config = net.config();
    assert_eq!((config.batch_order(), config.loss()), (BatchOrder::Cyclic, Loss::BinaryCrossEntropy));
    assert_eq!(net.iterations(), 189);
}

/// The inputs of the files of formats 2 and 3.
fn inputs<F: Scalar>() -> Array2<F> {
    Array2::from_shape_fn((9, 3), |(i, j)| F::from_f64(((i * 3 + j) as f64).sin()))
}

/// The network with RMSProp and softmax in the files of formats 2 and 3.
fn check_rms_prop(net: &Dnn) {
    let expected =
        Dnn::<f64>::builder().input_shape(3).shape([4, 2]).activations([Activation::Tanh, Identity]);
    let expected = expected.softmax(true).label_smoothing(0.1).eta(0.1 / 3.0).decay_power(1.0 / 3.0);
    let expected = expected.optimizer(Optimizer::RmsProp { rho: 0.8, epsilon: 1e-7 });
    let expected = expected.init(Init::Uniform { low: -0.5, high: 1.0 / 3.0 }).minibatch_size(4);
    let expected = expected.schedule(Schedule::Cosine { epochs: 4, warm_up: 1, floor: 0.1 });
    let expected = expected.clip_norm(1.0 / 3.0).max_norm(7.0 / 3.0).l1(1e-5 / 3.0).dropout([0.25]);
    let expected = expected.batch_order(BatchOrder::ShuffledByEpoch).regularization(1e-3 / 3.0);
    let expected = expected.threshold(0.0).max_epochs(3).min_updates(7).seed(u64::MAX).build().unwrap();
    assert_eq!((net.config(), net.config().loss()), (expected.config(), Loss::CrossEntropy));
    assert_eq!((net.layers()[0].weights()[[0, 0]], net.iterations()), (0.22932901713091988, 9));
    let answer = net.predict(&inputs()).unwrap();
    assert_close("answer", &answer.row(0), &array![0.27340724832959573, 0.7265927516704043], 1e-14);
    assert!(velocity(net).iter().all(|v| *v == 0.0));
}

#[test]
fn files_of_format_2_are_saved_in_the_format_of_today() {
    check_rms_prop(&check_older("format_2_rms_prop.safetensors", 2));
    let net = check_older::<f32>("format_2_adam_w.safetensors", 2);
    let expected = Dnn::<f32>::multilabel(3, &[4], 2).label_weights([0.7, 3.0]);
    let expected = expected.positive_weights([1.0 / 3.0, 9.0]).init(Init::He).eta(0.01).max_epochs(3);
    let expected = expected.min_updates(0).regularize_biases(true);
    let expected = expected.optimizer(Optimizer::AdamW { beta1: 0.8, beta2: 0.99, epsilon: 1e-7 });
    assert_eq!(net.config(), expected.build().unwrap().config());
    assert_eq!(net.layers()[0].weights()[[0, 0]], 0.48767334);
    let answer = net.predict(&inputs()).unwrap();
    assert_close("answer", &answer.row(0), &array![0.72049785, 0.28777713], 1e-6);
}

/// It has no velocity of RMSProp, and texts for objects, and is the same network.
#[test]
fn files_of_format_3_load() {
    let net = check_older::<f64>("format_3_rms_prop.safetensors", 3);
    check_rms_prop(&net);
    assert_eq!(net, check_older("format_2_rms_prop.safetensors", 2));
    let bytes =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/format_3_rms_prop.safetensors"));
    assert_eq!(net.to_safetensors(), Ok(bytes.unwrap()));
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
