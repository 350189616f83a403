//! The regressor after training: its answers, more training, and its file.

use std::fmt;
use std::io::Write;

use ndarray::{Array2, ArrayRef2};

use super::checks::check_targets;
use super::trained::Trained;
use crate::data::{StandardScaler, Targets, metrics};
use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::training::Report;
use crate::validate::{check_columns, check_finite};

/// A trained regressor of raw rows. [`Regressor::fit`](crate::Regressor::fit) makes it.
///
/// Every method takes rows and targets in the units of the training data, and answers in the units of the targets.
///
/// | | |
/// |---|---|
/// | answers | [`predict`](Self::predict), [`predict_row`](Self::predict_row) |
/// | quality | [`score`](Self::score), [`report`](Self::report) |
/// | more rows | [`partial_fit`](Self::partial_fit) |
/// | parts | [`net`](Self::net), [`scaler`](Self::scaler), [`target_scaler`](Self::target_scaler), [`column_names`](Self::column_names) |
/// | files | `save`, `load`, `to_safetensors`, `from_safetensors` (feature `safetensors`), [`write_onnx`](Self::write_onnx) |
///
/// # Examples
/// ```
/// use ndarray_dnn::Regressor;
/// use ndarray_dnn::ndarray::{Array2, array};
///
/// let x = Array2::from_shape_fn((100, 1), |(i, _)| i as f64);
/// let y = x.mapv(|x| 1000.0 + 5.0 * x);
/// let model = Regressor::new([8]).fit(&x, &y)?;
/// let answers = model.predict(&array![[20.0], [60.0]])?; // (2, 1)
/// assert!((answers[[0, 0]] - 1100.0).abs() < 10.0 && (answers[[1, 0]] - 1300.0).abs() < 10.0);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TrainedRegressor<F: Scalar = f64> {
    pub(super) trained: Trained<F>,
}

impl<F: Scalar> TrainedRegressor<F> {
    /// The predictions `(m, k)` for the rows of `x` `(m, columns)`, in the units of the training data. m may be 0. For
    /// targets of one column, `predict(&x)?.column(0)` is a vector.
    ///
    /// # Errors
    /// [`Error::Shape`] and [`Error::NonFinite`] for `x`, the errors of [`Dnn::predict`], and [`Error::NonFinite`] for
    /// a prediction that overflows in the unit of y.
    pub fn predict(&self, x: &ArrayRef2<F>) -> Result<Array2<F>, Error> {
        self.trained.outputs(x)
    }

    /// The prediction `(k)` for a single row `x` `(columns)`, with the bits of [`predict`](Self::predict).
    ///
    /// # Errors
    /// [`Error::Shape`] unless `x` has a value for each column; those of [`predict`](Self::predict), in row 0.
    pub fn predict_row(&self, x: &[F]) -> Result<Vec<F>, Error> {
        Ok(self.predict(&self.trained.row(x)?)?.into_iter().collect())
    }

    /// R² on `x` `(m, columns)` and `y` `(m, k)`, or `(m)` for a single column; see [`metrics::r2`]. 1 is exact, and 0
    /// is as good as the mean of y.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Shape`] and [`Error::NonFinite`] for `x` and `y`, and the errors of
    /// [`predict`](Self::predict) and [`metrics::r2`].
    pub fn score(&self, x: &ArrayRef2<F>, y: &(impl Targets<F> + ?Sized)) -> Result<f64, Error> {
        let y = y.columns();
        check_targets(x, &y)?;
        check_columns("y", &y, self.net().output_shape())?;
        metrics::r2(&y, &self.predict(x)?)
    }

    /// The report of [`fit`](crate::Regressor::fit). A loaded regressor has it too. Its losses are those of the
    /// standardised targets: the mean of every column as the prediction would have a loss of k/2.
    pub fn report(&self) -> &Report {
        &self.trained.report
    }

    /// The network, which takes rows that [`scaler`](Self::scaler) transformed and returns what
    /// [`target_scaler`](Self::target_scaler) turns back.
    pub fn net(&self) -> &Dnn<F> {
        &self.trained.net
    }

    /// The scaler of x.
    pub fn scaler(&self) -> &StandardScaler {
        &self.trained.scaler
    }

    /// The scaler of y; `None` if the targets are not standardised, see
    /// [`Regressor::settings`](crate::Regressor::settings).
    pub fn target_scaler(&self) -> Option<&StandardScaler> {
        self.trained.target_scaler.as_ref()
    }

    /// The names of the columns of x; `None` if they were not set.
    pub fn column_names(&self) -> Option<&[String]> {
        self.trained.column_names.as_deref()
    }

    /// Learns from more rows of the same kind: one pass over `x` `(n, columns)` and `y` `(n, k)`, or `(n)` for a single
    /// column, by [`Dnn::partial_fit`]. Returns the mean loss, of standardised targets. The scalers stay as they are,
    /// and every row has the weight 1.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Shape`] and [`Error::NonFinite`] for `x` and `y`, and the errors of
    /// [`Dnn::partial_fit`]. The regressor is then as it was.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::Regressor;
    /// use ndarray_dnn::ndarray::array;
    ///
    /// let mut model = Regressor::new([4]).fit(&array![[1.0], [2.0]], &[100.0, 200.0])?;
    /// model.partial_fit(&array![[1.5], [3.0]], &[150.0, 300.0])?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn partial_fit(&mut self, x: &ArrayRef2<F>, y: &(impl Targets<F> + ?Sized)) -> Result<f64, Error> {
        let y = y.columns();
        check_targets(x, &y)?;
        check_columns("y", &y, self.net().output_shape())?;
        check_finite("y", &y)?;
        let x = self.trained.scaled(x)?;
        let Trained { net, target_scaler, .. } = &mut self.trained;
        match target_scaler {
            Some(scaler) => net.partial_fit(&x, &scaler.transform(&y)?),
            None => net.partial_fit(&x, &y),
        }
    }

    /// Writes an ONNX model that takes raw rows `x` (m, columns) and returns raw targets `y` (m, k). The scalers are
    /// merged into the first and the last layer; see [`Dnn::with_input_scaler`], [`Dnn::with_output_scaler`] and
    /// [`Dnn::write_onnx`].
    ///
    /// # Errors
    /// Those of these functions.
    pub fn write_onnx(&self, out: impl Write) -> Result<(), Error> {
        self.trained.write_onnx(out)
    }
}

/// Writes the number of targets, the names of the columns, the network and the report of the run.
impl<F: Scalar> fmt::Display for TrainedRegressor<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "targets: {}\n{}", self.net().output_shape(), self.trained)
    }
}
