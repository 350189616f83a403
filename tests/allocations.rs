//! Training allocates nothing per mini-batch after the first one, and its buffers are a few times as large as the
//! parameters.

#![allow(clippy::unwrap_used)]

#[allow(dead_code)] // `it` uses all of it.
mod common;

use std::error::Error;
use std::ops::ControlFlow;

use common::ORDERS;
use common::allocator::{Counting, count, peak};
use common::runs::OPTIMIZERS;
use ndarray_dnn::ndarray::{Array1, Array2, s};
use ndarray_dnn::training::{Block, Source};
use ndarray_dnn::{
    Activation::{Gelu, Identity, Relu, Sigmoid, Tanh},
    BatchOrder, Dnn, DnnBuilder, EarlyStopping, Gradients, Link, Optimizer, Pass, ReduceOnPlateau, Scalar,
    Schedule,
};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Data of 100 rows and networks for it: small products, large ones, softmax, dropout with outputs and z that are kept.
fn networks<F: Scalar>(order: BatchOrder, epochs: usize) -> (Array2<F>, Array2<F>, Vec<Dnn<F>>) {
    let x = Array2::from_shape_fn((100, 40), |(i, j)| F::from_f64(((i * 40 + j) as f64).sin()));
    let y = Array2::from_shape_fn((100, 2), |(i, j)| F::from_f64(f64::from(u8::from(i % 2 == j))));
    let settings =
        [(vec![3, 2], false), (vec![100, 70, 2], false), (vec![33, 2], true), (vec![30, 20, 2], false)];
    let networks = settings.map(|(shape, softmax)| {
        let mut activations = vec![if softmax { Relu } else { Sigmoid }; shape.len() - 1];
        activations.push(Identity);
        let is_dropped = shape[0] == 30;
        if is_dropped {
            activations = vec![Tanh, Gelu, Identity];
        }
        let builder = Dnn::builder().input_shape(40).shape(shape).activations(activations).softmax(softmax);
        let builder = if is_dropped { builder.dropout([0.2, 0.5]) } else { builder };
        builder
            .batch_order(order)
            .minibatch_size(30)
            .max_epochs(epochs)
            .threshold(0.0)
            .eta(0.001)
            .build()
            .unwrap()
    });
    let mut networks = Vec::from(networks);
    let labels = Dnn::multilabel(40, &[3], 2).label_weights([2.0, 0.5]).positive_weights([3.0, 1.0]);
    networks
        .push(labels.batch_order(order).minibatch_size(30).max_epochs(epochs).eta(0.001).build().unwrap());
    (x, y, networks)
}

fn network<F: Scalar>(shape: Vec<usize>, softmax: bool, order: BatchOrder, epochs: usize) -> Dnn<F> {
    let mut activations = vec![if softmax { Relu } else { Sigmoid }; shape.len() - 1];
    activations.push(Identity);
    let builder = Dnn::builder().input_shape(40).shape(shape).activations(activations).softmax(softmax);
    builder
        .batch_order(order)
        .minibatch_size(30)
        .max_epochs(epochs)
        .threshold(0.0)
        .eta(0.001)
        .build()
        .unwrap()
}

fn by_hand<F: Scalar>() {
    let (x, y, mut networks) = networks::<F>(BatchOrder::Sequential, 1);
    // The first step of this one allocates the thread's memory for large products.
    networks.push(network(vec![160, 530, 140, 2], false, BatchOrder::Sequential, 1));
    for mut net in networks {
        let (mut pass, mut d, mut gradients) =
            (Pass::default(), Array2::default((0, 0)), Gradients::default());
        let mut step = |rows: std::ops::Range<usize>| {
            let rows = s![rows, ..];
            net.compute_into(&x.slice(rows), &mut pass).unwrap();
            net.error_into(&pass, &y.slice(rows), &mut d).unwrap();
            net.bp_into(&pass, &d, &mut gradients).unwrap();
            net.update(&gradients).unwrap();
        };
        assert!(count(|| step(0..30)) > 0, "nothing is counted");
        // Full mini-batches, a short one, and full ones after it.
        for rows in [30..60, 90..100, 0..30, 5..6, 10..40] {
            assert_eq!(count(|| step(rows.clone())), 0, "{rows:?}");
        }
    }
}

#[test]
fn the_verbs_by_hand_allocate_nothing() {
    by_hand::<f64>();
    by_hand::<f32>();
}

#[test]
fn fit_allocates_nothing_per_mini_batch() {
    for order in ORDERS {
        let allocations = |epochs| {
            let (x, y, networks) = networks::<f64>(order, epochs);
            // Column-major data must be gathered.
            let x_by_columns = x.t().as_standard_layout().reversed_axes().to_owned();
            let counts = networks.into_iter().flat_map(|net| {
                [&x, &x_by_columns].map(|x| {
                    let mut net = net.clone();
                    count(|| drop(net.fit(x, &y).unwrap()))
                })
            });
            counts.collect::<Vec<_>>()
        };
        // The report's history grows by doubling: 16 more epochs are 64 mini-batches (1,600 in the article's order)
        // and a few allocations.
        for (few, many) in allocations(16).into_iter().zip(allocations(32)) {
            assert!(many <= few + 4, "{order:?}: {many} instead of {few}");
        }
    }
}

#[test]
fn fit_with_large_products_allocates_nothing_per_mini_batch() {
    let (x, y, _) = networks::<f64>(BatchOrder::Sequential, 1);
    let allocations = |epochs| {
        let mut net = network::<f64>(vec![160, 530, 2], false, BatchOrder::Sequential, epochs);
        // On a thread of its own, which has no memory for large products yet.
        std::thread::scope(|scope| scope.spawn(|| count(|| drop(net.fit(&x, &y).unwrap()))).join().unwrap())
    };
    let (few, many) = (allocations(2), allocations(4));
    assert!(many <= few + 1, "{many} instead of {few}");
}

#[test]
fn partial_fit_allocates_nothing_after_the_first_call() {
    for order in ORDERS {
        let (x, y, networks) = networks::<f64>(order, 1);
        for mut net in networks {
            for optimizer in OPTIMIZERS {
                net.reconfigure(|builder| builder.optimizer(optimizer)).unwrap();
                net.partial_fit(&x, &y).unwrap();
                // One sample, and several mini-batches of which the last one is short.
                for rows in [0..1, 99..100, 0..70, 0..100] {
                    let rows = s![rows, ..];
                    let calls = count(|| {
                        net.partial_fit(&x.slice(rows), &y.slice(rows)).unwrap();
                    });
                    assert_eq!(calls, 0, "{order:?}, {optimizer:?}");
                }
            }
        }
    }
}

#[test]
fn a_run_with_all_options_allocates_nothing_per_mini_batch() {
    let allocations = |epochs| {
        let (x, y, networks) = networks::<f64>(BatchOrder::Shuffled, epochs);
        let weights = Array1::ones(100);
        let run = |mut net: Dnn<f64>| {
            let limited = |builder: DnnBuilder| {
                builder.schedule(Schedule::cosine(9)).clip_norm(1e-3).l1(1e-3).max_norm(0.1)
            };
            net.reconfigure(|builder| limited(builder).optimizer(Optimizer::adam_w())).unwrap();
            count(|| {
                let training = net.training(&x, &y).validation(&x, &y).sample_weights(&weights);
                let training = training.reduce_on_plateau(ReduceOnPlateau::new(1)).eta_schedule(|_| 0.5);
                let training = training.early_stopping(EarlyStopping::new(epochs));
                let training = training.batches_per_epoch(7).on_gradients(|batch| {
                    batch.gradients_mut().scale(0.5);
                    batch.set_loss(batch.loss_sum(), batch.loss_weight())
                });
                drop(training.on_epoch(|_| ControlFlow::Continue(())).run().unwrap());
            })
        };
        networks.into_iter().map(run).collect::<Vec<_>>()
    };
    // The history and the validation losses grow by doubling, once each.
    for (few, many) in allocations(16).into_iter().zip(allocations(32)) {
        assert!(many <= few + 2, "{many} instead of {few}");
    }
}

/// The networks without a link, since a loss of one's own needs the identity.
#[test]
fn a_loss_of_one_s_own_and_metrics_allocate_nothing_per_mini_batch() {
    let allocations = |epochs| {
        let (x, y, networks) = networks::<f64>(BatchOrder::Shuffled, epochs);
        let mut weights = Array1::ones(100);
        weights[3] = 0.0;
        let run = |mut net: Dnn<f64>| {
            count(|| {
                let training = net.training(&x, &y).validation(&x, &y).validation_weights(&weights);
                let training =
                    training.metric("a", |y, p| p[[0, 0]] - y[[0, 0]]).metric("b", |_, p| p[[1, 1]]);
                let training = training.loss_fn(|answer, y, d| {
                    d[0] = y[0] - answer[0];
                    d[0] * d[0] / 2.0
                });
                drop(training.run().unwrap());
            })
        };
        networks.into_iter().filter(|net| net.config().link() == Link::Identity).map(run).collect::<Vec<_>>()
    };
    // An epoch of four mini-batches stores its metrics; the history grows by doubling.
    for (few, many) in allocations(16).into_iter().zip(allocations(32)) {
        assert!(many <= few + 16 + 2 + 6, "{many} instead of {few}");
    }
}

#[test]
fn predicting_by_compute_into_allocates_nothing() {
    let (x, _, networks) = networks::<f32>(BatchOrder::Sequential, 1);
    for net in networks {
        let mut pass = Pass::default();
        net.compute_into(&x, &mut pass).unwrap();
        for rows in [0..1, 0..100, 40..60] {
            assert_eq!(count(|| net.compute_into(&x.slice(s![rows, ..]), &mut pass).unwrap()), 0);
        }
    }
}

#[test]
fn predicting_a_row_allocates_nothing_but_its_answer() {
    let (x, _, networks) = networks::<f32>(BatchOrder::Sequential, 1);
    for net in networks {
        let (mut pass, mut y) = (Pass::default(), [0.0; 2]);
        let rows = Vec::from_iter(x.rows().into_iter().map(|row| row.to_vec()));
        net.predict_row_into(&rows[0], &mut y, &mut pass).unwrap();
        for row in &rows {
            assert_eq!(count(|| net.predict_row_into(row, &mut y, &mut pass).unwrap()), 0);
        }
        let calls = count(|| drop(net.predict_row(&rows[0]).unwrap()));
        assert!(calls <= 2, "{calls}: the answer, and the memory of the layers if they are large");
    }
}

/// With several blocks of rows, evidence, validation and early stopping. 33 and 1,000 parameters.
#[test]
fn levenberg_marquardt_allocates_nothing_per_iteration() {
    for hidden in [8, 250] {
        let x = Array2::from_shape_fn((400, 2), |(i, j)| ((i * 2 + j) as f64).sin());
        let y = Array2::from_shape_fn((400, 1), |(i, _)| x[[i, 0]] * x[[i, 1]]);
        let allocations = |iterations| {
            let builder = Dnn::builder().input_shape(2).shape([hidden, 1]).activations([Tanh, Identity]);
            let mut net: Dnn = builder.init(ndarray_dnn::Init::Glorot).build().unwrap();
            count(|| {
                let run = net.levenberg_marquardt(&x, &y).validation(&x, &y).evidence(true);
                let run = run.early_stopping(EarlyStopping::new(100)).gradient_tolerance(0.0);
                let (report, _) = run.max_iterations(iterations).run().unwrap();
                assert_eq!(report.iterations(), iterations);
            })
        };
        // The history grows by doubling.
        let (few, many) = (allocations(4), allocations(9));
        assert!(few > 0 && many <= few + 2, "{hidden}: {many} instead of {few}");
    }
}

#[test]
fn memory_is_the_data_and_a_few_times_the_parameters() {
    let shape = [300, 200, 5];
    let batch = 20;
    let fit_peak = |rows: usize, order| {
        let x = Array2::from_shape_fn((rows, 50), |(i, j)| ((i * 50 + j) as f32).cos());
        let y = Array2::from_shape_fn((rows, 5), |(i, j)| ((i + j) as f32).sin());
        let builder = Dnn::builder().input_shape(50).shape(shape).activations([Relu, Relu, Identity]);
        let mut net =
            builder.batch_order(order).minibatch_size(batch).max_epochs(2).eta(1e-4).build().unwrap();
        let bytes = peak(|| drop(net.fit(&x, &y).unwrap()));
        (bytes, net.parameter_count() * size_of::<f32>())
    };
    // Gradients, and the parameters and velocity to restore; outputs and errors of a mini-batch.
    let (few_rows, parameters) = fit_peak(100, BatchOrder::Sequential);
    let minibatch = 3 * batch * (50 + shape.iter().sum::<usize>()) * size_of::<f32>();
    assert!(few_rows <= 3 * parameters + minibatch + 2000, "{few_rows} bytes for {parameters} of parameters");
    // More rows need no more memory, except for the permutation.
    assert_eq!(fit_peak(1000, BatchOrder::Sequential).0, few_rows);
    let permutation = 1000 * size_of::<usize>();
    let (shuffled, _) = fit_peak(1000, BatchOrder::Shuffled);
    assert!(shuffled <= few_rows + permutation + minibatch, "{shuffled} bytes");
}

/// Blocks of 70 rows: the mini-batches of 30 rows run on from block to block.
struct Repeated {
    x: Array2<f32>,
    y: Array2<f32>,
    blocks: usize,
    left: usize,
}

impl Source<f32> for Repeated {
    fn begin(&mut self, _: usize) {
        self.left = self.blocks;
    }

    fn next(&mut self) -> Result<Option<Block<'_, f32>>, Box<dyn Error + Send + Sync>> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        Ok(Some(Block::new(&self.x, &self.y)))
    }
}

/// The allocations and the most bytes of a run on so many blocks.
fn of_blocks(order: BatchOrder, blocks: usize) -> [usize; 2] {
    let x = Array2::from_shape_fn((70, 40), |(i, j)| ((i * 40 + j) as f32).cos());
    let y = Array2::from_shape_fn((70, 2), |(i, j)| ((i + j) as f32).sin());
    let source = || Repeated { x: x.clone(), y: y.clone(), blocks, left: 0 };
    let net = network::<f32>(vec![33, 2], false, order, 2);
    let run = |source: &mut Repeated| drop(net.clone().training_on(source).run().unwrap());
    [count(|| run(&mut source())), peak(|| run(&mut source()))]
}

#[test]
fn a_source_allocates_nothing_per_block_and_memory_does_not_grow_with_the_blocks() {
    for order in [BatchOrder::Sequential, BatchOrder::Shuffled] {
        let few = of_blocks(order, 10);
        assert_eq!(of_blocks(order, 1000), few, "{order:?}: allocations, bytes");
        println!("{order:?}: {few:?}");
    }
}

#[test]
fn a_loss_of_many_rows_needs_no_memory_for_them() {
    let bytes = |rows: usize| {
        let x = Array2::from_shape_fn((rows, 40), |(i, j)| ((i * 40 + j) as f64).cos());
        let y = Array2::from_shape_fn((rows, 2), |(i, j)| ((i + j) as f64).sin());
        let net = network::<f64>(vec![33, 2], false, BatchOrder::Sequential, 1);
        [&x, &x.t().as_standard_layout().reversed_axes().to_owned()].map(|x| {
            peak(|| {
                net.mean_loss(x, &y).unwrap();
                net.objective(x, &y).unwrap();
            })
        })
    };
    assert_eq!(bytes(20_000), bytes(1_000));
}

#[test]
fn an_onnx_model_is_written_without_a_copy_of_the_parameters() {
    for width in [100, 1000] {
        let builder =
            Dnn::<f64>::builder().input_shape(width).shape([width, 1]).activations([Relu, Identity]);
        let net = builder.build().unwrap();
        let bytes = peak(|| net.write_onnx(std::io::sink()).unwrap());
        // A chunk of 32 kB, which may have grown by doubling, and the description of the model.
        assert!(bytes <= 70_000, "{bytes} bytes for {} parameters", net.parameter_count());
    }
}
