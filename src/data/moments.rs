//! Means and standard deviations of columns, also block by block, `m = Σx / n` and `s = √(Σ(x − m)² / n)`, without
//! cancellation and overflow.

use ndarray::ArrayRef2;

use crate::error::Error;
use crate::kernel::Scalar;
use crate::validate::check_finite;

/// The mean and the standard deviation of a column.
#[derive(Clone, Debug)]
pub(crate) struct Moments {
    /// m, at least the smallest and at most the largest value of the column.
    pub(crate) mean: f64,
    /// s, or 0 for a column that is constant to within [`rounding`](Self::rounding).
    pub(crate) deviation: f64,
    /// The largest deviation that is regarded as rounding, `min(n, 64)·ε·max|x|`; see [`rounding_of`].
    pub(crate) rounding: f64,
}

/// The sums of some rows of a column from which its moments follow.
///
/// They are sums over `x·2⁻ᵉ`, where e brings the largest |x| close to 1, so that no square overflows and the sum of
/// squares does not become 0. Scaling by a power of two is exact.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    n: usize,
    minimum: f64,
    maximum: f64,
    /// 2⁻ᵉ and 2ᵉ
    down: f64,
    up: f64,
    /// The scaled mean is `mean + low`: the nearest number, and the part that its rounding cut off.
    mean: f64,
    low: f64,
    /// `Σ(x − m)²`, scaled.
    squares: f64,
    /// A sum on the way.
    sum: f64,
}

impl Sums {
    fn new(n: usize) -> Self {
        let (minimum, maximum) = (f64::INFINITY, f64::NEG_INFINITY);
        Self { n, minimum, maximum, down: 1.0, up: 1.0, mean: 0.0, low: 0.0, squares: 0.0, sum: 0.0 }
    }

    fn largest_magnitude(&self) -> f64 {
        self.maximum.abs().max(self.minimum.abs())
    }

    /// Adds the sums of other rows of the column: with `δ = m_b − m_a`, the mean is `m_a + δ n_b / n`, and the sum of
    /// the squares is that of both plus `δ² n_a n_b / n`. (T. F. Chan, G. H. Golub and R. J. LeVeque, Updating formulae
    /// and a pairwise algorithm for computing sample variances, 1979.)
    ///
    /// Each mean is a sum of two numbers, since δ can be much smaller than the means.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.minimum = if other.minimum < self.minimum { other.minimum } else { self.minimum };
        self.maximum = if other.maximum > self.maximum { other.maximum } else { self.maximum };
        let (down, up) = scaling(self.largest_magnitude());
        let scaled = |sums: &Self| {
            // At most 1, and 0 for values that vanish beside the largest one.
            let factor = down * sums.up;
            [sums.n as f64, sums.mean * factor, sums.low * factor, sums.squares * factor * factor]
        };
        let [[of_a, mean_a, low_a, squares_a], [of_b, mean_b, low_b, squares_b]] =
            [&*self, other].map(scaled);
        let delta = (mean_b - mean_a) + (low_b - low_a);
        let share = of_b / (of_a + of_b);
        self.squares = squares_a + squares_b + delta * delta * of_a * share;
        (self.mean, self.low) = exact_sum(mean_a, low_a + delta * share);
        (self.down, self.up) = (down, up);
        self.n = self.n.saturating_add(other.n);
    }

    /// The moments; F is the type of the values.
    pub(crate) fn moments<F: Scalar>(&self) -> Moments {
        let Self { n, minimum, maximum, up, mean, squares, .. } = *self;
        // Rounding must not move the mean out of the column's range, nor beyond the largest f64.
        let inside = mean * up;
        let mean = if inside < minimum { minimum } else { inside };
        let mean = if mean > maximum { maximum } else { mean };
        let rounding = rounding_of::<F>(n, self.largest_magnitude());
        let of_column = ((squares / n as f64).max(0.0).sqrt() * up).min(f64::MAX);
        Moments { mean, deviation: if of_column > rounding { of_column } else { 0.0 }, rounding }
    }
}

/// a + b as a rounded sum and its error (O. Møller and D. E. Knuth).
fn exact_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    (sum, (a - (sum - of_b)) + (b - of_b))
}

/// The moments of each column of `x`, which must have rows.
///
/// # Errors
/// Those of [`sums`].
pub(crate) fn moments<F: Scalar>(what: &'static str, x: &ArrayRef2<F>) -> Result<Vec<Moments>, Error> {
    Ok(sums(what, x)?.iter().map(Sums::moments::<F>).collect())
}

/// The sums of each column of `x`, which must have rows.
///
/// The second pass over `x` corrects the mean by the sum of the deviations from it, and the third squares the
/// deviations, so that a spread that is small compared with the values keeps its digits. Each column is summed in the
/// order of its rows, in every memory layout.
///
/// # Errors
/// [`Error::TooLarge`]; [`Error::NonFinite`] for `x`.
pub(crate) fn sums<F: Scalar>(what: &'static str, x: &ArrayRef2<F>) -> Result<Vec<Sums>, Error> {
    let mut columns = Vec::new();
    let too_large = |_| Error::TooLarge { what: "the means", rows: 1, columns: x.ncols() };
    columns.try_reserve_exact(x.ncols()).map_err(too_large)?;
    check_finite(what, x)?;
    columns.resize(x.ncols(), Sums::new(x.nrows()));
    let n = x.nrows() as f64;
    for_each(x, &mut columns, |column, value| {
        // Without `min` and `max`, which may return 0 or −0 for the two.
        column.minimum = if value < column.minimum { value } else { column.minimum };
        column.maximum = if value > column.maximum { value } else { column.maximum };
    });
    for column in &mut columns {
        (column.down, column.up) = scaling(column.largest_magnitude());
    }
    for_each(x, &mut columns, |column, value| column.sum += value * column.down);
    for column in &mut columns {
        column.mean = column.sum / n;
        column.sum = 0.0;
    }
    for_each(x, &mut columns, |column, value| column.sum += value * column.down - column.mean);
    for column in &mut columns {
        column.mean += column.sum / n;
        column.sum = 0.0;
    }
    for_each(x, &mut columns, |column, value| {
        let deviation = value * column.down - column.mean;
        column.sum += deviation;
        column.squares += deviation * deviation;
    });
    for column in &mut columns {
        // The mean is rounded; the sum of the deviations is n times its error.
        column.low = column.sum / n;
        column.squares -= column.sum * column.low;
    }
    Ok(columns)
}

/// The largest standard deviation of n values that is regarded as rounding: `min(n, 64)·ε·max|x|`, ε of F.
///
/// An operation rounds by at most `ε/2` of the largest number in it. The limit covers 2n roundings, as many as a
/// running sum over n rows and a difference from it make, and at most 128: roundings go up as often as down and k of
/// them sum to about √k, so that 128 are the sum of thousands of operations. A factor of n would take real spreads for
/// rounding, such as 0.1 s in a million Unix times: the limit would be 0.38 s instead of 24 µs. The limit is relative:
/// a deviation of 1e-15 of values around 0 is far above it.
fn rounding_of<F: Scalar>(n: usize, largest_magnitude: f64) -> f64 {
    n.min(64) as f64 * F::epsilon().as_f64() * largest_magnitude
}

/// `√(Σv² / n)`; 0 for no values.
pub(crate) fn root_mean_square(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = values.clone().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let (down, up) = scaling(largest);
    let (n, squares) = values.fold((0.0, 0.0), |(n, squares), value| {
        let scaled = value * down;
        (n + 1.0, squares + scaled * scaled)
    });
    if n > 0.0 { ((squares / n).sqrt() * up).min(largest) } else { 0.0 }
}

/// `Σ|v| / n`; 0 for no values.
pub(crate) fn mean_magnitude(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = values.clone().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let (down, up) = scaling(largest);
    let (n, sum) = values.fold((0.0, 0.0), |(n, sum), value| (n + 1.0, sum + (value * down).abs()));
    if n > 0.0 { (sum / n * up).min(largest) } else { 0.0 }
}

/// Calls `add` with every value of `x` and the entry of its column, each column in the order of its rows.
fn for_each<F: Scalar, S>(x: &ArrayRef2<F>, columns: &mut [S], add: impl Fn(&mut S, f64)) {
    let is_row_major = match x.strides() {
        [rows, columns] => rows.unsigned_abs() >= columns.unsigned_abs(),
        _ => true,
    };
    if is_row_major {
        for row in x.rows() {
            columns.iter_mut().zip(row).for_each(|(column, value)| add(column, value.as_f64()));
        }
    } else {
        for (column, values) in columns.iter_mut().zip(x.columns()) {
            values.iter().for_each(|value| add(column, value.as_f64()));
        }
    }
}

/// 2⁻ᵉ and 2ᵉ for a magnitude of at least 2ᵉ and less than 2ᵉ⁺¹, but with e limited to −1022 … 1022, so that
/// both are normal numbers.
fn scaling(magnitude: f64) -> (f64, f64) {
    const MANTISSA_BITS: u32 = f64::MANTISSA_DIGITS - 1;
    const BIAS: u64 = f64::MAX_EXP as u64 - 1;
    let biased = (magnitude.to_bits() >> MANTISSA_BITS).clamp(1, 2 * BIAS - 1);
    (f64::from_bits((2 * BIAS - biased) << MANTISSA_BITS), f64::from_bits(biased << MANTISSA_BITS))
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn the_scaling_is_a_power_of_two() {
        let smallest = f64::from_bits(1);
        for magnitude in [0.0, smallest, f64::MIN_POSITIVE, 1e-300, 0.7, 1.0, 1.9, 2.0, 1e9, 1e300, f64::MAX]
        {
            let (down, up) = scaling(magnitude);
            assert!(down.is_normal() && up.is_normal() && down * up == 1.0, "{magnitude:e}");
            let scaled = magnitude * down;
            assert!(scaled < 4.0, "{magnitude:e}");
            assert!(magnitude < f64::MIN_POSITIVE || scaled >= 1.0, "{magnitude:e}");
            assert_eq!(scaled * up, magnitude);
        }
    }

    #[test]
    fn the_second_pass_corrects_the_mean() {
        // The sum of so many large values loses digits; the sum of the deviations keeps them.
        let x = Array2::from_shape_fn((100_000, 1), |(i, _)| 1e9 + (i % 2) as f64 * 1e-3);
        let Moments { mean, deviation, .. } = moments("x", &x).unwrap()[0];
        assert!((mean - (1e9 + 0.5e-3)).abs() <= 1.2e-7, "{mean}");
        // Half the difference of the two values in f64.
        let half_step = ((1e9 + 1e-3) - 1e9) / 2.0;
        assert!((deviation / half_step - 1.0).abs() < 1e-12, "{deviation}");
    }

    #[test]
    fn equal_values_have_the_deviation_0() {
        for value in [0.0, 0.1, -0.3, 1e9 + 0.1, f64::MAX, f64::MIN, f64::MIN_POSITIVE, f64::from_bits(1)] {
            for rows in [1, 2, 3, 10, 1_001] {
                let moments = moments("x", &Array2::from_elem((rows, 1), value)).unwrap();
                assert_eq!((moments[0].mean, moments[0].deviation), (value, 0.0));
            }
        }
    }

    #[test]
    fn squares_neither_overflow_nor_vanish() {
        let pairs = [(f64::MAX, f64::MIN, f64::MAX), (1e200, -1e200, 1e200), (1e-200, -1e-200, 1e-200)];
        for (a, b, deviation) in pairs {
            let moments = moments("x", &array![[a], [b]]).unwrap();
            assert_eq!((moments[0].mean, moments[0].deviation), (0.0, deviation));
            assert_eq!(root_mean_square([a, b].into_iter()), deviation);
            assert_eq!(mean_magnitude([a, b].into_iter()), deviation);
        }
        assert_eq!((root_mean_square([].into_iter()), mean_magnitude([].into_iter())), (0.0, 0.0));
        assert_eq!(root_mean_square([0.0, -0.0].into_iter()), 0.0);
        assert_eq!(root_mean_square([3.0, 0.0, 0.0, -3.0].into_iter()), 4.5_f64.sqrt());
    }
}
