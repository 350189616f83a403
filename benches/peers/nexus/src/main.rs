//! Times the predictions of nexus-inference, which cannot train, one row at a time: it has no batches. Like `peers`,
//! this program runs one contestant, `nexus`, at one workload, and prints the same line of JSON.
//!
//! ```sh
//! nexus nexus mnist 1 1024     # predicts 1,024 rows for about a second
//! ```
//!
//! The crate selects its instructions when it is compiled. So `run.py` builds this program by default and, as
//! `nexus-native`, with `-C target-cpu=native`.

use std::time::{Duration, Instant};

use nexus_inference::{Activation, Mlp};

#[path = "../../src/contest.rs"]
mod contest;
#[path = "../../src/workload.rs"]
#[allow(dead_code)]
mod workload;

use contest::Contestant;
use workload::{Element, Hidden, Workload};

fn main() {
    contest::run(|_, workload| Box::new(Nexus::new(workload)));
}

struct Nexus {
    workload: Workload,
    x: Vec<f32>,
    model: Mlp,
    prediction: Vec<f32>,
}

impl Nexus {
    fn new(workload: Workload) -> Self {
        assert!(workload.dtype == Element::F32, "nexus-inference knows f32 alone");
        let weights = in_f32(workload.weights().concat());
        let biases = vec![0.0; workload.sizes[1..].iter().sum()];
        let activation = match workload.hidden {
            Hidden::Sigmoid => Activation::Sigmoid,
            Hidden::Relu => Activation::Relu,
        };
        let model = Mlp::from_parts(&workload.sizes, &weights, &biases, activation).unwrap();
        Self { x: in_f32(workload.x()), model, prediction: Vec::new(), workload }
    }
}

fn in_f32(values: Vec<f64>) -> Vec<f32> {
    values.into_iter().map(|value| value as f32).collect()
}

impl Contestant for Nexus {
    fn train(&mut self, _: usize) -> Duration {
        unimplemented!("nexus-inference cannot train")
    }

    fn predict(&mut self, rows: usize, runs: usize) -> Duration {
        let (inputs, outputs) = (self.workload.inputs(), self.workload.outputs());
        self.prediction.resize(rows * outputs, 0.0);
        let start = Instant::now();
        for _ in 0..runs {
            for (x, y) in self.x.chunks_exact(inputs).zip(self.prediction.chunks_exact_mut(outputs)) {
                self.model.predict_into(x, y);
                if self.workload.softmax {
                    softmax_of_row(y);
                }
            }
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
