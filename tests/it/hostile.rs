//! Random settings, data and calls, legal and illegal: an answer or an error, never a panic.

mod calls;

use std::ops::ControlFlow::{Break, Continue};

use ndarray::Array1;
use ndarray_dnn::Activation::Identity;
use ndarray_dnn::{EarlyStopping, Error, Init, Optimizer, ReduceOnPlateau, Schedule};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::common::runs::{OPTIMIZERS, ROWS, example};
use crate::common::{ACTIVATIONS, Head, ORDERS, is_finite};

#[test]
fn random_settings_train_or_are_refused() {
    let mut counts = [0, 0];
    for seed in 0..3000 {
        let generator = &mut ChaCha8Rng::seed_from_u64(seed);
        let order = ORDERS[generator.random_range(0..3)];
        let optimizer = match generator.random_range(0..OPTIMIZERS.len() + 1) {
            0 => Optimizer::Adam {
                beta1: pick(generator, &[0.0, 0.9, 0.9, 0.9, 1.0 - 1e-16, 1.0, f64::NAN]),
                beta2: pick(generator, &[0.0, 0.999, 0.999, 1.0 - 1e-16, -0.1]),
                epsilon: pick(generator, &[1e-8, 1e-8, 5e-324, 1e300, 0.0]),
            },
            i => OPTIMIZERS[i - 1],
        };
        let head = Head::ALL[generator.random_range(0..Head::ALL.len())];
        let (mut builder, x, mut y) = example::<f64>(order, optimizer, head);
        let hidden = ACTIVATIONS[generator.random_range(0..ACTIVATIONS.len())];
        let slope =
            ndarray_dnn::Activation::LeakyRelu { slope: pick(generator, &[0.0, 0.1, 0.1, 0.2, 1e300, -0.1]) };
        builder =
            builder.activations([pick(generator, &[hidden, slope]), pick(generator, &[Identity, hidden])]);
        builder = builder.eta(pick(generator, &[1e-300, 0.01, 0.01, 0.1, 1.0, 1e6, 1e300, f64::MAX]));
        builder = builder.minibatch_size(pick(generator, &[1, 3, 4, usize::MAX]));
        builder = builder.decay_power(pick(generator, &[0.0, 0.5, 1e300]));
        builder = builder.regularization(pick(generator, &[0.0, 1e-3, 1e-3, 0.1, 1e300]));
        builder = builder.regularize_biases(generator.random());
        if generator.random_bool(0.3) {
            let schedule = Schedule::Cosine {
                epochs: pick(generator, &[1, 2, 3, 3, usize::MAX, 0]),
                warm_up: pick(generator, &[0, 0, 0, 1, 2, usize::MAX]),
                floor: pick(generator, &[0.0, 0.0, 0.1, 1.0, -1.0]),
            };
            let step = Schedule::Step { every: pick(generator, &[1, 2, usize::MAX]), factor: 5e-324 };
            builder = builder.schedule(pick(generator, &[schedule, schedule, step, Schedule::one_cycle(2)]));
            builder = builder.clip_norm(pick(generator, &[None, Some(1.0), Some(5e-324), Some(f64::MAX)]));
            builder = builder.max_norm(pick(generator, &[None, Some(1.0), Some(5e-324), Some(f64::MAX)]));
            builder = builder.l1(pick(generator, &[0.0, 0.01, 0.01, 1e300, f64::NAN]));
        }
        if generator.random_bool(0.2) {
            builder = builder.momentum(pick(generator, &[0.0, 0.99, 1.0]));
        }
        if generator.random_bool(0.1) {
            builder = builder.softmax(generator.random());
        }
        if matches!(head, Head::BinaryCrossEntropy) && generator.random() {
            let weights = [1.0, 3.0, 3.0, 1e300, f64::MAX, 5e-324, 0.0, f64::NAN];
            builder = builder.label_weights([0.5, pick(generator, &weights)]);
            builder = builder.positive_weights([pick(generator, &weights), 2.0]);
        }
        let bounds = [-1.0, 0.0, 1.0, f64::MAX, f64::MIN, f64::NAN];
        if generator.random_bool(0.2) {
            builder =
                builder.init(Init::Uniform { low: pick(generator, &bounds), high: pick(generator, &bounds) });
        }
        if generator.random_bool(0.05) {
            y[[3, 1]] = pick(generator, &[-1.0, 2.0, f64::INFINITY, 1e300]);
        }
        let mut weights = Array1::from_shape_simple_fn(ROWS, || pick(generator, &[0.0, 1.0, 0.3]));
        weights[0] = pick(generator, &[1.0, 1.0, 0.0, 1e300, 5e-324, -1.0, f64::INFINITY]);
        let mut net = match builder.build() {
            Ok(net) => net,
            Err(error) => {
                assert!(!error.to_string().is_empty());
                counts[1] += 1;
                continue;
            }
        };
        for _ in 0..3 {
            let before = net.clone();
            let mut training = net.training(&x, &y).max_epochs(generator.random_range(0..9));
            if generator.random() {
                training = training.validation(&x, &y);
            }
            if generator.random_bool(0.4) {
                let min_delta = pick(generator, &[0.0, 0.0, 0.0, 0.1, 0.1, 1e300, -1.0, f64::NAN]);
                let early_stopping = EarlyStopping::new(pick(generator, &[0, 1, 1, 2, 2, 3, usize::MAX]));
                training = training.early_stopping(early_stopping.min_delta(min_delta));
            }
            if generator.random_bool(0.3) {
                let settings = ReduceOnPlateau::new(pick(generator, &[0, 1, 1, 1, 2, usize::MAX]));
                let factor = pick(generator, &[5e-324, 0.1, 0.5, 0.5, 1.0, f64::NAN]);
                let settings = settings.factor(factor).min_eta(pick(generator, &[0.0, 0.0, 1e300]));
                training = training.reduce_on_plateau(settings);
            }
            if generator.random() {
                training = training.sample_weights(&weights);
            }
            if generator.random() {
                training = training.resume();
            }
            let last = generator.random_range(1..5);
            if generator.random() {
                training = training
                    .on_epoch(move |e| if e.report().epoch() < last { Continue(()) } else { Break(()) });
            }
            let outcome = training.run();
            if let Ok(report) = &outcome {
                assert!(report.losses().iter().all(|loss| loss.is_finite()));
            } else if !matches!(outcome, Err(Error::Diverged { epoch: 2.., .. })) {
                assert_eq!(net, before);
            }
            counts[usize::from(outcome.is_err())] += 1;
            assert!(is_finite(&net));
            let before = net.clone();
            if net.partial_fit(&x, &y).is_err() {
                assert_eq!(net, before);
            }
        }
    }
    assert!(counts.iter().all(|&count| count > 1000), "{counts:?}");
}

fn pick<T: Copy>(generator: &mut ChaCha8Rng, choices: &[T]) -> T {
    choices[generator.random_range(0..choices.len())]
}
