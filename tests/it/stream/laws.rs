//! Blocks are only the way in which rows come: equal bits.

use std::ops::ControlFlow::Continue;

use ndarray::{Array2, s};
use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::training::{Block, Source, Training};
use ndarray_dnn::{
    BatchOrder, Dnn, DnnBuilder, EarlyStopping, Optimizer, ReduceOnPlateau, Report, Scalar, Schedule, Shards,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::Parts;
use crate::common::runs::{OPTIMIZERS, ROWS, example, plain};
use crate::common::{Head, state, uniform};

const PASSES: [BatchOrder; 3] = [BatchOrder::Sequential, BatchOrder::Shuffled, BatchOrder::ShuffledByEpoch];

/// Trains copies of a network on the arrays and on blocks of `size` rows; the bits and the reports must be equal.
#[track_caller]
fn assert_same<F: Scalar>(
    net: &Dnn<F>,
    [x, y]: [&Array2<F>; 2],
    size: usize,
    set: impl for<'a> Fn(Training<'a, F>) -> Training<'a, F>,
) -> Report {
    assert_same_with(net, [x, y], None, size, set)
}

/// The same with validation data.
#[track_caller]
fn assert_same_with<F: Scalar>(
    net: &Dnn<F>,
    [x, y]: [&Array2<F>; 2],
    validation: Option<[&Array2<F>; 2]>,
    size: usize,
    set: impl for<'a> Fn(Training<'a, F>) -> Training<'a, F>,
) -> Report {
    fn with<'a, F: Scalar>(
        training: Training<'a, F>,
        validation: Option<[&'a Array2<F>; 2]>,
    ) -> Training<'a, F> {
        match validation {
            None => training,
            Some([x, y]) => training.validation(x, y),
        }
    }
    let [mut whole, mut in_blocks] = [net.clone(), net.clone()];
    let expected = set(with(whole.training(x, y), validation)).run().unwrap();
    let mut source = Parts::of_size(x, y, size);
    source.rows = Some(x.nrows());
    let report = set(with(in_blocks.training_on(&mut source), validation)).run().unwrap();
    assert_eq!(report, expected, "blocks of {size} rows");
    assert_eq!(state(&in_blocks), state(&whole), "blocks of {size} rows");
    // Counters, generator and position too.
    assert_eq!(in_blocks, whole);
    report
}

#[test]
fn one_block_has_the_bits_of_training() {
    fn check<F: Scalar>() {
        for order in PASSES {
            for optimizer in OPTIMIZERS {
                for head in Head::ALL {
                    let (builder, x, y) = example::<F>(order, optimizer, head);
                    let net = builder.max_epochs(3).build().unwrap();
                    assert_same(&net, [&x, &y], ROWS, |training| training);
                }
            }
        }
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn every_division_into_blocks_has_the_bits_of_training_in_order() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    for minibatch_size in [1, 2, 3, 4, 5, 10, 11, 12, usize::MAX] {
        let net = builder.clone().minibatch_size(minibatch_size).max_epochs(3).build().unwrap();
        for size in 1..=ROWS {
            assert_same(&net, [&x, &y], size, |training| training);
        }
    }
    // Ragged and empty blocks, in column-major arrays, without a known number of rows.
    let (mut whole, mut in_blocks) = (builder.max_epochs(3).build().unwrap(), None);
    whole.fit(&x, &y).unwrap();
    for array in [x.clone(), x.t().as_standard_layout().reversed_axes().to_owned()] {
        let mut net = whole.clone();
        net.reset_velocity();
        let blocks = |_| vec![0..0, 0..1, 1..1, 1..8, 8..8, 8..10, 10..11, 11..11];
        net.training_on(Parts::new(&array, &y, blocks)).run().unwrap();
        let bits = state(&net);
        assert_eq!(*in_blocks.get_or_insert_with(|| bits.clone()), bits);
        let mut again = whole.clone();
        again.reset_velocity();
        again.fit(&x, &y).unwrap();
        assert_eq!(bits, state(&again));
    }
}

#[test]
fn every_setting_of_a_run_has_the_bits_of_training() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let generator = &mut ChaCha8Rng::seed_from_u64(8);
    let (xv, yv) = (uniform(6, 3, generator), uniform(6, 2, generator));
    let settings = |builder: DnnBuilder| {
        builder.schedule(Schedule::one_cycle(9)).clip_norm(0.1).l1(1e-3).max_norm(0.5).dropout([0.3])
    };
    let net = settings(builder.max_epochs(12)).build().unwrap();
    for size in [1, 3, 4, 7, ROWS] {
        let stopped = assert_same_with(&net, [&x, &y], Some([&xv, &yv]), size, |training| {
            training
                .early_stopping(EarlyStopping::new(2).by("first"))
                .reduce_on_plateau(ReduceOnPlateau::new(1).factor(0.5))
                .metric("first", |y, predicted| (predicted[[0, 0]] - y[[0, 0]]).abs())
                .on_epoch(|_| Continue(()))
        });
        assert_eq!(stopped.metric("first").len(), stopped.epochs());
        assert_same(&net, [&x, &y], size, |training| {
            let function = |answer: &[f64], y: &[f64], d: &mut [f64]| {
                d[0] = (y[0] - answer[0]).tanh();
                (y[0] - answer[0]).cosh().ln()
            };
            training
                .loss_fn(function)
                .eta_schedule(|progress| 1.0 / (1.0 + progress.position()))
                .max_epochs(4)
        });
    }
    // A threshold.
    let mut easy = net.clone();
    easy.reconfigure(|builder| builder.threshold(1e9)).unwrap();
    assert_eq!(assert_same(&easy, [&x, &y], 3, |training| training).epochs(), 1);
}

#[test]
fn labels_with_weights_have_the_bits_of_training() {
    let generator = &mut ChaCha8Rng::seed_from_u64(9);
    let x = uniform(20, 3, generator);
    let y = uniform(20, 2, generator).mapv(|y: f64| f64::from(u8::from(y > 0.5)));
    let builder = Dnn::multilabel(3, &[4], 2).label_weights([2.0, 0.5]).positive_weights([3.0, 1.0]);
    let net = builder.batch_order(BatchOrder::Sequential).minibatch_size(6).max_epochs(3).build().unwrap();
    for size in [1, 4, 6, 20] {
        assert_same(&net, [&x, &y], size, |training| training);
    }
}

#[test]
fn a_run_lasts_for_the_mini_batches_that_it_needs() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    for (max_epochs, min_updates, epochs) in [(5, 3, 5), (5, 16, 6), (5, 15, 5), (1, 100, 34)] {
        let net = builder.clone().max_epochs(max_epochs).min_updates(min_updates).build().unwrap();
        let report = assert_same(&net, [&x, &y], 4, |training| training);
        assert_eq!(report.epochs(), epochs);
        let report = assert_same(&net, [&x, &y], 4, |training| training.max_epochs(2));
        assert_eq!(report.epochs(), 2);
    }
}

/// A pass over each block, one after the other, is the same if no mini-batch is in two blocks.
#[test]
fn the_rows_of_each_block_are_shuffled() {
    let generator = &mut ChaCha8Rng::seed_from_u64(10);
    let (x, y) = (uniform(40, 3, generator), uniform(40, 2, generator));
    for order in [BatchOrder::Sequential, BatchOrder::Shuffled] {
        let builder = Dnn::<f64>::builder().input_shape(3).shape([4, 2]).activations([Tanh, Identity]);
        let mut in_blocks = builder.batch_order(order).minibatch_size(4).max_epochs(2).build().unwrap();
        let mut by_hand = in_blocks.clone();
        in_blocks.training_on(Parts::of_size(&x, &y, 8)).run().unwrap();
        for rows in (0..2).flat_map(|_| (0..40).step_by(8)) {
            let rows = s![rows..rows + 8, ..];
            by_hand.partial_fit(&x.slice(rows), &y.slice(rows)).unwrap();
        }
        assert_eq!(state(&in_blocks), state(&by_hand));
    }
}

#[test]
fn the_number_of_rows_may_differ_from_epoch_to_epoch() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let mut in_blocks = builder.max_epochs(3).build().unwrap();
    let mut by_hand = in_blocks.clone();
    let rows = [4, 11, 1];
    let blocks = move |epoch: usize| vec![0..rows[epoch].min(3), rows[epoch].min(3)..rows[epoch]];
    let report = in_blocks.training_on(Parts::new(&x, &y, blocks)).run().unwrap();
    for (rows, loss) in rows.into_iter().zip(report.losses()) {
        let expected = by_hand.partial_fit(&x.slice(s![..rows, ..]), &y.slice(s![..rows, ..])).unwrap();
        assert_eq!(loss.to_bits(), expected.to_bits());
    }
    assert_eq!(state(&in_blocks), state(&by_hand));
    assert_eq!(report.iterations(), 1 + 3 + 1);
}

#[test]
fn without_a_number_of_rows_the_position_is_that_of_the_epoch() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let net = builder.max_epochs(2).build().unwrap();
    for (rows, expected) in [
        (None, [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]),
        (Some(11), [0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0, 1.0 + 1.0 / 3.0, 1.0 + 2.0 / 3.0]),
    ] {
        let (mut net, mut positions) = (net.clone(), Vec::new());
        let mut source = Parts::of_size(&x, &y, 5);
        source.rows = rows;
        let training = net.training_on(source).eta_schedule(|progress| {
            positions.push(progress.position());
            1.0
        });
        training.run().unwrap();
        assert_eq!(positions, expected);
        assert_eq!(net.schedule_position(), 2.0);
    }
}

/// A source can be of any type: borrowed, or an object.
#[test]
fn sources_are_borrowed_or_given_away() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let net = builder.optimizer(Optimizer::adam()).max_epochs(2).build().unwrap();
    let [mut whole, mut borrowed, mut given, mut read] = [(); 4].map(|()| net.clone());
    let expected = whole.fit(&x, &y).unwrap();
    let mut source = Parts::of_size(&x, &y, 3);
    let object: &mut dyn Source<f64> = &mut source;
    assert_eq!(borrowed.training_on(object).run().unwrap(), expected);
    assert_eq!(source.begun, [0, 1]);
    assert_eq!(given.training_on(Parts::of_size(&x, &y, 3)).run().unwrap(), expected);
    let shards = Shards::new(4, |shard| {
        let rows = s![3 * shard..(3 * shard + 3).min(ROWS), ..];
        Ok::<_, std::io::Error>((x.slice(rows).to_owned(), y.slice(rows).to_owned()))
    });
    assert_eq!(read.training_on(shards).run().unwrap(), expected);
    for net in [borrowed, given, read] {
        assert_eq!(net, whole);
    }
}

#[test]
fn shards_are_read_once_in_a_new_order_for_each_epoch() {
    let read = std::cell::RefCell::new(Vec::new());
    let shards = |seed| {
        let shards = Shards::new(6, |shard| {
            read.borrow_mut().push(shard);
            Ok::<_, std::io::Error>((Array2::<f64>::zeros((1, 1)), Array2::zeros((1, 1))))
        });
        shards.shuffled(seed)
    };
    let epoch = |source: &mut dyn Source<f64>, epoch: usize| {
        source.begin(epoch);
        while let Some(Block { x, .. }) = source.next().unwrap() {
            assert_eq!(x.dim(), (1, 1));
        }
        std::mem::take(&mut *read.borrow_mut())
    };
    let mut source = shards(1);
    let orders = Vec::from_iter((0..20).map(|number| epoch(&mut source, number)));
    for order in &orders {
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2, 3, 4, 5]);
    }
    assert!(orders.windows(2).any(|orders| orders[0] != orders[1]));
    // The order depends on seed and epoch alone.
    assert_eq!(epoch(&mut shards(1), 13), orders[13]);
    assert!((0..20).any(|number| epoch(&mut shards(2), number) != orders[number]));
    // An epoch that was not finished has no effect on the next one.
    source.begin(3);
    source.next().unwrap();
    read.borrow_mut().clear();
    assert_eq!(epoch(&mut source, 4), orders[4]);
}

#[test]
fn a_function_on_gradients_sees_the_mini_batches_of_training() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let net = builder.max_epochs(2).build().unwrap();
    let [mut whole, mut in_blocks] = [net.clone(), net];
    let seen = std::cell::RefCell::new(Vec::new());
    let look = |batch: &mut ndarray_dnn::training::MiniBatch<'_>| {
        let figures = [batch.loss_sum(), batch.loss_weight(), batch.gradients().norm()].map(f64::to_bits);
        seen.borrow_mut().push((batch.epoch(), batch.iteration(), batch.per_epoch(), figures));
        batch.gradients_mut().scale(0.5);
        Ok::<_, std::io::Error>(())
    };
    whole.training(&x, &y).on_gradients(look).run().unwrap();
    let expected = std::mem::take(&mut *seen.borrow_mut());
    assert_eq!(expected.len(), 6);
    let mut source = Parts::of_size(&x, &y, 3);
    source.rows = Some(ROWS);
    in_blocks.training_on(&mut source).on_gradients(look).run().unwrap();
    assert_eq!(seen.take(), expected);
    assert_eq!(in_blocks, whole);
    // The number of mini-batches is not known.
    source.rows = None;
    in_blocks.training_on(&mut source).on_gradients(look).run().unwrap();
    assert!(seen.take().iter().all(|(_, _, per_epoch, _)| per_epoch.is_none()));
}

/// Two blocks of the same rows have different orders, which are functions of seed, epoch and block alone.
#[test]
fn the_order_by_epoch_is_one_for_each_block() {
    let (builder, x, y) = plain(BatchOrder::ShuffledByEpoch);
    let mut net = builder.minibatch_size(1).max_epochs(2).build().unwrap();
    let orders = |net: &mut Dnn| {
        let norms = std::cell::RefCell::new(Vec::new());
        let source = Parts::new(&x, &y, |_| vec![0..ROWS, 0..ROWS]);
        let training = net.training_on(source).eta_schedule(|_| 0.0).on_gradients(|batch| {
            norms.borrow_mut().push(batch.gradients().norm().to_bits());
            Ok::<_, std::io::Error>(())
        });
        training.run().unwrap();
        norms.into_inner()
    };
    let first = orders(&mut net.clone());
    let blocks = Vec::from_iter(first.chunks(ROWS));
    assert_eq!(blocks.len(), 4);
    for (i, block) in blocks.iter().enumerate() {
        assert!(blocks[i + 1..].iter().all(|other| other != block));
        let [mut one, mut other] = [block, &blocks[0]].map(|block| block.to_vec());
        one.sort_unstable();
        other.sort_unstable();
        assert_eq!(one, other);
    }
    assert_eq!(orders(&mut net), first);
}
