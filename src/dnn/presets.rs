//! Presets for classification, with one label or several, and for regression, chosen by measurement.

use std::iter::once;

use super::builder::{DnnBuilder, Names};
use crate::activation::Activation;
use crate::kernel::Scalar;
use crate::model::{BatchOrder, Init, Loss, Optimizer};

/// The builder of [`Dnn::classifier`](crate::Dnn::classifier).
pub(crate) fn classifier<F: Scalar>(inputs: usize, hidden: &[usize], classes: usize) -> DnnBuilder<F> {
    let builder = preset(inputs, hidden, classes, "classes");
    let builder = if classes == 1 { builder.loss(Loss::BinaryCrossEntropy) } else { builder.softmax(true) };
    builder.eta(0.01).decay_power(0.2).minibatch_size(32).regularization(0.001)
}

/// The builder of [`Dnn::multilabel`](crate::Dnn::multilabel).
pub(crate) fn multilabel<F: Scalar>(inputs: usize, hidden: &[usize], labels: usize) -> DnnBuilder<F> {
    let builder = classifier(inputs, hidden, labels).softmax(false).loss(Loss::BinaryCrossEntropy);
    named(builder, "labels")
}

/// The builder of [`Dnn::regressor`](crate::Dnn::regressor).
pub(crate) fn regressor<F: Scalar>(inputs: usize, hidden: &[usize], outputs: usize) -> DnnBuilder<F> {
    let builder = preset(inputs, hidden, outputs, "outputs").loss(Loss::Squared);
    builder.eta(0.03).decay_power(0.3).minibatch_size(16).regularization(0.01)
}

/// The sizes have the names of the preset's arguments, the last of which is `outputs`.
fn named<F: Scalar>(mut builder: DnnBuilder<F>, outputs: &'static str) -> DnnBuilder<F> {
    builder.names = Names { inputs: "inputs", hidden: "hidden", outputs: Some(outputs) };
    builder
}

/// The settings that both presets share. `name` is that of the outputs.
fn preset<F: Scalar>(inputs: usize, hidden: &[usize], outputs: usize, name: &'static str) -> DnnBuilder<F> {
    let builder = DnnBuilder::default()
        .input_shape(inputs)
        .shape(hidden.iter().copied().chain(once(outputs)))
        .activations(hidden.iter().map(|_| Activation::Relu).chain(once(Activation::Identity)))
        .init(Init::He)
        .optimizer(Optimizer::adam())
        .batch_order(BatchOrder::Shuffled)
        .regularize_biases(false)
        .max_epochs(100)
        .min_updates(1_000)
        .threshold(0.0);
    named(builder, name)
}
