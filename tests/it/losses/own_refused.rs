//! What a loss of one's own cannot be, and the links that it cannot be combined with.

use ndarray::array;
use ndarray_dnn::{BatchOrder, Error, Optimizer};

use crate::common::errors::assert_refused;
use crate::common::runs::{example, plain};
use crate::common::{Head, is_finite};

#[test]
fn links_are_refused() {
    for (head, link) in [
        (Head::Softmax, "softmax"),
        (Head::Smoothed, "softmax"),
        (Head::BinaryCrossEntropy, "logistic"),
        (Head::Poisson, "log"),
    ] {
        let (builder, x, y) = example::<f64>(BatchOrder::Shuffled, Optimizer::Momentum, head);
        let mut net = builder.build().unwrap();
        let before = net.clone();
        let other = format!("a network with the link {link}");
        let expected = Error::Conflict { name: "loss_fn", found: "loss_fn".into(), other: other.into() };
        let text = format!(
            "loss_fn cannot be combined with a network with the link {link}: add softmax(false) and loss(Loss::Article), \
             since loss_fn takes the place of the loss"
        );
        let refused = net.training(&x, &y).loss_fn(|_, _, _| panic!("it is called")).run();
        assert_refused(refused, &expected, &text);
        assert_eq!(net, before);
    }
}

#[test]
fn a_result_that_is_not_finite_is_divergence() {
    let what = "the loss of loss_fn or its derivative";
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for is_loss in [true, false] {
            let (builder, x, y) = plain(BatchOrder::Sequential);
            let mut net = builder.build().unwrap();
            // The second epoch, in its second mini-batch.
            let mut twin = net.clone();
            twin.training(&x, &y).max_epochs(1).loss_fn(|_, _, _| 1.0).run().unwrap();
            let calls = std::sync::atomic::AtomicUsize::new(0);
            let loss_fn = |_: &[f64], _: &[f64], d: &mut [f64]| {
                let is_bad = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 11 + 4 + 2;
                d[1] = if is_bad && !is_loss { bad } else { 0.0 };
                if is_bad && is_loss { bad } else { 1.0 }
            };
            let error = net.training(&x, &y).loss_fn(loss_fn).run().unwrap_err();
            let Error::Diverged { epoch, iteration, what: found, .. } = error else { panic!("{error}") };
            assert_eq!((epoch, iteration, found), (2, 5, what), "{bad}, {is_loss}");
            assert!(error.to_string().contains(&format!("{what} is not finite")), "{error}");
            // As at the end of the first epoch.
            assert_eq!(net, twin);
            assert!(is_finite(&net));
        }
    }
}

/// As with every loss, a validation loss that is not finite is no error, and never the best.
#[test]
fn a_validation_loss_that_is_not_finite_is_reported() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let mut net = builder.max_epochs(3).build().unwrap();
    let (xv, yv) = (array![[0.0, 0.0, 0.0]], array![[7.0, 7.0]]);
    let loss_fn = |_: &[f64], y: &[f64], _: &mut [f64]| if y[0] == 7.0 { f64::NAN } else { 1.0 };
    let report = net.training(&x, &y).validation(&xv, &yv).loss_fn(loss_fn).run().unwrap();
    assert!(report.validation_losses().iter().all(|loss| loss.is_nan()));
    assert_eq!((report.epochs(), report.best_validation_loss()), (3, None));
}
