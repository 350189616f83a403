//! Sample weights: a weight of 2 is the row twice, by `fit` and by hand.

#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use common::runs::{OPTIMIZERS, ROUNDING, ROWS, each_setting, example, plain};
use common::{Head, ORDERS, assert_close, flat_gradients, parameters, state};
use ndarray::{Array1, Array2, ArrayRef1, ArrayRef2, Axis, array, s};
use ndarray_dnn::BatchOrder::Sequential;
use ndarray_dnn::{Dnn, DnnBuilder, Optimizer};

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
fn a_weight_is_the_row_so_many_times() {
    for optimizer in OPTIMIZERS {
        for head in Head::ALL {
            let (builder, x, y) = example::<f64>(Sequential, optimizer, head);
            let builder = builder.minibatch_size(usize::MAX);
            let counts = Vec::from_iter((0..ROWS).map(|i| i % 4));
            let rows = Vec::from_iter((0..ROWS).flat_map(|i| vec![i; counts[i]]));
            let weights = Array1::from_iter(counts.iter().map(|count| *count as f64));
            let context = format!("{optimizer:?}, {head:?}");
            let repeated = fit_weighted(&builder, &x.select(Axis(0), &rows), &y.select(Axis(0), &rows), None);
            // Whatever the unit of the weights is.
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
fn a_weight_of_1_for_each_row_is_no_weight() {
    each_setting(|order, optimizer, head| {
        let (builder, x, y) = example::<f64>(order, optimizer, head);
        let weighted = fit_weighted(&builder, &x, &y, Some(&Array1::ones(ROWS)));
        let even = fit_weighted(&builder, &x, &y, None);
        assert_close("parameters", &weighted.1, &even.1, ROUNDING);
        assert_close("losses", &Array1::from(weighted.0), &Array1::from(even.0), ROUNDING);
    });
}

/// `fit` with weights, one pass after the other, by hand.
fn fit_weighted_by_hand(
    net: &mut Dnn,
    x: &Array2<f64>,
    y: &Array2<f64>,
    weights: &Array1<f64>,
    epochs: usize,
) {
    for _ in 0..epochs {
        for start in (0..ROWS).step_by(4) {
            let rows = start..(start + 4).min(ROWS);
            let weights = weights.slice(s![rows.clone()]);
            assert!(weights.sum() > 0.0);
            let pass = net.compute(&x.slice(s![rows.clone(), ..])).unwrap();
            let d = net.error(&pass, &y.slice(s![rows, ..])).unwrap();
            net.update(&net.bp_weighted(&pass, &d, &weights).unwrap()).unwrap();
        }
    }
}

#[test]
fn fit_with_weights_is_the_verbs_bit_for_bit() {
    for optimizer in OPTIMIZERS {
        for head in Head::ALL {
            let (builder, x, y) = example::<f64>(Sequential, optimizer, head);
            let weights = Array1::from_shape_fn(ROWS, |i| (i % 3) as f64 * 0.7);
            let mut net = builder.max_epochs(3).build().unwrap();
            let mut by_hand = net.clone();
            net.training(&x, &y).sample_weights(&weights).run().unwrap();
            fit_weighted_by_hand(&mut by_hand, &x, &y, &weights, 3);
            assert_eq!(net, by_hand, "{optimizer:?}, {head:?}");
        }
    }
}

#[test]
fn a_mini_batch_without_weight_updates_nothing_but_counts() {
    for order in ORDERS {
        let (builder, x, y) = plain(order);
        let mut weights = Array1::ones(ROWS);
        weights.slice_mut(s![4..8]).fill(0.0);
        // What is said of rows without weight does not matter.
        let mut wrong = y.clone();
        wrong.slice_mut(s![4..8, ..]).fill(1e200);
        let fits = [&y, &wrong].map(|y| {
            let mut net = builder.clone().max_epochs(2).build().unwrap();
            let report = net.training(&x, y).sample_weights(&weights).run().unwrap();
            (report.losses().to_vec(), state(&net), net.iterations(), report.iterations())
        });
        assert_eq!(fits[0], fits[1], "{order:?}");
    }

    let (builder, x, y) = plain(Sequential);
    let mut weights = Array1::ones(ROWS);
    weights.slice_mut(s![4..8]).fill(0.0);
    let mut net = builder.max_epochs(1).build().unwrap();
    let mut by_hand = net.clone();
    let report = net.training(&x, &y).sample_weights(&weights).run().unwrap();
    assert_eq!((report.iterations(), net.iterations()), (3, 3));
    // The third mini-batch is descended at the rate of update 3.
    assert_eq!(net.effective_eta(), 0.05 / 3_f64.sqrt());

    let losses = [0..4, 8..11].map(|rows| {
        let (x, y) = (x.slice(s![rows.clone(), ..]), y.slice(s![rows.clone(), ..]));
        let pass = by_hand.compute(&x).unwrap();
        let loss = by_hand.loss(&pass, &y).unwrap();
        let gradients = by_hand.bp(&pass, &by_hand.error(&pass, &y).unwrap()).unwrap();
        if rows.start == 0 {
            by_hand.update(&gradients).unwrap();
        }
        loss
    });
    assert_close("loss", &array![report.losses()[0]], &array![(losses[0] + losses[1]) / 2.0], ROUNDING);
}

#[test]
fn weighted_parts_merge_into_the_whole() {
    for head in Head::ALL {
        let (builder, x, y) = example::<f64>(Sequential, Optimizer::Momentum, head);
        let net = builder.build().unwrap();
        let weights = Array1::from_shape_fn(ROWS, |i| [0.5, 0.0, 2.0, 1.0][i % 4]);
        let part = |rows: std::ops::Range<usize>| {
            let pass = net.compute(&x.slice(s![rows.clone(), ..])).unwrap();
            let d = net.error(&pass, &y.slice(s![rows.clone(), ..])).unwrap();
            net.bp_weighted(&pass, &d, &weights.slice(s![rows])).unwrap()
        };
        let whole = part(0..ROWS);
        assert_eq!(whole.weight(), weights.sum());
        // Row 1 alone has no weight.
        let mut merged = part(1..2);
        assert_eq!(merged.weight(), 0.0);
        assert!(flat_gradients(&merged).iter().all(|g| *g == 0.0));
        for rows in [0..1, 2..7, 5..5, 7..ROWS] {
            if !rows.is_empty() {
                merged.merge(&part(rows)).unwrap();
            }
        }
        assert_eq!(merged.weight(), whole.weight());
        assert_close(&format!("{head:?}"), &flat_gradients(&merged), &flat_gradients(&whole), ROUNDING);
    }
}
