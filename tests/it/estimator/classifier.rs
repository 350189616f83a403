//! Classifiers: labels of every type, rows of every layout, and what they answer.

use std::fmt::Debug;

use ndarray_dnn::ndarray::{Array1, Array2, Axis, array, s};
use ndarray_dnn::training::StopReason;
use ndarray_dnn::{Classifier, EarlyStopping};

use super::animals;

#[test]
fn animals_are_learnt_in_their_own_units() {
    for seed in 1..=3 {
        let (x, labels) = animals::<f64>(300);
        let model = Classifier::new([16]).seed(seed).fit(&x, &labels).unwrap();
        assert_eq!(model.classes(), ["cat", "dog", "horse"]);
        let accuracy = model.score(&x, &labels).unwrap();
        assert!(accuracy > 0.97, "{accuracy}");
        // The unit of a column changes nothing but rounding, and no row is wrong for it.
        let metres = &x * &array![[0.001, 1e6, 1.0]];
        let other = Classifier::new([16]).seed(seed).fit(&metres, &labels).unwrap();
        assert_eq!(other.predict(&metres).unwrap(), model.predict(&x).unwrap());
    }
}

/// The labels `of(0)`, `of(1)` and `of(2)`, in ascending order.
fn check_labels<L: Ord + Clone + Debug>(of: impl Fn(usize) -> L) {
    let (x, names) = animals::<f64>(60);
    let reference = Classifier::new([6]).max_epochs(6).fit(&x, &names).unwrap();
    let number = |name: &&str| ["cat", "dog", "horse"].iter().position(|other| other == name).unwrap();
    let labels = Vec::from_iter(names.iter().map(|name| of(number(name))));
    let model = Classifier::new([6]).max_epochs(6).fit(&x, &labels).unwrap();
    assert_eq!(model.net(), reference.net());
    assert_eq!(model.classes(), [of(0), of(1), of(2)]);
    assert_eq!(model.probabilities(&x).unwrap(), reference.probabilities(&x).unwrap());
    let expected = reference.predict(&x).unwrap();
    let expected = Array1::from_iter(expected.iter().map(|name| of(number(name))));
    assert_eq!(model.predict(&x).unwrap(), expected);
    assert_eq!(model.score(&x, &labels), reference.score(&x, &names));
    // An array and a view of labels.
    let array = Array1::from(labels);
    assert_eq!(Classifier::new([6]).max_epochs(6).fit(&x, &array).unwrap(), model);
    assert_eq!(Classifier::new([6]).max_epochs(6).fit(&x, array.slice(s![..])).unwrap(), model);
}

#[test]
fn labels_of_every_ordered_type_give_the_same_network() {
    check_labels(|i| ["ant", "bee", "cow"][i]);
    check_labels(|i| ["ant", "bee", "cow"][i].to_owned());
    check_labels(|i| i as u8 + 250);
    check_labels(|i| i as i64 - 9_000_000_000);
    check_labels(|i| [None, Some(-1), Some(7)][i]);
    check_labels(|i| (i / 2, 5 - i % 2).0 * 10 + i);
}

#[test]
fn two_classes_have_a_probability_each() {
    let x: Array2<f64> = array![[1.0], [2.0], [3.0], [4.0]];
    let model = Classifier::new([]).fit(&x, &[false, false, true, true]).unwrap();
    assert_eq!(model.classes(), [false, true]);
    assert_eq!(model.net().layers().len(), 1);
    let probabilities = model.probabilities(&x).unwrap();
    assert_eq!(probabilities.dim(), (4, 2));
    let sums = probabilities.sum_axis(Axis(1));
    assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-12), "{sums}");
    assert_eq!(model.predict(&x).unwrap(), array![false, false, true, true]);
}

#[test]
fn a_row_and_every_layout_have_the_answers_of_all_rows() {
    let (x, labels) = animals::<f32>(40);
    let model = Classifier::new([5]).max_epochs(10).fit(&x, &labels).unwrap();
    let answers = model.predict(&x).unwrap();
    for (row, answer) in x.rows().into_iter().zip(&answers) {
        assert_eq!(model.predict_row(row.as_slice().unwrap()), Ok(*answer));
    }
    let columns = x.t().to_owned();
    assert_eq!(Classifier::new([5]).max_epochs(10).fit(&columns.t(), &labels).unwrap(), model);
    assert_eq!(model.predict(&columns.t()).unwrap(), answers);
    assert_eq!(model.probabilities(&columns.t()).unwrap(), model.probabilities(&x).unwrap());
    assert_eq!(model.predict(&Array2::zeros((0, 3))).unwrap().len(), 0);
    assert_eq!(model.probabilities(&Array2::zeros((0, 3))).unwrap().dim(), (0, 3));
}

#[test]
fn a_label_that_was_not_learnt_is_a_wrong_answer() {
    let x = array![[1.0], [2.0], [3.0], [4.0]];
    let model = Classifier::new([8]).fit(&x, &[10, 10, 20, 20]).unwrap();
    assert_eq!(model.score(&x, &[10, 10, 20, 30]), Ok(0.75));
    assert_eq!(model.score(&x, &[0, 0, 0, 0]), Ok(0.0));
}

#[test]
fn held_out_rows_have_every_class() {
    let (x, labels) = animals::<f64>(200);
    let classifier = Classifier::new([16]).early_stopping(EarlyStopping::new(3));
    let model = classifier.fit(&x, &labels).unwrap();
    let report = model.report();
    assert_eq!(report.validation_losses().len(), report.epochs());
    assert!(report.best_epoch().is_some());
    assert!(report.stop_reason() == StopReason::EarlyStopping || report.epochs() == 100);
    // Eight rows of a rare class: one is held out by a tenth of the rows.
    let rare = Vec::from_iter((0..200).map(|i| i % 25 == 0));
    let model = Classifier::new([4]).validation_fraction(0.1).max_epochs(1).fit(&x, &rare).unwrap();
    assert_eq!(model.scaler().means().len(), 3);
    assert_eq!(model.report().validation_losses().len(), 1);
}

#[test]
fn the_text_has_classes_names_network_and_report() {
    let x = array![[1.0, 5.0], [2.0, 5.0]];
    let classifier = Classifier::new([2]).max_epochs(2).column_names(["age", "height"]);
    let model = classifier.fit(&x, &["b", "a"]).unwrap();
    let names = ["age".to_owned(), "height".to_owned()];
    assert_eq!(model.column_names(), Some(&names[..]));
    let text = model.to_string();
    let start = "classes: a, b\ncolumns: age, height\nnetwork in f64\n  2 → 2, relu: 6 parameters\n";
    assert!(text.starts_with(start), "{text}");
    assert!(text.contains("\n12 parameters\nepochs: 2. mini-batches: 2. time: "), "{text}");
    assert_eq!(Classifier::new([2]).max_epochs(2).fit(&x, &["b", "a"]).unwrap().column_names(), None);
    assert!(format!("{:?}", Classifier::<&str>::new([2])).starts_with("Classifier"));
}

#[test]
fn a_classifier_can_be_used_again() {
    let (x, labels) = animals::<f64>(50);
    let classifier = Classifier::new(vec![4]).seed(9).max_epochs(3);
    let model = classifier.fit(&x, &labels).unwrap();
    assert_eq!(classifier.fit(&x, &labels).unwrap(), model);
    assert_eq!(classifier.clone().fit(&x, &labels).unwrap(), model);
    assert_ne!(classifier.seed(8).fit(&x, &labels).unwrap(), model);
}

#[cfg(feature = "progress")]
#[test]
fn a_bar_changes_nothing() {
    let (x, labels) = animals::<f64>(30);
    let classifier = Classifier::new([4]).max_epochs(3);
    let model = classifier.fit(&x, &labels).unwrap();
    assert_eq!(classifier.progress().fit(&x, &labels).unwrap(), model);
    let (x, y) = super::prices::<f64>(30);
    let regressor = ndarray_dnn::Regressor::new([4]).max_epochs(3);
    let model = regressor.fit(&x, &y).unwrap();
    assert_eq!(regressor.progress().fit(&x, &y).unwrap(), model);
}
