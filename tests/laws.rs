//! Laws that hold for every network: what gives the same bits, and what must not matter.

#![allow(clippy::unwrap_used)]

mod common;

use approx::assert_abs_diff_eq;
use common::{
    ACTIVATIONS, ORDERS, assert_close, bits, flat_gradients, network, parameters, state, targets, uniform,
    velocity,
};
use ndarray::{Array1, Array2, ArrayRef2, Axis, ShapeBuilder, array, aview1, concatenate, s};
use ndarray_dnn::Activation::{Identity, Relu, Sigmoid};
use ndarray_dnn::BatchOrder::{Cyclic, Sequential, Shuffled};
use ndarray_dnn::{Config, Dnn, DnnBuilder, Gradients, Layer, Pass, Scalar, StopReason};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The seed of all parameters and data here.
const SEED: u64 = 2024;

/// Another order of a few thousand additions of numbers below 10.
const ROUNDING: f64 = 1e-12;
/// The same in f32.
const ROUNDING_F32: f64 = 1e-5;

/// A network with two hidden layers, and `rows` rows of data for it.
fn example<F: Scalar>(builder: DnnBuilder<F>, softmax: bool, rows: usize) -> (Dnn<F>, Array2<F>, Array2<F>) {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    let net = network(builder.softmax(softmax), &[3, 5, 4, 2], &[Sigmoid, Relu, Identity], generator);
    (net, uniform(rows, 3, generator), targets(rows, 2, softmax, generator))
}

// `fit` and the verbs

/// The rows of each mini-batch of a whole fit that no threshold stops.
fn minibatches(config: &Config, n: usize) -> Vec<Vec<usize>> {
    let m = config.minibatch_size();
    let mut permutations = ChaCha8Rng::seed_from_u64(config.seed());
    permutations.set_stream(1);
    let epoch = |_| {
        let mut rows = Vec::from_iter(0..n);
        if config.batch_order() == Shuffled {
            rows.shuffle(&mut permutations);
        }
        Vec::from_iter(rows.chunks(m).map(<[usize]>::to_vec))
    };
    match config.batch_order() {
        Cyclic => {
            let starts = (0..config.max_epochs() * n).map(|i| i as u128 * m as u128 % n as u128);
            starts.map(|start| Vec::from_iter((start as usize..n).take(m))).collect()
        }
        _ => (0..config.max_epochs()).flat_map(epoch).collect(),
    }
}

/// One set of buffers for the `_into` verbs.
#[derive(Default)]
struct Buffers<F: Scalar> {
    pass: Pass<F>,
    d: Array2<F>,
    gradients: Gradients<F>,
}

/// `fit` by hand, the verbs giving values; with buffers by the `_into` verbs. Returns the losses of the epochs.
fn fit_by_hand<F: Scalar>(
    net: &mut Dnn<F>,
    x: &ArrayRef2<F>,
    y: &ArrayRef2<F>,
    mut buffers: Option<&mut Buffers<F>>,
) -> Vec<f64> {
    let minibatches = minibatches(net.config(), x.nrows());
    let mut losses = Vec::new();
    for (i, rows) in minibatches.iter().enumerate() {
        let (x, y) = (x.select(Axis(0), rows), y.select(Axis(0), rows));
        let is_updated = net.config().batch_order() != Cyclic || i + 1 < minibatches.len();
        if let Some(Buffers { pass, d, gradients }) = buffers.as_deref_mut() {
            net.compute_into(&x, pass).unwrap();
            losses.push(net.loss(pass, &y).unwrap());
            net.error_into(pass, &y, d).unwrap();
            net.bp_into(pass, d, gradients).unwrap();
            if is_updated {
                net.update(gradients).unwrap();
            }
        } else {
            let pass = net.compute(&x).unwrap();
            losses.push(net.loss(&pass, &y).unwrap());
            let d = net.error(&pass, &y).unwrap();
            let gradients = net.bp(&pass, &d).unwrap();
            if is_updated {
                net.update(&gradients).unwrap();
            }
        }
    }
    let epochs = losses.chunks(minibatches.len() / net.config().max_epochs());
    epochs.map(|losses| losses.iter().sum::<f64>() / losses.len() as f64).collect()
}

fn check_fit_by_hand<F: Scalar>() {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    let mut buffers = Buffers::<F>::default();
    for order in ORDERS {
        for softmax in [false, true] {
            for hidden in ACTIVATIONS {
                for minibatch_size in [1, 4, 9, 11, 12, usize::MAX] {
                    let builder = Dnn::builder().softmax(softmax).batch_order(order);
                    let builder = builder.minibatch_size(minibatch_size).max_epochs(3).threshold(0.0).seed(5);
                    let mut net =
                        network::<F>(builder, &[3, 5, 4, 2], &[hidden, Sigmoid, Identity], generator);
                    let (x, y) = (uniform(11, 3, generator), targets(11, 2, softmax, generator));
                    let mut by_hand = [net.clone(), net.clone()];
                    let losses = [
                        fit_by_hand(&mut by_hand[0], &x, &y, None),
                        fit_by_hand(&mut by_hand[1], &x, &y, Some(&mut buffers)),
                    ];

                    let report = net.fit(&x, &y).unwrap();
                    let context = format!("{order:?}, softmax {softmax}, {hidden}, {minibatch_size} rows");
                    for (by_hand, losses) in by_hand.iter().zip(losses) {
                        assert_eq!(bits(&aview1(report.losses())), bits(&aview1(&losses)), "{context}");
                        assert_eq!(state(&net), state(by_hand), "{context}");
                        assert_eq!(net.iterations(), by_hand.iterations(), "{context}");
                        assert_eq!(net.effective_eta(), by_hand.effective_eta(), "{context}");
                    }
                }
            }
        }
    }
}

#[test]
fn fit_is_the_verbs_bit_for_bit() {
    check_fit_by_hand::<f64>();
    check_fit_by_hand::<f32>();
}

#[test]
fn cyclic_makes_one_update_fewer_than_it_computes() {
    for (order, computed, updates) in [(Cyclic, 3 * 11, 3 * 11 - 1), (Sequential, 9, 9), (Shuffled, 9, 9)] {
        let builder = Dnn::builder().batch_order(order).minibatch_size(4).max_epochs(3).threshold(0.0);
        let (mut net, x, y) = example::<f64>(builder, false, 11);
        let report = net.fit(&x, &y).unwrap();
        assert_eq!(
            (report.epochs(), report.iterations(), net.iterations()),
            (3, computed, updates),
            "{order:?}"
        );
        assert_eq!(net.effective_eta(), 0.1 / (updates as f64).powf(0.5), "{order:?}");
    }
}

#[test]
fn the_threshold_stops() {
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

        // Where the last epoch is also the one below the threshold, its number is named.
        let (epochs, layers) = (report.epochs(), example::<f64>(builder(0.0), false, 11).0.layers().to_vec());
        let mut again = builder(threshold).max_epochs(epochs).build_from(layers).unwrap();
        assert_eq!(again.fit(&x, &y).unwrap().stop_reason(), StopReason::MaxEpochs, "{order:?}");
        assert_eq!(state(&again), state(&net), "{order:?}");
    }
}

// Going on

#[test]
fn a_second_fit_goes_on_with_weights_velocity_and_permutations() {
    for order in [Sequential, Shuffled] {
        let fit = |epochs, times| {
            // Without decay, so that it does not matter that iterations start over.
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
fn a_second_fit_from_rest_is_a_first_one_with_the_weights() {
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
fn effective_eta_is_the_rate_of_the_last_update() {
    let (mut net, x, y) = example::<f64>(Dnn::builder().eta(0.3).max_epochs(1), false, 1);
    assert_eq!(net.effective_eta(), 0.3);
    let pass = net.compute(&x).unwrap();
    let gradients = net.bp(&pass, &net.error(&pass, &y).unwrap()).unwrap();
    for t in 1..=4 {
        net.update(&gradients).unwrap();
        assert_eq!((net.iterations(), net.effective_eta()), (t, 0.3 / (t as f64).powf(0.5)));
    }
    // One row, one epoch: the document's loop stops before its only update.
    let report = net.fit(&x, &y).unwrap();
    assert_eq!((report.iterations(), net.iterations(), net.effective_eta()), (1, 0, 0.15));
    assert_eq!(report.history()[0].eta(), 0.15);
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

#[test]
fn networks_can_be_sent_and_shared() {
    fn is_send_and_sync<T: Send + Sync + 'static>() {}
    is_send_and_sync::<Dnn<f64>>();
    is_send_and_sync::<Dnn<f32>>();
}

// Seeds

/// The seed of the frozen numbers.
const FROZEN: u64 = 42;

/// The first and the last parameter that it draws for sizes 2, 3, 1.
///
/// Another number here is a value-breaking change, which belongs into the README's list.
const DRAWN: [f64; 2] = [0.006818961923066714, 0.009569902689161412];

/// The weight and the bias after two epochs over rows that it permutes; another number is value-breaking too.
///
/// All arithmetic is exact: only the permutations decide, no rounding does.
const SHUFFLED: [f64; 2] = [15_495.0 / 16_384.0, 388_477.0 / 131_072.0];

#[test]
fn a_seed_draws_these_values() {
    fn drawn<F: Scalar>() -> Array1<f64> {
        let builder = Dnn::<F>::builder().input_shape(2).shape([3, 1]).activations([Sigmoid, Identity]);
        parameters(builder.seed(FROZEN).build().unwrap().layers())
    }
    let found = drawn::<f64>();
    assert_eq!([found[0], found[found.len() - 1]], DRAWN);
    // W₁ row by row, b₁, W₂, b₂, each u/100 of the seed's generator; in f32 the same, rounded.
    let mut generator = ChaCha8Rng::seed_from_u64(FROZEN);
    assert_eq!(found, found.mapv(|_| generator.random::<f64>() / 100.0));
    assert_eq!(drawn::<f32>(), found.mapv(|value| f64::from(value as f32)));
}

#[test]
fn a_seed_shuffles_into_these_orders() {
    let layer = Layer::new(array![[0.0]], array![0.0], Identity).unwrap();
    let builder =
        Dnn::builder().batch_order(Shuffled).minibatch_size(1).max_epochs(2).threshold(0.0).seed(FROZEN);
    let builder = builder.eta(0.25).momentum(0.0).decay_power(0.0).regularization(0.0);
    let mut net = builder.build_from([layer]).unwrap();
    let x = array![[-2.0], [-1.0], [0.0], [1.0], [2.0], [1.0]];
    let y = array![[1.0], [5.0], [2.0], [-3.0], [4.0], [7.0]];
    net.fit(&x, &y).unwrap();
    assert_eq!(parameters(net.layers()).to_vec(), SHUFFLED);
}

#[test]
fn the_seed_alone_decides() {
    for order in ORDERS {
        let fit = |seed| {
            let builder = Dnn::<f64>::builder().input_shape(3).shape([4, 2]).activations([Sigmoid, Identity]);
            let mut net = builder.batch_order(order).max_epochs(2).seed(seed).build().unwrap();
            let (_, x, y) = example(Dnn::builder(), false, 11);
            net.fit(&x, &y).unwrap();
            state(&net)
        };
        assert_eq!(fit(1), fit(1), "{order:?}");
        assert_ne!(fit(1), fit(2), "{order:?}");
    }
    // The permutations too, from the same start.
    let shuffled = |seed| {
        let builder = Dnn::builder().batch_order(Shuffled).max_epochs(2).seed(seed);
        let (mut net, x, y) = example::<f64>(builder, false, 11);
        net.fit(&x, &y).unwrap();
        state(&net)
    };
    assert_eq!(shuffled(1), shuffled(1));
    assert_ne!(shuffled(1), shuffled(2));
}

// What must not matter

/// The same values in every memory layout; what lies between them is NaN.
fn layouts<F: Scalar>(array: &Array2<F>) -> [(&'static str, Array2<F>); 5] {
    let (rows, columns) = array.dim();
    let gap = F::nan();
    let mut layouts = [
        ("C", Array2::from_elem((rows, columns), gap)),
        ("F", Array2::from_elem((rows, columns).f(), gap)),
        ("rows apart", Array2::from_elem((rows, columns + 2), gap).slice_move(s![.., 1..=columns])),
        ("strided", Array2::from_elem((2 * rows, 2 * columns), gap).slice_move(s![..;2, 1..;2])),
        ("reversed", Array2::from_elem((rows, columns), gap).slice_move(s![..;-1, ..;-1])),
    ];
    layouts.iter_mut().for_each(|(_, other)| other.assign(array));
    layouts
}

fn check_layouts<F: Scalar>(softmax: bool) {
    let builder = |order| Dnn::builder().softmax(softmax).batch_order(order).minibatch_size(4).max_epochs(2);
    let (net, x, y) = example::<F>(builder(Cyclic), softmax, 11);
    // Everything that a network answers to x and y, its error being handed on in the layout of `buffer`.
    let answers = |x: &Array2<F>, y: &Array2<F>, buffer: &Array2<F>| {
        let pass = net.compute(x).unwrap();
        let mut d = buffer.clone();
        net.error_into(&pass, y, &mut d).unwrap();
        let mut laid_out = buffer.clone();
        laid_out.assign(&d);
        let gradients = flat_gradients(&net.bp(&pass, &laid_out).unwrap());
        let numbers = aview1(&[net.loss(&pass, y).unwrap(), net.objective(x, y).unwrap()]).to_owned();
        let predictions = net.predict(x).unwrap();
        let mut answers =
            vec![bits(&pass.output()), bits(&d), bits(&gradients), bits(&numbers), bits(&predictions)];
        for order in ORDERS {
            let mut net = builder(order).build_from(net.layers().to_vec()).unwrap();
            net.fit(x, y).unwrap();
            answers.push(state(&net));
        }
        answers
    };
    let expected = answers(&x, &y, &y);
    for (x_layout, x) in layouts(&x) {
        for ((y_layout, y), (d_layout, d)) in layouts(&y).into_iter().zip(layouts(&y).into_iter().rev()) {
            let context = format!("softmax {softmax}, x {x_layout}, y {y_layout}, d {d_layout}");
            assert_eq!(answers(&x, &y, &d), expected, "{context}");
        }
    }
}

#[test]
fn every_memory_layout_gives_the_same_bits() {
    for softmax in [false, true] {
        check_layouts::<f64>(softmax);
        check_layouts::<f32>(softmax);
    }
}

/// More rows than two of the blocks in which `predict` and `objective` work.
const MANY_ROWS: usize = 600;

fn check_row_by_row<F: Scalar>(softmax: bool, tolerance: f64) {
    let (net, x, y) = example::<F>(Dnn::builder().regularization(0.0), softmax, MANY_ROWS);
    let as_f64 = |array: Array2<F>| array.mapv(F::as_f64);
    let predictions = as_f64(net.predict(&x).unwrap());
    assert_close("computed", &net.compute(&x).unwrap().output(), &predictions, tolerance);
    let mut objectives = Vec::new();
    for i in 0..MANY_ROWS {
        let [x, y] = [&x, &y].map(|data| data.slice(s![i..=i, ..]));
        let expected = predictions.slice(s![i..=i, ..]);
        assert_close(&format!("row {i}"), &net.predict(&x).unwrap(), &expected, tolerance);
        objectives.push(net.objective(&x, &y).unwrap());
    }
    let mean = objectives.iter().sum::<f64>() / MANY_ROWS as f64;
    let objective = net.objective(&x, &y).unwrap();
    assert!((objective - mean).abs() < tolerance, "objective {objective}, row by row {mean}");
}

#[test]
fn one_row_at_a_time_is_all_at_once() {
    for softmax in [false, true] {
        check_row_by_row::<f64>(softmax, ROUNDING);
        check_row_by_row::<f32>(softmax, ROUNDING_F32);
    }
}

/// The parameters after 20 steps over a full batch, and the losses.
fn fit_full_batch(softmax: bool, x: &Array2<f64>, y: &Array2<f64>) -> (Vec<f64>, Vec<f64>) {
    let builder =
        Dnn::builder().batch_order(Sequential).minibatch_size(usize::MAX).max_epochs(20).threshold(0.0);
    let (mut net, ..) = example(builder, softmax, 1);
    let report = net.fit(x, y).unwrap();
    assert_eq!(report.iterations(), 20);
    (parameters(net.layers()).to_vec(), report.losses().to_vec())
}

#[test]
fn duplicating_every_row_or_reordering_them_changes_no_full_batch() {
    for softmax in [false, true] {
        let (_, x, y) = example(Dnn::builder(), softmax, 11);
        let mut order = Vec::from_iter(0..11);
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED));
        let (expected, losses) = fit_full_batch(softmax, &x, &y);
        let twice = [&x, &y].map(|data| concatenate![Axis(0), *data, *data]);
        let reordered = [&x, &y].map(|data| data.select(Axis(0), &order));
        for (what, [x, y]) in [("twice", twice), ("reordered", reordered)] {
            let found = fit_full_batch(softmax, &x, &y);
            let context = format!("{what}, softmax {softmax}");
            assert_close(&context, &aview1(&found.0), &aview1(&expected), ROUNDING);
            assert_close(&context, &aview1(&found.1), &aview1(&losses), ROUNDING);
        }
    }
}

#[test]
fn merged_parts_are_the_whole_batch() {
    for softmax in [false, true] {
        let (net, x, y) = example::<f64>(Dnn::builder(), softmax, 11);
        let gradients = |start: usize, end: usize| {
            let [x, y] = [&x, &y].map(|data| data.slice(s![start..end, ..]));
            let pass = net.compute(&x).unwrap();
            net.bp(&pass, &net.error(&pass, &y).unwrap()).unwrap()
        };
        let mut merged = Gradients::default();
        for (start, end) in [(0, 1), (1, 7), (7, 11)] {
            merged.merge(&gradients(start, end)).unwrap();
            assert_eq!(merged.weight(), end as f64);
        }
        merged.merge(&gradients(0, 11)).unwrap();
        assert_eq!(merged.weight(), 22.0);
        assert_close("merged", &flat_gradients(&merged), &flat_gradients(&gradients(0, 11)), ROUNDING);
    }
}

// The step

#[test]
fn without_momentum_a_step_is_plain_descent() {
    let (eta, lambda) = (0.3, 0.01);
    let builder = Dnn::builder().momentum(0.0).eta(eta).regularization(lambda).decay_power(0.2);
    let (mut net, x, y) = example::<f64>(builder, false, 11);
    for t in 1..=5 {
        let pass = net.compute(&x).unwrap();
        let gradients = net.bp(&pass, &net.error(&pass, &y).unwrap()).unwrap();
        let theta = parameters(net.layers());
        let rate = eta / f64::from(t).powf(0.2);
        let expected = &theta - rate * (flat_gradients(&gradients) + lambda * &theta);
        net.update(&gradients).unwrap();
        // One step is four roundings.
        assert_close(&format!("step {t}"), &parameters(net.layers()), &expected, 1e-15);
    }
}

#[test]
fn with_momentum_the_velocity_is_kept() {
    let (mut net, x, y) = example::<f64>(Dnn::builder().momentum(0.7).regularization(0.0), false, 11);
    let pass = net.compute(&x).unwrap();
    let gradients = net.bp(&pass, &net.error(&pass, &y).unwrap()).unwrap();
    for t in 1..=5 {
        let (theta, v) = (parameters(net.layers()), velocity(&net));
        net.update(&gradients).unwrap();
        let expected = 0.7 * v - 0.1 / f64::from(t).powf(0.5) * flat_gradients(&gradients);
        assert_close(&format!("velocity {t}"), &velocity(&net), &expected, 1e-15);
        assert_close(&format!("parameters {t}"), &parameters(net.layers()), &(theta + velocity(&net)), 1e-15);
    }
}

#[test]
fn l2_is_half_lambda_theta_squared_in_the_objective() {
    let lambda = 0.3;
    for softmax in [false, true] {
        let objective = |lambda| {
            let (net, x, y) = example::<f64>(Dnn::builder().regularization(lambda), softmax, 11);
            (net.objective(&x, &y).unwrap(), parameters(net.layers()))
        };
        let ((with, theta), (without, _)) = (objective(lambda), objective(0.0));
        assert!((with - without - 0.5 * lambda * theta.dot(&theta)).abs() < ROUNDING, "softmax {softmax}");
    }
}

#[test]
fn the_shrink_of_l2_does_not_depend_on_the_batch_size() {
    let (eta, lambda) = (0.5, 0.1);
    for rows in [1, 5, 40] {
        let (mut net, x, _) = example::<f64>(Dnn::builder().eta(eta).regularization(lambda), false, rows);
        let pass = net.compute(&x).unwrap();
        // Targets that are met: all that is left to descend is the penalty.
        let d = net.error(&pass, &pass.output()).unwrap();
        let before = parameters(net.layers());
        net.update(&net.bp(&pass, &d).unwrap()).unwrap();
        let expected = before * (1.0 - eta * lambda);
        assert_close(&format!("{rows} rows"), &parameters(net.layers()), &expected, 1e-15);
    }
}

#[test]
fn softmax_ignores_a_constant_added_to_all_logits() {
    let (net, x, y) = example::<f64>(Dnn::builder().regularization(0.0), true, 11);
    let answers = |net: &Dnn| {
        let pass = net.compute(&x).unwrap();
        let gradients = flat_gradients(&net.bp(&pass, &net.error(&pass, &y).unwrap()).unwrap());
        (pass.output().to_owned(), gradients, net.objective(&x, &y).unwrap())
    };
    let (output, gradients, objective) = answers(&net);
    for constant in [-1000.0, -3.0, 50.0, 1000.0] {
        let mut layers = net.layers().to_vec();
        let last = layers.pop().unwrap();
        let (weights, biases) = (last.weights().to_owned(), last.biases().to_owned() + constant);
        layers.push(Layer::new(weights, biases, last.activation()).unwrap());
        let builder = Dnn::builder().softmax(true).regularization(0.0);
        let shifted = answers(&builder.build_from(layers).unwrap());
        // A logit of 1000 is rounded to 1e-13.
        assert_close(&format!("output + {constant}"), &shifted.0, &output, ROUNDING);
        assert_close(&format!("gradients + {constant}"), &shifted.1, &gradients, ROUNDING);
        assert!((shifted.2 - objective).abs() < ROUNDING, "objective + {constant}");
    }
}

#[test]
fn the_cross_entropy_is_not_lost_beside_large_logits() {
    let logits = |values: [f64; 3]| {
        let layer = Layer::new(Array2::zeros((3, 1)), Array1::from_iter(values), Identity).unwrap();
        Dnn::builder().softmax(true).regularization(0.0).build_from([layer]).unwrap()
    };
    let (x, y) = (array![[0.0]], array![[1.0, 0.0, 0.0]]);
    let expected = (2.0 * (-10.0_f64).exp()).ln_1p();
    for c in [0.0, 100.0, 1e5] {
        let net = logits([c + 10.0, c, c]);
        let loss = net.loss(&net.compute(&x).unwrap(), &y).unwrap();
        assert_abs_diff_eq!(loss, expected, epsilon = 1e-15);
        assert_abs_diff_eq!(net.objective(&x, &y).unwrap(), expected, epsilon = 1e-15);
    }
    assert_abs_diff_eq!(logits([1e17; 3]).objective(&x, &y).unwrap(), 3_f64.ln(), epsilon = 1e-15);
}
