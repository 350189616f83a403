//! Accuracy and confusion matrix.

use ndarray_dnn::metrics::{
    Average, accuracy, balanced_accuracy, classification_report, confusion_matrix, f1, multilabel_report,
    precision, recall, roc_auc,
};
use ndarray_dnn::ndarray::{Array1, array, s};

use ndarray_dnn::Error;
use ndarray_dnn::error::Place;

use super::{
    Promising, assert_refused, no_classes, out_of_range, wrong_columns, wrong_label, wrong_length, wrong_rows,
};

/// True and predicted labels.
const LABELS: ([usize; 8], [usize; 8]) = ([2, 0, 1, 2, 2, 1, 0, 0], [2, 0, 2, 2, 1, 1, 0, 1]);

#[test]
fn accuracy_and_confusion_matrix_agree_with_scikit_learn() {
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
    // In other containers.
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
        // Exchanging the arguments transposes the matrix.
        assert_eq!(confusion_matrix(&predicted, &truth, 7).unwrap(), matrix.reversed_axes());
        assert_eq!(accuracy(&truth, &truth), Ok(1.0));
    }
}

#[test]
fn bad_labels_are_refused() {
    let empty = Error::Empty { what: "truth", rows: 0, columns: 1 };
    let text = "truth must not be empty, found 0 elements";
    for predicted in [&[][..], &[0]] {
        assert_refused(accuracy(&[0; 0], predicted), &empty, text);
        assert_refused(confusion_matrix(&[0; 0], predicted, 2), &empty, text);
    }
    for (expected, found) in [(1, 0), (3, 2), (9, 2), (3, 7), (2, 3)] {
        let (truth, predicted) = (vec![1; expected], vec![1; found]);
        let error = wrong_length("predicted", expected, found);
        let text = format!("predicted must have {expected} elements, found {found}");
        assert_refused(accuracy(&truth, &predicted), &error, &text);
        assert_refused(confusion_matrix(&truth, &predicted, 2), &error, &text);
    }
    for label in [3, usize::MAX] {
        for (truth, predicted, what) in
            [([0, 2, label], [0, 1, label], "truth"), ([0, 1, 2], [2, 0, label], "predicted")]
        {
            let (expected, text) = wrong_label(what, 2, label, 3);
            assert_refused(confusion_matrix(&truth, &predicted, 3), &expected, &text);
        }
    }
    assert_refused(confusion_matrix(&[0], &[0], 0), &no_classes(), "classes must be at least 1, found 0");
    for classes in [1 << 31, 1 << 40, usize::MAX] {
        assert_refused(
            confusion_matrix(&[0], &[0], classes),
            &Error::TooLarge { what: "the confusion matrix", rows: classes, columns: classes },
            &format!("no memory for the confusion matrix: {classes} rows of {classes} columns"),
        );
    }
}

#[test]
fn every_score_refuses_bad_labels() {
    type Score = fn(&[i32], &[i32]) -> Result<f64, Error>;
    let scores: [Score; 6] = [
        |truth, predicted| balanced_accuracy(truth, predicted),
        |truth, predicted| precision(truth, predicted, Average::Macro),
        |truth, predicted| recall(truth, predicted, Average::Micro),
        |truth, predicted| f1(truth, predicted, Average::Class(7)),
        |truth, predicted| Ok(classification_report(truth, predicted)?.average(Average::Weighted).f1),
        |truth, predicted| roc_auc(truth, &Vec::from_iter(predicted.iter().map(|score| f64::from(*score)))),
    ];
    for (i, score) in scores.into_iter().enumerate() {
        let other = if i == 5 { "scores" } else { "predicted" };
        let empty = Error::Empty { what: "truth", rows: 0, columns: 1 };
        assert_eq!(score(&[], &[]), Err(empty.clone()));
        assert_eq!(score(&[], &[1]), Err(empty));
        for (expected, found) in [(1, 0), (3, 2), (2, 3)] {
            let result = score(&vec![1; expected], &vec![1; found]);
            assert_eq!(result, Err(wrong_length(other, expected, found)));
        }
    }
}

#[test]
fn scores_of_yes_without_both_answers_are_refused() {
    for (truth, what, text) in [
        ([1, 1], "truth of label 0", "truth of label 0 must not be empty, found 0 elements"),
        ([0, 0], "truth of label 1", "truth of label 1 must not be empty, found 0 elements"),
    ] {
        let expected = Error::Empty { what, rows: 0, columns: 1 };
        assert_refused(roc_auc(truth, &[0.1, 0.2]), &expected, text);
    }
    for label in [2, -1] {
        let expected = out_of_range("truth", Place::Index(1), "0 or 1", f64::from(label));
        let text = format!("truth[1] must be 0 or 1, found {label}");
        assert_refused(roc_auc([0, label, 1], &[0.1, 0.2, 0.3]), &expected, &text);
    }
    for score in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let expected = Error::NonFinite { what: "scores", row: 1, column: 0 };
        let text = "scores must be finite, found NaN or infinity in row 1, column 0";
        assert_refused(roc_auc([0, 1, 1], &[0.1, score, 0.3]), &expected, text);
    }
}

#[test]
fn names_of_classes_must_be_enough() {
    let report = classification_report([0, 2], [2, 2]).unwrap();
    for names in [&[][..], &["a"], &["a", "b"]] {
        let text = format!("names must have 3 elements, found {}", names.len());
        assert_refused(report.clone().with_names(names), &wrong_length("names", 3, names.len()), &text);
    }
    let named = report.clone().with_names(["a", "b", "a name of 21 letters", "d"]).unwrap();
    let lines = named.to_string();
    // The column of the names is as wide as the longest, in characters.
    assert!(lines.starts_with(&format!("{:21} precision", "")), "{lines}");
    assert!(lines.contains("\n                   a       0.00"), "{lines}");
    assert!(lines.contains("\na name of 21 letters       0.50"), "{lines}");
    let numbers = classification_report([0], [0]).unwrap().with_names([7]).unwrap();
    assert!(numbers.to_string().contains("\n           7       1.00"), "{numbers}");
}

#[test]
fn a_report_of_columns_refuses_what_is_no_probability() {
    let y = array![[1.0, 0.0], [0.0, 1.0]];
    let at = Place::Element { row: 1, column: 0 };
    for bad in [-0.1, 1.5] {
        let mut other = y.clone();
        other[[1, 0]] = bad;
        let error = |name| out_of_range(name, at, "at least 0 and at most 1", bad);
        let text = |name| format!("{name}[[1, 0]] must be at least 0 and at most 1, found {bad}");
        assert_refused(multilabel_report(&other, &y), &error("y"), &text("y"));
        assert_refused(multilabel_report(&y, &other), &error("predicted"), &text("predicted"));
    }
    let mut other = y.clone();
    other[[0, 1]] = f64::NAN;
    let expected = Error::NonFinite { what: "predicted", row: 0, column: 1 };
    assert_eq!(multilabel_report(&y, &other), Err(expected));
    let one_row = y.slice(s![..1, ..]);
    assert_eq!(multilabel_report(&y, &one_row), Err(wrong_rows("predicted", 2, 1)));
    let one_column = y.slice(s![.., ..1]);
    assert_eq!(multilabel_report(&y, &one_column), Err(wrong_columns("predicted", 2, 1)));
    let empty = Error::Empty { what: "y", rows: 0, columns: 2 };
    assert_eq!(multilabel_report(&y.slice(s![..0, ..]), &y), Err(empty));
}

#[test]
fn a_wrong_size_hint_changes_nothing() {
    let (truth, predicted) = LABELS;
    for promised in [1, 1 << 60, usize::MAX] {
        let [truth_, predicted_] =
            [&truth, &predicted].map(|labels| move || Promising { elements: labels.iter(), promised });
        assert_eq!(accuracy(truth_(), predicted_()), accuracy(&truth, &predicted));
        let matrix = confusion_matrix(&truth, &predicted, 3);
        assert_eq!(confusion_matrix(truth_(), predicted_(), 3), matrix);
    }
}
