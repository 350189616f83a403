//! Losses and label smoothing in files: every kind is read back, and what `build` refuses is refused.

use ndarray_dnn::Activation::{Identity, Sigmoid, Tanh};
use ndarray_dnn::{Activation, Dnn, Error, Loss};

use super::{older, with_header};

fn build(outputs: usize, last: Activation, loss: Loss) -> Vec<u8> {
    let builder = Dnn::<f64>::builder().input_shape(3).shape([4, outputs]).activations([Tanh, last]);
    builder.loss(loss).build().unwrap().to_safetensors().unwrap()
}

/// A file with a part of its settings replaced.
fn changed(bytes: &[u8], text: &str, other: &str) -> Vec<u8> {
    with_header(bytes, |header| {
        assert!(header.contains(text), "{text} is not in {header}");
        header.replacen(text, other, 1)
    })
}

fn load(bytes: &[u8]) -> Result<Dnn, Error> {
    Dnn::from_safetensors(bytes)
}

#[test]
fn every_number_of_a_loss_is_kept() {
    let third = 1.0 / 3.0;
    for loss in [
        Loss::Absolute,
        Loss::Poisson,
        Loss::Huber { delta: third },
        Loss::Huber { delta: 1e-300 },
        Loss::Huber { delta: f64::MAX },
        Loss::Quantile { tau: third },
        Loss::Quantile { tau: f64::from_bits(1) },
        Loss::Quantile { tau: 1.0 - f64::EPSILON / 2.0 },
    ] {
        assert_eq!(load(&build(1, Identity, loss)).unwrap().config().loss(), loss);
    }
    for label_smoothing in [0.0, third, 1e-300, 1.0 - f64::EPSILON / 2.0] {
        let builder = Dnn::<f64>::builder().input_shape(3).shape([2]).activations([Identity]);
        let net = builder.softmax(true).label_smoothing(label_smoothing).build().unwrap();
        assert_eq!(load(&net.to_safetensors().unwrap()), Ok(net));
    }
}

/// As in files that were written before there was label smoothing.
#[test]
fn without_label_smoothing_it_is_0() {
    let bytes = build(2, Identity, Loss::Squared);
    let without = changed(&bytes, r#"\"label_smoothing\":0.0,"#, "");
    assert_eq!(load(&without), load(&bytes));
}

#[test]
fn settings_that_build_refuses_are_refused() {
    let of = |loss| build(2, Identity, loss);
    let cases = [
        (
            of(Loss::Huber { delta: 1.0 }),
            r#"\"huber(1.0)\""#,
            r#"\"huber(0)\""#,
            "delta must be greater than 0 and finite in f64, found 0",
        ),
        (
            of(Loss::Quantile { tau: 0.5 }),
            r#"\"quantile(0.5)\""#,
            r#"\"quantile(1)\""#,
            "tau must be greater than 0 and less than 1 in f64, found 1",
        ),
        (
            of(Loss::Quantile { tau: 0.5 }),
            r#"\"quantile(0.5)\""#,
            r#"\"quantile\""#,
            "malformed file, ndarray_dnn.settings.loss: unknown loss \"quantile\": expected one of article, squared, \
             cross_entropy, binary_cross_entropy, absolute, poisson, huber(delta), quantile(tau)",
        ),
        (
            of(Loss::Squared),
            r#"\"label_smoothing\":0.0"#,
            r#"\"label_smoothing\":1"#,
            "label_smoothing must be at least 0 and less than 1 in f64, found 1",
        ),
        (
            of(Loss::Squared),
            r#"\"label_smoothing\":0.0"#,
            r#"\"label_smoothing\":0.5"#,
            "label_smoothing(0.5) cannot be combined with a network without softmax",
        ),
        (
            of(Loss::Squared),
            r#"\"label_smoothing\":0.0"#,
            r#"\"label_smoothing\":\"\""#,
            "malformed file, ndarray_dnn.settings.label_smoothing: must be a number, found \"\"",
        ),
        (
            build(2, Sigmoid, Loss::Squared),
            r#"\"squared\""#,
            r#"\"binary_cross_entropy\""#,
            "loss(BinaryCrossEntropy) cannot be combined with the last activation sigmoid: this loss applies the sigmoid itself, so end with the activation identity",
        ),
        (build(1, Identity, Loss::Article), r#"\"article\""#, r#"\"cross_entropy\""#, SINGLE),
    ];
    for (bytes, text, other, expected) in cases {
        assert_eq!(load(&changed(&bytes, text, other)).unwrap_err().to_string(), expected);
    }
    // Older files say softmax beside the loss.
    for (loss, expected) in [
        (Loss::Article, SINGLE),
        (
            Loss::Squared,
            "softmax(true) cannot be combined with loss(Squared): add softmax(false) to keep this loss, since \
             Dnn::classifier turns softmax on, or loss(Loss::Article) to keep softmax",
        ),
    ] {
        let bytes = older(&build(1, Identity, loss), 2);
        let softmax = changed(&bytes, r#"\"softmax\":false"#, r#"\"softmax\":true"#);
        assert_eq!(load(&softmax).unwrap_err().to_string(), expected);
    }
}

/// The error of softmax with one output.
const SINGLE: &str = "softmax(true) cannot be combined with a single output, whose softmax is always 1: use an output for \
                      each class, or loss(Loss::BinaryCrossEntropy) for one answer of yes or no";
