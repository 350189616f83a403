//! Runs that are continued: resumed, in parts, by clones, through files. The masks count the updates ever made.

use ndarray_dnn::Activation::{Gelu, Tanh};
use ndarray_dnn::BatchOrder::{Cyclic, Sequential, Shuffled, ShuffledByEpoch};
use ndarray_dnn::{Dnn, Optimizer};

use super::{NO_STEP, builder, data};
use crate::common::state;

#[test]
fn a_resumed_run_is_one_long_run() {
    let (x, y) = data();
    for order in [Sequential, Shuffled, ShuffledByEpoch] {
        for optimizer in [Optimizer::Momentum, Optimizer::adam()] {
            let mut net =
                builder(Tanh).batch_order(order).optimizer(optimizer).max_epochs(3).build().unwrap();
            let mut at_once = net.clone();
            net.fit(&x, &y).unwrap();
            let mut clone = net.clone();
            for net in [&mut net, &mut clone] {
                net.training(&x, &y).resume().max_epochs(4).run().unwrap();
            }
            at_once.training(&x, &y).max_epochs(7).run().unwrap();
            assert_eq!(net, at_once, "{order:?}, {optimizer}");
            assert_eq!(clone, at_once, "{order:?}, {optimizer}");
        }
    }
}

#[test]
fn partial_fit_continues_the_masks() {
    let (x, y) = data();
    let mut net = builder(Gelu).max_epochs(3).build().unwrap();
    let mut in_parts = net.clone();
    net.fit(&x, &y).unwrap();
    for _ in 0..3 {
        in_parts.partial_fit(&x, &y).unwrap();
    }
    assert_eq!(in_parts, net);
}

#[cfg(feature = "safetensors")]
#[test]
fn a_saved_run_continues_as_if_it_had_not_been_saved() {
    let (x, y) = data();
    for order in [Cyclic, Sequential, Shuffled, ShuffledByEpoch] {
        let mut net = builder(Gelu).batch_order(order).max_epochs(3).build().unwrap();
        // A second fit restarts the iterations, but not the masks.
        net.fit(&x, &y).unwrap();
        net.fit(&x, &y).unwrap();
        let mut loaded = Dnn::from_safetensors(&net.to_safetensors().unwrap()).unwrap();
        assert_eq!(loaded, net);
        for net in [&mut net, &mut loaded] {
            net.training(&x, &y).resume().max_epochs(2).run().unwrap();
            net.partial_fit(&x, &y).unwrap();
        }
        assert_eq!(loaded, net, "{order:?}");
    }
}

/// Losses at fixed parameters, which depend on the masks alone.
#[test]
fn no_masks_are_repeated() {
    let (x, y) = data();
    let net = builder(Tanh).minibatch_size(usize::MAX).eta(NO_STEP).max_epochs(3).build().unwrap();
    let mut once = net.clone();
    let mut losses = once.fit(&x, &y).unwrap().losses().to_vec();
    losses.extend(once.fit(&x, &y).unwrap().losses());
    once.reset_velocity();
    losses.push(once.partial_fit(&x, &y).unwrap());
    assert_eq!(losses.len(), 7);
    // An update by hand counts, although the verbs do not drop.
    let mut by_hand = once.clone();
    let pass = by_hand.compute(&x).unwrap();
    let gradients = by_hand.bp(&pass, &by_hand.error(&pass, &y).unwrap()).unwrap();
    by_hand.update(&gradients).unwrap();
    losses.push(by_hand.partial_fit(&x, &y).unwrap());
    once.partial_fit(&x, &y).unwrap();
    assert_eq!(once.partial_fit(&x, &y).unwrap(), losses[7]);
    // Another seed.
    let mut other = net.clone();
    other.reconfigure(|builder| builder.seed(43)).unwrap();
    losses.push(other.partial_fit(&x, &y).unwrap());
    for (i, loss) in losses.iter().enumerate() {
        assert!(losses[..i].iter().all(|other| other != loss), "{losses:?}");
    }
    // The same network gives the same masks again.
    assert_eq!(net.clone().partial_fit(&x, &y).unwrap(), losses[0]);
}

/// With one row, each epoch of the article's order has one mini-batch, whose update comes before that of the next.
#[test]
fn a_postponed_update_counts_when_it_is_made() {
    let (x, y) = data();
    let rows = ndarray::s![..1, ..];
    let [mut cyclic, mut sequential] = [Cyclic, Sequential]
        .map(|order| builder(Tanh).batch_order(order).eta(NO_STEP).max_epochs(5).build().unwrap());
    let run = |net: &mut Dnn| net.fit(&x.slice(rows), &y.slice(rows)).unwrap().losses().to_vec();
    let losses = run(&mut cyclic);
    assert_eq!(losses, run(&mut sequential));
    // The last update of the run was omitted, so the next run begins with its masks.
    assert_eq!(run(&mut cyclic)[0], losses[4]);
    assert!(!losses.contains(&run(&mut sequential)[0]));
}

#[test]
fn dropout_can_be_changed_between_runs() {
    let (x, y) = data();
    let mut net = builder(Tanh).max_epochs(2).build().unwrap();
    net.fit(&x, &y).unwrap();
    let mut off = net.clone();
    off.reconfigure(|builder| builder.dropout([0.0, 0.0])).unwrap();
    assert_eq!(off.config().dropout(), [0.0, 0.0]);
    let mut plain =
        Dnn::builder().loss(net.config().loss()).batch_order(Sequential).minibatch_size(4).eta(0.05);
    plain = plain.threshold(0.0);
    let mut plain = plain.build_from(net.layers().to_vec()).unwrap();
    off.reset_velocity();
    off.training(&x, &y).max_epochs(2).run().unwrap();
    plain.training(&x, &y).max_epochs(2).run().unwrap();
    assert_eq!(state(&off), state(&plain));
    // Other settings keep it.
    net.reconfigure(|builder| builder.eta(0.01)).unwrap();
    assert_eq!(net.config().dropout(), super::RATES);
    assert_eq!(net.cast::<f32>().unwrap().config().dropout(), super::RATES);
}
