//! Half the squared error: `½‖d‖²`.

use super::rule::{Predicted, Rule};
use crate::kernel::{Factors, Matrix, Scalar, Sum, sum_of_squares};

pub(super) struct Squared;

impl<F: Scalar> Rule<F> for Squared {
    /// Several outputs may be those of classes.
    fn is_of_values(&self, outputs: usize) -> bool {
        outputs == 1
    }

    fn losses(&self, _: Predicted<'_, F>, d: &Matrix<F>, factors: Factors<'_>) -> Sum {
        factors.weigh(d.each_row().map(half_square))
    }
}

/// `½‖d‖²`
fn half_square<F: Scalar>(d: &[F]) -> f64 {
    let squares = sum_of_squares(d);
    if squares.is_finite() {
        return 0.5 * squares;
    }
    // Half the square can be finite even if the square is not.
    d.iter().map(|d| d.as_f64() * (0.5 * d.as_f64())).sum()
}
