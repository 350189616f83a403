//! Bad input: an error that names the argument and the numbers, and nothing is changed.

use ndarray_dnn::error::{Extent, Place};
use ndarray_dnn::ndarray::{Array2, array};
use ndarray_dnn::{Classifier, EarlyStopping, Error, Loss, Regressor};

use super::{animals, prices};

type Model = Classifier<'static, i32>;

fn classifier() -> Model {
    Classifier::new([3]).max_epochs(2)
}

fn x() -> Array2<f64> {
    array![[1.0, 2.0], [2.0, 1.0], [3.0, 5.0], [4.0, 4.0], [5.0, 0.0]]
}

const LABELS: [i32; 5] = [7, 8, 7, 8, 7];

#[test]
fn bad_rows_and_labels_of_a_classifier() {
    let (nan, infinite) = (f64::NAN, f64::INFINITY);
    let with = |row: usize, column: usize, value: f64| {
        let mut x = x();
        x[[row, column]] = value;
        x
    };
    let cases: &[(Array2<f64>, &[i32], &str)] = &[
        (with(3, 1, nan), &LABELS, "x must be finite, found NaN or infinity in row 3, column 1"),
        (with(0, 0, infinite), &LABELS, "x must be finite, found NaN or infinity in row 0, column 0"),
        (x(), &[7, 8, 7, 8], "labels must have 5 elements, found 4"),
        (x(), &[7, 8, 7, 8, 7, 8], "labels must have 5 elements, found 6"),
        (x(), &[], "labels must have 5 elements, found 0"),
        (x().t().to_owned(), &LABELS, "x (transposed? rows are samples) must have 5 rows, found 2"),
        (x(), &[7; 5], "the number of classes must be at least 2, found 1"),
        (Array2::zeros((0, 2)), &[], "x must not be empty, found 0 rows of 2 columns"),
        (Array2::zeros((5, 0)), &LABELS, "x must not be empty, found 5 rows of 0 columns"),
    ];
    for (x, labels, text) in cases {
        assert_eq!(classifier().fit(x, *labels).unwrap_err().to_string(), *text);
        // Also where a row is not in the training part.
        let held_out = classifier().validation_fraction(0.5);
        assert_eq!(held_out.fit(x, *labels).unwrap_err().to_string(), *text);
    }
    let error = classifier().fit(&x().t().to_owned(), &LABELS).unwrap_err();
    let (at, extent) = (Place::Transposed, Extent::Rows);
    assert_eq!(error, Error::Shape { what: "x", at, extent, expected: 5, found: 2 });
}

#[test]
fn bad_settings_of_a_classifier() {
    let x = x();
    let (short, negative, weights) =
        (array![1.0], array![1.0, 1.0, -2.0, 1.0, 1.0], array![0.0, 0.0, 0.0, 0.0, 0.0]);
    let (wide, tall) = (array![[1.0, 2.0, 3.0]], array![[1.0, 2.0], [f64::NAN, 0.0]]);
    let with = |change: fn(Model) -> Model| change(classifier());
    let cases: Vec<(Classifier<'_, i32>, &str)> = vec![
        (Classifier::new([3, 0]), "hidden[1] must be at least 1, found 0"),
        (with(|c| c.max_epochs(0)), "max_epochs must be at least 1, found 0"),
        (with(|c| c.settings(|b| b.eta(-1.0))), "eta must be greater than 0 and finite in f64, found -1"),
        (
            with(|c| c.settings(|b| b.shape([8, 2]))),
            "settings with input_shape or shape cannot be combined with Classifier::new, which has the hidden \
             layers; the data have the rest",
        ),
        (
            with(|c| c.settings(|b| b.input_shape(2))),
            "settings with input_shape or shape cannot be combined with Classifier::new, which has the hidden \
             layers; the data have the rest",
        ),
        (
            with(|c| c.validation_fraction(0.0)),
            "validation_fraction must be greater than 0 and less than 1 in f64, found 0",
        ),
        (
            with(|c| c.validation_fraction(f64::NAN)),
            "validation_fraction must be greater than 0 and less than 1 in f64, found NaN",
        ),
        (with(|c| c.early_stopping(EarlyStopping::new(0))), "patience must be at least 1, found 0"),
        (with(|c| c.column_names(["a"])), "column_names must have 2 elements, found 1"),
        (classifier().sample_weights(&short), "sample_weights must have 5 elements, found 1"),
        (
            classifier().sample_weights(&negative).validation_fraction(0.4),
            "sample_weights[2] must be at least 0 and finite in f64, found -2",
        ),
        (
            classifier().sample_weights(&weights),
            "the mean of sample_weights must be greater than 0 and finite in f64, found 0",
        ),
        (
            classifier().sample_weights(&weights).balanced(),
            "the mean of sample_weights must be greater than 0 and finite in f64, found 0",
        ),
        (classifier().sample_weights(&short).balanced(), "sample_weights must have 5 elements, found 1"),
        (classifier().validation_weights(&short), "validation must be set: validation_weights needs it"),
        (classifier().validation(&wide, &[7]), "invalid validation data: x must have 2 columns, found 3"),
        (
            classifier().validation(&tall, &[7]),
            "invalid validation data: labels must have 2 elements, found 1",
        ),
        (
            classifier().validation(&tall, &[7, 8]),
            "invalid validation data: x must be finite, found NaN or infinity in row 1, column 0",
        ),
        (
            classifier().validation(&tall, &[7, 9]).settings(|b| b),
            "invalid validation data: x must be finite, found NaN or infinity in row 1, column 0",
        ),
        (
            classifier().validation(&x, &[7, 9, 7, 7, 7]),
            "invalid validation data: labels[1] must be one of the 2 known labels, found 9",
        ),
        (
            classifier().validation(&x, &LABELS).validation_weights(&short),
            "invalid validation data: validation_weights must have 5 elements, found 1",
        ),
        (
            classifier().validation(&x, &LABELS).validation_fraction(0.5),
            "validation_fraction(0.5) cannot be combined with validation, which gives the validation data",
        ),
    ];
    for (classifier, text) in cases {
        assert_eq!(classifier.fit(&x, &LABELS).unwrap_err().to_string(), text);
    }
    let ones = array![1.0, 1.0, 1.0, 1.0, 1.0];
    let error = classifier().sample_weights(&ones).balanced().fit(&x, &LABELS).unwrap_err();
    assert_eq!(error.to_string(), "balanced() cannot be combined with sample_weights");
}

#[test]
fn too_few_rows_for_a_split() {
    // Each class has a single row, which is for training.
    let classifier = Classifier::new([2]).validation_fraction(0.3);
    let error = classifier.fit(&array![[1.0], [2.0], [3.0]], &["a", "b", "c"]).unwrap_err();
    assert_eq!(error, Error::Split { n: 3, fraction: 0.3, train: 3, test: 0 });
    let regressor = Regressor::new([2]).early_stopping(EarlyStopping::new(5));
    let error = regressor.fit(&array![[1.0], [2.0], [3.0]], &[1.0, 2.0, 3.0]).unwrap_err();
    assert_eq!(error, Error::Split { n: 3, fraction: 0.1, train: 3, test: 0 });
}

#[test]
fn a_trained_classifier_stays_as_it_was() {
    let mut model = classifier().fit(&x(), &LABELS).unwrap();
    let before = model.clone();
    let bad = array![[1.0, 2.0], [f64::NAN, 0.0]];
    let nan = "x must be finite, found NaN or infinity in row 1, column 0";
    let wide = array![[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]];
    let columns = "x (transposed? rows are samples) must have 2 columns, found 3";
    for (x, text) in [(&bad, nan), (&wide, columns)] {
        assert_eq!(model.partial_fit(x, &[7, 8]).unwrap_err().to_string(), text);
        assert_eq!(model.predict(x).unwrap_err().to_string(), text);
        assert_eq!(model.probabilities(x).unwrap_err().to_string(), text);
        assert_eq!(model.score(x, &[7, 8]).unwrap_err().to_string(), text);
    }
    let text = |result: Result<f64, Error>| result.unwrap_err().to_string();
    let unknown = "labels[1] must be one of the 2 known labels, found 9";
    assert_eq!(text(model.partial_fit(&x(), &[7, 9, 7, 8, 7])), unknown);
    assert_eq!(text(model.partial_fit(&x(), &[7])), "labels must have 5 elements, found 1");
    assert_eq!(text(model.score(&x(), &[7])), "labels must have 5 elements, found 1");
    let empty = "x must not be empty, found 0 rows of 2 columns";
    assert_eq!(text(model.score(&Array2::zeros((0, 2)), &[])), empty);
    assert_eq!(text(model.partial_fit(&Array2::zeros((0, 2)), &[])), empty);
    let row = |x: &[f64]| model.predict_row(x).unwrap_err().to_string();
    assert_eq!(row(&[1.0]), "x must have 2 elements, found 1");
    assert_eq!(row(&[1.0, f64::NAN]), "x must be finite, found NaN or infinity in row 0, column 1");
    assert_eq!(model, before);
}

#[test]
fn bad_rows_and_targets_of_a_regressor() {
    let regressor = || Regressor::new([3]).max_epochs(2);
    let y = array![[1.0, 9.0], [2.0, 8.0], [3.0, 7.0], [4.0, 6.0], [5.0, 5.0]];
    let mut bad = y.clone();
    bad[[4, 1]] = f64::NAN;
    let nan = "y must be finite, found NaN or infinity in row 4, column 1";
    let (lone, wide) = (array![[1.0, 9.0]], array![[1.0, 9.0, 2.0]]);
    let text =
        |result: Result<_, Error>| result.map(drop::<ndarray_dnn::TrainedRegressor>).unwrap_err().to_string();
    assert_eq!(text(regressor().fit(&x(), &bad)), nan);
    assert_eq!(text(regressor().validation_fraction(0.5).fit(&x(), &bad)), nan);
    assert_eq!(text(regressor().fit(&x(), &lone)), "y must have 5 rows, found 1");
    assert_eq!(
        text(regressor().fit(&x(), &[1.0, 2.0])),
        "x (transposed? rows are samples) must have 2 rows, found 5"
    );
    let empty = "y must not be empty, found 0 elements";
    assert_eq!(text(regressor().fit(&x(), &[0.0; 0])), empty);
    let none = "y must not be empty, found 5 rows of 0 columns";
    assert_eq!(text(regressor().fit(&x(), &Array2::zeros((5, 0)))), none);
    let few = array![[1.0, 2.0]];
    let prefix = "invalid validation data: ";
    let of_validation = |x: &Array2<f64>, y_other: &Array2<f64>| {
        let text = text(Regressor::new([3]).max_epochs(2).validation(x, y_other).fit(&self::x(), &y));
        text.strip_prefix(prefix).unwrap().to_owned()
    };
    assert_eq!(of_validation(&few, &wide), "y must have 2 columns, found 3");
    assert_eq!(of_validation(&x(), &lone), "y must have 5 rows, found 1");
    assert_eq!(of_validation(&x(), &bad), nan);
    assert_eq!(of_validation(&wide, &lone), "x must have 2 columns, found 3");
    let poisson = regressor().settings(|b| b.loss(Loss::Poisson));
    let negative = "y[[0, 0]] must be at least 0 with the Poisson loss, found -1";
    assert_eq!(text(poisson.fit(&x(), &[-1.0, 2.0, 3.0, 4.0, 5.0])), negative);

    let mut model = regressor().fit(&x(), &y).unwrap();
    let before = model.clone();
    assert_eq!(model.partial_fit(&x(), &bad).unwrap_err().to_string(), nan);
    assert_eq!(model.partial_fit(&few, &wide).unwrap_err().to_string(), "y must have 2 columns, found 3");
    assert_eq!(model.partial_fit(&wide, &lone).unwrap_err().to_string(), "x must have 2 columns, found 3");
    assert_eq!(model.score(&few, &[1.0]).unwrap_err().to_string(), "y must have 2 columns, found 1");
    assert_eq!(model.predict_row(&[]).unwrap_err().to_string(), "x must have 2 elements, found 0");
    assert_eq!(model, before);
}

#[test]
fn a_run_that_diverges_is_an_error() {
    let (x, y) = prices::<f64>(40);
    let regressor =
        Regressor::new([4]).settings(|b| b.optimizer(ndarray_dnn::Optimizer::Momentum).eta(1e100));
    assert!(matches!(regressor.fit(&x, &y), Err(Error::Diverged { .. })));
    let (x, labels) = animals::<f64>(40);
    let classifier =
        Classifier::new([4]).settings(|b| b.optimizer(ndarray_dnn::Optimizer::Momentum).eta(1e200));
    assert!(matches!(classifier.fit(&x, &labels), Err(Error::Diverged { .. })));
}
