//! Levenberg-Marquardt and evidence.
//!
//! ```text
//! cargo bench --bench second_order               # the time of an iteration
//! cargo bench --bench second_order -- evidence   # λ by evidence beside a grid of λ and cross-validation
//! ```
//! `second_order/scipy_lm.py` runs the first one beside SciPy's `least_squares(method="lm")`.
#![allow(clippy::unwrap_used)] // a benchmark that cannot run may panic

use std::time::Instant;

use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::ndarray::{Array1, Array2, Axis};
use ndarray_dnn::{Dnn, Init, Layer, Loss, StandardScaler, k_fold, metrics, train_test_split};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[path = "../examples/data/csv.rs"]
mod csv;

fn main() {
    let arguments = Vec::from_iter(std::env::args().skip(1).filter(|argument| argument != "--bench"));
    match arguments.first().map(String::as_str) {
        Some("--test") => times(1),
        Some("evidence") => evidence(),
        _ => times(15),
    }
}

/// The inputs, the neurons and the rows of the problems.
const PROBLEMS: [[usize; 3]; 2] = [[2, 8, 100], [10, 50, 2000]];

/// A number between −1 and 1 by a formula that Python computes too.
fn drawn(i: usize) -> f64 {
    (i as f64 * 1.7 + 0.3).sin()
}

/// A network with tanh, data for it, and the strength of L2.
fn problem([inputs, hidden, rows]: [usize; 3]) -> (Dnn, Array2<f64>, Array2<f64>) {
    let x = Array2::from_shape_fn((rows, inputs), |(i, j)| drawn(i * inputs + j));
    let y = Array2::from_shape_fn((rows, 1), |(i, _)| {
        (2.0 * x[[i, 0]]).sin() * x[[i, 1]] + 0.1 * drawn(7 * i + 3)
    });
    let layer = |fan_out, fan_in, seed: usize, activation| {
        let scale = 1.0 / (fan_in as f64).sqrt();
        let weights = Array2::from_shape_fn((fan_out, fan_in), |(o, i)| scale * drawn(seed + o * fan_in + i));
        let biases = Array1::from_shape_fn(fan_out, |o| 0.1 * drawn(seed + 5000 + o));
        Layer::new(weights, biases, activation).unwrap()
    };
    let layers = [layer(hidden, inputs, 11, Tanh), layer(1, hidden, 29, Identity)];
    (Dnn::builder().loss(Loss::Squared).regularization(0.0).build_from(layers).unwrap(), x, y)
}

/// Prints a line for each problem: its sizes, the microseconds of an iteration, and the time and the loss of 30
/// iterations. The time of an iteration is the difference of a long and of a short run over that of their iterations.
fn times(rounds: usize) {
    for sizes in PROBLEMS {
        let (net, x, y) = problem(sizes);
        let run = |iterations| {
            let mut net = net.clone();
            let began = Instant::now();
            let run = net.levenberg_marquardt(&x, &y).max_iterations(iterations);
            let (report, _) = run.gradient_tolerance(0.0).step_tolerance(0.0).run().unwrap();
            (began.elapsed().as_secs_f64(), report)
        };
        let (mut best, mut whole, mut loss, mut trials) = (f64::INFINITY, f64::INFINITY, 0.0, 0);
        for _ in 0..rounds {
            let ((short, few), (long, many)) = (run(5), run(30));
            let iterations = (many.iterations() - few.iterations()).max(1);
            best = best.min((long - short) / iterations as f64);
            whole = whole.min(long);
            (loss, trials) = (many.loss(), many.trials());
        }
        let [inputs, hidden, rows] = sizes;
        println!("{inputs}-{hidden}-1 {rows} {:.1} {:.1} {loss:.6e} {trials}", best * 1e6, whole * 1e6);
    }
}

/// x and y for training, and others for testing.
type Split = [Array2<f64>; 4];

const SPLITS: u64 = 20;
const GRID: [f64; 9] = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1];
const FOLDS: usize = 5;

fn network(x: &Array2<f64>, hidden: usize, lambda: f64, seed: u64) -> Dnn {
    let builder = Dnn::builder().input_shape(x.ncols()).shape([hidden, 1]).activations([Tanh, Identity]);
    builder.init(Init::Glorot).seed(seed).loss(Loss::Squared).regularization(lambda).build().unwrap()
}

/// A trained network.
fn trained(x: &Array2<f64>, y: &Array2<f64>, hidden: usize, lambda: Option<f64>, seed: u64) -> Dnn {
    let mut net = network(x, hidden, lambda.unwrap_or_default(), seed);
    let run = net.levenberg_marquardt(x, y).max_iterations(200).evidence(lambda.is_none());
    run.run().unwrap();
    net
}

fn error(net: &Dnn, x: &Array2<f64>, y: &Array2<f64>) -> f64 {
    metrics::rmse(y, &net.predict(x).unwrap()).unwrap()
}

/// The λ of the grid with the least error over five folds.
fn cross_validated(x: &Array2<f64>, y: &Array2<f64>, hidden: usize, seed: u64) -> f64 {
    let of_lambda = |lambda: f64| {
        let folds = k_fold(x.nrows(), FOLDS, seed).unwrap();
        let of_fold = |(train, test): &(Vec<usize>, Vec<usize>)| {
            let part = |all: &Array2<f64>, rows: &[usize]| all.select(Axis(0), rows);
            let net = trained(&part(x, train), &part(y, train), hidden, Some(lambda), seed);
            error(&net, &part(x, test), &part(y, test)).powi(2)
        };
        folds.iter().map(of_fold).sum::<f64>()
    };
    let errors = GRID.map(|lambda| (lambda, of_lambda(lambda)));
    errors.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0.0, |(lambda, _)| lambda)
}

/// Prints a row of the table.
fn compare(name: &str, hidden: usize, split: impl Fn(u64) -> Split) {
    let (mut of_evidence, mut of_folds, mut of_grid) = (0.0, 0.0, [0.0; GRID.len()]);
    let mut seconds = [0.0; 2];
    for seed in 0..SPLITS {
        let [x, y, x_test, y_test] = split(seed);
        let began = Instant::now();
        of_evidence += error(&trained(&x, &y, hidden, None, seed), &x_test, &y_test) / SPLITS as f64;
        seconds[0] += began.elapsed().as_secs_f64();
        let began = Instant::now();
        let lambda = cross_validated(&x, &y, hidden, seed);
        of_folds += error(&trained(&x, &y, hidden, Some(lambda), seed), &x_test, &y_test) / SPLITS as f64;
        seconds[1] += began.elapsed().as_secs_f64();
        for (sum, lambda) in of_grid.iter_mut().zip(GRID) {
            *sum += error(&trained(&x, &y, hidden, Some(lambda), seed), &x_test, &y_test) / SPLITS as f64;
        }
    }
    let best = of_grid.iter().zip(GRID).min_by(|a, b| a.0.total_cmp(b.0)).unwrap();
    println!(
        "| {name} | {hidden} | {of_evidence:.4} | {:.4} (λ = {:?}) | {:.3} | {of_folds:.4} | {:.2} | {:.2} |",
        best.0,
        best.1,
        of_evidence / best.0,
        seconds[0],
        seconds[1]
    );
}

/// A normal variable, by Box and Muller.
fn normal(generator: &mut ChaCha8Rng) -> f64 {
    let (u, v): (f64, f64) = (generator.random_range(1e-12..1.0), generator.random());
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

fn evidence() {
    println!("| | neurons | evidence | best λ of the grid | ratio | λ by 5 folds | s, evidence | s, folds |");
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    type Surface = (&'static str, fn(f64, f64) -> f64);
    let surfaces: [Surface; 3] = [
        ("f1", |a, b| a * a + b * b),
        ("f2", |a, b| a * a - b * b),
        ("f3", |a, b| (1.2 * a).cos() * (1.2 * b).cos()),
    ];
    for (name, surface) in surfaces {
        for hidden in [3, 5, 8] {
            compare(name, hidden, |seed| {
                let generator = &mut ChaCha8Rng::seed_from_u64(1000 + seed);
                let mut points = |rows| {
                    let x = Array2::from_shape_simple_fn((rows, 2), || generator.random_range(-2.0..2.0));
                    let value = |(i, _)| surface(x[[i, 0]], x[[i, 1]]) + 0.2 * normal(generator);
                    let y = Array2::from_shape_fn((rows, 1), value);
                    (x, y)
                };
                let ((x, y), (x_test, y_test)) = (points(100), points(1000));
                [x, y, x_test, y_test]
            });
        }
    }
    let (x, y) = csv::read("diabetes.csv").unwrap();
    let y = y.insert_axis(Axis(1));
    for hidden in [2, 3, 5, 8] {
        compare("diabetes", hidden, |seed| {
            let (train, test) = train_test_split(x.nrows(), 0.2, seed).unwrap();
            let [(x, x_test), (y, y_test)] = [&x, &y].map(|all| {
                let (train, test) = (all.select(Axis(0), &train), all.select(Axis(0), &test));
                let scaler = StandardScaler::fit(&train).unwrap();
                (scaler.transform(&train).unwrap(), scaler.transform(&test).unwrap())
            });
            [x, y, x_test, y_test]
        });
    }
}
