//! The cross-entropy of predicted probabilities.

use ndarray_dnn::Activation::Identity;
use ndarray_dnn::error::Place;
use ndarray_dnn::metrics::log_loss;
use ndarray_dnn::ndarray::{Array2, Axis, array, concatenate};
use ndarray_dnn::{Dnn, Error, Scalar, one_hot};

use super::{assert_near, assert_refused, in_each_layout, noise, number, out_of_range};

fn log_losses<F: Scalar>(relative: f64) {
    let to_f = |array: Array2<f64>| array.mapv(F::from_f64);
    let p = to_f(array![[0.7, 0.2, 0.1], [0.25, 0.5, 0.25], [0.05, 0.05, 0.9], [0.01, 0.98, 0.01]]);
    // log_loss([0, 1, 1, 2], p, labels=[0, 1, 2])
    let y = one_hot(&[0, 1, 1, 2], 3).unwrap();
    assert_near(log_loss(&y, &p).unwrap(), 2.16268114601019, relative);
    // −Σ y·ln p / 4 in decimal arithmetic, of soft targets.
    let y = to_f(array![[0.9, 0.1, 0.0], [0.0, 1.0, 0.0], [0.2, 0.3, 0.5], [0.0, 0.25, 0.75]]);
    let expected = log_loss(&y, &p).unwrap();
    assert_near(expected, 1.546143283068643, relative);
    in_each_layout(&y, |y| in_each_layout(&p, |p| assert_eq!(log_loss(y, p), Ok(expected))));
    // The minimum is at p = y, where it is the entropy: 0 for a single class.
    assert!(log_loss(&y, &y).unwrap() < expected);
    let sure = one_hot::<F>(&[2, 1], 3).unwrap();
    assert_eq!(log_loss(&sure, &sure).unwrap().to_bits(), 0.0_f64.to_bits());
    // A row whose sum is rounded to more than 1.
    let above = to_f(array![[1.0 + 4.0 * F::epsilon().as_f64(), 0.0]]);
    assert_eq!(log_loss(&to_f(array![[1.0, 0.0]]), &above), Ok(0.0));
}

#[test]
fn log_loss_is_the_cross_entropy() {
    log_losses::<f64>(1e-15);
    // The f32 probabilities are rounded.
    log_losses::<f32>(1e-6);
}

#[test]
fn a_probability_of_0_counts_as_the_smallest_normal_number() {
    let smallest = |loss: f64, number: f64| assert_eq!(loss, -number.ln());
    for p in [0.0, 1e-310, f64::MIN_POSITIVE] {
        smallest(log_loss(&array![[1.0, 0.0]], &array![[p, 1.0]]).unwrap(), f64::MIN_POSITIVE);
    }
    for p in [0.0, 1e-40, f32::MIN_POSITIVE] {
        smallest(log_loss(&array![[1.0, 0.0]], &array![[p, 1.0]]).unwrap(), f32::MIN_POSITIVE.into());
    }
    assert_near(log_loss(&array![[1.0, 0.0]], &array![[1e-300, 1.0]]).unwrap(), 300.0 * 10.0_f64.ln(), 1e-15);
    // A y of 0 adds nothing.
    assert_eq!(log_loss(&array![[0.0, 1.0]], &array![[0.0, 1.0]]), Ok(0.0));
}

#[test]
fn log_loss_is_the_objective_of_a_softmax_network() {
    let builder = Dnn::builder().input_shape(3).shape([4]).activations([Identity]).softmax(true);
    let net: Dnn = builder.regularization(0.0).build().unwrap();
    let (x, y) = (noise(300, 3), one_hot(&Vec::from_iter((0..300).map(|i| i % 4)), 4).unwrap());
    let loss = log_loss(&y, &net.predict(&x).unwrap()).unwrap();
    assert_near(loss, net.objective(&x, &y).unwrap(), 1e-13);
}

/// The error of a row that is not a distribution.
fn not_a_distribution(what: &'static str, row: usize, [sum, minimum]: [f64; 2], tolerance: f64) -> Error {
    Error::NotADistribution { what, row, sum, minimum, tolerance }
}

#[test]
fn rows_that_are_not_distributions_are_refused() {
    let good = array![[0.5, 0.5], [1.0, 0.0]];
    let of_rounded = 1e-6 + 0.0005 * 2.0;
    for (row, [a, b]) in [
        (0, [1.0, 1.0]),
        (1, [0.0, 0.0]),
        (1, [1.5, -0.5]),
        (0, [0.5, 0.5 + 1.1e-6 + 1e-3]),
        (1, [0.5, 0.5 - 1.1e-6 - 1e-3]),
        (1, [f64::MAX, f64::MAX]),
    ] {
        let mut bad = good.clone();
        bad.row_mut(row).assign(&array![a, b]);
        for (what, tolerance, result) in
            [("y", 1e-6, log_loss(&bad, &good)), ("probabilities", of_rounded, log_loss(&good, &bad))]
        {
            let (sum, minimum) = (a + b, a.min(b));
            let text = format!(
                "row {row} of {what} must be values of at least 0 that sum to 1 within {tolerance:?}, \
                 found a sum of {sum:?} and a smallest value of {minimum:?}{}",
                if what == "y" { ": one_hot makes such rows from labels" } else { "" }
            );
            assert_refused(result, &not_a_distribution(what, row, [sum, minimum], tolerance), &text);
        }
    }
    // The tolerance is wider in f32.
    let p = array![[1.0_f32, 0.0]];
    assert!(log_loss(&array![[0.5, 0.5 + 0.9e-4]], &p).is_ok());
    assert!(log_loss(&array![[0.5, 0.5 + 1.1e-4]], &p).is_err());
}

fn rounded_probabilities<F: Scalar>(tolerance: f64, relative: f64) {
    let third = F::from_f64(0.333);
    let (y, p) = (one_hot(&[1], 3).unwrap(), array![[third, third, third]]);
    // −ln 0.333, without normalisation.
    assert_near(log_loss(&y, &p).unwrap(), 1.0996127890016931, relative);
    // Targets are exact.
    let refused = log_loss(&p, &y).unwrap_err();
    let sum = 3.0 * third.as_f64();
    assert_eq!(refused, not_a_distribution("y", 0, [sum, third.as_f64()], tolerance));

    // Columns, and the sums that three decimals can give.
    for (columns, rounding) in [(2, 0.001), (3, 0.0015), (20, 0.01), (100, 0.05), (101, 0.05), (1_000, 0.05)]
    {
        let y = one_hot::<F>(&[0], columns).unwrap();
        let with_sum = |sum: f64| {
            let mut p = y.clone();
            p[[0, 0]] = F::from_f64(0.5);
            p[[0, 1]] = F::from_f64(sum - 0.5);
            log_loss(&y, &p)
        };
        for sign in [-1.0, 1.0] {
            assert!(with_sum(1.0 + sign * rounding).is_ok(), "{columns}");
            assert!(with_sum(1.0 + sign * (rounding + 1.1 * tolerance)).is_err(), "{columns}");
        }
    }
}

#[test]
fn probabilities_with_three_decimals_are_accepted() {
    rounded_probabilities::<f64>(1e-6, 1e-15);
    rounded_probabilities::<f32>(1e-4, 1e-6);
}

fn single_columns<F: Scalar>(relative: f64) {
    let column = |values: [f64; 4]| Array2::from_shape_fn((4, 1), |(i, _)| F::from_f64(values[i]));
    let p = column([0.9, 0.2, 0.35, 0.6]);
    // log_loss([1, 0, 1, 0], p), and the same in decimal arithmetic.
    let loss = log_loss(&column([1.0, 0.0, 1.0, 0.0]), &p).unwrap();
    assert_near(loss, 0.5736542308362172, relative);
    // −Σ (y·ln p + (1 − y)·ln(1 − p)) / 4 in decimal arithmetic, of a soft target.
    let loss = log_loss(&column([1.0, 0.0, 1.0, 0.25]), &p).unwrap();
    assert_near(loss, 0.5483126615794569, relative);
    in_each_layout(&p, |p| assert_eq!(log_loss(&column([1.0, 0.0, 1.0, 0.25]), p), Ok(loss)));
}

#[test]
fn the_loss_of_a_single_column_is_the_binary_cross_entropy() {
    single_columns::<f64>(1e-15);
    single_columns::<f32>(1e-6);
}

#[test]
fn a_single_column_is_the_second_of_two() {
    let two = |second: &Array2<f64>| concatenate![Axis(1), 1.0 - second, *second];
    let y = array![[1.0], [0.0], [1.0], [0.0], [1.0], [0.0], [1.0]];
    let p = array![[0.25], [0.75], [1.0], [0.0], [0.0], [1.0], [1e-310]];
    let loss = log_loss(&y, &p).unwrap();
    assert_eq!(log_loss(&two(&y), &two(&p)), Ok(loss));
    // No and yes exchanged.
    assert_near(log_loss(&(1.0 - &y), &(1.0 - &p)).unwrap(), loss, 1e-15);
    assert_near(loss, (2.0 * 4.0_f64.ln() - 3.0 * f64::MIN_POSITIVE.ln()) / 7.0, 1e-15);
    // Perfect answers.
    assert_eq!(log_loss(&y, &y).unwrap().to_bits(), 0.0_f64.to_bits());
}

#[test]
fn the_yes_no_preset_is_scored_by_its_own_loss() {
    let x = noise::<f64>(60, 2);
    let y = Array2::from_shape_fn((60, 1), |(i, _)| f64::from(u8::from(x[[i, 0]] > x[[i, 1]])));
    let mut net: Dnn =
        Dnn::classifier(2, &[8], 1).regularization(0.0).max_epochs(20).min_updates(0).build().unwrap();
    net.fit(&x, &y).unwrap();
    let loss = log_loss(&y, &net.predict(&x).unwrap()).unwrap();
    assert!(loss < 0.6, "{loss}");
    assert_near(loss, net.objective(&x, &y).unwrap(), 1e-13);
}

#[test]
fn a_single_column_of_other_values_is_refused() {
    let good = array![[0.0], [0.5], [1.0]];
    for value in [-1e-300, -1.0, 1.0 + f64::EPSILON, 2.0, f64::MAX] {
        let mut bad = good.clone();
        bad[[1, 0]] = value;
        for (name, result) in [("y", log_loss(&bad, &good)), ("probabilities", log_loss(&good, &bad))] {
            assert_refused(
                result,
                &out_of_range(name, Place::Element { row: 1, column: 0 }, "at least 0 and at most 1", value),
                &format!("{name}[[1, 0]] must be at least 0 and at most 1, found {}", number(value)),
            );
        }
    }
}
