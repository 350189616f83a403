//! What every contestant can do, and the timing of one of them.

use std::time::Duration;

use serde_json::json;

use crate::workload::Workload;

/// The number of repeats in the given time; fewer if an epoch takes longer than a repeat.
const REPEATS: f64 = 5.0;

/// A library with one workload.
pub trait Contestant {
    /// Trains for a number of mini-batches, which is a multiple of an epoch, and returns the time. Contestants that
    /// only `fit` start again from the initial weights.
    fn train(&mut self, minibatches: usize) -> Duration;

    /// Predicts the first `rows` rows, `runs` times, and returns the time.
    fn predict(&mut self, rows: usize, runs: usize) -> Duration;

    /// The last prediction, row by row; probabilities with softmax.
    fn answer(&self) -> Vec<f64>;
}

/// Times the contestant that the arguments name, and prints one line of JSON.
pub fn run(contestant: impl Fn(&str, Workload) -> Box<dyn Contestant>) {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, workload, seconds, rows) = match &arguments[..] {
        [name, workload, seconds] => (name, workload, seconds, None),
        [name, workload, seconds, rows] => (name, workload, seconds, Some(rows.parse().unwrap())),
        _ => panic!("usage: <contestant> <workload> <seconds> [<rows>]"),
    };
    let workload = Workload::named(workload);
    let seconds = seconds.parse().unwrap();
    let mut contestant = contestant(name, workload.clone());
    let line = match rows {
        None => {
            let first = workload.loss(&mut *contestant);
            contestant.train(workload.check);
            let last = workload.loss(&mut *contestant);
            let us = measure(seconds, workload.minibatches, |minibatches| contestant.train(minibatches));
            json!({ "us": us, "losses": [first, last] })
        }
        Some(rows) => {
            let us = measure(seconds, 1, |runs| contestant.predict(rows, runs));
            let loss = workload.loss(&mut *contestant);
            json!({ "us": us, "losses": [loss, loss] })
        }
    };
    println!("{line}");
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
