//! Data sets, inputs and targets.

use ndarray_dnn::error::{Extent, Place};
use ndarray_dnn::ndarray::{Array2, array, s};
use ndarray_dnn::{Dnn, Error, Loss, Pass};

use super::support::{Bench, assert_refused, builder, out_of_range, soon, with, wrong_shape};

#[test]
fn data_of_the_wrong_size() {
    let bench = Bench::new(false);
    let zeros = |rows, columns| Array2::zeros((rows, columns));
    for (x, y, what, rows, columns) in [
        (zeros(0, 2), zeros(0, 2), "x", 0, 2),
        (zeros(3, 0), zeros(3, 2), "x", 3, 0),
        (zeros(0, 0), zeros(3, 2), "x", 0, 0),
        (zeros(isize::MAX as usize, 0), zeros(3, 2), "x", isize::MAX as usize, 0),
        (zeros(3, 2), zeros(0, 2), "y", 0, 2),
        (zeros(3, 2), zeros(3, 0), "y", 3, 0),
    ] {
        let text = format!("{what} must not be empty, found {rows} rows of {columns} columns");
        let expected = Error::Empty { what, rows, columns };
        bench.refuses_data(&x, &y, &expected, &text);
        if what == "x" {
            bench.refuses_batch(&x, &expected, &text);
        }
    }
    for found in [1, 2, 4, 100] {
        let expected = wrong_shape("y", Extent::Rows, 3, found);
        let text = format!("y must have 3 rows, found {found}");
        bench.refuses_data(&zeros(3, 2), &zeros(found, 2), &expected, &text);
    }
    for found in [1, 3] {
        let expected = |what| wrong_shape(what, Extent::Columns, 2, found);
        let text = |what| format!("{what} must have 2 columns, found {found}");
        bench.refuses_data(&zeros(3, found), &zeros(3, 2), &expected("x"), &text("x"));
        bench.refuses_data(&zeros(3, 2), &zeros(3, found), &expected("y"), &text("y"));
        bench.refuses_input(&zeros(3, found), &expected("x"), &text("x"));
    }
    let expected = wrong_shape("x", Extent::Columns, 2, 0);
    bench.refuses(&expected, "x must have 2 columns, found 0", |bench| {
        bench.net.predict(&Array2::zeros((0, 0))).map(drop)
    });
}

#[test]
fn rows_of_the_wrong_length() {
    let bench = Bench::new(false);
    for found in [0, 1, 3, 4] {
        let expected = |what| wrong_shape(what, Extent::Elements, 2, found);
        let text = |what| format!("{what} must have 2 elements, found {found}");
        let (row, mut y) = (vec![0.0; found], vec![7.0; found]);
        bench.refuses(&expected("x"), &text("x"), |bench| bench.net.predict_row(&row).map(drop));
        bench.refuses(&expected("x"), &text("x"), |bench| {
            bench.net.predict_row_into(&row, &mut [0.0; 2], &mut bench.pass)
        });
        bench.refuses(&expected("y"), &text("y"), |bench| {
            bench.net.predict_row_into(&[0.0; 2], &mut y, &mut bench.pass)
        });
        assert_eq!(y, vec![7.0; found]);
    }
}

#[test]
fn data_that_are_not_finite() {
    for bench in [Bench::new(false), Bench::new(true)] {
        for value in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for [row, column] in [[0, 0], [0, 1], [2, 0], [2, 1]] {
                let expected = |what| Error::NonFinite { what, row, column };
                let text = |what| {
                    format!("{what} must be finite, found NaN or infinity in row {row}, column {column}")
                };
                // The error names the first one, not the later one.
                let x = with(&with(&bench.x, [2, 1], f64::NAN), [row, column], value);
                let y = with(&with(&bench.y, [2, 1], f64::NAN), [row, column], value);
                let d = with(&bench.d, [row, column], value);
                bench.refuses_data(&x, &bench.y, &expected("x"), &text("x"));
                bench.refuses_input(&x, &expected("x"), &text("x"));
                bench.refuses_data(&bench.x, &y, &expected("y"), &text("y"));
                bench.refuses_targets(&bench.pass, &y, &expected("y"), &text("y"));
                bench.refuses_error(&bench.pass, &d, &expected("d"), &text("d"));
            }
        }
    }
    // In any memory layout, by the row and column of the view.
    let bench = Bench::new(false);
    let x = array![[0.0, 0.0, f64::NAN], [0.0, 0.0, 0.0]];
    let expected = |row, column| Error::NonFinite { what: "x", row, column };
    assert_eq!(bench.net.predict(&x.t()).unwrap_err(), expected(2, 0));
    assert_eq!(bench.net.predict(&x.t().slice(s![..;-1, ..;-1])).unwrap_err(), expected(0, 1));
    let block = Array2::from_shape_fn((1000, 2), |(i, j)| if (i, j) == (999, 1) { f64::NAN } else { 0.0 });
    assert_eq!(bench.net.predict(&block).unwrap_err(), expected(999, 1));
}

#[test]
fn targets_that_are_not_distributions() {
    let bench = Bench::new(true);
    for (row, [a, b]) in [
        (0, [0.0, 0.0]),
        (1, [1.0, 1.0]),
        (2, [1.5, -0.5]),
        (2, [-1e-9, 1.0]),
        (0, [0.5, 0.5 + 1.1e-6]),
        (0, [0.5, 0.5 - 1.1e-6]),
        (1, [f64::MAX, f64::MAX]),
    ] {
        let y = with(&with(&bench.y, [row, 0], a), [row, 1], b);
        let (sum, minimum) = (a + b, a.min(b));
        let expected = Error::NotADistribution { what: "y", row, sum, minimum, tolerance: 1e-6 };
        let text = format!(
            "row {row} of y must be values of at least 0 that sum to 1 within 1e-6, \
             found a sum of {sum:?} and a smallest value of {minimum:?}: one_hot makes such rows from labels"
        );
        bench.refuses_data(&bench.x, &y, &expected, &text);
        bench.refuses_targets(&bench.pass, &y, &expected, &text);
    }
    for [a, b] in [[1.0, -0.0], [0.5, 0.5 + 0.9e-6], [0.5, 0.5 - 0.9e-6]] {
        let y = with(&with(&bench.y, [0, 0], a), [0, 1], b);
        assert!(bench.net.objective(&bench.x, &y).is_ok());
    }
    // The tolerance is wider in f32.
    let net = builder::<f32>().softmax(true).build().unwrap();
    let objective = |b| net.objective(&array![[0.0, 0.0]], &array![[0.5, b]]);
    assert!(objective(0.5 + 0.9e-4).is_ok() && objective(0.5 - 0.9e-4).is_ok());
    for b in [0.5 + 1.1e-4, 0.5 - 1.1e-4] {
        let expected = Error::NotADistribution {
            what: "y",
            row: 0,
            sum: 0.5 + f64::from(b),
            minimum: f64::from(b).min(0.5),
            tolerance: 1e-4,
        };
        assert_eq!(objective(b).unwrap_err(), expected);
    }
}

#[test]
fn targets_that_are_not_probabilities() {
    let range = "at least 0 and at most 1 with binary cross-entropy";
    refuses_targets_of(Loss::BinaryCrossEntropy, range, &[-0.5, -5e-324, 1.0 + f64::EPSILON, 1e300]);
}

#[test]
fn targets_that_are_not_rates() {
    refuses_targets_of(Loss::Poisson, "at least 0 with the Poisson loss", &[-0.5, -5e-324, -1e300]);
    let net = builder::<f64>().loss(Loss::Poisson).build().unwrap();
    for value in [0.0, -0.0, 5e-324, 7.0, 1e300] {
        assert!(net.objective(&array![[0.0, 1.0]], &array![[1.0, value]]).unwrap().is_finite());
    }
}

/// Checks that every verb refuses targets outside the range of a loss.
fn refuses_targets_of(loss: Loss, range: &'static str, values: &[f64]) {
    let x = array![[0.0, 1.0], [1.0, 0.0], [-1.0, 2.0]];
    let y = array![[1.0, 0.0], [0.25, 0.75], [0.0, 1.0]];
    let mut net = builder::<f64>().loss(loss).build().unwrap();
    net.fit(&x, &y).unwrap();
    let pass = net.compute(&x).unwrap();
    let before = net.clone();
    for &value in values {
        let y = with(&y, [2, 1], value);
        let expected = out_of_range("y", Place::Element { row: 2, column: 1 }, range, value);
        let text = format!("y[[2, 1]] must be {range}, found {value:?}");
        assert_refused(net.fit(&x, &y), &expected, &text);
        assert_refused(net.partial_fit(&x, &y), &expected, &text);
        assert_refused(net.objective(&x, &y), &expected, &text);
        assert_refused(net.error(&pass, &y), &expected, &text);
        assert_refused(net.loss(&pass, &y), &expected, &text);
        assert_eq!(net, before);
    }
}

#[test]
fn a_data_set_that_repeats_one_row_without_end() {
    let net: Dnn = builder().build().unwrap();
    let row = array![0.5, -0.5];
    let rows = 1 << 60;
    let refused = |result: Result<(), Error>| match result {
        Err(Error::TooLarge { rows: found, .. }) => assert_eq!(found, rows),
        other => panic!("{other:?}"),
    };
    let (this, x) = (net.clone(), row.clone());
    refused(soon(move || this.predict(&x.broadcast((rows, 2)).unwrap()).map(drop)));
    let (this, x) = (net.clone(), row.clone());
    refused(soon(move || this.compute(&x.broadcast((rows, 2)).unwrap()).map(drop)));
    refused(soon(move || net.compute_into(&row.broadcast((rows, 2)).unwrap(), &mut Pass::default())));
    // The wrong number of columns is found at once.
    let bench = Bench::new(false);
    let one = array![[0.0]];
    let x = one.broadcast((rows, 1)).unwrap();
    let expected = wrong_shape("x", Extent::Columns, 2, 1);
    assert_eq!(bench.net.predict(&x).unwrap_err(), expected);
    assert_eq!(bench.net.compute(&x).unwrap_err(), expected);
    let y = array![[0.0, 0.0]];
    let expected = wrong_shape("y", Extent::Rows, 3, rows);
    assert_eq!(bench.net.objective(&bench.x, &y.broadcast((rows, 2)).unwrap()).unwrap_err(), expected);
    assert_eq!(bench.net.error(&bench.pass, &y.broadcast((rows, 2)).unwrap()).unwrap_err(), expected);
}
