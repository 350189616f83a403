//! Networks with a scaler merged in: they take raw data and answer in raw units, like the scaler and the network
//! together.

use ndarray::{Array2, array};
use ndarray_dnn::Activation::{Identity, Sigmoid};
use ndarray_dnn::error::Extent;
use ndarray_dnn::{Activation, Dnn, Error, Link, Scalar, StandardScaler};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::common::errors::wrong_shape;
use crate::common::{ACTIVATIONS, assert_close, network, uniform, velocity, with_link};

const SEED: u64 = 8;

/// Columns of very different means and scales, one of them constant.
fn raw<F: Scalar>(columns: usize, generator: &mut ChaCha8Rng) -> Array2<F> {
    let mut x = uniform::<F>(30, columns, generator);
    for (j, mut column) in x.columns_mut().into_iter().enumerate() {
        let (mean, scale) = [(0.0, 1.0), (1e4, 3.0), (-0.001, 1e-3), (5.0, 0.0)][j % 4];
        column.mapv_inplace(|x| F::from_f64(mean + scale * x.as_f64()));
    }
    x
}

fn check<F: Scalar>(tolerance: f64) {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    for hidden in ACTIVATIONS {
        for link in [Link::Identity, Link::Softmax, Link::Logistic, Link::Log] {
            for depth in 1..=3 {
                let builder = with_link::<F>(link);
                let mut sizes = vec![5; depth + 1];
                (sizes[0], sizes[depth]) = (4, 3);
                let mut activations = vec![hidden; depth];
                activations[depth - 1] = Identity;
                let net = network(builder, &sizes, &activations, generator);
                let (x, y) = (raw::<F>(4, generator), raw::<F>(3, generator));
                let (of_x, of_y) = (StandardScaler::fit(&x).unwrap(), StandardScaler::fit(&y).unwrap());
                let context = format!("{hidden}, {link}, {depth} layers");

                let merged = net.with_input_scaler(&of_x).unwrap();
                let answer = net.predict(&of_x.transform(&x).unwrap()).unwrap();
                let found = merged.predict(&x).unwrap();
                if link == Link::Log {
                    // The error of a logarithm is the relative error of its power.
                    assert_close(&context, &(found / &answer), &Array2::ones(answer.dim()), tolerance);
                } else {
                    assert_close(&context, &found, &answer.mapv(F::as_f64), tolerance);
                }
                assert_eq!(merged.config(), net.config());

                let both = merged.with_output_scaler(&of_y);
                if link == Link::Identity {
                    let expected = of_y.inverse_transform(&answer).unwrap().mapv(F::as_f64);
                    let found = both.unwrap().predict(&x).unwrap();
                    // The columns are about 10,000.
                    assert_close(&context, &(found / F::from_f64(1e4)), &(expected / 1e4), tolerance);
                } else {
                    assert_eq!(both.unwrap_err(), not_linear(&format!("a network with the link {link}")));
                }
            }
        }
    }
}

#[test]
fn merged_networks_take_raw_data() {
    check::<f64>(1e-10);
    // 10,000 · ε of f32: the rounding of the raw data.
    check::<f32>(2e-3);
}

#[test]
fn merging_resets_the_velocity_and_leaves_the_original_unchanged() {
    let (x, y) = (array![[1.0, 5.0], [3.0, 5.5], [4.0, 9.0]], array![[1.0], [2.0], [0.0]]);
    let of_y = StandardScaler::fit(&y).unwrap();
    let mut net: Dnn = Dnn::regressor(2, &[3], 1).build().unwrap();
    net.fit(&x, &y).unwrap();
    let before = net.clone();
    let merged = net.with_input_scaler(&StandardScaler::fit(&x).unwrap()).unwrap();
    assert_eq!(net, before);
    assert!(velocity(&net).iter().any(|v| *v != 0.0));
    assert!(velocity(&merged).iter().all(|v| *v == 0.0));
    assert_eq!(merged.iterations(), net.iterations());
    let merged = net.with_output_scaler(&of_y).unwrap();
    assert!(velocity(&merged).iter().all(|v| *v == 0.0));
    assert_eq!(net, before);
}

fn wrong_columns(expected: usize, found: usize) -> Error {
    wrong_shape("the scaler", Extent::Columns, expected, found)
}

fn not_linear(other: &str) -> Error {
    Error::Conflict { name: "the scaler", found: "an output scaler".into(), other: other.into() }
}

#[test]
fn wrong_shapes_nonlinear_outputs_and_overflow_are_refused() {
    let net = |activation: Activation| -> Dnn {
        Dnn::builder().input_shape(2).shape([1]).activations([activation]).build().unwrap()
    };
    let three = StandardScaler::fit(&array![[1.0, 2.0, 3.0]]).unwrap();
    let error = net(Identity).with_input_scaler(&three).unwrap_err();
    assert_eq!(error, wrong_columns(2, 3));
    assert_eq!(error.to_string(), "the scaler must have 2 columns, found 3");
    let error = net(Identity).with_output_scaler(&three).unwrap_err();
    assert_eq!(error, wrong_columns(1, 3));
    let one = StandardScaler::fit(&array![[1.0], [5.0]]).unwrap();
    let error = net(Sigmoid).with_output_scaler(&one).unwrap_err();
    assert_eq!(error, not_linear("a last layer with the activation sigmoid"));
    assert_eq!(
        error.to_string(),
        "an output scaler cannot be combined with a last layer with the activation sigmoid"
    );
    // A scale that makes weights infinite.
    let tiny = StandardScaler::fit(&array![[0.0, 0.0], [1e-312, 0.0]]).unwrap();
    let error = net(Identity).with_input_scaler(&tiny).unwrap_err();
    assert_eq!(error, Error::NonFinite { what: "the weights of the scaled layer", row: 0, column: 0 });
    let huge = StandardScaler::fit(&array![[1e308], [1.5e308]]).unwrap();
    let layer = ndarray_dnn::Layer::new(array![[1.0, 1.0]], array![10.0], Identity).unwrap();
    let error = Dnn::builder().build_from([layer]).unwrap().with_output_scaler(&huge).unwrap_err();
    assert_eq!(error, Error::NonFinite { what: "the biases of the scaled layer", row: 0, column: 0 });
}
