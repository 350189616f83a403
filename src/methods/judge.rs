//! The loss of a data set, and the objective of training.

use ndarray::ArrayRef2;

use crate::descent;
use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::Scalar;

impl<F: Scalar> Dnn<F> {
    /// The mean over the rows of the loss that training reports: with softmax the cross-entropy, without softmax
    /// the Euclidean norm `‖y − ŷ‖`, or another [`Loss`](crate::Loss). It equals the validation loss of these
    /// data.
    ///
    /// # Errors
    /// Those of [`objective`](Self::objective).
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Identity, Dnn, Layer};
    ///
    /// let layer = Layer::new(array![[1.0], [1.0]], array![0.0, 0.0], Identity)?;
    /// let net = Dnn::builder().build_from([layer])?;
    /// assert_eq!(net.mean_loss(&array![[1.0], [0.0]], &array![[4.0, 5.0], [0.0, 1.0]])?, 3.0);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn mean_loss(&self, x: &ArrayRef2<F>, y: &ArrayRef2<F>) -> Result<f64, Error> {
        descent::reported_loss(self.network(), self.config(), x, y)
    }

    /// The objective that training minimises. It is the mean over the rows of `½‖y − ŷ‖²`, with softmax of the
    /// cross-entropy `−Σ y·ln ŷ`, or of what another [`Loss`](crate::Loss) minimises; plus `½·λ‖θ‖²` over all weights,
    /// and over all biases unless `regularize_biases` is off; plus `λ₁ Σ|θ|` over the same with
    /// [`l1`](crate::DnnBuilder::l1).
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Shape`] and [`Error::NonFinite`] for `x` and `y`,
    /// with softmax [`Error::NotADistribution`], with binary cross-entropy or Poisson [`Error::OutOfRange`];
    /// [`Error::NonFinite`] for an output that is not finite, [`Error::OutOfRange`] for an objective that is not,
    /// [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Identity, Dnn, Layer};
    ///
    /// let layer = Layer::new(array![[2.0]], array![0.0], Identity)?;
    /// let net = Dnn::builder().regularization(0.5).build_from([layer])?;
    /// // ½·3² of the data, ½·0.5·2² of the weight
    /// assert_eq!(net.objective(&array![[1.0]], &array![[5.0]])?, 5.5);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn objective(&self, x: &ArrayRef2<F>, y: &ArrayRef2<F>) -> Result<f64, Error> {
        descent::objective(self.network(), self.config(), x, y)
    }
}
