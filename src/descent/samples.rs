//! The rows of a data set, or of a block of it.

use ndarray::ArrayRef2;

use super::row_weights::RowWeights;
use crate::error::Error;
use crate::kernel::{Factors, Matrix, MatrixView, Rows, Scalar, all_finite};
use crate::model::Loss;
use crate::validate::check_finite;

/// The rows of a data set: x `(n, n₀)`, y `(n, n_L)` and their weights.
#[derive(Clone, Copy)]
pub(crate) struct Samples<'a, F> {
    pub(crate) x: &'a ArrayRef2<F>,
    pub(crate) y: &'a ArrayRef2<F>,
    pub(crate) weights: RowWeights<'a, F>,
}

impl<F: Scalar> Samples<'_, F> {
    /// Checks all values; the shapes and the weights must have been checked.
    ///
    /// # Errors
    /// [`Error::NonFinite`] for x and y, and what the loss requires of the targets; see
    /// [`Loss::check_targets`].
    pub(crate) fn check(&self, loss: Loss) -> Result<(), Error> {
        check_finite("x", self.x)?;
        loss.check_targets(self.y, |row| self.weights.counts(row))
    }

    /// The given rows of x. A window of a row-major array is read in place; other rows are copied into `gathered`.
    /// Rows with the factor 0 are replaced by zeros. With `unchecked`, the loss of the network, the values are checked
    /// while they are in the cache.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; that of [`check`](Self::check) if a value of these rows is bad.
    pub(crate) fn input<'a>(
        &'a self,
        rows: &Rows<'_>,
        factors: Factors<'_>,
        unchecked: Option<Loss>,
        gathered: &'a mut Matrix<F>,
    ) -> Result<MatrixView<'a, F>, Error> {
        let check = |values: &[F]| match unchecked {
            // The error names the first bad value of all rows, in whatever order they come.
            Some(loss) if !all_finite(values) => self.check(loss),
            _ => Ok(()),
        };
        if factors.has_absent_rows() {
            gathered.load("the mini-batch", self.x, rows)?;
            check(gathered.values())?;
            factors.clear_absent_rows(gathered);
            return Ok(gathered.by_ref());
        }
        let input = gathered.read("the mini-batch", self.x, rows)?;
        check(input.values())?;
        Ok(input)
    }

    /// Copies the given rows of y into `d`. Rows with the factor 0 are replaced by zeros. With `unchecked`, the loss of
    /// the network, the values are checked.
    ///
    /// # Errors
    /// Those of [`input`](Self::input).
    pub(crate) fn load_targets(
        &self,
        rows: &Rows<'_>,
        factors: Factors<'_>,
        unchecked: Option<Loss>,
        d: &mut Matrix<F>,
    ) -> Result<(), Error> {
        d.load("d", self.y, rows)?;
        if let Some(loss) = unchecked {
            let counts = |index| self.weights.counts(rows.row(index));
            if loss.check_targets(&d.view(), counts).is_err() {
                self.check(loss)?;
            }
        }
        factors.clear_absent_rows(d);
        Ok(())
    }
}
