//! The crate against scikit-learn's MLP: see `tests/golden/README.md`, and `against_sklearn.py`, which computed
//! the numbers.

use ndarray::aview1;
use ndarray_dnn::{BatchOrder, Dnn, DnnBuilder, Layer, Loss, Optimizer};
use serde_json::Value;

use crate::common::json::{count, layers, list, matrix, number, read, vector};
use crate::common::{assert_close, parameters};

/// After 50 epochs. The script allows a tenth of it between versions of scikit-learn.
const TOLERANCE: f64 = 1e-9;

#[test]
fn parameters_after_50_epochs_agree_with_scikit_learn() {
    let golden = read("sklearn");
    let cases = list(&golden["cases"]);
    assert_eq!(cases.len(), 24);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let (x, y) = (matrix(&case["x"]), matrix(&case["y"]));
        let mut net = builder(case).build_from(layers_of(case, "initial")).unwrap();
        let report = net.fit(&x, &y).unwrap();
        let last = parameters(&layers_of(case, "final"));
        let context = |what: &str| format!("{name}: {what}");
        assert_close(&context("parameters"), &parameters(net.layers()), &last, TOLERANCE);
        assert!((last - parameters(&layers_of(case, "initial"))).iter().any(|d| d.abs() > 0.1));
        // scikit-learn's losses contain L2, and those of a regression are divided by the number of outputs.
        if number(&case["lambda"]) == 0.0 {
            let (objectives, losses) = (vector(&case["objectives"]), vector(&case["losses"]));
            assert_close(&context("losses"), &aview1(report.losses()), &objectives, TOLERANCE);
            let columns = if case["link"] == "none" { y.ncols() as f64 } else { 1.0 };
            assert_close(&context("its own losses"), &(objectives / columns), &losses, TOLERANCE);
        }
    }
}

fn builder(case: &Value) -> DnnBuilder {
    let builder = Dnn::builder().batch_order(BatchOrder::Sequential).decay_power(0.0).threshold(0.0);
    let builder = builder.minibatch_size(count(&case["batch"])).max_epochs(count(&case["epochs"]));
    let builder =
        builder.eta(number(&case["eta"])).regularization(number(&case["lambda"])).regularize_biases(false);
    let builder = match case["link"].as_str().unwrap() {
        "none" => builder.loss(Loss::Squared),
        "softmax" => builder.softmax(true),
        "logistic" => builder.loss(Loss::BinaryCrossEntropy),
        other => panic!("no link {other}"),
    };
    let optimizer = &case["optimizer"];
    match optimizer["kind"].as_str().unwrap() {
        "adam" => builder.optimizer(Optimizer::Adam {
            beta1: number(&optimizer["beta1"]),
            beta2: number(&optimizer["beta2"]),
            epsilon: number(&optimizer["epsilon"]),
        }),
        "sgd" => {
            let is_nesterov = optimizer["nesterov"].as_bool().unwrap();
            let builder = builder.momentum(number(&optimizer["momentum"]));
            builder.optimizer(if is_nesterov { Optimizer::Nesterov } else { Optimizer::Momentum })
        }
        other => panic!("no optimizer {other}"),
    }
}

/// The layers of a case at this time.
fn layers_of(case: &Value, time: &str) -> Vec<Layer> {
    let activations = list(&case["activations"]).iter().map(|name| name.as_str().unwrap().parse().unwrap());
    layers(&case[time], activations)
}
