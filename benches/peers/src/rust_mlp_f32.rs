//! rust-mlp, in f32 with its faster product (feature `matrixmultiply`). It can only `fit`; each run starts from a copy
//! of the network with the initial weights. Its weight decay is not a part of the velocity.

use std::time::{Duration, Instant};

use rust_mlp::{BatchScratch, Dataset, FitConfig, Loss, Mlp, Optimizer, Shuffle};
use serde_json::json;

use crate::contest::Contestant;
use crate::workload::{Element, Hidden, Workload};
use crate::{ETA, L2, MOMENTUM};

pub struct RustMlp {
    workload: Workload,
    data: Dataset,
    initial: Mlp,
    fitted: Mlp,
    scratch: Option<BatchScratch>,
    prediction: Vec<f32>,
}

impl RustMlp {
    pub fn new(workload: Workload) -> Self {
        assert!(workload.dtype == Element::F32, "rust-mlp knows f32 alone");
        let (x, y) = (in_f32(workload.x()), in_f32(workload.y()));
        let data = Dataset::from_flat(x, y, workload.inputs(), workload.outputs()).unwrap();
        let initial = network(&workload);
        Self { data, fitted: initial.clone(), initial, scratch: None, prediction: Vec::new(), workload }
    }
}

/// The network with the initial weights, read from its file format: the crate has no other way to set weights.
fn network(workload: &Workload) -> Mlp {
    let hidden = match workload.hidden {
        Hidden::Sigmoid => "sigmoid",
        Hidden::Relu => "relu",
    };
    let weights = workload.weights();
    let last = weights.len() - 1;
    let layers =
        weights.into_iter().zip(workload.sizes.windows(2)).enumerate().map(|(l, (weights, pair))| {
            json!({
                "in_dim": pair[0],
                "out_dim": pair[1],
                "activation": { "kind": if l == last { "identity" } else { hidden } },
                "weights": in_f32(weights),
                "biases": vec![0.0_f32; pair[1]],
            })
        });
    let file = json!({ "format_version": 1, "layers": layers.collect::<Vec<_>>() });
    Mlp::from_json_str(&file.to_string()).unwrap()
}

fn in_f32(values: Vec<f64>) -> Vec<f32> {
    values.into_iter().map(|value| value as f32).collect()
}

impl Contestant for RustMlp {
    fn train(&mut self, minibatches: usize) -> Duration {
        // The crate divides the loss by the number of outputs.
        let outputs = self.workload.outputs() as f32;
        let config = FitConfig {
            epochs: minibatches / self.workload.minibatches,
            lr: ETA as f32 * outputs,
            batch_size: self.workload.batch,
            shuffle: Shuffle::None,
            optimizer: Optimizer::SgdMomentum { momentum: MOMENTUM as f32 },
            weight_decay: L2 as f32 / outputs,
            loss: if self.workload.softmax { Loss::SoftmaxCrossEntropy } else { Loss::Mse },
            ..FitConfig::default()
        };
        self.fitted = self.initial.clone();
        let start = Instant::now();
        self.fitted.fit(&self.data, None, config).unwrap();
        start.elapsed()
    }

    fn predict(&mut self, rows: usize, runs: usize) -> Duration {
        if self.scratch.as_ref().is_none_or(|scratch| scratch.batch_size() != rows) {
            self.scratch = Some(self.fitted.scratch_batch(rows));
        }
        let scratch = self.scratch.as_mut().unwrap();
        let x = &self.data.inputs_flat()[..rows * self.workload.inputs()];
        let softmax = self.workload.softmax.then_some(self.workload.outputs());
        let start = Instant::now();
        for _ in 0..runs {
            let answer = self.fitted.forward_batch(x, scratch);
            self.prediction.clear();
            self.prediction.extend_from_slice(answer);
            softmax
                .iter()
                .for_each(|&columns| self.prediction.chunks_exact_mut(columns).for_each(softmax_of_row));
        }
        start.elapsed()
    }

    fn answer(&self) -> Vec<f64> {
        self.prediction.iter().map(|&answer| f64::from(answer)).collect()
    }
}

/// The crate predicts logits.
fn softmax_of_row(row: &mut [f32]) {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|value| *value = (*value - largest).exp());
    let sum: f32 = row.iter().sum();
    row.iter_mut().for_each(|value| *value /= sum);
}
