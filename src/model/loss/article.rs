//! The article's loss: `‖d‖` is reported, and `½‖d‖²` is minimised.

use super::absolute::magnitudes;
use super::rule::{Predicted, Rule};
use crate::kernel::{Factors, Matrix, Scalar, Sum, scaled_norm, sum_of_squares};

pub(super) struct Article;

impl<F: Scalar> Rule<F> for Article {
    fn is_of_values(&self, _outputs: usize) -> bool {
        false
    }

    fn losses(&self, _: Predicted<'_, F>, d: &Matrix<F>, factors: Factors<'_>) -> Sum {
        // The norm of a single number needs no square and no root.
        if d.columns() == 1 { magnitudes(d.values(), factors) } else { factors.weigh(d.each_row().map(norm)) }
    }
}

/// `‖d‖`, which overflows only if the norm itself is too large.
fn norm<F: Scalar>(d: &[F]) -> f64 {
    let squares = sum_of_squares(d);
    if squares.is_normal() { squares.sqrt() } else { scaled_norm(d) }
}
