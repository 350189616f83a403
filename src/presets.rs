//! Settings for people in a hurry, chosen by measurement.

use std::iter::once;

use crate::{Activation, BatchOrder, Dnn, DnnBuilder, Init, Loss, Optimizer, Scalar};

impl<F: Scalar> Dnn<F> {
    /// A builder of a classifier with sound settings for real data: x `(n, inputs)`, y `(n, classes)` as by
    /// [`one_hot`](crate::one_hot), and answers that are probabilities.
    ///
    /// | setting | value | |
    /// |---|---|---|
    /// | `activations` | `Relu`, the last one `Identity` | |
    /// | `softmax` | `true` | cross-entropy |
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::Dnn;
    ///
    /// let net: Dnn = Dnn::classifier(64, &[64], 10).build()?;
    /// assert!(net.config().softmax());
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn classifier(inputs: usize, hidden: &[usize], classes: usize) -> DnnBuilder<F> {
        preset(inputs, hidden, classes).softmax(true)
    }

    /// A builder of a regressor with sound settings for real data: x `(n, inputs)` and y `(n, outputs)`, both
    /// standardised.
    pub fn regressor(inputs: usize, hidden: &[usize], outputs: usize) -> DnnBuilder<F> {
        preset(inputs, hidden, outputs).loss(Loss::Squared)
    }
}

/// What both have in common.
fn preset<F: Scalar>(inputs: usize, hidden: &[usize], outputs: usize) -> DnnBuilder<F> {
    let activations = hidden.iter().map(|_| Activation::Relu).chain(once(Activation::Identity));
    Dnn::builder()
        .input_shape(inputs)
        .shape(hidden.iter().copied().chain(once(outputs)))
        .activations(activations)
        .init(Init::He)
        .batch_order(BatchOrder::Shuffled)
        .minibatch_size(32)
        .optimizer(Optimizer::adam())
        .eta(0.001)
        .decay_power(0.0)
        .regularization(1e-4)
        .regularize_biases(false)
        .threshold(0.0)
        .max_epochs(100)
}
