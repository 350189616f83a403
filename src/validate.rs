//! Checks of arguments, before anything is changed.

use ndarray::ArrayRef2;

use crate::activation::{Activation, Link};
use crate::error::Error;
use crate::kernel::{Scalar, all_finite, is_f32};

/// A range in words, and its predicate.
pub(crate) type Range = (&'static str, fn(f64) -> bool);

pub(crate) const ABOVE_0: Range = ("greater than 0 and finite", |value| value > 0.0 && value.is_finite());
pub(crate) const AT_LEAST_0: Range = ("at least 0 and finite", |value| value >= 0.0 && value.is_finite());
pub(crate) const FINITE: Range = ("finite", f64::is_finite);
pub(crate) const A_SHARE: Range = ("at least 0 and less than 1", |value| (0.0..1.0).contains(&value));

/// Checks that a setting is in its range, also when rounded to F: in f32, 1e-60 is 0.
pub(crate) fn check_range<F: Scalar>(name: &'static str, range: Range, value: f64) -> Result<(), Error> {
    let (range, is_legal) = range;
    let rounded = F::from_f64(value).as_f64();
    if is_legal(value) && is_legal(rounded) {
        Ok(())
    } else {
        Err(Error::OutOfRange { name, range, element: F::NAME, value })
    }
}

/// Checks that a count is not 0.
pub(crate) fn check_count(name: &'static str, count: usize) -> Result<(), Error> {
    if count > 0 { Ok(()) } else { Err(Error::Zero { name }) }
}

/// Checks that `array` has at least one row and one column.
pub(crate) fn check_not_empty<F: Scalar>(what: &'static str, array: &ArrayRef2<F>) -> Result<(), Error> {
    match array.dim() {
        (rows, columns) if rows > 0 && columns > 0 => Ok(()),
        (rows, columns) => Err(Error::Empty { what, rows, columns }),
    }
}

/// Checks that `array` has `expected` columns.
pub(crate) fn check_columns<F: Scalar>(
    what: &'static str,
    array: &ArrayRef2<F>,
    expected: usize,
) -> Result<(), Error> {
    check_columns_found(what, array.ncols(), expected)
}

/// Checks a number of columns.
pub(crate) fn check_columns_found(what: &'static str, found: usize, expected: usize) -> Result<(), Error> {
    if found == expected { Ok(()) } else { Err(Error::ColumnCount { what, expected, found }) }
}

/// Checks that `array` has `expected` rows.
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

/// Checks that no element is NaN or infinite; the error names the first one in row-major order.
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

/// The largest |Σy − 1| of a row of targets with softmax: 1e-6, in f32 1e-4.
pub(crate) fn sum_tolerance<F: Scalar>() -> f64 {
    if is_f32::<F>() { 1e-4 } else { 1e-6 }
}

/// Checks the targets of a network with this link: finite values, for softmax distributions, for the logistic link
/// probabilities. Only rows that count are held against the link.
pub(crate) fn check_targets<F: Scalar>(
    link: Link,
    y: &ArrayRef2<F>,
    counts: impl Fn(usize) -> bool,
) -> Result<(), Error> {
    check_finite("y", y)?;
    match link {
        Link::Identity => Ok(()),
        Link::Softmax => match improper_row(y, counts) {
            None => Ok(()),
            Some((row, sum, minimum)) => {
                Err(Error::NotADistribution { row, sum, minimum, tolerance: sum_tolerance::<F>() })
            }
        },
        Link::Logistic => {
            let is_legal = |value: F| (0.0..=1.0).contains(&value.as_f64());
            match y.indexed_iter().find(|((row, _), value)| !is_legal(**value) && counts(*row)) {
                None => Ok(()),
                Some(((row, column), value)) => {
                    Err(Error::NotAProbability { row, column, value: value.as_f64() })
                }
            }
        }
    }
}

/// The first row that counts and is not a distribution, with its sum and its smallest value.
pub(crate) fn improper_row<F: Scalar>(
    array: &ArrayRef2<F>,
    counts: impl Fn(usize) -> bool,
) -> Option<(usize, f64, f64)> {
    let sums_and_minima = array.rows().into_iter().map(|values| {
        let values = values.into_iter().map(|value| value.as_f64());
        values.fold((0.0, f64::INFINITY), |(sum, minimum), y| (sum + y, minimum.min(y)))
    });
    let is_improper = |&(row, (sum, minimum)): &(usize, (f64, f64))| {
        let is_distribution = minimum >= 0.0 && (sum - 1.0).abs() <= sum_tolerance::<F>();
        !is_distribution && counts(row)
    };
    sums_and_minima.enumerate().find(is_improper).map(|(row, (sum, minimum))| (row, sum, minimum))
}

/// Checks that `x` and `y` have the shapes of a data set for a network of these numbers of inputs and outputs.
pub(crate) fn check_shapes<F: Scalar>(
    x: &ArrayRef2<F>,
    y: &ArrayRef2<F>,
    [inputs, outputs]: [usize; 2],
) -> Result<(), Error> {
    check_not_empty("x", x)?;
    check_not_empty("y", y)?;
    check_rows("y", y, x.nrows())?;
    check_columns("x", x, inputs)?;
    check_columns("y", y, outputs)
}

/// Checks that the parameter of an activation is in its range, also when rounded to F.
pub(crate) fn check_activation<F: Scalar>(activation: Activation) -> Result<(), Error> {
    match activation {
        Activation::LeakyRelu { slope } => check_range::<F>("slope", AT_LEAST_0, slope),
        _ => Ok(()),
    }
}

/// Returns a loss that is finite.
pub(crate) fn check_loss(name: &'static str, loss: f64) -> Result<f64, Error> {
    check_range::<f64>(name, FINITE, loss).map(|()| loss)
}
