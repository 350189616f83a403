//! Precision, recall and F₁ of each class as a table.

use std::collections::BTreeMap;
use std::fmt;

use ndarray::ArrayRef2;

use super::classes::add;
use super::counts::{Average, Counts, Scores, average};
use super::pairs::{check_pair, check_probabilities, for_each_pair};
use crate::data::label::{Label, Number};
use crate::error::{Error, Place};
use crate::kernel::{Scalar, concrete};
use crate::validate::check_length;

/// Precision, recall and F₁ of each class, and their averages; made by [`classification_report`] and
/// [`multilabel_report`].
///
/// [`Display`](fmt::Display) writes scikit-learn's table.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassReport {
    counts: BTreeMap<usize, Counts>,
    /// The name of class k at k; empty for numbers.
    names: Vec<String>,
    /// Whether a row can have several labels.
    is_multilabel: bool,
}

/// The precision, the recall and the F₁ score of each class that occurs, as a true or as a predicted class.
///
/// Labels count from 0, such as those of [`predict_classes`](crate::Dnn::predict_classes). The formulas are those of
/// [`precision`](super::precision), [`recall`](super::recall) and [`f1`](super::f1).
///
/// # Errors
/// [`Error::Empty`] for no labels, [`Error::Shape`] unless there is a predicted label for each true one,
/// [`Error::OutOfRange`] for a negative label.
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::{Average, classification_report};
///
/// let report = classification_report(&[0, 0, 1, 2, 2, 2], &[0, 0, 0, 2, 2, 1])?
///     .with_names(["cat", "dog", "horse"])?;
/// assert_eq!(report.average(Average::Class(2)).precision, 1.0);
/// assert_eq!(report.average(Average::Micro).f1, 4.0 / 6.0);
/// assert_eq!(report.to_string(), "              \
///               precision    recall  f1-score   support
///
///          cat       0.67      1.00      0.80         2
///          dog       0.00      0.00      0.00         1
///        horse       1.00      0.67      0.80         3
///
///     accuracy                           0.67         6
///    macro avg       0.56      0.56      0.53         6
/// weighted avg       0.72      0.67      0.67         6
/// ");
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub fn classification_report(
    truth: impl IntoIterator<Item: Label>,
    predicted: impl IntoIterator<Item: Label>,
) -> Result<ClassReport, Error> {
    let mut counts = BTreeMap::new();
    for_each_pair(truth, "predicted", predicted, |index, truth, predicted| {
        let truth = class("truth", index, truth.number())?;
        add(&mut counts, truth, class("predicted", index, predicted.number())?);
        Ok(())
    })?;
    Ok(ClassReport { counts, names: Vec::new(), is_multilabel: false })
}

/// The precision, the recall and the F₁ score of each column of y and ŷ, `(n, labels)`, where each column is a question
/// with the answers yes and no.
///
/// A value of at least 0.5 is a yes, in y and in ŷ, so that ŷ can be the probabilities of
/// [`Dnn::multilabel`](crate::Dnn::multilabel). For another threshold t, use
/// `ŷ.mapv(|p| if p >= t { 1.0 } else { 0.0 })`. The scores of a column are those of its yes. [`Average::Micro`] counts
/// the answers of all columns together.
///
/// # Errors
/// [`Error::Empty`] and [`Error::NonFinite`] for `y` and `predicted`; [`Error::Shape`] if the two differ in shape;
/// [`Error::OutOfRange`] for a value that is less than 0 or greater than 1.
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::{Average, multilabel_report};
/// use ndarray_dnn::ndarray::array;
///
/// let y = array![[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
/// let report = multilabel_report(&y, &array![[0.9, 0.2], [0.7, 0.3], [0.1, 0.5]])?;
/// assert_eq!(report.average(Average::Class(1)).recall, 0.5);
/// assert_eq!(report.average(Average::Micro).f1, 6.0 / 7.0);
/// println!("{report}");
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub fn multilabel_report<F: Scalar>(
    y: &ArrayRef2<F>,
    predicted: &ArrayRef2<F>,
) -> Result<ClassReport, Error> {
    of_columns(y, predicted)
}

concrete!(
    fn of_columns<'a, F>(y: &'a ArrayRef2<F>, predicted: &'a ArrayRef2<F>) -> Result<ClassReport, Error> {
        check_pair(y, "predicted", predicted)?;
        check_probabilities("y", y)?;
        check_probabilities("predicted", predicted)?;
        let is_yes = |value: &F| value.as_f64() >= 0.5;
        let mut counts = BTreeMap::new();
        for (column, (y, predicted)) in y.columns().into_iter().zip(predicted.columns()).enumerate() {
            let of_column: &mut Counts = counts.entry(column).or_default();
            for (truth, predicted) in y.iter().map(is_yes).zip(predicted.iter().map(is_yes)) {
                of_column.support += usize::from(truth);
                of_column.predicted += usize::from(predicted);
                of_column.right += usize::from(truth && predicted);
            }
        }
        Ok(ClassReport { counts, names: Vec::new(), is_multilabel: true })
    }
);

impl ClassReport {
    /// Names for the table: class k, or column k, is called `names[k]` instead of k.
    ///
    /// # Errors
    /// [`Error::Shape`] unless each class of the report has a name; there may be more names.
    ///
    /// # Examples
    /// See [`classification_report`].
    pub fn with_names(mut self, names: impl IntoIterator<Item: ToString>) -> Result<Self, Error> {
        self.names.clear();
        // One by one: a wrong `size_hint` must not panic.
        for name in names {
            self.names.push(name.to_string());
        }
        match self.counts.last_key_value() {
            Some((class, _)) if *class >= self.names.len() => {
                check_length("names", self.names.len(), class.saturating_add(1)).map(|()| self)
            }
            _ => Ok(self),
        }
    }

    /// The classes that occur, from the smallest, each with its scores; or all columns of
    /// [`multilabel_report`].
    pub fn classes(&self) -> impl ExactSizeIterator<Item = (usize, Scores)> {
        self.counts.iter().map(|(class, counts)| (*class, counts.scores()))
    }

    /// The average of the scores over the classes, or the scores of one class.
    pub fn average(&self, kind: Average) -> Scores {
        average(kind, self.counts.values().copied(), |class| {
            self.counts.get(&class).copied().unwrap_or_default()
        })
    }

    /// The text for a class.
    fn name(&self, class: usize) -> String {
        self.names.get(class).cloned().unwrap_or_else(|| class.to_string())
    }
}

impl fmt::Display for ClassReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = || self.counts.keys().map(|class| self.name(*class));
        let width = names().map(|name| name.chars().count()).max().unwrap_or(0).max("weighted avg".len());
        let line = |f: &mut fmt::Formatter<'_>, name: &str, scores: Scores| {
            let Scores { precision, recall, f1, support } = scores;
            writeln!(f, "{name:>width$}  {precision:>9.2} {recall:>9.2} {f1:>9.2} {support:>9}")
        };
        writeln!(
            f,
            "{:>width$}  {:>9} {:>9} {:>9} {:>9}\n",
            "", "precision", "recall", "f1-score", "support"
        )?;
        for ((_, scores), name) in self.classes().zip(names()) {
            line(f, &name, scores)?;
        }
        writeln!(f)?;
        let micro = self.average(Average::Micro);
        if self.is_multilabel {
            line(f, "micro avg", micro)?;
        } else {
            let Scores { recall: accuracy, support, .. } = micro;
            writeln!(f, "{:>width$}  {:>9} {:>9} {accuracy:>9.2} {support:>9}", "accuracy", "", "")?;
        }
        line(f, "macro avg", self.average(Average::Macro))?;
        line(f, "weighted avg", self.average(Average::Weighted))
    }
}

/// A label as the number of a class.
fn class(name: &'static str, index: usize, label: i128) -> Result<usize, Error> {
    usize::try_from(label).map_err(|_| {
        let range = if label < 0 { "at least 0".into() } else { format!("at most {}", usize::MAX).into() };
        Error::OutOfRange { name, at: Place::Index(index), range, value: label as f64 }
    })
}
