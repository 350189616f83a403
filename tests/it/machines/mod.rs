//! Training by several machines together, which are threads here: they make the steps of one process, up to rounding,
//! and all of them stop, diverge and fail together.

mod alike;
mod one_process;
mod parts;
mod refused;
mod restart;
mod team;

use ndarray::{Array1, Array2, Axis};
use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::{BatchOrder, Dnn, DnnBuilder, Error, Init, Loss, Optimizer, Report};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::common::uniform;

use team::{Rank, Team};

/// The rows of the data set.
const ROWS: usize = 61;
/// The number of mini-batches of an epoch.
const STEPS: usize = 7;

/// A data set: x, y and the weight of each row.
#[derive(Clone)]
struct Data {
    x: Array2<f64>,
    y: Array2<f64>,
    weights: Array1<f64>,
}

impl Data {
    /// `ROWS` rows; every fifth has no weight.
    fn new() -> Self {
        let generator = &mut ChaCha8Rng::seed_from_u64(31);
        let (x, y) = (uniform(ROWS, 3, generator), uniform(ROWS, 2, generator));
        Self { x, y, weights: Array1::from_shape_fn(ROWS, |i| 0.5 * (i % 5) as f64) }
    }

    fn select(&self, rows: &[usize]) -> Self {
        let select = |array: &Array2<f64>| array.select(Axis(0), rows);
        Self { x: select(&self.x), y: select(&self.y), weights: self.weights.select(Axis(0), rows) }
    }

    fn mean_weight(&self) -> f64 {
        self.weights.mean().unwrap()
    }
}

/// The rows of the shards of so many ranks: of very different sizes, and with more than two ranks one shard is empty
/// and another one has fewer rows than an epoch has mini-batches.
fn shards(ranks: usize) -> Vec<Vec<usize>> {
    let ends: &[usize] = match ranks {
        1 => &[ROWS],
        2 => &[11, ROWS],
        3 => &[35, 35, ROWS],
        _ => &[4, 30, 30, ROWS],
    };
    let starts = [0].iter().chain(ends);
    starts.zip(ends).map(|(start, end)| Vec::from_iter(*start..*end)).collect()
}

fn builder(order: BatchOrder, optimizer: Optimizer) -> DnnBuilder {
    let builder = Dnn::builder().input_shape(3).shape([8, 2]).activations([Tanh, Identity]);
    let builder = builder.loss(Loss::Squared).init(Init::Glorot).batch_order(order).optimizer(optimizer);
    builder.eta(0.02).threshold(0.0).max_epochs(20)
}

/// Trains one rank on its shard.
fn train(net: &mut Dnn, shard: &Data, mean_weight: Option<f64>, rank: &Rank<'_>) -> Result<Report, Error> {
    let mut training = net.training(&shard.x, &shard.y).batches_per_epoch(STEPS).rank(rank.number());
    if let Some(mean_weight) = mean_weight {
        training = training.sample_weights(&shard.weights).mean_weight(mean_weight);
    }
    training.on_gradients(|batch| rank.reduce(batch)).run()
}

/// Runs `work` with a clone of the network and a shard on each of so many ranks; returns the networks and the results.
fn together<R: Send>(
    ranks: usize,
    net: &Dnn,
    work: impl Fn(&mut Dnn, &Data, &Rank<'_>) -> R + Sync,
) -> Vec<(Dnn, R)> {
    let (data, shards) = (Data::new(), shards(ranks));
    Team::new(ranks).run(|rank| {
        let mut net = net.clone();
        let result = work(&mut net, &data.select(&shards[rank.number()]), rank);
        (net, result)
    })
}
