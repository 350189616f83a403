//! Predictions that are refused.

use ndarray_dnn::Activation::{Identity, Relu};
use ndarray_dnn::error::{Extent, Place};
use ndarray_dnn::ndarray::{Array2, array};
use ndarray_dnn::{Dnn, Error, Layer, Loss, Posterior};

use super::{builder, generator, normal, places};
use crate::common::errors::{assert_refused, out_of_range, wrong_shape};

fn fitted(rows: usize, lambda: f64) -> (Dnn, Posterior, Array2<f64>) {
    let generator = &mut generator(9);
    let x = places(rows, -1.0, 1.0, generator);
    let y = x.mapv(|x| x + 0.1 * normal(generator));
    let mut net = builder(1, 3, 1).regularization(lambda).build().unwrap();
    let (_, posterior) = net.levenberg_marquardt(&x, &y).run().unwrap();
    (net, posterior, x)
}

#[track_caller]
fn refuses(posterior: &Posterior, net: &Dnn, x: &Array2<f64>, expected: &Error, text: &str) {
    assert_refused(posterior.predict(net, x), expected, text);
    assert_refused(posterior.deviation_of_mean(net, x), expected, text);
}

#[test]
fn other_networks() {
    let (net, posterior, x) = fitted(20, 1e-3);
    let other: Dnn = builder(1, 4, 1).build().unwrap();
    let foreign = Error::Foreign { what: "posterior", expected: vec![1, 4, 1], found: vec![1, 3, 1] };
    let text = "posterior must come from a network of sizes [1, 4, 1], found [1, 3, 1]";
    refuses(&posterior, &other, &x, &foreign, text);
    let conflict = |found: &str| {
        let other = "the posterior of another one".to_owned();
        Error::Conflict { name: "net", found: found.to_owned(), other: other.into() }
    };
    let mut other = net.clone();
    let mut theta = net.parameters();
    theta[9] += 1e-15;
    other.set_parameters(&theta).unwrap();
    let text = "a network of other parameters cannot be combined with the posterior of another one";
    refuses(&posterior, &other, &x, &conflict("a network of other parameters"), text);
    let layers = net.layers().iter().zip([Relu, Identity]).map(|(layer, activation)| {
        Layer::new(layer.weights().to_owned(), layer.biases().to_owned(), activation).unwrap()
    });
    let other = Dnn::builder().build_from(layers).unwrap();
    let text = "a network of other activations cannot be combined with the posterior of another one";
    refuses(&posterior, &other, &x, &conflict("a network of other activations"), text);
    let mut other = net.clone();
    other.reconfigure(|builder| builder.loss(Loss::Poisson)).unwrap();
    let text = "a network with the link log cannot be combined with the posterior of another one";
    refuses(&posterior, &other, &x, &conflict("a network with the link log"), text);
    // Settings that change no prediction do not matter.
    let mut other = net.clone();
    other.reconfigure(|builder| builder.regularization(0.5).eta(0.3).loss(Loss::Absolute)).unwrap();
    assert!(posterior.predict(&other, &x).is_ok());
    // Without a network there is nothing to compare.
    assert_eq!(posterior.predict_with_deviation(&x).unwrap(), posterior.predict(&net, &x).unwrap());
}

#[test]
fn bad_inputs() {
    let (net, posterior, x) = fitted(20, 1e-3);
    let wide = Array2::zeros((2, 3));
    let shape = wrong_shape("x", Extent::Columns, 1, 3);
    refuses(&posterior, &net, &wide, &shape, "x must have 1 columns, found 3");
    for value in [f64::NAN, f64::INFINITY] {
        let mut bad = x.clone();
        bad[[7, 0]] = value;
        let expected = Error::NonFinite { what: "x", row: 7, column: 0 };
        let text = "x must be finite, found NaN or infinity in row 7, column 0";
        refuses(&posterior, &net, &bad, &expected, text);
    }
    let row = Array2::zeros((1, 1));
    let endless = row.broadcast((usize::MAX / 64, 1)).unwrap();
    let error = posterior.predict(&net, &endless).unwrap_err();
    assert!(matches!(error, Error::TooLarge { what: "the deviation", .. }), "{error}");
}

#[test]
fn deviations_that_overflow() {
    let x = array![[0.0], [1.0], [2.0], [3.0]];
    let y = array![[0.0], [1.1], [1.9], [3.0]];
    let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build().unwrap();
    let (_, posterior) = net.levenberg_marquardt(&x, &y).run().unwrap();
    let far = array![[0.0], [1e200]];
    let expected = Error::NonFinite { what: "the deviation", row: 1, column: 0 };
    let text = "the deviation must be finite, found NaN or infinity in row 1, column 0";
    refuses(&posterior, &net, &far, &expected, text);
}

#[test]
fn parameters_that_are_not_determined() {
    // 10 parameters and 5 rows.
    let (net, posterior, x) = fitted(5, 0.0);
    let Err(Error::Singular { size: 10, index, .. }) = posterior.predict(&net, &x) else { unreachable!() };
    assert!(index >= 4, "{index}");
    let error = posterior.deviation_of_mean(&net, &x).unwrap_err();
    assert!(
        error.to_string().ends_with("of 10 is not determined; set regularization, or evidence(true)"),
        "{error}"
    );
    assert_eq!((posterior.effective_parameters(), posterior.noise_variance()), (None, None));
    // Damping alone lets the run fit them, and with L2 the deviation is known.
    let (net, posterior, x) = fitted(5, 1e-3);
    assert!(posterior.predict(&net, &x).is_ok());
}

#[test]
fn a_noise_that_is_not_known() {
    // 2 parameters and 2 values.
    let (x, y) = (array![[0.0], [1.0]], array![[1.0], [3.0]]);
    let mut net =
        Dnn::builder().input_shape(1).shape([1]).activations([Identity]).regularization(0.0).build().unwrap();
    let (_, posterior) = net.levenberg_marquardt(&x, &y).run().unwrap();
    let name = "the number of observed values";
    let range = "greater than 2.0000, the effective number of parameters";
    let expected = out_of_range(name, Place::Whole, range, 2.0);
    refuses(&posterior, &net, &x, &expected, &format!("{name} must be {range}, found 2"));
}
