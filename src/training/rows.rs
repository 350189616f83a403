//! The rows of a run: their weights, and those for validation.

use ndarray::{ArrayRef1, ArrayRef2};

use super::training::Training;
use crate::kernel::Scalar;

impl<'a, F: Scalar> Training<'a, F> {
    /// The validation data, `x` `(m, n₀)` and `y` `(m, n_L)`, which are not used to train. Default: none.
    ///
    /// After each epoch, their loss is computed with the present parameters, in blocks of rows. It is of the same kind
    /// as the training loss, and the report contains it. Their values are checked before the first epoch. A validation
    /// loss that is not finite is not an error, and never makes an epoch the best one.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// let (x, y, xv, yv) = (array![[1.0], [2.0]], array![[2.0], [4.0]], array![[3.0]], array![[6.0]]);
    /// let report = net.training(&x, &y).validation(&xv, &yv).run()?;
    /// assert_eq!(report.validation_losses().len(), 3);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn validation(mut self, x: &'a ArrayRef2<F>, y: &'a ArrayRef2<F>) -> Self {
        self.validation.data = Some([x, y]);
        self
    }

    /// The weight of each row of the [`validation`](Self::validation) data, `(m)`; at least 0, finite, and not all
    /// 0. Default: 1 for each.
    ///
    /// The validation loss is then `Σ w·l / Σ w`. If you train with [`sample_weights`](Self::sample_weights), use
    /// weights of the same kind here. Otherwise early stopping judges another loss than training minimises.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// # let (xv, yv) = (array![[3.0], [4.0]], array![[6.0], [9.0]]);
    /// let weights = array![1.0, 5.0];
    /// net.training(&x, &y).validation(&xv, &yv).validation_weights(&weights).run()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn validation_weights(mut self, weights: &'a ArrayRef1<F>) -> Self {
        self.validation.weights = Some(weights);
        self
    }

    /// The weight of each row, `(n)`; at least 0, finite, and not all 0. Default: 1 for each.
    ///
    /// A row of weight 2 counts as two rows: row i of the error D is multiplied by `wᵢ / w̄`, with the mean weight
    /// w̄ of the data set. So the gradient of a mini-batch of b rows is `Σ w·g / (b·w̄)`, and the expected step is
    /// that for a data set with repeated rows, for every size of mini-batches. The loss of an epoch is
    /// `Σ w·l / Σ w`.
    ///
    /// A row of weight 0 adds nothing to loss and gradients, and its x and y may have any finite values. It still
    /// counts as a row of its mini-batch and of the data set.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// net.training(&x, &y).sample_weights(&array![1.0, 0.5]).run()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn sample_weights(mut self, weights: &'a ArrayRef1<F>) -> Self {
        self.weighting.weights = Some(weights);
        self
    }

    /// The mean weight w̄ by which [`sample_weights`](Self::sample_weights) are divided; greater than 0 and
    /// finite. Default: their mean.
    ///
    /// If the rows are only a part of a data set, set it to the mean weight of the whole data set. The weights of
    /// the part may then all be 0. It has no effect without sample weights.
    ///
    /// In a run on a [`Source`](crate::training::Source) it replaces
    /// [`Source::mean_weight`](crate::training::Source::mean_weight), and divides the weight 1 of the rows in blocks
    /// without weights too.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// net.training(&x, &y).sample_weights(&array![3.0, 1.0]).mean_weight(1.0).run()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn mean_weight(mut self, mean_weight: f64) -> Self {
        self.weighting.mean = Some(mean_weight);
        self
    }
}
