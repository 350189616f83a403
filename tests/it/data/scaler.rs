//! Standardisation.

use ndarray_dnn::ndarray::{Array2, Axis, array};
use ndarray_dnn::{Scalar, StandardScaler};

use super::{assert_near, in_each_layout, noise};

fn scaled<F: Scalar>() -> Array2<F> {
    let x = [[1.5, -2.0, 0.1], [2.5, 4.0, 0.1], [-0.5, 1.0, 0.1], [7.25, 0.125, 0.1], [3.0, -8.5, 0.1]];
    Array2::from(x.to_vec()).mapv(F::from_f64)
}

fn known_scales<F: Scalar>(relative: f64) {
    let x = scaled::<F>();
    let scaler = StandardScaler::fit(&x).unwrap();
    // StandardScaler().fit(x): mean_, scale_, transform(x). The same with fractions and a root of 60 digits.
    for (found, expected) in scaler.means().iter().zip([2.75, -1.075, x[[0, 2]].as_f64()]) {
        assert_near(*found, expected, 3e-16);
    }
    for (found, expected) in scaler.scales().iter().zip([2.5495097567963922, 4.183001314845598, 1.0]) {
        assert_near(*found, expected, 3e-16);
    }
    let expected = array![
        [-0.4902903378454601, -0.22113308851162614, 0.0],
        [-0.09805806756909202, 1.213243701834057, 0.0],
        [-1.2747548783981963, 0.4960553066612154, 0.0],
        [1.7650452162436565, 0.2868753580691366, 0.0],
        [0.09805806756909202, -1.7750412780527827, 0.0]
    ];
    for (found, expected) in scaler.transform(&x).unwrap().iter().zip(&expected) {
        assert_near(found.as_f64(), *expected, relative);
    }
}

#[test]
fn scaling_agrees_with_scikit_learn() {
    known_scales::<f64>(1e-15);
    known_scales::<f32>(6e-8);
}

fn scaling_laws<F: Scalar>(near: f64) {
    let x = noise::<F>(100, 3).mapv(|value| value * F::from_f64(50.0) + F::from_f64(20.0));
    let scaler = StandardScaler::fit(&x).unwrap();
    let z = scaler.transform(&x).unwrap();
    // Mean 0, deviation 1.
    let again = StandardScaler::fit(&z).unwrap();
    again.means().iter().for_each(|mean| assert!(mean.abs() < near, "{mean}"));
    again.scales().iter().for_each(|scale| assert_near(*scale, 1.0, near));
    // The inverse, also for other data.
    for x in [x.clone(), noise(7, 3), Array2::default((0, 3))] {
        let back = scaler.inverse_transform(&scaler.transform(&x).unwrap()).unwrap();
        assert_eq!(back.dim(), x.dim());
        back.iter().zip(&x).for_each(|(back, x)| assert!((*back - *x).as_f64().abs() < 100.0 * near));
    }
    // A shift and a scale of the data make no difference but for rounding.
    let other = x.mapv(|value| value * F::from_f64(-4.0) + F::from_f64(64.0));
    let other = StandardScaler::fit(&other).unwrap().transform(&other).unwrap();
    other.iter().zip(&z).for_each(|(other, z)| assert!((*other + *z).as_f64().abs() < 10.0 * near));
    // The same bits in every layout, and row by row.
    in_each_layout(&x, |x| {
        assert_eq!(StandardScaler::fit(x).as_ref(), Ok(&scaler));
        assert_eq!(scaler.transform(x).as_ref(), Ok(&z));
    });
    in_each_layout(&z, |other| {
        assert_eq!(scaler.inverse_transform(other), scaler.inverse_transform(&z));
    });
    for (x, z) in x.axis_chunks_iter(Axis(0), 1).zip(z.axis_chunks_iter(Axis(0), 1)) {
        assert_eq!(scaler.transform(&x).unwrap(), z);
    }
}

#[test]
fn scaling_gives_mean_0_and_deviation_1_and_has_an_inverse() {
    scaling_laws::<f64>(1e-14);
    scaling_laws::<f32>(3e-7);
}

#[test]
fn small_differences_of_large_values_are_kept() {
    // 1e9 plus sixteenths is exact. The expected values are fractions and roots of 60 digits.
    let x = Array2::from_shape_vec((6, 1), vec![0.25, 0.5, -0.125, 0.0625, 1.0, -0.75]).unwrap() + 1e9;
    let scaler = StandardScaler::fit(&x).unwrap();
    assert_eq!(scaler.means(), array![1000000000.15625]);
    assert_near(scaler.scales()[0], 0.5397602670013173, 3e-16);
    let expected = [
        0.1736882199959546,
        0.6368568066518336,
        -0.5210646599878639,
        -0.1736882199959546,
        1.5631939799635914,
        -1.6789861266275612,
    ];
    for (found, expected) in scaler.transform(&x).unwrap().iter().zip(expected) {
        assert_near(*found, expected, 5e-16);
    }
    assert_eq!(scaler.inverse_transform(&scaler.transform(&x).unwrap()).unwrap(), x);
}

#[test]
fn a_constant_column_becomes_0() {
    for value in [0.0, 0.1, 1e9 + 0.1, -f64::MAX, 5e-324] {
        for rows in [1, 3, 10, 1_001] {
            let x = Array2::from_elem((rows, 2), value);
            let scaler = StandardScaler::fit(&x).unwrap();
            assert_eq!(
                (scaler.means(), scaler.scales()),
                (array![value, value].view(), array![1.0, 1.0].view())
            );
            assert_eq!(scaler.transform(&x).unwrap(), Array2::<f64>::zeros((rows, 2)));
            assert_eq!(scaler.inverse_transform(&Array2::<f64>::zeros((rows, 2))).unwrap(), x);
        }
    }
    assert_eq!(StandardScaler::fit(&array![[0.0], [-0.0]]).unwrap().scales(), array![1.0]);
    assert_eq!(
        StandardScaler::fit(&Array2::from_elem((7, 1), 0.1_f32)).unwrap().means(),
        array![f64::from(0.1_f32)]
    );
}

#[test]
fn the_largest_and_the_smallest_values_are_scaled() {
    for unit in [f64::MAX, f64::MAX / 2.0, 1e200, 1e-200, f64::MIN_POSITIVE] {
        let x = array![[-unit], [unit], [-unit]];
        let scaler = StandardScaler::fit(&x).unwrap();
        assert_near(scaler.means()[0], -unit / 3.0, 4e-16);
        // √8/3
        assert_near(scaler.scales()[0], unit * 0.9428090415820634, 4e-16);
        let z = scaler.transform(&x).unwrap();
        for (found, expected) in z.iter().zip([-0.5_f64.sqrt(), 2.0_f64.sqrt(), -0.5_f64.sqrt()]) {
            assert_near(*found, expected, 1e-15);
        }
        if unit < f64::MAX {
            let back = scaler.inverse_transform(&z).unwrap();
            back.iter().zip(&x).for_each(|(back, x)| assert_near(*back, *x, 1e-15));
        }
    }
    // The sum of squares is rounded up, but not beyond the largest number.
    let x = Array2::from_shape_fn((10_000, 1), |(i, _)| if i % 2 == 0 { f64::MAX } else { f64::MIN });
    assert_near(StandardScaler::fit(&x).unwrap().scales()[0], f64::MAX, 1e-12);
    // A deviation that is too small for f64.
    let scaler = StandardScaler::fit(&array![[0.0], [5e-324]]).unwrap();
    assert!(scaler.scales()[0] > 0.0);
    assert!(scaler.transform(&array![[1.0]]).is_ok_and(|z: Array2<f64>| z[[0, 0]] > 0.0));
}

fn negatives<F: Scalar>(units: [f64; 4]) {
    for unit in units {
        let x = noise::<F>(50, 3).mapv(|value| (value + F::from_f64(2.0)) * F::from_f64(unit));
        let scaler = StandardScaler::fit(&x).unwrap();
        let of_negatives = StandardScaler::fit(&x.mapv(|value| -value)).unwrap();
        assert!(of_negatives.means().iter().all(|mean| *mean < 0.0));
        assert_eq!(of_negatives.means(), -&scaler.means());
        assert_eq!(of_negatives.scales(), scaler.scales());
        // Between a third and all of the unit: of the noise of ±1.
        assert!(scaler.scales().iter().all(|scale| (unit / 3.0..unit).contains(scale)), "{scaler:?}");
    }
}

#[test]
fn columns_of_negative_values_are_scaled_like_positive_ones() {
    negatives::<f64>([1e-300, 1.0, 1e200, 5e307]);
    negatives::<f32>([1e-30, 1.0, 1e20, 1e38]);
}
