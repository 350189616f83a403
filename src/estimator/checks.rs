//! Checks that rows and their labels or targets belong together.

use ndarray::ArrayRef2;

use crate::error::{Error, Extent, Place};
use crate::kernel::Scalar;
use crate::validate::{check_length, check_not_empty, check_rows};

/// Checks that there are rows, and a label for each of them.
pub(super) fn check_labels<F: Scalar>(x: &ArrayRef2<F>, labels: usize) -> Result<(), Error> {
    check_not_empty("x", x)?;
    check_not_transposed(x, labels)?;
    check_length("labels", labels, x.nrows())
}

/// Checks that there are rows, and targets for each of them.
pub(super) fn check_targets<F: Scalar>(x: &ArrayRef2<F>, y: &ArrayRef2<F>) -> Result<(), Error> {
    check_not_empty("x", x)?;
    check_not_empty("y", y)?;
    check_not_transposed(x, y.nrows())?;
    check_rows("y", y, x.nrows())
}

/// An error if x has not so many rows, but so many columns.
fn check_not_transposed<F: Scalar>(x: &ArrayRef2<F>, expected: usize) -> Result<(), Error> {
    if x.nrows() == expected || x.ncols() != expected {
        return Ok(());
    }
    Err(Error::Shape { what: "x", at: Place::Transposed, extent: Extent::Rows, expected, found: x.nrows() })
}
