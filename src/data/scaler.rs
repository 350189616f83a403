//! Scaling of columns to mean 0 and standard deviation 1: `z = (x − m) / s`, column by column.

use ndarray::{Array1, Array2, ArrayRef2, ArrayView1, Axis};

use super::array::AsArray;
use super::moments::{Moments, Sums, moments, sums};
use crate::error::{Error, Place};
use crate::kernel::{Matrix, Scalar, concrete};
use crate::validate::{ABOVE_0, check_columns, check_finite, check_length, check_not_empty, check_range_at};

/// Shifts and scales the columns of a data set to mean 0 and standard deviation 1, `z = (x − m) / s`, and back.
///
/// m is the mean of a column and s its population standard deviation `√(Σ(x − m)² / n)`, with n and not n − 1, as in
/// scikit-learn's `StandardScaler`. Means and scales are `f64` for every F, and everything is computed in f64. Every
/// memory layout gives the same bits.
///
/// # Constant columns
/// A constant column has the scale 1 and becomes 0. It may be constant to within rounding: its scale is 1 if its
/// deviation is at most
///
/// `min(n, 64) · ε · max|x|`
///
/// with the machine epsilon ε of F, 2.2e-16 for f64 and 1.2e-7 for f32. Equal quantities that were computed in
/// different ways, such as `(0.1 + b) − b`, differ by rounding: each operation adds at most `ε/2` of the largest number
/// in it. A scale of that size would turn the next row, 0.1001, into 4e12. The limit covers 2n roundings, as many as a
/// running sum over n rows and a difference from it make, but never more than 128. Roundings go up as often as down
/// and k of them sum to about √k, so that 128 are the sum of thousands of operations. A factor of n would take real
/// spreads for rounding: a million Unix times (1.7e9 s) with a deviation of 0.1 s would be constant, whereas with 64
/// the limit is 24 µs.
///
/// The limit is relative to the values: a column with a deviation of 1e-15 around 0 is scaled like any other. A column
/// with a large mean in f32, such as `x = 1000 ± 0.005`, is constant by this rule: subtract its mean in f64 before
/// the conversion to f32, or use f64.
///
/// # Examples
/// ```
/// use ndarray_dnn::StandardScaler;
/// use ndarray_dnn::ndarray::array;
///
/// let x = array![[1.0, 500.0], [3.0, 500.0]];
/// let scaler = StandardScaler::fit(&x)?; // the training data alone
/// assert_eq!(scaler.transform(&x)?, array![[-1.0, 0.0], [1.0, 0.0]]);
/// assert_eq!(scaler.transform(&array![[4.0, 501.0]])?, array![[2.0, 1.0]]);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct StandardScaler {
    /// (columns)
    means: Vec<f64>,
    /// (columns), all greater than 0
    scales: Vec<f64>,
}

impl StandardScaler {
    /// A scaler with the given means and scales, `(columns)`: for values that were stored together with a network.
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

    /// A scaler with the means and the scales of the columns of `x` `(n, columns)`.
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
        fit(x)
    }

    /// A scaler with the means and the scales of the columns of all blocks of rows together, each `(rows, columns)`:
    /// for data that do not fit in memory. Each block is read once. The iterator yields owned arrays, views or
    /// references; a block without rows is passed over.
    ///
    /// Means and scales are those of [`fit`](Self::fit) on all rows, to about 1e-15 of the scale for each block. Means
    /// and sums of squares of the blocks are merged by the formula of Chan, Golub and LeVeque (1979), which does not
    /// cancel.
    ///
    /// # Errors
    /// [`Error::Empty`] for blocks without rows; [`Error::Block`] with [`Error::Shape`] for a block that has other
    /// columns than the first one, with [`Error::Empty`] for a block without columns, and with [`Error::NonFinite`];
    /// [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::array, StandardScaler};
    /// let blocks = [array![[1.0, 5.0], [3.0, 5.0]], array![[8.0, 5.0]]];
    /// let scaler = StandardScaler::fit_blocks(&blocks)?;
    /// assert_eq!(scaler.means(), array![4.0, 5.0]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn fit_blocks<A: AsArray>(blocks: impl IntoIterator<Item = A>) -> Result<Self, Error> {
        let mut total: Vec<Sums> = Vec::new();
        for (block, x) in blocks.into_iter().enumerate() {
            let x = x.array();
            if x.nrows() > 0 {
                merge(&mut total, x).map_err(|error| Error::Block { block, source: Box::new(error) })?;
            }
        }
        if total.is_empty() {
            return Err(Error::Empty { what: "blocks", rows: 0, columns: 0 });
        }
        Ok(Self::of_moments(total.iter().map(Sums::moments::<A::Element>)))
    }

    /// `(x − m) / s` for each column of `x` `(rows, columns)`, computed in f64 and rounded to F. `x` may have no rows.
    ///
    /// # Errors
    /// [`Error::Shape`] unless `x` has a column for each mean, [`Error::NonFinite`] for `x` and for a result
    /// that overflows F, [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::array, StandardScaler};
    /// let scaler = StandardScaler::fit(&array![[0.0], [4.0]])?;
    /// assert_eq!(scaler.transform(&array![[0.0], [3.0]])?, array![[-1.0], [0.5]]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn transform<F: Scalar>(&self, x: &ArrayRef2<F>) -> Result<Array2<F>, Error> {
        transform(self, x)
    }

    /// `z·s + m` for each column of `z` `(rows, columns)`, computed in f64 and rounded to F: the inverse of
    /// [`transform`](Self::transform) up to rounding.
    ///
    /// # Errors
    /// The errors of [`transform`](Self::transform), for `z`.
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::array, StandardScaler};
    /// let y = array![[0.0], [4.0]];
    /// let scaler = StandardScaler::fit(&y)?;
    /// let z = scaler.transform(&y)?; // the targets for a network
    /// assert_eq!(scaler.inverse_transform(&z)?, y);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn inverse_transform<F: Scalar>(&self, z: &ArrayRef2<F>) -> Result<Array2<F>, Error> {
        inverse_transform(self, z)
    }

    /// The means m, `(columns)`.
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::array, StandardScaler};
    /// assert_eq!(StandardScaler::fit(&array![[1.0, 5.0], [3.0, 5.0]])?.means(), array![2.0, 5.0]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn means(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(&self.means[..])
    }

    /// The scales s, `(columns)`, all greater than 0.
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::array, StandardScaler};
    /// assert_eq!(StandardScaler::fit(&array![[1.0, 5.0], [5.0, 5.0]])?.scales(), array![2.0, 1.0]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn scales(&self) -> ArrayView1<'_, f64> {
        ArrayView1::from(&self.scales[..])
    }

    fn of_moments(moments: impl Iterator<Item = Moments>) -> Self {
        let scale = |deviation| if deviation > 0.0 { deviation } else { 1.0 };
        let (means, scales) = moments.map(|column| (column.mean, scale(column.deviation))).unzip();
        Self { means, scales }
    }

    /// Applies `of_value` to every value, with the mean and the scale of its column.
    fn map<F: Scalar>(
        &self,
        what: &'static str,
        array: &ArrayRef2<F>,
        of_value: impl Fn(f64, f64, f64) -> f64,
    ) -> Result<Array2<F>, Error> {
        let columns = self.means.len();
        check_columns(what, array, columns)?;
        let mut result = Matrix::zeros_of_array("the result", array.nrows(), columns)?;
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

concrete!(
    fn fit<'a, F>(x: &'a ArrayRef2<F>) -> Result<StandardScaler, Error> {
        check_not_empty("x", x)?;
        Ok(StandardScaler::of_moments(moments("x", x)?.into_iter()))
    }
);

concrete!(
    /// Adds the sums of the rows of `x`, of which there must be some; `total` is empty for the first block.
    fn merge<'a, F>(total: &'a mut Vec<Sums>, x: &'a ArrayRef2<F>) -> Result<(), Error> {
        check_not_empty("x", x)?;
        if total.is_empty() {
            *total = sums("x", x)?;
            return Ok(());
        }
        check_columns("x", x, total.len())?;
        let of_block = sums("x", x)?;
        total.iter_mut().zip(&of_block).for_each(|(total, column)| total.merge(column));
        Ok(())
    }
);

concrete!(
    fn transform<'a, F>(scaler: &'a StandardScaler, x: &'a ArrayRef2<F>) -> Result<Array2<F>, Error> {
        scaler.map("x", x, |value, mean, scale| {
            let difference = value - mean;
            if difference.is_finite() {
                difference / scale
            } else {
                // The difference overflows, but not the quotient. Halves of numbers of this size are exact.
                (value / 2.0 - mean / 2.0) / (scale / 2.0)
            }
        })
    }
);

concrete!(
    fn inverse_transform<'a, F>(scaler: &'a StandardScaler, z: &'a ArrayRef2<F>) -> Result<Array2<F>, Error> {
        scaler.map("z", z, |value, mean, scale| {
            let sum = value * scale + mean;
            // If the product alone overflows, a fused multiply-add does not round it.
            if sum.is_finite() { sum } else { value.mul_add(scale, mean) }
        })
    }
);
