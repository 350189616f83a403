//! Sums and squares that overflow although the result does not, and results that overflow, which are errors.

use std::f64::consts::SQRT_2;

use ndarray::{Array1, Array2, array};
use ndarray_dnn::Activation::Identity;
use ndarray_dnn::error::Place;
use ndarray_dnn::{BatchOrder, Dnn, DnnBuilder, Error, Layer, Loss, Scalar};

use crate::common::errors::out_of_range;
use crate::common::{ORDERS, assert_near};

/// A few roundings.
const ROUNDING: f64 = 1e-15;
/// A sum of a thousand terms.
const ROUNDING_OF_SUMS: f64 = 1e-12;

/// One layer without biases, whose outputs for x = 1 are the given ones.
fn answering<F: Scalar>(builder: DnnBuilder<F>, outputs: &[f64]) -> Dnn<F> {
    let weights = Array2::from_shape_fn((outputs.len(), 1), |(i, _)| F::from_f64(outputs[i]));
    let layer = Layer::new(weights, Array1::zeros(outputs.len()), Identity).unwrap();
    builder.regularization(0.0).build_from([layer]).unwrap()
}

/// The loss of a pass, the mean loss and the objective, for x = 1 in each row.
fn losses<F: Scalar>(net: &Dnn<F>, y: &Array2<F>) -> [Result<f64, Error>; 3] {
    let x = Array2::ones((y.nrows(), 1));
    let loss = net.loss(&net.compute(&x).unwrap(), y);
    [loss, net.mean_loss(&x, y), net.objective(&x, y)]
}

/// The errors of losses that are infinite.
fn infinite() -> [Result<f64, Error>; 3] {
    ["the loss", "the mean loss", "the objective"]
        .map(|name| Err(out_of_range(name, Place::Whole, "finite in f64", f64::INFINITY)))
}

#[test]
fn norms_overflow_only_if_they_are_too_large_themselves() {
    let norm = |y: &[f64]| {
        let net: Dnn = answering(Dnn::builder(), &vec![0.0; y.len()]);
        let [loss, mean_loss, _] = losses(&net, &Array2::from_shape_vec((1, y.len()), y.to_vec()).unwrap());
        assert_eq!(loss.as_ref().ok(), mean_loss.as_ref().ok());
        loss
    };
    for y in [1e155, 1e200, f64::MAX] {
        assert_eq!(norm(&[y]), Ok(y));
        assert_eq!(norm(&[0.0, -y]), Ok(y));
    }
    for y in [1e155, 1e200, 8e307, 1e-200, 1e-300] {
        assert_near(norm(&[y, -y]).unwrap(), SQRT_2 * norm(&[y]).unwrap(), ROUNDING);
        assert_near(norm(&[y, y, y, y]).unwrap(), 2.0 * y, ROUNDING);
    }
    assert_near(norm(&[3e200, 4e200]).unwrap(), 5e200, ROUNDING);
    // Small differences do not change the norm of a large one.
    assert_near(norm(&[1e200, 1e-200, 1.0]).unwrap(), 1e200, ROUNDING);
    assert_eq!(norm(&[f64::MAX, f64::MAX]), infinite()[0].clone());
}

#[test]
fn two_outputs_train_where_one_does() {
    let fit = |outputs: usize| {
        let builder = Dnn::builder().batch_order(BatchOrder::Sequential).max_epochs(3).threshold(0.0);
        let mut net: Dnn = answering(builder, &vec![0.0; outputs]);
        net.fit(&array![[1.0]], &Array2::from_elem((1, outputs), 1e200)).unwrap().losses().to_vec()
    };
    let [one, two] = [fit(1), fit(2)];
    assert_eq!(one.len(), 3);
    for (one, two) in one.iter().zip(two) {
        assert_near(two, SQRT_2 * one, ROUNDING);
    }
}

#[test]
fn infinite_losses_are_errors() {
    for outputs in [1, 2] {
        let net = |loss| -> Dnn { answering(Dnn::builder().loss(loss), &vec![0.0; outputs]) };
        let y = Array2::from_elem((3, outputs), 1e200);
        assert_eq!(losses(&net(Loss::Squared), &y), infinite(), "{outputs} outputs");
        // The norm is finite; the objective is half its square.
        let [loss, mean_loss, objective] = losses(&net(Loss::Article), &y);
        assert!(loss.is_ok() && mean_loss.is_ok());
        assert_eq!(objective, infinite()[2]);
    }
    let text = infinite().map(|error| error.unwrap_err().to_string());
    assert_eq!(text[0], "the loss must be finite in f64, found inf");
    assert_eq!(text[1], "the mean loss must be finite in f64, found inf");
    assert_eq!(text[2], "the objective must be finite in f64, found inf");
    // The error D = Y − Ŷ itself overflows.
    let net: Dnn = answering(Dnn::builder(), &[-f64::MAX]);
    assert_eq!(losses(&net, &array![[f64::MAX]]), infinite());
}

#[test]
fn half_a_square_can_be_finite_where_the_square_is_not() {
    let net: Dnn = answering(Dnn::builder().loss(Loss::Squared), &[0.0]);
    for found in losses(&net, &array![[1.8e154]]) {
        assert_near(found.unwrap(), 1.62e308, ROUNDING);
    }
}

#[test]
fn softmax_of_the_largest_logits() {
    let softmax = |logits: &[f64]| -> Dnn { answering(Dnn::builder().softmax(true), logits) };
    for largest in [1.7e308, f64::MAX] {
        let net = softmax(&[largest, -largest]);
        assert_eq!(net.predict(&array![[1.0]]), Ok(array![[1.0, 0.0]]));
        // Twice the largest logit, times the target of the class that is not predicted.
        for (y, expected) in [(0.0, 0.0), (0.25, 0.5 * largest), (0.5, largest)] {
            for found in losses(&net, &array![[1.0 - y, y]]) {
                assert!((found.clone().unwrap() - expected).abs() <= ROUNDING * expected, "{found:?}");
            }
        }
        assert_eq!(losses(&net, &array![[0.0, 1.0]]), infinite());
        // Equal logits: ln 2.
        for found in losses(&softmax(&[largest, largest]), &array![[1.0, 0.0]]) {
            assert_near(found.unwrap(), 2_f64.ln(), ROUNDING);
        }
    }
    // In f32 the losses, which are f64, are always finite.
    let largest = f64::from(f32::MAX);
    let net: Dnn<f32> = answering(Dnn::builder().softmax(true), &[largest, -largest]);
    for found in losses(&net, &array![[0.0, 1.0]]) {
        assert_near(found.unwrap(), 2.0 * largest, ROUNDING);
    }
}

#[test]
fn logistic_of_the_largest_logits() {
    let logistic =
        |logits: &[f64]| -> Dnn { answering(Dnn::builder().loss(Loss::BinaryCrossEntropy), logits) };
    for largest in [1.7e308, f64::MAX] {
        for (logit, y, expected) in [
            (largest, 1.0, 0.0),
            (largest, 0.0, largest),
            (largest, 0.5, 0.5 * largest),
            (-largest, 1.0, largest),
            (-largest, 0.0, 0.0),
        ] {
            for found in losses(&logistic(&[logit]), &array![[y]]) {
                assert!((found.clone().unwrap() - expected).abs() <= ROUNDING * expected, "{found:?}");
            }
        }
        assert_eq!(losses(&logistic(&[largest, -largest]), &array![[0.0, 1.0]]), infinite());
    }
}

/// From a = 37 on, e^−a is less than half the ε of f64, so that ln(1 + e^−a) needs `ln_1p`.
#[test]
fn small_binary_cross_entropies_are_not_0() {
    for (logit, expected) in
        [(37.0, 8.533047625744066e-17), (40.0, 4.248354255291589e-18), (700.0, 9.85967654375977e-305)]
    {
        for (logit, y) in [(logit, 1.0), (-logit, 0.0)] {
            let net: Dnn = answering(Dnn::builder().loss(Loss::BinaryCrossEntropy), &[logit]);
            for found in losses(&net, &array![[y]]) {
                assert_near(found.unwrap(), expected, ROUNDING);
            }
        }
    }
}

#[test]
fn many_large_losses_have_a_mean() {
    // More rows than one of the blocks in which means are computed.
    let rows = 1000;
    let norm: Dnn = answering(Dnn::builder(), &[0.0]);
    let y = Array2::from_elem((rows, 1), 1e308);
    let [loss, mean_loss, objective] = losses(&norm, &y);
    for found in [loss, mean_loss] {
        assert_near(found.unwrap(), 1e308, ROUNDING_OF_SUMS);
    }
    assert_eq!(objective, infinite()[2]);
    let squared: Dnn = answering(Dnn::builder().loss(Loss::Squared), &[0.0]);
    let softmax: Dnn = answering(Dnn::builder().softmax(true), &[1e308, 0.0]);
    let cases = [
        (squared, Array2::from_elem((rows, 1), 2_f64.sqrt() * 1e154)),
        (softmax, Array2::from_shape_fn((rows, 2), |(_, column)| column as f64)),
    ];
    for (net, y) in cases {
        for found in losses(&net, &y) {
            assert_near(found.unwrap(), 1e308, ROUNDING_OF_SUMS);
        }
    }
}

#[test]
fn an_epoch_of_large_losses_has_a_mean() {
    let rows = 50;
    let fit = |outputs: &[f64], builder: DnnBuilder, y: &Array2<f64>, weights: &Array1<f64>| {
        let builder = builder.minibatch_size(7).eta(1e-320).max_epochs(2).threshold(0.0);
        let mut net = answering(builder, outputs);
        let x = Array2::ones((rows, 1));
        let report = net.training(&x, y).sample_weights(weights).run().unwrap();
        assert_eq!(report.epochs(), 2);
        report.losses().to_vec()
    };
    let [ones, uneven] = [Array1::ones(rows), Array1::from_shape_fn(rows, |row| (row % 3) as f64)];
    // The sum over the rows of a mini-batch is finite, as its gradient needs; that over the epoch is not.
    let one = Array2::from_elem((rows, 1), 1e307);
    let two = Array2::from_elem((rows, 2), 1e307 / SQRT_2);
    // With softmax, gradients are small, and the sum of a mini-batch overflows too.
    let second_class = Array2::from_shape_fn((rows, 2), |(_, column)| column as f64);
    for order in ORDERS {
        let builder = || Dnn::builder().batch_order(order);
        for weights in [&ones, &uneven] {
            let losses = [fit(&[0.0], builder(), &one, weights), fit(&[0.0; 2], builder(), &two, weights)];
            for loss in losses.concat() {
                assert_near(loss, 1e307, ROUNDING_OF_SUMS);
            }
            for loss in fit(&[1.7e308, 0.0], builder().softmax(true), &second_class, weights) {
                assert_near(loss, 1.7e308, ROUNDING_OF_SUMS);
            }
        }
    }
}

#[test]
fn the_penalty_overflows_only_if_it_is_too_large_itself() {
    let layer = |weights: Array2<f64>, bias: f64| {
        let biases = Array1::from_elem(weights.nrows(), bias);
        Layer::new(weights, biases, Identity).unwrap()
    };
    // x = 0 and y = the output, so that the penalty is the whole objective.
    let objective = |builder: DnnBuilder, layers: Vec<Layer>| {
        let net = builder.build_from(layers).unwrap();
        let x = Array2::zeros((1, net.input_shape()));
        net.objective(&x, &net.predict(&x).unwrap())
    };
    let penalized = || Dnn::builder().regularization(1e-300);
    let one = vec![layer(array![[1e200]], 0.0)];
    assert_near(objective(penalized(), one.clone()).unwrap(), 5e99, ROUNDING);
    let two = vec![layer(array![[3e200, 4e200]], 0.0)];
    assert_near(objective(penalized(), two).unwrap(), 1.25e101, ROUNDING);
    let layers = vec![layer(array![[3e200]], 0.0), layer(array![[4e200]], 0.0)];
    assert_near(objective(penalized(), layers).unwrap(), 1.25e101, ROUNDING);
    let with_bias = vec![layer(array![[3e200]], 4e200)];
    assert_near(objective(penalized(), with_bias.clone()).unwrap(), 1.25e101, ROUNDING);
    assert_near(objective(penalized().regularize_biases(false), with_bias).unwrap(), 4.5e100, ROUNDING);
    assert_eq!(objective(Dnn::builder().regularization(1e-3), one.clone()), infinite()[2]);
    // With λ = 0 the square does not matter.
    assert_eq!(objective(Dnn::builder().regularization(0.0), one), Ok(0.0));
}
