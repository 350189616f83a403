//! Softmax and its cross-entropy do not depend on a constant that is added to all logits.

use approx::assert_abs_diff_eq;
use ndarray::{Array1, Array2, array};
use ndarray_dnn::Activation::Identity;
use ndarray_dnn::{Dnn, Layer};

use super::{ROUNDING, example};
use crate::common::{assert_close, flat_gradients, gradients};

#[test]
fn softmax_ignores_a_constant_added_to_all_logits() {
    let (net, x, y) = example::<f64>(Dnn::builder().regularization(0.0), true, 11);
    let answers = |net: &Dnn| {
        let gradients = flat_gradients(&gradients(net, &x, &y));
        (net.predict(&x).unwrap(), gradients, net.objective(&x, &y).unwrap())
    };
    let (output, gradients, objective) = answers(&net);
    for constant in [-1000.0, -3.0, 50.0, 1000.0] {
        let mut layers = net.layers().to_vec();
        let last = layers.pop().unwrap();
        let (weights, biases) = (last.weights().to_owned(), last.biases().to_owned() + constant);
        layers.push(Layer::new(weights, biases, last.activation()).unwrap());
        let builder = Dnn::builder().softmax(true).regularization(0.0);
        let shifted = answers(&builder.build_from(layers).unwrap());
        // A logit of 1000 is rounded to 1e-13.
        assert_close(&format!("output + {constant}"), &shifted.0, &output, ROUNDING);
        assert_close(&format!("gradients + {constant}"), &shifted.1, &gradients, ROUNDING);
        assert!((shifted.2 - objective).abs() < ROUNDING, "objective + {constant}");
    }
}

#[test]
fn the_cross_entropy_keeps_its_digits_at_large_logits() {
    let logits = |values: [f64; 3]| {
        let layer = Layer::new(Array2::zeros((3, 1)), Array1::from_iter(values), Identity).unwrap();
        Dnn::builder().softmax(true).regularization(0.0).build_from([layer]).unwrap()
    };
    let (x, y) = (array![[0.0]], array![[1.0, 0.0, 0.0]]);
    let expected = (2.0 * (-10.0_f64).exp()).ln_1p();
    for c in [0.0, 100.0, 1e5] {
        let net = logits([c + 10.0, c, c]);
        let loss = net.loss(&net.compute(&x).unwrap(), &y).unwrap();
        assert_abs_diff_eq!(loss, expected, epsilon = 1e-15);
        assert_abs_diff_eq!(net.objective(&x, &y).unwrap(), expected, epsilon = 1e-15);
    }
    assert_abs_diff_eq!(logits([1e17; 3]).objective(&x, &y).unwrap(), 3_f64.ln(), epsilon = 1e-15);
}
