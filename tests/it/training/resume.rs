//! Resumed runs.

use std::ops::ControlFlow::Continue;

use ndarray::{Array1, s};
use ndarray_dnn::BatchOrder::{Cyclic, Sequential, Shuffled, ShuffledByEpoch};
use ndarray_dnn::{Dnn, Scalar};

use crate::common::runs::{OPTIMIZERS, ROWS, example, plain};
use crate::common::{Head, state};

#[test]
fn four_epochs_and_four_resumed_equal_eight() {
    fn check<F: Scalar>() {
        for order in [Sequential, Shuffled, ShuffledByEpoch] {
            for optimizer in OPTIMIZERS {
                for head in Head::ALL {
                    for is_weighted in [false, true] {
                        let (builder, x, y) = example::<F>(order, optimizer, head);
                        let weights = Array1::from_shape_fn(ROWS, |i| F::from_f64((i % 3) as f64));
                        let run = |net: &mut Dnn<F>, epochs, is_resumed| {
                            let training = net.training(&x, &y).max_epochs(epochs);
                            let training =
                                if is_weighted { training.sample_weights(&weights) } else { training };
                            let training = if is_resumed { training.resume() } else { training };
                            training.run().unwrap().losses().to_vec()
                        };
                        let mut at_once = builder.build().unwrap();
                        let mut in_parts = at_once.clone();
                        let losses = run(&mut at_once, 8, false);
                        let parts = [run(&mut in_parts, 4, false), run(&mut in_parts, 4, true)].concat();
                        let context = format!("{order:?}, {optimizer:?}, {head:?}, weights {is_weighted}");
                        assert_eq!(losses, parts, "{context}");
                        assert_eq!(at_once, in_parts, "{context}");
                    }
                }
            }
        }
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn resuming_the_article_s_order_does_not_make_the_omitted_update() {
    let (builder, x, y) = plain(Cyclic);
    let mut net = builder.build().unwrap();
    let mut by_hand = net.clone();
    net.training(&x, &y).max_epochs(1).run().unwrap();
    net.training(&x, &y).max_epochs(1).resume().run().unwrap();
    for _ in 0..2 {
        // Each run is 11 mini-batches from row 0 on, the last of which updates nothing.
        for i in 0..ROWS - 1 {
            let start = 4 * i % ROWS;
            let rows = s![start..(start + 4).min(ROWS), ..];
            let pass = by_hand.compute(&x.slice(rows)).unwrap();
            let d = by_hand.error(&pass, &y.slice(rows)).unwrap();
            by_hand.update(&by_hand.bp(&pass, &d).unwrap()).unwrap();
        }
    }
    assert_eq!(state(&net), state(&by_hand));
    assert_eq!((net.iterations(), by_hand.iterations()), (20, 20));
}

#[test]
fn a_clone_made_in_on_epoch_resumes_the_run() {
    for optimizer in OPTIMIZERS {
        let (builder, x, y) = example::<f64>(Shuffled, optimizer, Head::Softmax);
        let mut net = builder.max_epochs(9).build().unwrap();
        let mut saved = None;
        let report = net
            .training(&x, &y)
            .on_epoch(|e| {
                if e.report().epoch() == 4 {
                    saved = Some(e.net().clone());
                }
                Continue(())
            })
            .run()
            .unwrap();
        let mut saved = saved.unwrap();
        let rest = saved.training(&x, &y).resume().max_epochs(5).run().unwrap();
        assert_eq!(saved, net, "{optimizer:?}");
        assert_eq!(rest.losses(), &report.losses()[4..], "{optimizer:?}");
    }
}
