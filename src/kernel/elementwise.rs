//! The loops over single elements: activations, softmax, sums and the step of descent.

use crate::{Activation, Scalar};

/// Whether no value is NaN or infinite; without a branch an element, so that it is vectorised.
pub(crate) fn all_finite<F: Scalar>(values: &[F]) -> bool {
    values.chunks(512).all(|chunk| chunk.iter().fold(true, |finite, value| finite & value.is_finite()))
}

/// `z ← f(z + b)` for every row of `z` `(rows, biases.len())`.
pub(crate) fn activate<F: Scalar>(z: &mut [F], biases: &[F], activation: Activation) {
    match activation {
        Activation::Sigmoid => activate_by(z, biases, sigmoid),
        Activation::Identity => activate_by(z, biases, |z| z),
        // Not `max`, which would make 0 of NaN.
        Activation::Relu => activate_by(z, biases, |z| if z <= F::zero() { F::zero() } else { z }),
    }
}

fn activate_by<F: Scalar>(z: &mut [F], biases: &[F], f: impl Fn(F) -> F) {
    for row in z.chunks_exact_mut(biases.len()) {
        for (z, &b) in row.iter_mut().zip(biases) {
            *z = f(*z + b);
        }
    }
}

/// `1 / (1 + e⁻ᶻ)`; e is only raised to what is not positive, so nothing overflows.
fn sigmoid<F: Scalar>(z: F) -> F {
    let e = (-z.abs()).exp();
    let one = F::one();
    if z < F::zero() { e / (one + e) } else { one / (one + e) }
}

/// `δ ← δ ⊙ f′`, with `f′` from the layer's output `a`.
pub(crate) fn times_derivative<F: Scalar>(delta: &mut [F], a: &[F], activation: Activation) {
    let pairs = delta.iter_mut().zip(a);
    match activation {
        Activation::Sigmoid => pairs.for_each(|(delta, &a)| *delta *= a * (F::one() - a)),
        Activation::Identity => {}
        Activation::Relu => pairs.for_each(|(delta, &a)| {
            if a <= F::zero() {
                *delta = F::zero();
            }
        }),
    }
}

/// `y ← e^(a − max a) / Σ e^(a − max a)`; returns the maximum and the sum.
pub(crate) fn softmax_row<F: Scalar>(a: &[F], y: &mut [F]) -> (F, F) {
    let maximum = a.iter().fold(F::neg_infinity(), |maximum, &a| maximum.max(a));
    let mut sum = F::zero();
    for (y, &a) in y.iter_mut().zip(a) {
        *y = (a - maximum).exp();
        sum += *y;
    }
    for y in y {
        *y /= sum;
    }
    (maximum, sum)
}

/// `y ← y − ŷ`.
pub(crate) fn subtract<F: Scalar>(y: &mut [F], predicted: &[F]) {
    y.iter_mut().zip(predicted).for_each(|(y, &predicted)| *y -= predicted);
}

/// `sums ← ` the sum of each column of `a` `(rows, sums.len())`, rows added in their order.
pub(crate) fn column_sums<F: Scalar>(a: &[F], sums: &mut [F]) {
    sums.fill(F::zero());
    for row in a.chunks_exact(sums.len()) {
        for (sum, &a) in sums.iter_mut().zip(row) {
            *sum += a;
        }
    }
}

/// `values ← values · factor`.
pub(crate) fn scale<F: Scalar>(values: &mut [F], factor: F) {
    values.iter_mut().for_each(|value| *value *= factor);
}

/// One step of descent: `v ← μ v − η (g + λ θ)`, `θ ← θ + v`.
pub(crate) fn descend<F: Scalar>(theta: &mut [F], v: &mut [F], gradient: &[F], mu: F, eta: F, lambda: F) {
    for ((theta, v), &g) in theta.iter_mut().zip(v).zip(gradient) {
        *v = mu * *v - eta * (g + lambda * *theta);
        *theta += *v;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigmoid_is_stable_everywhere() {
        for (z, expected) in
            [(f64::NEG_INFINITY, 0.0), (-1e4, 0.0), (0.0, 0.5), (1e4, 1.0), (f64::INFINITY, 1.0)]
        {
            assert_eq!(sigmoid(z), expected, "z = {z}");
        }
        assert!(sigmoid(f64::NAN).is_nan());
        assert!((sigmoid(-700.0_f64) / (-700.0_f64).exp() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn relu_of_nan_is_nan() {
        let mut z = [f64::NAN, -1.0, 0.0, 2.0];
        activate(&mut z, &[0.0], Activation::Relu);
        assert!(z[0].is_nan());
        assert_eq!(z[1..], [0.0, 0.0, 2.0]);
    }

    #[test]
    fn softmax_survives_large_logits() {
        let mut y = [0.0; 3];
        assert_eq!(softmax_row(&[1e300, -1e300, 1e300], &mut y), (1e300, 2.0));
        assert_eq!(y, [0.5, 0.0, 0.5]);
    }

    #[test]
    fn one_value_that_is_not_finite_is_found_anywhere() {
        for length in [1, 511, 512, 513, 1500] {
            let mut values = vec![f64::MAX; length];
            assert!(all_finite(&values));
            for position in [0, length / 2, length - 1] {
                values[position] = f64::NAN;
                assert!(!all_finite(&values), "{position} of {length}");
                values[position] = f64::MAX;
            }
        }
    }
}
