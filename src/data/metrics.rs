//! Scores of predictions, computed in `f64` for every element type.
//!
//! For classes, as from [`predict_classes`](crate::Dnn::predict_classes): [`accuracy`] and [`confusion_matrix`]. For
//! probabilities: [`log_loss`]. For values: [`rmse`] and [`r2`].
//!
//! # Examples
//! ```
//! use ndarray_dnn::metrics::{accuracy, rmse};
//! use ndarray_dnn::ndarray::array;
//!
//! assert_eq!(accuracy(&[0, 2, 1, 1], &array![0, 2, 1, 0])?, 0.75);
//! assert_eq!(rmse(&array![[1.0], [2.0]], &array![[1.0], [4.0]])?, 2.0_f64.sqrt());
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```

use ndarray::{Array2, ArrayRef2};

use super::moments::{moments, root_mean_square};
use crate::error::{Error, Place};
use crate::kernel::{Scalar, concrete};
use crate::validate::{
    check_columns, check_count, check_distributions, check_finite, check_label, check_length,
    check_not_empty, check_rows, sum_tolerance,
};

/// The largest rounding error of a probability with three decimals.
const HALF_OF_THE_THIRD_DECIMAL: f64 = 0.0005;

/// The largest |Σp − 1| for rounded probabilities in any number of columns: 100 of these rounding errors.
const MOST_ROUNDING: f64 = 0.05;

/// The fraction of rows with the right label: `#(truth = predicted) / n`.
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
pub fn accuracy<'a>(
    truth: impl IntoIterator<Item = &'a usize>,
    predicted: impl IntoIterator<Item = &'a usize>,
) -> Result<f64, Error> {
    let mut right = 0_usize;
    let n = for_each_pair(truth, predicted, |_, truth, predicted| {
        right += usize::from(truth == predicted);
        Ok(())
    })?;
    Ok(right as f64 / n as f64)
}

/// The confusion matrix `(classes, classes)`: row t, column p is the number of samples of class t that were predicted
/// as class p. The right predictions are on the diagonal.
///
/// # Errors
/// [`Error::OutOfRange`] for 0 classes and for a label that is not less than `classes`, [`Error::Empty`] for no
/// labels, [`Error::Shape`] unless there is a predicted label for each true one, [`Error::TooLarge`].
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::confusion_matrix;
/// use ndarray_dnn::ndarray::array;
///
/// assert_eq!(confusion_matrix(&[0, 1, 1, 1], &[0, 1, 1, 0], 2)?, array![[1, 0], [1, 2]]);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub fn confusion_matrix<'a>(
    truth: impl IntoIterator<Item = &'a usize>,
    predicted: impl IntoIterator<Item = &'a usize>,
    classes: usize,
) -> Result<Array2<usize>, Error> {
    check_count("classes", classes)?;
    let too_large = || Error::TooLarge { what: "the confusion matrix", rows: classes, columns: classes };
    let length = classes.checked_mul(classes).ok_or_else(too_large)?;
    let mut counts: Vec<usize> = Vec::new();
    counts.try_reserve_exact(length).map_err(|_| too_large())?;
    counts.resize(length, 0);
    for_each_pair(truth, predicted, |index, truth, predicted| {
        for (what, label) in [("truth", truth), ("predicted", predicted)] {
            check_label(what, index, label, classes)?;
        }
        // Always `Some`: both labels are less than `classes`.
        if let Some(count) = counts.get_mut(truth * classes + predicted) {
            *count += 1;
        }
        Ok(())
    })?;
    Array2::from_shape_vec((classes, classes), counts).map_err(|_| too_large())
}

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

/// The root mean square error over all elements of y and ŷ, `(n, columns)`:
/// `√(Σ(y − ŷ)² / (n·columns))`.
///
/// # Errors
/// [`Error::Empty`] and [`Error::NonFinite`] for `y` and `predicted`; [`Error::Shape`] if the two differ in shape;
/// [`Error::NonFinite`] for a difference that overflows f64.
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::rmse;
/// use ndarray_dnn::ndarray::array;
///
/// assert_eq!(rmse(&array![[1.0, 2.0], [3.0, 4.0]], &array![[1.0, 2.0], [3.0, 10.0]])?, 3.0);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub fn rmse<F: Scalar>(y: &ArrayRef2<F>, predicted: &ArrayRef2<F>) -> Result<f64, Error> {
    rmse_of_type(y, predicted)
}

/// The coefficient of determination R² of y and ŷ, `(n, columns)`: the mean over the columns of
/// `1 − Σ(y − ŷ)² / Σ(y − ȳ)²`.
///
/// R² is 1 for exact predictions, 0 if they are as good as the constant mean ȳ of the column, and negative if they are
/// worse. As in scikit-learn, a constant column of y counts as 1 if it is predicted exactly and as 0 otherwise; so does
/// a single row. Both "constant" and "exactly" mean to within rounding: a standard deviation of y, and a root mean
/// square of `y − ŷ`, of at most `min(n, 64)·ε·max|y|`, as explained at
/// [`StandardScaler`](crate::StandardScaler#constant-columns).
///
/// # Errors
/// [`Error::Empty`] and [`Error::NonFinite`] for `y` and `predicted`; [`Error::Shape`] if the two differ in shape;
/// [`Error::NonFinite`] for a difference or an R² that overflows f64; [`Error::TooLarge`].
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::r2;
/// use ndarray_dnn::ndarray::array;
///
/// let y = array![[1.0], [2.0], [3.0]];
/// assert_eq!(r2(&y, &y)?, 1.0);
/// assert_eq!(r2(&y, &array![[2.0], [2.0], [2.0]])?, 0.0);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub fn r2<F: Scalar>(y: &ArrayRef2<F>, predicted: &ArrayRef2<F>) -> Result<f64, Error> {
    r2_of_type(y, predicted)
}

concrete! {
    fn log_loss_of_type<'a, F>(y: &'a ArrayRef2<F>, probabilities: &'a ArrayRef2<F>) -> Result<f64, Error> = log_loss_of;
}

fn log_loss_of<F: Scalar>(y: &ArrayRef2<F>, probabilities: &ArrayRef2<F>) -> Result<f64, Error> {
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

concrete! {
    fn rmse_of_type<'a, F>(y: &'a ArrayRef2<F>, predicted: &'a ArrayRef2<F>) -> Result<f64, Error> = rmse_of;
}

fn rmse_of<F: Scalar>(y: &ArrayRef2<F>, predicted: &ArrayRef2<F>) -> Result<f64, Error> {
    check_pair(y, "predicted", predicted)?;
    check_differences(y, predicted)?;
    Ok(root_mean_square(y.iter().zip(predicted).map(difference)))
}

concrete! {
    fn r2_of_type<'a, F>(y: &'a ArrayRef2<F>, predicted: &'a ArrayRef2<F>) -> Result<f64, Error> = r2_of;
}

fn r2_of<F: Scalar>(y: &ArrayRef2<F>, predicted: &ArrayRef2<F>) -> Result<f64, Error> {
    check_pair(y, "predicted", predicted)?;
    let moments = moments("y", y)?;
    check_differences(y, predicted)?;
    let n = y.ncols() as f64;
    // The sum of exact ones is exact, and so is its quotient; the sum of the quotients is for sums that overflow.
    let (mut sum, mut sum_of_quotients) = (0.0, 0.0);
    let columns = y.columns().into_iter().zip(predicted.columns()).zip(moments);
    for (column, ((y, predicted), moments)) in columns.enumerate() {
        let error = root_mean_square(y.iter().zip(predicted).map(difference));
        let of_column = if moments.deviation > 0.0 {
            1.0 - (error / moments.deviation).powi(2)
        } else {
            f64::from(u8::from(error <= moments.rounding))
        };
        if !of_column.is_finite() {
            return Err(Error::NonFinite { what: "the r2", row: 0, column });
        }
        sum += of_column;
        sum_of_quotients += of_column / n;
    }
    Ok(if sum.is_finite() { sum / n } else { sum_of_quotients })
}

/// Calls `each` with the index, the true label and the predicted label of every row; returns the number of rows, at
/// least 1.
fn for_each_pair<'a>(
    truth: impl IntoIterator<Item = &'a usize>,
    predicted: impl IntoIterator<Item = &'a usize>,
    mut each: impl FnMut(usize, usize, usize) -> Result<(), Error>,
) -> Result<usize, Error> {
    let (mut truth, mut predicted) = (truth.into_iter(), predicted.into_iter());
    let mut n = 0;
    loop {
        match (truth.next(), predicted.next()) {
            (Some(truth), Some(predicted)) => each(n, *truth, *predicted)?,
            (None, _) if n == 0 => return Err(Error::Empty { what: "truth", rows: 0, columns: 1 }),
            (None, None) => return Ok(n),
            (Some(_), None) => {
                let expected = (n + 1).saturating_add(truth.count());
                return check_length("predicted", n, expected).map(|()| n);
            }
            (None, Some(_)) => {
                let found = (n + 1).saturating_add(predicted.count());
                return check_length("predicted", found, n).map(|()| n);
            }
        }
        n += 1;
    }
}

/// Checks that `y` is not empty, that the other array has its shape, and that both are finite.
fn check_pair<F: Scalar>(y: &ArrayRef2<F>, what: &'static str, other: &ArrayRef2<F>) -> Result<(), Error> {
    check_not_empty("y", y)?;
    check_rows(what, other, y.nrows())?;
    check_columns(what, other, y.ncols())?;
    check_finite("y", y)?;
    check_finite(what, other)
}

/// Checks that every value is at least 0 and at most 1.
fn check_probabilities<F: Scalar>(name: &'static str, array: &ArrayRef2<F>) -> Result<(), Error> {
    let is_legal = |value: F| (0.0..=1.0).contains(&value.as_f64());
    match array.indexed_iter().find(|(_, value)| !is_legal(**value)) {
        None => Ok(()),
        Some(((row, column), value)) => Err(Error::OutOfRange {
            name,
            at: Place::Element { row, column },
            range: "at least 0 and at most 1".into(),
            value: value.as_f64(),
        }),
    }
}

/// `−Σ y·ln p` over the pairs (y, p) with y > 0, for p between the smallest normal number of F and 1.
fn cross_entropy<F: Scalar>(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let smallest = F::min_positive_value().as_f64();
    // At most 1: the sum of a row may be a little more.
    let log = |p: f64| p.clamp(smallest, 1.0).ln();
    pairs.filter(|(y, _)| *y > 0.0).fold(0.0, |sum, (y, p)| sum - y * log(p))
}

/// Checks that every y − ŷ is finite.
fn check_differences<F: Scalar>(y: &ArrayRef2<F>, predicted: &ArrayRef2<F>) -> Result<(), Error> {
    let mut pairs = y.indexed_iter().zip(predicted);
    match pairs.find(|((_, y), predicted)| !difference((*y, *predicted)).is_finite()) {
        None => Ok(()),
        Some((((row, column), _), _)) => Err(Error::NonFinite { what: "y - predicted", row, column }),
    }
}

/// y − ŷ
fn difference<F: Scalar>((y, predicted): (&F, &F)) -> f64 {
    y.as_f64() - predicted.as_f64()
}
