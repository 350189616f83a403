//! Data for a configuration, and runs of training with its settings.

use ndarray::{Array1, Array2};
use ndarray_dnn::{BatchOrder, Dnn, DnnBuilder, EarlyStopping, Error, ReduceOnPlateau, Report, Scalar};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::ops::ControlFlow;

use super::settings::Configuration;
use crate::common::{bits, is_finite, targets, uniform};

/// The number of epochs of an uninterrupted run.
pub(crate) const EPOCHS: usize = 6;
/// The number of epochs before an interruption.
pub(crate) const BEFORE: usize = 2;

/// Rows, inputs and hidden neurons.
#[derive(Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) rows: usize,
    pub(crate) inputs: usize,
    pub(crate) width: usize,
}
pub(crate) const SMALL: Sizes = Sizes { rows: 11, inputs: 3, width: 4 };

#[derive(Clone)]
pub(crate) struct Data<F> {
    pub(crate) x: Array2<F>,
    pub(crate) y: Array2<F>,
    validation: [Array2<F>; 2],
    weights: Array1<F>,
    validation_weights: Array1<F>,
}

impl<F: Scalar> Data<F> {
    pub(crate) fn new(configuration: &Configuration, sizes: Sizes) -> Self {
        let generator = &mut ChaCha8Rng::seed_from_u64(31);
        let outputs = configuration.count("outputs");
        let mut set = |rows| {
            let y = targets::<F>(rows, outputs, configuration.is_on("softmax"), generator);
            let is_positive = ["binary_cross_entropy", "poisson"].contains(&configuration.get("loss"));
            [uniform(rows, sizes.inputs, generator), if is_positive { y.mapv(F::abs) } else { y }]
        };
        let ([x, y], validation) = (set(sizes.rows), set(7));
        // Some rows have no weight.
        let weights = |rows| Array1::from_shape_fn(rows, |i| F::from_f64((i % 3) as f64));
        Self { x, y, validation, weights: weights(sizes.rows), validation_weights: weights(7) }
    }

    /// The same with the training data in other memory.
    pub(crate) fn with(self, [x, y]: [Array2<F>; 2]) -> Self {
        Self { x, y, ..self }
    }
}

/// The builder of the configuration's network for data of these sizes.
pub(crate) fn builder<F: Scalar>(configuration: &Configuration, sizes: Sizes) -> DnnBuilder<F> {
    let minibatches = match (configuration.order(), configuration.number("batches_per_epoch")) {
        (BatchOrder::Cyclic, _) => sizes.rows,
        (_, None) => sizes.rows.div_ceil(configuration.count("minibatch_size")),
        (_, Some(batches)) => batches as usize,
    };
    configuration.builder([sizes.inputs, sizes.width], EPOCHS, minibatches)
}

/// A part of a run.
#[derive(Clone, Copy, Default)]
pub(crate) struct Part {
    /// The number of epochs; `None` for that of the network's settings.
    pub(crate) epochs: Option<usize>,
    pub(crate) is_resumed: bool,
    /// Early stopping, as the configuration sets it.
    pub(crate) stops: bool,
}

/// Trains with the settings of the configuration.
pub(crate) fn run<F: Scalar>(
    net: &mut Dnn<F>,
    data: &Data<F>,
    configuration: &Configuration,
    part: Part,
) -> Result<Report, Error> {
    let on = |setting| configuration.is_on(setting);
    let mut calls = 0;
    let mut batches = 0;
    let mut training = net.training(&data.x, &data.y).rank(configuration.count("rank"));
    if on("batches_per_epoch") {
        training = training.batches_per_epoch(configuration.count("batches_per_epoch"));
    }
    if on("on_gradients") {
        training = training.on_gradients(|batch| {
            batches += 1;
            batch.gradients_mut().scale(0.5);
            batch.set_loss(batch.loss_sum(), batch.loss_weight())
        });
    }
    if let Some(epochs) = part.epochs {
        training = training.max_epochs(epochs);
    }
    if part.is_resumed {
        training = training.resume();
    }
    if on("reduce_on_plateau") {
        // No fall of the loss is enough, so the rate falls after the fourth and the sixth epoch.
        training =
            training.reduce_on_plateau(ReduceOnPlateau::new(1).factor(0.5).min_delta(1e3).min_eta(1e-4));
    }
    if on("eta_schedule") {
        training = training.eta_schedule(|progress| 1.0 / (1.0 + 0.5 * progress.position()));
    }
    if on("loss_fn") {
        // √(1 + e²) − 1 with e = y − ŷ
        training = training.loss_fn(|predicted: &[F], y: &[F], d: &mut [F]| {
            let mut loss = 0.0;
            for ((predicted, y), d) in predicted.iter().zip(y).zip(d) {
                let e = y.as_f64() - predicted.as_f64();
                let root = (1.0 + e * e).sqrt();
                loss += root - 1.0;
                *d = F::from_f64(e / root);
            }
            loss
        });
    }
    if on("sample_weights") {
        training = training.sample_weights(&data.weights);
    }
    if configuration.get("sample_weights") == "with a mean_weight" {
        training = training.mean_weight(2.0);
    }
    if on("validation") {
        training = training.validation(&data.validation[0], &data.validation[1]);
    }
    if on("validation_weights") {
        training = training.validation_weights(&data.validation_weights);
    }
    if on("metric") {
        training = training.metric("distance", |y, predicted| {
            predicted.iter().zip(y).map(|(predicted, y)| (predicted.as_f64() - y.as_f64()).abs()).sum::<f64>()
        });
    }
    if part.stops && on("early_stopping") {
        let early_stopping = EarlyStopping::new(2).min_delta(1e-3);
        let by_metric = configuration.get("early_stopping") == "by the metric";
        training =
            training.early_stopping(if by_metric { early_stopping.by("distance") } else { early_stopping });
    }
    if on("try_on_epoch") {
        training = training.try_on_epoch(|epoch| {
            calls += 1;
            if is_finite(epoch.net()) {
                Ok(ControlFlow::Continue(()))
            } else {
                Err("the network is not finite")
            }
        });
    }
    let report = training.run()?;
    assert_eq!(calls, if on("try_on_epoch") { report.epochs() } else { 0 }, "{configuration}");
    assert_eq!(batches, if on("on_gradients") { report.iterations() } else { 0 }, "{configuration}");
    Ok(report)
}

/// The bits of the loss, the validation loss, the metric and the learning rate of each epoch.
pub(crate) type History = Vec<[Option<u64>; 4]>;

pub(crate) fn history(report: &Report) -> History {
    let history = report.history().iter().map(|epoch| {
        let all = [Some(epoch.loss()), epoch.validation_loss(), epoch.metric("distance"), Some(epoch.eta())];
        all.map(|value| value.map(f64::to_bits))
    });
    history.collect()
}

/// The bits of all parameters.
pub(crate) fn parameters<F: Scalar>(net: &Dnn<F>) -> Vec<u64> {
    bits(&crate::common::parameters(net.layers()))
}
