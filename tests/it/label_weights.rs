//! Weights of labels: the loss of each output, and its part of the yes, times a weight.

use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::error::{Extent, Place};
use ndarray_dnn::ndarray::{Array1, Array2, Axis, array, s};
use ndarray_dnn::{BatchOrder, Dnn, DnnBuilder, Error, Layer, Loss, Scalar};

use crate::common::errors::{assert_refused, out_of_range, wrong_shape};
use crate::common::json::{list, matrix, number, read, vector};
use crate::common::{assert_close, parameters};

/// Data of 20 rows, and a builder of a network for it, with 2 inputs and 3 labels.
fn example<F: Scalar>() -> (Array2<F>, Array2<F>, DnnBuilder<F>) {
    let x = Array2::from_shape_fn((20, 2), |(i, j)| F::from_f64(((i * 2 + j) as f64 * 1.7).sin()));
    let yes = |i: usize, j: usize| x[[i, 0]].as_f64() > [0.0, 0.5, -0.3][j];
    let y = Array2::from_shape_fn((20, 3), |(i, j)| if yes(i, j) { F::one() } else { F::zero() });
    let builder = Dnn::multilabel(2, &[4], 3).activations([Tanh, Identity]).max_epochs(5).min_updates(0);
    (x, y, builder)
}

#[test]
fn the_loss_agrees_with_scikit_learn_s() {
    let golden = read("sklearn_metrics");
    for case in list(&golden["label_weights"]) {
        let layer = Layer::new(Array2::eye(3), Array1::zeros(3), Identity).unwrap();
        let (w, p) = (vector(&case["label_weights"]), vector(&case["positive_weights"]));
        let builder = Dnn::builder().loss(Loss::BinaryCrossEntropy).regularization(0.0);
        let net = builder.label_weights(w.clone()).positive_weights(p.clone()).build_from([layer]).unwrap();
        let (x, y) = (matrix(&case["logits"]), matrix(&case["y"]));
        let pass = net.compute(&x).unwrap();
        let expected = number(&case["loss"]);
        for loss in [net.loss(&pass, &y), net.mean_loss(&x, &y), net.objective(&x, &y)] {
            assert!((loss.unwrap() / expected - 1.0).abs() < 1e-14);
        }
        // D is minus the derivative of the loss with respect to the logits.
        let d = net.error(&pass, &y).unwrap();
        let step = 1e-5;
        for ((row, column), d) in d.indexed_iter() {
            let loss = |change: f64| {
                let mut x = x.clone();
                x[[row, column]] += change;
                x.nrows() as f64 * net.mean_loss(&x, &y).unwrap()
            };
            let slope = (loss(step) - loss(-step)) / (2.0 * step);
            assert!((d + slope).abs() < 1e-7, "{d}, {slope}");
        }
    }
}

fn weights_of_1<F: Scalar>() {
    let (x, y, builder) = example::<F>();
    let ones = || [1.0; 3];
    let mut plain = builder.clone().build().unwrap();
    let report = plain.fit(&x, &y).unwrap();
    for builder in [
        builder.clone().label_weights(ones()),
        builder.clone().positive_weights(ones()),
        builder.label_weights(ones()).positive_weights(ones()),
    ] {
        let mut net = builder.build().unwrap();
        assert_eq!(net.fit(&x, &y).unwrap(), report);
        assert_eq!(net.layers(), plain.layers());
    }
}

#[test]
fn weights_of_1_have_the_bits_of_no_weights() {
    weights_of_1::<f64>();
    weights_of_1::<f32>();
}

#[test]
fn a_weight_of_a_single_label_is_a_weight_of_rows() {
    let (x, y, _) = example::<f64>();
    let y = y.slice(s![.., ..1]);
    let builder = Dnn::multilabel(2, &[4], 1)
        .activations([Tanh, Identity])
        .max_epochs(20)
        .min_updates(0)
        .regularization(0.0);
    let mut net = builder.clone().label_weights([1.5]).positive_weights([3.0]).build().unwrap();
    let report = net.fit(&x, &y).unwrap();
    // A row of the weight w counts as w rows, if the mean weight is 1.
    let weights = y.column(0).mapv(|y| if y == 1.0 { 4.5 } else { 1.5 });
    let mut other = builder.build().unwrap();
    let of_rows = other.training(&x, &y).sample_weights(&weights).mean_weight(1.0).run().unwrap();
    assert_close("parameters", &parameters(net.layers()), &parameters(other.layers()), 1e-12);
    // The loss of the rows is divided by the sum of their weights.
    let mean = weights.mean().unwrap();
    for (loss, of_rows) in report.losses().iter().zip(of_rows.losses()) {
        assert!((loss / (mean * of_rows) - 1.0).abs() < 1e-12);
    }
}

fn by_hand<F: Scalar>() {
    let (x, y, builder) = example::<F>();
    let builder = builder.batch_order(BatchOrder::Sequential).minibatch_size(6).regularization(0.01);
    let builder = builder.label_weights([0.5, 1.0, 3.0]).positive_weights([2.0, 7.0, 0.1]);
    let (mut net, mut hand) = (builder.clone().build().unwrap(), builder.build().unwrap());
    net.fit(&x, &y).unwrap();
    for _ in 0..5 {
        for start in (0..20).step_by(6) {
            let rows = s![start..20.min(start + 6), ..];
            let pass = hand.compute(&x.slice(rows)).unwrap();
            let d = hand.error(&pass, &y.slice(rows)).unwrap();
            hand.update(&hand.bp(&pass, &d).unwrap()).unwrap();
        }
    }
    assert_eq!(hand.layers(), net.layers());
    // Row by row, with row weights, and with validation.
    let (mut online, weights) = (net.clone(), Array1::from_elem(20, F::one()));
    let mut twin = net.clone();
    assert_eq!(online.partial_fit_weighted(&x, &y, &weights), twin.partial_fit(&x, &y));
    let report = net.training(&x, &y).validation(&x, &y).max_epochs(1).run().unwrap();
    assert_eq!(report.validation_losses()[0], net.mean_loss(&x, &y).unwrap());
    // Row weights of 0 hide rows.
    let mut some = weights.clone();
    some[3] = F::zero();
    let mut hidden = (x.clone(), y.clone());
    hidden.0.row_mut(3).fill(F::from_f64(1e30));
    let mut other = net.clone();
    net.training(&x, &y).sample_weights(&some).run().unwrap();
    other.training(&hidden.0, &hidden.1).sample_weights(&some).run().unwrap();
    assert_eq!(other, net);
}

#[test]
fn fit_has_the_bits_of_the_verbs_by_hand() {
    by_hand::<f64>();
    by_hand::<f32>();
}

#[test]
fn a_rare_label_is_found_with_a_weight() {
    let x = Array2::from_shape_fn((300, 2), |(i, j)| ((i * 2 + j) as f64 * 1.7).sin());
    // Noise decides too, so that no network can be sure.
    let yes = |i: usize| x[[i, 0]] + ((i * 37) as f64 * 12.9898).sin() > 1.3;
    let y =
        Array2::from_shape_fn(
            (300, 2),
            |(i, j)| if j == 0 { f64::from(x[[i, 1]] > 0.0) } else { f64::from(yes(i)) },
        );
    let recall = |builder: DnnBuilder| {
        let mut net = builder.build().unwrap();
        net.fit(&x, &y).unwrap();
        let report = ndarray_dnn::metrics::multilabel_report(&y, &net.predict(&x).unwrap()).unwrap();
        report.average(ndarray_dnn::metrics::Average::Class(1)).recall
    };
    let weights = y.sum_axis(Axis(0)).mapv(|yes| (300.0 - yes) / yes);
    let plain = recall(Dnn::multilabel(2, &[], 2));
    let weighted = recall(Dnn::multilabel(2, &[], 2).positive_weights(weights));
    assert!(plain < 0.7 && weighted > 0.9, "{plain}, {weighted}");
}

#[test]
fn bad_weights_of_labels_are_refused() {
    let (x, y, builder) = example::<f32>();
    type Set = fn(DnnBuilder<f32>, Vec<f64>) -> DnnBuilder<f32>;
    let setters: [(&str, Set); 2] = [
        ("label_weights", |builder, weights| builder.label_weights(weights)),
        ("positive_weights", |builder, weights| builder.positive_weights(weights)),
    ];
    for (name, set) in setters {
        for bad in [0.0, -0.0, -1.0, 1e-60, 1e39, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let error = set(builder.clone(), vec![1.0, bad, 1.0]).build().unwrap_err();
            let Error::OutOfRange { name: found, at: Place::Index(1), range, value } = error else {
                panic!("{error}")
            };
            assert_eq!((found, value.to_bits()), (name, bad.to_bits()));
            assert_eq!(range, "greater than 0 and finite in f32");
        }
        for length in [0, 1, 2, 4] {
            let text = format!("{name} must have 3 elements, found {length}");
            let expected = wrong_shape(name, Extent::Elements, 3, length);
            assert_refused(set(builder.clone(), vec![1.0; length]).build(), &expected, &text);
            let mut net = builder.clone().build().unwrap();
            let before = net.clone();
            assert_refused(net.reconfigure(|builder| set(builder, vec![1.0; length])), &expected, &text);
            assert_eq!(net, before);
        }
        for loss in [Loss::Article, Loss::Squared] {
            let (found, other) = (format!("{name}([2.0, 1.0, 1.0])"), format!("loss({loss:?})"));
            let text = format!("{found} cannot be combined with {other}");
            let expected = Error::Conflict { name, found, other: other.into() };
            assert_refused(set(builder.clone().loss(loss), vec![2.0, 1.0, 1.0]).build(), &expected, &text);
        }
        let softmax = Dnn::<f32>::classifier(2, &[4], 3);
        assert!(matches!(set(softmax, vec![1.0; 3]).build(), Err(Error::Conflict { .. })));
        // A new weight is a setting like any other.
        let mut net = builder.clone().build().unwrap();
        net.fit(&x, &y).unwrap();
        net.reconfigure(|builder| set(builder, vec![2.0, 3.0, 4.0])).unwrap();
        net.training(&x, &y).resume().run().unwrap();
    }
    let net = builder.clone().label_weights([1.0, 2.0, 3.0]).build().unwrap();
    assert_eq!(net.config().label_weights(), Some(&[1.0, 2.0, 3.0][..]));
    assert_eq!(net.config().positive_weights(), None);
    // Each is finite in f32, but their product is not.
    let both = builder.label_weights([1.0, 1e20, 1.0]).positive_weights([1.0, 1e20, 1.0]);
    let name = "label_weights * positive_weights";
    let range = "greater than 0 and finite in f32";
    let expected = out_of_range(name, Place::Index(1), range, 1e20 * 1e20);
    assert_refused(both.build(), &expected, &format!("{name}[1] must be {range}, found 1e40"));
}

#[test]
fn one_label_is_a_classifier_of_yes_and_no() {
    let (x, y, _) = example::<f64>();
    let y = y.slice(s![.., 1..2]);
    let mut net: Dnn = Dnn::multilabel(2, &[5], 1).max_epochs(3).min_updates(0).build().unwrap();
    let mut other: Dnn = Dnn::classifier(2, &[5], 1).max_epochs(3).min_updates(0).build().unwrap();
    assert_eq!(net.fit(&x, &y).unwrap(), other.fit(&x, &y).unwrap());
    assert_eq!(net, other);
    assert_eq!(net.predict(&array![[0.5, 0.5]]).unwrap(), other.predict(&array![[0.5, 0.5]]).unwrap());
}
