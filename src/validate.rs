//! Checks of arguments. They run before anything is changed.

use ndarray::ArrayRef2;

use crate::activation::Activation;
use crate::error::{Error, Extent, Place};
use crate::kernel::{Scalar, all_finite, is_f32};

/// A range: its text and its predicate.
pub(crate) type Range = (&'static str, fn(f64) -> bool);

pub(crate) const ABOVE_0: Range = ("greater than 0 and finite", |value| value > 0.0 && value.is_finite());
pub(crate) const AT_LEAST_0: Range = ("at least 0 and finite", |value| value >= 0.0 && value.is_finite());
pub(crate) const FINITE: Range = ("finite", f64::is_finite);
pub(crate) const ABOVE_0_UP_TO_1: Range =
    ("greater than 0 and at most 1", |value| value > 0.0 && value <= 1.0);
pub(crate) const FROM_0_TO_1: Range = ("at least 0 and at most 1", |value| (0.0..=1.0).contains(&value));
pub(crate) const BETWEEN_0_AND_1: Range =
    ("greater than 0 and less than 1", |value| value > 0.0 && value < 1.0);
pub(crate) const A_SHARE: Range = ("at least 0 and less than 1", |value| (0.0..1.0).contains(&value));

/// The items of an iterator of the caller. Its `size_hint` is not trusted: a wrong one must not panic.
pub(crate) fn collect<T>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut list = Vec::new();
    items.into_iter().for_each(|item| list.push(item));
    list
}

/// Checks that a setting is in its range, also after rounding to `F`: 1e-60 is 0 in f32.
pub(crate) fn check_range<F: Scalar>(name: &'static str, range: Range, value: f64) -> Result<(), Error> {
    check_range_at::<F>(name, Place::Whole, range, value)
}

/// Checks that a part of an argument is in its range, also after rounding to `F`.
pub(crate) fn check_range_at<F: Scalar>(
    name: &'static str,
    at: Place,
    (range, is_legal): Range,
    value: f64,
) -> Result<(), Error> {
    let rounded = F::from_f64(value).as_f64();
    if is_legal(value) && is_legal(rounded) {
        Ok(())
    } else {
        Err(Error::OutOfRange { name, at, range: format!("{range} in {}", F::NAME).into(), value })
    }
}

/// Checks that a count is at least 1.
pub(crate) fn check_count(name: &'static str, count: usize) -> Result<(), Error> {
    check_count_at(name, Place::Whole, count)
}

/// Checks that a part of an argument is a count of at least 1.
pub(crate) fn check_count_at(name: &'static str, at: Place, count: usize) -> Result<(), Error> {
    if count >= 1 {
        Ok(())
    } else {
        Err(Error::OutOfRange { name, at, range: "at least 1".into(), value: count as f64 })
    }
}

/// Checks that a class label is at least 0 and less than the number of classes; returns it as an index.
pub(crate) fn check_label(
    name: &'static str,
    index: usize,
    label: i128,
    classes: usize,
) -> Result<usize, Error> {
    match usize::try_from(label) {
        Ok(label) if label < classes => Ok(label),
        _ => {
            let range = if label < 0 {
                "at least 0".into()
            } else {
                format!("less than {classes}, the number of classes").into()
            };
            Err(Error::OutOfRange { name, at: Place::Index(index), range, value: label as f64 })
        }
    }
}

/// Checks that a list is not empty.
pub(crate) fn check_not_empty_list<T>(what: &'static str, list: &[T]) -> Result<(), Error> {
    if list.is_empty() { Err(Error::Empty { what, rows: 0, columns: 1 }) } else { Ok(()) }
}

/// Checks that `what` has `expected` rows, columns or elements; it has `found`.
fn check_extent(what: &'static str, extent: Extent, found: usize, expected: usize) -> Result<(), Error> {
    if found == expected {
        Ok(())
    } else {
        Err(Error::Shape { what, at: Place::Whole, extent, expected, found })
    }
}

/// Checks that `what` has `expected` elements; it has `found`.
pub(crate) fn check_length(what: &'static str, found: usize, expected: usize) -> Result<(), Error> {
    check_extent(what, Extent::Elements, found, expected)
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

/// Checks that `what` has `expected` columns; it has `found`.
pub(crate) fn check_columns_found(what: &'static str, found: usize, expected: usize) -> Result<(), Error> {
    check_extent(what, Extent::Columns, found, expected)
}

/// Checks that `array` has `expected` rows.
pub(crate) fn check_rows<F: Scalar>(
    what: &'static str,
    array: &ArrayRef2<F>,
    expected: usize,
) -> Result<(), Error> {
    check_extent(what, Extent::Rows, array.nrows(), expected)
}

/// Checks that every element is finite; the error names the first one that is not, in row-major order.
#[inline]
pub(crate) fn check_finite<F: Scalar>(what: &'static str, array: &ArrayRef2<F>) -> Result<(), Error> {
    match array.as_slice() {
        Some(values) if all_finite(values) => Ok(()),
        _ => find_not_finite(what, array),
    }
}

/// The index of the first value that is not finite.
pub(crate) fn first_not_finite<F: Scalar>(values: &[F]) -> Option<usize> {
    values.iter().position(|value| !value.is_finite())
}

/// Does the work of [`check_finite`] for arrays of any layout.
#[inline(never)]
fn find_not_finite<F: Scalar>(what: &'static str, array: &ArrayRef2<F>) -> Result<(), Error> {
    let is_finite = match array.as_slice_memory_order() {
        Some(values) => all_finite(values),
        // The array has gaps, like a slice of some columns.
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

/// The largest |Σy − 1| that is accepted for a row of targets with softmax: 1e-6 in f64, 1e-4 in f32.
pub(crate) fn sum_tolerance<F: Scalar>() -> f64 {
    if is_f32::<F>() { 1e-4 } else { 1e-6 }
}

/// Checks that every target of a row that counts is in the range.
pub(crate) fn check_each_target<F: Scalar>(
    y: &ArrayRef2<F>,
    range: &'static str,
    is_legal: impl Fn(f64) -> bool,
    counts: impl Fn(usize) -> bool,
) -> Result<(), Error> {
    match y.indexed_iter().find(|((row, _), value)| !is_legal(value.as_f64()) && counts(*row)) {
        None => Ok(()),
        Some(((row, column), value)) => Err(Error::OutOfRange {
            name: "y",
            at: Place::Element { row, column },
            range: range.into(),
            value: value.as_f64(),
        }),
    }
}

/// Checks that every row that counts is a distribution: values of at least 0 that sum to 1 within `tolerance`.
pub(crate) fn check_distributions<F: Scalar>(
    what: &'static str,
    array: &ArrayRef2<F>,
    tolerance: f64,
    counts: impl Fn(usize) -> bool,
) -> Result<(), Error> {
    match improper_row(array, tolerance, counts) {
        None => Ok(()),
        Some((row, sum, minimum)) => Err(Error::NotADistribution { what, row, sum, minimum, tolerance }),
    }
}

/// The first row that counts and is not a distribution, with its sum and its smallest value.
fn improper_row<F: Scalar>(
    array: &ArrayRef2<F>,
    tolerance: f64,
    counts: impl Fn(usize) -> bool,
) -> Option<(usize, f64, f64)> {
    let sums_and_minima = array.rows().into_iter().map(|values| {
        let values = values.into_iter().map(|value| value.as_f64());
        values.fold((0.0, f64::INFINITY), |(sum, minimum), y| (sum + y, minimum.min(y)))
    });
    let is_improper = |&(row, (sum, minimum)): &(usize, (f64, f64))| {
        let is_distribution = minimum >= 0.0 && (sum - 1.0).abs() <= tolerance;
        !is_distribution && counts(row)
    };
    sums_and_minima.enumerate().find(is_improper).map(|(row, (sum, minimum))| (row, sum, minimum))
}

/// Checks that `x` and `y` have the shapes of a data set for a network of these numbers of inputs and outputs. The
/// columns of x come before the rows of y: if x is transposed, both are wrong, but x is the cause.
pub(crate) fn check_shapes<F: Scalar>(
    x: &ArrayRef2<F>,
    y: &ArrayRef2<F>,
    [inputs, outputs]: [usize; 2],
) -> Result<(), Error> {
    check_not_empty("x", x)?;
    check_not_empty("y", y)?;
    check_shapes_of_share(x, y, [inputs, outputs])
}

/// Checks x `(n, inputs)` and y `(n, outputs)`, which may have no rows.
pub(crate) fn check_shapes_of_share<F: Scalar>(
    x: &ArrayRef2<F>,
    y: &ArrayRef2<F>,
    [inputs, outputs]: [usize; 2],
) -> Result<(), Error> {
    check_inputs(x, inputs)?;
    if y.dim() == (outputs, x.nrows()) && outputs != x.nrows() {
        let (at, extent) = (Place::Transposed, Extent::Rows);
        return Err(Error::Shape { what: "y", at, extent, expected: x.nrows(), found: y.nrows() });
    }
    check_rows("y", y, x.nrows())?;
    check_columns("y", y, outputs)
}

/// Checks that `x` has a column for each of so many inputs, and says so if it has as many rows instead.
pub(crate) fn check_inputs<F: Scalar>(x: &ArrayRef2<F>, inputs: usize) -> Result<(), Error> {
    if x.ncols() != inputs && x.nrows() == inputs {
        let (at, extent) = (Place::Transposed, Extent::Columns);
        return Err(Error::Shape { what: "x", at, extent, expected: inputs, found: x.ncols() });
    }
    check_columns("x", x, inputs)
}

/// Checks that the parameter of an activation is in its range, also after rounding to `F`.
pub(crate) fn check_activation<F: Scalar>(activation: Activation) -> Result<(), Error> {
    match activation {
        Activation::LeakyRelu { slope } => check_range::<F>("slope", AT_LEAST_0, slope),
        Activation::Elu { alpha } => check_range::<F>("alpha", AT_LEAST_0, alpha),
        _ => Ok(()),
    }
}

/// Returns the loss, or an error unless it is finite.
pub(crate) fn check_loss(name: &'static str, loss: f64) -> Result<f64, Error> {
    check_range::<f64>(name, FINITE, loss).map(|()| loss)
}
