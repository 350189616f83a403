//! The checks of what comes in, before anything is changed.

use ndarray::ArrayRef2;

use crate::kernel::all_finite;
use crate::{Error, Scalar};

/// A range in words, and the predicate that it says.
pub(crate) type Range = (&'static str, fn(f64) -> bool);

pub(crate) const ABOVE_0: Range = ("greater than 0 and finite", |value| value > 0.0 && value.is_finite());
pub(crate) const AT_LEAST_0: Range = ("at least 0 and finite", |value| value >= 0.0 && value.is_finite());
pub(crate) const A_SHARE: Range = ("at least 0 and less than 1", |value| (0.0..1.0).contains(&value));

/// That a setting is in its range, as an `F` too: 1e-60 is no positive number in f32.
pub(crate) fn check_range<F: Scalar>(name: &'static str, range: Range, value: f64) -> Result<(), Error> {
    let (range, is_legal) = range;
    let rounded = F::from_f64(value).as_f64();
    if is_legal(value) && is_legal(rounded) {
        Ok(())
    } else {
        Err(Error::OutOfRange { name, range, element: F::NAME, value })
    }
}

/// That a count is not 0.
pub(crate) fn check_count(name: &'static str, count: usize) -> Result<(), Error> {
    if count > 0 { Ok(()) } else { Err(Error::Zero { name }) }
}

/// That `array` has at least one row and one column.
pub(crate) fn check_not_empty<F: Scalar>(what: &'static str, array: &ArrayRef2<F>) -> Result<(), Error> {
    match array.dim() {
        (rows, columns) if rows > 0 && columns > 0 => Ok(()),
        (rows, columns) => Err(Error::Empty { what, rows, columns }),
    }
}

/// That `array` has `expected` columns.
pub(crate) fn check_columns<F: Scalar>(
    what: &'static str,
    array: &ArrayRef2<F>,
    expected: usize,
) -> Result<(), Error> {
    check_columns_found(what, array.ncols(), expected)
}

/// That what is made for `found` columns has `expected` ones.
pub(crate) fn check_columns_found(what: &'static str, found: usize, expected: usize) -> Result<(), Error> {
    if found == expected { Ok(()) } else { Err(Error::ColumnCount { what, expected, found }) }
}

/// That `array` has `expected` rows.
pub(crate) fn check_rows<F: Scalar>(
    what: &'static str,
    array: &ArrayRef2<F>,
    expected: usize,
) -> Result<(), Error> {
    match array.nrows() {
        found if found == expected => Ok(()),
        found => Err(Error::RowCount { what, expected, found }),
    }
}

/// That no element is NaN or infinite; the first one in row-major order is named.
pub(crate) fn check_finite<F: Scalar>(what: &'static str, array: &ArrayRef2<F>) -> Result<(), Error> {
    let is_finite = match array.as_slice_memory_order() {
        Some(values) => all_finite(values),
        // With gaps, as in a slice of some columns.
        None => array.rows().into_iter().all(|row| row.as_slice().is_some_and(all_finite)),
    };
    if is_finite {
        return Ok(());
    }
    match array.indexed_iter().find(|(_, value)| !value.is_finite()) {
        None => Ok(()),
        Some(((row, column), _)) => Err(Error::NonFinite { what, row, column }),
    }
}

/// That every row of `y` is a distribution: values of at least 0 that sum to 1.
pub(crate) fn check_distributions<F: Scalar>(y: &ArrayRef2<F>) -> Result<(), Error> {
    match improper_row(y, F::SUM_TOLERANCE) {
        None => Ok(()),
        Some((row, sum, minimum)) => {
            Err(Error::NotADistribution { row, sum, minimum, tolerance: F::SUM_TOLERANCE })
        }
    }
}

/// The first row that is no distribution, its sum and its smallest value.
pub(crate) fn improper_row<F: Scalar>(array: &ArrayRef2<F>, tolerance: f64) -> Option<(usize, f64, f64)> {
    let sums_and_minima = array.rows().into_iter().map(|values| {
        let values = values.into_iter().map(|value| value.as_f64());
        values.fold((0.0, f64::INFINITY), |(sum, minimum), y| (sum + y, minimum.min(y)))
    });
    let is_improper = |&(_, (sum, minimum)): &(usize, (f64, f64))| {
        let is_distribution = minimum >= 0.0 && (sum - 1.0).abs() <= tolerance;
        !is_distribution
    };
    sums_and_minima.enumerate().find(is_improper).map(|(row, (sum, minimum))| (row, sum, minimum))
}

/// That every value of `y` is a probability.
pub(crate) fn check_probabilities<F: Scalar>(y: &ArrayRef2<F>) -> Result<(), Error> {
    let is_probability = |value: F| (0.0..=1.0).contains(&value.as_f64());
    match y.indexed_iter().find(|(_, value)| !is_probability(**value)) {
        None => Ok(()),
        Some(((row, column), value)) => Err(Error::NotAProbability { row, column, value: value.as_f64() }),
    }
}
