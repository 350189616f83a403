//! A regression: the progression of diabetes in 442 patients from ten measurements, a fifth held out, ten times.
//!
//! ```text
//! cargo run --release --example diabetes
//! ```
//!
//! Trains the preset `Dnn::regressor` with 16, 32, 64 and 100 hidden neurons and ten seeds each, and prints R² on
//! the held-out patients next to that of scikit-learn's `MLPRegressor`. With seed s the rows i with (i + s)
//! divisible by 5 are held out, so that other programs can use the same splits. The data are few and noisy: a
//! linear regression reaches 0.496.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use ndarray_dnn::ndarray::{Array2, Axis};
use ndarray_dnn::{Dnn, StandardScaler, metrics};

// By path, so that a test can include this file as a module.
#[path = "data/csv.rs"]
mod csv;

const SEEDS: usize = 10;

/// Hidden neurons, and the R² of scikit-learn 1.9.1's `MLPRegressor` with as many, the same splits and seeds, x and y
/// standardised, and its default settings; see `benches/presets/sklearn_baselines.py`.
const SIZES: [(usize, f64); 4] = [(16, 0.4711), (32, 0.4870), (64, 0.4751), (100, 0.4638)];

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut std::io::stdout().lock()).map(drop)
}

/// Trains ten networks of each size and writes a report to `out`; returns the mean R² of each size and scikit-learn's.
///
/// # Errors
/// If the data cannot be read, or the report cannot be written.
pub(crate) fn run(out: &mut impl Write) -> Result<Vec<[f64; 2]>, Box<dyn Error>> {
    let (x, y) = csv::read("diabetes.csv")?;
    let y = y.insert_axis(Axis(1));
    writeln!(out, "mean R² of {SEEDS} networks\nneurons  here   scikit-learn  seconds")?;
    let mut figures = Vec::new();
    for (hidden, scikit_learn) in SIZES {
        let began = Instant::now();
        let mut ours = 0.0;
        for seed in 0..SEEDS {
            ours += r2(&x, &y, hidden, seed)? / SEEDS as f64;
        }
        let seconds = began.elapsed().as_secs_f64();
        writeln!(out, "{hidden:7}  {ours:.3}  {scikit_learn:.3}         {seconds:.2}")?;
        figures.push([ours, scikit_learn]);
    }
    Ok(figures)
}

/// R² of one network on the held-out fifth.
fn r2(x: &Array2<f64>, y: &Array2<f64>, hidden: usize, seed: usize) -> Result<f64, ndarray_dnn::Error> {
    let (test, train) = (0..x.nrows()).partition::<Vec<_>, _>(|i| (i + seed).is_multiple_of(5));
    let (x_train, y_train) = (x.select(Axis(0), &train), y.select(Axis(0), &train));
    let (of_x, of_y) = (StandardScaler::fit(&x_train)?, StandardScaler::fit(&y_train)?);

    let mut net: Dnn = Dnn::regressor(x.ncols(), &[hidden], 1).seed(seed as u64).build()?;
    net.fit(&of_x.transform(&x_train)?, &of_y.transform(&y_train)?)?;

    let predicted = net.predict(&of_x.transform(&x.select(Axis(0), &test))?)?;
    metrics::r2(&y.select(Axis(0), &test), &of_y.inverse_transform(&predicted)?)
}
