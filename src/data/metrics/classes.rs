//! Scores of predicted classes.

use std::collections::BTreeMap;

use ndarray::Array2;

use super::counts::{Average, Counts, Scores, average};
use super::pairs::for_each_pair;
use crate::data::label::{Label, Number};
use crate::error::Error;
use crate::validate::{check_count, check_label};

/// The fraction of rows with the right label: `#(truth = predicted) / n`.
///
/// Labels are compared as numbers: the types may differ.
///
/// # Errors
/// [`Error::Empty`] for no labels, [`Error::Shape`] unless there is a predicted label for each true one.
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::accuracy;
///
/// assert_eq!(accuracy(&[0, 1, 1, 2], &[0, 1, 2, 2])?, 0.75);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[doc(alias = "accuracy_score")]
pub fn accuracy(
    truth: impl IntoIterator<Item: Label>,
    predicted: impl IntoIterator<Item: Label>,
) -> Result<f64, Error> {
    let mut right = 0_usize;
    let n = for_each_pair(truth, "predicted", predicted, |_, truth, predicted| {
        right += usize::from(truth.number() == predicted.number());
        Ok(())
    })?;
    Ok(right as f64 / n as f64)
}

/// The mean over the classes of the fraction of right rows of each class, `Σ tp_k / m_k` / the number of classes.
///
/// The classes are those that occur in `truth`. Each counts the same, however many rows it has: always predicting the
/// more frequent one of two classes has the balanced accuracy 0.5.
///
/// # Errors
/// Those of [`accuracy`].
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::balanced_accuracy;
///
/// // 3 of 4 rows of class 0, and no row of class 1.
/// assert_eq!(balanced_accuracy(&[0, 0, 0, 0, 1], &[0, 0, 0, 2, 0])?, 0.375);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[doc(alias = "balanced_accuracy_score")]
pub fn balanced_accuracy(
    truth: impl IntoIterator<Item: Label>,
    predicted: impl IntoIterator<Item: Label>,
) -> Result<f64, Error> {
    let counts = count(truth, predicted)?;
    let of_truth = counts.values().filter(|counts| counts.support > 0).copied();
    Ok(average(Average::Macro, of_truth, |_| Counts::default()).recall)
}

/// The precision of a class, `tp / (tp + fp)`: the fraction of right rows among those that were predicted as the class;
/// or an average over the classes.
///
/// Between 0 and 1. It is 0 for a class that was never predicted, as in scikit-learn's `precision_score`.
///
/// # Errors
/// Those of [`accuracy`].
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::{Average, precision};
///
/// let (truth, predicted) = ([0, 0, 1, 1], [0, 1, 1, 1]);
/// assert_eq!(precision(&truth, &predicted, Average::Class(1))?, 2.0 / 3.0);
/// assert_eq!(precision(&truth, &predicted, Average::Macro)?, (1.0 + 2.0 / 3.0) / 2.0);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[doc(alias = "precision_score")]
pub fn precision(
    truth: impl IntoIterator<Item: Label>,
    predicted: impl IntoIterator<Item: Label>,
    average: Average,
) -> Result<f64, Error> {
    Ok(scores(truth, predicted, average)?.precision)
}

/// The recall of a class, `tp / (tp + fn)`: the fraction of right rows among those of the class; or an average over the
/// classes.
///
/// Between 0 and 1. It is 0 for a class without rows, as in scikit-learn's `recall_score`.
///
/// # Errors
/// Those of [`accuracy`].
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::{Average, recall};
///
/// let (truth, predicted) = ([0, 0, 1, 1], [0, 1, 1, 1]);
/// assert_eq!(recall(&truth, &predicted, Average::Class(0))?, 0.5);
/// assert_eq!(recall(&truth, &predicted, Average::Macro)?, 0.75);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[doc(alias = "recall_score")]
pub fn recall(
    truth: impl IntoIterator<Item: Label>,
    predicted: impl IntoIterator<Item: Label>,
    average: Average,
) -> Result<f64, Error> {
    Ok(scores(truth, predicted, average)?.recall)
}

/// The F₁ score of a class, the harmonic mean of its precision and recall: `2·tp / (2·tp + fp + fn)`; or an average
/// over the classes.
///
/// Between 0 and 1. It is 0 for a class that does not occur, as in scikit-learn's `f1_score`. For rows with several
/// labels, see [`multilabel_report`](super::multilabel_report).
///
/// # Errors
/// Those of [`accuracy`].
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::{Average, f1};
///
/// let (truth, predicted) = ([0, 0, 1, 1], [0, 1, 1, 1]);
/// assert_eq!(f1(&truth, &predicted, Average::Class(1))?, 0.8);
/// assert_eq!(f1(&truth, &predicted, Average::Macro)?, (2.0 / 3.0 + 0.8) / 2.0);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[doc(alias = "f1_score")]
pub fn f1(
    truth: impl IntoIterator<Item: Label>,
    predicted: impl IntoIterator<Item: Label>,
    average: Average,
) -> Result<f64, Error> {
    Ok(scores(truth, predicted, average)?.f1)
}

/// The confusion matrix `(classes, classes)`: row t, column p is the number of samples of class t that were predicted
/// as class p. The right predictions are on the diagonal.
///
/// # Errors
/// [`Error::OutOfRange`] for 0 classes and for a label that is negative or not less than `classes`, [`Error::Empty`]
/// for no labels, [`Error::Shape`] unless there is a predicted label for each true one, [`Error::TooLarge`].
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::confusion_matrix;
/// use ndarray_dnn::ndarray::array;
///
/// assert_eq!(confusion_matrix(&[0, 1, 1, 1], &[0, 1, 1, 0], 2)?, array![[1, 0], [1, 2]]);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub fn confusion_matrix(
    truth: impl IntoIterator<Item: Label>,
    predicted: impl IntoIterator<Item: Label>,
    classes: usize,
) -> Result<Array2<usize>, Error> {
    check_count("classes", classes)?;
    let too_large = || Error::TooLarge { what: "the confusion matrix", rows: classes, columns: classes };
    let length = classes.checked_mul(classes).ok_or_else(too_large)?;
    let mut counts: Vec<usize> = Vec::new();
    counts.try_reserve_exact(length).map_err(|_| too_large())?;
    counts.resize(length, 0);
    for_each_pair(truth, "predicted", predicted, |index, truth, predicted| {
        let truth = check_label("truth", index, truth.number(), classes)?;
        let predicted = check_label("predicted", index, predicted.number(), classes)?;
        // Always `Some`: both labels are less than `classes`.
        if let Some(count) = counts.get_mut(truth * classes + predicted) {
            *count += 1;
        }
        Ok(())
    })?;
    Array2::from_shape_vec((classes, classes), counts).map_err(|_| too_large())
}

/// The counts of each class that occurs.
fn count(
    truth: impl IntoIterator<Item: Label>,
    predicted: impl IntoIterator<Item: Label>,
) -> Result<BTreeMap<i128, Counts>, Error> {
    let mut counts = BTreeMap::new();
    for_each_pair(truth, "predicted", predicted, |_, truth, predicted| {
        add(&mut counts, truth.number(), predicted.number());
        Ok(())
    })?;
    Ok(counts)
}

/// Counts a row.
pub(super) fn add<K: Ord + Copy>(counts: &mut BTreeMap<K, Counts>, truth: K, predicted: K) {
    let of_truth: &mut Counts = counts.entry(truth).or_default();
    of_truth.support += 1;
    if truth == predicted {
        of_truth.right += 1;
        of_truth.predicted += 1;
    } else {
        counts.entry(predicted).or_default().predicted += 1;
    }
}

/// The scores of one class, or averages.
fn scores(
    truth: impl IntoIterator<Item: Label>,
    predicted: impl IntoIterator<Item: Label>,
    kind: Average,
) -> Result<Scores, Error> {
    let counts = count(truth, predicted)?;
    let class = |number: usize| counts.get(&(number as i128)).copied().unwrap_or_default();
    Ok(average(kind, counts.values().copied(), class))
}
