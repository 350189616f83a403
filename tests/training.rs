//! Laws of a training run: what is opt-in changes nothing else, and going on is as if it had never stopped.

#![allow(clippy::panic, clippy::unwrap_used)]

mod common;

use std::ops::ControlFlow::{Break, Continue};

use common::runs::{OPTIMIZERS, ROUNDING, ROWS, each_setting, example, plain};
use common::{Head, ORDERS, assert_close, flat_gradients, parameters, state, uniform, velocity};
use ndarray::{Array1, Array2, Axis, array, concatenate, s};
use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::BatchOrder::{Cyclic, Sequential, Shuffled};
use ndarray_dnn::{Dnn, EarlyStopping, Error, Init, Optimizer, Scalar, StopReason};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Data that a network can learn by heart, and others that it then gets worse on.
fn overfitting() -> (Dnn, [Array2<f64>; 4]) {
    let generator = &mut ChaCha8Rng::seed_from_u64(31);
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
                if e.report().epoch() == 4 {
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
                assert!((e.report().validation_loss().unwrap() - loss).abs() < ROUNDING);
                expected.push(e.report().validation_loss());
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
        let training =
            training.on_epoch(move |e| if e.report().epoch() < last { Continue(()) } else { Break(()) });
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
            let (builder, x, y) = example::<f64>(order, optimizer, Head::Article);
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
                    e.report().epoch(),
                    e.report().loss(),
                    e.report().eta(),
                    e.report().validation_loss().unwrap()
                )
            );
            assert_eq!(e.report().eta(), e.net().effective_eta());
            assert_eq!(e.net().iterations(), 3 * e.report().epoch());
            seen.push((
                e.report().epoch(),
                e.report().loss(),
                e.report().validation_loss(),
                e.report().eta(),
            ));
            if e.report().epoch() < 4 { Continue(()) } else { Break(()) }
        })
        .run()
        .unwrap();
    let history = report.history().iter().map(|e| (e.epoch(), e.loss(), e.validation_loss(), e.eta()));
    assert_eq!(Vec::from_iter(history), seen);
    assert_eq!((report.epochs(), report.stop_reason()), (4, StopReason::Callback));
    assert!(report.elapsed() >= before);
    // max_epochs is named where both end it.
    let report = net
        .training(&x, &y)
        .max_epochs(2)
        .on_epoch(|e| if e.report().epoch() < 2 { Continue(()) } else { Break(()) });
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
        format!(". best epoch: {}. the validation loss stopped falling", report.best_epoch().unwrap()),
    ] {
        assert!(text.contains(&part), "{text}");
    }
    let lines = Vec::from_iter(report.history().iter().map(|epoch| epoch.to_string())).join("\n");
    assert_eq!(format!("{report:#}"), format!("{lines}\n{text}"));
}
