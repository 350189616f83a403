//! All ranks stop after the same epoch, for the same reason, and with the same network; with dropout each has masks of
//! its own.

use std::ops::ControlFlow;

use ndarray_dnn::BatchOrder::{Sequential, ShuffledByEpoch};
use ndarray_dnn::training::StopReason;
use ndarray_dnn::{EarlyStopping, Error, Optimizer, ReduceOnPlateau};

use super::team::Team;
use super::{Data, ROWS, STEPS, builder, shards, together, train};
use crate::common::{is_finite, state};

#[test]
fn early_stopping_stops_all_ranks_alike() {
    let net = builder(ShuffledByEpoch, Optimizer::adam()).eta(0.1).max_epochs(200).build().unwrap();
    let validation = Data::new().select(&Vec::from_iter((0..ROWS).step_by(3)));
    for ranks in 2..=4 {
        let trained = together(ranks, &net, |net, shard, rank| {
            let training = net.training(&shard.x, &shard.y).batches_per_epoch(STEPS).rank(rank.number());
            let training = training.validation(&validation.x, &validation.y);
            let training = training.early_stopping(EarlyStopping::new(3));
            let training = training.reduce_on_plateau(ReduceOnPlateau::new(1).min_delta(1e-2));
            training.on_gradients(|batch| rank.reduce(batch)).run().unwrap()
        });
        let (first, report) = &trained[0];
        assert_eq!(report.stop_reason(), StopReason::EarlyStopping);
        assert!(report.best_epoch().unwrap() < report.epochs());
        assert!(trained.iter().all(|(net, other)| net == first && other == report), "{ranks} ranks");
    }
}

#[test]
fn the_threshold_stops_all_ranks_alike() {
    let net = builder(Sequential, Optimizer::Momentum).max_epochs(200).build().unwrap();
    // Between the losses of the shards after some epochs, so that each alone would stop at another epoch.
    let free = together(3, &net, |net, shard, rank| train(net, shard, None, rank).unwrap());
    let loss = free[0].1.losses()[9];
    let mut net = net;
    net.reconfigure(|builder| builder.threshold(loss * (1.0 + 1e-9))).unwrap();
    let trained = together(3, &net, |net, shard, rank| train(net, shard, None, rank).unwrap());
    let (first, report) = &trained[0];
    assert_eq!((report.stop_reason(), report.epochs()), (StopReason::Threshold, 10));
    assert!(trained.iter().all(|(net, other)| net == first && other == report));
}

/// The loss of one rank alone is not finite, and is so in the same mini-batch for all.
#[test]
fn all_ranks_diverge_alike() {
    let net = builder(ShuffledByEpoch, Optimizer::Momentum).build().unwrap();
    for ranks in 2..=4 {
        let (data, shards) = (Data::new(), shards(ranks));
        let results = Team::new(ranks).run(|rank| {
            let (mut net, mut shard) = (net.clone(), data.select(&shards[rank.number()]));
            if rank.number() == 1 % ranks {
                // The square of this target overflows.
                if let Some(y) = shard.y.last_mut() {
                    *y = 1e200;
                }
            }
            let result = train(&mut net, &shard, None, rank);
            (net, result)
        });
        if shards[1].is_empty() {
            assert!(results.iter().all(|(_, result)| result.is_ok()));
            continue;
        }
        let (_, first) = &results[0];
        assert!(matches!(first, Err(Error::Diverged { epoch: 1, .. })), "{first:?}");
        for (after, result) in &results {
            assert_eq!(result, first, "{ranks} ranks");
            assert_eq!(after, &net);
        }
    }
}

/// Too large a rate: the losses of all ranks grow, and the parameters overflow.
#[test]
fn all_ranks_return_to_the_same_finite_epoch() {
    let net = builder(ShuffledByEpoch, Optimizer::Momentum).eta(30.0).max_epochs(1000).build().unwrap();
    let results = together(4, &net, |net, shard, rank| train(net, shard, None, rank).unwrap_err());
    let (first, error) = &results[0];
    assert!(matches!(error, Error::Diverged { epoch: 2.., .. }), "{error}");
    for (after, other) in &results {
        assert_eq!((other, state(after)), (error, state(first)));
        assert!(is_finite(after) && after.iterations() > 0);
    }
}

#[test]
fn each_rank_drops_other_outputs() {
    let net = builder(Sequential, Optimizer::Momentum).dropout([0.5]).max_epochs(1).build().unwrap();
    let data = Data::new();
    let trained = |rank: Option<usize>| {
        let mut net = net.clone();
        let training = net.training(&data.x, &data.y).batches_per_epoch(STEPS);
        let training = if let Some(rank) = rank { training.rank(rank) } else { training };
        training.on_epoch(|_| ControlFlow::Continue(())).run().unwrap();
        state(&net)
    };
    let ranks = [None, Some(0), Some(1), Some(2), Some(usize::MAX)].map(trained);
    assert_eq!(ranks[0], ranks[1]);
    for (i, rank) in ranks.iter().enumerate().skip(1) {
        assert!(!ranks[i + 1..].contains(rank), "{i}");
    }
    // Together, all ranks still have the same parameters.
    let together = together(4, &net, |net, shard, rank| train(net, shard, None, rank).unwrap());
    assert!(together.iter().all(|(net, report)| net == &together[0].0 && report == &together[0].1));
}
