//! Splits, labels, metrics and scaling: known values, laws, and bad input.
//!
//! Known values come from scikit-learn 1.9.1 on NumPy 2.4.6, by the call that stands beside each. Where that rounds,
//! or clips, they come from Python's `fractions` and `decimal` with 60 digits, as is said there.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::iter;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ndarray_dnn::Activation::Identity;
use ndarray_dnn::metrics::{accuracy, confusion_matrix, log_loss, r2, rmse};
use ndarray_dnn::ndarray::{Array1, Array2, Axis, ShapeBuilder, array, s};
use ndarray_dnn::{
    Dnn, Error, Extent, Layer, Place, Scalar, StandardScaler, balanced_weights, one_hot, train_test_split,
};

#[track_caller]
fn assert_refused<T: Debug>(result: Result<T, Error>, expected: &Error, text: &str) {
    let error = result.unwrap_err();
    assert_eq!(&error, expected);
    assert_eq!(error.to_string(), text);
}

fn wrong_shape(what: &'static str, extent: Extent, expected: usize, found: usize) -> Error {
    Error::Shape { what, at: Place::Whole, extent, expected, found }
}

fn out_of_range(name: &'static str, at: Place, range: impl Into<Cow<'static, str>>, value: f64) -> Error {
    Error::OutOfRange { name, at, range: range.into(), value }
}

/// A number as messages print it.
fn number(value: f64) -> String {
    format!("{value:?}").trim_end_matches(".0").into()
}

/// A label that is not less than the number of classes, and its text.
fn no_class(what: &'static str, index: usize, label: usize, classes: usize) -> (Error, String) {
    let range = format!("less than {classes}, the number of classes");
    let text = format!("{what}[{index}] must be {range}, found {}", number(label as f64));
    (out_of_range(what, Place::Index(index), range, label as f64), text)
}

#[track_caller]
fn assert_near(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "{found:?} instead of {expected:?}");
}

/// What `call` returns, if it returns soon.
fn soon<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(call()));
    receiver.recv_timeout(Duration::from_secs(10)).expect("the call hangs or panics")
}

/// Values without a pattern, between −1 and 1.
fn noise<F: Scalar>(rows: usize, columns: usize) -> Array2<F> {
    Array2::from_shape_fn((rows, columns), |(i, j)| F::from_f64(((i * 37 + j * 11) as f64 * 12.9898).sin()))
}

/// The same values in other memory layouts, to be read by the function that is called with each.
fn in_each_layout<F: Scalar>(x: &Array2<F>, check: impl Fn(&ndarray_dnn::ndarray::ArrayRef2<F>)) {
    check(x);
    let mut by_columns = Array2::default(x.dim().f());
    by_columns.assign(x);
    check(&by_columns);
    check(&x.slice(s![..;-1, ..;-1]).to_owned().slice(s![..;-1, ..;-1]));
    let mut gaps = Array2::default((2 * x.nrows(), 3 * x.ncols()));
    gaps.slice_mut(s![..;2, ..;3]).assign(x);
    check(&gaps.slice(s![..;2, ..;3]));
    let mut gaps = Array2::default((2 * x.nrows(), 3 * x.ncols()).f());
    gaps.slice_mut(s![..;2, ..;3]).assign(x);
    check(&gaps.slice(s![..;2, ..;3]));
}

// Splits.

#[test]
fn what_a_seed_splits_is_frozen() {
    // This crate's own values. A change here is value-breaking.
    let (train, test) = train_test_split(10, 0.3, 42).unwrap();
    assert_eq!((&train[..], &test[..]), (&[7, 2, 6, 5, 3, 1, 0][..], &[9, 4, 8][..]));
    let (train, test) = train_test_split(1000, 0.01, u64::MAX).unwrap();
    assert_eq!(
        (&train[..5], &test[..]),
        (&[90, 817, 273, 192, 650][..], &[658, 586, 552, 257, 204, 503, 721, 31, 406, 337][..])
    );
}

#[test]
fn a_split_is_a_permutation_in_two_parts() {
    for (n, fraction, held_out) in [
        (2, 0.5, 1),
        (10, 0.25, 3),
        (10, 0.05, 1),
        (10, 0.94, 9),
        (150, 0.2, 30),
        (1000, 0.001, 1),
        (7, 0.9, 6),
    ] {
        for seed in 0..5 {
            let (train, test) = train_test_split(n, fraction, seed).unwrap();
            assert_eq!((train.len(), test.len()), (n - held_out, held_out));
            let mut all = [&train[..], &test[..]].concat();
            all.sort_unstable();
            assert_eq!(all, Vec::from_iter(0..n));
            assert_eq!(train_test_split(n, fraction, seed), Ok((train, test)));
        }
    }
}

#[test]
fn splits_of_different_seeds_differ_and_of_different_fractions_are_nested() {
    let rows = |fraction, seed| train_test_split(200, fraction, seed).unwrap();
    assert_ne!(rows(0.5, 0), rows(0.5, 1));
    let (few, many) = (rows(0.1, 3).1, rows(0.4, 3).1);
    assert_eq!((few.len(), many.len()), (20, 80));
    assert!(few.iter().all(|row| many.contains(row)));
    // Shuffled, both of them.
    let (train, test) = rows(0.5, 0);
    assert!(!train.is_sorted() && !test.is_sorted());
}

#[test]
fn every_row_is_held_out_as_often_as_any_other() {
    let mut counts = [0_u32; 10];
    for seed in 0..2_000 {
        train_test_split(10, 0.3, seed).unwrap().1.iter().for_each(|&row| counts[row] += 1);
    }
    // 600 on average with a deviation of 20.5; the seeds are fixed.
    assert!(counts.iter().all(|count| (520..680).contains(count)), "{counts:?}");
}

#[test]
fn splits_that_are_refused() {
    for value in [0.0, -0.0, 1.0, -0.2, 1.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for n in [0, 1, 100] {
            let error = train_test_split(n, value, 0).unwrap_err();
            let range = "greater than 0 and less than 1 in f64";
            let shown = if value == 0.0 && value.is_sign_negative() { "-0.0".into() } else { number(value) };
            assert_eq!(error.to_string(), format!("fraction must be {range}, found {shown}"));
            let Error::OutOfRange { name: "fraction", at: Place::Whole, range: words, value: found } = error
            else {
                panic!("{error}")
            };
            assert_eq!(words, range);
            assert_eq!(found.to_bits(), value.to_bits());
        }
    }
    for (n, fraction, train, test) in [
        (0, 0.5, 0, 0),
        (1, 0.5, 0, 1),
        (1, 0.4, 1, 0),
        (10, 0.04, 10, 0),
        (10, 0.96, 0, 10),
        (2, 5e-324, 2, 0),
        (usize::MAX, 1.0 - f64::EPSILON / 2.0, 2047, usize::MAX - 2047),
    ] {
        let refused = train_test_split(n, fraction, 0);
        if n == usize::MAX {
            // Both parts have rows, but no memory.
            assert_eq!(refused, Err(Error::TooLarge { what: "the permutation", rows: n, columns: 1 }));
            continue;
        }
        let text = format!(
            "both parts of a split must have at least one row, found {train} for training and {test} for testing: \
             n {n}, fraction {fraction:?}"
        );
        assert_refused(refused, &Error::Split { n, fraction, train, test }, &text);
    }
    let rows = 1 << 60;
    assert_refused(
        soon(move || train_test_split(rows, 0.5, 0)),
        &Error::TooLarge { what: "the permutation", rows, columns: 1 },
        &format!("no memory for the permutation: {rows} rows of 1 columns"),
    );
}

// Labels.

fn one_hot_rows<F: Scalar>() {
    let labels = vec![3, 0, 1, 1, 3];
    let y: Array2<F> = one_hot(&labels, 4).unwrap();
    assert_eq!(y.dim(), (5, 4));
    assert!(y.is_standard_layout());
    for ((row, column), &value) in y.indexed_iter() {
        assert_eq!(value.as_f64(), f64::from(u8::from(labels[row] == column)));
    }
    // Whatever they come in.
    let array = Array1::from(labels.clone());
    for other in [
        one_hot(&labels[..], 4),
        one_hot(&array, 4),
        one_hot(array.view(), 4),
        one_hot(array.slice(s![..;-1]).to_owned().slice(s![..;-1]), 4),
        one_hot(labels.iter().filter(|_| true), 4),
    ] {
        assert_eq!(other.as_ref(), Ok(&y));
    }
    assert_eq!(one_hot::<F>(&[], 3).unwrap().dim(), (0, 3));
    assert_eq!(one_hot::<F>(&[0, 0], 1).unwrap(), Array2::ones((2, 1)));
}

#[test]
fn one_hot_is_1_in_the_column_of_the_label() {
    one_hot_rows::<f64>();
    one_hot_rows::<f32>();
}

#[test]
fn labels_that_are_refused() {
    for (label, classes) in [(3, 3), (usize::MAX, 3), (1, 1)] {
        let (expected, text) = no_class("labels", 2, label, classes);
        assert_refused(one_hot::<f64>(&[0, 0, label, label], classes), &expected, &text);
    }
    let zero = out_of_range("classes", Place::Whole, "at least 1", 0.0);
    for labels in [&[][..], &[0]] {
        assert_refused(one_hot::<f64>(labels, 0), &zero, "classes must be at least 1, found 0");
    }
    for (rows, classes) in [(1, usize::MAX), (3, usize::MAX), (1, 1 << 60), (0, usize::MAX)] {
        assert_refused(
            one_hot::<f64>(&vec![0; rows], classes),
            &Error::TooLarge { what: "the targets", rows, columns: classes },
            &format!("no memory for the targets: {rows} rows of {classes} columns"),
        );
    }
    let expected = Error::TooLarge { what: "the targets", rows: usize::MAX, columns: 2 };
    assert_eq!(soon(|| one_hot::<f64>(iter::repeat(&1), 2)), Err(expected));
    // Without saying so at first.
    let classes = usize::MAX >> 8;
    let expected = Error::TooLarge { what: "the targets", rows: 1, columns: classes };
    assert_eq!(one_hot::<f64>([1, 2].iter().filter(|_| true), classes), Err(expected));
}

#[test]
fn balanced_weights_are_scikit_learn_s() {
    // compute_sample_weight("balanced", labels)
    let labels = [0, 0, 0, 0, 0, 1, 1, 5, 5, 5];
    let (five, two, three) = (0.6666666666666666, 1.6666666666666667, 1.1111111111111112);
    let expected = array![five, five, five, five, five, two, two, three, three, three];
    for (found, expected) in balanced_weights::<f64>(&labels).iter().zip(&expected) {
        assert_near(*found, *expected, 4e-16);
    }
    assert_eq!(balanced_weights::<f32>(&labels), expected.mapv(|weight| weight as f32));
    assert_eq!(balanced_weights::<f64>(&[]), Array1::<f64>::zeros(0));
    assert_eq!(balanced_weights::<f64>(&[usize::MAX, 7, 7, usize::MAX]), array![1.0, 1.0, 1.0, 1.0]);
}

fn weights_sum<F: Scalar>(relative: f64) {
    let labels = Array1::from_shape_fn(1_000, |i| [0, 7, 7, usize::MAX, 7, 1 << 40, 7][i % 7] + i % 2 / 2);
    let weights: Array1<F> = balanced_weights(&labels);
    let mut totals = BTreeMap::new();
    for (label, weight) in labels.iter().zip(&weights) {
        *totals.entry(label).or_insert(0.0) += weight.as_f64();
    }
    assert_eq!(totals.len(), 4);
    totals.values().for_each(|total| assert_near(*total, 250.0, relative));
    assert_near(totals.values().sum(), 1_000.0, relative);
}

#[test]
fn each_class_has_the_same_share_of_the_weights() {
    weights_sum::<f64>(1e-13);
    weights_sum::<f32>(1e-6);
}

fn classes_of_outputs<F: Scalar>() {
    let net = |outputs: usize, softmax| -> Dnn<F> {
        let layer = Layer::new(noise(outputs, 3), Array1::zeros(outputs), Identity).unwrap();
        Dnn::builder().softmax(softmax).build_from([layer]).unwrap()
    };
    // Less than a block, a block, several and a rest.
    for rows in [0, 1, 255, 256, 257, 1_000] {
        let x = noise::<F>(rows, 3).mapv(|value| value * F::from_f64(30.0));
        for (outputs, softmax) in [(1, false), (2, false), (4, true)] {
            let net = net(outputs, softmax);
            let output = net.predict(&x).unwrap();
            let expected = output.rows().into_iter().map(|row| match row.len() {
                1 => usize::from(row[0].as_f64() >= 0.5),
                _ => (0..row.len()).find(|&i| row.iter().all(|value| *value <= row[i])).unwrap(),
            });
            let expected = Array1::from_iter(expected);
            let mut occurring = expected.to_vec();
            occurring.sort_unstable();
            occurring.dedup();
            assert!(rows < 255 || occurring.len() == outputs.max(2), "{occurring:?}");
            in_each_layout(&x, |x| assert_eq!(net.predict_classes(x).unwrap(), expected));
        }
    }
}

#[test]
fn predicted_classes_are_the_columns_of_the_largest_outputs() {
    classes_of_outputs::<f64>();
    classes_of_outputs::<f32>();
}

#[test]
fn of_equal_outputs_the_first_is_the_class() {
    let layer = Layer::new(array![[0.0], [1.0], [1.0], [0.0]], array![0.0, 0.0, 0.0, 0.0], Identity).unwrap();
    let net = Dnn::builder().build_from([layer]).unwrap();
    assert_eq!(net.predict_classes(&array![[1.0], [0.0], [-0.0], [-1.0]]), Ok(array![1, 0, 0, 0]));
    let layer = Layer::new(array![[1.0]], array![0.0], Identity).unwrap();
    let net = Dnn::builder().build_from([layer]).unwrap();
    let below = 0.5 - f64::EPSILON / 4.0;
    assert_eq!(net.predict_classes(&array![[0.5], [below], [-7.0], [7.0]]), Ok(array![1, 0, 0, 1]));
}

#[test]
fn classes_of_bad_input() {
    let layer = Layer::new(array![[1e308, 0.0], [1.0, 0.0]], array![0.0, 0.0], Identity).unwrap();
    let net = Dnn::builder().build_from([layer]).unwrap();
    assert_refused(
        net.predict_classes(&array![[1.0, 2.0, 3.0]]),
        &wrong_shape("x", Extent::Columns, 2, 3),
        "x must have 2 columns, found 3",
    );
    let mut x = Array2::zeros((600, 2));
    x[[520, 0]] = 100.0;
    assert_refused(
        net.predict_classes(&x),
        &Error::NonFinite { what: "the output", row: 520, column: 0 },
        "the output must be finite, found NaN or infinity in row 520, column 0",
    );
    x[[599, 1]] = f64::NAN;
    assert_refused(
        net.predict_classes(&x),
        &Error::NonFinite { what: "x", row: 599, column: 1 },
        "x must be finite, found NaN or infinity in row 599, column 1",
    );
    let rows = 1 << 60;
    assert_refused(
        soon(move || net.predict_classes(&array![0.0, 0.0].broadcast((rows, 2)).unwrap())),
        &Error::TooLarge { what: "the classes", rows, columns: 1 },
        &format!("no memory for the classes: {rows} rows of 1 columns"),
    );
}

// Metrics.

/// True and predicted labels.
const LABELS: ([usize; 8], [usize; 8]) = ([2, 0, 1, 2, 2, 1, 0, 0], [2, 0, 2, 2, 1, 1, 0, 1]);

#[test]
fn metrics_of_classes_are_scikit_learn_s() {
    let (truth, predicted) = LABELS;
    // accuracy_score(truth, predicted)
    assert_eq!(accuracy(&truth, &predicted), Ok(0.625));
    // confusion_matrix(truth, predicted)
    let expected = array![[2, 1, 0], [0, 1, 1], [0, 1, 2]];
    assert_eq!(confusion_matrix(&truth, &predicted, 3).unwrap(), expected);
    // A class that does not occur.
    let with_more = confusion_matrix(&truth, &predicted, 5).unwrap();
    assert_eq!(with_more.slice(s![..3, ..3]), expected);
    assert_eq!(with_more.sum(), 8);
    // In whatever they come.
    let (truth, predicted) = (Array1::from_iter(truth), predicted.to_vec());
    assert_eq!(accuracy(truth.view(), &predicted), Ok(0.625));
    assert_eq!(confusion_matrix(&truth, predicted.iter(), 3).unwrap(), expected);
}

#[test]
fn accuracy_is_the_trace_of_the_confusion_matrix_over_its_sum() {
    for n in [1, 2, 10, 999] {
        let truth = Vec::from_iter((0..n).map(|i| i * i % 7));
        let predicted = Vec::from_iter((0..n).map(|i| (i * i + usize::from(i % 3 == 0)) % 7));
        let matrix = confusion_matrix(&truth, &predicted, 7).unwrap();
        assert_eq!(matrix.sum(), n);
        assert_eq!(accuracy(&truth, &predicted), Ok(matrix.diag().sum() as f64 / n as f64));
        // The other way round it is the transpose.
        assert_eq!(confusion_matrix(&predicted, &truth, 7).unwrap(), matrix.reversed_axes());
        assert_eq!(accuracy(&truth, &truth), Ok(1.0));
    }
}

#[test]
fn metrics_of_classes_refuse() {
    let empty = Error::Empty { what: "truth", rows: 0, columns: 1 };
    let text = "truth must not be empty, found 0 elements";
    for predicted in [&[][..], &[0]] {
        assert_refused(accuracy(&[], predicted), &empty, text);
        assert_refused(confusion_matrix(&[], predicted, 2), &empty, text);
    }
    for (expected, found) in [(1, 0), (3, 2), (3, 7), (2, 3)] {
        let (truth, predicted) = (vec![1; expected], vec![1; found]);
        let error = wrong_shape("predicted", Extent::Elements, expected, found);
        let text = format!("predicted must have {expected} elements, found {found}");
        assert_refused(accuracy(&truth, &predicted), &error, &text);
        assert_refused(confusion_matrix(&truth, &predicted, 2), &error, &text);
    }
    for label in [3, usize::MAX] {
        for (truth, predicted, what) in
            [([0, 2, label], [0, 1, label], "truth"), ([0, 1, 2], [2, 0, label], "predicted")]
        {
            let (expected, text) = no_class(what, 2, label, 3);
            assert_refused(confusion_matrix(&truth, &predicted, 3), &expected, &text);
        }
    }
    assert_refused(
        confusion_matrix(&[0], &[0], 0),
        &out_of_range("classes", Place::Whole, "at least 1", 0.0),
        "classes must be at least 1, found 0",
    );
    for classes in [1 << 31, 1 << 40, usize::MAX] {
        assert_refused(
            confusion_matrix(&[0], &[0], classes),
            &Error::TooLarge { what: "the confusion matrix", rows: classes, columns: classes },
            &format!("no memory for the confusion matrix: {classes} rows of {classes} columns"),
        );
    }
}

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
    // It is least where p = y: then it is the entropy, of distributions of a single class 0.
    assert!(log_loss(&y, &y).unwrap() < expected);
    let sure = one_hot::<F>(&[2, 1], 3).unwrap();
    assert_eq!(log_loss(&sure, &sure).unwrap().to_bits(), 0.0_f64.to_bits());
    // A sum that rounding takes beyond 1.
    let above = to_f(array![[1.0 + 4.0 * F::epsilon().as_f64(), 0.0]]);
    assert_eq!(log_loss(&to_f(array![[1.0, 0.0]]), &above), Ok(0.0));
}

#[test]
fn log_loss_is_the_cross_entropy() {
    log_losses::<f64>(1e-15);
    // The probabilities are rounded.
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
    // Where y is 0, nothing is added.
    assert_eq!(log_loss(&array![[0.0, 1.0]], &array![[0.0, 1.0]]), Ok(0.0));
}

#[test]
fn log_loss_is_what_a_softmax_network_reports() {
    let builder = Dnn::builder().input_shape(3).shape([4]).activations([Identity]).softmax(true);
    let net: Dnn = builder.regularization(0.0).build().unwrap();
    let (x, y) = (noise(300, 3), one_hot(&Vec::from_iter((0..300).map(|i| i % 4)), 4).unwrap());
    let loss = log_loss(&y, &net.predict(&x).unwrap()).unwrap();
    assert_near(loss, net.objective(&x, &y).unwrap(), 1e-13);
}

#[test]
fn log_loss_refuses_rows_that_are_not_distributions() {
    let good = array![[0.5, 0.5], [1.0, 0.0]];
    for (row, [a, b]) in [
        (0, [1.0, 1.0]),
        (1, [0.0, 0.0]),
        (1, [1.5, -0.5]),
        (0, [0.5, 0.5 + 1.1e-6]),
        (1, [f64::MAX, f64::MAX]),
    ] {
        let mut bad = good.clone();
        bad.row_mut(row).assign(&array![a, b]);
        let (sum, minimum, tolerance) = (a + b, a.min(b), 1e-6);
        for (what, result) in [("y", log_loss(&bad, &good)), ("probabilities", log_loss(&good, &bad))] {
            let text = format!(
                "row {row} of {what} must be values of at least 0 that sum to 1 within 1e-6, \
                 found a sum of {sum:?} and a smallest value of {minimum:?}"
            );
            assert_refused(result, &Error::NotADistribution { what, row, sum, minimum, tolerance }, &text);
        }
    }
    // The tolerance is wider in f32.
    let y = array![[1.0_f32, 0.0]];
    assert!(log_loss(&y, &array![[0.5, 0.5 + 0.9e-4]]).is_ok());
    assert!(log_loss(&y, &array![[0.5, 0.5 + 1.1e-4]]).is_err());
}

fn values<F: Scalar>() -> (Array2<F>, Array2<F>) {
    let y = array![[3.0, -0.5], [2.0, 0.25], [-1.0, 4.0], [7.0, 2.0]];
    let predicted = array![[2.5, 0.0], [2.0, 0.5], [-1.5, 3.0], [8.0, 2.25]];
    (y.mapv(F::from_f64), predicted.mapv(F::from_f64))
}

fn metrics_of_values<F: Scalar>() {
    let (y, predicted) = values::<F>();
    // root_mean_squared_error(y.ravel(), predicted.ravel()), r2_score(y, predicted)
    assert_near(rmse(&y, &predicted).unwrap(), 0.5994789404140899, 1e-15);
    assert_near(r2(&y, &predicted).unwrap(), 0.9200304947475768, 1e-15);
    // r2_score(…, multioutput="raw_values")
    for (column, expected) in [(0, 0.95419847), (1, 0.88586252)] {
        let column = s![.., column..=column];
        assert_near(r2(&y.slice(column), &predicted.slice(column)).unwrap(), expected, 1e-8);
    }
    let both = (rmse(&y, &predicted), r2(&y, &predicted));
    in_each_layout(&y, |y| in_each_layout(&predicted, |p| assert_eq!((rmse(y, p), r2(y, p)), both)));
    // r2_score of a column that is constant, predicted exactly and not.
    let y = array![[1.0, 2.0], [1.0, 3.0], [1.0, 4.0]].mapv(F::from_f64);
    let mut predicted = array![[1.0, 2.0], [1.0, 3.0], [1.0, 4.5]].mapv(F::from_f64);
    assert_eq!(r2(&y, &predicted), Ok(0.9375));
    predicted[[2, 0]] = F::from_f64(2.0);
    assert_eq!(r2(&y, &predicted), Ok(0.4375));
    // A single row, and a constant whose mean is rounded.
    let (one, other) = (array![[F::one()]], array![[F::zero()]]);
    assert_eq!((r2(&one, &one), r2(&one, &other)), (Ok(1.0), Ok(0.0)));
    let constant = Array2::from_elem((10, 1), F::from_f64(0.1));
    assert_eq!((r2(&constant, &constant), r2(&constant, &noise(10, 1))), (Ok(1.0), Ok(0.0)));
}

#[test]
fn metrics_of_values_are_scikit_learn_s() {
    metrics_of_values::<f64>();
    metrics_of_values::<f32>();
}

#[test]
fn predicting_the_mean_explains_nothing() {
    for rows in [2, 3, 10, 1_000] {
        for offset in [0.0, 1e6] {
            let y = noise::<f64>(rows, 3) + offset;
            let mean = y.mean_axis(Axis(0)).unwrap();
            // The mean is rounded, and so is not quite the best constant.
            assert!(r2(&y, &mean.broadcast(y.dim()).unwrap()).unwrap().abs() < 1e-14);
            assert_eq!((r2(&y, &y), rmse(&y, &y)), (Ok(1.0), Ok(0.0)));
        }
    }
}

#[test]
fn metrics_of_values_do_not_care_about_the_unit() {
    let (y, predicted) = values::<f64>();
    let (error, explained) = (rmse(&y, &predicted).unwrap(), r2(&y, &predicted).unwrap());
    // Powers of two, from where all squares vanish to where they overflow.
    for exponent in [-1000, -600, -1, 1, 600, 1000] {
        let unit = 2.0_f64.powi(exponent);
        let (y, predicted) = (&y * unit, &predicted * unit);
        assert_eq!((rmse(&y, &predicted), r2(&y, &predicted)), (Ok(error * unit), Ok(explained)));
    }
    // Large beside what matters. The shift is exact, for all values are eighths.
    let (y, predicted) = (y + 1e9, predicted + 1e9);
    assert_eq!(rmse(&y, &predicted), Ok(error));
    assert_near(r2(&y, &predicted).unwrap(), explained, 1e-15);
}

type Metric = fn(&Array2<f64>, &Array2<f64>) -> Result<f64, Error>;

#[test]
fn metrics_of_arrays_refuse() {
    let zeros = |rows, columns| Array2::<f64>::zeros((rows, columns));
    let metrics: [(Metric, &str); 3] = [
        (|y, p| log_loss(y, p), "probabilities"),
        (|y, p| rmse(y, p), "predicted"),
        (|y, p| r2(y, p), "predicted"),
    ];
    for (metric, what) in metrics {
        for (rows, columns) in [(0, 2), (3, 0), (0, 0)] {
            assert_refused(
                metric(&zeros(rows, columns), &zeros(rows, columns)),
                &Error::Empty { what: "y", rows, columns },
                &format!("y must not be empty, found {rows} rows of {columns} columns"),
            );
        }
        for found in [0, 1, 2, 4] {
            assert_refused(
                metric(&zeros(3, 2), &zeros(found, 2)),
                &wrong_shape(what, Extent::Rows, 3, found),
                &format!("{what} must have 3 rows, found {found}"),
            );
        }
        for found in [0, 1, 3] {
            assert_refused(
                metric(&zeros(3, 2), &zeros(3, found)),
                &wrong_shape(what, Extent::Columns, 2, found),
                &format!("{what} must have 2 columns, found {found}"),
            );
        }
        let good = array![[1.0, 0.0], [0.5, 0.5], [0.25, 0.75]];
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for [row, column] in [[0, 0], [1, 1], [2, 1]] {
                let mut bad = good.clone();
                bad[[row, column]] = value;
                let at = format!("must be finite, found NaN or infinity in row {row}, column {column}");
                for (what, result) in [("y", metric(&bad, &good)), (what, metric(&good, &bad))] {
                    assert_refused(result, &Error::NonFinite { what, row, column }, &format!("{what} {at}"));
                }
            }
        }
    }
}

#[test]
fn metrics_that_overflow() {
    let (y, predicted) = (array![[0.0, 0.0], [0.0, f64::MAX]], array![[0.0, 0.0], [1.0, f64::MIN]]);
    let expected = Error::NonFinite { what: "y - predicted", row: 1, column: 1 };
    let text = "y - predicted must be finite, found NaN or infinity in row 1, column 1";
    assert_refused(rmse(&y, &predicted), &expected, text);
    assert_refused(r2(&y, &predicted), &expected, text);
    // The largest that there are.
    let huge = array![[f64::MAX], [f64::MIN]];
    assert_eq!(rmse(&huge, &array![[0.0], [0.0]]), Ok(f64::MAX));
    assert_eq!(r2(&huge, &array![[0.0], [0.0]]), Ok(0.0));
    assert_refused(
        r2(&array![[0.0, 0.0], [1.0, 1e-200]], &array![[0.0, 0.0], [1.0, 1.0]]),
        &Error::NonFinite { what: "the r2", row: 0, column: 1 },
        "the r2 must be finite, found NaN or infinity in row 0, column 1",
    );
    // In f32 no difference overflows.
    assert_near(rmse(&array![[f32::MAX]], &array![[f32::MIN]]).unwrap(), 2.0 * f64::from(f32::MAX), 0.0);
}

// Scaling.

fn scaled<F: Scalar>() -> Array2<F> {
    let x = [[1.5, -2.0, 0.1], [2.5, 4.0, 0.1], [-0.5, 1.0, 0.1], [7.25, 0.125, 0.1], [3.0, -8.5, 0.1]];
    Array2::from(x.to_vec()).mapv(F::from_f64)
}

fn known_scales<F: Scalar>(relative: f64) {
    let x = scaled::<F>();
    let scaler = StandardScaler::fit(&x).unwrap();
    // StandardScaler().fit(x): mean_, scale_, transform(x). Fractions and a root of 60 digits agree.
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
fn scales_are_scikit_learn_s() {
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
    // And back, also of what was not fitted.
    for x in [x.clone(), noise(7, 3), Array2::default((0, 3))] {
        let back = scaler.inverse_transform(&scaler.transform(&x).unwrap()).unwrap();
        assert_eq!(back.dim(), x.dim());
        back.iter().zip(&x).for_each(|(back, x)| assert!((*back - *x).as_f64().abs() < 100.0 * near));
    }
    // A shift and a scale of the data are undone. They round a little.
    let other = x.mapv(|value| value * F::from_f64(-4.0) + F::from_f64(64.0));
    let other = StandardScaler::fit(&other).unwrap().transform(&other).unwrap();
    other.iter().zip(&z).for_each(|(other, z)| assert!((*other + *z).as_f64().abs() < 10.0 * near));
    // Row by row or at once, and in any layout: the same bits.
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
fn scaling_gives_mean_0_and_deviation_1_and_is_undone() {
    scaling_laws::<f64>(1e-14);
    scaling_laws::<f32>(3e-7);
}

#[test]
fn small_differences_of_large_values_are_kept() {
    // 1e9 and eighths, sixteenths: exact. The numbers are fractions and roots of 60 digits.
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
    // The last digit alone.
    let x = array![[1.0], [1.0 + f64::EPSILON]];
    let scaler = StandardScaler::fit(&x).unwrap();
    assert_eq!(scaler.scales(), array![f64::EPSILON / 2.0]);
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
    // A deviation that is no f64.
    let scaler = StandardScaler::fit(&array![[0.0], [5e-324]]).unwrap();
    assert!(scaler.scales()[0] > 0.0);
    assert!(scaler.transform(&array![[1.0]]).is_ok_and(|z: Array2<f64>| z[[0, 0]] > 0.0));
}

#[test]
fn data_that_cannot_be_scaled() {
    for (rows, columns) in [(0, 2), (2, 0), (0, 0)] {
        assert_refused(
            StandardScaler::fit(&Array2::<f64>::zeros((rows, columns))),
            &Error::Empty { what: "x", rows, columns },
            &format!("x must not be empty, found {rows} rows of {columns} columns"),
        );
    }
    let x = array![[1.0, 2.0], [2.0, 4.0], [-3.0, 2.0]];
    let scaler = StandardScaler::fit(&x).unwrap();
    for found in [0, 1, 3] {
        let expected = wrong_shape("x", Extent::Columns, 2, found);
        let text = format!("x must have 2 columns, found {found}");
        for rows in [0, 3] {
            assert_refused(scaler.transform(&Array2::<f64>::zeros((rows, found))), &expected, &text);
        }
    }
    assert_refused(
        scaler.inverse_transform(&array![[1.0_f32]]),
        &wrong_shape("z", Extent::Columns, 2, 1),
        "z must have 2 columns, found 1",
    );
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for [row, column] in [[0, 0], [1, 1], [2, 0]] {
            let mut bad = x.clone();
            bad[[row, column]] = value;
            let expected = |what| Error::NonFinite { what, row, column };
            let text =
                |what| format!("{what} must be finite, found NaN or infinity in row {row}, column {column}");
            assert_refused(StandardScaler::fit(&bad), &expected("x"), &text("x"));
            assert_refused(scaler.transform(&bad), &expected("x"), &text("x"));
            assert_refused(scaler.inverse_transform(&bad), &expected("z"), &text("z"));
        }
    }
    let (rows, row) = (1 << 60, array![0.0, 0.0]);
    let this = scaler.clone();
    assert_refused(
        soon(move || this.transform(&row.broadcast((rows, 2)).unwrap())),
        &Error::TooLarge { what: "the result", rows, columns: 2 },
        &format!("no memory for the result: {rows} rows of 2 columns"),
    );
    assert_refused(
        soon(move || StandardScaler::fit(&array![[0.0]].broadcast((1, rows)).unwrap())),
        &Error::TooLarge { what: "the means", rows: 1, columns: rows },
        &format!("no memory for the means: 1 rows of {rows} columns"),
    );
}

#[test]
fn scalers_of_given_means_and_scales() {
    let fitted = StandardScaler::fit(&noise::<f64>(9, 3)).unwrap();
    let again = StandardScaler::new(fitted.means().to_owned(), fitted.scales().to_owned());
    assert_eq!(again, Ok(fitted));
    let new =
        |means: &[f64], scales: &[f64]| StandardScaler::new(means.to_vec().into(), scales.to_vec().into());
    let empty = Error::Empty { what: "means", rows: 0, columns: 1 };
    assert_refused(new(&[], &[]), &empty, "means must not be empty, found 0 elements");
    let length = wrong_shape("scales", Extent::Elements, 2, 1);
    assert_refused(new(&[0.0, 1.0], &[1.0]), &length, "scales must have 2 elements, found 1");
    assert_eq!(
        new(&[0.0, f64::NAN], &[1.0, 1.0]),
        Err(Error::NonFinite { what: "means", row: 0, column: 1 })
    );
    for value in [0.0, -1.0, f64::INFINITY] {
        let range = "greater than 0 and finite in f64";
        assert_refused(
            new(&[0.0, 1.0], &[1.0, value]),
            &out_of_range("scales", Place::Index(1), range, value),
            &format!("scales[1] must be {range}, found {}", number(value)),
        );
    }
}

#[test]
fn scaled_values_that_overflow() {
    let narrow = StandardScaler::fit(&array![[0.0, 0.0], [1.0, 1e-300]]).unwrap();
    let wide = StandardScaler::fit(&array![[0.0, 0.0], [1.0, 1e300]]).unwrap();
    let expected = Error::NonFinite { what: "the result", row: 1, column: 1 };
    let text = "the result must be finite, found NaN or infinity in row 1, column 1";
    let (before_narrow, before_wide) = (narrow.clone(), wide.clone());
    assert_refused(narrow.transform(&array![[1.0, 1e-300], [1.0, 1e10]]), &expected, text);
    assert_refused(wide.inverse_transform(&array![[1.0, 1.0], [1.0, 1e10]]), &expected, text);
    assert_eq!((&narrow, &wide), (&before_narrow, &before_wide));
    // What is a number in f64 is none in f32.
    assert_refused(wide.inverse_transform(&array![[1.0_f32, -1.0], [1.0, 1.0]]), &expected, text);
    assert!(wide.inverse_transform(&array![[1.0_f64, -1.0], [1.0, 1.0]]).is_ok());
    // A product that is too large before the mean is added.
    let scaler = StandardScaler::fit(&array![[f64::MAX], [-f64::MAX], [-f64::MAX]]).unwrap();
    assert_near(
        scaler.inverse_transform(&array![[1.3]]).unwrap()[[0, 0]],
        (1.3 * 0.9428090415820634 - 1.0 / 3.0) * f64::MAX,
        1e-15,
    );
}
