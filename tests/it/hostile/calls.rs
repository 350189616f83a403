//! Random verbs with random arguments: an answer or an error, and a network that is still usable.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ndarray::{Array1, Array2};
use ndarray_dnn::training::ObjectiveScratch;
use ndarray_dnn::{Dnn, Error, Gradients, Pass, Scalar};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::common::{ACTIVATIONS, ORDERS, flat_gradients, is_finite};

/// Values that settings and data take by mistake.
const HOSTILE: [f64; 16] = [
    0.0,
    -0.0,
    5e-324,
    -1e-310,
    1e-60,
    1e-45,
    0.999_999_999,
    1.0,
    -1.0,
    1e6,
    1e38,
    -1e300,
    f64::MAX,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
];

/// One value in `rarity` is hostile, the others are between −1 and 1.
fn value(rng: &mut ChaCha8Rng, rarity: u32) -> f64 {
    if rng.random_ratio(1, rarity) { *HOSTILE.choose(rng).unwrap() } else { rng.random_range(-1.0..1.0) }
}

/// Mostly `usual`, sometimes one more, one less or 0.
fn near(rng: &mut ChaCha8Rng, usual: usize) -> usize {
    match rng.random_range(0..24) {
        0 => 0,
        1 => usual.saturating_sub(1),
        2 => usual + 1,
        _ => usual,
    }
}

fn matrix<F: Scalar>(rng: &mut ChaCha8Rng, rows: usize, columns: usize) -> Array2<F> {
    let dim = (near(rng, rows), near(rng, columns));
    let rarity = [4, 1000, 1000][rng.random_range(0..3)];
    let matrix = Array2::from_shape_simple_fn(dim, || F::from_f64(value(rng, rarity)));
    if rng.random() { matrix } else { matrix.t().as_standard_layout().to_owned().reversed_axes() }
}

/// Targets, which are distributions half the time.
fn targets<F: Scalar>(rng: &mut ChaCha8Rng, rows: usize, columns: usize) -> Array2<F> {
    let mut y = matrix(rng, rows, columns);
    if rng.random() {
        y.fill(F::zero());
        y.columns_mut().into_iter().take(1).for_each(|mut column| column.fill(F::one()));
    }
    y
}

fn network<F: Scalar>(rng: &mut ChaCha8Rng) -> Result<Dnn<F>, Error> {
    let shape = Vec::from_iter((0..rng.random_range(1..4)).map(|_| rng.random_range(1..4)));
    let mut real = |legal: &[f64]| {
        if rng.random_ratio(1, 12) { *HOSTILE.choose(rng).unwrap() } else { *legal.choose(rng).unwrap() }
    };
    let builder = Dnn::builder()
        .eta(real(&[1e-30, 0.01, 0.1, 10.0, 1e6, 1e38]))
        .threshold(real(&[0.0, 1e-5, 1e38]))
        .regularization(real(&[0.0, 1e-3, 1.0, 1e38]))
        .momentum(real(&[0.0, 0.9]))
        .decay_power(real(&[0.0, 0.5, 1e38]));
    let activations = Vec::from_iter(shape.iter().map(|_| *ACTIVATIONS.choose(rng).unwrap()));
    builder
        .input_shape(near(rng, 2))
        .shape(shape)
        .activations(activations)
        .softmax(rng.random())
        .batch_order(*ORDERS.choose(rng).unwrap())
        .minibatch_size(*[1, 2, 5, usize::MAX, 0].choose(rng).unwrap())
        .max_epochs(near(rng, 3))
        .seed(rng.random())
        .build()
}

fn is_all_finite<F: Scalar>(gradients: &Gradients<F>) -> bool {
    flat_gradients(gradients).iter().all(|value| value.is_finite())
}

/// Builds a network and makes random calls; returns the number of calls that succeeded and that failed.
fn misuse<F: Scalar>(rng: &mut ChaCha8Rng) -> [usize; 2] {
    let Ok(mut net) = network::<F>(rng) else { return [0, 1] };
    let mut counts = [0, 0];
    let (mut pass, mut d, mut gradients) = (Pass::default(), Array2::default((0, 0)), Gradients::default());
    let mut scratch = ObjectiveScratch::default();
    for _ in 0..8 {
        let rows = rng.random_range(1..6);
        let x = matrix(rng, rows, net.input_shape());
        let target_rows = if rng.random() { rows } else { pass.rows() };
        let y = targets(rng, target_rows, net.output_shape());
        let before = net.clone();
        let (d_before, gradients_before) = (d.clone(), gradients.clone());
        let call = rng.random_range(0..14);
        let outcome = match call {
            0 => net.fit(&x, &y).map(drop),
            1 => net.objective(&x, &y).map(drop),
            2 => net.predict(&x).map(|answer| assert!(answer.iter().all(|value| value.is_finite()))),
            3 => net.error(&pass, &y).and_then(|d| net.bp(&pass, &d)).map(drop),
            4 => net.loss(&pass, &y).map(drop),
            5 => net.error_into(&pass, &y, &mut d),
            6 => gradients.merge(&gradients.clone()),
            7 => net.update(&gradients),
            9 => {
                let (row, mut answer) = (x.iter().copied().collect::<Vec<_>>(), vec![F::zero(); y.ncols()]);
                let by_value = net.predict_row(&row);
                let outcome = net.predict_row_into(&row, &mut answer, &mut pass);
                assert!(answer.iter().all(|value| value.is_finite()));
                by_value.and(outcome)
            }
            8 => net.bp_into(&pass, &d, &mut gradients),
            11 => {
                let theta = matrix::<F>(rng, 1, net.parameter_count());
                let theta = Array1::from_iter(theta.iter().copied());
                let mut g = Array1::zeros(near(rng, net.parameter_count()));
                let outcome = net.objective_and_gradient(&theta, &x, &y, &mut g, &mut scratch).map(drop);
                assert!(g.iter().all(|value| value.is_finite()));
                outcome.and_then(|()| net.set_parameters(&theta))
            }
            12 => net.input_gradient(&x, &y).map(|g| assert!(g.iter().all(|value| value.is_finite()))),
            13 => {
                let row = x.iter().take(near(rng, net.input_shape())).copied().collect::<Vec<_>>();
                net.jacobian(&row).map(|j| assert!(j.iter().all(|value| value.is_finite())))
            }
            _ => {
                // A whole step by hand, so that the buffers often fit.
                let y = targets(rng, x.nrows(), net.output_shape());
                net.compute_into(&x, &mut pass)
                    .and_then(|()| net.error_into(&pass, &y, &mut d))
                    .and_then(|()| net.bp_into(&pass, &d, &mut gradients))
                    .and_then(|()| net.update(&gradients))
            }
        };
        match outcome {
            Ok(()) => counts[0] += 1,
            Err(error) => {
                counts[1] += 1;
                if !matches!(error, Error::Diverged { epoch: 2.., .. }) {
                    assert_eq!(net, before, "{error}");
                }
                // In a whole step, the verbs before the one that fails have written.
                if call != 10 && is_all_finite(&gradients_before) {
                    assert_eq!((&d, &gradients), (&d_before, &gradients_before), "{error}");
                }
            }
        }
        if !is_finite(&net) {
            // `update` does not check its result, as `fit` does: finite gradients times a huge rate can overflow.
            assert_ne!(before.iterations(), net.iterations());
            net = before;
        }
    }
    counts
}

#[test]
fn random_calls_are_an_answer_or_an_error() {
    let mut counts = [0, 0];
    for case in 0..10_000 {
        let rng = &mut ChaCha8Rng::seed_from_u64(case);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            if case % 2 == 0 { misuse::<f64>(rng) } else { misuse::<f32>(rng) }
        }));
        let [answered, refused] = outcome.unwrap_or_else(|_| panic!("case {case} panicked"));
        counts = [counts[0] + answered, counts[1] + refused];
    }
    // Both kinds of input occur.
    assert!(counts.iter().all(|&count| count > 10_000), "{counts:?}");
}
