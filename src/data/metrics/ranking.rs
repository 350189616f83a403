//! The order of scores.

use super::pairs::for_each_pair;
use crate::data::label::{Label, Number};
use crate::error::{Error, Place};
use crate::kernel::Scalar;

/// The area under the receiver operating characteristic: the probability that a random row of label 1 has a larger
/// score than a random row of label 0, where equal scores count half.
///
/// `Σ (1 if sᵢ > sⱼ, ½ if sᵢ = sⱼ) / (P·N)` over the P rows i of label 1 and the N rows j of label 0. It is 1 if the
/// scores separate the labels, 0.5 on average for scores that do not depend on them, and 0 if they separate them the
/// wrong way round. The scores can be probabilities or any other finite numbers: only their order matters. The pairs
/// are counted exactly (Mann and Whitney, “On a Test of Whether one of Two Random Variables is Stochastically Larger
/// than the Other”, 1947).
///
/// # Errors
/// [`Error::Empty`] for no labels, and if one of the labels 0 and 1 does not occur; [`Error::OutOfRange`] for another
/// label; [`Error::Shape`] unless there is a score for each label; [`Error::NonFinite`] for a score;
/// [`Error::TooLarge`].
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::roc_auc;
/// use ndarray_dnn::ndarray::array;
///
/// let probabilities = array![[0.1], [0.4], [0.35], [0.8]]; // as from `predict`
/// assert_eq!(roc_auc(&[0, 0, 1, 1], probabilities.column(0))?, 0.75);
/// assert_eq!(roc_auc([false, true, true], &[0.5, 0.5, 0.9])?, 0.75);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[doc(alias = "roc_auc_score")]
pub fn roc_auc<'a, F: Scalar>(
    truth: impl IntoIterator<Item: Label>,
    scores: impl IntoIterator<Item = &'a F>,
) -> Result<f64, Error> {
    let mut pairs = Vec::new();
    for_each_pair(truth, "scores", scores, |index, label, score| {
        let is_positive = match label.number() {
            0 => false,
            1 => true,
            other => {
                let (at, value) = (Place::Index(index), other as f64);
                return Err(Error::OutOfRange { name: "truth", at, range: "0 or 1".into(), value });
            }
        };
        if !score.is_finite() {
            return Err(Error::NonFinite { what: "scores", row: index, column: 0 });
        }
        let too_large = |_| Error::TooLarge { what: "the scores", rows: index + 1, columns: 1 };
        pairs.try_reserve(1).map_err(too_large)?;
        // −0 + 0 is 0, so that both zeros are equal.
        pairs.push((score.as_f64() + 0.0, is_positive));
        Ok(())
    })?;
    area(pairs)
}

/// The area under the curve of these scores and labels.
fn area(mut pairs: Vec<(f64, bool)>) -> Result<f64, Error> {
    pairs.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
    // Twice the number of pairs in the right order, and the numbers of rows so far.
    let (mut twice, mut positive, mut negative) = (0_u128, 0_u128, 0_u128);
    for equal in pairs.chunk_by(|(a, _), (b, _)| a == b) {
        let ones = equal.iter().filter(|(_, is_positive)| *is_positive).count() as u128;
        let zeros = equal.len() as u128 - ones;
        twice += ones * (2 * negative + zeros);
        positive += ones;
        negative += zeros;
    }
    for (what, rows) in [("truth of label 0", negative), ("truth of label 1", positive)] {
        if rows == 0 {
            return Err(Error::Empty { what, rows: 0, columns: 1 });
        }
    }
    Ok(twice as f64 / (2 * positive * negative) as f64)
}
