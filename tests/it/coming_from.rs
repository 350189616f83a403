//! Settings of scikit-learn, Keras and PyTorch become the crate's as `guide::coming_from` says: see
//! `tests/golden/README.md`, and `coming_from.py`, which trained the networks.

use ndarray::{Array1, s};
use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::{BatchOrder, Dnn, DnnBuilder, Layer, Loss, Optimizer};
use serde_json::Value;

use crate::common::json::{count, list, matrix, number, read, vector};
use crate::common::{assert_close, parameters};

/// After 50 steps. Keras rounds rates and some results to f32, also where everything else is f64.
fn tolerance(library: &str) -> f64 {
    if library == "keras" { 1e-6 } else { 1e-10 }
}

/// The loss of a library: the crate's, and the factor c with which it is c times the loss that the crate minimises, for
/// k outputs.
fn loss(builder: DnnBuilder, name: &str, k: f64) -> (DnnBuilder, f64) {
    match name {
        // Its gradient is that of ½‖d‖², although it reports the mean over the outputs.
        "MLPRegressor" => (builder.loss(Loss::Squared), 1.0),
        "mse" | "MSELoss" => (builder.loss(Loss::Squared), 2.0 / k),
        "mae" | "L1Loss" => (builder.loss(Loss::Absolute), 1.0 / k),
        "MLPClassifier" | "categorical_crossentropy" | "CrossEntropyLoss" => (builder.softmax(true), 1.0),
        "binary_crossentropy" | "BCEWithLogitsLoss" => (builder.loss(Loss::BinaryCrossEntropy), 1.0 / k),
        other => panic!("no loss {other}"),
    }
}

/// The crate's settings for those of a case; with `converts = false` the same numbers without conversion.
fn settings(case: &Value, k: f64, batch: f64, converts: bool) -> DnnBuilder {
    let text = |key: &str| case[key].as_str().unwrap();
    let (builder, factor) = loss(Dnn::builder(), text("loss"), k);
    let c = if converts { factor } else { 1.0 };
    let (rate, l2) = (number(&case["rate"]), number(&case["l2"]));
    // What the library adds to its gradient is `shrink · θ`.
    let (shrink, regularizes_biases) = match text("library") {
        "sklearn" => (l2 / batch, false),
        // `l2(c)` is c‖W‖², without the ½.
        "keras" => (2.0 * l2, false),
        "torch" => (l2, true),
        other => panic!("no library {other}"),
    };
    let lambda = if converts { shrink / c } else { l2 };
    let [beta1, beta2] = [0.9, 0.999];
    let epsilon = case["epsilon"].as_f64().map_or(0.0, |epsilon| epsilon / c);
    match text("optimizer") {
        "SGD" => builder
            .momentum(number(&case["momentum"]))
            .eta(c * rate)
            .regularization(lambda)
            .regularize_biases(regularizes_biases),
        "Adam" => builder
            .optimizer(Optimizer::Adam { beta1, beta2, epsilon })
            .eta(rate)
            .regularization(lambda)
            .regularize_biases(regularizes_biases),
        // It shrinks the parameters and not the gradient, those of the biases too.
        "AdamW" => builder
            .optimizer(Optimizer::AdamW { beta1, beta2, epsilon })
            .eta(rate)
            .regularization(if converts { l2 } else { lambda / 2.0 })
            .regularize_biases(true),
        other => panic!("no optimizer {other}"),
    }
}

#[test]
fn converted_settings_give_the_parameters_of_the_libraries() {
    let golden = read("coming_from");
    let (x, batch, epochs) = (matrix(&golden["x"]), count(&golden["batch"]), count(&golden["epochs"]));
    let cases = list(&golden["cases"]);
    assert_eq!(cases.len(), 18);
    for case in cases {
        let name = format!("{} {} {}", case["library"], case["loss"], case["optimizer"]);
        let y = matrix(&golden[case["targets"].as_str().unwrap()]);
        let k = y.ncols();
        let fitted = |converts: bool| -> Array1<f64> {
            let builder = settings(case, k as f64, batch as f64, converts)
                .batch_order(BatchOrder::Sequential)
                .minibatch_size(batch)
                .max_epochs(epochs)
                .decay_power(0.0)
                .threshold(0.0);
            let mut net = builder.build_from(layers(&golden["initial"], k)).unwrap();
            net.fit(&x, &y).unwrap();
            parameters(net.layers())
        };
        let expected = parameters(&layers(&case["final"], k));
        assert_close(&name, &fitted(true), &expected, tolerance(case["library"].as_str().unwrap()));
        // Without conversion they differ, wherever there is something to convert.
        let is_equal = (fitted(false) - &expected).iter().all(|difference| difference.abs() < 1e-4);
        let needs_nothing = case["library"] == "torch" && case["loss"] == "CrossEntropyLoss";
        assert_eq!(is_equal, needs_nothing, "{name}");
    }
}

/// Layers of `k` outputs: the first `k` rows of the last one.
fn layers(layers: &Value, k: usize) -> Vec<Layer> {
    let [hidden, last] = list(layers) else { panic!("{layers}") };
    let hidden = Layer::new(matrix(&hidden["weights"]), vector(&hidden["biases"]), Tanh);
    let weights = matrix(&last["weights"]).slice(s![..k, ..]).to_owned();
    let last = Layer::new(weights, vector(&last["biases"]).slice(s![..k]).to_owned(), Identity);
    vec![hidden.unwrap(), last.unwrap()]
}
