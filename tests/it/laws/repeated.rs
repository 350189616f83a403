//! When `fit` ends, and what a second `fit` keeps.

use ndarray_dnn::BatchOrder::{Cyclic, Sequential, Shuffled};
use ndarray_dnn::Dnn;
use ndarray_dnn::training::StopReason;

use super::example;
use crate::common::{ORDERS, state, velocity};

#[test]
fn a_loss_below_the_threshold_ends_the_fit() {
    for order in ORDERS {
        let builder = |threshold| {
            let builder = Dnn::builder().batch_order(order).minibatch_size(usize::MAX);
            builder.max_epochs(usize::MAX).threshold(threshold).eta(0.3).decay_power(0.0)
        };
        let (net, x, y) = example::<f64>(builder(0.0), false, 11);
        let threshold = 0.9 * net.loss(&net.compute(&x).unwrap(), &y).unwrap();
        let mut net = builder(threshold).build_from(net.layers().to_vec()).unwrap();
        let report = net.fit(&x, &y).unwrap();
        assert_eq!(report.stop_reason(), StopReason::Threshold, "{order:?}");
        let (last, before) = report.losses().split_last().unwrap();
        assert!(*last < threshold, "{order:?}");
        assert!(before.iter().all(|loss| *loss >= threshold), "{order:?}");
        assert_eq!(report.history().len(), report.epochs(), "{order:?}");

        // If the last epoch is also the first one below the threshold, the reason is the number of epochs.
        let (epochs, layers) = (report.epochs(), example::<f64>(builder(0.0), false, 11).0.layers().to_vec());
        let mut again = builder(threshold).max_epochs(epochs).build_from(layers).unwrap();
        assert_eq!(again.fit(&x, &y).unwrap().stop_reason(), StopReason::MaxEpochs, "{order:?}");
        assert_eq!(state(&again), state(&net), "{order:?}");
    }
}

#[test]
fn a_second_fit_keeps_parameters_velocity_and_permutations() {
    for order in [Sequential, Shuffled] {
        let fit = |epochs, times| {
            // Without decay: the iterations start again.
            let builder =
                Dnn::builder().batch_order(order).max_epochs(epochs).threshold(0.0).decay_power(0.0);
            let (mut net, x, y) = example::<f64>(builder, false, 11);
            (0..times).for_each(|_| assert_eq!(net.fit(&x, &y).unwrap().epochs(), epochs));
            state(&net)
        };
        assert_eq!(fit(2, 2), fit(4, 1), "{order:?}");
    }
}

#[test]
fn after_reset_velocity_a_second_fit_equals_a_first_one() {
    for order in [Cyclic, Sequential] {
        let builder = Dnn::builder().batch_order(order).max_epochs(2);
        let (mut net, x, y) = example::<f64>(builder.clone(), false, 11);
        net.fit(&x, &y).unwrap();
        let mut moving = net.clone();
        let mut fresh = builder.build_from(net.layers().to_vec()).unwrap();
        net.reset_velocity();
        assert!(velocity(&net).iter().all(|v| *v == 0.0));
        for net in [&mut net, &mut moving, &mut fresh] {
            net.fit(&x, &y).unwrap();
        }
        assert_eq!(state(&net), state(&fresh), "{order:?}");
        assert_eq!(net.iterations(), fresh.iterations(), "{order:?}");
        assert_ne!(state(&moving), state(&fresh), "{order:?}");
    }
}

#[test]
fn a_clone_trains_to_the_same_bits() {
    for order in ORDERS {
        let (mut net, x, y) = example::<f64>(Dnn::builder().batch_order(order).max_epochs(2), true, 11);
        net.fit(&x, &y).unwrap();
        let mut clone = net.clone();
        let losses = [&mut net, &mut clone].map(|net| net.fit(&x, &y).unwrap().losses().to_vec());
        assert_eq!(losses[0], losses[1], "{order:?}");
        assert_eq!(state(&net), state(&clone), "{order:?}");
    }
}
