//! The crate against PyTorch's optimizers, schedules and clipping: see `tests/golden/README.md`, and
//! `against_torch.py`, which computed the numbers.

use ndarray::{Array1, aview1};
use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::{BatchOrder, Dnn, DnnBuilder, Loss};
use serde_json::Value;

use crate::common::json::{count, layers, list, matrix, number, read, vector};
use crate::common::{assert_close, parameters};

/// After 120 steps. The script allows a tenth of it between versions of PyTorch.
const TOLERANCE: f64 = 1e-11;

#[test]
fn parameters_and_rates_agree_with_pytorch() {
    let golden = read("torch");
    let (x, y) = (matrix(&golden["x"]), matrix(&golden["y"]));
    let cases = list(&golden["cases"]);
    assert_eq!(cases.len(), 12);
    for case in cases {
        let builder = Dnn::builder().batch_order(BatchOrder::Sequential).loss(Loss::Squared).threshold(0.0);
        let builder = builder.minibatch_size(count(&golden["batch"])).max_epochs(count(&golden["epochs"]));
        let mut net = with(builder, case).build_from(layers(&golden["initial"], [Tanh, Identity])).unwrap();
        let before = parameters(net.layers());
        let report = net.fit(&x, &y).unwrap();
        let context = format!("{}, {}", case["optimizer"], case["schedule"]);
        let rates = Array1::from_iter(report.history().iter().map(|epoch| epoch.eta()));
        assert_close(&context, &rates, &aview1(&vector(&case["rates"]).to_vec()), 1e-15);
        let last = parameters(&layers(&case["final"], [Tanh, Identity]));
        assert_close(&context, &parameters(net.layers()), &last, TOLERANCE);
        assert!((last - before).iter().any(|d| d.abs() > 0.1), "{context}");
    }
}

/// The settings of a case.
fn with(builder: DnnBuilder, case: &Value) -> DnnBuilder {
    let text = |key: &str| case[key].as_str().unwrap();
    let builder = builder.optimizer(text("optimizer").parse().unwrap()).eta(number(&case["eta"]));
    let builder = builder.schedule(text("schedule").parse().unwrap()).decay_power(0.0);
    let builder = builder.clip_norm(case["clip_norm"].as_f64()).max_norm(case["max_norm"].as_f64());
    let builder = builder.l1(number(&case["l1"])).regularization(number(&case["l2"]));
    let builder = builder.regularize_biases(case["regularize_biases"].as_bool().unwrap());
    match case["momentum"].as_f64() {
        Some(momentum) => builder.momentum(momentum),
        None => builder,
    }
}
