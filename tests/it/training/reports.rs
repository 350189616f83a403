//! `on_epoch`, and the reports of epochs and runs.

use std::ops::ControlFlow::{Break, Continue};

use ndarray_dnn::BatchOrder::Shuffled;
use ndarray_dnn::EarlyStopping;
use ndarray_dnn::training::StopReason;

use super::overfitting;
use crate::common::runs::plain;

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
    // If both end the run, the reason is max_epochs.
    let report = net
        .training(&x, &y)
        .max_epochs(2)
        .on_epoch(|e| if e.report().epoch() < 2 { Continue(()) } else { Break(()) });
    assert_eq!(report.run().unwrap().stop_reason(), StopReason::MaxEpochs);
}

#[test]
fn a_report_s_text_contains_its_numbers() {
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
            ". best epoch: {} (validation loss: {:.6}). the validation loss stopped falling",
            report.best_epoch().unwrap(),
            report.best_validation_loss().unwrap()
        ),
    ] {
        assert!(text.contains(&part), "{text}");
    }
    let lines = Vec::from_iter(report.history().iter().map(|epoch| epoch.to_string())).join("\n");
    assert_eq!(format!("{report:#}"), format!("{lines}\n{text}"));
}
