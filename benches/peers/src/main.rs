//! One contestant at one workload for a short time. `run.py` runs it, in turn with all the others.
//!
//! ```sh
//! peers ours mnist 1          # trains for about a second
//! peers ours mnist 1 1024     # predicts 1,024 rows at a time for about a second
//! ```
//!
//! Contestants: `ours` (by hand), `ours-fit`, `candle`, `burn`, `anofox`; workloads: `workloads.json`. It prints one
//! line of JSON: `us`, the microseconds a mini-batch (or a prediction) of each repeat, and when it trains `losses`,
//! before the first mini-batch and after `check` of them.
//!
//! A contestant that cannot run may stop, so `unwrap` is at home here.

use std::time::Duration;

use ndarray_dnn::Scalar;
use serde_json::json;

mod anofox;
mod burn_flex;
mod candle;
mod ours;
mod workload;

use workload::{Element, Workload};

/// Learning rate, momentum and L2 of everybody who has them.
const ETA: f64 = 0.01;
const MOMENTUM: f64 = 0.9;
const L2: f64 = 1e-4;

/// Repeats in the time that is given; fewer if an epoch takes longer.
const REPEATS: f64 = 5.0;

/// A library at a workload.
trait Contestant {
    /// The time of so many mini-batches, whole epochs of them. Those who only `fit` start anew.
    fn train(&mut self, minibatches: usize) -> Duration;

    /// The time of a prediction of the first `rows` rows.
    fn predict(&mut self, rows: usize) -> Duration;

    /// What the last prediction came to, row by row: with softmax probabilities.
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
        _ => panic!("no contestant is called {name}"),
    }
}

/// Microseconds a run, of each repeat. `run` makes as many runs as it is told, a multiple of `unit`.
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
