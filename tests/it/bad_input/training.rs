//! Runs of training: sample weights, validation data, early stopping.

use ndarray_dnn::error::{Extent, Place};
use ndarray_dnn::ndarray::{Array1, Array2, array};
use ndarray_dnn::{BatchOrder, Dnn, EarlyStopping, Error};

use super::support::{Bench, builder, conflict, number, out_of_range, soon, with, wrong_shape, zero};

/// Weights of 3 rows that are refused, with the error for an argument of this name.
fn bad_weights(name: &'static str, mean: &'static str) -> Vec<(Array1<f64>, Error, String)> {
    let mut cases = Vec::new();
    for found in [0, 1, 2, 4] {
        let text = format!("{name} must have 3 elements, found {found}");
        cases.push((Array1::ones(found), wrong_shape(name, Extent::Elements, 3, found), text));
    }
    let range = "at least 0 and finite in f64";
    for weight in [-1.0, -5e-324, f64::INFINITY, f64::NEG_INFINITY] {
        let text = format!("{name}[1] must be {range}, found {}", number(weight));
        cases.push((array![1.0, weight, 0.0], out_of_range(name, Place::Index(1), range, weight), text));
    }
    let range = "greater than 0 and finite in f64";
    let text = format!("{mean} must be {range}, found 0");
    cases.push((array![0.0, -0.0, 0.0], out_of_range(mean, Place::Whole, range, 0.0), text));
    cases
}

#[test]
fn sample_weights() {
    let bench = Bench::new(false);
    let (x, y) = (&bench.x, &bench.y);
    for (weights, expected, text) in bad_weights("sample_weights", "the mean of sample_weights") {
        bench.refuses(&expected, &text, |bench| {
            bench.net.training(x, y).sample_weights(&weights).run().map(drop)
        });
        // As factors, all of them may be 0.
        if !matches!(expected, Error::OutOfRange { at: Place::Whole, .. }) {
            bench.refuses(&expected, &text, |bench| bench.net.partial_fit_weighted(x, y, &weights).map(drop));
        }
    }
    let mut net = bench.net.clone();
    let refused = net.training(x, y).sample_weights(&array![0.0, 1.0, f64::NAN]).run().unwrap_err();
    assert_eq!(refused.to_string(), "sample_weights[2] must be at least 0 and finite in f64, found NaN");
    assert!(matches!(refused, Error::OutOfRange { at: Place::Index(2), value, .. } if value.is_nan()));
    for mean in [0.0, -1.0, f64::INFINITY] {
        let range = "greater than 0 and finite in f64";
        let text = format!("mean_weight must be {range}, found {}", number(mean));
        bench.refuses(&out_of_range("mean_weight", Place::Whole, range, mean), &text, |bench| {
            bench.net.training(x, y).mean_weight(mean).run().map(drop)
        });
    }
}

#[test]
fn validation_weights() {
    let bench = Bench::new(false);
    let (x, y) = (&bench.x, &bench.y);
    for (weights, inner, text) in bad_weights("validation_weights", "the mean of validation_weights") {
        let expected = Error::Validation(Box::new(inner));
        bench.refuses(&expected, &format!("invalid validation data: {text}"), |bench| {
            bench.net.training(x, y).validation(x, y).validation_weights(&weights).run().map(drop)
        });
    }
    let not_set = Error::NotSet { name: "validation", needed_by: "validation_weights" };
    bench.refuses(&not_set, "validation must be set: validation_weights needs it", |bench| {
        bench.net.training(x, y).validation_weights(&array![1.0, 1.0, 1.0]).run().map(drop)
    });
}

#[test]
fn validation_data_and_early_stopping() {
    let bench = Bench::new(false);
    let (x, y) = (&bench.x, &bench.y);
    let refuses = |xv: &Array2<f64>, yv: &Array2<f64>, inner: Error| {
        let text = format!("invalid validation data: {inner}");
        let expected = Error::Validation(Box::new(inner));
        bench.refuses(&expected, &text, |bench| bench.net.training(x, y).validation(xv, yv).run().map(drop));
    };
    refuses(&Array2::ones((0, 2)), y, Error::Empty { what: "x", rows: 0, columns: 2 });
    refuses(x, &Array2::ones((2, 2)), wrong_shape("y", Extent::Rows, 3, 2));
    refuses(&Array2::ones((3, 1)), y, wrong_shape("x", Extent::Columns, 2, 1));
    refuses(x, &Array2::ones((3, 3)), wrong_shape("y", Extent::Columns, 2, 3));
    refuses(&with(x, [1, 0], f64::NAN), y, Error::NonFinite { what: "x", row: 1, column: 0 });
    refuses(x, &with(y, [2, 1], f64::INFINITY), Error::NonFinite { what: "y", row: 2, column: 1 });

    let stops = |early_stopping: EarlyStopping, expected: Error, text: &str| {
        bench.refuses(&expected, text, |bench| {
            bench.net.training(x, y).validation(x, y).early_stopping(early_stopping).run().map(drop)
        });
    };
    let five = EarlyStopping::new(5);
    stops(EarlyStopping::new(0), zero("patience"), "patience must be at least 1, found 0");
    for value in [-1.0, -5e-324, f64::INFINITY] {
        stops(
            five.clone().min_delta(value),
            out_of_range("min_delta", Place::Whole, "at least 0 and finite in f64", value),
            &format!("min_delta must be at least 0 and finite in f64, found {}", number(value)),
        );
    }
    let not_set = Error::NotSet { name: "validation", needed_by: "early_stopping" };
    bench.refuses(&not_set, "validation must be set: early_stopping needs it", |bench| {
        bench.net.training(x, y).early_stopping(five.clone()).run().map(drop)
    });
    bench.refuses(&zero("max_epochs"), "max_epochs must be at least 1, found 0", |bench| {
        bench.net.training(x, y).max_epochs(0).run().map(drop)
    });
}

#[test]
fn mini_batches_of_an_epoch() {
    let bench = Bench::new(false);
    let (x, y) = (&bench.x, &bench.y);
    bench.refuses(&zero("batches_per_epoch"), "batches_per_epoch must be at least 1, found 0", |bench| {
        bench.net.training(x, y).batches_per_epoch(0).run().map(drop)
    });
    let (found, other) =
        ("batches_per_epoch(3)", "batch_order(Cyclic), whose epoch has as many mini-batches as rows");
    let text = format!("{found} cannot be combined with {other}");
    let mut cyclic = bench.clone();
    cyclic.net.reconfigure(|builder| builder.batch_order(BatchOrder::Cyclic)).unwrap();
    cyclic.refuses(&conflict("batches_per_epoch", found, other), &text, |bench| {
        bench.net.training(x, y).batches_per_epoch(3).run().map(drop)
    });
    // Without rows, there must be a function that may get those of other machines, and a number of mini-batches.
    let (no_x, no_y) = (Array2::zeros((0, 2)), Array2::zeros((0, 2)));
    let empty = Error::Empty { what: "x", rows: 0, columns: 2 };
    let text = "x must not be empty, found 0 rows of 2 columns";
    bench
        .refuses(&empty, text, |bench| bench.net.training(&no_x, &no_y).batches_per_epoch(3).run().map(drop));
    bench.refuses(&empty, text, |bench| {
        bench.net.training(&no_x, &no_y).on_gradients(|_| Ok::<(), Error>(())).run().map(drop)
    });
    let of_no_rows = |bench: &mut Bench, x: &Array2<f64>, y: &Array2<f64>| {
        let training = bench.net.training(x, y).batches_per_epoch(3);
        training.on_gradients(|_| Ok::<(), Error>(())).run().map(drop)
    };
    let shape = wrong_shape("x", Extent::Columns, 2, 3);
    bench.refuses(&shape, "x must have 2 columns, found 3", |bench| {
        of_no_rows(bench, &Array2::zeros((0, 3)), &no_y)
    });
    let shape = wrong_shape("y", Extent::Rows, 0, 3);
    bench.refuses(&shape, "y must have 0 rows, found 3", |bench| of_no_rows(bench, &no_x, y));
    // The mean of no weights is unknown.
    let range = "greater than 0 and finite in f64";
    let mean = out_of_range("the mean of sample_weights", Place::Whole, range, 0.0);
    let text = format!("the mean of sample_weights must be {range}, found 0");
    bench.refuses(&mean, &text, |bench| {
        let no_weights = Array1::ones(0);
        let training = bench.net.training(&no_x, &no_y).batches_per_epoch(3).sample_weights(&no_weights);
        training.on_gradients(|_| Ok::<(), Error>(())).run().map(drop)
    });
}

#[test]
fn a_permutation_that_does_not_fit_in_memory() {
    for order in [BatchOrder::Shuffled, BatchOrder::ShuffledByEpoch] {
        let refused = soon(move || {
            let (x, y) = (array![0.5, -0.5], array![0.0, 0.0]);
            let mut net: Dnn = builder().batch_order(order).build().unwrap();
            let before = net.clone();
            let fitted = net.fit(&x.broadcast((1 << 60, 2)).unwrap(), &y.broadcast((1 << 60, 2)).unwrap());
            assert_eq!(net, before);
            fitted
        });
        assert!(matches!(refused, Err(Error::TooLarge { rows, .. }) if rows == 1 << 60), "{order}");
    }
}

#[test]
fn metrics_and_early_stopping_by_them() {
    let bench = Bench::new(false);
    let (x, y) = (&bench.x, &bench.y);
    let five = EarlyStopping::new(5);
    let by = |metric, names: &str| {
        let (found, other) =
            (format!("EarlyStopping::by({metric:?})"), format!("metrics of the names {names}"));
        (conflict("early_stopping", &found, &other), format!("{found} cannot be combined with {other}"))
    };
    for metric in ["", "MAE", "mae "] {
        let (expected, text) = by(metric, "[\"mae\"]");
        bench.refuses(&expected, &text, |bench| {
            let training = bench.net.training(x, y).validation(x, y).metric("mae", |_, _| 0.0);
            training.early_stopping(five.clone().by(metric)).run().map(drop)
        });
        let (expected, text) = by(metric, "[]");
        bench.refuses(&expected, &text, |bench| {
            bench.net.training(x, y).validation(x, y).early_stopping(five.clone().by(metric)).run().map(drop)
        });
    }
    let (found, other) = ("EarlyStopping::maximize()", "a judgement by the validation loss");
    let text = format!("{found} cannot be combined with {other}");
    bench.refuses(&conflict("early_stopping", found, other), &text, |bench| {
        bench.net.training(x, y).validation(x, y).early_stopping(five.clone().maximize()).run().map(drop)
    });
    // Also by a metric.
    let not_set = Error::NotSet { name: "validation", needed_by: "early_stopping" };
    bench.refuses(&not_set, "validation must be set: early_stopping needs it", |bench| {
        let training = bench.net.training(x, y).metric("mae", |_, _| 0.0);
        training.early_stopping(five.clone().by("mae")).run().map(drop)
    });
    let (found, other) = ("metric(\"mae\")", "another metric of this name");
    let text = "metric(\"mae\") cannot be combined with another metric of this name";
    bench.refuses(&conflict("metric", found, other), text, |bench| {
        let training = bench.net.training(x, y).metric("mae", |_, _| 0.0).metric("rmse", |_, _| 0.0);
        training.metric("mae", |_, _| 1.0).run().map(drop)
    });
    let empty = Error::Empty { what: "the name of a metric", rows: 0, columns: 1 };
    bench.refuses(&empty, "the name of a metric must not be empty, found 0 elements", |bench| {
        bench.net.training(x, y).metric("", |_, _| 0.0).run().map(drop)
    });
}
