//! What the metrics share: pairs of labels and pairs of arrays.

use ndarray::ArrayRef2;

use crate::error::{Error, Place};
use crate::kernel::Scalar;
use crate::validate::{check_columns, check_finite, check_length, check_not_empty, check_rows};

/// Calls `each` with the index, the true label and the element of `others` of every row; returns the number of rows, at
/// least 1.
pub(super) fn for_each_pair<T, O>(
    truth: impl IntoIterator<Item = T>,
    what: &'static str,
    others: impl IntoIterator<Item = O>,
    mut each: impl FnMut(usize, T, O) -> Result<(), Error>,
) -> Result<usize, Error> {
    let (mut truth, mut others) = (truth.into_iter(), others.into_iter());
    let mut n = 0;
    loop {
        match (truth.next(), others.next()) {
            (Some(truth), Some(other)) => each(n, truth, other)?,
            (None, _) if n == 0 => return Err(Error::Empty { what: "truth", rows: 0, columns: 1 }),
            (None, None) => return Ok(n),
            (Some(_), None) => {
                let expected = (n + 1).saturating_add(truth.count());
                return check_length(what, n, expected).map(|()| n);
            }
            (None, Some(_)) => {
                let found = (n + 1).saturating_add(others.count());
                return check_length(what, found, n).map(|()| n);
            }
        }
        n += 1;
    }
}

/// Checks that `y` is not empty, that the other array has its shape, and that both are finite.
pub(super) fn check_pair<F: Scalar>(
    y: &ArrayRef2<F>,
    what: &'static str,
    other: &ArrayRef2<F>,
) -> Result<(), Error> {
    check_not_empty("y", y)?;
    check_rows(what, other, y.nrows())?;
    check_columns(what, other, y.ncols())?;
    check_finite("y", y)?;
    check_finite(what, other)
}

/// Checks that every value is at least 0 and at most 1.
pub(super) fn check_probabilities<F: Scalar>(name: &'static str, array: &ArrayRef2<F>) -> Result<(), Error> {
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
