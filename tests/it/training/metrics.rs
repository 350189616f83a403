//! Metrics: what they get, where they are reported, and early stopping by them.

use std::ops::ControlFlow::Continue;

use ndarray::{Array1, Array2, ArrayRef2, Axis, concatenate};
use ndarray_dnn::BatchOrder::Shuffled;
use ndarray_dnn::metrics::{mae, r2, rmse};
use ndarray_dnn::training::StopReason;
use ndarray_dnn::{Dnn, EarlyStopping, Error, train_test_split};

use super::overfitting;
use crate::common::runs::{ROWS, each_setting, example, plain};
use crate::common::velocity;

/// Several blocks of rows.
fn repeated(array: &Array2<f64>) -> Array2<f64> {
    concatenate(Axis(0), &vec![array.view(); 70]).unwrap()
}

#[test]
fn a_metric_gets_the_predictions_and_targets_of_the_validation_rows_or_else_of_the_training_rows() {
    let (builder, x, y) = plain(Shuffled);
    let (xv, yv) = (repeated(&(&x * 0.5)), repeated(&(&y * 2.0)));
    for has_validation in [false, true] {
        let mut net = builder.clone().max_epochs(3).build().unwrap();
        let (expected_x, expected_y) = if has_validation { (&xv, &yv) } else { (&x, &y) };
        let mut seen = Vec::new();
        let mut answers = Vec::new();
        let training = net.training(&x, &y).metric("rmse", |targets, predicted| {
            assert_eq!(targets, expected_y);
            seen.push(predicted.to_owned());
            rmse(targets, predicted)
        });
        let training = if has_validation { training.validation(&xv, &yv) } else { training };
        let report = training
            .on_epoch(|e| {
                let answer = e.net().predict(expected_x).unwrap();
                assert_eq!(e.report().metric("rmse"), Some(rmse(expected_y, &answer).unwrap()));
                answers.push(answer);
                Continue(())
            })
            .run()
            .unwrap();
        assert_eq!(seen, answers);
        assert_eq!((report.metric("rmse").len(), report.metric("other")), (3, &[][..]));
        for (epoch, value) in report.history().iter().zip(report.metric("rmse")) {
            assert_eq!(epoch.metrics().collect::<Vec<_>>(), [("rmse", *value)]);
            assert_eq!((epoch.metric("rmse"), epoch.metric("other")), (Some(*value), None));
            assert!(epoch.to_string().ends_with(&format!(". rmse: {value:.6}")), "{epoch}");
            assert_eq!(epoch.validation_loss().is_some(), has_validation);
        }
        let text = format!(". rmse: {:.6} to {:.6}. ", report.metric("rmse")[0], report.metric("rmse")[2]);
        assert!(report.to_string().contains(&text), "{report}");
    }
}

#[test]
fn metrics_change_nothing() {
    each_setting(|order, optimizer, head| {
        let (builder, x, y) = example::<f64>(order, optimizer, head);
        let mut net = builder.max_epochs(3).build().unwrap();
        let mut watched = net.clone();
        let fitted = net.training(&x, &y).validation(&x, &y).run().unwrap();
        let training = watched.training(&x, &y).validation(&x, &y);
        let seen = training.metric("a", |_, _| 1.0).metric(String::from("b"), |_, _| f64::NAN).run().unwrap();
        assert_eq!(net, watched);
        assert_eq!(fitted.losses(), seen.losses());
        assert_eq!(fitted.validation_losses(), seen.validation_losses());
        assert!(seen.metric("b").iter().all(|value| value.is_nan()) && seen.metric("a") == [1.0; 3]);
    });
}

#[test]
fn rows_of_weight_0_are_left_out() {
    let (builder, x, y) = plain(Shuffled);
    let weights = Array1::from_shape_fn(ROWS, |i| (i % 3) as f64);
    let counting = Vec::from_iter((0..ROWS).filter(|i| i % 3 > 0));
    let (mut far_x, mut far_y) = (x.clone(), y.clone());
    for row in (0..ROWS).step_by(3) {
        far_x.row_mut(row).fill(f64::MAX);
        far_y.row_mut(row).fill(f64::MAX);
    }
    for is_validation in [false, true] {
        let mut net = builder.clone().max_epochs(2).build().unwrap();
        let training = match is_validation {
            true => net.training(&x, &y).validation(&far_x, &far_y).validation_weights(&weights),
            false => net.training(&far_x, &far_y).sample_weights(&weights),
        };
        let mut last = None;
        let metric = |targets: &ArrayRef2<f64>, predicted: &ArrayRef2<f64>| {
            assert_eq!(targets, y.select(Axis(0), &counting));
            last = Some(predicted.to_owned());
            0.0
        };
        training.metric("seen", metric).run().unwrap();
        assert_eq!(last, Some(net.predict(&x.select(Axis(0), &counting)).unwrap()));
    }
}

/// The distance of the mean output's magnitude from that of epoch 12, and its negative.
#[test]
fn early_stopping_by_a_metric_restores_its_best_epoch() {
    let (net, [x, y, xv, yv]) = overfitting();
    let magnitude = |predicted: &ArrayRef2<f64>| predicted.iter().map(|p| p.abs()).sum::<f64>();
    let mut goal = 0.0;
    let mut first = net.clone();
    let training = first.training(&x, &y).validation(&xv, &yv).max_epochs(12);
    let training = training.metric("magnitude", |_, predicted| {
        goal = magnitude(predicted);
        goal
    });
    training.run().unwrap();

    let run = |early_stopping: EarlyStopping| {
        let mut net: Dnn = net.clone();
        let mut layers = Vec::new();
        let training = net.training(&x, &y).validation(&xv, &yv).early_stopping(early_stopping);
        let training = training.metric("distance", |_, predicted| (magnitude(predicted) - goal).abs());
        let training = training.metric("score", |_, predicted| -(magnitude(predicted) - goal).abs());
        let report = training
            .on_epoch(|e| {
                layers.push(e.net().layers().to_vec());
                Continue(())
            })
            .run()
            .unwrap();
        let best = report.best_epoch().unwrap();
        assert_eq!(net.layers(), layers[best - 1]);
        assert!(velocity(&net).iter().all(|v| *v == 0.0));
        assert_eq!(report.best_validation_loss(), Some(report.validation_losses()[best - 1]));
        assert_eq!(report.stop_reason(), StopReason::EarlyStopping);
        (best, report)
    };
    let patience = 9;
    let (best, report) = run(EarlyStopping::new(patience).by("distance"));
    assert_eq!((best, report.epochs(), report.metric("distance")[11]), (12, 12 + patience, 0.0));
    let end = format!(
        ". best epoch: 12 (validation loss: {:.6}, distance: 0.000000, score: -0.000000). distance stopped \
         improving",
        report.validation_losses()[11]
    );
    assert!(report.to_string().ends_with(&end), "{report}");
    assert_eq!(run(EarlyStopping::new(patience).by("distance").maximize().minimize()).1, report);
    let (same, by_score) = run(EarlyStopping::new(patience).by("score").maximize());
    assert_eq!((same, by_score.history()), (best, report.history()));
    assert_ne!(run(EarlyStopping::new(patience)).0, best, "the validation loss has the same best epoch");
}

#[test]
fn a_nan_is_never_the_best() {
    let (net, [x, y, xv, yv]) = overfitting();
    for (values, best, epochs) in [
        (vec![f64::NAN; 9], None, 3),
        (vec![f64::NAN, 5.0, f64::NAN, 6.0, f64::NAN, f64::NAN, f64::NAN], Some(4), 7),
        (vec![f64::NEG_INFINITY, f64::NEG_INFINITY, 1.0, f64::NAN, 0.5, 0.7], Some(3), 6),
    ] {
        let mut values = values.into_iter();
        let mut net = net.clone();
        let training = net.training(&x, &y).validation(&xv, &yv);
        let training = training.metric("given", |_, _| values.next().unwrap());
        let early_stopping = EarlyStopping::new(3).by("given").maximize();
        let report = training.early_stopping(early_stopping).run().unwrap();
        assert_eq!((report.best_epoch(), report.epochs()), (best, epochs));
    }
}

#[test]
fn the_best_validation_loss_is_that_of_the_best_epoch_or_the_lowest() {
    let (mut net, [x, y, xv, yv]) = overfitting();
    let run = |net: &mut Dnn, early_stopping: Option<EarlyStopping>| {
        let training = net.training(&x, &y).validation(&xv, &yv).max_epochs(60);
        match early_stopping {
            Some(early_stopping) => training.early_stopping(early_stopping).run().unwrap(),
            None => training.run().unwrap(),
        }
    };
    let by_loss = run(&mut net.clone(), Some(EarlyStopping::new(60)));
    let lowest = by_loss.validation_losses().iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(by_loss.best_validation_loss(), Some(lowest));
    assert!(by_loss.validation_losses().last() > Some(&lowest), "nothing is tested");
    assert_eq!(run(&mut net.clone(), None).best_validation_loss(), Some(lowest));
    assert_eq!(net.fit(&x, &y).unwrap().best_validation_loss(), None);
}

#[test]
fn the_functions_of_metrics_are_metrics() {
    let (net, [x, y, xv, yv]) = overfitting();
    let mut by_hand = net.clone();
    let training = by_hand.training(&x, &y).validation(&xv, &yv).max_epochs(3);
    let expected = training
        .metric("rmse", |y, predicted| rmse(y, predicted).unwrap())
        .metric("mae", |y, predicted| mae(y, predicted).unwrap())
        .metric("r2", |y, predicted| r2(y, predicted).unwrap())
        .run()
        .unwrap();
    let mut net = net;
    let training = net.training(&x, &y).validation(&xv, &yv).max_epochs(3);
    // Names of any kind, which need not live as long as the run.
    let name = String::from("mae");
    let training = training.metric("rmse", rmse).metric(&name, mae).metric(String::from("r2"), r2);
    let report = training.early_stopping(EarlyStopping::new(9).by(&name)).run().unwrap();
    assert_eq!(report.history(), expected.history());
    assert_eq!(report.metric("r2").len(), 3);
}

#[test]
fn an_error_of_a_metric_ends_the_run_and_names_it() {
    let (net, [x, y, xv, yv]) = overfitting();
    for by in [None, Some("share")] {
        let mut failed = net.clone();
        let mut two_epochs = net.clone();
        two_epochs.training(&x, &y).max_epochs(2).run().unwrap();
        let mut epoch = 0;
        let training = failed.training(&x, &y).validation(&xv, &yv).metric("share", |_, predicted| {
            epoch += 1;
            train_test_split(predicted.nrows(), if epoch < 2 { 0.5 } else { 2.0 }, 1)
                .map(|_| f64::from(epoch))
        });
        let training = match by {
            Some(name) => training.early_stopping(EarlyStopping::new(9).by(name)),
            None => training,
        };
        let error = training.run().unwrap_err();
        let source = Box::new(train_test_split(xv.nrows(), 2.0, 1).unwrap_err());
        let text =
            "the metric \"share\" failed: fraction must be greater than 0 and less than 1 in f64, found 2";
        assert_eq!(error.to_string(), text);
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), source.to_string());
        assert_eq!(error, Error::Metric { name: "share".to_owned(), source });
        assert_eq!(failed.layers(), two_epochs.layers());
    }
}

/// The validation loss of such predictions is no error either.
#[test]
fn predictions_that_are_not_finite_have_a_value_of_nan() {
    let (builder, x, y) = plain(Shuffled);
    let mut net = builder.max_epochs(2).build().unwrap();
    let report = net
        .training(&x, &y)
        .metric("rmse", |y, predicted| rmse(y, &predicted.mapv(|_| f64::INFINITY)))
        .metric("mae", mae)
        .run()
        .unwrap();
    assert!(report.metric("rmse").iter().all(|value| value.is_nan()), "{report}");
    assert!(report.metric("mae").iter().all(|value| value.is_finite()), "{report}");
}
