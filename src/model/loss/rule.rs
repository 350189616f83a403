//! What the file of a loss says.

use ndarray::ArrayRef2;

use crate::activation::Link;
use crate::error::Error;
use crate::kernel::{Factors, Matrix, Scalar, Sum};

/// What a network answers for the rows of a mini-batch, as far as a loss needs it.
#[derive(Clone, Copy)]
pub(crate) struct Predicted<'a, F> {
    /// The logits A_L, the input of the link: (b, n_L).
    pub(crate) logits: &'a Matrix<F>,
    /// Ŷ: (b, n_L).
    pub(crate) answer: &'a Matrix<F>,
    /// For softmax, max a and Σ e^(a − max a) − 1 of each row a of the logits: (b, 2); else (0, 0).
    pub(crate) maxima_and_others: &'a Matrix<F>,
}

/// A loss: its link, its value, its derivative, and the range of its targets.
pub(super) trait Rule<F: Scalar> {
    /// The link, which belongs to the loss: with another one than the identity, minus the derivative of the loss with
    /// respect to the logits is Y − Ŷ.
    fn link(&self) -> Link {
        Link::Identity
    }

    /// Checks that its number is in its range, also after rounding to `F`.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Checks the range of the targets of the rows that count; all are finite.
    fn check_targets(&self, _y: &ArrayRef2<F>, _counts: &dyn Fn(usize) -> bool) -> Result<(), Error> {
        Ok(())
    }

    /// Whether so many outputs can only be values, and never scores of classes.
    fn is_of_values(&self, _outputs: usize) -> bool {
        true
    }

    /// The sum of the losses of the rows, each multiplied by its factor. With the identity link it is computed from the
    /// differences `Y − Ŷ` in `of`, with another link from the logits and the targets Y in `of`.
    fn losses(&self, predicted: Predicted<'_, F>, of: &Matrix<F>, factors: Factors<'_>) -> Sum;

    /// With the identity link, turns the differences `y − ŷ` into minus the derivative with respect to ŷ. A NaN stays
    /// NaN.
    fn differentiate(&self, _d: &mut [F]) {}
}
