//! Different numbers of steps, and errors of one rank: the others get a message and do not wait.

use ndarray_dnn::BatchOrder::{Sequential, ShuffledByEpoch};
use ndarray_dnn::error::Cause;
use ndarray_dnn::{Error, Optimizer};

use super::{STEPS, builder, together, train};
use crate::common::state;

#[test]
fn different_numbers_of_steps_are_refused() {
    let net = builder(Sequential, Optimizer::Momentum).build().unwrap();
    for ranks in 2..=4 {
        // The last rank has one mini-batch, or one epoch, more than the others.
        let of_batches = together(ranks, &net, |net, shard, rank| {
            let steps = if rank.number() + 1 == ranks { STEPS + 1 } else { STEPS };
            let training = net.training(&shard.x, &shard.y).batches_per_epoch(steps);
            training.on_gradients(|batch| rank.reduce(batch)).run().unwrap_err()
        });
        let of_epochs = together(ranks, &net, |net, shard, rank| {
            let epochs = if rank.number() + 1 == ranks { 4 } else { 3 };
            let training = net.training(&shard.x, &shard.y).batches_per_epoch(STEPS).max_epochs(epochs);
            training.on_gradients(|batch| rank.reduce(batch)).run().unwrap_err()
        });
        for (results, name, [few, many]) in [
            (of_batches, "batches_per_epoch", [STEPS as f64, STEPS as f64 + 1.0]),
            (of_epochs, "max_epochs", [3.0, 4.0]),
        ] {
            let mut found = vec![few; ranks];
            found[ranks - 1] = many;
            let message = format!("all ranks must have the same {name}, found {found:?}");
            let expected = Error::Callback { name: "on_gradients", source: Cause::new(message.as_str()) };
            for (after, error) in results {
                assert_eq!(error, expected);
                assert_eq!(error.to_string(), format!("on_gradients failed: {message}"));
                assert_eq!(after, net);
            }
        }
    }
}

#[test]
fn an_error_of_one_rank_ends_the_run_of_all_at_the_same_epoch() {
    let net = builder(ShuffledByEpoch, Optimizer::adam()).build().unwrap();
    let three_epochs = together(4, &net, |net, shard, rank| {
        net.reconfigure(|builder| builder.max_epochs(3)).unwrap();
        train(net, shard, None, rank).map(drop)
    });
    let results = together(4, &net, |net, shard, rank| {
        let training = net.training(&shard.x, &shard.y).batches_per_epoch(STEPS);
        let failing = training.on_gradients(|batch| {
            // In the middle of the fourth epoch.
            if rank.number() == 1 && batch.iteration() == 3 * STEPS + 4 {
                assert_eq!(batch.epoch(), 4);
                return Err("no more power".to_owned());
            }
            rank.reduce(batch)
        });
        failing.run().unwrap_err()
    });
    for (number, ((net, error), (expected, _))) in results.iter().zip(&three_epochs).enumerate() {
        let message = if number == 1 { "no more power" } else { "rank 1 is gone" };
        assert_eq!(error.to_string(), format!("on_gradients failed: {message}"));
        assert_eq!(state(net), state(expected), "rank {number}");
        assert_eq!((net.iterations(), net.effective_eta()), (3 * STEPS, expected.effective_eta()));
    }
}
