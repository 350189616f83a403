//! The verbs by hand: passes, errors and gradients.

use ndarray_dnn::Activation::{Identity, Relu, Sigmoid};
use ndarray_dnn::error::Extent;
use ndarray_dnn::ndarray::{Array2, array};
use ndarray_dnn::{Dnn, Error, Gradients, Layer, Link, Pass};

use super::support::{Bench, assert_refused, conflict, wrong_shape};

#[test]
fn targets_and_errors_that_do_not_fit_the_pass() {
    let bench = Bench::new(false);
    for found in [0, 1, 2, 4] {
        let expected = |what| wrong_shape(what, Extent::Rows, 3, found);
        let text = |what| format!("{what} must have 3 rows, found {found}");
        bench.refuses_targets(&bench.pass, &Array2::zeros((found, 2)), &expected("y"), &text("y"));
        bench.refuses_error(&bench.pass, &Array2::zeros((found, 2)), &expected("d"), &text("d"));
    }
    for found in [0, 1, 3] {
        let expected = |what| wrong_shape(what, Extent::Columns, 2, found);
        let text = |what| format!("{what} must have 2 columns, found {found}");
        bench.refuses_targets(&bench.pass, &Array2::zeros((3, found)), &expected("y"), &text("y"));
        bench.refuses_error(&bench.pass, &Array2::zeros((3, found)), &expected("d"), &text("d"));
    }
}

#[test]
fn passes_and_gradients_of_another_network() {
    let bench = Bench::new(false);
    let other = |inputs: usize, shape: &[usize]| -> Dnn {
        let activations = vec![Identity; shape.len()];
        Dnn::builder().input_shape(inputs).shape(shape.to_vec()).activations(activations).build().unwrap()
    };
    let cases = [
        (None, vec![]),
        (Some(other(1, &[3, 2])), vec![1, 3, 2]),
        (Some(other(2, &[4, 2])), vec![2, 4, 2]),
        (Some(other(2, &[3, 1])), vec![2, 3, 1]),
        (Some(other(2, &[2])), vec![2, 2]),
        (Some(other(2, &[3, 2, 2])), vec![2, 3, 2, 2]),
    ];
    for (other, found) in cases {
        let (mut pass, mut gradients) = (Pass::default(), Gradients::default());
        if let Some(other) = other {
            pass = other.compute(&Array2::ones((3, other.input_shape()))).unwrap();
            gradients = other.bp(&pass, &Array2::ones((3, other.output_shape()))).unwrap();
        }
        let expected = |what| Error::Foreign { what, expected: vec![2, 3, 2], found: found.clone() };
        let text = |what| format!("{what} must come from a network of sizes [2, 3, 2], found {found:?}");
        bench.refuses_targets(&pass, &bench.y, &expected("pass"), &text("pass"));
        bench.refuses_error(&pass, &bench.d, &expected("pass"), &text("pass"));
        bench.refuses(&expected("gradients"), &text("gradients"), |bench| bench.net.update(&gradients));
        if !found.is_empty() {
            bench.refuses(&expected("other"), &text("other"), |bench| bench.gradients.merge(&gradients));
        }
    }
}

#[test]
fn passes_with_another_link() {
    let (with, without) = (Bench::new(true), Bench::new(false));
    let cases =
        [(&with, &without, Link::Softmax, Link::Identity), (&without, &with, Link::Identity, Link::Softmax)];
    for (bench, other, expected, found) in cases {
        let (one, two) =
            (format!("a pass with the link {found}"), format!("a network with the link {expected}"));
        let error = conflict("pass", &one, &two);
        let text = format!("{one} cannot be combined with {two}");
        bench.refuses_targets(&other.pass, &bench.y, &error, &text);
        bench.refuses_error(&other.pass, &bench.d, &error, &text);
    }
}

#[test]
fn gradients_that_are_not_finite() {
    // An output layer that takes an infinite value: its gradients are 0 · ∞.
    let hidden = Layer::new(array![[1e308]], array![0.0], Identity).unwrap();
    let output = Layer::new(array![[1.0], [1.0]], array![0.0, 0.0], Sigmoid).unwrap();
    let mut net = Dnn::builder().build_from([hidden, output]).unwrap();
    let before = net.clone();
    let pass = net.compute(&array![[100.0]]).unwrap();
    assert_eq!(pass.output(), array![[1.0, 1.0]]);
    let gradients = net.bp(&pass, &array![[0.0, 0.0]]).unwrap();
    let error = net.update(&gradients).unwrap_err();
    assert!(matches!(error, Error::NonFinite { row: 0, column: 0, .. }), "{error}");
    assert!(error.to_string().starts_with("the weights of gradients must be finite, found "), "{error}");
    assert_eq!(net, before);
    // The sum of the errors over the rows overflows; the gradients of the weights contain it times 1e-10.
    let layer = Layer::new(array![[1.0], [1.0]], array![0.0, 0.0], Identity).unwrap();
    let mut net = Dnn::builder().build_from([layer]).unwrap();
    let before = net.clone();
    let pass = net.compute(&array![[1e-10], [1e-10]]).unwrap();
    let gradients = net.bp(&pass, &array![[0.0, f64::MAX], [0.0, f64::MAX]]).unwrap();
    assert_refused(
        net.update(&gradients),
        &Error::NonFinite { what: "the biases of gradients", row: 1, column: 0 },
        "the biases of gradients must be finite, found NaN or infinity in row 1, column 0",
    );
    assert_eq!(net, before);
}

#[test]
fn outputs_that_are_not_finite() {
    let layer = Layer::new(array![[1e308], [1.0]], array![0.0, 0.0], Identity).unwrap();
    for softmax in [false, true] {
        let mut net = Dnn::builder().softmax(softmax).build_from([layer.clone()]).unwrap();
        let before = net.clone();
        let x = Array2::from_shape_fn((600, 1), |(i, _)| if i == 520 { 100.0 } else { 0.0 });
        let y = Array2::from_elem((600, 2), 0.5);
        let expected = Error::NonFinite { what: "the output", row: 520, column: 0 };
        let text = "the output must be finite, found NaN or infinity in row 520, column 0";
        assert_refused(net.compute(&x), &expected, text);
        assert_refused(net.predict(&x), &expected, text);
        assert_refused(net.objective(&x, &y), &expected, text);
        let row = Error::NonFinite { what: "the output", row: 0, column: 0 };
        let text_of_row = "the output must be finite, found NaN or infinity in row 0, column 0";
        assert_refused(net.predict_row(&[100.0]), &row, text_of_row);
        let mut answer = [7.0; 2];
        assert_refused(net.predict_row_into(&[100.0], &mut answer, &mut Pass::default()), &row, text_of_row);
        assert_eq!(answer, [7.0; 2]);
        // A pass that was filled before is empty afterwards, and is refused.
        let mut pass = net.compute(&array![[1.0]]).unwrap();
        assert_refused(net.compute_into(&x, &mut pass), &expected, text);
        assert_eq!((pass.rows(), pass.output().dim(), pass.outputs(0)), (0, (0, 0), None));
        let foreign = Error::Foreign { what: "pass", expected: vec![1, 2], found: vec![] };
        assert_eq!(net.error(&pass, &y).unwrap_err(), foreign);
        assert!(matches!(net.fit(&x, &y), Err(Error::Diverged { epoch: 1, .. })));
        assert_eq!(net, before);
    }
}

#[test]
fn relu_does_not_hide_nan() {
    // ∞ − ∞ in the second layer.
    let hidden = Layer::new(array![[1e308], [-1e308]], array![0.0, 0.0], Identity).unwrap();
    let output = Layer::new(array![[1.0, 1.0]], array![0.0], Relu).unwrap();
    let net = Dnn::builder().build_from([hidden, output]).unwrap();
    let expected = Error::NonFinite { what: "the output", row: 0, column: 0 };
    assert_eq!(net.predict(&array![[100.0]]), Err(expected));
}
