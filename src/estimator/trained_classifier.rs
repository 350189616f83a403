//! The classifier after training: its answers, more training, and its file.

use std::fmt::{self, Debug, Display};
use std::io::Write;

use ndarray::{Array1, Array2, ArrayRef2};

use super::checks::check_labels;
use super::trained::Trained;
use crate::data::{LabelEncoder, StandardScaler, one_hot};
use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::training::Report;
use crate::validate::collect;

/// A trained classifier of raw rows, with labels of the type L. [`Classifier::fit`](crate::Classifier::fit) makes it.
///
/// Every method takes rows in the units of the training data, and answers with the labels of the training data.
///
/// | | |
/// |---|---|
/// | answers | [`predict`](Self::predict), [`predict_row`](Self::predict_row), [`probabilities`](Self::probabilities) |
/// | quality | [`score`](Self::score), [`report`](Self::report) |
/// | more rows | [`partial_fit`](Self::partial_fit) |
/// | parts | [`classes`](Self::classes), [`net`](Self::net), [`scaler`](Self::scaler), [`column_names`](Self::column_names) |
/// | files | `save`, `load`, `to_safetensors`, `from_safetensors` (feature `safetensors`), [`write_onnx`](Self::write_onnx) |
///
/// # Examples
/// ```
/// use ndarray_dnn::Classifier;
/// use ndarray_dnn::ndarray::array;
///
/// let x = array![[170.0, 0.1], [180.0, 0.9], [175.0, 0.2], [178.0, 0.8]];
/// let model = Classifier::new([8]).fit(&x, &[10, 30, 10, 30])?;
/// assert_eq!(model.predict(&array![[172.0, 0.15], [179.0, 0.85]])?, array![10, 30]);
/// assert_eq!(model.predict_row(&[172.0, 0.15])?, 10);
/// assert!(model.probabilities(&x)?.column(0)[0] > 0.9); // of class 10, which is the first
/// assert_eq!(model.score(&x, &[10, 30, 10, 30])?, 1.0);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TrainedClassifier<L, F: Scalar = f64> {
    pub(super) trained: Trained<F>,
    pub(super) encoder: LabelEncoder<L>,
}

impl<L: Ord + Clone, F: Scalar> TrainedClassifier<L, F> {
    /// The label of each row of `x` `(m, columns)`: the most probable class, and the first one of equals. m may be 0.
    ///
    /// # Errors
    /// [`Error::Shape`] and [`Error::NonFinite`] for `x`, and the errors of [`Dnn::predict_classes`].
    pub fn predict(&self, x: &ArrayRef2<F>) -> Result<Array1<L>, Error> {
        self.encoder.inverse_transform(self.net().predict_classes(&self.trained.scaled(x)?)?)
    }

    /// The label of a single row `x` `(columns)`, equal to that of [`predict`](Self::predict).
    ///
    /// # Errors
    /// [`Error::Shape`] unless `x` has a value for each column; [`Error::NonFinite`] for `x`, in row 0.
    pub fn predict_row(&self, x: &[F]) -> Result<L, Error> {
        let mut labels = self.predict(&self.trained.row(x)?)?.into_iter();
        // Always: a row has a label.
        labels.next().ok_or(Error::Empty { what: "x", rows: 0, columns: x.len() })
    }

    /// The probability of each class, `(m, classes)`, for the rows of `x` `(m, columns)`; the columns are in the order
    /// of [`classes`](Self::classes). m may be 0.
    ///
    /// They are the outputs of the network. If `settings` replaced softmax by another link or loss, the outputs are
    /// what that gives.
    ///
    /// # Errors
    /// [`Error::Shape`] and [`Error::NonFinite`] for `x`, and the errors of [`Dnn::predict`].
    pub fn probabilities(&self, x: &ArrayRef2<F>) -> Result<Array2<F>, Error> {
        self.trained.outputs(x)
    }

    /// The accuracy on `x` `(m, columns)` and `labels` `(m)`: the share of the rows whose label is predicted. A label
    /// that was not in the training data counts as a wrong prediction.
    ///
    /// # Errors
    /// [`Error::Empty`] for no rows, [`Error::Shape`] unless there is a label for each row, and the errors of
    /// [`predict`](Self::predict).
    pub fn score<'l>(&self, x: &ArrayRef2<F>, labels: impl IntoIterator<Item = &'l L>) -> Result<f64, Error>
    where
        L: 'l,
    {
        let list = collect(labels);
        check_labels(x, list.len())?;
        let predicted = self.predict(x)?;
        let right = predicted.iter().zip(list).filter(|(predicted, label)| predicted == label).count();
        Ok(right as f64 / predicted.len() as f64)
    }

    /// The classes: the distinct labels of the training data, sorted.
    pub fn classes(&self) -> &[L] {
        self.encoder.classes()
    }

    /// The report of [`fit`](crate::Classifier::fit). A loaded classifier has it too.
    pub fn report(&self) -> &Report {
        &self.trained.report
    }

    /// The network, which takes rows that [`scaler`](Self::scaler) transformed and returns a probability for each
    /// class.
    pub fn net(&self) -> &Dnn<F> {
        &self.trained.net
    }

    /// The scaler of x.
    pub fn scaler(&self) -> &StandardScaler {
        &self.trained.scaler
    }

    /// The names of the columns of x; `None` if they were not set.
    pub fn column_names(&self) -> Option<&[String]> {
        self.trained.column_names.as_deref()
    }

    /// Writes an ONNX model that takes raw rows `x` (m, columns) and returns the probabilities `y` (m, classes). The
    /// scaler is merged into the first layer; see [`Dnn::with_input_scaler`] and [`Dnn::write_onnx`]. ONNX has no
    /// labels: column k is class k of [`classes`](Self::classes).
    ///
    /// # Errors
    /// Those of [`Dnn::with_input_scaler`] and [`Dnn::write_onnx`].
    pub fn write_onnx(&self, out: impl Write) -> Result<(), Error> {
        self.trained.write_onnx(out)
    }
}

impl<L: Ord + Clone + Debug, F: Scalar> TrainedClassifier<L, F> {
    /// Learns from more rows of the same kind: one pass over `x` `(n, columns)` and `labels` `(n)` by
    /// [`Dnn::partial_fit`]. Returns the mean loss. The scaler and the classes stay as they are, and every row has the
    /// weight 1.
    ///
    /// # Errors
    /// [`Error::UnknownLabel`] for a label that is not one of the classes; [`Error::Empty`] and [`Error::Shape`] for
    /// `x` and `labels`, [`Error::NonFinite`] for `x`, and the errors of [`Dnn::partial_fit`]. The classifier is then
    /// as it was.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::Classifier;
    /// use ndarray_dnn::ndarray::array;
    ///
    /// let mut model = Classifier::new([4]).fit(&array![[1.0], [2.0]], &["low", "high"])?;
    /// model.partial_fit(&array![[1.1], [2.2], [0.9]], &["low", "high", "low"])?;
    ///
    /// let error = model.partial_fit(&array![[1.1]], &["middle"]).unwrap_err();
    /// assert_eq!(error.to_string(), "labels[0] must be one of the 2 known labels, found \"middle\"");
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn partial_fit<'l>(
        &mut self,
        x: &ArrayRef2<F>,
        labels: impl IntoIterator<Item = &'l L>,
    ) -> Result<f64, Error>
    where
        L: 'l,
    {
        let list = collect(labels);
        check_labels(x, list.len())?;
        let numbers = self.encoder.transform(list)?;
        let y = one_hot(&numbers, self.classes().len())?;
        let x = self.trained.scaled(x)?;
        self.trained.net.partial_fit(&x, &y)
    }
}

/// Writes the classes, the names of the columns, the network and the report of the run.
impl<L: Display, F: Scalar> Display for TrainedClassifier<L, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("classes: ")?;
        for (class, label) in self.encoder.classes().iter().enumerate() {
            f.write_str(if class == 0 { "" } else { ", " })?;
            write!(f, "{label}")?;
        }
        write!(f, "\n{}", self.trained)
    }
}
