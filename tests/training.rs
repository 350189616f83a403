//! Laws of a training run: what is opt-in changes nothing else, and going on is as if it had never stopped.

#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::ops::ControlFlow::{Break, Continue};

use common::{ACTIVATIONS, Head, ORDERS, assert_close, flat_gradients, parameters, state, uniform, velocity};
use ndarray::{Array1, Array2, ArrayRef1, ArrayRef2, Axis, array, concatenate, s};
use ndarray_dnn::Activation::{Identity, Relu, Sigmoid, Tanh};
use ndarray_dnn::BatchOrder::{Cyclic, Sequential, Shuffled};
use ndarray_dnn::{
    BatchOrder, Dnn, DnnBuilder, EarlyStopping, Error, Init, Link, Loss, Optimizer, Scalar, StopReason,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The seed of all data here.
const SEED: u64 = 31;
const ROWS: usize = 11;
/// Another order of a few thousand additions of numbers below 10.
const ROUNDING: f64 = 1e-12;

const OPTIMIZERS: [Optimizer; 3] = [Optimizer::Momentum, Optimizer::Nesterov, Optimizer::adam()];

/// 3 inputs, 4 hidden neurons, 2 outputs, and 11 rows for them.
fn example<F: Scalar>(
    order: BatchOrder,
    optimizer: Optimizer,
    head: Head,
) -> (DnnBuilder<F>, Array2<F>, Array2<F>) {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    let builder = Dnn::builder().input_shape(3).shape([4, 2]).activations([Tanh, Identity]);
    let builder = builder.batch_order(order).minibatch_size(4).threshold(0.0).eta(0.05).init(Init::Glorot);
    let x = uniform(ROWS, 3, generator);
    let y = head.targets(ROWS, 2, generator);
    (head.set(builder).optimizer(optimizer), x, y)
}

fn each_setting(check: impl Fn(BatchOrder, Optimizer, Head)) {
    for order in ORDERS {
        for optimizer in OPTIMIZERS {
            for head in Head::ALL {
                check(order, optimizer, head);
            }
        }
    }
}

fn plain(order: BatchOrder) -> (DnnBuilder, Array2<f64>, Array2<f64>) {
    example(order, Optimizer::Momentum, Head::Document)
}

/// Data that a network can learn by heart, and others that it then gets worse on.
fn overfitting() -> (Dnn, [Array2<f64>; 4]) {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    let data = [(); 4].map(|()| uniform(12, 2, generator));
    let builder =
        Dnn::builder().input_shape(2).shape([20, 2]).activations([Tanh, Identity]).init(Init::Glorot);
    let builder = builder.batch_order(Shuffled).eta(0.05).decay_power(0.0).regularization(0.0).threshold(0.0);
    (builder.build().unwrap(), data)
}

// Without settings

#[test]
fn a_training_without_settings_is_fit() {
    each_setting(|order, optimizer, head| {
        let (builder, x, y) = example::<f64>(order, optimizer, head);
        let mut net = builder.max_epochs(3).build().unwrap();
        let mut twin = net.clone();
        let (fitted, run) = (net.fit(&x, &y).unwrap(), twin.training(&x, &y).run().unwrap());
        assert_eq!(net, twin);
        assert_eq!((fitted.losses(), fitted.iterations()), (run.losses(), run.iterations()));
        assert_eq!(run.history(), fitted.history());
        assert_eq!((run.validation_losses(), run.best_epoch()), (&[][..], None));
        assert!(run.history().iter().all(|epoch| epoch.validation_loss().is_none()));
    });
}

#[test]
fn looking_on_changes_nothing() {
    each_setting(|order, optimizer, head| {
        let (builder, x, y) = example::<f64>(order, optimizer, head);
        let mut net = builder.max_epochs(3).build().unwrap();
        let mut watched = net.clone();
        let fitted = net.fit(&x, &y).unwrap();
        let seen = watched.training(&x, &y).validation(&x, &y).on_epoch(|_| Continue(())).run().unwrap();
        assert_eq!(net, watched);
        assert_eq!(fitted.losses(), seen.losses());
    });
}

// Going on

#[test]
fn four_epochs_and_four_are_eight() {
    fn check<F: Scalar>() {
        for order in [Sequential, Shuffled] {
            for optimizer in OPTIMIZERS {
                for head in Head::ALL {
                    for is_weighted in [false, true] {
                        let (builder, x, y) = example::<F>(order, optimizer, head);
                        let weights = Array1::from_shape_fn(ROWS, |i| F::from_f64((i % 3) as f64));
                        let run = |net: &mut Dnn<F>, epochs, is_resumed| {
                            let training = net.training(&x, &y).max_epochs(epochs);
                            let training =
                                if is_weighted { training.sample_weights(&weights) } else { training };
                            let training = if is_resumed { training.resume() } else { training };
                            training.run().unwrap().losses().to_vec()
                        };
                        let mut at_once = builder.build().unwrap();
                        let mut in_parts = at_once.clone();
                        let losses = run(&mut at_once, 8, false);
                        let parts = [run(&mut in_parts, 4, false), run(&mut in_parts, 4, true)].concat();
                        let context = format!("{order:?}, {optimizer:?}, {head:?}, weights {is_weighted}");
                        assert_eq!(losses, parts, "{context}");
                        assert_eq!(at_once, in_parts, "{context}");
                    }
                }
            }
        }
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn resuming_the_document_s_order_leaves_out_the_update_that_was_left_out() {
    let (builder, x, y) = plain(Cyclic);
    let mut net = builder.build().unwrap();
    let mut by_hand = net.clone();
    net.training(&x, &y).max_epochs(1).run().unwrap();
    net.training(&x, &y).max_epochs(1).resume().run().unwrap();
    for _ in 0..2 {
        // Each run is 11 mini-batches from row 0 on, the last of which updates nothing.
        for i in 0..ROWS - 1 {
            let start = 4 * i % ROWS;
            let rows = s![start..(start + 4).min(ROWS), ..];
            let pass = by_hand.compute(&x.slice(rows)).unwrap();
            let d = by_hand.error(&pass, &y.slice(rows)).unwrap();
            by_hand.update(&by_hand.bp(&pass, &d).unwrap()).unwrap();
        }
    }
    assert_eq!(state(&net), state(&by_hand));
    assert_eq!((net.iterations(), by_hand.iterations()), (20, 20));
}

#[test]
fn a_network_that_on_epoch_saved_goes_on_as_if_nothing_had_happened() {
    for optimizer in OPTIMIZERS {
        let (builder, x, y) = example::<f64>(Shuffled, optimizer, Head::Softmax);
        let mut net = builder.max_epochs(9).build().unwrap();
        let mut saved = None;
        let report = net
            .training(&x, &y)
            .on_epoch(|e| {
                if e.epoch() == 4 {
                    saved = Some(e.net().clone());
                }
                Continue(())
            })
            .run()
            .unwrap();
        let mut saved = saved.unwrap();
        let rest = saved.training(&x, &y).resume().max_epochs(5).run().unwrap();
        assert_eq!(saved, net, "{optimizer:?}");
        assert_eq!(rest.losses(), &report.losses()[4..], "{optimizer:?}");
    }
}

#[test]
fn max_epochs_is_of_this_run() {
    let (builder, x, y) = plain(Sequential);
    let mut net = builder.max_epochs(3).build().unwrap();
    let epochs = |net: &mut Dnn| net.fit(&x, &y).unwrap().epochs();
    assert_eq!(net.training(&x, &y).max_epochs(5).run().unwrap().epochs(), 5);
    assert_eq!(epochs(&mut net), 3);
    assert_eq!(net.config().max_epochs(), 3);
}

// Validation

#[test]
fn the_validation_loss_is_the_loss_after_the_epoch() {
    each_setting(|order, optimizer, head| {
        let (builder, x, y) = example::<f64>(order, optimizer, head);
        let mut net = builder.max_epochs(3).build().unwrap();
        // Several blocks of rows.
        let repeat = |array: &Array2<f64>| concatenate(Axis(0), &vec![array.view(); 70]).unwrap();
        let (x_long, y_long) = (repeat(&x), repeat(&y));
        let mut expected = Vec::new();
        let report = net
            .training(&x, &y)
            .validation(&x_long, &y_long)
            .on_epoch(|e| {
                let loss = e.net().loss(&e.net().compute(&x).unwrap(), &y).unwrap();
                assert!((e.validation_loss().unwrap() - loss).abs() < ROUNDING);
                expected.push(e.validation_loss());
                Continue(())
            })
            .run()
            .unwrap();
        assert_eq!(Vec::from_iter(report.history().iter().map(|e| e.validation_loss())), expected);
        assert_eq!(Vec::from_iter(report.validation_losses().iter().copied().map(Some)), expected);
    });
}

#[test]
fn early_stopping_restores_the_best_epoch() {
    let (net, [x, y, xv, yv]) = overfitting();
    let patience = 7;
    let mut stopped = net.clone();
    let mut layers = Vec::new();
    let report = stopped
        .training(&x, &y)
        .validation(&xv, &yv)
        .early_stopping(EarlyStopping::new(patience))
        .on_epoch(|e| {
            layers.push(e.net().layers().to_vec());
            Continue(())
        })
        .run()
        .unwrap();
    assert_eq!(report.stop_reason(), StopReason::EarlyStopping);
    let best = report.best_epoch().unwrap();
    assert_eq!(report.epochs(), best + patience);
    let losses = report.validation_losses();
    assert!(losses.iter().all(|loss| *loss >= losses[best - 1]));
    assert!(losses[..best - 1].iter().all(|loss| *loss > losses[best - 1]));
    assert_eq!(stopped.layers(), layers[best - 1]);
    assert!(velocity(&stopped).iter().all(|v| *v == 0.0));
    assert!(report.losses().last() < Some(&report.losses()[best - 1]), "it was not the training loss");

    // The parameters are those of a run that ends there.
    let mut twin = net.clone();
    twin.training(&x, &y).max_epochs(best).run().unwrap();
    assert_eq!(parameters(twin.layers()), parameters(stopped.layers()));
}

#[test]
fn whatever_ends_the_run_the_best_epoch_is_restored() {
    let (net, [x, y, xv, yv]) = overfitting();
    let run = |epochs: usize, last: usize, threshold: f64| {
        let mut net = net.clone();
        net.reconfigure(|builder| builder.threshold(threshold)).unwrap();
        let training = net.training(&x, &y).validation(&xv, &yv).early_stopping(EarlyStopping::new(1000));
        let training = training.on_epoch(move |e| if e.epoch() < last { Continue(()) } else { Break(()) });
        let report = training.max_epochs(epochs).run().unwrap();
        (report, net)
    };
    let never = usize::MAX;
    let (by_epochs, first) = run(60, never, 0.0);
    let best = by_epochs.best_epoch().unwrap();
    assert!(best < 60);
    let (by_callback, second) = run(never, 60, 0.0);
    let (by_threshold, third) = run(never, never, 1.0001 * by_epochs.losses()[59]);
    let reasons = [StopReason::MaxEpochs, StopReason::Callback, StopReason::Threshold];
    for ((report, net), reason) in
        [(by_epochs, first), (by_callback, second), (by_threshold, third)].iter().zip(reasons)
    {
        assert_eq!((report.best_epoch(), report.stop_reason()), (Some(best), reason));
        let loss = net.loss(&net.compute(&xv).unwrap(), &yv).unwrap();
        assert!((loss - report.validation_losses()[best - 1]).abs() < ROUNDING, "{reason}");
    }
}

#[test]
fn a_best_epoch_that_is_the_last_one_leaves_everything_as_it_is() {
    let (builder, x, y) = plain(Shuffled);
    // Validated by what it learns, with a small rate: it gets better all the time.
    let mut net = builder.eta(0.01).max_epochs(5).build().unwrap();
    let mut twin = net.clone();
    let report = net.training(&x, &y).validation(&x, &y).early_stopping(EarlyStopping::new(1)).run().unwrap();
    assert_eq!((report.best_epoch(), report.epochs()), (Some(5), 5));
    twin.fit(&x, &y).unwrap();
    assert_eq!(net, twin);
}

#[test]
fn a_run_that_restored_goes_on_from_the_best_parameters_at_rest() {
    for optimizer in OPTIMIZERS {
        let (mut net, [x, y, xv, yv]) = overfitting();
        net.reconfigure(|builder| builder.optimizer(optimizer).decay_power(0.5)).unwrap();
        let early_stopping = EarlyStopping::new(3);
        let report = net.training(&x, &y).validation(&xv, &yv).early_stopping(early_stopping).run().unwrap();
        assert!(report.best_epoch().unwrap() < report.epochs());
        let (before, t) = (net.clone(), net.iterations());
        assert_eq!(t, report.iterations(), "{optimizer:?}: the iterations go on");

        // The first step: from these parameters, at rest, with the rate of update t + 1.
        let pass = net.compute(&x).unwrap();
        let gradients = net.bp(&pass, &net.error(&pass, &y).unwrap()).unwrap();
        net.update(&gradients).unwrap();
        assert_eq!(net.iterations(), t + 1);
        let eta = 0.05 / ((t + 1) as f64).sqrt();
        assert_eq!(net.effective_eta(), eta);
        let g = flat_gradients(&gradients);
        let mu = if optimizer == Optimizer::Nesterov { 1.9 } else { 1.0 };
        let step = match optimizer {
            // Of the first step m̂ = g and √v̂ = |g|.
            Optimizer::Adam { epsilon, .. } => g.mapv(|g| -eta * g / (g.abs() + epsilon)),
            _ => -eta * mu * g,
        };
        let moved = parameters(net.layers()) - parameters(before.layers());
        assert_close(&format!("{optimizer:?}"), &moved, &step, 1e-13);
    }
}

#[test]
fn a_validation_loss_that_is_no_number_is_never_better() {
    // Finite on x, infinite on xv.
    let (builder, x, y) = plain(Sequential);
    let mut net = builder.activations([Identity, Identity]).max_epochs(10).build().unwrap();
    let xv = array![[1e308, 1e308, -1e308]];
    let yv = array![[0.0, 0.0]];
    let mut twin = net.clone();
    let report =
        net.training(&x, &y).validation(&xv, &yv).early_stopping(EarlyStopping::new(4)).run().unwrap();
    assert!(report.validation_losses().iter().all(|loss| !loss.is_finite()));
    assert_eq!((report.best_epoch(), report.epochs()), (None, 4));
    assert_eq!(report.stop_reason(), StopReason::EarlyStopping);
    // Nothing to restore.
    twin.training(&x, &y).max_epochs(4).run().unwrap();
    assert_eq!(net, twin);
}

#[test]
fn early_stopping_does_not_hide_divergence() {
    for order in ORDERS {
        for optimizer in [Optimizer::Momentum, Optimizer::Nesterov] {
            let (builder, x, y) = example::<f64>(order, optimizer, Head::Document);
            let builder = builder.activations([Identity, Identity]).eta(1e6).regularization(1.0);
            let mut net = builder.max_epochs(usize::MAX).build().unwrap();
            let training =
                net.training(&x, &y).validation(&x, &y).early_stopping(EarlyStopping::new(usize::MAX));
            let error = training.run().unwrap_err();
            assert!(matches!(error, Error::Diverged { .. }), "{error}");
            assert!(parameters(net.layers()).iter().chain(&velocity(&net)).all(|value| value.is_finite()));
        }
    }
}

// Sample weights

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

// After each epoch

#[test]
fn on_epoch_sees_the_epoch_and_the_network_and_can_stop() {
    let (builder, x, y) = plain(Shuffled);
    let mut net = builder.max_epochs(10).build().unwrap();
    let mut seen = Vec::new();
    let mut before = std::time::Duration::ZERO;
    let report = net
        .training(&x, &y)
        .validation(&x, &y)
        .on_epoch(|e| {
            assert!(e.elapsed() >= before);
            before = e.elapsed();
            assert_eq!(
                e.to_string(),
                format!(
                    "epoch: {}. mean loss: {:.6}. learning rate: {:.8}. validation loss: {:.6}",
                    e.epoch(),
                    e.loss(),
                    e.eta(),
                    e.validation_loss().unwrap()
                )
            );
            assert_eq!(e.eta(), e.net().effective_eta());
            assert_eq!(e.net().iterations(), 3 * e.epoch());
            seen.push((e.epoch(), e.loss(), e.validation_loss(), e.eta()));
            if e.epoch() < 4 { Continue(()) } else { Break(()) }
        })
        .run()
        .unwrap();
    let history = report.history().iter().map(|e| (e.epoch(), e.loss(), e.validation_loss(), e.eta()));
    assert_eq!(Vec::from_iter(history), seen);
    assert_eq!((report.epochs(), report.stop_reason()), (4, StopReason::Callback));
    assert!(report.elapsed() >= before);
    // max_epochs is named where both end it.
    let report =
        net.training(&x, &y).max_epochs(2).on_epoch(|e| if e.epoch() < 2 { Continue(()) } else { Break(()) });
    assert_eq!(report.run().unwrap().stop_reason(), StopReason::MaxEpochs);
}

#[test]
fn reports_say_what_happened() {
    let (net, [x, y, xv, yv]) = overfitting();
    let report = net
        .clone()
        .training(&x, &y)
        .validation(&xv, &yv)
        .early_stopping(EarlyStopping::new(2))
        .run()
        .unwrap();
    let text = report.to_string();
    let (losses, validation) = (report.losses(), report.validation_losses());
    for part in [
        format!("epochs: {}. mini-batches: {}. time: ", report.epochs(), report.iterations()),
        format!(". mean loss: {:.6} to {:.6}", losses[0], losses[losses.len() - 1]),
        format!(". validation loss: {:.6} to {:.6}", validation[0], validation[validation.len() - 1]),
        format!(
            ". best epoch: {}. stopped: the validation loss no longer fell",
            report.best_epoch().unwrap()
        ),
    ] {
        assert!(text.contains(&part), "{text}");
    }
    let lines = Vec::from_iter(report.history().iter().map(|epoch| epoch.to_string())).join("\n");
    assert_eq!(format!("{report:#}"), format!("{lines}\n{text}"));
}

// Online

#[test]
fn partial_fit_is_one_pass_that_goes_on() {
    fn check<F: Scalar>() {
        for order in ORDERS {
            for optimizer in OPTIMIZERS {
                for head in Head::ALL {
                    let (builder, x, y) = example::<F>(order, optimizer, head);
                    let mut net = builder.clone().build().unwrap();
                    // The document's order is no pass.
                    let one_pass = if order == Cyclic { Sequential } else { order };
                    let mut twin = builder.batch_order(one_pass).build().unwrap();
                    for _ in 0..3 {
                        let loss = net.partial_fit(&x, &y).unwrap();
                        let report = twin.training(&x, &y).resume().max_epochs(1).run().unwrap();
                        assert_eq!(loss, report.losses()[0], "{order:?}, {optimizer:?}, {head:?}");
                    }
                    assert_eq!(state(&net), state(&twin), "{order:?}, {optimizer:?}, {head:?}");
                    assert_eq!(
                        (net.iterations(), net.effective_eta()),
                        (twin.iterations(), twin.effective_eta())
                    );
                }
            }
        }
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn one_sample_as_it_comes_is_the_verbs() {
    let (builder, x, y) = plain(Shuffled);
    let mut net = builder.build().unwrap();
    let mut by_hand = net.clone();
    for i in 0..50 {
        let row = s![i % ROWS..=i % ROWS, ..];
        let loss = net.partial_fit(&x.slice(row), &y.slice(row)).unwrap();
        let pass = by_hand.compute(&x.slice(row)).unwrap();
        assert_eq!(loss, by_hand.loss(&pass, &y.slice(row)).unwrap());
        let d = by_hand.error(&pass, &y.slice(row)).unwrap();
        by_hand.update(&by_hand.bp(&pass, &d).unwrap()).unwrap();
    }
    assert_eq!(state(&net), state(&by_hand));
    assert_eq!((net.iterations(), by_hand.iterations()), (50, 50));
}

#[test]
fn every_partial_fit_draws_a_fresh_permutation() {
    // A rate that moves nothing: only which 3 rows make up the last mini-batch decides the mean of the three losses.
    let (builder, x, y) = plain(Shuffled);
    let mut net = builder.eta(1e-300).build().unwrap();
    let mut losses = Vec::from_iter((0..6).map(|_| net.partial_fit(&x, &y).unwrap()));
    losses.sort_by(f64::total_cmp);
    // One of the 165 choices may come twice.
    let distinct = losses.windows(2).filter(|pair| pair[1] - pair[0] > 1e-6).count() + 1;
    assert!(distinct >= 5, "{losses:?}");
}

#[test]
fn partial_fit_that_diverges_changes_nothing() {
    for optimizer in OPTIMIZERS {
        let (builder, x, y) = example::<f64>(Shuffled, optimizer, Head::Document);
        let mut net = builder.optimizer(Optimizer::Momentum).build().unwrap();
        net.partial_fit(&x, &y).unwrap();
        net.reconfigure(|builder| builder.optimizer(optimizer)).unwrap();
        net.partial_fit(&x, &y).unwrap();
        let before = net.clone();
        let huge = y.mapv(|y| y * 1e300);
        assert!(matches!(net.partial_fit(&x, &huge), Err(Error::Diverged { epoch: 1, .. })), "{optimizer:?}");
        assert_eq!(net, before);
        assert!(matches!(net.partial_fit(&x, &y.slice(s![..2, ..])), Err(Error::RowCount { .. })));
        // In the second mini-batch, after an update.
        let mut fast = example::<f64>(Shuffled, Optimizer::Momentum, Head::Document).0.build().unwrap();
        fast.partial_fit(&x, &y).unwrap();
        // The buffers of one optimizer are not those of another.
        fast.reconfigure(|builder| builder.optimizer(optimizer).eta(1e308)).unwrap();
        let before_it = fast.clone();
        let error = fast.partial_fit(&x, &y).unwrap_err();
        assert!(matches!(error, Error::Diverged { iteration: 2.., .. }), "{error}");
        assert_eq!(fast, before_it);
        let mut twin = before.clone();
        assert_eq!(net.partial_fit(&x, &y), twin.partial_fit(&x, &y));
        assert_eq!(net, twin);
    }
}

// Other settings

#[test]
fn reconfigure_keeps_the_state() {
    let (builder, x, y) = plain(Shuffled);
    let mut net = builder.max_epochs(3).build().unwrap();
    net.fit(&x, &y).unwrap();
    let before = net.clone();
    net.reconfigure(|builder| builder).unwrap();
    assert_eq!(net, before);

    net.reconfigure(|builder| builder.eta(0.01).momentum(0.5).minibatch_size(3).softmax(false)).unwrap();
    assert_eq!(state(&net), state(&before));
    assert_eq!((net.iterations(), net.effective_eta()), (before.iterations(), before.effective_eta()));
    let config = net.config();
    assert_eq!((config.eta(), config.momentum(), config.minibatch_size()), (0.01, 0.5, 3));
    assert_eq!((config.max_epochs(), config.batch_order(), config.seed()), (3, Shuffled, 42));

    // A network that has never been updated has no rate but the setting.
    let mut new = plain(Shuffled).0.build().unwrap();
    assert_eq!(new.effective_eta(), 0.05);
    new.reconfigure(|builder| builder.eta(0.5)).unwrap();
    assert_eq!(new.effective_eta(), 0.5);
}

#[test]
fn reconfigured_networks_train_as_those_that_were_built_so() {
    for optimizer in OPTIMIZERS {
        let (builder, x, y) = example::<f64>(Sequential, optimizer, Head::Document);
        let mut net = builder.clone().max_epochs(2).build().unwrap();
        net.fit(&x, &y).unwrap();
        net.reset_velocity();
        let change = |builder: DnnBuilder| {
            builder.eta(0.02).regularization(0.1).regularize_biases(false).loss(Loss::Squared).seed(9)
        };
        let mut fresh = change(builder.clone()).batch_order(Shuffled).max_epochs(2);
        fresh = fresh.input_shape(3);
        let mut fresh = fresh.build_from(net.layers().to_vec()).unwrap();
        net.reconfigure(|builder| change(builder).batch_order(Shuffled)).unwrap();
        let reports = [&mut net, &mut fresh].map(|net| net.fit(&x, &y).unwrap().losses().to_vec());
        assert_eq!(reports[0], reports[1]);
        assert_eq!(net, fresh);
    }
}

#[test]
fn another_optimizer_keeps_the_velocity_where_it_means_the_same() {
    let (builder, x, y) = plain(Sequential);
    let mut net = builder.max_epochs(2).build().unwrap();
    net.fit(&x, &y).unwrap();
    let moving = velocity(&net);
    net.reconfigure(|builder| builder.optimizer(Optimizer::Nesterov)).unwrap();
    assert_eq!(velocity(&net), moving);
    net.partial_fit(&x, &y).unwrap();
    net.reconfigure(|builder| builder.optimizer(Optimizer::adam())).unwrap();
    assert!(velocity(&net).iter().all(|v| *v == 0.0));
    net.partial_fit(&x, &y).unwrap();
    assert!(velocity(&net).iter().any(|v| *v != 0.0));
    let moments = velocity(&net);
    // Another ε changes nothing of what they mean; another β does.
    let adam = |beta1, beta2, epsilon| Optimizer::Adam { beta1, beta2, epsilon };
    net.reconfigure(|builder| builder.optimizer(adam(0.9, 0.999, 1e-3))).unwrap();
    assert_eq!(velocity(&net), moments);
    for [beta1, beta2] in [[0.8, 0.999], [0.8, 0.99]] {
        net.partial_fit(&x, &y).unwrap();
        assert!(velocity(&net).iter().any(|v| *v != 0.0));
        net.reconfigure(|builder| builder.optimizer(adam(beta1, beta2, 1e-3))).unwrap();
        assert!(velocity(&net).iter().all(|v| *v == 0.0));
    }
    // The momentum of before is there again.
    net.reconfigure(|builder| builder.optimizer(Optimizer::Momentum)).unwrap();
    assert_eq!(net.config().momentum(), 0.9);
    assert!(velocity(&net).iter().all(|v| *v == 0.0));
    net.partial_fit(&x, &y).unwrap();
}

// Steps

#[test]
fn steps_are_the_formulas() {
    let lambda = 0.1;
    for regularize_biases in [false, true] {
        for optimizer in OPTIMIZERS {
            let (builder, x, y) = example::<f64>(Sequential, optimizer, Head::Squared);
            let builder =
                builder.regularization(lambda).regularize_biases(regularize_biases).decay_power(0.3);
            let mut net = builder.build().unwrap();
            // W₁ (4, 3), b₁ (4), W₂ (2, 4), b₂ (2)
            let counts = |i: usize| regularize_biases || !(12..16).contains(&i) && !(24..26).contains(&i);
            let mut theta = parameters(net.layers());
            assert_eq!(theta.len(), 26);
            let [mut v, mut m] = [Array1::<f64>::zeros(26), Array1::zeros(26)];
            for t in 1..=5 {
                let pass = net.compute(&x).unwrap();
                let gradients = net.bp(&pass, &net.error(&pass, &y).unwrap()).unwrap();
                net.update(&gradients).unwrap();
                let g = flat_gradients(&gradients);
                let eta = 0.05 / f64::from(t).powf(0.3);
                for i in 0..26 {
                    let g = g[i] + if counts(i) { lambda * theta[i] } else { 0.0 };
                    match optimizer {
                        Optimizer::Adam { beta1, beta2, epsilon } => {
                            m[i] = beta1 * m[i] + (1.0 - beta1) * g;
                            v[i] = beta2 * v[i] + (1.0 - beta2) * g * g;
                            let [m, v] = [m[i] / (1.0 - beta1.powi(t)), v[i] / (1.0 - beta2.powi(t))];
                            theta[i] -= eta * m / (v.sqrt() + epsilon);
                        }
                        _ => {
                            m[i] = 0.9 * m[i] - eta * g;
                            theta[i] +=
                                if optimizer == Optimizer::Nesterov { 0.9 * m[i] - eta * g } else { m[i] };
                        }
                    }
                }
                assert_close(&format!("{optimizer:?}, step {t}"), &parameters(net.layers()), &theta, 1e-14);
                assert_close(&format!("{optimizer:?}, step {t}"), &velocity(&net), &m, 1e-14);
            }
        }
    }
}

#[test]
fn adam_s_first_step_after_a_second_fit_is_no_larger_than_its_rate() {
    // Its moments go on while the iterations start over: they are corrected for their own age.
    let (builder, x, y) = example::<f64>(Sequential, Optimizer::adam(), Head::Squared);
    let mut net = builder.minibatch_size(usize::MAX).decay_power(0.0).max_epochs(50).build().unwrap();
    let mut at_once = net.clone();
    net.fit(&x, &y).unwrap();
    net.fit(&x, &y).unwrap();
    at_once.training(&x, &y).max_epochs(100).run().unwrap();
    assert_eq!(state(&net), state(&at_once));
    net.reset_velocity();
    let before = parameters(net.layers());
    net.partial_fit(&x, &y).unwrap();
    let step = parameters(net.layers()) - before;
    assert!(step.iter().all(|step| step.abs() <= 0.05 * (1.0 + 1e-12)), "{step}");
}

// Starts

#[test]
fn starts_are_as_documented() {
    let (fan_in, fan_out) = (30, 50);
    let build = |init| {
        let builder = Dnn::<f64>::builder().input_shape(fan_in).shape([fan_out]).activations([Sigmoid]);
        let net = builder.init(init).build().unwrap();
        (net.layers()[0].weights().to_owned(), net.layers()[0].biases().to_owned())
    };
    let glorot = (6.0 / (fan_in + fan_out) as f64).sqrt();
    let he = (6.0 / fan_in as f64).sqrt();
    for (init, [low, high]) in [
        (Init::Uniform { low: 0.0, high: 0.01 }, [0.0, 0.01]),
        (Init::Uniform { low: -3.0, high: 5.0 }, [-3.0, 5.0]),
        (Init::Glorot, [-glorot, glorot]),
        (Init::He, [-he, he]),
    ] {
        let (weights, biases) = build(init);
        assert!(weights.iter().all(|w| (low..high).contains(w)), "{init:?}");
        // Of 1,500 draws the mean is within 4 standard errors, and the ends are nearly reached.
        let (mean, width) = (weights.mean().unwrap(), high - low);
        assert!(
            (mean - (low + high) / 2.0).abs() < 4.0 * width / 12_f64.sqrt() / 1500_f64.sqrt(),
            "{init:?}: {mean}"
        );
        let reached = weights.iter().fold([high, low], |[a, b], &w| [a.min(w), b.max(w)]);
        assert!(reached[0] < low + 0.01 * width && reached[1] > high - 0.01 * width, "{init:?}");
        match init {
            Init::Uniform { .. } => assert!(biases.iter().all(|b| (low..high).contains(b))),
            _ => assert!(biases.iter().all(|b| *b == 0.0)),
        }
    }
    let (weights, biases) = build(Init::Uniform { low: 0.25, high: 0.25 });
    assert!(weights.iter().chain(&biases).all(|w| *w == 0.25));
    assert_eq!(build(Init::Uniform { low: 0.0, high: 0.01 }).0, {
        let builder = Dnn::<f64>::builder().input_shape(fan_in).shape([fan_out]).activations([Sigmoid]);
        builder.build().unwrap().layers()[0].weights().to_owned()
    });
}

// Presets

#[test]
fn a_classifier_of_one_class_is_a_yes_or_no() {
    let x = Array2::from_shape_fn((60, 2), |(i, j)| ((i * 2 + j) as f64).sin());
    let labels = x.map_axis(Axis(1), |row| usize::from(row[0] + row[1] > 0.0));
    let y = labels.mapv(|label| label as f64).insert_axis(Axis(1));
    let mut net: Dnn = Dnn::classifier(2, &[8], 1).build().unwrap();
    assert_eq!(net.config().link(), Link::Logistic);
    net.fit(&x, &y).unwrap();
    assert_eq!(net.predict_classes(&x).unwrap(), labels);
}

#[test]
fn presets_are_as_documented() {
    let classifier: Dnn = Dnn::classifier(5, &[4, 3], 2).build().unwrap();
    let regressor: Dnn = Dnn::regressor(5, &[4, 3], 2).build().unwrap();
    for net in [&classifier, &regressor] {
        let activations = Vec::from_iter(net.layers().iter().map(|layer| layer.activation()));
        assert_eq!(activations, [Relu, Relu, Identity]);
        let config = net.config();
        assert_eq!((config.init(), config.optimizer()), (Init::He, Optimizer::adam()));
        assert_eq!((config.batch_order(), config.regularize_biases()), (Shuffled, false));
        assert_eq!((config.max_epochs(), config.threshold()), (100, 0.0));
    }
    let numbers = |net: &Dnn| {
        let config = net.config();
        (config.eta(), config.decay_power(), config.minibatch_size(), config.regularization())
    };
    assert_eq!(numbers(&classifier), (0.01, 0.2, 32, 0.001));
    assert_eq!(numbers(&regressor), (0.03, 0.3, 16, 0.01));
    assert_eq!((classifier.config().link(), classifier.config().loss()), (Link::Softmax, Loss::Document));
    assert_eq!((regressor.config().link(), regressor.config().loss()), (Link::Identity, Loss::Squared));
    // Without hidden layers they are linear.
    assert_eq!(Dnn::<f32>::classifier(5, &[], 3).build().unwrap().layers().len(), 1);
    // Everything can be set otherwise.
    let other = Dnn::<f64>::regressor(5, &[4], 2).optimizer(Optimizer::Momentum).momentum(0.5).eta(0.01);
    assert!(other.build().is_ok());
}

// The other element type

#[test]
fn a_cast_network_is_the_network_rounded() {
    for optimizer in OPTIMIZERS {
        let (builder, x, y) = example::<f64>(Shuffled, optimizer, Head::Softmax);
        let mut net = builder.max_epochs(3).build().unwrap();
        net.fit(&x, &y).unwrap();
        let mut small: Dnn<f32> = net.cast().unwrap();
        assert_eq!(parameters(small.layers()), parameters(net.layers()).mapv(|w| f64::from(w as f32)));
        assert_eq!(velocity(&small), velocity(&net).mapv(|v| f64::from(v as f32)));
        assert_eq!(small.config(), net.config());
        assert_eq!((small.iterations(), small.effective_eta()), (net.iterations(), net.effective_eta()));
        // There and back again.
        assert_eq!(small.cast::<f64>().unwrap().cast::<f32>().unwrap(), small);
        assert_eq!(net.cast::<f64>().unwrap(), net);
        // Both go on over the same permutations.
        let (x32, y32) = (x.mapv(|x| x as f32), y.mapv(|y| y as f32));
        net.training(&x, &y).resume().max_epochs(2).run().unwrap();
        small.training(&x32, &y32).resume().max_epochs(2).run().unwrap();
        assert_close("after going on", &parameters(small.layers()), &parameters(net.layers()), 1e-5);
    }
}

#[test]
fn what_does_not_fit_into_the_other_type_is_refused() {
    let layer = |w: f64, b: f64, slope: f64| {
        let activation = ndarray_dnn::Activation::LeakyRelu { slope };
        ndarray_dnn::Layer::new(array![[w]], array![b], activation).unwrap()
    };
    let cast = |builder: DnnBuilder, layer| builder.build_from([layer]).unwrap().cast::<f32>().unwrap_err();
    let new = Dnn::builder;
    let non_finite = |what| Error::NonFinite { what, row: 0, column: 0 };
    assert_eq!(cast(new(), layer(1e39, 0.0, 0.1)), non_finite("the weights of a layer"));
    assert_eq!(cast(new(), layer(0.0, -1e39, 0.1)), non_finite("the biases of a layer"));
    assert!(matches!(
        cast(new(), layer(0.0, 0.0, 1e39)),
        Error::OutOfRange { name: "slope", element: "f32", .. }
    ));
    assert!(matches!(
        cast(new().eta(1e-60), layer(0.0, 0.0, 0.1)),
        Error::OutOfRange { name: "eta", element: "f32", .. }
    ));
}

// All of it at once

#[test]
fn any_settings_together_are_an_answer_or_an_error() {
    let mut counts = [0, 0];
    for seed in 0..3000 {
        let generator = &mut ChaCha8Rng::seed_from_u64(seed);
        let order = ORDERS[generator.random_range(0..3)];
        let optimizer = match generator.random_range(0..4) {
            0 => Optimizer::Adam {
                beta1: pick(generator, &[0.0, 0.9, 0.9, 0.9, 1.0 - 1e-16, 1.0, f64::NAN]),
                beta2: pick(generator, &[0.0, 0.999, 0.999, 1.0 - 1e-16, -0.1]),
                epsilon: pick(generator, &[1e-8, 1e-8, 5e-324, 1e300, 0.0]),
            },
            i => OPTIMIZERS[i - 1],
        };
        let head = Head::ALL[generator.random_range(0..4)];
        let (mut builder, x, mut y) = example::<f64>(order, optimizer, head);
        let hidden = ACTIVATIONS[generator.random_range(0..5)];
        let slope =
            ndarray_dnn::Activation::LeakyRelu { slope: pick(generator, &[0.0, 0.1, 0.1, 0.2, 1e300, -0.1]) };
        builder =
            builder.activations([pick(generator, &[hidden, slope]), pick(generator, &[Identity, hidden])]);
        builder = builder.eta(pick(generator, &[1e-300, 0.01, 0.01, 0.1, 1.0, 1e6, 1e300, f64::MAX]));
        builder = builder.minibatch_size(pick(generator, &[1, 3, 4, usize::MAX]));
        builder = builder.decay_power(pick(generator, &[0.0, 0.5, 1e300]));
        builder = builder.regularization(pick(generator, &[0.0, 1e-3, 1e-3, 0.1, 1e300]));
        builder = builder.regularize_biases(generator.random());
        if generator.random_bool(0.2) {
            builder = builder.momentum(pick(generator, &[0.0, 0.99, 1.0]));
        }
        if generator.random_bool(0.1) {
            builder = builder.softmax(generator.random());
        }
        let bounds = [-1.0, 0.0, 1.0, f64::MAX, f64::MIN, f64::NAN];
        if generator.random_bool(0.2) {
            builder =
                builder.init(Init::Uniform { low: pick(generator, &bounds), high: pick(generator, &bounds) });
        }
        if generator.random_bool(0.05) {
            y[[3, 1]] = pick(generator, &[-1.0, 2.0, f64::INFINITY, 1e300]);
        }
        let mut weights = Array1::from_shape_simple_fn(ROWS, || pick(generator, &[0.0, 1.0, 0.3]));
        weights[0] = pick(generator, &[1.0, 1.0, 0.0, 1e300, 5e-324, -1.0, f64::INFINITY]);
        let mut net = match builder.build() {
            Ok(net) => net,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                counts[1] += 1;
                continue;
            }
        };
        for _ in 0..3 {
            let before = net.clone();
            let mut training = net.training(&x, &y).max_epochs(generator.random_range(0..9));
            if generator.random() {
                training = training.validation(&x, &y);
            }
            if generator.random_bool(0.4) {
                let min_delta = pick(generator, &[0.0, 0.0, 0.0, 0.1, 0.1, 1e300, -1.0, f64::NAN]);
                let early_stopping = EarlyStopping::new(pick(generator, &[0, 1, 1, 2, 2, 3, usize::MAX]));
                training = training.early_stopping(early_stopping.min_delta(min_delta));
            }
            if generator.random() {
                training = training.sample_weights(&weights);
            }
            if generator.random() {
                training = training.resume();
            }
            let last = generator.random_range(1..5);
            if generator.random() {
                training =
                    training.on_epoch(move |e| if e.epoch() < last { Continue(()) } else { Break(()) });
            }
            let outcome = training.run();
            if let Ok(report) = &outcome {
                assert!(report.losses().iter().all(|loss| loss.is_finite()));
            } else if !matches!(outcome, Err(Error::Diverged { epoch: 2.., .. })) {
                assert_eq!(net, before);
            }
            counts[usize::from(outcome.is_err())] += 1;
            assert!(parameters(net.layers()).iter().chain(&velocity(&net)).all(|value| value.is_finite()));
            let before = net.clone();
            if net.partial_fit(&x, &y).is_err() {
                assert_eq!(net, before);
            }
        }
    }
    assert!(counts.iter().all(|&count| count > 1000), "{counts:?}");
}

fn pick<T: Copy>(generator: &mut ChaCha8Rng, choices: &[T]) -> T {
    choices[generator.random_range(0..choices.len())]
}
