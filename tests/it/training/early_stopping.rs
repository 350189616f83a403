//! The validation loss, and early stopping.

use std::ops::ControlFlow::{Break, Continue};

use ndarray::{Array2, Axis, array, concatenate};
use ndarray_dnn::Activation::Identity;
use ndarray_dnn::BatchOrder::{Sequential, Shuffled};
use ndarray_dnn::training::StopReason;
use ndarray_dnn::{EarlyStopping, Error, Optimizer};

use super::overfitting;
use crate::common::runs::{OPTIMIZERS, ROUNDING, each_setting, example, plain};
use crate::common::{Head, ORDERS, assert_close, flat_gradients, gradients, is_finite, parameters, velocity};

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
fn the_best_epoch_is_restored_for_every_stop_reason() {
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
fn a_best_epoch_that_is_the_last_one_changes_nothing() {
    let (builder, x, y) = plain(Shuffled);
    // The validation data are the training data and the rate is small: the loss falls in every epoch.
    let mut net = builder.eta(0.01).max_epochs(5).build().unwrap();
    let mut twin = net.clone();
    let report = net.training(&x, &y).validation(&x, &y).early_stopping(EarlyStopping::new(1)).run().unwrap();
    assert_eq!((report.best_epoch(), report.epochs()), (Some(5), 5));
    twin.fit(&x, &y).unwrap();
    assert_eq!(net, twin);
}

#[test]
fn after_restoring_training_continues_from_the_best_parameters_at_rest() {
    for optimizer in OPTIMIZERS {
        let (mut net, [x, y, xv, yv]) = overfitting();
        net.reconfigure(|builder| builder.optimizer(optimizer).decay_power(0.5)).unwrap();
        let early_stopping = EarlyStopping::new(3);
        let report = net.training(&x, &y).validation(&xv, &yv).early_stopping(early_stopping).run().unwrap();
        assert!(report.best_epoch().unwrap() < report.epochs());
        let (before, t) = (net.clone(), net.iterations());
        assert_eq!(t, report.iterations(), "{optimizer:?}: the iterations are kept");

        // The first step: from these parameters, at rest, with the rate of update t + 1.
        let gradients = gradients(&net, &x, &y);
        net.update(&gradients).unwrap();
        assert_eq!(net.iterations(), t + 1);
        let eta = 0.05 / ((t + 1) as f64).sqrt();
        assert_eq!(net.effective_eta(), eta);
        let g = flat_gradients(&gradients);
        let mu = if optimizer == Optimizer::Nesterov { 1.9 } else { 1.0 };
        let step = match optimizer {
            // In the first step m̂ = g and √v̂ = |g|.
            Optimizer::Adam { epsilon, .. } | Optimizer::AdamW { epsilon, .. } => {
                g.mapv(|g| -eta * g / (g.abs() + epsilon))
            }
            Optimizer::RmsProp { rho, epsilon } => {
                g.mapv(|g| -eta * g / ((1.0 - rho).sqrt() * g.abs() + epsilon))
            }
            _ => -eta * mu * g,
        };
        let moved = parameters(net.layers()) - parameters(before.layers());
        assert_close(&format!("{optimizer:?}"), &moved, &step, 1e-13);
    }
}

#[test]
fn an_infinite_validation_loss_is_never_better() {
    // The loss of x is finite, that of xv is not.
    let (builder, x, y) = example::<f64>(Sequential, Optimizer::Momentum, Head::Squared);
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
            assert!(is_finite(&net));
        }
    }
}
