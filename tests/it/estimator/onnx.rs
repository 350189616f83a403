//! ONNX models of estimators take raw rows.

use ndarray_dnn::{Classifier, Regressor};

use super::{animals, prices};
use crate::onnx::reader::Graph;

#[test]
fn models_take_raw_rows_and_return_raw_targets() {
    let (x, labels) = animals::<f64>(50);
    let classifier = Classifier::new([5]).max_epochs(20).fit(&x, &labels).unwrap();
    let mut model = Vec::new();
    classifier.write_onnx(&mut model).unwrap();
    let difference = Graph::of(&model).compute(&x) - classifier.probabilities(&x).unwrap();
    assert!(difference.iter().all(|difference| difference.abs() < 1e-11), "{difference}");

    let (x, y) = prices::<f64>(50);
    let regressor = Regressor::new([5]).max_epochs(20).fit(&x, &y).unwrap();
    let mut model = Vec::new();
    regressor.write_onnx(&mut model).unwrap();
    let difference = Graph::of(&model).compute(&x) - regressor.predict(&x).unwrap();
    assert!(difference.iter().all(|difference| difference.abs() < 1e-6), "{difference}");
}
