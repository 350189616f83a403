//! Training that diverges, and misuse at random: an error each time, and a network that is still of use.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ndarray_dnn::Activation::{Identity, Relu, Sigmoid};
use ndarray_dnn::ndarray::{Array2, ArrayRef2, array};
use ndarray_dnn::{
    Activation, BatchOrder, Dnn, DnnBuilder, Error, Gradients, Layer, Optimizer, Pass, Scalar,
};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ORDERS: [BatchOrder; 3] = [BatchOrder::Cyclic, BatchOrder::Sequential, BatchOrder::Shuffled];
const ACTIVATIONS: [Activation; 3] = [Sigmoid, Identity, Relu];

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

/// Whether every parameter and every velocity is finite.
fn is_finite<F: Scalar>(net: &Dnn<F>) -> bool {
    let velocity = net.velocity();
    net.effective_eta().is_finite()
        && net.layers().iter().enumerate().all(|(l, layer)| {
            let weights = [layer.weights(), velocity.weights(l).unwrap()];
            let biases = [layer.biases(), velocity.biases(l).unwrap()];
            weights.iter().flatten().chain(biases.iter().flatten()).all(|value| value.is_finite())
        })
}

/// What training changes, but for the generator, which cannot be seen.
fn state<F: Scalar>(net: &Dnn<F>) -> impl PartialEq + Debug {
    (net.layers().to_vec(), net.velocity().clone(), net.iterations(), net.effective_eta())
}

/// Trains what `builder` builds until it diverges, and returns the epoch and the iteration in which it did.
///
/// The network must be what it was before, if no epoch was finished; otherwise what it is after as many epochs
/// as were, where `max_epochs` ends them.
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
    // A loss is seen before the update of its mini-batch, parameters after the last one of an epoch.
    let rate = |t: usize| before.config().eta() / (t as f64).powf(before.config().decay_power());
    let updates = [iteration - 1, iteration];
    assert!(updates.iter().any(|&t| eta == if t == 0 { before.effective_eta() } else { rate(t) }), "{error}");
    let text = error.to_string();
    assert_eq!(
        text,
        format!(
            "training diverged in epoch {epoch}, iteration {iteration}, at a learning rate of {eta:?}: \
             {what} is not finite; scale the data or lower eta"
        )
    );

    if epoch == 1 {
        assert_eq!(net, before);
    } else {
        let mut twin = build(builder(order).max_epochs(epoch - 1)).unwrap();
        assert_eq!(twin.fit(x, y).unwrap().epochs(), epoch - 1);
        assert_eq!(state(&net), state(&twin));
    }
    // The same again, from where it was put back to: never a panic, never a network that is of no use.
    let put_back = net.clone();
    match net.fit(x, y) {
        Err(Error::Diverged { epoch: 1, .. }) => assert_eq!(net, put_back),
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
fn what_was_not_finite_before_is_not_blamed_on_training() {
    let (x, y) = data::<f64>(1.0);
    let spoilt = |optimizer, rate: f64, target: f64| {
        let builder = builder(BatchOrder::Sequential).input_shape(2).shape([2]).activations([Identity]);
        let mut net = builder.optimizer(optimizer).eta(rate).build().unwrap();
        let pass = net.compute(&x).unwrap();
        let d = net.error(&pass, &(&y * target)).unwrap();
        net.update(&net.bp(&pass, &d).unwrap()).unwrap();
        net
    };
    let cases = [
        (spoilt(Optimizer::Momentum, 1e300, 1e100), "the weights of a layer"),
        // The squares of the gradients overflow; parameters and velocity do not.
        (spoilt(Optimizer::adam(), 0.1, 1e180), "the mean squares"),
    ];
    for (mut net, what) in cases {
        let expected = Error::NonFinite { what, row: 0, column: 0 };
        assert_eq!(net.fit(&x, &y).unwrap_err(), expected);
        assert_eq!(net.partial_fit(&x, &y).unwrap_err(), expected);
    }
    let mut net = spoilt(Optimizer::adam(), 0.1, 1e180);
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
fn the_network_goes_back_to_the_last_finite_epoch() {
    too_much_l2_diverges_after_many_epochs::<f64>();
    too_much_l2_diverges_after_many_epochs::<f32>();
}

#[test]
fn a_rate_of_a_million_diverges_soon() {
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

#[test]
fn a_loss_that_is_not_finite_before_any_update_ends_the_fit() {
    let (x, y) = data(1e300);
    for order in ORDERS {
        for last in ACTIVATIONS {
            let build = |builder: DnnBuilder<f64>| {
                builder.input_shape(2).shape([3, 2]).activations([Sigmoid, last]).build()
            };
            assert_eq!(diverge(build, order, &x, &y), (1, 1));
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
fn an_epoch_whose_mean_loss_overflows_is_not_finite() {
    // Each mini-batch has a finite cross-entropy of 1.7e308, and no step to speak of.
    let layer = Layer::new(array![[1.7e308], [0.0]], array![0.0, 0.0], Identity).unwrap();
    let builder = Dnn::builder().softmax(true).eta(1e-300).regularization(0.0);
    let builder = builder.batch_order(BatchOrder::Sequential).minibatch_size(1).max_epochs(1);
    let mut net = builder.build_from([layer]).unwrap();
    match net.fit(&array![[1.0], [1.0]], &array![[0.0, 1.0], [0.0, 1.0]]) {
        Ok(report) => assert!(report.losses()[0].is_finite(), "{report:?}"),
        Err(error) => assert!(matches!(error, Error::Diverged { epoch: 1, .. }), "{error}"),
    }
}

#[test]
fn a_second_fit_that_diverges_keeps_what_the_first_one_learned() {
    let (x, y) = data(1.0);
    for order in ORDERS {
        let builder = builder(order).input_shape(2).shape([3, 2]).activations([Sigmoid, Identity]);
        let mut net: Dnn = builder.max_epochs(5).build().unwrap();
        net.fit(&x, &y).unwrap();
        let learned = net.clone();
        let rate = learned.effective_eta();
        // No update was made yet: the rate that is reported is the one of the first fit.
        let expected = Error::Diverged { epoch: 1, iteration: 1, eta: rate, what: "the loss" };
        assert_eq!(net.fit(&x, &(&y * 1e300)).unwrap_err(), expected);
        assert_eq!(net, learned);
        assert!(net.fit(&x, &y).is_ok());
    }
}

#[test]
fn the_generator_goes_back_as_well() {
    // Steep data diverge, flat data do not, whatever the parameters; their losses tell the permutations.
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

/// Values that settings and data take when nobody thinks.
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

/// One value in `1 / rarity` hostile, the others from −1 to 1.
fn value(rng: &mut ChaCha8Rng, rarity: u32) -> f64 {
    if rng.random_ratio(1, rarity) { *HOSTILE.choose(rng).unwrap() } else { rng.random_range(-1.0..1.0) }
}

/// Mostly `usual`, sometimes one off or nothing.
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
    let weights = (0..).map_while(|l| gradients.weights(l));
    let biases = (0..).map_while(|l| gradients.biases(l));
    weights.flatten().chain(biases.flatten()).all(|value| value.is_finite())
}

/// Builds a network and calls it anyhow; returns how many calls were answered and how many refused.
fn misuse<F: Scalar>(rng: &mut ChaCha8Rng) -> [usize; 2] {
    let Ok(mut net) = network::<F>(rng) else { return [0, 1] };
    let mut counts = [0, 0];
    let (mut pass, mut d, mut gradients) = (Pass::default(), Array2::default((0, 0)), Gradients::default());
    for _ in 0..8 {
        let rows = rng.random_range(1..6);
        let x = matrix(rng, rows, net.input_shape());
        let target_rows = if rng.random() { rows } else { pass.rows() };
        let y = targets(rng, target_rows, net.output_shape());
        let before = net.clone();
        let (d_before, gradients_before) = (d.clone(), gradients.clone());
        let call = rng.random_range(0..10);
        let outcome = match call {
            0 => net.fit(&x, &y).map(drop),
            1 => net.objective(&x, &y).map(drop),
            2 => net.predict(&x).map(|answer| assert!(answer.iter().all(|value| value.is_finite()))),
            3 => net.error(&pass, &y).and_then(|d| net.bp(&pass, &d)).map(drop),
            4 => net.loss(&pass, &y).map(drop),
            5 => net.error_into(&pass, &y, &mut d),
            6 => gradients.merge(&gradients.clone()),
            7 => net.update(&gradients),
            8 => net.bp_into(&pass, &d, &mut gradients),
            _ => {
                // A whole step by hand, so that the buffers are often of use.
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
                // Of a whole step, the verbs before the one that was refused have written.
                if call < 9 && is_all_finite(&gradients_before) {
                    assert_eq!((&d, &gradients), (&d_before, &gradients_before), "{error}");
                }
            }
        }
        if !is_finite(&net) {
            // Finite gradients times a huge rate can be too much for `update`, which does not look; `fit` does.
            assert_ne!(before.iterations(), net.iterations());
            net = before;
        }
    }
    counts
}

#[test]
fn misuse_at_random_never_panics() {
    let mut counts = [0, 0];
    for case in 0..10_000 {
        let rng = &mut ChaCha8Rng::seed_from_u64(case);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            if case % 2 == 0 { misuse::<f64>(rng) } else { misuse::<f32>(rng) }
        }));
        let [answered, refused] = outcome.unwrap_or_else(|_| panic!("case {case} panicked"));
        counts = [counts[0] + answered, counts[1] + refused];
    }
    // Neither only good nor only bad input.
    assert!(counts.iter().all(|&count| count > 10_000), "{counts:?}");
}
