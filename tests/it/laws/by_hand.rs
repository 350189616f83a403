//! `fit` and the verbs by hand.

use ndarray::{Array2, ArrayRef2, Axis, aview1};
use ndarray_dnn::Activation::{Identity, Sigmoid};
use ndarray_dnn::BatchOrder::{Cyclic, Sequential, Shuffled, ShuffledByEpoch};
use ndarray_dnn::training::Config;
use ndarray_dnn::{Dnn, Gradients, Optimizer, Pass, Scalar};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{ROUNDING, SEED, example};
use crate::common::{
    ACTIVATIONS, Head, ORDERS, assert_close, gradients, network, order_of_epoch, runs, state, targets,
    uniform,
};

/// The rows of each mini-batch of a fit of `max_epochs` epochs.
fn minibatches(config: &Config, n: usize) -> Vec<Vec<usize>> {
    let m = config.minibatch_size();
    let mut permutations = ChaCha8Rng::seed_from_u64(config.seed());
    permutations.set_stream(1);
    let epoch = |epoch| {
        let mut rows = Vec::from_iter(0..n);
        match config.batch_order() {
            Shuffled => rows.shuffle(&mut permutations),
            ShuffledByEpoch => rows = order_of_epoch(config.seed(), epoch as u64, n),
            _ => {}
        }
        Vec::from_iter(rows.chunks(m).map(<[usize]>::to_vec))
    };
    match config.batch_order() {
        Cyclic => {
            let starts = (0..config.max_epochs() * n).map(|i| i as u128 * m as u128 % n as u128);
            starts.map(|start| Vec::from_iter((start as usize..n).take(m))).collect()
        }
        _ => (0..config.max_epochs()).flat_map(epoch).collect(),
    }
}

/// Buffers for the `_into` verbs.
#[derive(Default)]
struct Buffers<F: Scalar> {
    pass: Pass<F>,
    d: Array2<F>,
    gradients: Gradients<F>,
}

/// `fit` by hand: by the verbs that return values, or with buffers by the `_into` verbs. Returns the losses of the
/// epochs.
fn fit_by_hand<F: Scalar>(
    net: &mut Dnn<F>,
    x: &ArrayRef2<F>,
    y: &ArrayRef2<F>,
    mut buffers: Option<&mut Buffers<F>>,
) -> Vec<f64> {
    let minibatches = minibatches(net.config(), x.nrows());
    let mut losses = Vec::new();
    for (i, rows) in minibatches.iter().enumerate() {
        let (x, y) = (x.select(Axis(0), rows), y.select(Axis(0), rows));
        // An epoch's loss is the mean over its rows, in the article's order over its mini-batches.
        let weight = if net.config().batch_order() == Cyclic { 1.0 } else { rows.len() as f64 };
        let is_updated = net.config().batch_order() != Cyclic || i + 1 < minibatches.len();
        if let Some(Buffers { pass, d, gradients }) = buffers.as_deref_mut() {
            net.compute_into(&x, pass).unwrap();
            losses.push((weight, net.loss(pass, &y).unwrap()));
            net.error_into(pass, &y, d).unwrap();
            net.bp_into(pass, d, gradients).unwrap();
            if is_updated {
                net.update(gradients).unwrap();
            }
        } else {
            let pass = net.compute(&x).unwrap();
            losses.push((weight, net.loss(&pass, &y).unwrap()));
            let d = net.error(&pass, &y).unwrap();
            let gradients = net.bp(&pass, &d).unwrap();
            if is_updated {
                net.update(&gradients).unwrap();
            }
        }
    }
    let mean = |losses: &[(f64, f64)]| {
        let weights: f64 = losses.iter().map(|(weight, _)| weight).sum();
        losses.iter().map(|(weight, loss)| weight * loss).sum::<f64>() / weights
    };
    losses.chunks(minibatches.len() / net.config().max_epochs()).map(mean).collect()
}

fn check_fit_by_hand<F: Scalar>() {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    let mut buffers = Buffers::<F>::default();
    for order in ORDERS {
        for softmax in [false, true] {
            for hidden in ACTIVATIONS {
                for minibatch_size in [1, 4, 9, 11, 12, usize::MAX] {
                    let builder = Dnn::builder().softmax(softmax).batch_order(order);
                    let builder = builder.minibatch_size(minibatch_size).max_epochs(3).threshold(0.0).seed(5);
                    let mut net =
                        network::<F>(builder, &[3, 5, 4, 2], &[hidden, Sigmoid, Identity], generator);
                    let (x, y) = (uniform(11, 3, generator), targets(11, 2, softmax, generator));
                    let mut by_hand = [net.clone(), net.clone()];
                    let losses = [
                        fit_by_hand(&mut by_hand[0], &x, &y, None),
                        fit_by_hand(&mut by_hand[1], &x, &y, Some(&mut buffers)),
                    ];

                    let report = net.fit(&x, &y).unwrap();
                    let context = format!("{order:?}, softmax {softmax}, {hidden}, {minibatch_size} rows");
                    for (by_hand, losses) in by_hand.iter().zip(losses) {
                        // The sum of a mini-batch is not its mean times its rows to the last bit.
                        let tolerance = if order == Cyclic { 0.0 } else { ROUNDING };
                        assert_close(&context, &aview1(report.losses()), &aview1(&losses), tolerance);
                        assert_eq!(state(&net), state(by_hand), "{context}");
                        assert_eq!(net.iterations(), by_hand.iterations(), "{context}");
                        assert_eq!(net.effective_eta(), by_hand.effective_eta(), "{context}");
                    }
                }
            }
        }
    }
}

#[test]
fn fit_is_the_verbs_bit_for_bit() {
    check_fit_by_hand::<f64>();
    check_fit_by_hand::<f32>();
}

fn check_every_loss_by_hand<F: Scalar>() {
    let mut buffers = Buffers::<F>::default();
    for order in ORDERS {
        for head in Head::ALL {
            let (builder, x, y) = runs::example::<F>(order, Optimizer::Momentum, head);
            let mut net = builder.max_epochs(3).build().unwrap();
            let mut by_hand = [net.clone(), net.clone()];
            let losses = [
                fit_by_hand(&mut by_hand[0], &x, &y, None),
                fit_by_hand(&mut by_hand[1], &x, &y, Some(&mut buffers)),
            ];
            let report = net.fit(&x, &y).unwrap();
            for (by_hand, losses) in by_hand.iter().zip(losses) {
                let context = format!("{order:?}, {head:?}");
                assert_close(&context, &aview1(report.losses()), &aview1(&losses), ROUNDING);
                assert_eq!(state(&net), state(by_hand), "{context}");
            }
        }
    }
}

#[test]
fn fit_is_the_verbs_for_every_loss() {
    check_every_loss_by_hand::<f64>();
    check_every_loss_by_hand::<f32>();
}

#[test]
fn cyclic_makes_one_update_fewer_than_it_computes() {
    let expected =
        [(Cyclic, 3 * 11, 3 * 11 - 1), (Sequential, 9, 9), (Shuffled, 9, 9), (ShuffledByEpoch, 9, 9)];
    for (order, computed, updates) in expected {
        let builder = Dnn::builder().batch_order(order).minibatch_size(4).max_epochs(3).threshold(0.0);
        let (mut net, x, y) = example::<f64>(builder, false, 11);
        let report = net.fit(&x, &y).unwrap();
        assert_eq!(
            (report.epochs(), report.iterations(), net.iterations()),
            (3, computed, updates),
            "{order:?}"
        );
        assert_eq!(net.effective_eta(), 0.1 / libm::pow(updates as f64, 0.5), "{order:?}");
    }
}

#[test]
fn effective_eta_is_the_rate_of_the_last_update() {
    let (mut net, x, y) = example::<f64>(Dnn::builder().eta(0.3).max_epochs(1), false, 1);
    assert_eq!(net.effective_eta(), 0.3);
    let gradients = gradients(&net, &x, &y);
    for t in 1..=4 {
        net.update(&gradients).unwrap();
        assert_eq!((net.iterations(), net.effective_eta()), (t, 0.3 / libm::pow(t as f64, 0.5)));
    }
    // One row, one epoch: the article's loop stops before its only update.
    let report = net.fit(&x, &y).unwrap();
    assert_eq!((report.iterations(), net.iterations(), net.effective_eta()), (1, 0, 0.15));
    assert_eq!(report.history()[0].eta(), 0.15);
}
