//! The ranks together have the parameters of one process that makes the same steps by hand.

use ndarray::aview1;
use ndarray_dnn::BatchOrder::{Cyclic, Sequential, ShuffledByEpoch};
use ndarray_dnn::training::Config;
use ndarray_dnn::{BatchOrder, Dnn, Optimizer};

use super::{Data, ROWS, STEPS, builder, shards, together, train};
use crate::common::runs::OPTIMIZERS;
use crate::common::{assert_close, bits, gradients, order_of_epoch, parameters, state};

/// The difference that another order of a few thousand additions makes.
const ROUNDING: f64 = 1e-12;

/// The rows of mini-batch i of an epoch of a shard of n rows.
fn part(rows: &[usize], i: usize) -> &[usize] {
    &rows[i * rows.len() / STEPS..(i + 1) * rows.len() / STEPS]
}

/// The rows of each step of an epoch: those of all shards.
fn steps(config: &Config, epoch: u64, shards: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let ordered = shards.iter().map(|shard| match config.batch_order() {
        ShuffledByEpoch => {
            let order = order_of_epoch(config.seed(), epoch, shard.len());
            Vec::from_iter(order.into_iter().map(|row| shard[row]))
        }
        _ => shard.clone(),
    });
    let ordered = Vec::from_iter(ordered);
    (0..STEPS).map(|i| ordered.iter().flat_map(|rows| part(rows, i).to_vec()).collect()).collect()
}

/// Trains in one process by the verbs; returns the loss of each epoch.
fn by_hand(net: &mut Dnn, is_weighted: bool, shards: &[Vec<usize>]) -> Vec<f64> {
    let data = Data::new();
    let mean = if is_weighted { data.mean_weight() } else { 1.0 };
    let config = net.config().clone();
    let epoch = |epoch| {
        let (mut loss, mut weight) = (0.0, 0.0);
        for rows in steps(&config, epoch, shards) {
            if rows.is_empty() {
                let mut nothing = gradients(net, &data.x, &data.y);
                nothing.scale(0.0);
                net.update(&nothing).unwrap();
                continue;
            }
            let Data { x, y, weights } = data.select(&rows);
            let pass = net.compute(&x).unwrap();
            let mut d = net.error(&pass, &y).unwrap();
            for (i, mut d) in d.rows_mut().into_iter().enumerate() {
                let factor = if is_weighted { weights[i] / mean } else { 1.0 };
                loss += factor * 0.5 * d.dot(&d);
                weight += factor;
                d *= factor;
            }
            let gradients = net.bp(&pass, &d).unwrap();
            net.update(&gradients).unwrap();
        }
        loss / weight
    };
    (0..config.max_epochs() as u64).map(epoch).collect()
}

#[test]
fn ranks_have_the_parameters_of_one_process() {
    for ranks in 1..=4 {
        for optimizer in OPTIMIZERS {
            for order in [Sequential, ShuffledByEpoch] {
                for is_weighted in [false, true] {
                    let net = builder(order, optimizer).clip_norm(0.5).l1(1e-4).build().unwrap();
                    let mut one = net.clone();
                    let losses = by_hand(&mut one, is_weighted, &shards(ranks));
                    let mean_weight = is_weighted.then(|| Data::new().mean_weight());
                    let trained = together(ranks, &net, |net, shard, rank| {
                        train(net, shard, mean_weight, rank).unwrap()
                    });
                    let context = format!("{ranks} ranks, {optimizer}, {order}, weights {is_weighted}");
                    for (net, report) in &trained {
                        assert_close(
                            &context,
                            &parameters(net.layers()),
                            &parameters(one.layers()),
                            ROUNDING,
                        );
                        assert_close(&context, &aview1(report.losses()), &aview1(&losses), ROUNDING);
                        // Between the ranks there is no difference.
                        assert_eq!(state(net), state(&trained[0].0), "{context}");
                        assert_eq!(net, &trained[0].0, "{context}");
                        assert_eq!(report, &trained[0].1, "{context}");
                    }
                    assert_ne!(bits(&parameters(one.layers())), bits(&parameters(net.layers())));
                }
            }
        }
    }
}

/// One rank alone makes the steps of `batches_per_epoch` without a function, bit for bit.
#[test]
fn one_rank_has_the_bits_of_no_ranks() {
    for order in [Sequential, BatchOrder::Shuffled, ShuffledByEpoch] {
        for optimizer in OPTIMIZERS {
            let net = builder(order, optimizer).dropout([0.3]).build().unwrap();
            let trained = together(1, &net, |net, shard, rank| train(net, shard, Some(0.7), rank).unwrap());
            let (mut alone, data) = (net.clone(), Data::new());
            let training = alone.training(&data.x, &data.y).batches_per_epoch(STEPS);
            let report = training.sample_weights(&data.weights).mean_weight(0.7).run().unwrap();
            assert_eq!(trained, [(alone, report)], "{order}, {optimizer}");
        }
    }
}

/// In the article's order, ranks with shards of the same size have the same number of steps. The loss of an epoch is
/// the mean of its mini-batches.
#[test]
fn the_article_s_order_with_equal_shards() {
    let (data, epochs) = (Data::new(), 3);
    let rows = Vec::from_iter(0..ROWS / 2);
    let halves = [rows.clone(), Vec::from_iter(rows.iter().map(|row| row + ROWS / 2))];
    let net = builder(Cyclic, Optimizer::Momentum).minibatch_size(4).max_epochs(epochs).build().unwrap();
    let trained = super::Team::new(2).run(|rank| {
        let (mut net, shard) = (net.clone(), data.select(&halves[rank.number()]));
        let training = net.training(&shard.x, &shard.y).on_gradients(|batch| rank.reduce(batch));
        let report = training.run().unwrap();
        (net, report)
    });
    assert_eq!(trained[0], trained[1]);
    let (mut one, n) = (net.clone(), rows.len());
    let mut losses = Vec::new();
    for i in 0..epochs * n {
        let window = &rows[i * 4 % n..n.min(i * 4 % n + 4)];
        let batch = data
            .select(&[window, Vec::from_iter(window.iter().map(|row| row + ROWS / 2)).as_slice()].concat());
        losses.push(one.loss(&one.compute(&batch.x).unwrap(), &batch.y).unwrap());
        if i + 1 < epochs * n {
            let gradients = gradients(&one, &batch.x, &batch.y);
            one.update(&gradients).unwrap();
        }
    }
    let losses = Vec::from_iter(losses.chunks(n).map(|losses| losses.iter().sum::<f64>() / n as f64));
    assert_close("losses", &aview1(trained[0].1.losses()), &aview1(&losses), ROUNDING);
    assert_close("parameters", &parameters(trained[0].0.layers()), &parameters(one.layers()), ROUNDING);
}
