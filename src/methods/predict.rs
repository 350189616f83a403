//! Predictions: of many rows, and of one.

use ndarray::{Array1, Array2, ArrayRef2};

use crate::descent::{self, Pass};
use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::Scalar;

impl<F: Scalar> Dnn<F> {
    /// The network's output Ŷ `(m, n_L)` for `x` `(m, n₀)`; m may be 0.
    ///
    /// Apart from the result, memory does not grow with m. To predict without allocating, see
    /// [`compute_into`](Self::compute_into).
    ///
    /// # Errors
    /// [`Error::Shape`] and [`Error::NonFinite`] for `x`, [`Error::NonFinite`] for an output that is
    /// not finite, [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::{array, Array2};
    /// use ndarray_dnn::{Activation::Identity, Dnn, Layer};
    ///
    /// let net = Dnn::builder().build_from([Layer::new(array![[2.0, -1.0]], array![0.5], Identity)?])?;
    /// assert_eq!(net.predict(&array![[1.0, 1.0], [0.0, 3.0]])?, array![[1.5], [-2.5]]);
    /// assert_eq!(net.predict(&Array2::zeros((0, 2)))?.dim(), (0, 1));
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn predict(&self, x: &ArrayRef2<F>) -> Result<Array2<F>, Error> {
        descent::predict(self.network(), x)
    }

    /// The class of each row of `x` `(m, n₀)`: the column with the largest output, and the first one of equal
    /// outputs. For a network with a single output, the class is 1 if the output is at least 0.5, else 0.
    ///
    /// Apart from the result, memory does not grow with m. If a row can belong to several classes at once, call
    /// [`predict`](Self::predict) and compare every output with a threshold.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict); [`Error::Conflict`] for a network that predicts values and not classes:
    /// with `Loss::Absolute`, `Huber`, `Quantile` or `Poisson`, and with `Loss::Squared` and a single output, as in
    /// [`regressor`](Self::regressor).
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Identity, Dnn, Layer};
    ///
    /// let layer = Layer::new(array![[1.0], [0.0], [-1.0]], array![0.0, 0.5, 0.0], Identity)?;
    /// let net = Dnn::builder().softmax(true).build_from([layer])?;
    /// assert_eq!(net.predict_classes(&array![[2.0], [0.0], [-2.0]])?, array![0, 1, 2]);
    ///
    /// let net = Dnn::builder().build_from([Layer::new(array![[1.0]], array![0.0], Identity)?])?;
    /// assert_eq!(net.predict_classes(&array![[0.4], [0.5], [2.0]])?, array![0, 1, 1]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn predict_classes(&self, x: &ArrayRef2<F>) -> Result<Array1<usize>, Error> {
        descent::predict_classes(self.network(), self.config().loss(), x)
    }

    /// The network's output ŷ `(n_L)` for a single row `x` `(n₀)`, with the bits of [`predict`](Self::predict).
    ///
    /// # Errors
    /// [`Error::Shape`] unless `x` has n₀ values; [`Error::NonFinite`] for a value of `x` and for an output that is
    /// not finite, in row 0; [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Identity, Dnn, Layer};
    ///
    /// let net = Dnn::builder().build_from([Layer::new(array![[2.0, -1.0]], array![0.5], Identity)?])?;
    /// assert_eq!(net.predict_row(&[1.0, 1.0])?, [1.5]);
    /// let error = net.predict_row(&[1.0]).unwrap_err();
    /// assert_eq!(error.to_string(), "x must have 2 elements, found 1");
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn predict_row(&self, x: &[F]) -> Result<Vec<F>, Error> {
        descent::predict_row(self.network(), x)
    }

    /// [`predict_row`](Self::predict_row) into `y` `(n_L)`, in the memory of a pass, which may come from any network.
    /// It allocates only if the memory of the pass is too small: not from the second row on.
    ///
    /// Afterwards, the pass is that of this row, as [`compute_into`](Self::compute_into) computes it.
    ///
    /// # Errors
    /// [`Error::Shape`] unless `x` has n₀ values and `y` has n_L; [`Error::NonFinite`] for a value of `x` and for an
    /// output that is not finite, in row 0; [`Error::TooLarge`]. After an error `y` is unchanged. If the output is not
    /// finite, the pass is empty; after [`Error::TooLarge`] it can be empty too.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Identity, Dnn, Layer, Pass};
    ///
    /// let net = Dnn::builder().build_from([Layer::new(array![[2.0, -1.0]], array![0.5], Identity)?])?;
    /// let (mut y, mut pass) = ([0.0], Pass::default());
    /// for (x, expected) in [([1.0, 1.0], [1.5]), ([0.0, 3.0], [-2.5])] {
    ///     net.predict_row_into(&x, &mut y, &mut pass)?;
    ///     assert_eq!(y, expected);
    /// }
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn predict_row_into(&self, x: &[F], y: &mut [F], pass: &mut Pass<F>) -> Result<(), Error> {
        descent::predict_row_into(self.network(), x, y, pass)
    }
}
