//! A loss of one's own: the same bits as the crate's, by every order, with weights, and on any number of threads.

use std::sync::Mutex;

use ndarray::{Array1, Array2, s};
use ndarray_dnn::{BatchOrder, Dnn, EarlyStopping, Loss, Report, Scalar};

use super::passing_on;
use crate::common::runs::{OPTIMIZERS, ROWS, example, plain};
use crate::common::{Head, ORDERS, assert_near, gradients, state};

/// `½‖y − ŷ‖²`, in the crate's order of operations.
fn half_square<F: Scalar>(answer: &[F], y: &[F], d: &mut [F]) -> f64 {
    assert!(d.iter().all(|d| *d == F::zero()), "{d:?}");
    for ((d, y), answer) in d.iter_mut().zip(y).zip(answer) {
        *d = *y - *answer;
    }
    0.5 * d.iter().map(|d| d.as_f64() * d.as_f64()).sum::<f64>()
}

/// A run of 3 epochs with weights, validation and early stopping; with the loss above, or with the network's.
fn run<F: Scalar>(
    net: &mut Dnn<F>,
    x: &Array2<F>,
    y: &Array2<F>,
    weights: Option<&Array1<F>>,
    is_own: bool,
) -> Report {
    let training = net.training(x, y).validation(x, y).early_stopping(EarlyStopping::new(100)).max_epochs(3);
    let training = match weights {
        Some(weights) => training.sample_weights(weights).validation_weights(weights),
        None => training,
    };
    if is_own { training.loss_fn(half_square).run().unwrap() } else { training.run().unwrap() }
}

fn check_squared<F: Scalar>() {
    for order in ORDERS {
        for optimizer in OPTIMIZERS {
            for is_weighted in [false, true] {
                let (builder, x, y) = example::<F>(order, optimizer, Head::Squared);
                let weights = Array1::from_shape_fn(ROWS, |i| F::from_f64((i % 3) as f64));
                let weights = is_weighted.then_some(&weights);
                let mut net = builder.build().unwrap();
                let mut own = net.clone();
                let expected = run(&mut net, &x, &y, weights, false);
                assert_eq!(run(&mut own, &x, &y, weights, true), expected, "{order:?}, {optimizer:?}");
                assert_eq!(state(&own), state(&net), "{order:?}, {optimizer:?}");
            }
        }
    }
}

#[test]
fn half_the_square_has_the_bits_of_the_squared_loss() {
    check_squared::<f64>();
    check_squared::<f32>();
}

/// It replaces the network's loss in training, validation and report, but not by hand.
#[test]
fn the_function_replaces_the_loss_of_the_network() {
    for head in [Head::Article, Head::Squared, Head::Absolute, Head::Huber, Head::Quantile] {
        let (builder, x, y) = example::<f64>(BatchOrder::Shuffled, OPTIMIZERS[0], head);
        let mut net = builder.build().unwrap();
        let mut twin = example::<f64>(BatchOrder::Shuffled, OPTIMIZERS[0], Head::Squared).0.build().unwrap();
        let report = run(&mut net, &x, &y, None, true);
        assert_eq!(report, run(&mut twin, &x, &y, None, false), "{head:?}");
        assert_eq!(net.layers(), twin.layers(), "{head:?}");
        assert_eq!(net.mean_loss(&x, &y) == twin.mean_loss(&x, &y), head == Head::Squared, "{head:?}");
    }
}

/// `ln cosh (y − ŷ)`, whose derivative is not that of another loss.
fn log_cosh(answer: &[f64], y: &[f64], d: &mut [f64]) -> f64 {
    let mut loss = 0.0;
    for ((answer, y), d) in answer.iter().zip(y).zip(d) {
        loss += (y - answer).cosh().ln();
        *d = (y - answer).tanh();
    }
    loss
}

#[test]
fn training_descends_the_function() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let builder = builder.minibatch_size(usize::MAX).momentum(0.0).regularization(0.0).eta(0.25);
    let mut net = builder.build().unwrap();
    for epoch in 0..5 {
        let pass = net.compute(&x).unwrap();
        let d = (&y - &pass.output()).mapv(f64::tanh);
        let mut expected = net.clone();
        expected.update(&net.bp(&pass, &d).unwrap()).unwrap();
        let loss = (&y - &pass.output()).mapv(|d| d.cosh().ln()).sum() / ROWS as f64;
        let training = net.training(&x, &y).resume().max_epochs(1);
        let report = training.loss_fn(log_cosh).run().unwrap();
        assert_near(report.losses()[0], loss, 1e-14);
        assert_eq!(state(&net), state(&expected), "epoch {epoch}");
    }
    // It is not the squared error that was descended.
    let ours = gradients(&net, &x, &y);
    assert_ne!(ours, net.bp(&net.compute(&x).unwrap(), &(&y * 0.5)).unwrap());
}

#[test]
fn rows_come_in_order_and_never_with_weight_0() {
    let x = Array2::from_shape_fn((9, 1), |(row, _)| row as f64);
    let weights = Array1::from_iter([1.0, 0.0, 2.0, 1.0, 0.0, 0.0, 0.0, 3.0, 1.0]);
    let counting = [0.0, 2.0, 3.0, 7.0, 8.0];
    let mut net = passing_on(Dnn::builder().eta(1e-30).batch_order(BatchOrder::Sequential), 1);
    net.reconfigure(|builder| builder.minibatch_size(4).max_epochs(2)).unwrap();
    let seen = Mutex::new(Vec::new());
    let loss_fn = |_: &[f64], y: &[f64], _: &mut [f64]| {
        seen.lock().unwrap().push(y[0]);
        y[0]
    };
    let report = net.training(&x, &x).sample_weights(&weights).loss_fn(loss_fn).run().unwrap();
    assert_eq!(*seen.lock().unwrap(), [counting, counting].concat());
    // Σ w·l / Σ w
    assert_eq!(report.losses(), [(2.0 * 2.0 + 3.0 + 3.0 * 7.0 + 8.0) / 8.0; 2]);

    // Of the validation data too; those of weight 0 may be infinite for the network.
    let far = Array2::from_shape_fn((9, 1), |(row, _)| if row == 4 { f64::MAX } else { row as f64 });
    seen.lock().unwrap().clear();
    let first = x.slice(s![..1, ..]);
    let training = net.training(&first, &first).loss_fn(loss_fn);
    let report = training.validation(&far, &x).validation_weights(&weights).max_epochs(1).run().unwrap();
    assert_eq!(*seen.lock().unwrap(), [[0.0].as_slice(), &counting].concat());
    assert_eq!(report.validation_losses(), [(2.0 * 2.0 + 3.0 + 3.0 * 7.0 + 8.0) / 8.0]);
}

#[test]
fn a_loss_may_be_negative() {
    let (builder, x, y) = plain(BatchOrder::Shuffled);
    let negative = |answer: &[f64], y: &[f64], d: &mut [f64]| half_square(answer, y, d) - 100.0;
    // A threshold of 0 never stops training, and another one does.
    for (threshold, epochs) in [(0.0, 3), (1e-300, 1)] {
        let mut net = builder.clone().threshold(threshold).build().unwrap();
        let report = net.training(&x, &y).max_epochs(3).loss_fn(negative).run().unwrap();
        assert_eq!(report.epochs(), epochs);
        assert!(report.losses().iter().all(|loss| *loss < -90.0));
    }
}

#[test]
fn a_resumed_run_with_the_function_equals_one_run() {
    let (builder, x, y) = plain(BatchOrder::Shuffled);
    let mut at_once = builder.clone().loss(Loss::Squared).build().unwrap();
    let mut in_parts = at_once.clone();
    let whole = at_once.training(&x, &y).loss_fn(log_cosh).max_epochs(7).run().unwrap();
    let first = in_parts.training(&x, &y).loss_fn(log_cosh).max_epochs(3).run().unwrap();
    #[cfg(feature = "safetensors")]
    let mut in_parts = Dnn::<f64>::from_safetensors(&in_parts.to_safetensors().unwrap()).unwrap();
    let rest = in_parts.training(&x, &y).resume().loss_fn(log_cosh).max_epochs(4).run().unwrap();
    assert_eq!([first.losses(), rest.losses()].concat(), whole.losses());
    assert_eq!(at_once, in_parts);
}
