//! How good predictions are, in one number: computed in `f64`, whatever the element type.
//!
//! Of classes, as [`predict_classes`](crate::Dnn::predict_classes) gives them: [`accuracy`] and
//! [`confusion_matrix`]. Of probabilities: [`log_loss`]. Of values: [`rmse`] and [`r2`].
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
use crate::error::Error;
use crate::kernel::Scalar;
use crate::validate::{
    check_columns, check_count, check_distributions, check_finite, check_label, check_length,
    check_not_empty, check_rows,
};

/// What part of the predicted labels is the true one: `#(truth = predicted) / n`.
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

/// How often each class was taken for each, `(classes, classes)`: row t, column p is the number of rows of
/// class t for which p was predicted. The right ones are on the diagonal.
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
        // There is one: both labels are below `classes`.
        if let Some(count) = counts.get_mut(truth * classes + predicted) {
            *count += 1;
        }
        Ok(())
    })?;
    Array2::from_shape_vec((classes, classes), counts).map_err(|_| too_large())
}

/// The cross-entropy of predicted probabilities p, the mean over the rows of `−Σ y·ln p`.
///
/// y and p are `(n, classes)`, a distribution in each row, as [`one_hot`](crate::one_hot) makes them and
/// softmax puts them out. The probabilities of a network with a single output column go in as two columns,
/// `1 − p` and `p`.
///
/// A p below the smallest normal number of F counts as that number: where y is 1, it adds 708.4 in f64 and
/// 87.3 in f32. What softmax puts out as 0 is a number too small for F, and the true loss is at least as
/// large. scikit-learn does the same with the machine epsilon, at 36.0 and 15.9; down to that the two agree.
///
/// # Errors
/// [`Error::Empty`], [`Error::NonFinite`] and [`Error::NotADistribution`] for `y` and `probabilities`;
/// [`Error::Shape`] if the two differ in shape.
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::log_loss;
/// use ndarray_dnn::ndarray::array;
///
/// let y = array![[1.0, 0.0], [0.0, 1.0]];
/// let loss = log_loss(&y, &array![[0.5, 0.5], [0.0, 1.0]])?;
/// assert_eq!(loss, 2.0_f64.ln() / 2.0);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub fn log_loss<F: Scalar>(y: &ArrayRef2<F>, probabilities: &ArrayRef2<F>) -> Result<f64, Error> {
    check_pair(y, "probabilities", probabilities)?;
    for (what, array) in [("y", y), ("probabilities", probabilities)] {
        check_distributions(what, array, |_| true)?;
    }
    let smallest = F::min_positive_value().as_f64();
    let values = y.iter().zip(probabilities).filter(|(y, _)| **y > F::zero());
    // At most 1: the sum of a row may be a little more.
    let log = |p: &F| p.as_f64().clamp(smallest, 1.0).ln();
    Ok(values.fold(0.0, |sum, (y, p)| sum - y.as_f64() * log(p)) / y.nrows() as f64)
}

/// The root of the mean square error over all elements of y and ŷ, `(n, columns)`:
/// `√(Σ(y − ŷ)² / (n·columns))`.
///
/// # Errors
/// [`Error::Empty`] and [`Error::NonFinite`] for `y` and `predicted`; [`Error::Shape`] if the two differ in shape; [`Error::NonFinite`] for a difference that overflows
/// f64.
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
    check_pair(y, "predicted", predicted)?;
    check_differences(y, predicted)?;
    Ok(root_mean_square(y.iter().zip(predicted).map(difference)))
}

/// The coefficient of determination R² of y and ŷ, `(n, columns)`: the mean over the columns of
/// `1 − Σ(y − ŷ)² / Σ(y − ȳ)²`.
///
/// 1 is exact, 0 is as good as always answering the mean ȳ of the column, and worse than that is negative. A
/// column of y whose values are all equal counts as 1 if it is predicted exactly and as 0 otherwise, as in
/// scikit-learn; so does the column of a single row.
///
/// # Errors
/// [`Error::Empty`] and [`Error::NonFinite`] for `y` and `predicted`; [`Error::Shape`] if the two differ in shape; [`Error::NonFinite`] for a difference or an R² that
/// overflows f64; [`Error::TooLarge`].
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
    check_pair(y, "predicted", predicted)?;
    let moments = moments("y", y)?;
    check_differences(y, predicted)?;
    let (mut mean, n) = (0.0, y.ncols() as f64);
    let columns = y.columns().into_iter().zip(predicted.columns()).zip(moments);
    for (column, ((y, predicted), moments)) in columns.enumerate() {
        let error = root_mean_square(y.iter().zip(predicted).map(difference));
        let of_column = match moments.deviation {
            deviation if deviation > 0.0 => 1.0 - (error / deviation).powi(2),
            _ => f64::from(u8::from(error == 0.0)),
        };
        if !of_column.is_finite() {
            return Err(Error::NonFinite { what: "the r2", row: 0, column });
        }
        mean += of_column / n;
    }
    Ok(mean)
}

/// Calls `each` with the index, the true and the predicted label of every row; returns how many there are, at
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

/// That `y` is not empty, that the other array has its shape, and that both are finite.
fn check_pair<F: Scalar>(y: &ArrayRef2<F>, what: &'static str, other: &ArrayRef2<F>) -> Result<(), Error> {
    check_not_empty("y", y)?;
    check_rows(what, other, y.nrows())?;
    check_columns(what, other, y.ncols())?;
    check_finite("y", y)?;
    check_finite(what, other)
}

/// That every y − ŷ is finite.
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
