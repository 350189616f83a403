//! Classes that a network predicts.

use ndarray_dnn::Activation::Identity;
use ndarray_dnn::ndarray::{Array1, Array2, array};
use ndarray_dnn::{Dnn, Error, Layer, Scalar};

use super::{assert_refused, in_each_layout, noise, soon, wrong_columns};

fn classes_of_outputs<F: Scalar>() {
    let net = |outputs: usize, softmax| -> Dnn<F> {
        let layer = Layer::new(noise(outputs, 3), Array1::zeros(outputs), Identity).unwrap();
        Dnn::builder().softmax(softmax).build_from([layer]).unwrap()
    };
    // Fewer rows than a block, one block, several blocks and a rest.
    for rows in [0, 1, 255, 256, 257, 1_000] {
        let x = noise::<F>(rows, 3).mapv(|value| value * F::from_f64(30.0));
        for (outputs, softmax) in [(1, false), (2, false), (4, true)] {
            let net = net(outputs, softmax);
            let output = net.predict(&x).unwrap();
            let expected = output.rows().into_iter().map(|row| match row.len() {
                1 => usize::from(row[0].as_f64() >= 0.5),
                _ => (0..row.len()).find(|&i| row.iter().all(|value| *value <= row[i])).unwrap(),
            });
            let expected = Array1::from_iter(expected);
            let mut occurring = expected.to_vec();
            occurring.sort_unstable();
            occurring.dedup();
            assert!(rows < 255 || occurring.len() == outputs.max(2), "{occurring:?}");
            in_each_layout(&x, |x| assert_eq!(net.predict_classes(x).unwrap(), expected));
        }
    }
}

#[test]
fn predicted_classes_are_the_columns_of_the_largest_outputs() {
    classes_of_outputs::<f64>();
    classes_of_outputs::<f32>();
}

#[test]
fn the_first_of_equal_outputs_is_the_class() {
    let layer = Layer::new(array![[0.0], [1.0], [1.0], [0.0]], array![0.0, 0.0, 0.0, 0.0], Identity).unwrap();
    let net = Dnn::builder().build_from([layer]).unwrap();
    assert_eq!(net.predict_classes(&array![[1.0], [0.0], [-0.0], [-1.0]]), Ok(array![1, 0, 0, 0]));
    let layer = Layer::new(array![[1.0]], array![0.0], Identity).unwrap();
    let net = Dnn::builder().build_from([layer]).unwrap();
    let below = 0.5 - f64::EPSILON / 4.0;
    assert_eq!(net.predict_classes(&array![[0.5], [below], [-7.0], [7.0]]), Ok(array![1, 0, 0, 1]));
}

#[test]
fn bad_input_is_refused() {
    let layer = Layer::new(array![[1e308, 0.0], [1.0, 0.0]], array![0.0, 0.0], Identity).unwrap();
    let net = Dnn::builder().build_from([layer]).unwrap();
    assert_refused(
        net.predict_classes(&array![[1.0, 2.0, 3.0]]),
        &wrong_columns("x", 2, 3),
        "x must have 2 columns, found 3",
    );
    let mut x = Array2::zeros((600, 2));
    x[[520, 0]] = 100.0;
    assert_refused(
        net.predict_classes(&x),
        &Error::NonFinite { what: "the output", row: 520, column: 0 },
        "the output must be finite, found NaN or infinity in row 520, column 0",
    );
    x[[599, 1]] = f64::NAN;
    assert_refused(
        net.predict_classes(&x),
        &Error::NonFinite { what: "x", row: 599, column: 1 },
        "x must be finite, found NaN or infinity in row 599, column 1",
    );
    let rows = 1 << 60;
    assert_refused(
        soon(move || net.predict_classes(&array![0.0, 0.0].broadcast((rows, 2)).unwrap())),
        &Error::TooLarge { what: "the classes", rows, columns: 1 },
        &format!("no memory for the classes: {rows} rows of 1 columns"),
    );
}
