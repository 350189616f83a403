//! Standardisation of bad input.

use ndarray_dnn::error::Place;
use ndarray_dnn::ndarray::{Array2, array};
use ndarray_dnn::{Error, StandardScaler};

use super::{assert_near, assert_refused, noise, number, out_of_range, soon, wrong_columns, wrong_length};

#[test]
fn bad_data_are_refused() {
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
        let expected = wrong_columns("x", 2, found);
        let text = format!("x must have 2 columns, found {found}");
        for rows in [0, 3] {
            assert_refused(scaler.transform(&Array2::<f64>::zeros((rows, found))), &expected, &text);
        }
    }
    assert_refused(
        scaler.inverse_transform(&array![[1.0_f32]]),
        &wrong_columns("z", 2, 1),
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
fn bad_means_and_scales_are_refused() {
    let fitted = StandardScaler::fit(&noise::<f64>(9, 3)).unwrap();
    let again = StandardScaler::new(fitted.means().to_owned(), fitted.scales().to_owned());
    assert_eq!(again, Ok(fitted));
    let new =
        |means: &[f64], scales: &[f64]| StandardScaler::new(means.to_vec().into(), scales.to_vec().into());
    let empty = Error::Empty { what: "means", rows: 0, columns: 1 };
    assert_refused(new(&[], &[]), &empty, "means must not be empty, found 0 elements");
    let length = wrong_length("scales", 2, 1);
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
fn overflow_is_refused() {
    let narrow = StandardScaler::fit(&array![[0.0, 0.0], [1.0, 1e-300]]).unwrap();
    let wide = StandardScaler::fit(&array![[0.0, 0.0], [1.0, 1e300]]).unwrap();
    let expected = Error::NonFinite { what: "the result", row: 1, column: 1 };
    let text = "the result must be finite, found NaN or infinity in row 1, column 1";
    let (before_narrow, before_wide) = (narrow.clone(), wide.clone());
    assert_refused(narrow.transform(&array![[1.0, 1e-300], [1.0, 1e10]]), &expected, text);
    assert_refused(wide.inverse_transform(&array![[1.0, 1.0], [1.0, 1e10]]), &expected, text);
    assert_eq!((&narrow, &wide), (&before_narrow, &before_wide));
    // Finite in f64, but not in f32.
    assert_refused(wide.inverse_transform(&array![[1.0_f32, -1.0], [1.0, 1.0]]), &expected, text);
    assert!(wide.inverse_transform(&array![[1.0_f64, -1.0], [1.0, 1.0]]).is_ok());
    // A product that overflows before the mean is added.
    let scaler = StandardScaler::fit(&array![[f64::MAX], [-f64::MAX], [-f64::MAX]]).unwrap();
    assert_near(
        scaler.inverse_transform(&array![[1.3]]).unwrap()[[0, 0]],
        (1.3 * 0.9428090415820634 - 1.0 / 3.0) * f64::MAX,
        1e-15,
    );
}
