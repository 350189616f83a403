//! Labels as targets and as sample weights.

use std::collections::BTreeMap;
use std::iter;

use ndarray_dnn::error::Place;
use ndarray_dnn::metrics::{accuracy, classification_report, confusion_matrix};
use ndarray_dnn::ndarray::{Array1, Array2, array, s};
use ndarray_dnn::{Error, Scalar, balanced_weights, one_hot};

use super::{Promising, assert_near, assert_refused, no_classes, out_of_range, soon, wrong_label};

fn one_hot_rows<F: Scalar>() {
    let labels = vec![3, 0, 1, 1, 3];
    let y: Array2<F> = one_hot(&labels, 4).unwrap();
    assert_eq!(y.dim(), (5, 4));
    assert!(y.is_standard_layout());
    for ((row, column), &value) in y.indexed_iter() {
        assert_eq!(value.as_f64(), f64::from(u8::from(labels[row] == column)));
    }
    // In other containers.
    let array = Array1::from(labels.clone());
    for other in [
        one_hot(&labels[..], 4),
        one_hot(&array, 4),
        one_hot(array.view(), 4),
        one_hot(array.slice(s![..;-1]).to_owned().slice(s![..;-1]), 4),
        one_hot(labels.iter().filter(|_| true), 4),
    ] {
        assert_eq!(other.as_ref(), Ok(&y));
    }
    assert_eq!(one_hot::<F>(&[0; 0], 3).unwrap().dim(), (0, 3));
    assert_eq!(one_hot::<F>(&[0, 0], 1).unwrap(), Array2::ones((2, 1)));
}

#[test]
fn one_hot_is_1_in_the_column_of_the_label() {
    one_hot_rows::<f64>();
    one_hot_rows::<f32>();
}

#[test]
fn bad_labels_are_refused() {
    for (label, classes) in [(3, 3), (usize::MAX, 3), (1, 1)] {
        let (expected, text) = wrong_label("labels", 2, label, classes);
        assert_refused(one_hot::<f64>(&[0, 0, label, label], classes), &expected, &text);
    }
    for labels in [&[][..], &[0]] {
        assert_refused(one_hot::<f64>(labels, 0), &no_classes(), "classes must be at least 1, found 0");
    }
    for (rows, classes) in [(1, usize::MAX), (3, usize::MAX), (1, 1 << 60), (0, usize::MAX)] {
        assert_refused(
            one_hot::<f64>(&vec![0; rows], classes),
            &Error::TooLarge { what: "the targets", rows, columns: classes },
            &format!("no memory for the targets: {rows} rows of {classes} columns"),
        );
    }
    let expected = Error::TooLarge { what: "the targets", rows: usize::MAX, columns: 2 };
    assert_eq!(soon(|| one_hot::<f64>(iter::repeat(&1), 2)), Err(expected));
    // A filter promises no rows.
    let classes = usize::MAX >> 8;
    let expected = Error::TooLarge { what: "the targets", rows: 1, columns: classes };
    assert_eq!(one_hot::<f64>([1, 2].iter().filter(|_| true), classes), Err(expected));
}

#[test]
fn labels_of_every_type_are_taken_owned_and_borrowed() {
    let expected = array![[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]];
    let weights: Array1<f64> = balanced_weights(&[1, 0, 1]);
    macro_rules! check {
        ($($type:ty)*) => {$(
            let labels: Vec<$type> = vec![1, 0, 1];
            assert_eq!(one_hot(&labels, 2).as_ref(), Ok(&expected));
            assert_eq!(one_hot(Array1::from(labels.clone()).view(), 2).as_ref(), Ok(&expected));
            assert_eq!(accuracy(&labels, [true, true, true]), Ok(2.0 / 3.0));
            assert_eq!(confusion_matrix(&labels, [1_usize, 1, 1], 2).unwrap(), array![[0, 1], [0, 2]]);
            assert_eq!(balanced_weights::<f64>(&labels), weights);
            assert_eq!(one_hot(labels, 2).as_ref(), Ok(&expected));
        )*};
    }
    check!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);
    let labels = [true, false, true];
    assert_eq!(one_hot(&labels, 2).as_ref(), Ok(&expected));
    assert_eq!(one_hot(labels, 2).as_ref(), Ok(&expected));
    assert_eq!(one_hot(labels.iter().filter(|_| true), 2).as_ref(), Ok(&expected));
    assert_eq!(balanced_weights::<f64>(Array1::from_iter(labels)), weights);
}

#[test]
fn negative_labels_of_classes_are_refused() {
    for label in [-1, -128] {
        let at = Place::Index(1);
        let text = |name| format!("{name}[1] must be at least 0, found {label}");
        let expected = |name| out_of_range(name, at, "at least 0", f64::from(label));
        assert_refused(one_hot::<f64>(&[0, label], 2), &expected("labels"), &text("labels"));
        assert_refused(confusion_matrix([0, label], [0_u8, 1], 2), &expected("truth"), &text("truth"));
        assert_refused(confusion_matrix([0, 1], [0, label], 2), &expected("predicted"), &text("predicted"));
        assert_refused(classification_report([0, label], [0, 1]), &expected("truth"), &text("truth"));
        assert_refused(classification_report([0, 1], [0, label]), &expected("predicted"), &text("predicted"));
        // Here labels are only compared.
        assert_eq!(accuracy([0, label], [0, label]), Ok(1.0));
        assert_eq!(balanced_weights::<f64>([label, 3]), array![1.0, 1.0]);
    }
    let (expected, text) = (
        out_of_range("labels", Place::Index(0), "at least 0", i64::MIN as f64),
        format!("labels[0] must be at least 0, found {:?}", i64::MIN as f64),
    );
    assert_refused(one_hot::<f64>([i64::MIN], 2), &expected, &text);
}

#[test]
fn balanced_weights_are_scikit_learn_s() {
    // compute_sample_weight("balanced", labels)
    let labels = [0, 0, 0, 0, 0, 1, 1, 5, 5, 5];
    let (five, two, three) = (0.6666666666666666, 1.6666666666666667, 1.1111111111111112);
    let expected = array![five, five, five, five, five, two, two, three, three, three];
    for (found, expected) in balanced_weights::<f64>(&labels).iter().zip(&expected) {
        assert_near(*found, *expected, 4e-16);
    }
    assert_eq!(balanced_weights::<f32>(&labels), expected.mapv(|weight| weight as f32));
    assert_eq!(balanced_weights::<f64>(&[0; 0]), Array1::<f64>::zeros(0));
    assert_eq!(balanced_weights::<f64>(&[usize::MAX, 7, 7, usize::MAX]), array![1.0, 1.0, 1.0, 1.0]);
}

fn weights_sum<F: Scalar>(relative: f64) {
    let labels = Array1::from_shape_fn(1_000, |i| [0, 7, 7, usize::MAX, 7, 1 << 40, 7][i % 7] + i % 2 / 2);
    let weights: Array1<F> = balanced_weights(&labels);
    let mut totals = BTreeMap::new();
    for (label, weight) in labels.iter().zip(&weights) {
        *totals.entry(label).or_insert(0.0) += weight.as_f64();
    }
    assert_eq!(totals.len(), 4);
    totals.values().for_each(|total| assert_near(*total, 250.0, relative));
    assert_near(totals.values().sum(), 1_000.0, relative);
}

#[test]
fn each_class_has_the_same_share_of_the_weights() {
    weights_sum::<f64>(1e-13);
    weights_sum::<f32>(1e-6);
}

#[test]
fn a_wrong_size_hint_changes_nothing() {
    let labels = [1, 0, 1, 1, 2];
    for promised in [1, 100, 1 << 40, 1 << 60, usize::MAX] {
        let promising = || Promising { elements: labels.iter(), promised };
        assert_eq!(one_hot::<f64>(promising(), 3), one_hot(&labels, 3));
        assert_eq!(balanced_weights::<f64>(promising()), balanced_weights::<f64>(&labels));
    }
    // Endless, or almost.
    for promised in [1 << 60, usize::MAX] {
        let endless = Promising { elements: iter::repeat(&1), promised };
        let expected = Error::TooLarge { what: "the targets", rows: promised, columns: 2 };
        assert_eq!(soon(move || one_hot::<f64>(endless, 2)), Err(expected));
    }
}
