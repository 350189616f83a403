//! Predictions, classes, objective and loss for many rows.

use ndarray::{Array1, Array2, ArrayRef2, ArrayView1, ArrayView2, Axis};

use super::dnn::Dnn;
use super::verbs::check_and_compute;
use crate::descent::{
    BlockMemory, Criterion, Pass, RowWeights, Samples, answers, blocks, mean_loss, penalty,
};
use crate::error::{Error, Rival};
use crate::kernel::{Matrix, Scalar, concrete};
use crate::validate::{check_inputs, check_length, check_loss};

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
        predict(self, x)
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
        predict_row(self, x)
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
        predict_row_into(self, x, y, pass)
    }

    /// The class of each row of `x` `(m, n₀)`: the column with the largest output, and the first one of equal
    /// outputs. For a network with a single output, the class is 1 if the output is at least 0.5, else 0.
    ///
    /// Apart from the result, memory does not grow with m. If a row can belong to several classes at once, call
    /// [`predict`](Self::predict) and compare every output with a threshold.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict); [`Error::Conflict`] for a network that predicts values and not classes: with
    /// `Loss::Absolute`, `Huber`, `Quantile` or `Poisson`, and with `Loss::Squared` and a single output, as in
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
        predict_classes(self, x)
    }

    /// The objective that training minimises. It is the mean over the rows of `½‖y − ŷ‖²`, with softmax of the
    /// cross-entropy `−Σ y·ln ŷ`, or of what another [`Loss`](crate::Loss) minimises; plus `½·λ‖θ‖²` over all weights, and
    /// over all biases unless `regularize_biases` is off; plus `λ₁ Σ|θ|` over the same with
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
        let loss = measure(self, x, y, Criterion::minimised(&self.config))?;
        check_loss("the objective", loss + penalty(self.network(), &self.config))
    }

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
        check_loss("the mean loss", measure(self, x, y, Criterion::reported(&self.config))?)
    }
}

concrete!(
    fn predict<'a, F>(net: &'a Dnn<F>, x: &'a ArrayRef2<F>) -> Result<Array2<F>, Error> {
        check_inputs(x, net.input_shape())?;
        let mut answer = Matrix::zeros_of_array("the output", x.nrows(), net.output_shape())?;
        answers(net.network(), x, 0..x.nrows(), answer.values_mut())?;
        Ok(answer.into_array())
    }
);

concrete!(
    fn predict_row<'a, F>(net: &'a Dnn<F>, x: &'a [F]) -> Result<Vec<F>, Error> {
        check_length("x", x.len(), net.input_shape())?;
        // As long as the biases of the last layer, so it fits in memory.
        let mut answer = vec![F::zero(); net.output_shape()];
        answers(net.network(), &as_row(x), 0..1, &mut answer)?;
        Ok(answer)
    }
);

concrete!(
    fn predict_row_into<'a, F>(
        net: &'a Dnn<F>,
        x: &'a [F],
        y: &'a mut [F],
        pass: &'a mut Pass<F>,
    ) -> Result<(), Error> {
        check_length("x", x.len(), net.input_shape())?;
        check_length("y", y.len(), net.output_shape())?;
        check_and_compute(net, &as_row(x), pass)?;
        let (_, outputs) = pass.parts();
        y.copy_from_slice(outputs.answer().values());
        Ok(())
    }
);

/// A row as a matrix, `(1, n)`.
pub(super) fn as_row<F>(values: &[F]) -> ArrayView2<'_, F> {
    ArrayView1::from(values).insert_axis(Axis(0))
}

/// The rows whose classes are computed at a time: enough for several threads.
const ROWS: usize = 4096;

concrete!(
    fn predict_classes<'a, F>(net: &'a Dnn<F>, x: &'a ArrayRef2<F>) -> Result<Array1<usize>, Error> {
        check_classes(net)?;
        check_inputs(x, net.input_shape())?;
        let mut classes = Vec::new();
        let too_large = |_| Error::TooLarge { what: "the classes", rows: x.nrows(), columns: 1 };
        classes.try_reserve_exact(x.nrows()).map_err(too_large)?;
        let (columns, mut answer) = (net.output_shape(), Matrix::default());
        for rows in blocks(0..x.nrows(), ROWS) {
            answer.resize("the output", rows.len(), columns)?;
            answers(net.network(), x, rows, answer.values_mut())?;
            classes.extend(answer.each_row().map(class));
        }
        Ok(Array1::from(classes))
    }
);

/// An error for a network that predicts values.
fn check_classes<F: Scalar>(net: &Dnn<F>) -> Result<(), Error> {
    let config = net.config();
    if config.loss().is_of_values(net.output_shape()) {
        let (outputs, loss) = (net.output_shape(), format!("{:?}", config.loss()));
        return Err(Error::conflict("predict_classes", "predict_classes", Rival::Values { outputs, loss }));
    }
    Ok(())
}

/// The class of a row of the output.
fn class<F: Scalar>(output: &[F]) -> usize {
    if let [output] = output {
        return usize::from(output.as_f64() >= 0.5);
    }
    let first_largest =
        |best: (usize, F), (column, &value)| if value > best.1 { (column, value) } else { best };
    output.iter().enumerate().fold((0, F::neg_infinity()), first_largest).0
}

concrete!(
    fn measure<'a, F>(
        net: &'a Dnn<F>,
        x: &'a ArrayRef2<F>,
        y: &'a ArrayRef2<F>,
        criterion: Criterion<'a, F>,
    ) -> Result<f64, Error> {
        let mut criterion = criterion;
        net.check_shapes(x, y)?;
        let samples = Samples::unchecked(x, y, RowWeights::Equal, net.config.loss());
        mean_loss(net.network(), &mut criterion, &samples, &mut BlockMemory::default(), &mut |_, _| {})
    }
);
