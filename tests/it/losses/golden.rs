//! The losses of scikit-learn and SciPy, in `golden/losses.json`, which `losses_in_sklearn.py` writes.

use ndarray::{Array2, Axis, s};
use ndarray_dnn::{Dnn, Loss, Scalar};
use serde_json::Value;

use super::passing_on;
use crate::common::json::{list, matrix, number, read, vector};
use crate::common::{assert_close, assert_near};

/// The network of a case, its input, targets, losses of rows and D.
struct Case<F: Scalar> {
    name: String,
    net: Dnn<F>,
    a: Array2<F>,
    y: Array2<F>,
    losses: Vec<f64>,
    d: Array2<f64>,
}

fn cases<F: Scalar>() -> Vec<Case<F>> {
    let golden = read("losses");
    let array = |value: &Value| matrix(value).mapv(F::from_f64);
    let case = |case: &Value| {
        let (loss, smoothing) = (case["loss"].as_str().unwrap(), number(&case["label_smoothing"]));
        let builder = Dnn::builder().label_smoothing(smoothing);
        let builder = match loss {
            "softmax" => builder.softmax(true),
            loss => builder.loss(loss.parse().unwrap()),
        };
        let a = array(&golden["a"]);
        Case {
            name: format!("{loss}, label smoothing {smoothing}, {}", F::NAME),
            net: passing_on(builder, a.ncols()),
            a,
            y: array(&golden[case["targets"].as_str().unwrap()]),
            losses: vector(&case["losses"]).to_vec(),
            d: matrix(&case["d"]),
        }
    };
    let cases = Vec::from_iter(list(&golden["cases"]).iter().map(case));
    assert_eq!(cases.len(), 11);
    cases
}

fn check<F: Scalar>(tolerance: f64) {
    for Case { name, net, a, y, losses, d } in cases::<F>() {
        let pass = net.compute(&a).unwrap();
        assert_close(&name, &net.error(&pass, &y).unwrap(), &d, tolerance);
        for (i, expected) in losses.iter().enumerate() {
            let rows = s![i..=i, ..];
            let found = net.loss(&net.compute(&a.slice(rows)).unwrap(), &y.slice(rows)).unwrap();
            assert!((found - expected).abs() <= tolerance * expected.max(1.0), "{name}, row {i}: {found}");
        }
        let mean = losses.iter().sum::<f64>() / losses.len() as f64;
        assert_near(net.loss(&pass, &y).unwrap(), mean, tolerance);
        assert_near(net.mean_loss(&a, &y).unwrap(), mean, tolerance);
        assert_near(net.objective(&a, &y).unwrap(), mean, tolerance);
    }
}

#[test]
fn losses_and_derivatives_are_those_of_scikit_learn() {
    check::<f64>(1e-13);
    check::<f32>(1e-5);
}

/// `fit` reports the loss before its update, and descends along D.
#[test]
fn fit_reports_and_descends_the_same_losses() {
    for Case { name, mut net, a, y, losses, d } in cases::<f64>() {
        let before = net.layers()[0].biases().to_owned();
        let builder = |builder: ndarray_dnn::DnnBuilder| {
            let builder = builder.minibatch_size(usize::MAX).max_epochs(1).eta(0.125);
            builder.batch_order(ndarray_dnn::BatchOrder::Sequential).threshold(0.0)
        };
        net.reconfigure(builder).unwrap();
        let report = net.fit(&a, &y).unwrap();
        assert_near(report.losses()[0], losses.iter().sum::<f64>() / losses.len() as f64, 1e-13);
        let step = (&net.layers()[0].biases() - &before) / 0.125;
        assert_close(&name, &step, &d.mean_axis(Axis(0)).unwrap(), 1e-13);
    }
}

#[test]
fn at_a_kink_the_derivative_is_0_or_both_sides_agree() {
    let a = ndarray::array![[0.5, -0.25, 1.0]];
    for loss in [Loss::Absolute, Loss::Quantile { tau: 0.9 }, Loss::Huber { delta: 0.5 }] {
        let net = passing_on(Dnn::builder().loss(loss), 3);
        let pass = net.compute(&a).unwrap();
        assert_eq!(net.error(&pass, &a).unwrap(), Array2::<f64>::zeros((1, 3)), "{loss}");
        assert_eq!(net.loss(&pass, &a), Ok(0.0), "{loss}");
    }
    let net = passing_on(Dnn::builder().loss(Loss::Huber { delta: 0.5 }), 3);
    let pass = net.compute(&a).unwrap();
    let y = &a + &ndarray::array![[0.5, -0.5, 0.75]];
    assert_eq!(net.error(&pass, &y).unwrap(), ndarray::array![[0.5, -0.5, 0.5]]);
    // ½·0.5² twice, and 0.5 (0.75 − 0.25).
    assert_eq!(net.loss(&pass, &y), Ok(0.125 + 0.125 + 0.25));
}
