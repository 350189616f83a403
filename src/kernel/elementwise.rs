//! The loops over single elements: activations, softmax, sums.

use super::arch::{Arch, Kernel, dispatch};
use crate::{Activation, Scalar};

/// Whether no value is NaN or infinite.
pub(crate) fn all_finite<F: Scalar>(values: &[F]) -> bool {
    dispatch(AllFinite(values))
}

pub(super) struct AllFinite<'a, F>(pub(super) &'a [F]);

impl<F: Scalar> Kernel for AllFinite<'_, F> {
    type Output = bool;

    #[inline(always)]
    fn run<A: Arch>(self, _: A) -> bool {
        // Without a branch an element, so that it is vectorised.
        for chunk in self.0.chunks(512) {
            let mut finite = true;
            for value in chunk {
                finite &= value.abs() < F::infinity();
            }
            if !finite {
                return false;
            }
        }
        true
    }
}

/// `z ← f(z)`.
pub(crate) fn activate<F: Scalar>(z: &mut [F], activation: Activation) {
    if activation != Activation::Identity {
        dispatch(Activate { z, activation });
    }
}

pub(super) struct Activate<'a, F> {
    pub(super) z: &'a mut [F],
    pub(super) activation: Activation,
}

impl<F: Scalar> Kernel for Activate<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        match self.activation {
            Activation::Sigmoid => {
                for z in self.z {
                    *z = z.sigmoid::<A>();
                }
            }
            Activation::Tanh => {
                for z in self.z {
                    *z = z.hyperbolic_tangent::<A>();
                }
            }
            Activation::Identity => {}
            Activation::Relu => {
                for z in self.z {
                    // A NaN stays one. Choosing between 0 and z alone would be compiled to stores under a condition,
                    // which took five times as long.
                    let positive = if *z > F::zero() { *z } else { F::zero() };
                    let nan = if z.is_nan() { *z } else { F::zero() };
                    *z = positive + nan;
                }
            }
            Activation::LeakyRelu { slope } => {
                let slope = F::from_f64(slope);
                for z in self.z {
                    *z *= if *z > F::zero() { F::one() } else { slope };
                }
            }
        }
    }
}

/// `δ ← δ ⊙ f′`, with `f′` from the layer's output `a`.
pub(crate) fn times_derivative<F: Scalar>(delta: &mut [F], a: &[F], activation: Activation) {
    if activation != Activation::Identity {
        dispatch(TimesDerivative { delta, a, activation });
    }
}

pub(super) struct TimesDerivative<'a, F> {
    pub(super) delta: &'a mut [F],
    pub(super) a: &'a [F],
    pub(super) activation: Activation,
}

impl<F: Scalar> Kernel for TimesDerivative<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        let pairs = self.delta.iter_mut().zip(self.a);
        match self.activation {
            Activation::Sigmoid => {
                for (delta, &a) in pairs {
                    *delta *= a * (F::one() - a);
                }
            }
            Activation::Tanh => {
                for (delta, &a) in pairs {
                    *delta *= F::one() - a * a;
                }
            }
            Activation::Identity => {}
            Activation::Relu => {
                for (delta, &a) in pairs {
                    // A product, since a choice would be compiled to stores under a condition here as well.
                    *delta *= if a > F::zero() { F::one() } else { F::zero() };
                }
            }
            Activation::LeakyRelu { slope } => {
                let slope = F::from_f64(slope);
                for (delta, &a) in pairs {
                    *delta *= if a > F::zero() { F::one() } else { slope };
                }
            }
        }
    }
}

/// `y ← e^(a − max a) / Σ e^(a − max a)` for each row of `columns` values; the maximum and the sum of each row go
/// to `maxima_and_sums`, which has two columns.
pub(crate) fn softmax<F: Scalar>(a: &[F], columns: usize, y: &mut [F], maxima_and_sums: &mut [F]) {
    dispatch(Softmax { a, columns, y, maxima_and_sums });
}

pub(super) struct Softmax<'a, F> {
    pub(super) a: &'a [F],
    pub(super) columns: usize,
    pub(super) y: &'a mut [F],
    pub(super) maxima_and_sums: &'a mut [F],
}

impl<F: Scalar> Kernel for Softmax<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        let Self { a, columns, y, maxima_and_sums } = self;
        let columns = columns.max(1);
        let rows = a.chunks_exact(columns).zip(y.chunks_exact_mut(columns));
        for ((a, y), maximum_and_sum) in rows.zip(maxima_and_sums.chunks_exact_mut(2)) {
            let maximum = by_lanes(a, F::neg_infinity(), |maximum, a| if a > maximum { a } else { maximum });
            for (y, &a) in y.iter_mut().zip(a) {
                *y = a - maximum;
            }
            maximum_and_sum[0] = maximum;
        }
        // Over all rows at once: they are short, and this is where the time goes.
        for y in y.iter_mut() {
            *y = y.exponential::<A>();
        }
        for (y, maximum_and_sum) in y.chunks_exact_mut(columns).zip(maxima_and_sums.chunks_exact_mut(2)) {
            let sum = by_lanes(y, F::zero(), |sum, y| sum + y);
            for y in y {
                *y /= sum;
            }
            maximum_and_sum[1] = sum;
        }
    }
}

/// A sum, or the like, in four lanes, so that an element need not wait for the one before.
#[inline(always)]
fn by_lanes<F: Scalar>(values: &[F], zero: F, add: impl Fn(F, F) -> F) -> F {
    let mut lanes = [zero; 4];
    let chunks = values.chunks_exact(4);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = add(*lane, value);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane = add(*lane, value);
    }
    add(add(lanes[0], lanes[2]), add(lanes[1], lanes[3]))
}

/// `Σ |v|` in f64.
pub(crate) fn sum_of_magnitudes<F: Scalar>(values: &[F]) -> f64 {
    let mut lanes = [0.0; 8];
    for chunk in values.chunks(lanes.len()) {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value.as_f64().abs();
        }
    }
    lanes.iter().sum()
}

/// `y ← y − ŷ`.
pub(crate) fn subtract<F: Scalar>(y: &mut [F], predicted: &[F]) {
    y.iter_mut().zip(predicted).for_each(|(y, &predicted)| *y -= predicted);
}

/// Each row of `columns` values times its factor; a row whose factor is 0 becomes 0, be it infinite.
pub(crate) fn scale_rows<F: Scalar>(values: &mut [F], columns: usize, factors: &[f64]) {
    for (row, &factor) in values.chunks_exact_mut(columns.max(1)).zip(factors) {
        match F::from_f64(factor) {
            factor if factor == F::zero() => row.fill(factor),
            factor => row.iter_mut().for_each(|value| *value *= factor),
        }
    }
}

/// `sums ← scale · ` the sum of each column of `a` `(rows, sums.len())`.
pub(crate) fn column_sums<F: Scalar>(a: &[F], scale: F, sums: &mut [F]) {
    dispatch(ColumnSums { a, scale, sums });
}

pub(super) struct ColumnSums<'a, F> {
    pub(super) a: &'a [F],
    pub(super) scale: F,
    pub(super) sums: &'a mut [F],
}

impl<F: Scalar> Kernel for ColumnSums<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        let Self { a, scale, sums } = self;
        let columns = sums.len();
        if let [sum] = sums {
            *sum = by_lanes(a, F::zero(), |sum, a| sum + a) * scale;
            return;
        }
        let mut first = 0;
        while first < columns {
            let (sums, width) = (&mut sums[first..], columns - first);
            first += match width {
                16.. => sum_some::<F, 16>(a, columns, first, scale, sums),
                8.. => sum_some::<F, 8>(a, columns, first, scale, sums),
                4.. => sum_some::<F, 4>(a, columns, first, scale, sums),
                _ => sum_some::<F, 1>(a, columns, first, scale, sums),
            };
        }
    }
}

/// The sums of N columns, in registers; returns N.
#[inline(always)]
fn sum_some<F: Scalar, const N: usize>(
    a: &[F],
    columns: usize,
    first: usize,
    scale: F,
    sums: &mut [F],
) -> usize {
    let mut totals = [F::zero(); N];
    for row in a.chunks_exact(columns) {
        let row = &row[first..first + N];
        for j in 0..N {
            totals[j] += row[j];
        }
    }
    for (sum, total) in sums.iter_mut().zip(totals) {
        *sum = total * scale;
    }
    N
}

#[cfg(test)]
mod tests {
    use super::super::arch::Portable;
    use super::*;

    #[test]
    fn relu_of_nan_is_nan() {
        let mut z = [f64::NAN, -1.0, 0.0, 2.0];
        activate(&mut z, Activation::Relu);
        assert!(z[0].is_nan());
        assert_eq!(z[1..], [0.0, 0.0, 2.0]);
    }

    #[test]
    fn what_counts_for_nothing_is_nothing() {
        let mut rows = [f64::INFINITY, f64::NAN, 1.0, -2.0, 3.0, 4.0];
        scale_rows(&mut rows, 2, &[0.0, 0.5, 1.0]);
        assert_eq!(rows, [0.0, 0.0, 0.5, -1.0, 3.0, 4.0]);
    }

    #[test]
    fn softmax_survives_large_logits() {
        let mut y = [0.0; 3];
        let mut maximum_and_sum = [0.0; 2];
        softmax(&[1e300, -1e300, 1e300], 3, &mut y, &mut maximum_and_sum);
        assert_eq!(y, [0.5, 0.0, 0.5]);
        assert_eq!(maximum_and_sum, [1e300, 2.0]);
    }

    #[test]
    fn one_value_that_is_not_finite_is_found_anywhere() {
        for length in [1, 511, 512, 513, 1500] {
            let mut values = vec![f64::MAX; length];
            assert!(all_finite(&values));
            for position in [0, length / 2, length - 1] {
                for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                    values[position] = bad;
                    assert!(
                        !all_finite(&values) && !AllFinite(&values).run(Portable),
                        "{position} of {length}"
                    );
                }
                values[position] = f64::MAX;
            }
        }
    }
}
