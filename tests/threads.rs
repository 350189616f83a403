//! With the feature `rayon`: the bits depend neither on the number of threads nor on the calling thread.
#![cfg(feature = "rayon")]
#![allow(clippy::unwrap_used)]

#[allow(dead_code)] // `it` uses all of it.
mod common;

use std::ops::ControlFlow;

use common::ORDERS;
use common::runs::OPTIMIZERS;
use ndarray_dnn::ndarray::{Array1, Array2, Axis, s};
use ndarray_dnn::training::ObjectiveScratch;
use ndarray_dnn::{
    Activation::{Gelu, Identity, Relu, Sigmoid, Tanh},
    BatchOrder, Dnn, DnnBuilder, EarlyStopping, Error, Gradients, Loss, Optimizer, Pass, ReduceOnPlateau,
    Scalar, Schedule, cross_validate, k_fold,
};

const BATCH: usize = 70;

/// A network and data so large that every product of a mini-batch is shared.
fn network<F: Scalar>(order: BatchOrder, softmax: bool) -> (Dnn<F>, Array2<F>, Array2<F>) {
    let x = Array2::from_shape_fn((3 * BATCH + 17, 200), |(i, j)| F::from_f64(((i * 200 + j) as f64).sin()));
    let y = Array2::from_shape_fn((x.nrows(), 10), |(i, j)| F::from_f64(f64::from(u8::from(i % 10 == j))));
    let net = Dnn::builder()
        .input_shape(200)
        .shape([600, 310, 10])
        .activations([Sigmoid, Relu, Identity])
        .softmax(softmax)
        .batch_order(order)
        .minibatch_size(BATCH)
        .max_epochs(if order == BatchOrder::Cyclic { 1 } else { 3 })
        .eta(0.05)
        .build()
        .unwrap();
    (net, x, y)
}

fn in_pool<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

fn fitted<F: Scalar>(order: BatchOrder, softmax: bool) -> (Dnn<F>, Vec<f64>, Array2<F>) {
    let (mut net, x, y) = network::<F>(order, softmax);
    let report = net.fit(&x, &y).unwrap();
    let predicted = net.predict(&x).unwrap();
    (net, report.losses().to_vec(), predicted)
}

#[test]
fn fit_gives_the_same_bits_on_any_number_of_threads() {
    for softmax in [false, true] {
        for order in ORDERS {
            let alone = in_pool(1, || fitted::<f32>(order, softmax));
            for threads in [2, 3, 8] {
                let shared = in_pool(threads, || fitted::<f32>(order, softmax));
                assert!(shared == alone, "{order:?}, {threads} threads");
            }
            // From a thread outside of a pool.
            assert!(fitted::<f32>(order, softmax) == alone, "{order:?}");
        }
    }
    assert!(
        in_pool(1, || fitted::<f64>(BatchOrder::Shuffled, true)) == fitted::<f64>(BatchOrder::Shuffled, true)
    );
}

#[test]
fn the_verbs_give_the_bits_of_fit() {
    let (mut net, x, y) = network::<f64>(BatchOrder::Sequential, true);
    let (mut pass, mut d, mut gradients) = (Pass::default(), Array2::default((0, 0)), Gradients::default());
    for _ in 0..3 {
        for start in (0..x.nrows()).step_by(BATCH) {
            let rows = s![start..x.nrows().min(start + BATCH), ..];
            net.compute_into(&x.slice(rows), &mut pass).unwrap();
            net.error_into(&pass, &y.slice(rows), &mut d).unwrap();
            net.bp_into(&pass, &d, &mut gradients).unwrap();
            net.update(&gradients).unwrap();
        }
    }
    let (fitted, ..) = in_pool(1, || fitted::<f64>(BatchOrder::Sequential, true));
    assert_eq!(net.layers(), fitted.layers());
    assert_eq!(net.velocity(), fitted.velocity());
}

#[test]
fn flat_gradients_and_input_gradients_have_the_same_bits_on_any_number_of_threads() {
    let run = || {
        let (net, x, y) = network::<f64>(BatchOrder::Sequential, true);
        let mut g = Array1::zeros(net.parameter_count());
        let scratch = &mut ObjectiveScratch::default();
        let objective = net.objective_and_gradient(&net.parameters(), &x, &y, &mut g, scratch).unwrap();
        let d = net.error(&net.compute(&x).unwrap(), &y).unwrap();
        (objective, g, net.input_gradient(&x, &d).unwrap())
    };
    let alone = in_pool(1, run);
    for threads in [2, 3, 8] {
        assert!(in_pool(threads, run) == alone, "{threads} threads");
    }
    assert!(run() == alone);
}

#[test]
fn every_setting_gives_the_same_bits_on_any_number_of_threads() {
    let run = |optimizer: Optimizer| {
        let (mut net, x, y) = network::<f32>(BatchOrder::Shuffled, false);
        let limited = |builder: DnnBuilder<f32>| builder.clip_norm(1e-2).l1(1e-4).max_norm(0.15);
        net.reconfigure(|builder| {
            let builder = limited(builder).schedule(Schedule::one_cycle(3));
            builder.optimizer(optimizer).loss(Loss::BinaryCrossEntropy)
        })
        .unwrap();
        let weights = Array1::from_shape_fn(x.nrows(), |i| (i % 5) as f32);
        let training = net.training(&x, &y).sample_weights(&weights).validation(&x, &y);
        let training = training.reduce_on_plateau(ReduceOnPlateau::new(1).min_delta(1.0));
        let training = training.eta_schedule(|progress| 1.0 / (1.0 + progress.loss().unwrap()));
        let report = training.early_stopping(EarlyStopping::new(2)).run().unwrap();
        let loss = net.partial_fit(&x, &y).unwrap();
        (net, report.losses().to_vec(), report.validation_losses().to_vec(), loss)
    };
    for optimizer in OPTIMIZERS {
        let alone = in_pool(1, || run(optimizer));
        for threads in [2, 3, 8] {
            assert!(in_pool(threads, || run(optimizer)) == alone, "{optimizer:?}, {threads} threads");
        }
        assert!(run(optimizer) == alone, "{optimizer:?}");
    }
}

#[test]
fn dropout_gives_the_same_bits_on_any_number_of_threads() {
    let run = |activation| {
        let (net, x, y) = network::<f32>(BatchOrder::Shuffled, true);
        let builder = Dnn::builder().input_shape(200).shape([600, 310, 10]);
        let builder = builder.activations([activation, activation, Identity]).softmax(true).eta(0.05);
        let builder = builder.batch_order(BatchOrder::Shuffled).minibatch_size(BATCH).max_epochs(2);
        let mut net: Dnn<f32> = builder.init(net.config().init()).dropout([0.2, 0.5]).build().unwrap();
        let report = net.training(&x, &y).validation(&x, &y).run().unwrap();
        (net, report.losses().to_vec(), report.validation_losses().to_vec())
    };
    for activation in [Sigmoid, Gelu] {
        let alone = in_pool(1, || run(activation));
        for threads in [2, 3, 8] {
            assert!(in_pool(threads, || run(activation)) == alone, "{activation}, {threads} threads");
        }
        assert!(run(activation) == alone, "{activation}");
    }
}

#[test]
fn folds_that_share_their_products_give_the_same_bits_on_any_number_of_threads() {
    let (net, x, y) = network::<f32>(BatchOrder::Shuffled, true);
    let folds = k_fold(x.nrows(), 3, 7).unwrap();
    let run = || {
        let trained = cross_validate(&folds, |train, _| {
            let mut net = net.clone();
            net.training(&x.select(Axis(0), train), &y.select(Axis(0), train)).max_epochs(1).run()?;
            Ok::<_, Error>(net)
        });
        trained.unwrap()
    };
    let alone = in_pool(1, run);
    for threads in [2, 3, 8] {
        assert!(in_pool(threads, run) == alone, "{threads} threads");
    }
    assert!(run() == alone);
}

#[test]
fn every_loss_gives_the_same_bits_on_any_number_of_threads() {
    let huber = |answer: &[f32], y: &[f32], d: &mut [f32]| {
        let each = d.iter_mut().zip(y).zip(answer);
        each.map(|((d, y), answer)| {
            *d = (y - answer).clamp(-0.25, 0.25);
            f64::from(d.abs())
        })
        .sum()
    };
    let run = |loss: Option<Loss>| {
        let (mut net, x, y) = network::<f32>(BatchOrder::Shuffled, false);
        net.reconfigure(|builder| builder.loss(loss.unwrap_or_default()).max_epochs(2)).unwrap();
        let weights = Array1::from_shape_fn(x.nrows(), |i| (i % 5) as f32);
        let training = net.training(&x, &y).sample_weights(&weights).validation(&x, &y);
        let training = training.metric("sum", |_, predicted| f64::from(predicted.sum()));
        let training = if loss.is_none() { training.loss_fn(huber) } else { training };
        let report = training.run().unwrap();
        (net, report.losses().to_vec(), report.validation_losses().to_vec(), report.metric("sum").to_vec())
    };
    let losses = [Loss::Absolute, Loss::Huber { delta: 0.25 }, Loss::Quantile { tau: 0.75 }, Loss::Poisson];
    for loss in losses.map(Some).into_iter().chain([None]) {
        let alone = in_pool(1, || run(loss));
        for threads in [2, 3] {
            assert!(in_pool(threads, || run(loss)) == alone, "{loss:?}, {threads} threads");
        }
        assert!(run(loss) == alone, "{loss:?}");
    }
}

/// Each of the runs waits for threads that may help another one.
#[test]
fn runs_at_the_same_time_give_the_same_bits_on_any_number_of_threads() {
    let alone = in_pool(1, || fitted::<f32>(BatchOrder::Shuffled, true));
    for threads in [2, 3, 5] {
        let mut runs: Vec<Option<_>> = vec![None; 4];
        in_pool(threads, || {
            rayon::scope(|scope| {
                for run in &mut runs {
                    scope.spawn(|_| *run = Some(fitted::<f32>(BatchOrder::Shuffled, true)));
                }
            });
        });
        assert!(runs.iter().all(|run| run.as_ref() == Some(&alone)), "{threads} threads");
    }
}

#[test]
fn on_epoch_and_on_gradients_are_called_on_the_thread_that_called_run() {
    let (mut net, x, y) = network::<f32>(BatchOrder::Shuffled, true);
    // The closures need not be `Send`.
    let caller = std::rc::Rc::new(std::thread::current().id());
    let (mut epochs, mut batches) = (0, 0);
    let training = net.training(&x, &y).on_epoch(|_| {
        assert_eq!(std::thread::current().id(), *caller);
        epochs += 1;
        ControlFlow::Continue(())
    });
    let training = training.on_gradients(|_| {
        assert_eq!(std::thread::current().id(), *caller);
        batches += 1;
        Ok::<(), Error>(())
    });
    let report = training.run().unwrap();
    assert_eq!((epochs, batches), (3, report.iterations()));
}

#[test]
fn with_a_function_on_gradients_the_bits_are_those_without_on_any_number_of_threads() {
    let run = |has_function: bool| {
        let (mut net, x, y) = network::<f32>(BatchOrder::Shuffled, true);
        // So large that each mini-batch by itself is worth the pool.
        let training = net.training(&x, &y).validation(&x, &y).batches_per_epoch(2);
        let training = if has_function { training.on_gradients(|_| Ok::<(), Error>(())) } else { training };
        let report = training.run().unwrap();
        (net, report)
    };
    let without = in_pool(1, || run(false));
    for threads in [1, 2, 3] {
        assert!(in_pool(threads, || run(true)) == without, "{threads} threads");
    }
    // Outside a pool, each mini-batch enters the global one.
    assert!(run(true) == without);
}

/// JᵀJ, the Cholesky factor and leverages, of a size that threads share: 2,000 parameters, and several outputs.
#[test]
fn levenberg_marquardt_gives_the_same_bits_on_any_number_of_threads() {
    let x = Array2::from_shape_fn((150, 30), |(i, j)| ((i * 31 + j * 17) as f64).sin());
    let y = Array2::from_shape_fn((150, 2), |(i, j)| ((i * 7 + j) as f64).cos());
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let builder = Dnn::builder().input_shape(30).shape([60, 2]).activations([Tanh, Identity]);
            let mut net: Dnn = builder.init(ndarray_dnn::Init::Glorot).build().unwrap();
            let run = net.levenberg_marquardt(&x, &y).evidence(true).max_iterations(2);
            let outcome = run.run().unwrap();
            (net, outcome)
        })
    };
    let expected = run(1);
    for threads in [2, 3, 5] {
        assert_eq!(run(threads), expected, "{threads} threads");
    }
}
