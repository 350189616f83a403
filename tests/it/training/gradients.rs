//! `on_gradients` and `batches_per_epoch` in one process: what the function sees, what it may change, and what it
//! cannot break.

use std::cell::Cell;
use std::error::Error as _;
use std::io;

use ndarray::{Array1, Array2, Axis, s};
use ndarray_dnn::BatchOrder::{Cyclic, Sequential, Shuffled, ShuffledByEpoch};
use ndarray_dnn::error::Place;
use ndarray_dnn::training::StopReason;
use ndarray_dnn::{Dnn, EarlyStopping, Error, Gradients, Optimizer};

use crate::common::runs::{OPTIMIZERS, ROWS, example, plain};
use crate::common::{Head, ORDERS, assert_close, flat_gradients, gradients, state};

#[test]
fn a_function_that_changes_nothing_changes_no_bit() {
    for order in ORDERS {
        for optimizer in OPTIMIZERS {
            for head in Head::ALL {
                let (builder, x, y) = example::<f64>(order, optimizer, head);
                let weights = Array1::from_shape_fn(ROWS, |i| (i % 3) as f64);
                let mut without = builder.dropout([0.2]).max_epochs(5).build().unwrap();
                let mut with = without.clone();
                let expected = without.training(&x, &y).sample_weights(&weights).run().unwrap();
                let calls = Cell::new(0);
                let training = with.training(&x, &y).sample_weights(&weights).on_gradients(|batch| {
                    calls.set(calls.get() + 1);
                    assert_eq!((batch.iteration(), batch.max_epochs()), (calls.get(), 5));
                    let per_epoch = if order == Cyclic { ROWS } else { 3 };
                    assert_eq!(batch.per_epoch(), Some(per_epoch));
                    assert_eq!(batch.epoch(), 1 + (batch.iteration() - 1) / per_epoch);
                    Ok::<(), Error>(())
                });
                assert_eq!(training.run().unwrap(), expected, "{order}, {optimizer}, {head:?}");
                assert_eq!(with, without, "{order}, {optimizer}, {head:?}");
                assert_eq!(calls.get(), expected.iterations());
            }
        }
    }
}

/// `Σ w·g / (b·w̄)` and the loss, before clipping, L2 and L1.
#[test]
fn the_function_sees_gradients_and_loss_of_its_rows() {
    let (builder, x, y) = example::<f64>(Sequential, Optimizer::adam_w(), Head::Squared);
    let mut net =
        builder.clip_norm(1e-3).l1(0.1).regularization(0.1).max_norm(0.5).max_epochs(1).build().unwrap();
    let weights = Array1::from_shape_fn(ROWS, |i| (i % 3) as f64);
    let mean = 0.8;
    let mut twin = net.clone();
    let first = Cell::new(0);
    let training = net.training(&x, &y).sample_weights(&weights).mean_weight(mean).on_gradients(|batch| {
        let rows = first.get()..ROWS.min(first.get() + 4);
        first.set(rows.end);
        let pass = twin.compute(&x.slice(s![rows.clone(), ..])).unwrap();
        let mut d = twin.error(&pass, &y.slice(s![rows.clone(), ..])).unwrap();
        let factors = weights.slice(s![rows.clone()]).mapv(|weight| weight / mean);
        let losses = d.map_axis(Axis(1), |d| 0.5 * d.dot(&d));
        d *= &factors.view().insert_axis(Axis(1));
        let expected = twin.bp(&pass, &d).unwrap();
        assert_eq!(batch.gradients(), &expected);
        assert_eq!(batch.gradients().weight(), rows.len() as f64);
        assert!((batch.loss_weight() - factors.sum()).abs() < 1e-15);
        assert!((batch.loss_sum() - factors.dot(&losses)).abs() < 1e-15);
        assert_eq!(batch.loss(), batch.loss_sum() / batch.loss_weight());
        twin.update(&expected)
    });
    training.run().unwrap();
    assert_eq!((first.get(), state(&twin)), (ROWS, state(&net)));
}

#[test]
fn the_update_and_the_report_use_what_the_function_leaves() {
    for order in ORDERS {
        let (builder, x, y) = plain(order);
        let mut net = builder.clip_norm(0.5).max_epochs(2).build().unwrap();
        let (mut negative, updates) = (net.clone(), Cell::new(0.0));
        let training = net.training(&x, &y).on_gradients(|batch| {
            updates.set(updates.get() + 1.0);
            batch.gradients_mut().slices_mut().for_each(|slice| slice.fill(0.25));
            batch.set_loss(3.0 * updates.get(), 1.5)
        });
        let report = training.run().unwrap();
        // The loss is 2·i for mini-batch i, with the same weight in the loss of the epoch. In the article's order it
        // is the mean of the mini-batches with their numbers of rows.
        let per_epoch = report.iterations() / 2;
        if order != Cyclic {
            let mean = |epoch: usize| (2 * (epoch * per_epoch) + per_epoch + 1) as f64;
            assert_eq!(report.losses(), [mean(0), mean(1)], "{order}");
        }
        let mut clipped = Vec::new();
        for _ in 0..updates.get() as usize - usize::from(order == Cyclic) {
            let mut constant = gradients(&negative, &x, &y);
            constant.slices_mut().for_each(|slice| slice.fill(0.25));
            clipped.push(constant.norm());
            negative.update(&constant).unwrap();
        }
        assert_eq!(state(&net), state(&negative), "{order}");
        assert!(clipped[0] > 0.5);
    }
    // The threshold looks at this loss too.
    let (builder, x, y) = plain(Shuffled);
    let mut net = builder.threshold(0.1).max_epochs(9).build().unwrap();
    let training = net.training(&x, &y).on_gradients(|batch| {
        let loss = if batch.epoch() < 3 { 1.0 } else { 0.0625 };
        batch.set_loss(loss, 1.0)
    });
    let report = training.run().unwrap();
    assert_eq!((report.stop_reason(), report.losses()), (StopReason::Threshold, &[1.0, 1.0, 0.0625][..]));
}

#[test]
fn a_loss_that_is_not_finite_has_diverged() {
    for order in ORDERS {
        for loss in [f64::NAN, f64::INFINITY] {
            let (builder, x, y) = plain(order);
            let mut net = builder.max_epochs(3).build().unwrap();
            let mut two_epochs = net.clone();
            let per_epoch = if order == Cyclic { ROWS } else { 3 };
            let training = net.training(&x, &y).on_gradients(|batch| match batch.iteration() {
                iteration if iteration == 2 * per_epoch + 2 => batch.set_loss(loss, 4.0),
                _ => Ok(()),
            });
            let error = training.run();
            let Err(Error::Diverged { epoch, iteration, what, .. }) = error else { panic!("{error:?}") };
            assert_eq!((epoch, iteration, what), (3, 2 * per_epoch + 2, "the loss"), "{order}");
            two_epochs.training(&x, &y).max_epochs(2).run().unwrap();
            assert_eq!(state(&net), state(&two_epochs), "{order}");
        }
    }
}

#[test]
fn an_error_of_the_function_ends_the_run_and_is_its_source() {
    for order in ORDERS {
        for fails_in in [1, 3] {
            let (builder, x, y) = plain(order);
            let mut net = builder.max_epochs(10).build().unwrap();
            let before = net.clone();
            let mut expected = before.clone();
            let training = net.training(&x, &y).validation(&x, &y).early_stopping(EarlyStopping::new(10));
            let failing = training.on_gradients(|batch| {
                if batch.epoch() < fails_in || batch.iteration() % 2 == 1 {
                    return Ok(());
                }
                Err(io::Error::new(io::ErrorKind::TimedOut, "rank 3 does not answer"))
            });
            let error = failing.run().unwrap_err();
            assert_eq!(error.to_string(), "on_gradients failed: rank 3 does not answer");
            assert!(matches!(error, Error::Callback { name: "on_gradients", .. }));
            let source = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
            assert_eq!(source.kind(), io::ErrorKind::TimedOut);
            if fails_in == 1 {
                assert_eq!(net, before, "{order}");
            } else {
                expected.training(&x, &y).max_epochs(2).run().unwrap();
                assert_eq!(state(&net), state(&expected), "{order}");
            }
        }
    }
}

#[test]
fn gradients_of_another_shape_are_refused() {
    let (builder, x, y) = plain(Sequential);
    let net = builder.max_epochs(2).build().unwrap();
    let other: Dnn = Dnn::regressor(3, &[4, 4], 2).build().unwrap();
    for (replacement, found) in
        [(gradients(&other, &x, &y), vec![3, 4, 4, 2]), (Gradients::default(), vec![])]
    {
        let mut after = net.clone();
        let training = after.training(&x, &y).on_gradients(|batch| {
            *batch.gradients_mut() = replacement.clone();
            Ok::<(), Error>(())
        });
        let what = "the gradients of on_gradients";
        let expected = Error::Foreign { what, expected: vec![3, 4, 2], found };
        assert_eq!(training.run(), Err(expected));
        assert_eq!(after, net);
    }
    // Gradients of the same network may replace them.
    let mut after = net.clone();
    let constant = gradients(&net, &x, &y);
    let training = after.training(&x, &y).on_gradients(|batch| {
        batch.gradients_mut().clone_from(&constant);
        Ok::<(), Error>(())
    });
    training.run().unwrap();
    let mut by_hand = net;
    (0..6).for_each(|_| by_hand.update(&constant).unwrap());
    assert_eq!(state(&after), state(&by_hand));
}

#[test]
fn a_weight_of_the_loss_out_of_range() {
    let (builder, x, y) = plain(Sequential);
    let mut net = builder.max_epochs(1).build().unwrap();
    for value in [-1.0, -5e-324, f64::INFINITY] {
        let training = net.training(&x, &y).on_gradients(|batch| {
            let before = (batch.loss_sum(), batch.loss_weight());
            let refused = batch.set_loss(7.0, value);
            let range = "at least 0 and finite in f64".into();
            let expected = Error::OutOfRange { name: "weight", at: Place::Whole, range, value };
            assert_eq!(refused, Err(expected));
            assert_eq!((batch.loss_sum(), batch.loss_weight()), before);
            Ok::<(), Error>(())
        });
        training.run().unwrap();
    }
    let training = net.training(&x, &y).on_gradients(|batch| batch.set_loss(7.0, f64::NAN));
    let text = "on_gradients failed: weight must be at least 0 and finite in f64, found NaN";
    assert_eq!(training.run().unwrap_err().to_string(), text);
}

/// A data set without rows: every gradient is 0, and so is every loss.
#[test]
fn without_rows_every_step_has_a_gradient_of_0() {
    for optimizer in OPTIMIZERS {
        for order in [Sequential, Shuffled, ShuffledByEpoch] {
            let (builder, x, y) = example::<f64>(order, optimizer, Head::Softmax);
            let mut net = builder.max_epochs(3).dropout([0.5]).build().unwrap();
            let mut by_hand = net.clone();
            let (no_x, no_y, no_weights) = (Array2::zeros((0, 3)), Array2::zeros((0, 2)), Array1::zeros(0));
            let training = net.training(&no_x, &no_y).sample_weights(&no_weights).mean_weight(1.0);
            let training = training.metric("rows", |_, predicted| predicted.nrows() as f64);
            let calls = Cell::new(0);
            let report = training.batches_per_epoch(5).on_gradients(|batch| {
                calls.set(calls.get() + 1);
                assert_eq!((batch.gradients().weight(), batch.gradients().norm()), (0.0, 0.0));
                assert_eq!((batch.loss_sum(), batch.loss_weight(), batch.loss()), (0.0, 0.0, 0.0));
                Ok::<(), Error>(())
            });
            let report = report.run().unwrap();
            assert_eq!(
                (calls.get(), report.losses(), report.metric("rows")),
                (15, &[0.0; 3][..], &[0.0; 3][..])
            );
            let mut nothing = gradients(&by_hand, &x, &y);
            nothing.slices_mut().for_each(|slice| slice.fill(0.0));
            (0..15).for_each(|_| by_hand.update(&nothing).unwrap());
            assert_eq!(state(&net), state(&by_hand), "{optimizer}, {order}");
        }
    }
}

#[test]
fn batches_per_epoch_divides_the_rows() {
    for order in [Sequential, Shuffled, ShuffledByEpoch] {
        let (builder, x, y) = plain(order);
        let (x, y) = (x.slice(s![..8, ..]), y.slice(s![..8, ..]));
        let mut by_size = builder.minibatch_size(2).max_epochs(4).build().unwrap();
        let mut by_number = by_size.clone();
        by_number.reconfigure(|builder| builder.minibatch_size(7)).unwrap();
        let expected = by_size.fit(&x, &y).unwrap();
        let training = by_number.training(&x, &y).batches_per_epoch(4);
        assert_eq!(training.run().unwrap(), expected, "{order}");
        assert_eq!(state(&by_number), state(&by_size), "{order}");
    }
    // 11 rows in 4 and in 15 mini-batches.
    for (batches, expected) in
        [(4, &[2.0, 3.0, 3.0, 3.0][..]), (15, &[0., 1., 1., 0., 1., 1., 1., 0., 1., 1., 1., 0., 1., 1., 1.])]
    {
        let (builder, x, y) = plain(Sequential);
        let mut net = builder.max_epochs(2).build().unwrap();
        let mut sizes = Vec::new();
        let training = net.training(&x, &y).batches_per_epoch(batches).on_gradients(|batch| {
            sizes.push(batch.gradients().weight());
            Ok::<(), Error>(())
        });
        let report = training.run().unwrap();
        assert_eq!((report.iterations(), net.iterations()), (2 * batches, 2 * batches));
        assert_eq!(sizes, [expected, expected].concat());
    }
}

/// By the gradients of all mini-batches, the rows are in the order of the epoch.
#[test]
fn the_mini_batches_of_an_epoch_have_every_row_once() {
    let (builder, x, y) = plain(ShuffledByEpoch);
    let net = builder.eta(1e-300).regularization(0.0).max_epochs(3).build().unwrap();
    let whole = gradients(&net, &x, &y);
    for batches in [1, 2, 5, 11, 20] {
        let mut sum = Gradients::default();
        let training_net = &mut net.clone();
        let training = training_net
            .training(&x, &y)
            .batches_per_epoch(batches)
            .on_gradients(|batch| if batch.epoch() == 2 { sum.merge(batch.gradients()) } else { Ok(()) });
        training.run().unwrap();
        assert_eq!(sum.weight(), ROWS as f64);
        assert_close("gradients", &flat_gradients(&sum), &flat_gradients(&whole), 1e-14);
    }
}
