//! Trains a network of this crate until it is good enough, and prints one line of JSON, like `contestants.py`.
//!
//! ```sh
//! answer digits examples/data/digits.csv 0     # until it recognises 97 % of the held-out digits
//! answer surfaces surfaces.csv 0               # until the rmse of each of the three surfaces is 0.1
//! ```
//!
//! The program may panic on bad input, so it uses `unwrap`.

use std::ops::ControlFlow;
use std::time::Instant;

use ndarray_dnn::ndarray::{Array2, Axis, s};
use ndarray_dnn::{Activation, Dnn, metrics, one_hot};

const ACCURACY: f64 = 0.97;
const RMSE: f64 = 0.1;
/// A run of so many epochs has failed.
const EPOCHS: usize = 20_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [task, path, seed] = &arguments[..] else { panic!("usage: answer digits|surfaces <file> <seed>") };
    let (table, seed) = (read(path), seed.parse().unwrap());
    let start = Instant::now();
    let epochs = match task.as_str() {
        "digits" => digits(&table, seed),
        "surfaces" => surfaces(&table, seed),
        _ => panic!("unknown task {task}"),
    };
    println!(r#"{{"seconds": {}, "epochs": {epochs}}}"#, start.elapsed().as_secs_f64());
}

/// A table of numbers below a line of names.
fn read(path: &str) -> Array2<f32> {
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().skip(1).map(|line| line.split(',').map(|number| number.parse().unwrap()).collect::<Vec<f32>>());
    let rows: Vec<_> = rows.collect();
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

/// The preset with 64 hidden neurons; each fifth row is held out.
fn digits(table: &Array2<f32>, seed: u64) -> usize {
    let x = table.slice(s![.., ..64]).mapv(|ink| ink / 16.0);
    let labels = table.column(64).mapv(|label| label as usize);
    let is_test = |row: &usize| *row as u64 % 5 == seed % 5;
    let (test, train): (Vec<usize>, Vec<usize>) = (0..labels.len()).partition(is_test);
    let (x_test, labels_test) = (x.select(Axis(0), &test), labels.select(Axis(0), &test));
    let (x, y) = (x.select(Axis(0), &train), one_hot(&labels.select(Axis(0), &train), 10).unwrap());

    let mut net: Dnn<f32> = Dnn::classifier(64, &[64], 10).max_epochs(EPOCHS).seed(seed).build().unwrap();
    let training = net.training(&x, &y).on_epoch(|epoch| {
        let predicted = epoch.net().predict_classes(&x_test).unwrap();
        stop_if(metrics::accuracy(&labels_test, &predicted).unwrap() >= ACCURACY)
    });
    training.run().unwrap().epochs()
}

/// The settings of the preset, with the article's sigmoid and without L2, since there is no noise.
fn surfaces(table: &Array2<f32>, seed: u64) -> usize {
    let x = table.slice(s![.., ..2]);
    let fit = |surface: usize| {
        let y = table.slice(s![.., 2 + surface..3 + surface]);
        let builder = Dnn::regressor(2, &[8], 1).activations([Activation::Sigmoid, Activation::Identity]);
        let builder = builder.regularization(0.0).decay_power(0.0).max_epochs(EPOCHS).seed(seed);
        let mut net: Dnn<f32> = builder.build().unwrap();
        let training = net.training(&x, &y);
        let training =
            training.on_epoch(|epoch| stop_if(metrics::rmse(&y, &epoch.net().predict(&x).unwrap()).unwrap() <= RMSE));
        training.run().unwrap().epochs()
    };
    (0..3).map(fit).sum()
}

fn stop_if(is_good: bool) -> ControlFlow<()> {
    if is_good { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
