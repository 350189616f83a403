//! Runs that end while the loss is still falling, after few mini-batches.

use std::ops::ControlFlow::Break;

use ndarray_dnn::Activation::Identity;
use ndarray_dnn::BatchOrder::Shuffled;
use ndarray_dnn::ndarray::{Array2, array};
use ndarray_dnn::{Dnn, DnnBuilder, Report};

const HINT: &str = "mini-batches: more epochs may help";

/// A builder of a line through 2 points, in one mini-batch for each epoch, whose loss falls by a factor for each epoch
/// that does not change: 0.5 at the rate 0.5, 0.9999 at 0.0001.
fn line(eta: f64) -> DnnBuilder {
    let builder = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).batch_order(Shuffled);
    builder.eta(eta).momentum(0.0).decay_power(0.0).regularization(0.0).threshold(0.0)
}

fn run(builder: DnnBuilder) -> Report {
    let (x, y) = (array![[-1.0], [1.0]], array![[-2.0], [2.0]]);
    let report = builder.build().unwrap().fit(&x, &y).unwrap();
    assert_eq!(report.to_string().contains(HINT), report.is_cut_short());
    report
}

#[test]
fn a_run_of_few_mini_batches_with_a_falling_loss_is_cut_short() {
    for epochs in [2, 3, 9, 10, 11, 25, 40] {
        let report = run(line(0.5).max_epochs(epochs));
        assert!(report.is_cut_short(), "{epochs}");
        let text = format!("the loss was still falling after only {epochs} {HINT}");
        assert!(report.to_string().ends_with(&text), "{report}");
    }
    // A loss that falls by 1 % in a tenth of the epochs: 0.9999^99 = 0.990, 0.9999^110 = 0.989.
    assert!(!run(line(1e-4).max_epochs(980)).is_cut_short());
    assert!(run(line(1.2e-4).max_epochs(980)).is_cut_short());
}

#[test]
fn other_runs_are_not() {
    // A single epoch; a loss that no longer falls; many mini-batches; a loss below the threshold.
    assert!(!run(line(0.5).max_epochs(1)).is_cut_short());
    assert!(!run(line(1e-9).max_epochs(20)).is_cut_short());
    assert!(run(line(0.002).max_epochs(999)).is_cut_short());
    assert!(!run(line(0.002).max_epochs(1_000)).is_cut_short());
    assert!(!run(line(0.5).max_epochs(30).threshold(0.1)).is_cut_short());
    // A run that the caller ends.
    let (x, y) = (array![[-1.0], [1.0]], array![[-2.0], [2.0]]);
    let mut net = line(0.5).max_epochs(20).build().unwrap();
    let mut epochs = 0;
    let stop = |_: &ndarray_dnn::training::Epoch<'_>| {
        epochs += 1;
        if epochs == 5 { Break(()) } else { std::ops::ControlFlow::Continue(()) }
    };
    assert!(!net.training(&x, &y).on_epoch(stop).run().unwrap().is_cut_short());
}

#[test]
fn validation_data_decide_if_there_are_any() {
    let (x, y) = (array![[-1.0], [1.0]], array![[-2.0], [2.0]]);
    for (validation, is_cut_short) in [(2.0, true), (-2.0, false)] {
        let mut net = line(0.5).max_epochs(10).build().unwrap();
        // The line of the opposite slope gets worse.
        let yv: Array2<f64> = array![[-validation], [validation]];
        let report = net.training(&x, &y).validation(&x, &yv).run().unwrap();
        assert_eq!(report.is_cut_short(), is_cut_short, "{report}");
    }
}
