//! Euclidean norms in f64, and limits on them. The order of every sum is fixed, and no square overflows.

use super::arch::{Arch, Kernel, dispatch};
use super::scalar::Scalar;

/// A norm as the product of two numbers, since the norm itself may overflow.
#[derive(Clone, Copy)]
pub(crate) struct Norm {
    unit: f64,
    in_units: f64,
}

impl Norm {
    /// The norm of all values of the slices together.
    pub(crate) fn of<'a, F: Scalar>(slices: impl Iterator<Item = &'a [F]> + Clone) -> Self {
        let squares = |unit| slices.clone().map(|values| dispatch(SumOfSquares { values, unit })).sum();
        Self::from_squares(squares, || slices.clone().flatten().fold(0.0, larger))
    }

    /// The norm from `squares`, which returns the sum of the squares of the values divided by a unit, and from the
    /// largest magnitude. This is the unit if the squares overflow or underflow.
    fn from_squares(squares: impl Fn(f64) -> f64, largest: impl FnOnce() -> f64) -> Self {
        let sum = squares(1.0);
        if sum.is_normal() || sum.is_nan() {
            return Self { unit: 1.0, in_units: sum.sqrt() };
        }
        let unit = largest();
        let is_zero_or_infinite = unit == 0.0 || unit == f64::INFINITY;
        Self { unit, in_units: if is_zero_or_infinite { 1.0 } else { squares(unit).sqrt() } }
    }

    pub(crate) fn value(self) -> f64 {
        self.unit * self.in_units
    }

    /// The factor that makes the norm c if it is larger than c; otherwise 1. It is 1 for a norm of values that are not
    /// finite, too, so that these are found later.
    pub(crate) fn limit(self, c: f64) -> f64 {
        let Self { unit, in_units } = self;
        if self.value() > c && unit.is_finite() { (c / unit) / in_units } else { 1.0 }
    }
}

/// The larger magnitude.
fn larger<F: Scalar>(largest: f64, value: &F) -> f64 {
    largest.max(value.as_f64().abs())
}

/// `Σ (v / unit)²` in eight lanes.
pub(super) struct SumOfSquares<'a, F> {
    pub(super) values: &'a [F],
    pub(super) unit: f64,
}

impl<F: Scalar> Kernel for SumOfSquares<'_, F> {
    type Output = f64;

    #[inline(always)]
    fn run<A: Arch>(self, _: A) -> f64 {
        let Self { values, unit } = self;
        if unit == 1.0 { sum_of_squares(values, |v| v) } else { sum_of_squares(values, |v| v / unit) }
    }
}

#[inline(always)]
fn sum_of_squares<F: Scalar>(values: &[F], scale: impl Fn(f64) -> f64) -> f64 {
    let square = |value: F| {
        let value = scale(value.as_f64());
        value * value
    };
    let mut lanes = [0.0; 8];
    let chunks = values.chunks_exact(lanes.len());
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += square(value);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane += square(value);
    }
    lanes.iter().sum()
}

/// The number of columns whose norms are computed at once.
const COLUMNS: usize = 32;

/// Scales each column of `values` `(rows, columns)` whose norm is larger than c to the norm c.
pub(crate) fn limit_columns<F: Scalar>(values: &mut [F], columns: usize, c: f64) {
    for first in (0..columns).step_by(COLUMNS) {
        dispatch(LimitColumns { values, columns, first, c });
    }
}

/// Limits up to [`COLUMNS`] columns from the first one on.
pub(super) struct LimitColumns<'a, F> {
    pub(super) values: &'a mut [F],
    pub(super) columns: usize,
    pub(super) first: usize,
    pub(super) c: f64,
}

impl<F: Scalar> Kernel for LimitColumns<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        let Self { values, columns, first, c } = self;
        let width = COLUMNS.min(columns - first);
        let mut squares = [0.0; COLUMNS];
        for row in values.chunks_exact(columns) {
            for (sum, value) in squares.iter_mut().zip(&row[first..first + width]) {
                *sum += value.as_f64() * value.as_f64();
            }
        }
        let mut factors = [F::one(); COLUMNS];
        for (i, factor) in factors.iter_mut().enumerate().take(width) {
            let column = || values.iter().skip(first + i).step_by(columns);
            let scaled = |unit| {
                if unit == 1.0 {
                    return squares[i];
                }
                column().map(|v| v.as_f64() / unit).map(|v| v * v).sum()
            };
            *factor = F::from_f64(Norm::from_squares(scaled, || column().fold(0.0, larger)).limit(c));
        }
        if factors.iter().all(|factor| *factor == F::one()) {
            return;
        }
        for row in values.chunks_exact_mut(columns) {
            for (value, factor) in row[first..first + width].iter_mut().zip(factors) {
                *value *= factor;
            }
        }
    }
}
