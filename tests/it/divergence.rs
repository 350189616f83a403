//! Training that diverges: an error, and a network that is still usable.

use std::fmt::Debug;

use ndarray::{Array2, ArrayRef2};
use ndarray_dnn::Activation::{Identity, Relu, Sigmoid};
use ndarray_dnn::{Activation, BatchOrder, Dnn, DnnBuilder, Error, Loss, Optimizer, Scalar};

use crate::common::errors::diverged;
use crate::common::{ACTIVATIONS, ORDERS, is_finite};

/// The rows of the data sets, and of their mini-batches.
const ROWS: usize = 6;
const MINIBATCH: usize = 2;

fn builder<F: Scalar>(order: BatchOrder) -> DnnBuilder<F> {
    Dnn::builder().batch_order(order).minibatch_size(MINIBATCH).threshold(0.0).decay_power(0.1)
}

fn data<F: Scalar>(target: f64) -> (Array2<F>, Array2<F>) {
    let x = Array2::from_shape_fn((ROWS, 2), |(i, j)| F::from_f64((i * 2 + j) as f64 / 5.0 - 1.0));
    let y = Array2::from_shape_fn((ROWS, 2), |(i, j)| F::from_f64(if i % 2 == j { target } else { 0.0 }));
    (x, y)
}

/// The state that training changes, except the generator, which is private.
fn state<F: Scalar>(net: &Dnn<F>) -> impl PartialEq + Debug {
    (net.layers().to_vec(), net.velocity().clone(), net.iterations(), net.effective_eta())
}

/// Trains until it diverges; returns the epoch and the iteration of the error.
///
/// The network must be as it was before, or as after the epochs that ended before.
#[track_caller]
fn diverge<F: Scalar>(
    build: impl Fn(DnnBuilder<F>) -> Result<Dnn<F>, Error>,
    order: BatchOrder,
    x: &ArrayRef2<F>,
    y: &ArrayRef2<F>,
) -> (usize, usize) {
    let mut net = build(builder(order).max_epochs(usize::MAX)).unwrap();
    let before = net.clone();
    let error = net.fit(x, y).unwrap_err();
    let Error::Diverged { epoch, iteration, eta, what } = error else { panic!("{error}") };
    assert!(is_finite(&net));

    let epoch_length = if order == BatchOrder::Cyclic { ROWS } else { ROWS.div_ceil(MINIBATCH) };
    assert_eq!(epoch, iteration.div_ceil(epoch_length), "{order:?}, iteration {iteration}");
    // The loss is checked before the update of its mini-batch, the parameters after the last update of an epoch.
    let rate = |t: usize| before.config().eta() / libm::pow(t as f64, before.config().decay_power());
    let updates = [iteration - 1, iteration];
    assert!(updates.iter().any(|&t| eta == if t == 0 { before.effective_eta() } else { rate(t) }), "{error}");
    assert_eq!(error.to_string(), diverged(epoch, iteration, eta, what));

    if epoch == 1 {
        assert_eq!(net, before);
    } else {
        let mut twin = build(builder(order).max_epochs(epoch - 1)).unwrap();
        assert_eq!(twin.fit(x, y).unwrap().epochs(), epoch - 1);
        assert_eq!(state(&net), state(&twin));
    }
    // The same again, from the restored state.
    let restored = net.clone();
    match net.fit(x, y) {
        Err(Error::Diverged { epoch: 1, .. }) => assert_eq!(net, restored),
        Err(Error::Diverged { .. }) => {}
        other => panic!("{other:?}"),
    }
    assert!(is_finite(&net));
    (epoch, iteration)
}

/// Networks of every order and activation, with and without softmax.
fn nets() -> impl Iterator<Item = (BatchOrder, Activation, bool)> {
    ORDERS.into_iter().flat_map(|order| {
        ACTIVATIONS.into_iter().flat_map(move |last| [false, true].map(|softmax| (order, last, softmax)))
    })
}

fn a_huge_rate_diverges_at_once<F: Scalar>(eta: f64) {
    let (x, y) = data::<F>(1.0);
    for (order, last, softmax) in nets() {
        let build = |builder: DnnBuilder<F>| {
            let builder = builder.input_shape(2).shape([3, 2]).activations([Identity, last]);
            builder.softmax(softmax).eta(eta).build()
        };
        let (epoch, _) = diverge(build, order, &x, &y);
        assert_eq!(epoch, 1, "{order:?}, {last}, softmax {softmax}");
    }
}

#[test]
fn a_state_that_was_not_finite_before_is_another_error() {
    let (x, y) = data::<f64>(1.0);
    let not_finite = |optimizer, rate: f64, target: f64| {
        let builder = builder(BatchOrder::Sequential).input_shape(2).shape([2]).activations([Identity]);
        let mut net = builder.optimizer(optimizer).eta(rate).build().unwrap();
        let pass = net.compute(&x).unwrap();
        let d = net.error(&pass, &(&y * target)).unwrap();
        net.update(&net.bp(&pass, &d).unwrap()).unwrap();
        net
    };
    let cases = [
        (not_finite(Optimizer::Momentum, 1e300, 1e100), "the weights of a layer"),
        // The squares of the gradients overflow; parameters and velocity do not.
        (not_finite(Optimizer::adam(), 0.1, 1e180), "the mean squares"),
    ];
    for (mut net, what) in cases {
        let expected = Error::NonFinite { what, row: 0, column: 0 };
        assert_eq!(net.fit(&x, &y).unwrap_err(), expected);
        assert_eq!(net.partial_fit(&x, &y).unwrap_err(), expected);
    }
    let mut net = not_finite(Optimizer::adam(), 0.1, 1e180);
    net.reset_velocity();
    net.fit(&x, &y).unwrap();
}

#[test]
fn a_huge_rate_diverges_in_the_first_epoch() {
    a_huge_rate_diverges_at_once::<f64>(1e300);
    a_huge_rate_diverges_at_once::<f32>(1e38);
}

fn too_much_l2_diverges_after_many_epochs<F: Scalar>() {
    let (x, y) = data::<F>(1.0);
    for (order, last, softmax) in nets() {
        let build = |builder: DnnBuilder<F>| {
            let builder = builder.input_shape(2).shape([2]).activations([last]).momentum(0.0);
            builder.softmax(softmax).eta(10.0).regularization(1.0).build()
        };
        let (epoch, iteration) = diverge(build, order, &x, &y);
        assert!(epoch > 2 && iteration < 1000, "{order:?}, {last}, softmax {softmax}: {epoch}, {iteration}");
    }
}

#[test]
fn the_network_is_restored_to_the_last_finite_epoch() {
    too_much_l2_diverges_after_many_epochs::<f64>();
    too_much_l2_diverges_after_many_epochs::<f32>();
}

#[test]
fn a_rate_of_a_million_diverges_within_ten_epochs() {
    let (x, y) = data(1.0);
    for order in ORDERS {
        for hidden in [Identity, Relu] {
            let build = |builder: DnnBuilder<f64>| {
                let builder = builder.input_shape(2).shape([3, 2]).activations([hidden, Identity]);
                builder.eta(1e6).regularization(1.0).build()
            };
            let (epoch, _) = diverge(build, order, &x, &y);
            assert!(epoch < 10, "{order:?}, {hidden}: {epoch}");
        }
    }
}

/// Targets whose loss is not finite in the first pass: the square overflows, or the norm of two outputs.
fn infinite_losses() -> [(Loss, Array2<f64>); 2] {
    [(Loss::Squared, data(1e300).1), (Loss::Article, Array2::from_elem((ROWS, 2), f64::MAX))]
}

#[test]
fn a_loss_that_is_not_finite_before_any_update_ends_the_fit() {
    let (x, _) = data(1.0);
    for (loss, y) in infinite_losses() {
        for order in ORDERS {
            for last in ACTIVATIONS {
                let build = |builder: DnnBuilder<f64>| {
                    builder.input_shape(2).shape([3, 2]).activations([Sigmoid, last]).loss(loss).build()
                };
                assert_eq!(diverge(build, order, &x, &y), (1, 1), "{loss}, {order:?}, {last}");
            }
        }
    }
}

#[test]
fn targets_near_the_largest_f32_diverge() {
    let (x, y) = data::<f32>(3e38);
    for order in ORDERS {
        for hidden in ACTIVATIONS {
            let build = |builder: DnnBuilder<f32>| {
                let builder = builder.input_shape(2).shape([3, 3, 2]);
                builder.activations([hidden, Identity, Identity]).eta(10.0).build()
            };
            diverge(build, order, &x, &y);
        }
    }
}

#[test]
fn a_second_fit_that_diverges_keeps_what_the_first_one_learned() {
    let (x, y) = data(1.0);
    for (loss, y_infinite) in infinite_losses() {
        for order in ORDERS {
            let builder = builder(order).input_shape(2).shape([3, 2]).activations([Sigmoid, Identity]);
            let mut net: Dnn = builder.loss(loss).max_epochs(5).build().unwrap();
            net.fit(&x, &y).unwrap();
            let learned = net.clone();
            // No update was made yet: the error names the rate of the first fit.
            let eta = learned.effective_eta();
            let expected = Error::Diverged { epoch: 1, iteration: 1, eta, what: "the loss" };
            assert_eq!(net.fit(&x, &y_infinite).unwrap_err(), expected);
            assert_eq!(net, learned);
            assert!(net.fit(&x, &y).is_ok());
        }
    }
}

/// Each value that can be the first one to overflow. The velocity is not among them: its step makes the parameters
/// infinite in the same update.
#[test]
fn the_error_names_what_is_not_finite() {
    let build = |optimizer, eta: f64, momentum: Option<f64>| -> Dnn<f32> {
        let builder = builder(BatchOrder::Sequential).input_shape(2).shape([2]).activations([Identity]);
        let builder = momentum.into_iter().fold(builder, DnnBuilder::momentum);
        builder.optimizer(optimizer).eta(eta).build().unwrap()
    };
    let cases = [
        // The losses are f64: the sum of squares of f32 is finite, and so only parameters are not.
        (build(Optimizer::Momentum, 1e38, None), 100.0, "a parameter"),
        (build(Optimizer::Nesterov, 1e38, None), 100.0, "a parameter"),
        (build(Optimizer::Momentum, 1e38, Some(0.0)), 100.0, "a parameter"),
        (build(Optimizer::Nesterov, 1e38, Some(0.0)), 100.0, "a parameter"),
        (build(Optimizer::adam(), 3e38, None), 100.0, "a parameter"),
        // The squares of the gradients overflow; the parameters do not.
        (build(Optimizer::adam(), 0.1, None), 1e25, "a mean square"),
    ];
    for (mut net, target, expected) in cases {
        let before = net.clone();
        let (x, y) = data::<f32>(target);
        let error = net.fit(&x, &y).unwrap_err();
        let Error::Diverged { epoch, iteration, eta, what } = error else { panic!("{error}") };
        assert_eq!((epoch, what), (1, expected), "{:?}", net.config().optimizer());
        assert_eq!(error.to_string(), diverged(epoch, iteration, eta, what));
        assert_eq!(net, before);
    }
    for (loss, y) in infinite_losses() {
        let builder = builder(BatchOrder::Sequential).input_shape(2).shape([2]).activations([Identity]);
        let mut net: Dnn = builder.loss(loss).build().unwrap();
        let error = net.fit(&data(1.0).0, &y).unwrap_err();
        assert!(matches!(error, Error::Diverged { what: "the loss", .. }), "{error}");
    }
}

#[test]
fn the_generator_is_restored() {
    // Steep data diverge, flat data do not, whatever the parameters; their losses depend on the permutations.
    let (flat, y) = data(1.0);
    let steep = &flat * 20.0;
    let build = |max_epochs| -> Dnn {
        let builder = builder(BatchOrder::Shuffled).input_shape(2).shape([2]).activations([Identity]);
        builder.momentum(0.0).regularization(0.0).max_epochs(max_epochs).build().unwrap()
    };
    let mut net = build(200);
    let error = net.fit(&steep, &y).unwrap_err();
    let Error::Diverged { epoch, .. } = error else { panic!("{error}") };
    let mut twin = build(epoch - 1);
    twin.fit(&steep, &y).unwrap();
    assert_eq!(state(&net), state(&twin));
    let (after, twin_after) = (net.fit(&flat, &y).unwrap(), twin.fit(&flat, &y).unwrap());
    assert!(epoch > 10);
    assert_eq!(after.losses()[..epoch - 1], twin_after.losses()[..]);
}
