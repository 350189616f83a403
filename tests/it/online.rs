//! Online learning, and new settings for a trained network.

use ndarray::{Array2, array, s};
use ndarray_dnn::Activation::Identity;
use ndarray_dnn::BatchOrder::{Cyclic, Sequential, Shuffled};
use ndarray_dnn::error::Extent;
use ndarray_dnn::{Dnn, DnnBuilder, Error, Layer, Loss, Optimizer, Scalar};

use crate::common::runs::{OPTIMIZERS, ROWS, example, plain};
use crate::common::{Head, ORDERS, state, velocity};

// Online

#[test]
fn partial_fit_is_one_pass_of_a_resumed_run() {
    fn check<F: Scalar>() {
        for order in ORDERS {
            for optimizer in OPTIMIZERS {
                for head in Head::ALL {
                    let (builder, x, y) = example::<F>(order, optimizer, head);
                    let mut net = builder.clone().build().unwrap();
                    // The article's order does not visit each row once.
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
fn partial_fit_of_one_sample_equals_the_verbs() {
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
fn every_partial_fit_draws_a_new_permutation() {
    // With x = 0 and a rate of 1, the bias becomes the target of one row after the other. The loss is then the mean
    // distance between them, which depends on their order.
    let layer = Layer::new(array![[0.0]], array![0.0], Identity).unwrap();
    let builder = Dnn::builder().batch_order(Shuffled).minibatch_size(1).eta(1.0);
    let builder = builder.momentum(0.0).decay_power(0.0).regularization(0.0);
    let mut net = builder.build_from([layer]).unwrap();
    let (x, y) = (Array2::zeros((ROWS, 1)), Array2::from_shape_fn((ROWS, 1), |(row, _)| (1 << row) as f64));
    let mut losses = Vec::from_iter((0..6).map(|_| net.partial_fit(&x, &y).unwrap()));
    losses.sort_by(f64::total_cmp);
    losses.dedup();
    assert_eq!(losses.len(), 6, "{losses:?}");
}

#[test]
fn partial_fit_that_diverges_changes_nothing() {
    for optimizer in OPTIMIZERS {
        let (builder, x, y) = example::<f64>(Shuffled, optimizer, Head::Article);
        let mut net = builder.optimizer(Optimizer::Momentum).build().unwrap();
        net.partial_fit(&x, &y).unwrap();
        net.reconfigure(|builder| builder.optimizer(optimizer)).unwrap();
        net.partial_fit(&x, &y).unwrap();
        let before = net.clone();
        let huge = y.mapv(|y| y * 1e300);
        assert!(matches!(net.partial_fit(&x, &huge), Err(Error::Diverged { epoch: 1, .. })), "{optimizer:?}");
        assert_eq!(net, before);
        assert!(matches!(
            net.partial_fit(&x, &y.slice(s![..2, ..])),
            Err(Error::Shape { what: "y", extent: Extent::Rows, .. })
        ));
        // In the second mini-batch, after an update.
        let mut fast = example::<f64>(Shuffled, Optimizer::Momentum, Head::Article).0.build().unwrap();
        fast.partial_fit(&x, &y).unwrap();
        // The buffers depend on the optimizer.
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

// New settings

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

    // Before the first update, the rate is the setting.
    let mut new = plain(Shuffled).0.build().unwrap();
    assert_eq!(new.effective_eta(), 0.05);
    new.reconfigure(|builder| builder.eta(0.5)).unwrap();
    assert_eq!(new.effective_eta(), 0.5);
}

#[test]
fn a_reconfigured_network_trains_like_a_new_one_with_these_settings() {
    for optimizer in OPTIMIZERS {
        let (builder, x, y) = example::<f64>(Sequential, optimizer, Head::Article);
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
        assert_eq!((net.layers(), net.config()), (fresh.layers(), fresh.config()));
        assert_eq!((net.velocity(), net.iterations()), (fresh.velocity(), fresh.iterations()));
    }
}

#[test]
fn another_optimizer_keeps_a_velocity_of_the_same_meaning() {
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
    // Another ε does not change the meaning of the moments; another β does.
    let adam = |beta1, beta2, epsilon| Optimizer::Adam { beta1, beta2, epsilon };
    net.reconfigure(|builder| builder.optimizer(adam(0.9, 0.999, 1e-3))).unwrap();
    assert_eq!(velocity(&net), moments);
    for [beta1, beta2] in [[0.8, 0.999], [0.8, 0.99]] {
        net.partial_fit(&x, &y).unwrap();
        assert!(velocity(&net).iter().any(|v| *v != 0.0));
        net.reconfigure(|builder| builder.optimizer(adam(beta1, beta2, 1e-3))).unwrap();
        assert!(velocity(&net).iter().all(|v| *v == 0.0));
    }
    // The momentum of before is restored.
    net.reconfigure(|builder| builder.optimizer(Optimizer::Momentum)).unwrap();
    assert_eq!(net.config().momentum(), 0.9);
    assert!(velocity(&net).iter().all(|v| *v == 0.0));
    net.partial_fit(&x, &y).unwrap();
}
