//! Runs without options, or with options that must not change the training.

use std::ops::ControlFlow::Continue;

use ndarray_dnn::BatchOrder::Sequential;
use ndarray_dnn::Dnn;

use crate::common::runs::{each_setting, example, plain};

#[test]
fn a_training_without_options_equals_fit() {
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
fn validation_and_on_epoch_change_nothing() {
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

#[test]
fn max_epochs_holds_for_this_run() {
    let (builder, x, y) = plain(Sequential);
    let mut net = builder.max_epochs(3).build().unwrap();
    let epochs = |net: &mut Dnn| net.fit(&x, &y).unwrap().epochs();
    assert_eq!(net.training(&x, &y).max_epochs(5).run().unwrap().epochs(), 5);
    assert_eq!(epochs(&mut net), 3);
    assert_eq!(net.config().max_epochs(), 3);
}
