//! The absolute error: `Σ |d|`.

use super::rule::{Predicted, Rule};
use crate::kernel::{Factors, Matrix, Scalar, Sum, sum_of_magnitudes};

pub(super) struct Absolute;

impl<F: Scalar> Rule<F> for Absolute {
    fn losses(&self, _: Predicted<'_, F>, d: &Matrix<F>, factors: Factors<'_>) -> Sum {
        if d.columns() == 1 {
            magnitudes(d.values(), factors)
        } else {
            factors.weigh(d.each_row().map(|d| d.iter().map(|d| d.as_f64().abs()).sum()))
        }
    }

    fn differentiate(&self, d: &mut [F]) {
        slopes(d, -F::one(), F::one());
    }
}

/// `Σ f·|d|`, summed in the lanes of [`sum_of_magnitudes`], so that factors of 1 give the same bits.
pub(super) fn magnitudes<F: Scalar>(d: &[F], factors: Factors<'_>) -> Sum {
    let sum = match factors {
        Factors::Ones(_) => sum_of_magnitudes(d),
        Factors::Each(factors) => {
            let mut lanes = [0.0; 8];
            for (d, factors) in d.chunks(lanes.len()).zip(factors.chunks(lanes.len())) {
                for ((lane, d), factor) in lanes.iter_mut().zip(d).zip(factors) {
                    *lane += factor * d.as_f64().abs();
                }
            }
            lanes.iter().sum()
        }
    };
    if sum.is_finite() { Sum::from(sum) } else { factors.weigh(d.iter().map(|d| d.as_f64().abs())) }
}

/// Replaces each value below 0 by `below`, and each one above 0 by `above`.
pub(super) fn slopes<F: Scalar>(d: &mut [F], below: F, above: F) {
    for d in d {
        *d = if *d > F::zero() {
            above
        } else if *d < F::zero() {
            below
        } else {
            *d
        };
    }
}
