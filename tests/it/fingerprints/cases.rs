//! The runs, and what is frozen of each. The data come from integers and one division, so they are the same everywhere.

use ndarray::{Array1, Array2, ArrayRef2, Axis, s};
use ndarray_dnn::Activation::{self, *};
use ndarray_dnn::BatchOrder::{self, *};
use ndarray_dnn::training::Training;
use ndarray_dnn::{
    Dnn, DnnBuilder, EarlyStopping, Error, Gradients, Init, Optimizer, ReduceOnPlateau, Scalar, Schedule,
    Shards, StandardScaler, balanced_weights, metrics, permutation, stratified_split, train_test_split,
};

use crate::common::Head::{self, *};

/// The hash FNV-1a of 64 bits.
pub(crate) struct Hash(pub(crate) u64);

impl Hash {
    pub(crate) const NEW: Self = Self(0xcbf2_9ce4_8422_2325);

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        self.0 = bytes.iter().fold(self.0, step);
    }
}

/// The hash of the bits of numbers.
fn hash<F: Scalar>(values: impl IntoIterator<Item = F>) -> u64 {
    let mut hash = Hash::NEW;
    values.into_iter().for_each(|value| hash.add(&value.as_f64().to_le_bytes()));
    hash.0
}

/// What is frozen of a run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// The fingerprints of the initial and of the final parameters, and the hashes of the losses and of the
    /// predictions.
    pub(crate) bits: [u64; 4],
    /// The last loss, and the sum of the magnitudes of all parameters.
    pub(crate) loss: f64,
    pub(crate) magnitude: f64,
}

/// A number in [−1, 1) for a row and a column.
fn number(row: usize, column: usize) -> f64 {
    ((row * 37 + column * 101 + row * column * 13 + 59) % 199) as f64 / 99.5 - 1.0
}

/// (rows, columns)
pub(crate) fn x<F: Scalar>(rows: usize, columns: usize) -> Array2<F> {
    Array2::from_shape_fn((rows, columns), |(i, j)| F::from_f64(number(i, j)))
}

/// A class for each row.
fn labels(rows: usize, classes: usize) -> Vec<usize> {
    (0..rows).map(|i| i * i * 7 % 11 % classes).collect()
}

/// Targets (rows, columns) that go with a loss: distributions, counts and shares, or numbers.
fn y<F: Scalar>(head: Head, rows: usize, columns: usize) -> Array2<F> {
    let labels = labels(rows, columns);
    Array2::from_shape_fn((rows, columns), |(i, j)| {
        F::from_f64(match head {
            Softmax | Smoothed => f64::from(u8::from(labels[i] == j)),
            BinaryCrossEntropy | Poisson => number(j + 3, i).abs(),
            _ => number(j + 3, i),
        })
    })
}

/// Weights of rows, some of them 0.
fn weights<F: Scalar>(rows: usize) -> Array1<F> {
    Array1::from_shape_fn(rows, |i| F::from_f64((i * 5 % 7) as f64 / 4.0))
}

/// Trains, and returns what is frozen.
fn outcome<F: Scalar>(
    mut net: Dnn<F>,
    x: &ArrayRef2<F>,
    train: impl FnOnce(&mut Dnn<F>) -> Vec<f64>,
) -> Outcome {
    let initial = net.fingerprint();
    let losses = train(&mut net);
    let predicted = net.predict(x).unwrap();
    let of_a_row = net.predict_row(x.row(0).as_slice().unwrap()).unwrap();
    let predictions = hash(predicted.iter().copied().chain(of_a_row));
    let parameters = net.layers().iter().flat_map(|layer| {
        Vec::from_iter(layer.weights().iter().chain(layer.biases()).map(|value| value.as_f64().abs()))
    });
    let (loss, magnitude) = (*losses.last().unwrap(), parameters.sum());
    Outcome { bits: [initial, net.fingerprint(), hash(losses), predictions], loss, magnitude }
}

/// A run of `training`, with options.
fn trained<F: Scalar>(
    builder: DnnBuilder<F>,
    [x, y]: [&ArrayRef2<F>; 2],
    options: impl for<'a> FnOnce(Training<'a, F>, &'a Weights<F>) -> Training<'a, F>,
) -> Outcome {
    let weights = weights(x.nrows());
    outcome(builder.build().unwrap(), x, |net| {
        options(net.training(x, y), &weights).run().unwrap().losses().to_vec()
    })
}

/// A run without options.
fn fitted<F: Scalar>(builder: DnnBuilder<F>, data: [&ArrayRef2<F>; 2]) -> Outcome {
    trained(builder, data, |training, _| training)
}

/// Weights for the options of a run.
type Weights<F> = Array1<F>;

/// A network of these sizes n₀ … n_L whose last layer is the identity.
fn builder<F: Scalar>(sizes: &[usize], hidden: Activation, order: BatchOrder) -> DnnBuilder<F> {
    let layers = sizes.len() - 1;
    let activations = (1..=layers).map(|l| if l < layers { hidden } else { Identity });
    let builder = Dnn::builder().input_shape(sizes[0]).shape(sizes[1..].iter().copied());
    let builder = builder.activations(activations).init(Init::Glorot).batch_order(order).seed(11);
    builder.minibatch_size(5).max_epochs(if order == Cyclic { 2 } else { 4 }).threshold(0.0).eta(0.05)
}

/// Every activation, optimizer, loss, order and initial distribution.
fn plain<F: Scalar>() -> Vec<(String, Outcome)> {
    const MOMENTUM: Optimizer = Optimizer::Momentum;
    const NESTEROV: Optimizer = Optimizer::Nesterov;
    const ADAM: Optimizer = Optimizer::adam();
    const ADAM_W: Optimizer = Optimizer::adam_w();
    const RMS: Optimizer = Optimizer::rms_prop();
    const UNIFORM: Init = Init::Uniform { low: -0.5, high: 0.7 };
    let cases = [
        (Sigmoid, MOMENTUM, Article, Cyclic, UNIFORM),
        (Identity, NESTEROV, Softmax, Sequential, Init::Glorot),
        (Relu, ADAM, Squared, Shuffled, Init::He),
        (Tanh, ADAM_W, BinaryCrossEntropy, Cyclic, Init::Glorot),
        (LeakyRelu { slope: 0.1 }, RMS, Absolute, Sequential, Init::He),
        (Elu { alpha: 0.7 }, MOMENTUM, Huber, Shuffled, Init::LeCun),
        (Selu, NESTEROV, Quantile, Cyclic, Init::LeCun),
        (Softplus, ADAM, Poisson, Sequential, UNIFORM),
        (Softsign, ADAM_W, Smoothed, Shuffled, Init::Glorot),
        (Gelu, RMS, Article, Cyclic, Init::He),
        (Silu, MOMENTUM, Softmax, Sequential, Init::LeCun),
        (Relu, NESTEROV, Softmax, Shuffled, Init::He),
        (Tanh, ADAM, Article, Sequential, Init::Glorot),
        (Sigmoid, ADAM, BinaryCrossEntropy, Shuffled, Init::Glorot),
        (Gelu, MOMENTUM, Poisson, Shuffled, Init::LeCun),
        (Silu, ADAM_W, Quantile, Sequential, Init::He),
        (Elu { alpha: 1.0 }, RMS, Softmax, Cyclic, UNIFORM),
        (Softplus, NESTEROV, Squared, Cyclic, UNIFORM),
    ];
    let run = |(i, (hidden, optimizer, head, order, init)): (usize, (_, _, Head, _, _))| {
        // One hidden layer, then two; 10 outputs are one vector and a part of one.
        let sizes: &[usize] = [&[5, 9, 3][..], &[6, 12, 8, 2], &[3, 17, 10]][i % 3];
        let builder = head.set(builder::<F>(sizes, hidden, order)).optimizer(optimizer).init(init);
        let builder = if i % 2 == 0 { builder } else { builder.decay_power(0.3).regularize_biases(false) };
        let (x, y) = (x(23, sizes[0]), y(head, 23, sizes[sizes.len() - 1]));
        (format!("{hidden}, {head:?}, {order:?}"), fitted(builder, [&x, &y]))
    };
    cases.into_iter().enumerate().map(run).collect()
}

/// Each option of the network and of a run.
fn options<F: Scalar>() -> Vec<(&'static str, Outcome)> {
    let (x_train, y_train) = (x::<F>(29, 4), y::<F>(Squared, 29, 2));
    let classes = y::<F>(Softmax, 29, 3);
    let data: [&ArrayRef2<F>; 2] = [&x_train, &y_train];
    let net = |order| builder::<F>(&[4, 8, 6, 2], Tanh, order);
    let classifier = |order| builder::<F>(&[4, 8, 6, 3], Relu, order).softmax(true);
    let schedule = |schedule| fitted(net(Shuffled).decay_power(0.0).schedule(schedule), data);
    let (x_other, y_other) =
        (x_train.slice(s![..9;-1, ..]).to_owned(), y_train.slice(s![..9, ..]).to_owned());
    let weights_other = weights::<F>(9);
    vec![
        ("dropout", fitted(net(Shuffled).dropout([0.25, 0.5]), data)),
        ("step", schedule(Schedule::Step { every: 2, factor: 0.3 })),
        ("cosine", schedule(Schedule::Cosine { epochs: 5, warm_up: 1, floor: 0.1 })),
        ("one cycle", schedule(Schedule::one_cycle(4))),
        ("clip, L1, max norm", fitted(net(Sequential).clip_norm(0.3).l1(0.01).max_norm(0.9), data)),
        (
            "AdamW, clip, L1, no L2 of biases",
            fitted(
                net(Cyclic).optimizer(Optimizer::adam_w()).clip_norm(0.3).l1(0.01).regularize_biases(false),
                data,
            ),
        ),
        ("smoothing", fitted(classifier(Cyclic).label_smoothing(0.1), [&x_train, &classes])),
        (
            "sample weights",
            trained(net(Shuffled), data, |training, weights| training.sample_weights(weights)),
        ),
        (
            "label weights",
            fitted(
                builder(&[4, 8, 3], Relu, Shuffled)
                    .loss(ndarray_dnn::Loss::BinaryCrossEntropy)
                    .label_weights([1.0, 0.5, 3.0])
                    .positive_weights([2.0, 1.0, 0.7]),
                [&x_train, &classes],
            ),
        ),
        (
            "early stopping",
            outcome(net(Sequential).max_epochs(40).eta(0.4).build().unwrap(), &x_train, |net| {
                let training = net.training(&x_train, &y_train).validation(&x_other, &y_other);
                let training = training.validation_weights(&weights_other);
                let report = training.early_stopping(EarlyStopping::new(3)).run().unwrap();
                [report.losses(), report.validation_losses()].concat()
            }),
        ),
        (
            "plateau",
            trained(net(Sequential).eta(0.4), data, |training, _| {
                training.max_epochs(8).reduce_on_plateau(ReduceOnPlateau::new(1).factor(0.5))
            }),
        ),
        (
            "loss of one's own",
            trained(net(Shuffled), data, |training, _| {
                training.loss_fn(|predicted, y, d| {
                    let mut loss = 0.0;
                    for ((predicted, y), d) in predicted.iter().zip(y).zip(d) {
                        *d = (*y - *predicted) / (F::one() + (*y - *predicted).abs());
                        loss += d.as_f64() * d.as_f64();
                    }
                    loss
                })
            }),
        ),
        (
            "resumed",
            outcome(net(Shuffled).build().unwrap(), &x_train, |net| {
                let first = net.training(&x_train, &y_train).max_epochs(2).run().unwrap();
                let second = net.training(&x_train, &y_train).resume().max_epochs(2).run().unwrap();
                [first.losses(), second.losses()].concat()
            }),
        ),
        (
            "by hand, online",
            outcome(net(Sequential).build().unwrap(), &x_train, |net| {
                let mut merged = Gradients::default();
                let mut losses = Vec::new();
                for rows in [s![..11, ..], s![11..29, ..]] {
                    let (x, y) = (x_train.slice(rows), y_train.slice(rows));
                    let pass = net.compute(&x).unwrap();
                    losses.push(net.loss(&pass, &y).unwrap());
                    merged.merge(&net.bp(&pass, &net.error(&pass, &y).unwrap()).unwrap()).unwrap();
                }
                losses.push(merged.norm());
                merged.scale(0.7);
                net.update(&merged).unwrap();
                losses.push(net.partial_fit(&x_train, &y_train).unwrap());
                losses.push(net.objective(&x_train, &y_train).unwrap());
                losses
            }),
        ),
        (
            "presets",
            outcome(
                Dnn::classifier(4, &[8], 3).max_epochs(1).min_updates(0).build().unwrap(),
                &x_train,
                |net| {
                    let mut losses = net.fit(&x_train, &classes).unwrap().losses().to_vec();
                    losses.push(metrics::log_loss(&classes, &net.predict(&x_train).unwrap()).unwrap());
                    losses
                },
            ),
        ),
        ("splits, scaler", scaled::<F>()),
        (
            "a number of mini-batches",
            trained(net(ShuffledByEpoch), data, |training, _| {
                training.batches_per_epoch(4).on_gradients(|batch| {
                    batch.gradients_mut().scale(0.75);
                    batch.set_loss(batch.loss_sum() * 0.5, batch.loss_weight())
                })
            }),
        ),
        (
            "a source of blocks",
            outcome(net(ShuffledByEpoch).build().unwrap(), &x_train, |net| {
                let source = Shards::new(3, |block| -> Result<_, Error> {
                    let rows = s![block * 10..(block * 10 + 10).min(29), ..];
                    Ok((x_train.slice(rows).to_owned(), y_train.slice(rows).to_owned()))
                });
                net.training_on(source.shuffled(5)).run().unwrap().losses().to_vec()
            }),
        ),
        (
            "Levenberg-Marquardt",
            outcome(net(Sequential).regularization(0.01).build().unwrap(), &x_train, |net| {
                let run = net.levenberg_marquardt(&x_train, &y_train).max_iterations(4);
                let (report, posterior) = run.run().unwrap();
                let (_, deviation) = posterior.predict(net, &x_other).unwrap();
                let objectives = report.history().iter().map(|iteration| iteration.objective());
                deviation.iter().map(|value| value.as_f64()).chain(objectives).collect()
            }),
        ),
    ]
}

/// Splits, a scaler, and its network for raw data.
fn scaled<F: Scalar>() -> Outcome {
    let raw = x::<F>(60, 3).mapv(|value| value * F::from_f64(7.0) + F::from_f64(5.0));
    let labels = labels(60, 3);
    let (train, test) = train_test_split(60, 0.25, 3).unwrap();
    let (larger, _) = stratified_split(&labels, 0.2, 5).unwrap();
    let order = Vec::from_iter(train.iter().chain(&test).chain(&larger).chain(&permutation(60, 8)).copied());
    let raw = raw.select(Axis(0), &order);
    let scaler = StandardScaler::fit(&raw).unwrap();
    let scaled = scaler.transform(&raw).unwrap();
    let weights = balanced_weights::<F>(order.iter().map(|row| labels[*row]));
    let y = y::<F>(Squared, 60, 2).select(Axis(0), &order);
    outcome(builder(&[3, 6, 2], Silu, Shuffled).build().unwrap(), &scaled, |net| {
        let report = net.training(&scaled, &y).sample_weights(&weights).run().unwrap();
        let merged = net.with_input_scaler(&scaler).unwrap();
        let predicted = merged.predict(&raw).unwrap();
        *net = merged;
        report.losses().iter().copied().chain(predicted.iter().map(|value| value.as_f64())).collect()
    })
}

/// Sizes that reach each way to compute a product.
fn sizes<F: Scalar>() -> Vec<(&'static str, Outcome)> {
    let run = |sizes: &[usize], rows, batch, epochs| {
        let (x, y) = (x::<F>(rows, sizes[0]), y::<F>(Softmax, rows, sizes[sizes.len() - 1]));
        let builder = builder(sizes, Relu, Sequential).softmax(true).minibatch_size(batch);
        fitted(builder.max_epochs(epochs), [&x, &y])
    };
    vec![
        ("one row", run(&[7, 20, 2], 6, 1, 2)),
        ("three rows", run(&[19, 33, 10], 12, 3, 2)),
        ("twelve rows", run(&[33, 24, 10], 36, 12, 2)),
        ("a wide last layer", run(&[11, 40], 40, 20, 2)),
        ("a deep first layer", run(&[700, 5, 3], 14, 14, 2)),
        ("a product in blocks", run(&[130, 520, 10], 28, 14, 1)),
        ("a gradient in blocks", run(&[130, 132, 3], 512, 512, 2)),
        ("sums over many rows", run(&[3, 6, 2], 4200, 4200, 2)),
    ]
}

/// The outcomes of all cases by name.
pub(crate) fn outcomes<F: Scalar>() -> Vec<(String, Outcome)> {
    let named = |(name, outcome): (&str, Outcome)| (name.to_owned(), outcome);
    let mut all = plain::<F>();
    all.extend(options::<F>().into_iter().map(named));
    all.extend(sizes::<F>().into_iter().map(named));
    all
}
