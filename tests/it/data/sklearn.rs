//! Metrics, weights and the sizes of folds against scikit-learn: see `tests/golden/README.md`.

use ndarray_dnn::metrics::{
    Average, ClassReport, accuracy, balanced_accuracy, classification_report, f1, mae, multilabel_report,
    precision, r2, recall, rmse, roc_auc,
};
use ndarray_dnn::ndarray::{Array1, Array2};
use ndarray_dnn::{Error, Scalar, balanced_weights, stratified_k_fold};
use serde_json::Value;

use super::assert_near;
use crate::common::json::{count, list, matrix, number, read, vector};

/// Sums and quotients of a few numbers, in another order than scikit-learn's.
const RELATIVE: f64 = 1e-15;

fn labels(value: &Value) -> Vec<u64> {
    list(value).iter().map(|label| label.as_u64().unwrap()).collect()
}

/// The scores of each class or column of the report, and their averages, against `averages`.
fn assert_averages(report: &ClassReport, averages: &Value) {
    for (average, name) in
        [(Average::Macro, "macro"), (Average::Micro, "micro"), (Average::Weighted, "weighted")]
    {
        let (found, expected) = (report.average(average), vector(&averages[name]));
        assert_near(found.precision, expected[0], RELATIVE);
        assert_near(found.recall, expected[1], RELATIVE);
        assert_near(found.f1, expected[2], RELATIVE);
    }
    let [precision, recall, f1] = [0, 1, 2].map(|score| vector(&averages["each"][score]));
    assert_eq!(report.classes().len(), f1.len());
    for (i, (class, found)) in report.classes().enumerate() {
        assert_near(found.precision, precision[i], RELATIVE);
        assert_near(found.recall, recall[i], RELATIVE);
        assert_near(found.f1, f1[i], RELATIVE);
        assert_eq!(report.average(Average::Class(class)), found);
    }
}

#[test]
fn scores_of_classes_agree_with_scikit_learn() {
    let golden = read("sklearn_metrics");
    for case in list(&golden["classes"]) {
        let (truth, predicted) = (labels(&case["truth"]), labels(&case["predicted"]));
        assert_near(accuracy(&truth, &predicted).unwrap(), number(&case["accuracy"]), RELATIVE);
        let balanced = balanced_accuracy(&truth, &predicted).unwrap();
        assert_near(balanced, number(&case["balanced_accuracy"]), RELATIVE);
        let weights: Array1<f64> = balanced_weights(&truth);
        for (found, expected) in weights.iter().zip(&vector(&case["balanced_weights"])) {
            assert_near(*found, *expected, RELATIVE);
        }
        let report = classification_report(&truth, &predicted).unwrap();
        let classes = Vec::from_iter(report.classes().map(|(class, _)| class as u64));
        assert_eq!(classes, labels(&case["labels"]));
        assert_averages(&report, &case["averages"]);
        assert_eq!(report.to_string(), case["report"].as_str().unwrap());
        for kind in [Average::Macro, Average::Micro, Average::Weighted, Average::Class(1), Average::Class(3)]
        {
            let scores = report.average(kind);
            assert_eq!(precision(&truth, &predicted, kind), Ok(scores.precision));
            assert_eq!(recall(&truth, &predicted, kind), Ok(scores.recall));
            assert_eq!(f1(&truth, &predicted, kind), Ok(scores.f1));
        }
    }
}

#[test]
fn scores_of_several_labels_agree_with_scikit_learn() {
    let golden = read("sklearn_metrics");
    for case in list(&golden["multilabel"]) {
        let (y, predicted) = (matrix(&case["y"]), matrix(&case["predicted"]));
        let report = multilabel_report(&y, &predicted).unwrap();
        assert_averages(&report, &case["averages"]);
        assert_eq!(report.to_string(), case["report"].as_str().unwrap());
        // A column is a question with the answers yes and no.
        for (column, (y, predicted)) in y.columns().into_iter().zip(predicted.columns()).enumerate() {
            let (truth, answers) = (y.mapv(|y| y == 1.0), predicted.mapv(|p| p >= 0.5));
            let of_column = f1(truth, answers, Average::Class(1));
            assert_eq!(of_column, Ok(report.average(Average::Class(column)).f1));
        }
        let (y, predicted) = (y.mapv(|y| y as f32), predicted.mapv(|p| p as f32));
        assert_eq!(multilabel_report(&y, &predicted).unwrap(), report);
    }
}

#[test]
fn the_area_under_the_curve_agrees_with_scikit_learn() {
    let golden = read("sklearn_metrics");
    for case in list(&golden["ranking"]) {
        let (truth, scores) = (labels(&case["truth"]), vector(&case["scores"]));
        let area = roc_auc(&truth, &scores).unwrap();
        assert_near(area, number(&case["roc_auc"]), RELATIVE);
        assert_eq!(roc_auc(truth.iter().map(|label| *label == 1), &scores), Ok(area));
        // The definition: every pair of a row of label 1 and a row of label 0.
        let of_label =
            |label| truth.iter().zip(&scores).filter(move |(l, _)| **l == label).map(|(_, score)| *score);
        let (mut pairs, mut right) = (0.0, 0.0);
        for one in of_label(1) {
            for zero in of_label(0) {
                pairs += 1.0;
                right += if one > zero {
                    1.0
                } else if one == zero {
                    0.5
                } else {
                    0.0
                };
            }
        }
        assert_eq!(area, right / pairs);
        // The order alone counts, and the order of the rows does not.
        let reversed = Vec::from_iter(truth.iter().rev());
        assert_eq!(roc_auc(reversed, scores.mapv(|s| 2.0 * s - 1.0).iter().rev()), Ok(area));
        assert_eq!(roc_auc(&truth, &scores.mapv(|score| score as f32)), Ok(area));
        assert_near(roc_auc(&truth, &-scores).unwrap(), 1.0 - area, RELATIVE);
    }
}

fn errors_of_values<F: Scalar>(relative: f64) {
    let golden = read("sklearn_metrics");
    for case in list(&golden["values"]) {
        let [y, predicted] = ["y", "predicted"].map(|key| matrix(&case[key]).mapv(F::from_f64));
        type Score<F> = fn(&Array2<F>, &Array2<F>) -> Result<f64, Error>;
        let scores: [(Score<F>, &str); 3] = [
            (|y, predicted| mae(y, predicted), "mae"),
            (|y, predicted| rmse(y, predicted), "rmse"),
            (|y, predicted| r2(y, predicted), "r2"),
        ];
        for (score, name) in scores {
            assert_near(score(&y, &predicted).unwrap(), number(&case[name]), relative);
        }
    }
}

#[test]
fn errors_of_values_agree_with_scikit_learn() {
    errors_of_values::<f64>(4e-15);
    // The values are rounded.
    errors_of_values::<f32>(1e-5);
}

#[test]
fn stratified_folds_have_the_sizes_of_scikit_learn() {
    let golden = read("sklearn_metrics");
    for case in list(&golden["folds"]) {
        let sizes = list(&case["sizes"]).iter().map(count);
        let labels =
            Vec::from_iter(sizes.enumerate().flat_map(|(class, size)| std::iter::repeat_n(class, size)));
        for seed in 0..5 {
            let folds = stratified_k_fold(&labels, count(&case["k"]), seed).unwrap();
            assert_eq!(folds.len(), list(&case["tests"]).len());
            for ((_, test), expected) in folds.iter().zip(list(&case["tests"])) {
                for (class, expected) in list(expected).iter().enumerate() {
                    assert_eq!(test.iter().filter(|row| labels[**row] == class).count(), count(expected));
                }
            }
        }
    }
}
