//! Columns that are constant to within rounding, and columns that only seem so.

use ndarray_dnn::metrics::r2;
use ndarray_dnn::ndarray::{Array2, array};
use ndarray_dnn::{Scalar, StandardScaler};

use super::{assert_near, noise};

fn scale<F: Scalar>(x: &Array2<F>) -> f64 {
    StandardScaler::fit(x).unwrap().scales()[0]
}

/// `(value + b) − b`, which is the value but for rounding, with |b| at most `largest`.
fn rounded<F: Scalar>(rows: usize, value: f64, largest: f64) -> Array2<F> {
    let value = F::from_f64(value);
    let x = noise::<F>(rows, 1).mapv(|b| b * F::from_f64(largest)).mapv(|b| (value + b) - b);
    assert!(x.iter().any(|other| *other != x[[0, 0]]));
    x
}

fn constants_but_for_rounding<F: Scalar>() {
    for (rows, largest) in [(10, 1.0), (100, 1.0), (100, 8.0), (10_000, 1.0), (10_000, 8.0)] {
        for unit in [1.0, -1.0, 1e30, -1e-30] {
            let x = rounded::<F>(rows, 0.1, largest).mapv(|value| value * F::from_f64(unit));
            let scaler = StandardScaler::fit(&x).unwrap();
            assert_eq!(scaler.scales(), array![1.0], "{rows} rows, {unit}");
            // A new row is moved by the mean, not blown up.
            let row = array![[F::from_f64(0.1001 * unit)]];
            let expected = row[[0, 0]].as_f64() - scaler.means()[0];
            assert_eq!(scaler.transform(&row).unwrap()[[0, 0]], F::from_f64(expected));

            // Exactly predicted, to within rounding, or not.
            assert_eq!(r2(&x, &x), Ok(1.0));
            assert_eq!(r2(&x, &Array2::from_elem(x.dim(), F::from_f64(0.1 * unit))), Ok(1.0));
            assert_eq!(r2(&x, &Array2::from_elem(x.dim(), row[[0, 0]])), Ok(0.0));
        }
    }
}

#[test]
fn rounding_is_not_scaled() {
    constants_but_for_rounding::<f64>();
    constants_but_for_rounding::<f32>();
}

/// n values, alternately 1 and `1 − steps·ε`: their deviation is half of `steps·ε`.
fn steps<F: Scalar>(n: usize, steps: u32) -> Array2<F> {
    let low = F::from_f64(1.0 - f64::from(steps) * F::epsilon().as_f64());
    Array2::from_shape_fn((n, 1), |(i, _)| if i % 2 == 0 { F::one() } else { low })
}

fn limits<F: Scalar>() {
    // Half of `most` is min(n, 64).
    for (n, most) in [(2, 4), (4, 8), (62, 124), (64, 128), (66, 128), (1_000, 128), (100_000, 128)] {
        let (rounding, spread) = (steps::<F>(n, most), steps::<F>(n, most + 2));
        assert_eq!(scale(&rounding), 1.0, "{n}");
        assert_near(scale(&spread), f64::from(most + 2) / 2.0 * F::epsilon().as_f64(), 1e-12);
        let middle = |most: u32| Array2::from_elem((n, 1), steps::<F>(2, most / 2)[[1, 0]]);
        assert_eq!(r2(&rounding, &middle(most)), Ok(1.0));
        assert_eq!(r2(&rounding, &Array2::zeros((n, 1))), Ok(0.0));
        assert!(r2(&spread, &middle(most + 2)).unwrap().abs() < 1e-12);
        // The limit is relative.
        let unit = F::from_f64(2.0_f64.powi(-100));
        assert_eq!(scale(&rounding.mapv(|value| value * -unit)), 1.0);
        assert!(scale(&spread.mapv(|value| value * -unit)) < 1.0);
    }
}

#[test]
fn the_limit_is_64_epsilons_or_one_for_each_row() {
    limits::<f64>();
    limits::<f32>();
}

#[test]
fn small_spreads_are_scaled() {
    // A million Unix times, in seconds.
    let times = noise::<f64>(1_000_000, 1) * 0.1 * 2.0_f64.sqrt() + 1.7e9;
    assert_near(scale(&times), 0.1, 1e-3);
    // Around 0.
    for unit in [1e-15, 1e-200, 1e-300] {
        assert_near(scale(&(noise::<f64>(1_000, 1) * unit)), 0.5_f64.sqrt() * unit, 1e-2);
    }
    assert_near(scale(&(noise::<f32>(1_000, 1) * 1e-15)), 0.5_f64.sqrt() * 1e-15, 1e-2);
    // Kelvin in f32.
    assert_near(scale(&(noise::<f32>(1_000, 1) * 0.5 + 293.15)), 0.5_f64.sqrt() * 0.5, 1e-2);
}
