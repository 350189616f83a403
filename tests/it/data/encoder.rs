//! Labels of any type as numbers of classes, and back.

use ndarray_dnn::error::Place;
use ndarray_dnn::ndarray::{Array1, array};
use ndarray_dnn::{Error, LabelEncoder};

use super::{assert_refused, wrong_label};

#[test]
fn classes_are_sorted_and_labels_come_back() {
    let labels = ["dog", "cat", "horse", "cat", "dog"];
    let encoder = LabelEncoder::fit(labels).unwrap();
    assert_eq!(encoder.classes(), ["cat", "dog", "horse"]);
    let numbers = encoder.transform(labels).unwrap();
    assert_eq!(numbers, array![1, 0, 2, 0, 1]);
    assert_eq!(encoder.inverse_transform(&numbers).unwrap(), Array1::from_iter(labels.map(String::from)));
    assert_eq!(encoder.transform([""; 0]).unwrap().len(), 0);
    assert_eq!(encoder.inverse_transform([0_u8; 0]).unwrap().len(), 0);
}

#[test]
fn every_ordered_type_can_be_a_label() {
    // Borrowed and owned texts have the same classes.
    let texts = vec![String::from("b"), String::from("a"), String::from("b")];
    let owned: LabelEncoder<String> = LabelEncoder::fit(&texts).unwrap();
    let borrowed: LabelEncoder<&str> = LabelEncoder::fit(&["b", "a", "b"]).unwrap();
    assert_eq!(owned.transform(&texts), Ok(array![1, 0, 1]));
    assert_eq!(owned.transform(["a", "b"]), Ok(array![0, 1]));
    assert_eq!(borrowed.transform(["a", "b"]), Ok(array![0, 1]));
    assert_eq!(borrowed.transform(&["a", "b"]), Ok(array![0, 1]));
    assert_eq!(borrowed.inverse_transform([1, 0, 1]).unwrap().to_vec(), texts);
    // Numbers, pairs, and an array.
    let numbers = LabelEncoder::fit(&array![7, -3, 7, 100]).unwrap();
    assert_eq!(numbers.classes(), [-3, 7, 100]);
    assert_eq!(numbers.transform(&array![100, -3]), Ok(array![2, 0]));
    assert_eq!(numbers.inverse_transform(&array![1_i64, 1]), Ok(array![7, 7]));
    let pairs = LabelEncoder::fit(&[(1, true), (0, false), (1, false)]).unwrap();
    assert_eq!(pairs.inverse_transform([true, false]), Ok(array![(1, false), (0, false)]));
    // One class; 1,000 classes.
    assert_eq!(LabelEncoder::fit(["only"; 5]).unwrap().classes(), ["only"]);
    let many = Vec::from_iter((0..1_000_i32).map(|i| i * 617 % 1_000));
    let encoder = LabelEncoder::fit(&many).unwrap();
    assert!(
        encoder.transform(&many).unwrap().iter().zip(&many).all(|(class, label)| *class as i32 == *label)
    );
}

#[test]
fn unknown_labels_and_classes_are_refused() {
    assert_refused(
        LabelEncoder::<String>::fit([""; 0]),
        &Error::Empty { what: "labels", rows: 0, columns: 1 },
        "labels must not be empty, found 0 elements",
    );
    let encoder = LabelEncoder::fit(["cat", "dog"]).unwrap();
    for (labels, index, label) in
        [(["cow", "cat"], 0, "cow"), (["cat", "Cat"], 1, "Cat"), (["dog", ""], 1, "")]
    {
        let found = format!("{label:?}");
        let text = format!("labels[{index}] must be one of the 2 known labels, found {found}");
        let at = Place::Index(index);
        let expected = Error::UnknownLabel { name: "labels", at, classes: 2, found };
        assert_refused(encoder.transform(labels), &expected, &text);
    }
    for class in [2, usize::MAX] {
        let (expected, text) = wrong_label("classes", 1, class, 2);
        assert_refused(encoder.inverse_transform([1, class]), &expected, &text);
    }
}
