//! The cross-entropy of predicted probabilities.

use ndarray::ArrayRef2;

use super::pairs::{check_pair, check_probabilities};
use crate::error::Error;
use crate::kernel::{Scalar, concrete};
use crate::validate::{check_distributions, sum_tolerance};

/// The largest rounding error of a probability with three decimals.
const HALF_OF_THE_THIRD_DECIMAL: f64 = 0.0005;

/// The largest |Σp − 1| for rounded probabilities in any number of columns: 100 of these rounding errors.
const MOST_ROUNDING: f64 = 0.05;

/// The cross-entropy of predicted probabilities p: the mean over the rows of `−Σ y·ln p`.
///
/// y and p are `(n, classes)` with a distribution in each row, such as the targets of [`one_hot`](crate::one_hot) and
/// the outputs of softmax. Or they are `(n, 1)`, as for a yes/no network with a single output, such as
/// `Dnn::classifier(inputs, &[hidden], 1)`: then y and p are the probability of yes, at least 0 and at most 1, and
/// the loss is that of the two columns `1 − y`, `y` and `1 − p`, `p`: the mean of `−y·ln p − (1 − y)·ln(1 − p)`.
///
/// A p, or `1 − p`, below the smallest normal number of F counts as that number: where y is 1, it adds 708.4 in f64
/// and 87.3 in f32. A softmax output of 0 is a number too small for F, and the true loss is at least as large.
/// scikit-learn does the same with the machine epsilon, at 36.0 and 15.9; for larger p the two agree.
///
/// # Sums that are not exactly 1
/// A row of y must sum to 1 within the tolerance of training, 1e-6 in f64 and 1e-4 in f32. A row of p may also hold
/// probabilities that were rounded to three decimals, such as (0.333, 0.333, 0.333): each is off by up to 0.0005, so
/// the sum of k of them may be off by 0.0005·k more, but at most by 0.05 more, since the roundings of more than 100
/// columns cancel. Each p counts as it is, without normalisation, as in scikit-learn: a sum that is off by δ changes
/// the loss by about δ.
///
/// # Errors
/// [`Error::Empty`] and [`Error::NonFinite`] for `y` and `probabilities`; [`Error::Shape`] if the two differ in shape;
/// [`Error::NotADistribution`] for a row that is not a distribution; [`Error::OutOfRange`] for a value of a single
/// column that is less than 0 or greater than 1.
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::log_loss;
/// use ndarray_dnn::ndarray::array;
///
/// let y = array![[1.0, 0.0], [0.0, 1.0]];
/// let loss = log_loss(&y, &array![[0.5, 0.5], [0.0, 1.0]])?;
/// assert_eq!(loss, 2.0_f64.ln() / 2.0);
/// // The same with the second column alone.
/// assert_eq!(log_loss(&array![[0.0], [1.0]], &array![[0.5], [1.0]])?, loss);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub fn log_loss<F: Scalar>(y: &ArrayRef2<F>, probabilities: &ArrayRef2<F>) -> Result<f64, Error> {
    log_loss_of_type(y, probabilities)
}

concrete!(
    fn log_loss_of_type<'a, F>(y: &'a ArrayRef2<F>, probabilities: &'a ArrayRef2<F>) -> Result<f64, Error> {
        check_pair(y, "probabilities", probabilities)?;
        let pairs = y.iter().zip(probabilities).map(|(y, p)| (y.as_f64(), p.as_f64()));
        let sum = if y.ncols() == 1 {
            check_probabilities("y", y)?;
            check_probabilities("probabilities", probabilities)?;
            cross_entropy::<F>(pairs.flat_map(|(y, p)| [(y, p), (1.0 - y, 1.0 - p)]))
        } else {
            check_distributions("y", y, sum_tolerance::<F>(), |_| true)?;
            let rounding = (HALF_OF_THE_THIRD_DECIMAL * y.ncols() as f64).min(MOST_ROUNDING);
            check_distributions("probabilities", probabilities, sum_tolerance::<F>() + rounding, |_| true)?;
            cross_entropy::<F>(pairs)
        };
        Ok(sum / y.nrows() as f64)
    }
);

/// `−Σ y·ln p` over the pairs (y, p) with y > 0, for p between the smallest normal number of F and 1.
fn cross_entropy<F: Scalar>(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let smallest = F::min_positive_value().as_f64();
    // At most 1: the sum of a row may be a little more.
    let log = |p: f64| libm::log(p.clamp(smallest, 1.0));
    pairs.filter(|(y, _)| *y > 0.0).fold(0.0, |sum, (y, p)| sum - y * log(p))
}
