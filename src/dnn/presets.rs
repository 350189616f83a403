//! Settings for people in a hurry, chosen by measurement.

use std::iter::once;

use super::builder::DnnBuilder;
use super::dnn::Dnn;
use crate::activation::Activation;
use crate::kernel::Scalar;
use crate::model::{BatchOrder, Init, Loss, Optimizer};

impl<F: Scalar> Dnn<F> {
    /// A builder of a classifier with sound settings for real data: x `(n, inputs)` with columns that are
    /// standardised, or of about ±1; y `(n, classes)` as by [`one_hot`](crate::one_hot); answers that are
    /// probabilities. With one class it is a yes or no: a single column of y, 1 for yes and 0 for no.
    ///
    /// | setting | value |
    /// |---|---|
    /// | `activations` | `Relu`, of the last layer `Identity` |
    /// | `softmax` | `true`: cross-entropy; for one class `loss(Loss::BinaryCrossEntropy)` instead |
    /// | `init` | `Init::He` |
    /// | `optimizer` | `Optimizer::adam()`, so `momentum` must not be set |
    /// | `eta`, `decay_power` | 0.01, 0.2: rates from 0.01 to 0.0025 in the first 1,000 mini-batches |
    /// | `batch_order`, `minibatch_size` | `Shuffled`, 32 |
    /// | `regularization`, `regularize_biases` | 0.001, `false` |
    /// | `max_epochs`, `threshold` | 100, 0 |
    ///
    /// They were chosen on digits, iris, wine and breast cancer with one and two hidden layers of 16 to 256
    /// neurons; `benches/presets` measures them, and says what the alternatives came to. Early stopping by
    /// validation data of your own makes `max_epochs` matter less. Another optimizer wants another `eta`.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::Array2;
    /// use ndarray_dnn::{Dnn, one_hot};
    ///
    /// // Which of two numbers is larger?
    /// let x = Array2::from_shape_fn((200, 2), |(i, j)| ((i * 2 + j) as f64).sin());
    /// let labels = Vec::from_iter(x.rows().into_iter().map(|row| usize::from(row[1] > row[0])));
    /// let mut net: Dnn = Dnn::classifier(2, &[16], 2).build()?;
    /// net.fit(&x, &one_hot(&labels, 2)?)?;
    /// assert!(ndarray_dnn::metrics::accuracy(&labels, &net.predict_classes(&x)?)? > 0.98);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn classifier(inputs: usize, hidden: &[usize], classes: usize) -> DnnBuilder<F> {
        let builder = preset(inputs, hidden, classes);
        let builder =
            if classes == 1 { builder.loss(Loss::BinaryCrossEntropy) } else { builder.softmax(true) };
        builder.eta(0.01).decay_power(0.2).minibatch_size(32).regularization(0.001)
    }

    /// A builder of a regressor with sound settings for real data: x `(n, inputs)` and y `(n, outputs)`, both with
    /// columns that are standardised, as by [`StandardScaler`](crate::StandardScaler).
    ///
    /// | setting | value |
    /// |---|---|
    /// | `activations` | `Relu`, of the last layer `Identity` |
    /// | `loss` | `Loss::Squared` |
    /// | `init` | `Init::He` |
    /// | `optimizer` | `Optimizer::adam()`, so `momentum` must not be set |
    /// | `eta`, `decay_power` | 0.03, 0.3: rates from 0.03 to 0.004 in the first 1,000 mini-batches |
    /// | `batch_order`, `minibatch_size` | `Shuffled`, 16 |
    /// | `regularization`, `regularize_biases` | 0.01, `false` |
    /// | `max_epochs`, `threshold` | 100, 0 |
    ///
    /// They were chosen on the diabetes data, Friedman's first problem and a sine surface, of 150 to 5,000 rows, as
    /// those of [`classifier`](Self::classifier) were. `regularization` is worth another try on data of your own:
    /// little noise and many rows ask for less, 0.001.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::Array2;
    /// use ndarray_dnn::{Dnn, metrics};
    ///
    /// let x = Array2::from_shape_fn((300, 2), |(i, j)| (1.7 * (i * 2 + j) as f64).sin());
    /// let y = Array2::from_shape_fn((300, 1), |(i, _)| 2.0 * x[[i, 0]] * x[[i, 1]]);
    /// let mut net: Dnn = Dnn::regressor(2, &[16], 1).build()?;
    /// net.fit(&x, &y)?;
    /// assert!(metrics::r2(&y, &net.predict(&x)?)? > 0.9);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn regressor(inputs: usize, hidden: &[usize], outputs: usize) -> DnnBuilder<F> {
        let builder = preset(inputs, hidden, outputs).loss(Loss::Squared);
        builder.eta(0.03).decay_power(0.3).minibatch_size(16).regularization(0.01)
    }
}

/// What both have in common.
fn preset<F: Scalar>(inputs: usize, hidden: &[usize], outputs: usize) -> DnnBuilder<F> {
    Dnn::builder()
        .input_shape(inputs)
        .shape(hidden.iter().copied().chain(once(outputs)))
        .activations(hidden.iter().map(|_| Activation::Relu).chain(once(Activation::Identity)))
        .init(Init::He)
        .optimizer(Optimizer::adam())
        .batch_order(BatchOrder::Shuffled)
        .regularize_biases(false)
        .max_epochs(100)
        .threshold(0.0)
}
