//! Accuracy and confusion matrix.

use ndarray_dnn::Error;
use ndarray_dnn::metrics::{accuracy, confusion_matrix};
use ndarray_dnn::ndarray::{Array1, array, s};

use super::{Promising, assert_refused, no_classes, wrong_label, wrong_length};

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
