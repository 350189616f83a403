//! Metrics of a run: named functions of targets and predictions, computed after each epoch.

use std::sync::Arc;

use ndarray::ArrayRef2;

use crate::descent::Samples;
use crate::error::Error;
use crate::kernel::{Matrix, Rows, Scalar};

/// The result of a [`metric`](crate::training::Training::metric): a number, or the `Result` of a function of
/// [`metrics`](crate::metrics).
///
/// The trait is sealed: other crates cannot implement it.
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::rmse;
/// # use ndarray_dnn::{ndarray::{array, ArrayRef2}, Activation::Identity, Dnn, Error};
/// # let mut net: Dnn = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
/// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
///
/// let mse = |y: &ArrayRef2<f64>, predicted: &ArrayRef2<f64>| Ok(rmse(y, predicted)?.powi(2));
/// let report = net.training(&x, &y).metric("rmse", rmse).metric("mse", mse).metric("one", |_, _| 1.0).run()?;
/// assert_eq!(report.metric("mse")[2], report.metric("rmse")[2].powi(2));
/// # Ok::<(), Error>(())
/// ```
pub trait MetricValue: sealed::Value {}

mod sealed {
    use crate::error::Error;

    /// A number, or an error in its place.
    pub trait Value {
        /// The number.
        fn value(self) -> Result<f64, Error>;
    }
}
use sealed::Value;

impl Value for f64 {
    fn value(self) -> Result<f64, Error> {
        Ok(self)
    }
}

impl Value for Result<f64, Error> {
    fn value(self) -> Result<f64, Error> {
        self
    }
}

impl<V: Value> MetricValue for V {}

/// A function of targets and predictions.
type Function<'a, F> = Box<dyn FnMut(&ArrayRef2<F>, &ArrayRef2<F>) -> Result<f64, Error> + 'a>;

/// A function with its name.
pub(super) struct Metric<'a, F> {
    pub(super) name: String,
    function: Function<'a, F>,
}

impl<'a, F> Metric<'a, F> {
    pub(super) fn new<V: MetricValue>(
        name: String,
        mut function: impl FnMut(&ArrayRef2<F>, &ArrayRef2<F>) -> V + 'a,
    ) -> Self {
        Self { name, function: Box::new(move |y, predicted| function(y, predicted).value()) }
    }

    /// The value for these targets and predictions. Predictions that are not finite are no error, as in the validation
    /// loss; without a finite value it is NaN.
    fn value(&mut self, y: &ArrayRef2<F>, predicted: &ArrayRef2<F>) -> Result<f64, Error> {
        match (self.function)(y, predicted) {
            Err(Error::NonFinite { .. }) => Ok(f64::NAN),
            Err(source) => Err(Error::Metric { name: self.name.clone(), source: Box::new(source) }),
            value => value,
        }
    }
}

/// The values of the metrics after an epoch, in the order of the metrics.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Values {
    names: Arc<[String]>,
    values: Vec<f64>,
}

impl Values {
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&str, f64)> {
        self.names.iter().map(AsRef::as_ref).zip(self.values.iter().copied())
    }

    /// The value of a metric; `None` if there is no metric of this name.
    pub(crate) fn get(&self, name: &str) -> Option<f64> {
        self.iter().find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}

/// The predictions for the rows that count, and their targets.
pub(super) struct Answers<F> {
    /// (m, n_L)
    predictions: Matrix<F>,
    /// (m, n_L); `None` if all rows count, so that the targets of the data set are used.
    targets: Option<Matrix<F>>,
    /// The number of values of `predictions` that are filled.
    filled: usize,
}

impl<F: Scalar> Answers<F> {
    /// Allocates the memory for the rows of `samples` that count.
    fn new(samples: &Samples<'_, F>) -> Result<Self, Error> {
        let rows = samples.y.nrows();
        let counting = (0..rows).filter(|row| samples.weights.counts(*row));
        let counted = counting.clone().count();
        let predictions = Matrix::zeros("the predictions", counted, samples.y.ncols())?;
        let mut targets = None;
        if counted < rows {
            let mut matrix = Matrix::default();
            matrix.load("the targets", samples.y, &Rows::Indices(&Vec::from_iter(counting)))?;
            targets = Some(matrix);
        }
        Ok(Self { predictions, targets, filled: 0 })
    }

    /// Takes the predictions for a block of rows that begins with row `first`. Row 0 begins a new epoch.
    pub(super) fn take(&mut self, first: usize, block: &Matrix<F>, samples: &Samples<'_, F>) {
        if first == 0 {
            self.filled = 0;
        }
        let rows = (first..).zip(block.each_row()).filter(|(row, _)| samples.weights.counts(*row));
        for (_, row) in rows {
            if let Some(target) = self.predictions.values_mut().get_mut(self.filled..self.filled + row.len())
            {
                target.copy_from_slice(row);
                self.filled += row.len();
            }
        }
    }
}

/// All metrics of a run.
pub(super) struct Metrics<'a, F> {
    metrics: Vec<Metric<'a, F>>,
    names: Arc<[String]>,
    /// `None` without metrics.
    pub(super) answers: Option<Answers<F>>,
}

impl<'a, F: Scalar> Metrics<'a, F> {
    /// Prepares the metrics for the rows of `samples` that count, whose shapes are checked. Without samples there must
    /// be no metrics.
    ///
    /// # Errors
    /// [`Error::Empty`] for a name without letters, [`Error::Conflict`] for two metrics of the same name,
    /// [`Error::TooLarge`].
    pub(super) fn new(metrics: Vec<Metric<'a, F>>, samples: Option<Samples<'_, F>>) -> Result<Self, Error> {
        let names = Arc::from_iter(metrics.iter().map(|metric| metric.name.clone()));
        check_names(&names)?;
        let answers =
            samples.filter(|_| !metrics.is_empty()).map(|samples| Answers::new(&samples)).transpose()?;
        Ok(Self { metrics, names, answers })
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The values of all metrics for the answers of this epoch; `y` are the targets of all rows.
    ///
    /// # Errors
    /// [`Error::Metric`] with the first error of a metric.
    pub(super) fn values(&mut self, y: &ArrayRef2<F>) -> Result<Values, Error> {
        let Some(Answers { predictions, targets, .. }) = &self.answers else { return Ok(Values::default()) };
        let (predictions, targets) = (predictions.view(), targets.as_ref().map(Matrix::view));
        let targets = targets.as_deref().unwrap_or(y);
        let values = self.metrics.iter_mut().map(|metric| metric.value(targets, &predictions));
        Ok(Values { names: Arc::clone(&self.names), values: values.collect::<Result<_, _>>()? })
    }
}

/// Checks that no name is empty, and that no two names are equal.
fn check_names(names: &[String]) -> Result<(), Error> {
    for (i, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(Error::Empty { what: "the name of a metric", rows: 0, columns: 1 });
        }
        if names.iter().take(i).any(|other| other == name) {
            let found = format!("metric({name:?})");
            return Err(Error::conflict("metric", found, "another metric of this name"));
        }
    }
    Ok(())
}
