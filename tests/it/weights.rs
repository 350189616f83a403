//! Sample weights: a weight of 2 counts as two rows, by `fit` and by hand.

use ndarray::{Array1, Array2, ArrayRef1, ArrayRef2, Axis, array, s};
use ndarray_dnn::Activation::{Identity, Relu};
use ndarray_dnn::BatchOrder::Sequential;
use ndarray_dnn::training::StopReason;
use ndarray_dnn::{Dnn, DnnBuilder, EarlyStopping, Gradients, Init, Layer, Optimizer};

use crate::common::runs::{OPTIMIZERS, ROUNDING, ROWS, each_setting, example, plain};
use crate::common::{Head, ORDERS, assert_close, flat_gradients, parameters, state};

fn fit_weighted(
    builder: &DnnBuilder,
    x: &ArrayRef2<f64>,
    y: &ArrayRef2<f64>,
    weights: Option<&ArrayRef1<f64>>,
) -> (Vec<f64>, Array1<f64>) {
    let mut net = builder.clone().build().unwrap();
    let training = net.training(x, y).max_epochs(4);
    let training = match weights {
        Some(weights) => training.sample_weights(weights),
        None => training,
    };
    let losses = training.run().unwrap().losses().to_vec();
    (losses, parameters(net.layers()))
}

#[test]
fn full_batches_agree_with_repeated_rows() {
    for optimizer in OPTIMIZERS {
        for head in Head::ALL {
            let (builder, x, y) = example::<f64>(Sequential, optimizer, head);
            let builder = builder.minibatch_size(usize::MAX);
            let counts = Vec::from_iter((0..ROWS).map(|i| i % 4));
            let rows = Vec::from_iter((0..ROWS).flat_map(|i| vec![i; counts[i]]));
            let weights = Array1::from_iter(counts.iter().map(|count| *count as f64));
            let context = format!("{optimizer:?}, {head:?}");
            let repeated = fit_weighted(&builder, &x.select(Axis(0), &rows), &y.select(Axis(0), &rows), None);
            // The unit of the weights does not matter.
            for unit in [1.0, 0.1, 1e300, 1e-300] {
                let weighted = fit_weighted(&builder, &x, &y, Some(&(&weights * unit)));
                assert_close(&context, &weighted.1, &repeated.1, ROUNDING);
                assert_close(
                    &context,
                    &Array1::from(weighted.0),
                    &Array1::from(repeated.0.clone()),
                    ROUNDING,
                );
            }
        }
    }
}

#[test]
fn weights_of_1_have_the_bits_of_no_weights() {
    each_setting(|order, optimizer, head| {
        let (builder, x, y) = example::<f64>(order, optimizer, head);
        let weighted = fit_weighted(&builder, &x, &y, Some(&Array1::ones(ROWS)));
        let even = fit_weighted(&builder, &x, &y, None);
        assert_eq!(weighted, even, "{order:?}, {optimizer:?}, {head:?}");
    });
}

/// The gradients of some rows by hand: row i of D is multiplied by `wᵢ / w̄`, before `bp`.
fn gradients_by_hand(
    net: &Dnn,
    x: &Array2<f64>,
    y: &Array2<f64>,
    factors: &Array1<f64>,
    rows: std::ops::Range<usize>,
) -> Gradients {
    let pass = net.compute(&x.slice(s![rows.clone(), ..])).unwrap();
    let d = net.error(&pass, &y.slice(s![rows.clone(), ..])).unwrap();
    net.bp(&pass, &(&d * &factors.slice(s![rows]).insert_axis(Axis(1)))).unwrap()
}

#[test]
fn fit_with_weights_agrees_with_the_verbs() {
    for optimizer in OPTIMIZERS {
        for head in Head::ALL {
            let (builder, x, y) = example::<f64>(Sequential, optimizer, head);
            let weights = Array1::from_shape_fn(ROWS, |i| (i % 3 + 1) as f64 * 0.7);
            let factors = &weights / weights.mean().unwrap();
            let mut net = builder.max_epochs(3).build().unwrap();
            let mut by_hand = net.clone();
            net.training(&x, &y).sample_weights(&weights).run().unwrap();
            for start in [0, 4, 8, 0, 4, 8, 0, 4, 8] {
                let rows = start..(start + 4).min(ROWS);
                by_hand.update(&gradients_by_hand(&by_hand, &x, &y, &factors, rows)).unwrap();
            }
            assert_close("parameters", &parameters(net.layers()), &parameters(by_hand.layers()), ROUNDING);
        }
    }
}

#[test]
fn rows_of_weight_0_add_nothing_whatever_they_hold() {
    for order in ORDERS {
        for head in Head::ALL {
            let (builder, x, y) = example::<f64>(order, Optimizer::Momentum, head);
            let mut weights = Array1::ones(ROWS);
            weights.slice_mut(s![4..8]).fill(0.0);
            weights[1] = 0.0;
            let fits = [0.0, 1e200, f64::MAX].map(|value| {
                let (mut x, mut y) = (x.clone(), y.clone());
                for row in [1, 4, 5, 6, 7] {
                    x.row_mut(row).fill(value);
                    y.row_mut(row).fill(value);
                }
                let mut net = builder.clone().max_epochs(2).build().unwrap();
                let training = net.training(&x, &y).sample_weights(&weights);
                let report = training.validation(&x, &y).validation_weights(&weights).run().unwrap();
                let losses = [report.losses(), report.validation_losses()].concat();
                assert!(losses.iter().all(|loss| loss.is_finite()));
                (losses, state(&net), net.iterations(), report.iterations())
            });
            assert_eq!(fits[0], fits[1], "{order:?}, {head:?}");
            assert_eq!(fits[0], fits[2], "{order:?}, {head:?}");
        }
    }
}

/// 0 · ∞ is NaN: the outputs of the hidden layer overflow for the row that does not count.
#[test]
fn a_row_of_weight_0_may_overflow_in_the_network() {
    let x = array![[1.0_f32], [f32::MAX], [0.5]];
    let y = array![[1.0_f32], [f32::MAX], [0.0]];
    let weights = array![1.0_f32, 0.0, 1.0];
    let builder = Dnn::<f32>::builder().input_shape(1).shape([4, 1]).activations([Relu, Identity]);
    let builder = builder.init(Init::Uniform { low: 1.0, high: 2.0 }).eta(0.001).max_epochs(3);
    let mut net = builder.clone().build().unwrap();
    net.training(&x, &y).sample_weights(&weights).run().unwrap();
    let mut twin = builder.build().unwrap();
    let absent = [&x, &y].map(|array| array * &array![[1.0], [0.0], [1.0]]);
    twin.training(&absent[0], &absent[1]).sample_weights(&weights).run().unwrap();
    assert_eq!(net, twin);
    assert!(net.partial_fit_weighted(&x, &y, &weights).unwrap().is_finite());
}

#[test]
fn a_mini_batch_of_weight_0_still_decays() {
    let (builder, x, y) = plain(Sequential);
    let mut weights = Array1::ones(ROWS);
    weights.slice_mut(s![4..8]).fill(0.0);
    let mut net = builder.max_epochs(1).build().unwrap();
    let mut by_hand = net.clone();
    let report = net.training(&x, &y).sample_weights(&weights).run().unwrap();
    assert_eq!((report.iterations(), net.iterations()), (3, 3));
    let factors = &weights / weights.mean().unwrap();
    for start in [0, 4, 8] {
        let gradients = gradients_by_hand(&by_hand, &x, &y, &factors, start..(start + 4).min(ROWS));
        assert_eq!(start == 4, flat_gradients(&gradients).iter().all(|g| *g == 0.0));
        by_hand.update(&gradients).unwrap();
    }
    assert_close("parameters", &parameters(net.layers()), &parameters(by_hand.layers()), ROUNDING);
}

#[test]
fn parts_merge_into_the_whole() {
    for head in Head::ALL {
        let (builder, x, y) = example::<f64>(Sequential, Optimizer::Momentum, head);
        let net = builder.build().unwrap();
        let factors = Array1::from_shape_fn(ROWS, |i| [0.5, 0.0, 2.0, 1.0][i % 4]);
        let part = |rows| gradients_by_hand(&net, &x, &y, &factors, rows);
        let whole = part(0..ROWS);
        assert_eq!(whole.weight(), ROWS as f64);
        let mut merged = part(1..2);
        assert!(flat_gradients(&merged).iter().all(|g| *g == 0.0));
        for rows in [0..1, 2..7, 7..ROWS] {
            merged.merge(&part(rows)).unwrap();
        }
        assert_eq!(merged.weight(), whole.weight());
        assert_close(&format!("{head:?}"), &flat_gradients(&merged), &flat_gradients(&whole), ROUNDING);
    }
}

/// The sum of these weights is finite in one order and infinite in the other; their mean is finite.
#[test]
fn huge_weights_train_in_any_order() {
    let x = array![[1.0], [2.0], [3.0]];
    let y = array![[1.0], [0.0], [2.0]];
    let weights = array![f64::MAX, 2_f64.powi(969), 2_f64.powi(969)];
    let builder = Dnn::builder().input_shape(1).shape([1]).activations([Identity]);
    let builder = builder.batch_order(Sequential).minibatch_size(3).max_epochs(3);
    let fits = [[0, 1, 2], [1, 2, 0]].map(|rows| {
        let (x, y) = (x.select(Axis(0), &rows), y.select(Axis(0), &rows));
        let mut net = builder.clone().build().unwrap();
        let report = net.training(&x, &y).sample_weights(&weights.select(Axis(0), &rows)).run().unwrap();
        assert!(report.losses().iter().all(|loss| loss.is_finite() && *loss > 0.0));
        (Array1::from(report.losses().to_vec()), parameters(net.layers()))
    });
    assert_close("losses", &fits[0].0, &fits[1].0, ROUNDING);
    assert_close("parameters", &fits[0].1, &fits[1].1, ROUNDING);
}

#[test]
fn a_mean_weight_replaces_the_mean_of_the_rows() {
    let (builder, x, y) = plain(Sequential);
    let weights = Array1::from_shape_fn(ROWS, |i| 1.0 + (i % 3) as f64);
    let fit = |weights: &Array1<f64>, mean: f64| {
        let mut net = builder.clone().max_epochs(2).build().unwrap();
        net.training(&x, &y).sample_weights(weights).mean_weight(mean).run().unwrap();
        parameters(net.layers())
    };
    let of_itself = fit_weighted(&builder.clone().max_epochs(2), &x, &y, Some(&weights));
    assert_ne!(fit(&weights, 1.0), of_itself.1);
    assert_eq!(fit(&weights, 4.0), fit(&(&weights * 0.5), 2.0));
    // A share of the rows can have no weight at all.
    fit(&Array1::zeros(ROWS), 1.0);
}

#[test]
fn partial_fit_takes_weights_as_factors() {
    for head in Head::ALL {
        let (builder, x, y) = example::<f64>(Sequential, Optimizer::Momentum, head);
        let weights = Array1::from_shape_fn(ROWS, |i| [0.5, 0.0, 2.0][i % 3]);
        let mut net = builder.build().unwrap();
        let mut by_hand = net.clone();
        let loss = net.partial_fit_weighted(&x, &y, &weights).unwrap();
        for start in [0, 4, 8] {
            let rows = start..(start + 4).min(ROWS);
            by_hand.update(&gradients_by_hand(&by_hand, &x, &y, &weights, rows)).unwrap();
        }
        assert_close("parameters", &parameters(net.layers()), &parameters(by_hand.layers()), ROUNDING);
        assert!(loss > 0.0);
        assert_eq!(net.partial_fit_weighted(&x, &y, &Array1::zeros(ROWS)), Ok(0.0));
    }
}

#[test]
fn validation_weights_weigh_the_validation_loss() {
    let (builder, x, y) = plain(Sequential);
    let counts = Vec::from_iter((0..ROWS).map(|i| i % 4));
    let rows = Vec::from_iter((0..ROWS).flat_map(|i| vec![i; counts[i]]));
    let weights = Array1::from_iter(counts.iter().map(|count| *count as f64));
    let (repeated_x, repeated_y) = (x.select(Axis(0), &rows), y.select(Axis(0), &rows));
    let run = |x_val: &Array2<f64>, y_val: &Array2<f64>, weights: Option<&Array1<f64>>| {
        let mut net = builder.clone().build().unwrap();
        let training = net.training(&x, &y).validation(x_val, y_val).early_stopping(EarlyStopping::new(3));
        let training = match weights {
            Some(weights) => training.validation_weights(weights),
            None => training,
        };
        training.max_epochs(6).run().unwrap().validation_losses().to_vec()
    };
    let weighted = Array1::from(run(&x, &y, Some(&weights)));
    let repeated = Array1::from(run(&repeated_x, &repeated_y, None));
    assert_close("validation losses", &weighted, &repeated, ROUNDING);
    assert_eq!(run(&x, &y, Some(&Array1::ones(ROWS))), run(&x, &y, None));
}

/// The sum of these factors overflows; the mean loss does not.
#[test]
fn huge_factors_have_the_right_loss() {
    let layer = Layer::new(array![[0.0]], array![0.0], Identity).unwrap();
    let mut net = Dnn::builder().regularization(0.0).build_from([layer]).unwrap();
    let (x, y) = (array![[1.0], [1.0]], array![[1e-10], [1e-10]]);
    let loss = net.partial_fit_weighted(&x, &y, &array![f64::MAX, f64::MAX]).unwrap();
    assert!((loss - 1e-10).abs() < 1e-22, "{loss}");
}

/// The first layer is large for x = 0 too, by its biases.
#[test]
fn a_row_of_weight_0_may_overflow_by_the_biases() {
    let layers = || {
        let layer =
            |weight, bias, activation| Layer::new(array![[weight]], array![bias], activation).unwrap();
        [layer(1e10, 1e10, Relu), layer(1e300, 0.0, Relu), layer(1e-3, 0.0, Identity)]
    };
    let builder = Dnn::builder().regularization(0.0).batch_order(Sequential).max_epochs(2);
    let (x, y) = (array![[-1.0], [-1.0]], array![[0.5], [0.5]]);
    let fit = |weights: &Array1<f64>| {
        let mut net = builder.clone().build_from(layers()).unwrap();
        net.training(&x, &y).sample_weights(weights).run().unwrap();
        net
    };
    let (with, without) = (fit(&array![1.0, 1.0]), fit(&array![1.0, 0.0]));
    assert_close("parameters", &parameters(with.layers()), &parameters(without.layers()), ROUNDING);
}

#[test]
fn a_share_without_weight_is_not_converged() {
    let (builder, x, y) = plain(Sequential);
    let mut net = builder.threshold(1e-5).build().unwrap();
    let training = net.training(&x, &y).max_epochs(3);
    let report = training.sample_weights(&Array1::zeros(ROWS)).mean_weight(1.0).run().unwrap();
    assert_eq!(report.losses(), [0.0; 3]);
    assert_eq!(report.stop_reason(), StopReason::MaxEpochs);
}

#[test]
fn a_mean_weight_that_overflows_the_factors_is_refused() {
    let (builder, x, y) = plain(Sequential);
    let mut net = builder.build().unwrap();
    let before = net.clone();
    let weights = Array1::ones(ROWS);
    let error = net.training(&x, &y).sample_weights(&weights).mean_weight(5e-324).run().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the mean of sample_weights must be such that the largest weight divided by it is finite in f64, found 5e-324"
    );
    assert_eq!(net, before);
}
