//! Last layers that softmax or a loss cannot be combined with.

use ndarray_dnn::Activation::{Identity, Relu, Sigmoid, Tanh};
use ndarray_dnn::ndarray::{Array1, Array2};
use ndarray_dnn::{Activation, Dnn, DnnBuilder, Error, Layer, Loss};

use super::support::{assert_refused, builder, conflict};

const SINGLE: &str = "softmax(true) cannot be combined with a single output, whose softmax is always 1: use an output for each class, or loss(Loss::BinaryCrossEntropy) for one answer of yes or no";
const TWICE: &str = "loss(BinaryCrossEntropy) cannot be combined with the last activation sigmoid: this loss applies the sigmoid itself, so end with the activation identity";

fn single() -> Error {
    conflict("softmax", "softmax(true)", "a single output, whose softmax is always 1")
}

fn twice() -> Error {
    conflict("loss", "loss(BinaryCrossEntropy)", "the last activation sigmoid")
}

/// A layer of 2 inputs.
fn layer(outputs: usize, activation: Activation) -> Layer<f64> {
    Layer::new(Array2::ones((outputs, 2)), Array1::ones(outputs), activation).unwrap()
}

#[test]
fn new_networks() {
    let new = || builder::<f64>().shape([3, 1]);
    assert_refused(new().softmax(true).build(), &single(), SINGLE);
    assert_refused(Dnn::builder().softmax(true).build_from([layer(1, Identity)]), &single(), SINGLE);
    let logistic = |builder: DnnBuilder| builder.loss(Loss::BinaryCrossEntropy);
    for outputs in [1, 2] {
        let new = builder::<f64>().shape([3, outputs]).activations([Tanh, Sigmoid]);
        assert_refused(logistic(new).build(), &twice(), TWICE);
        let built = logistic(Dnn::builder()).build_from([layer(outputs, Sigmoid)]);
        assert_refused(built, &twice(), TWICE);
    }
    // A hidden sigmoid is no conflict, and neither is another last activation.
    for last in [Identity, Relu, Tanh] {
        assert!(logistic(builder().activations([Sigmoid, last])).build().is_ok());
        assert!(builder::<f64>().activations([Sigmoid, last]).softmax(true).build().is_ok());
    }
    for loss in [Loss::Article, Loss::Squared, Loss::Absolute, Loss::Poisson] {
        assert!(builder::<f64>().activations([Tanh, Sigmoid]).loss(loss).build().is_ok());
    }
}

#[test]
fn changed_networks() {
    let change: fn(DnnBuilder) -> DnnBuilder = |builder| builder.softmax(true);
    let logistic: fn(DnnBuilder) -> DnnBuilder = |builder| builder.loss(Loss::BinaryCrossEntropy);
    for (outputs, last, change, expected, text) in
        [(1, Identity, change, single(), SINGLE), (2, Sigmoid, logistic, twice(), TWICE)]
    {
        let mut net = builder().shape([3, outputs]).activations([Tanh, last]).build().unwrap();
        let before = net.clone();
        assert_refused(net.reconfigure(change), &expected, text);
        assert_eq!(net, before);
    }
}

/// Softmax over a ReLU or a sigmoid is the article's, and the text of the network shows it.
#[test]
fn softmax_over_another_activation_is_shown() {
    for (last, line) in [
        (Identity, "\n  softmax\n"),
        (Relu, "\n  softmax of the outputs of relu\n"),
        (Sigmoid, "\n  softmax of the outputs of sigmoid\n"),
    ] {
        let net = builder::<f64>().activations([Tanh, last]).softmax(true).build().unwrap();
        assert!(net.to_string().contains(line), "{net}");
    }
    let net = builder::<f64>().activations([Tanh, Sigmoid]).loss(Loss::Squared).build().unwrap();
    assert!(!net.to_string().contains("outputs of"), "{net}");
    let net = builder::<f64>().loss(Loss::Poisson).build().unwrap();
    assert!(net.to_string().contains("\n  log\n"), "{net}");
}
