//! Metrics of a run: named functions of predictions and targets, computed after each epoch.

use std::borrow::Cow;
use std::sync::Arc;

use ndarray::ArrayRef2;

use crate::descent::Samples;
use crate::error::Error;
use crate::kernel::{Matrix, Rows, Scalar};

/// A function of predictions and targets.
pub(super) type Function<'a, F> = Box<dyn FnMut(&ArrayRef2<F>, &ArrayRef2<F>) -> f64 + 'a>;

/// A function with its name.
pub(super) struct Metric<'a, F> {
    pub(super) name: Cow<'static, str>,
    pub(super) function: Function<'a, F>,
}

/// The values of the metrics after an epoch, in the order of the metrics.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Values {
    names: Arc<[Cow<'static, str>]>,
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
    names: Arc<[Cow<'static, str>]>,
    /// `None` without metrics.
    pub(super) answers: Option<Answers<F>>,
}

impl<'a, F: Scalar> Metrics<'a, F> {
    /// Prepares the metrics for the rows of `samples` that count, whose shapes are checked. Without samples there must be
    /// no metrics.
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

    pub(super) fn names(&self) -> &[Cow<'static, str>] {
        &self.names
    }

    /// The values of all metrics for the answers of this epoch; `y` are the targets of all rows.
    pub(super) fn values(&mut self, y: &ArrayRef2<F>) -> Values {
        let Some(Answers { predictions, targets, .. }) = &self.answers else { return Values::default() };
        let (predictions, targets) = (predictions.view(), targets.as_ref().map(Matrix::view));
        let targets = targets.as_deref().unwrap_or(y);
        let values = self.metrics.iter_mut().map(|metric| (metric.function)(&predictions, targets));
        Values { names: Arc::clone(&self.names), values: values.collect() }
    }
}

/// Checks that no name is empty, and that no two names are equal.
fn check_names(names: &[Cow<'static, str>]) -> Result<(), Error> {
    for (i, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(Error::Empty { what: "the name of a metric", rows: 0, columns: 1 });
        }
        if names.iter().take(i).any(|other| other == name) {
            let (found, other) = (format!("metric({name:?})"), "another metric of this name".to_owned());
            return Err(Error::Conflict { name: "metric", found, other });
        }
    }
    Ok(())
}
