//! Arithmetic on the elements of the output and its error.

use super::scalar::Scalar;

/// `y ← y − ŷ`
pub(crate) fn subtract<F: Scalar>(y: &mut [F], predicted: &[F]) {
    y.iter_mut().zip(predicted).for_each(|(y, &predicted)| *y -= predicted);
}

/// Multiplies each row of `columns` values by its factor; a row with the factor 0 becomes 0, even if it has
/// infinite values.
pub(crate) fn scale_rows<F: Scalar>(values: &mut [F], columns: usize, factors: &[f64]) {
    for (row, &factor) in values.chunks_exact_mut(columns.max(1)).zip(factors) {
        match F::from_f64(factor) {
            factor if factor == F::zero() => row.fill(factor),
            factor => row.iter_mut().for_each(|value| *value *= factor),
        }
    }
}
