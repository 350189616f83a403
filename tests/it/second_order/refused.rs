//! Bad settings and data are refused with their numbers, and change nothing.

use ndarray_dnn::Activation::{Identity, Sigmoid, Tanh};
use ndarray_dnn::error::{Extent, Place};
use ndarray_dnn::ndarray::{Array1, Array2, ArrayView2};
use ndarray_dnn::second_order::{LevenbergMarquardt, LmReport};
use ndarray_dnn::{Dnn, DnnBuilder, EarlyStopping, Error, Loss, Posterior};

use super::problem;
use crate::common::errors::{assert_refused, out_of_range, wrong_shape};

type Outcome = Result<(LmReport, Posterior), Error>;

fn data() -> (Dnn, Array2<f64>, Array2<f64>) {
    problem::<f64>(&[2, 3, 1], &[Tanh, Identity], 20, 0.01, 1)
}

/// Checks that a run is refused, and that the network stays as it is.
#[track_caller]
fn check(run: impl FnOnce(LevenbergMarquardt<'_>) -> Outcome, expected: &Error, text: &str) {
    let (net, x, y) = data();
    let mut refused = net.clone();
    assert_refused(run(refused.levenberg_marquardt(&x, &y)), expected, text);
    assert_eq!(refused, net);
}

#[test]
fn networks_whose_objective_is_no_sum_of_squares() {
    type Set = fn(DnnBuilder) -> DnnBuilder;
    let cases: [(&'static str, Set, &str); 9] = [
        ("softmax", |builder| builder.softmax(true), "softmax(true)"),
        ("loss", |builder| builder.loss(Loss::BinaryCrossEntropy), "loss(BinaryCrossEntropy)"),
        ("loss", |builder| builder.loss(Loss::Poisson), "loss(Poisson)"),
        ("loss", |builder| builder.loss(Loss::Absolute), "loss(Absolute)"),
        ("loss", |builder| builder.loss(Loss::Huber { delta: 0.5 }), "loss(Huber { delta: 0.5 })"),
        ("loss", |builder| builder.loss(Loss::Quantile { tau: 0.25 }), "loss(Quantile { tau: 0.25 })"),
        ("l1", |builder| builder.l1(0.001), "l1(0.001)"),
        ("max_norm", |builder| builder.max_norm(2.0), "max_norm(2.0)"),
        ("dropout", |builder| builder.dropout([0.5]), "dropout([0.5])"),
    ];
    let (x, y) = (Array2::zeros((4, 2)), Array2::from_elem((4, 2), 0.5));
    for (name, set, found) in cases {
        let builder = Dnn::builder().input_shape(2).shape([3, 2]).activations([Sigmoid, Identity]);
        let net: Dnn = set(builder).build().unwrap();
        let mut refused = net.clone();
        let other = "levenberg_marquardt, which minimises squares and L2 alone".to_owned();
        let text = format!("{found} cannot be combined with {other}");
        let expected = Error::Conflict { name, found: found.to_owned(), other: other.into() };
        assert_refused(refused.levenberg_marquardt(&x, &y).run(), &expected, &text);
        assert_eq!(refused, net);
    }
    // Dropout with the rate 0 drops nothing.
    let builder = Dnn::builder().input_shape(2).shape([3, 2]).activations([Sigmoid, Identity]);
    let mut net: Dnn = builder.dropout([0.0]).build().unwrap();
    net.levenberg_marquardt(&x, &y).max_iterations(1).run().unwrap();
}

#[test]
fn numbers_out_of_range() {
    type Set = fn(LevenbergMarquardt<'_>, f64) -> Outcome;
    let at_least_0 = "at least 0 and finite in f64";
    let cases: [(&'static str, Set, &str, &[f64]); 3] = [
        ("gradient_tolerance", |run, value| run.gradient_tolerance(value).run(), at_least_0, &[-1e-9]),
        ("step_tolerance", |run, value| run.step_tolerance(value).run(), at_least_0, &[-1.0]),
        ("damping", |run, value| run.damping(value).run(), "greater than 0 and finite in f64", &[0.0, -1.0]),
    ];
    for (name, set, range, values) in cases {
        for &value in values.iter().chain(&[f64::NAN, f64::INFINITY]) {
            let (mut net, x, y) = data();
            let error = set(net.levenberg_marquardt(&x, &y), value).unwrap_err();
            assert!(matches!(&error, Error::OutOfRange { name: found, .. } if *found == name), "{error}");
            assert!(error.to_string().starts_with(&format!("{name} must be {range}, found ")), "{error}");
        }
    }
    let expected = out_of_range("max_iterations", Place::Whole, "at least 1", 0.0);
    check(|run| run.max_iterations(0).run(), &expected, "max_iterations must be at least 1, found 0");
}

#[test]
fn early_stopping_without_its_data_or_by_a_metric() {
    let not_set = |needed_by| Error::NotSet { name: "validation", needed_by };
    let text = |needed_by| format!("validation must be set: {needed_by} needs it");
    let early = EarlyStopping::new(3);
    check(|run| run.early_stopping(early.clone()).run(), &not_set("early_stopping"), &text("early_stopping"));
    let weights = Array1::ones(20);
    let (net, x, y) = data();
    let mut refused = net.clone();
    let run = refused.levenberg_marquardt(&x, &y).validation_weights(&weights);
    assert_refused(run.run(), &not_set("validation_weights"), &text("validation_weights"));
    assert_eq!(refused, net);

    let expected = out_of_range("patience", Place::Whole, "at least 1", 0.0);
    let zero = EarlyStopping::new(0);
    check(|run| run.early_stopping(zero).run(), &expected, "patience must be at least 1, found 0");
    let (found, other) = ("EarlyStopping::by(\"r2\")".to_owned(), "metrics of the names []".to_owned());
    let text = format!("{found} cannot be combined with {other}");
    let expected = Error::Conflict { name: "early_stopping", found, other: other.into() };
    check(|run| run.early_stopping(early.by("r2")).run(), &expected, &text);
}

#[test]
fn data_of_wrong_shapes_and_values() {
    let (net, x, y) = data();
    let mut refused = net.clone();
    let bad = Array2::zeros((20, 3));
    let error = wrong_shape("x", Extent::Columns, 2, 3);
    assert_refused(refused.levenberg_marquardt(&bad, &y).run(), &error, "x must have 2 columns, found 3");
    let short = Array2::zeros((19, 1));
    let error = wrong_shape("y", Extent::Rows, 20, 19);
    let text = "y must have 20 rows, found 19";
    assert_refused(refused.levenberg_marquardt(&x, &short).run(), &error, text);
    let run = refused.levenberg_marquardt(&x, &y).validation(&x, &short);
    let text = format!("invalid validation data: {text}");
    assert_refused(run.run(), &Error::Validation(Box::new(error)), &text);
    let none = (Array2::zeros((0, 2)), Array2::zeros((0, 1)));
    let error = Error::Empty { what: "x", rows: 0, columns: 2 };
    let text = "x must not be empty, found 0 rows of 2 columns";
    assert_refused(refused.levenberg_marquardt(&none.0, &none.1).run(), &error, text);
    for value in [f64::NAN, f64::INFINITY] {
        let (mut x_bad, mut y_bad) = (x.clone(), y.clone());
        (x_bad[[7, 1]], y_bad[[9, 0]]) = (value, value);
        let error = |what, row, column| Error::NonFinite { what, row, column };
        let text = |what, row, column| {
            format!("{what} must be finite, found NaN or infinity in row {row}, column {column}")
        };
        let run = refused.levenberg_marquardt(&x_bad, &y);
        assert_refused(run.run(), &error("x", 7, 1), &text("x", 7, 1));
        let run = refused.levenberg_marquardt(&x, &y_bad);
        assert_refused(run.run(), &error("y", 9, 0), &text("y", 9, 0));
    }
    let weights = Array1::ones(19);
    let error = wrong_shape("sample_weights", Extent::Elements, 20, 19);
    let text = "sample_weights must have 20 elements, found 19";
    assert_refused(refused.levenberg_marquardt(&x, &y).sample_weights(&weights).run(), &error, text);
    let mut weights = Array1::ones(20);
    weights[4] = -1.0;
    let error = out_of_range("sample_weights", Place::Index(4), "at least 0 and finite in f64", -1.0);
    let text = "sample_weights[4] must be at least 0 and finite in f64, found -1";
    assert_refused(refused.levenberg_marquardt(&x, &y).sample_weights(&weights).run(), &error, text);
    assert_eq!(refused, net);
}

#[test]
fn numbers_that_overflow() {
    let (net, x, _) = data();
    let mut refused = net.clone();
    let huge = Array2::from_elem((20, 1), 1e200);
    let error = out_of_range("the objective", Place::Whole, "finite in f64", f64::INFINITY);
    let text = "the objective must be finite in f64, found inf";
    assert_refused(refused.levenberg_marquardt(&x, &huge).run(), &error, text);
    // The outputs of tanh are finite, the derivatives by the first weights are not: 1e200² overflows.
    let x = Array2::from_shape_fn((20, 2), |(i, j)| if (i, j) == (3, 1) { 1e200 } else { 0.0 });
    let layers = [
        ndarray_dnn::Layer::new(Array2::zeros((3, 2)), Array1::zeros(3), Tanh).unwrap(),
        ndarray_dnn::Layer::new(Array2::ones((1, 3)), Array1::zeros(1), Identity).unwrap(),
    ];
    let net = Dnn::builder().build_from(layers).unwrap();
    let mut refused = net.clone();
    let y = Array2::ones((20, 1));
    let error = refused.levenberg_marquardt(&x, &y).run().unwrap_err();
    assert!(matches!(error, Error::NonFinite { what: "JᵀJ", row, column } if row == column), "{error}");
    assert_eq!(refused, net);
}

/// 1.3 million parameters would need 14 terabytes.
#[test]
fn too_many_parameters_are_refused_with_their_number() {
    let builder = Dnn::builder().input_shape(1000).shape([1300, 1]).activations([Tanh, Identity]);
    let net: Dnn<f32> = builder.build().unwrap();
    let parameters = net.parameter_count();
    assert_eq!(parameters, 1000 * 1300 + 1300 + 1300 + 1);
    let mut refused = net.clone();
    // A row that is repeated a thousand million times, without memory: nothing is read before the error.
    let (x, y) = ([0.0; 1000], [0.0; 1]);
    let x = ArrayView2::from_shape((1, 1000), &x).unwrap();
    let (x, y) = (x.broadcast((1 << 30, 1000)).unwrap(), ArrayView2::from_shape((1, 1), &y).unwrap());
    let y = y.broadcast((1 << 30, 1)).unwrap();
    let what = "JᵀJ and its Cholesky factor";
    let error = Error::TooLarge { what, rows: parameters, columns: parameters };
    let text = format!("no memory for {what}: {parameters} rows of {parameters} columns");
    let refusal = refused.levenberg_marquardt(&x, &y).run();
    assert_eq!(refusal.as_ref().err(), Some(&error));
    assert_eq!(refusal.unwrap_err().to_string(), text);
    assert_eq!(refused, net);
}
