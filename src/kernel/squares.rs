//! Sums of squares in f64, where no finite f32 overflows.

use super::scalar::Scalar;

/// `‖v‖²`
pub(crate) fn sum_of_squares<F: Scalar>(values: &[F]) -> f64 {
    values.iter().map(|value| value.as_f64() * value.as_f64()).sum()
}

/// `‖v‖`, computed from the squares of v divided by its largest magnitude.
pub(crate) fn scaled_norm<F: Scalar>(values: &[F]) -> f64 {
    let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.as_f64().abs()));
    if largest == 0.0 || !largest.is_finite() {
        return largest;
    }
    largest * values.iter().map(|value| (value.as_f64() / largest).powi(2)).sum::<f64>().sqrt()
}
