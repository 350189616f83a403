//! Errors of predicted values.

use ndarray::ArrayRef2;

use super::pairs::check_pair;
use crate::data::moments::{mean_magnitude, moments, root_mean_square};
use crate::error::Error;
use crate::kernel::{Scalar, concrete};

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

/// The mean absolute error over all elements of y and ŷ, `(n, columns)`: `Σ|y − ŷ| / (n·columns)`.
///
/// It has the unit of y. At least 0, and 0 for exact predictions; at most [`rmse`], which counts large errors more.
///
/// # Errors
/// Those of [`rmse`].
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::mae;
/// use ndarray_dnn::ndarray::array;
///
/// assert_eq!(mae(&array![[1.0, 2.0], [3.0, 4.0]], &array![[1.0, 2.0], [3.0, 10.0]])?, 1.5);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[doc(alias = "mean_absolute_error")]
pub fn mae<F: Scalar>(y: &ArrayRef2<F>, predicted: &ArrayRef2<F>) -> Result<f64, Error> {
    mae_of_type(y, predicted)
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

concrete!(
    fn rmse_of_type<'a, F>(y: &'a ArrayRef2<F>, predicted: &'a ArrayRef2<F>) -> Result<f64, Error> {
        check_pair(y, "predicted", predicted)?;
        check_differences(y, predicted)?;
        Ok(root_mean_square(y.iter().zip(predicted).map(difference)))
    }
);

concrete!(
    fn mae_of_type<'a, F>(y: &'a ArrayRef2<F>, predicted: &'a ArrayRef2<F>) -> Result<f64, Error> {
        check_pair(y, "predicted", predicted)?;
        check_differences(y, predicted)?;
        Ok(mean_magnitude(y.iter().zip(predicted).map(difference)))
    }
);

concrete!(
    fn r2_of_type<'a, F>(y: &'a ArrayRef2<F>, predicted: &'a ArrayRef2<F>) -> Result<f64, Error> {
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
);

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
