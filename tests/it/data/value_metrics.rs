//! Root mean square error, mean absolute error and R².

use ndarray_dnn::metrics::{log_loss, mae, r2, rmse};
use ndarray_dnn::ndarray::{Array2, Axis, array, s};
use ndarray_dnn::{Error, Scalar};

use super::{assert_near, assert_refused, in_each_layout, noise, wrong_columns, wrong_rows};

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
    let all = (rmse(&y, &predicted), mae(&y, &predicted), r2(&y, &predicted));
    in_each_layout(&y, |y| {
        in_each_layout(&predicted, |p| assert_eq!((rmse(y, p), mae(y, p), r2(y, p)), all))
    });
    // r2_score of a constant column, predicted exactly and not.
    let y = array![[1.0, 2.0], [1.0, 3.0], [1.0, 4.0]].mapv(F::from_f64);
    let mut predicted = array![[1.0, 2.0], [1.0, 3.0], [1.0, 4.5]].mapv(F::from_f64);
    assert_eq!(r2(&y, &predicted), Ok(0.9375));
    predicted[[2, 0]] = F::from_f64(2.0);
    assert_eq!(r2(&y, &predicted), Ok(0.4375));
    // A single row; a constant with a rounded mean.
    let (one, other) = (array![[F::one()]], array![[F::zero()]]);
    assert_eq!((r2(&one, &one), r2(&one, &other)), (Ok(1.0), Ok(0.0)));
    let constant = Array2::from_elem((10, 1), F::from_f64(0.1));
    assert_eq!((r2(&constant, &constant), r2(&constant, &noise(10, 1))), (Ok(1.0), Ok(0.0)));
}

#[test]
fn rmse_and_r2_agree_with_scikit_learn() {
    metrics_of_values::<f64>();
    metrics_of_values::<f32>();
}

#[test]
fn r2_is_0_for_the_mean_and_1_for_y() {
    for rows in [2, 3, 10, 1_000] {
        for offset in [0.0, 1e6] {
            let y = noise::<f64>(rows, 3) + offset;
            let mean = y.mean_axis(Axis(0)).unwrap();
            // The rounded mean is not exactly the best constant.
            assert!(r2(&y, &mean.broadcast(y.dim()).unwrap()).unwrap().abs() < 1e-14);
            assert_eq!((r2(&y, &y), rmse(&y, &y)), (Ok(1.0), Ok(0.0)));
        }
    }
}

#[test]
fn r2_does_not_depend_on_the_unit() {
    let (y, predicted) = values::<f64>();
    let (error, explained) = (rmse(&y, &predicted).unwrap(), r2(&y, &predicted).unwrap());
    // Powers of two for which all squares vanish, to powers for which they overflow.
    for exponent in [-1000, -600, -1, 1, 600, 1000] {
        let unit = 2.0_f64.powi(exponent);
        let (y, predicted) = (&y * unit, &predicted * unit);
        assert_eq!((rmse(&y, &predicted), r2(&y, &predicted)), (Ok(error * unit), Ok(explained)));
    }
    // A large shift. It is exact, since all values are eighths.
    let (y, predicted) = (y + 1e9, predicted + 1e9);
    assert_eq!(rmse(&y, &predicted), Ok(error));
    assert_near(r2(&y, &predicted).unwrap(), explained, 1e-15);
}

type Metric = fn(&Array2<f64>, &Array2<f64>) -> Result<f64, Error>;

#[test]
fn bad_arrays_are_refused() {
    let zeros = |rows, columns| Array2::<f64>::zeros((rows, columns));
    let metrics: [(Metric, &str); 4] = [
        (|y, p| log_loss(y, p), "probabilities"),
        (|y, p| rmse(y, p), "predicted"),
        (|y, p| mae(y, p), "predicted"),
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
                &wrong_rows(what, 3, found),
                &format!("{what} must have 3 rows, found {found}"),
            );
        }
        for found in [0, 1, 3] {
            assert_refused(
                metric(&zeros(3, 2), &zeros(3, found)),
                &wrong_columns(what, 2, found),
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
fn overflow_is_refused() {
    let (y, predicted) = (array![[0.0, 0.0], [0.0, f64::MAX]], array![[0.0, 0.0], [1.0, f64::MIN]]);
    let expected = Error::NonFinite { what: "y - predicted", row: 1, column: 1 };
    let text = "y - predicted must be finite, found NaN or infinity in row 1, column 1";
    assert_refused(rmse(&y, &predicted), &expected, text);
    assert_refused(mae(&y, &predicted), &expected, text);
    assert_refused(r2(&y, &predicted), &expected, text);
    // The largest numbers.
    let huge = array![[f64::MAX], [f64::MIN]];
    assert_eq!(rmse(&huge, &array![[0.0], [0.0]]), Ok(f64::MAX));
    assert_eq!(mae(&huge, &array![[0.0], [0.0]]), Ok(f64::MAX));
    assert_eq!(r2(&huge, &array![[0.0], [0.0]]), Ok(0.0));
    assert_refused(
        r2(&array![[0.0, 0.0], [1.0, 1e-200]], &array![[0.0, 0.0], [1.0, 1.0]]),
        &Error::NonFinite { what: "the r2", row: 0, column: 1 },
        "the r2 must be finite, found NaN or infinity in row 0, column 1",
    );
    // Differences of f32 are computed in f64.
    assert_near(rmse(&array![[f32::MAX]], &array![[f32::MIN]]).unwrap(), 2.0 * f64::from(f32::MAX), 0.0);
}

#[test]
fn rmse_of_the_largest_differences_does_not_overflow() {
    for n in (1..=300_u16).chain([1_000, 10_000]) {
        let shape = (usize::from(n), 1);
        let y = Array2::from_shape_fn(shape, |(i, _)| if i % 2 == 0 { f64::MAX } else { f64::MIN });
        // n roundings of the sum.
        let rounding = f64::from(n) * f64::EPSILON / 2.0;
        assert_near(rmse(&y, &Array2::zeros(shape)).unwrap(), f64::MAX, rounding);
        assert_near(rmse(&(&y / 2.0), &(&y / -2.0)).unwrap(), f64::MAX, rounding);
        assert_near(mae(&y, &Array2::zeros(shape)).unwrap(), f64::MAX, rounding);
    }
    // √((1 + 4/9 + 1/9) / 3), from Python's `decimal`.
    let y = array![[f64::MAX], [f64::MAX / 1.5], [f64::MAX / 3.0]];
    assert_near(rmse(&y, &Array2::zeros((3, 1))).unwrap(), f64::MAX * 0.7200822998230956, 4e-16);
}

#[test]
fn rmse_of_equal_differences_does_not_exceed_them() {
    // Without a limit the rounded sum of squares gives 0.10000000000000002 for 10 rows.
    for (n, difference) in [(10, 0.1), (3, 0.3), (22, 1.1), (9, 1.9), (1_000, 0.7)] {
        let (y, zeros) = (Array2::from_elem((n, 1), difference), Array2::zeros((n, 1)));
        for found in [rmse(&y, &zeros).unwrap(), mae(&y, &zeros).unwrap()] {
            assert!(found <= difference, "{found}");
            assert_near(found, difference, 1e-14);
        }
    }
}

#[test]
fn r2_of_y_itself_is_exactly_1() {
    for columns in 1..=100 {
        let y = noise::<f64>(3, columns);
        assert_eq!(r2(&y, &y), Ok(1.0), "{columns}");
        let y = noise::<f32>(3, columns);
        assert_eq!(r2(&y, &y), Ok(1.0), "{columns}");
    }
}

#[test]
fn r2_is_the_mean_over_the_columns() {
    let (y, predicted) = values::<f64>();
    let columns = [0, 1].map(|i| s![.., i..=i]);
    let [a, b] = columns.map(|column| r2(&y.slice(column), &predicted.slice(column)).unwrap());
    assert_eq!(r2(&y, &predicted), Ok((a + b) / 2.0));
    // Also if the sum overflows.
    let y = array![[0.0, 0.0], [1.0, 1.0]];
    let off = &y + 6e153;
    let of_column = r2(&y.slice(s![.., ..1]), &off.slice(s![.., ..1])).unwrap();
    assert!(of_column < -f64::MAX / 2.0);
    assert_near(r2(&y, &off).unwrap(), of_column, 1e-15);
}
