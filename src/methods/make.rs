//! The start: presets for real data, and a builder with the article's settings.

use crate::dnn::{Dnn, DnnBuilder, presets};
use crate::kernel::Scalar;

impl<F: Scalar> Dnn<F> {
    /// A builder of a classifier with good settings for real data. The columns of x `(n, inputs)` should be
    /// standardised, or about ±1. Use [`one_hot`](crate::one_hot) for y `(n, classes)`. The outputs are
    /// probabilities. With `classes = 1` the classifier answers yes or no: y has a single column, 1 for yes and 0
    /// for no.
    ///
    /// | setting | value |
    /// |---|---|
    /// | `activations` | `Relu`, and `Identity` for the last layer |
    /// | `softmax` | `true`: cross-entropy; for one class `loss(Loss::BinaryCrossEntropy)` instead |
    /// | `init` | `Init::He` |
    /// | `optimizer` | `Optimizer::adam()`, so `momentum` must not be set |
    /// | `eta`, `decay_power` | 0.01, 0.2: rates from 0.01 to 0.0025 in the first 1,000 mini-batches |
    /// | `batch_order`, `minibatch_size` | `Shuffled`, 32 |
    /// | `regularization`, `regularize_biases` | 0.001, `false` |
    /// | `max_epochs`, `min_updates`, `threshold` | 100, or more for up to 1,000 mini-batches; 0 |
    ///
    /// A few rows give few mini-batches, so training takes more than 100 epochs then: the four rows of XOR get 1,000,
    /// and 289 rows or more get 100. For an exact number set [`max_epochs`](DnnBuilder::max_epochs) and
    /// [`min_updates(0)`](DnnBuilder::min_updates).
    ///
    /// The values were chosen on digits, iris, wine and breast cancer with one and two hidden layers of 16 to 256
    /// neurons; `benches/presets` measures them and the alternatives. With early stopping on your own validation
    /// data, `max_epochs` matters less. Another optimizer needs another `eta`.
    ///
    /// A schedule and AdamW were measured too, but do not pay in a preset: their gain is small, and a schedule needs a
    /// number of epochs that is known. If it is known, one cycle learns digits a little better:
    ///
    /// ```
    /// use ndarray_dnn::{Dnn, Schedule};
    ///
    /// let builder = Dnn::<f64>::classifier(64, &[64], 10).max_epochs(100);
    /// let net = builder.eta(0.03).decay_power(0.0).schedule(Schedule::one_cycle(100)).build()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
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
        presets::classifier(inputs, hidden, classes)
    }

    /// A builder of a regressor with good settings for real data. The columns of x `(n, inputs)` and of y
    /// `(n, outputs)` should be standardised, for example by [`StandardScaler`](crate::StandardScaler).
    ///
    /// | setting | value |
    /// |---|---|
    /// | `activations` | `Relu`, and `Identity` for the last layer |
    /// | `loss` | `Loss::Squared` |
    /// | `init` | `Init::He` |
    /// | `optimizer` | `Optimizer::adam()`, so `momentum` must not be set |
    /// | `eta`, `decay_power` | 0.03, 0.3: rates from 0.03 to 0.004 in the first 1,000 mini-batches |
    /// | `batch_order`, `minibatch_size` | `Shuffled`, 16 |
    /// | `regularization`, `regularize_biases` | 0.01, `false` |
    /// | `max_epochs`, `min_updates`, `threshold` | 100, or more for up to 1,000 mini-batches; 0 |
    ///
    /// The values were chosen like those of [`classifier`](Self::classifier), on the diabetes data, Friedman's
    /// first problem and a sine surface, with 150 to 5,000 rows. Try other values of `regularization` on your own
    /// data: with little noise and many rows, use less, such as 0.001.
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
        presets::regressor(inputs, hidden, outputs)
    }

    /// A builder of a classifier of rows that can have any number of labels, from none to all. Each output is the
    /// probability of one label, for itself: a [`classifier`](Self::classifier) with several answers of yes or no.
    ///
    /// y `(n, labels)` is 1 where the row has the label and 0 elsewhere. The settings are those of
    /// [`classifier`](Self::classifier), with `loss(Loss::BinaryCrossEntropy)`. For rare labels, set
    /// [`positive_weights`](DnnBuilder::positive_weights); for labels that matter more than others, set
    /// [`label_weights`](DnnBuilder::label_weights).
    ///
    /// [`predict`](Self::predict) returns the probabilities. A row has the labels whose probability is at least 0.5, or
    /// at least a threshold of your own. [`predict_classes`](Self::predict_classes) would return the most probable
    /// label alone. [`metrics::multilabel_report`](crate::metrics::multilabel_report) judges the labels.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::{Array2, Axis};
    /// use ndarray_dnn::{Dnn, metrics};
    ///
    /// // Label 0: the first number is positive. Label 1, which is rare: both are large.
    /// let x = Array2::from_shape_fn((300, 2), |(i, j)| (1.3 * (i * 2 + j) as f64).sin());
    /// let answers = |row: usize| [x[[row, 0]] > 0.0, x[[row, 0]].min(x[[row, 1]]) > 0.5];
    /// let y = Array2::from_shape_fn((300, 2), |(i, j)| f64::from(u8::from(answers(i)[j])));
    ///
    /// // The rows without the label / the rows with it.
    /// let weights = y.sum_axis(Axis(0)).mapv(|yes| (300.0 - yes) / yes);
    /// let mut net: Dnn = Dnn::multilabel(2, &[16], 2).positive_weights(weights).build()?;
    /// net.fit(&x, &y)?;
    ///
    /// let probabilities = net.predict(&x)?; // (300, 2)
    /// let labels = probabilities.mapv(|p| p >= 0.5);
    /// println!("row 0 has the labels {}", labels.row(0));
    /// let report = metrics::multilabel_report(&y, &probabilities)?;
    /// println!("{report}");
    /// assert!(report.average(metrics::Average::Macro).f1 > 0.9);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn multilabel(inputs: usize, hidden: &[usize], labels: usize) -> DnnBuilder<F> {
        presets::multilabel(inputs, hidden, labels)
    }

    /// A builder with the article's defaults, which are made for the article's three surfaces. For data of your own use
    /// [`classifier`](Self::classifier) or [`regressor`](Self::regressor), builders with settings that suit real data,
    /// or a [`Classifier`](crate::Classifier) or [`Regressor`](crate::Regressor), which also scale the data.
    ///
    /// By default the learning rate starts at 0.1 and decays, the initial parameters are in [0, 0.01), a mini-batch has
    /// 5 rows, and an epoch has as many mini-batches as there are rows; see [`fit`](Self::fit).
    ///
    /// ```
    /// use ndarray_dnn::{Activation::Identity, Dnn};
    ///
    /// let net = Dnn::<f32>::builder().input_shape(2).shape([1]).activations([Identity]).build()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn builder() -> DnnBuilder<F> {
        DnnBuilder::default()
    }
}
