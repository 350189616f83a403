//! The rows of a data set, or of a block of it.

use ndarray::ArrayRef2;

use super::row_weights::RowWeights;
use crate::error::Error;
use crate::kernel::{Factors, Matrix, MatrixView, Rows, Scalar, all_finite};
use crate::model::Loss;
use crate::validate::check_finite;

/// The rows of a data set: x `(n, n₀)`, y `(n, n_L)` and their weights. Shapes and weights are checked.
#[derive(Clone, Copy)]
pub(crate) struct Samples<'a, F> {
    pub(crate) x: &'a ArrayRef2<F>,
    pub(crate) y: &'a ArrayRef2<F>,
    pub(crate) weights: RowWeights<'a, F>,
    /// The loss of the network, if nobody has checked the values. They are then checked where they are used, while they
    /// are in the cache.
    unchecked: Option<Loss>,
}

impl<'a, F: Scalar> Samples<'a, F> {
    /// Rows whose values are checked.
    pub(crate) fn checked(x: &'a ArrayRef2<F>, y: &'a ArrayRef2<F>, weights: RowWeights<'a, F>) -> Self {
        Self { x, y, weights, unchecked: None }
    }

    /// Rows whose values nobody has checked, for a network with this loss.
    pub(crate) fn unchecked(
        x: &'a ArrayRef2<F>,
        y: &'a ArrayRef2<F>,
        weights: RowWeights<'a, F>,
        loss: Loss,
    ) -> Self {
        Self { x, y, weights, unchecked: Some(loss) }
    }

    /// Whether all values are checked.
    pub(crate) fn is_checked(&self) -> bool {
        self.unchecked.is_none()
    }

    /// Notes that every row was used without an error.
    pub(crate) fn set_checked(&mut self) {
        self.unchecked = None;
    }

    /// Checks all values, if nobody has checked them.
    ///
    /// # Errors
    /// [`Error::NonFinite`] for x and y, and what the loss requires of the targets; see
    /// [`Loss::check_targets`].
    pub(crate) fn check(&self) -> Result<(), Error> {
        let Some(loss) = self.unchecked else { return Ok(()) };
        check_finite("x", self.x)?;
        loss.check_targets(self.y, |row| self.weights.counts(row))
    }

    /// The error of a bad value from which `error` may follow, and which then matters more.
    pub(crate) fn cause(&self, error: &Error) -> Option<Error> {
        match error {
            Error::TooLarge { .. } | Error::Callback { .. } => None,
            _ => self.check().err(),
        }
    }

    /// The given rows of x. A window of a row-major array is read in place; other rows are copied into `gathered`.
    /// Rows with the factor 0 are replaced by zeros.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; that of [`check`](Self::check) if a value of these rows is bad.
    pub(crate) fn input<'b>(
        &'b self,
        rows: &Rows<'_>,
        factors: Factors<'_>,
        gathered: &'b mut Matrix<F>,
    ) -> Result<MatrixView<'b, F>, Error> {
        // The error names the first bad value of all rows, in whatever order they come.
        let check =
            |values: &[F]| if self.is_checked() || all_finite(values) { Ok(()) } else { self.check() };
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

    /// Copies the given rows of y into `d`. Rows with the factor 0 are replaced by zeros.
    ///
    /// # Errors
    /// Those of [`input`](Self::input).
    pub(crate) fn load_targets(
        &self,
        rows: &Rows<'_>,
        factors: Factors<'_>,
        d: &mut Matrix<F>,
    ) -> Result<(), Error> {
        d.load("d", self.y, rows)?;
        if let Some(loss) = self.unchecked {
            let counts = |index| self.weights.counts(rows.row(index));
            if loss.check_targets(&d.view(), counts).is_err() {
                self.check()?;
            }
        }
        factors.clear_absent_rows(d);
        Ok(())
    }

    /// Checks copies of the given rows of x and y, `(rows, n₀)` and `(rows, n_L)`.
    ///
    /// # Errors
    /// That of [`check`](Self::check).
    pub(super) fn check_copies(
        &self,
        rows: &Rows<'_>,
        x: &ArrayRef2<F>,
        y: &ArrayRef2<F>,
    ) -> Result<(), Error> {
        let Some(loss) = self.unchecked else { return Ok(()) };
        let counts = |index| self.weights.counts(rows.row(index));
        let is_sound = x.as_slice().is_some_and(all_finite) && loss.check_targets(y, counts).is_ok();
        if is_sound { Ok(()) } else { self.check() }
    }
}
