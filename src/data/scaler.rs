//! Columns of mean 0 and deviation 1: `z = (x − m) / s`, column by column.

use ndarray::{Array1, Array2, ArrayRef2, ArrayView1, Axis};

use super::moments::moments;
use crate::kernel::Matrix;
use crate::validate::{ABOVE_0, check_columns, check_finite, check_length, check_not_empty, check_range_at};
use crate::{Error, Place, Scalar};

/// Shifts and scales the columns of a data set to mean 0 and deviation 1, `z = (x − m) / s`, and back.
///
/// m is the column's mean and s its population standard deviation `√(Σ(x − m)² / n)`, with n and not n − 1,
/// as scikit-learn's `StandardScaler` has it. A column whose values are all equal has the scale 1, and so
/// becomes 0; one that varies in its last digit only is not taken for constant, as scikit-learn would, for
/// the sums here are good to that digit.
///
/// Means and scales are kept in `f64` whatever F is, and everything is computed in it. The memory layout of
/// an array makes no difference to a bit of the result.
///
/// # Examples
/// ```
/// use ndarray_dnn::StandardScaler;
/// use ndarray_dnn::ndarray::array;
///
/// let x = array![[1.0, 500.0], [3.0, 500.0]];
/// let scaler = StandardScaler::fit(&x)?; // of the training data alone
/// assert_eq!(scaler.transform(&x)?, array![[-1.0, 0.0], [1.0, 0.0]]);
/// assert_eq!(scaler.transform(&array![[4.0, 501.0]])?, array![[2.0, 1.0]]);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct StandardScaler {
    /// (columns)
    means: Vec<f64>,
    /// (columns), all greater than 0.
    scales: Vec<f64>,
}

impl StandardScaler {
    /// A scaler of these means and scales, `(columns)`, such as were stored beside a network that is to be trained
    /// further.
    ///
    /// # Errors
    /// [`Error::Empty`] for no columns, [`Error::Shape`] unless there is a scale for each mean,
    /// [`Error::NonFinite`] for a mean that is not finite, [`Error::OutOfRange`] for a scale that is not greater than
    /// 0 and finite.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::StandardScaler;
    /// use ndarray_dnn::ndarray::array;
    ///
    /// let scaler = StandardScaler::new(array![2.0, 500.0], array![1.0, 10.0])?;
    /// assert_eq!(scaler.transform(&array![[3.0, 480.0]])?, array![[1.0, -2.0]]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn new(means: Array1<f64>, scales: Array1<f64>) -> Result<Self, Error> {
        if means.is_empty() {
            return Err(Error::Empty { what: "means", rows: 0, columns: 1 });
        }
        check_length("scales", scales.len(), means.len())?;
        check_finite("means", &means.view().insert_axis(Axis(0)))?;
        for (i, scale) in scales.iter().enumerate() {
            check_range_at::<f64>("scales", Place::Index(i), ABOVE_0, *scale)?;
        }
        Ok(Self { means: means.to_vec(), scales: scales.to_vec() })
    }

    /// The means and the scales of the columns of `x` `(n, columns)`.
    ///
    /// # Errors
    /// [`Error::Empty`] and [`Error::NonFinite`] for `x`, [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::array, StandardScaler};
    /// let scaler = StandardScaler::fit(&array![[1.0_f32], [2.0], [6.0]])?;
    /// assert_eq!(scaler.means(), array![3.0]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn fit<F: Scalar>(x: &ArrayRef2<F>) -> Result<Self, Error> {
        check_not_empty("x", x)?;
        let moments = moments("x", x)?;
        let scale = |deviation| if deviation > 0.0 { deviation } else { 1.0 };
        Ok(Self {
            means: moments.iter().map(|column| column.mean).collect(),
            scales: moments.iter().map(|column| scale(column.deviation)).collect(),
        })
    }

    /// `(x − m) / s` for each column of `x` `(m, columns)`, computed in f64 and rounded to F; without rows,
    /// none.
    ///
    /// # Errors
    /// [`Error::Shape`] if `x` has other columns than the data that was fitted, [`Error::NonFinite`]
    /// for `x` and for a result that overflows F, [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::array, StandardScaler};
    /// let scaler = StandardScaler::fit(&array![[0.0], [4.0]])?;
    /// assert_eq!(scaler.transform(&array![[0.0], [3.0]])?, array![[-1.0], [0.5]]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn transform<F: Scalar>(&self, x: &ArrayRef2<F>) -> Result<Array2<F>, Error> {
        self.map("x", x, |value, mean, scale| {
            let difference = value - mean;
            if difference.is_finite() {
                difference / scale
            } else {
                // Only the difference is too large. Halves of numbers of this size are exact.
                (value / 2.0 - mean / 2.0) / (scale / 2.0)
            }
        })
    }

    /// `z·s + m` for each column of `z` `(m, columns)`, computed in f64 and rounded to F: what
    /// [`transform`](Self::transform) took, up to rounding.
    ///
    /// # Errors
    /// Those of [`transform`](Self::transform), for `z`.
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::array, StandardScaler};
    /// let y = array![[0.0], [4.0]];
    /// let scaler = StandardScaler::fit(&y)?;
    /// let z = scaler.transform(&y)?; // what a network is to learn, and what it predicts
    /// assert_eq!(scaler.inverse_transform(&z)?, y);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn inverse_transform<F: Scalar>(&self, z: &ArrayRef2<F>) -> Result<Array2<F>, Error> {
        self.map("z", z, |value, mean, scale| {
            let sum = value * scale + mean;
            // Where only the product is too large, without rounding it.
            if sum.is_finite() { sum } else { value.mul_add(scale, mean) }
        })
    }

    /// The means m, `(columns)`.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, StandardScaler};
    /// assert_eq!(StandardScaler::fit(&array![[1.0, 5.0], [3.0, 5.0]])?.means(), array![2.0, 5.0]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn means(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(&self.means[..])
    }

    /// The scales s, `(columns)`.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, StandardScaler};
    /// assert_eq!(StandardScaler::fit(&array![[1.0, 5.0], [5.0, 5.0]])?.scales(), array![2.0, 1.0]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn scales(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(&self.scales[..])
    }

    /// What `of_value` makes of every value with the mean and the scale of its column.
    fn map<F: Scalar>(
        &self,
        what: &'static str,
        array: &ArrayRef2<F>,
        of_value: impl Fn(f64, f64, f64) -> f64,
    ) -> Result<Array2<F>, Error> {
        let columns = self.means.len();
        check_columns(what, array, columns)?;
        let mut result = Matrix::zeros("the result", array.nrows(), columns)?;
        check_finite(what, array)?;
        for (target, row) in result.values_mut().chunks_exact_mut(columns).zip(array.rows()) {
            let means_and_scales = self.means.iter().zip(&self.scales);
            for ((target, value), (mean, scale)) in target.iter_mut().zip(row).zip(means_and_scales) {
                *target = F::from_f64(of_value(value.as_f64(), *mean, *scale));
            }
        }
        let result = result.into_array();
        check_finite("the result", &result)?;
        Ok(result)
    }
}
