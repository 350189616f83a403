//! Times one contestant at one workload for a short time. `run.py` runs this program for all contestants in turn.
//!
//! ```sh
//! peers ours mnist 1          # trains for about a second
//! peers ours mnist 1 1024     # predicts 1,024 rows at a time for about a second
//! ```
//!
//! The contestants are `ours` (by hand), `ours-fit`, `candle`, `burn` and `anofox`; the workloads are those of
//! `workloads.json`. The program prints one line of JSON: `us` holds the microseconds per mini-batch (or per prediction) of
//! each repeat. After training, `losses` holds the loss before the first mini-batch and after `check` mini-batches.
//!
//! The program may panic if a contestant cannot run, so it uses `unwrap`.

use std::time::Duration;

use ndarray_dnn::Scalar;
use serde_json::json;

mod anofox;
mod burn_flex;
mod candle;
mod ours;
mod workload;

use workload::{Element, Workload};

/// The learning rate, momentum and L2 of all contestants that support them.
const ETA: f64 = 0.01;
const MOMENTUM: f64 = 0.9;
const L2: f64 = 1e-4;

/// The number of repeats in the given time; fewer if an epoch takes longer than a repeat.
const REPEATS: f64 = 5.0;

/// A library with one workload.
trait Contestant {
    /// Trains for a number of mini-batches, which is a multiple of an epoch, and returns the time. Contestants that only
    /// `fit` start again from the initial weights.
    fn train(&mut self, minibatches: usize) -> Duration;

    /// Predicts the first `rows` rows, and returns the time.
    fn predict(&mut self, rows: usize) -> Duration;

    /// The last prediction, row by row; probabilities with softmax.
    fn answer(&self) -> Vec<f64>;
}

fn contestant<F>(name: &str, workload: Workload) -> Box<dyn Contestant>
where
    F: Scalar + anofox_ml_core::Float,
{
    match name {
        "ours" => Box::new(ours::Ours::<F>::by_hand(workload)),
        "ours-fit" => Box::new(ours::Ours::<F>::by_fit(workload)),
        "candle" => Box::new(candle::Candle::new(workload)),
        "burn" => Box::new(burn_flex::Burn::new(workload)),
        "anofox" => Box::new(anofox::Anofox::<F>::new(workload)),
        _ => panic!("unknown contestant {name}"),
    }
}

/// The microseconds per run, for each repeat. `run` makes the given number of runs, always a multiple of `unit`.
fn measure(seconds: f64, unit: usize, mut run: impl FnMut(usize) -> Duration) -> Vec<f64> {
    let repeat = seconds / REPEATS;
    let mut runs = unit;
    loop {
        let took = run(runs).as_secs_f64();
        if took > repeat / 4.0 {
            runs = ((runs / unit) as f64 * repeat / took).round().max(1.0) as usize * unit;
            break;
        }
        runs *= 2;
    }
    let (mut repeats, mut total) = (Vec::new(), 0.0);
    while total < seconds {
        let took = run(runs).as_secs_f64();
        repeats.push(took * 1e6 / runs as f64);
        total += took;
    }
    repeats
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, workload, seconds, rows) = match &arguments[..] {
        [name, workload, seconds] => (name, workload, seconds, None),
        [name, workload, seconds, rows] => (name, workload, seconds, Some(rows.parse().unwrap())),
        _ => panic!("usage: peers <contestant> <workload> <seconds> [<rows>]"),
    };
    let workload = Workload::named(workload);
    let seconds = seconds.parse().unwrap();
    let mut contestant = match workload.dtype {
        Element::F32 => contestant::<f32>(name, workload.clone()),
        Element::F64 => contestant::<f64>(name, workload.clone()),
    };
    let line = match rows {
        None => {
            let first = workload.loss(&mut *contestant);
            contestant.train(workload.check);
            let last = workload.loss(&mut *contestant);
            let us = measure(seconds, workload.minibatches, |minibatches| contestant.train(minibatches));
            json!({ "us": us, "losses": [first, last] })
        }
        Some(rows) => {
            let us = measure(seconds, 1, |runs| (0..runs).map(|_| contestant.predict(rows)).sum());
            json!({ "us": us })
        }
    };
    println!("{line}");
}
