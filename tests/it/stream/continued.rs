//! Resumed runs on a source are one run.

use ndarray::s;
use ndarray_dnn::{BatchOrder, EarlyStopping, Schedule, Shards};

use super::Parts;
use crate::common::runs::{ROWS, plain};
use crate::common::state;

#[test]
fn a_resumed_run_is_one_run_if_the_blocks_depend_on_the_epoch() {
    for order in [BatchOrder::Sequential, BatchOrder::Shuffled] {
        let (builder, x, y) = plain(order);
        let mut at_once = builder.schedule(Schedule::cosine(8)).dropout([0.3]).max_epochs(7).build().unwrap();
        let mut resumed = at_once.clone();
        // The blocks rotate from epoch to epoch.
        let source = || {
            let blocks = |epoch: usize| {
                let mut blocks = vec![0..3, 3..4, 4..ROWS];
                blocks.rotate_left(epoch % 3);
                blocks
            };
            let mut source = Parts::new(&x, &y, blocks);
            source.rows = Some(ROWS);
            source
        };
        let mut once = source();
        let report = at_once.training_on(&mut once).run().unwrap();
        assert_eq!(once.begun, [0, 1, 2, 3, 4, 5, 6]);

        let mut losses = Vec::new();
        let mut begun = Vec::new();
        for epochs in [3, 1, 3] {
            let mut source = source();
            let report = resumed.training_on(&mut source).resume().max_epochs(epochs).run().unwrap();
            losses.extend_from_slice(report.losses());
            begun.extend(source.begun);
        }
        assert_eq!(begun, [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(losses, report.losses());
        assert_eq!(resumed, at_once);
        // A run that is not resumed begins again with epoch 0.
        let mut again = source();
        at_once.training_on(&mut again).max_epochs(2).run().unwrap();
        assert_eq!(again.begun, [0, 1]);
    }
}

#[test]
fn shuffled_shards_go_on_in_a_resumed_run() {
    let (builder, x, y) = plain(BatchOrder::Shuffled);
    let mut at_once = builder.max_epochs(6).build().unwrap();
    let mut resumed = at_once.clone();
    let source = || {
        let shards = Shards::new(4, |shard| {
            let rows = s![3 * shard..(3 * shard + 3).min(ROWS), ..];
            Ok::<_, std::io::Error>((x.slice(rows).to_owned(), y.slice(rows).to_owned()))
        });
        shards.shuffled(5)
    };
    at_once.training_on(source()).run().unwrap();
    for _ in 0..6 {
        resumed.training_on(source()).resume().max_epochs(1).run().unwrap();
    }
    assert_eq!(resumed, at_once);
}

/// The epochs are counted to the end of a run, even if it restores an earlier one.
#[test]
fn after_early_stopping_the_epochs_go_on() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let mut net = builder.eta(5.0).max_epochs(9).build().unwrap();
    let mut source = Parts::of_size(&x, &y, 4);
    let training = net.training_on(&mut source).validation(&x, &y);
    let report = training.early_stopping(EarlyStopping::new(1)).run().unwrap();
    assert!(report.best_epoch().unwrap() < report.epochs());
    net.training_on(&mut source).resume().max_epochs(1).run().unwrap();
    assert_eq!(source.begun, Vec::from_iter(0..=report.epochs()));
    assert!(!state(&net).is_empty());
}
