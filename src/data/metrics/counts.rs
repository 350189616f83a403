//! The rows of a class: how many there are, were predicted, and were right; and the scores that follow.

/// How the scores of several classes become one score.
///
/// With the scores `s_k` of the classes k that occur, as true or as predicted class, and the number `m_k` of rows of
/// each:
///
/// | | score | scikit-learn's `average` |
/// |---|---|---|
/// | `Macro` | `Σ s_k` / the number of classes | `"macro"` |
/// | `Weighted` | `Σ m_k·s_k / Σ m_k` | `"weighted"` |
/// | `Micro` | the score of all classes' counts together; the [`accuracy`](super::accuracy) unless a row can have several labels | `"micro"` |
/// | `Class(k)` | `s_k` | `None`, and for `k = 1` of yes/no labels `"binary"` |
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::{Average, f1};
///
/// // How well is "yes" found?
/// let (truth, predicted) = ([0, 0, 1, 1], [0, 1, 1, 1]);
/// assert_eq!(f1(&truth, &predicted, Average::Class(1))?, 0.8);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Average {
    /// The mean over the classes: each class counts the same.
    Macro,
    /// The mean over the classes, each weighted by its number of true rows.
    Weighted,
    /// The score of the counts of all classes together: each row counts the same.
    Micro,
    /// The score of one class; 0 if it does not occur.
    Class(usize),
}

/// Precision, recall and F₁ of a class, or their averages over classes; see
/// [`classification_report`](super::classification_report).
///
/// A quotient with the denominator 0 is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Scores {
    /// The right ones of the rows that were predicted as this class: `tp / (tp + fp)`.
    pub precision: f64,
    /// The right ones of the rows of this class: `tp / (tp + fn)`.
    pub recall: f64,
    /// The harmonic mean of precision and recall: `2·tp / (2·tp + fp + fn)`.
    pub f1: f64,
    /// The number of rows of this class: `tp + fn`; of an average, that of all its classes.
    pub support: usize,
}

/// Numbers of rows of a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Rows of the class that were predicted as it, `tp`.
    pub(super) right: usize,
    /// Rows that were predicted as the class, `tp + fp`.
    pub(super) predicted: usize,
    /// Rows of the class, `tp + fn`.
    pub(super) support: usize,
}

impl Counts {
    pub(super) fn scores(self) -> Scores {
        let Self { right, predicted, support } = self;
        let right = right as f64;
        Scores {
            precision: quotient(right, predicted as f64),
            recall: quotient(right, support as f64),
            f1: quotient(2.0 * right, predicted as f64 + support as f64),
            support,
        }
    }
}

/// a / b, and 0 for b = 0.
fn quotient(a: f64, b: f64) -> f64 {
    if b > 0.0 { a / b } else { 0.0 }
}

/// One score for all classes. `class` returns the counts of one class.
pub(super) fn average(
    average: Average,
    all: impl Iterator<Item = Counts> + Clone,
    class: impl FnOnce(usize) -> Counts,
) -> Scores {
    let total = all.clone().fold(Counts::default(), |total, counts| Counts {
        right: total.right + counts.right,
        predicted: total.predicted + counts.predicted,
        support: total.support + counts.support,
    });
    match average {
        Average::Micro => total.scores(),
        Average::Macro => weighted(all, total.support, |_| 1.0),
        Average::Weighted => weighted(all, total.support, |counts| counts.support as f64),
        Average::Class(number) => class(number).scores(),
    }
}

/// The mean of the scores, weighted.
fn weighted(all: impl Iterator<Item = Counts>, support: usize, weight: impl Fn(&Counts) -> f64) -> Scores {
    let (mut sums, mut weights) = (Scores::default(), 0.0);
    for counts in all {
        let (weight, scores) = (weight(&counts), counts.scores());
        sums.precision += weight * scores.precision;
        sums.recall += weight * scores.recall;
        sums.f1 += weight * scores.f1;
        weights += weight;
    }
    Scores {
        precision: quotient(sums.precision, weights),
        recall: quotient(sums.recall, weights),
        f1: quotient(sums.f1, weights),
        support,
    }
}
