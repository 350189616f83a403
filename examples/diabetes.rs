//! A regression: the progression of diabetes in 442 patients from ten measurements, a fifth held out, ten times.
//!
//! ```text
//! cargo run --release --example diabetes
//! ```
//!
//! It trains the regressor of the presets from ten seeds, and prints R² over the patients that it has not seen. With
//! seed s these are the rows i with (i + s) divisible by 5, so that others can be given the same split.

use std::error::Error;
use std::io::Write;

use ndarray_dnn::ndarray::{Array2, Axis};
use ndarray_dnn::{Dnn, StandardScaler, metrics};

// By path, so that a test can take in this file as a module.
#[path = "data/csv.rs"]
mod csv;

const SEEDS: usize = 10;
const HIDDEN: usize = 32;

/// What scikit-learn 1.9.1's `MLPRegressor` with 32 hidden neurons comes to with these ten splits and seeds, x and y
/// standardised, its other settings as they are; see `benches/presets/sklearn_baselines.py`.
pub(crate) const SCIKIT_LEARN: f64 = 0.487;

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut std::io::stdout().lock()).map(drop)
}

/// Trains ten networks, reports to `out`, and returns the mean of R².
///
/// # Errors
/// If the data cannot be read, or something cannot be written.
pub(crate) fn run(out: &mut impl Write) -> Result<f64, Box<dyn Error>> {
    let (x, y) = csv::read("diabetes.csv")?;
    let y = y.insert_axis(Axis(1));
    let mut mean = 0.0;
    for seed in 0..SEEDS {
        let (test, train) = (0..x.nrows()).partition::<Vec<_>, _>(|i| (i + seed) % 5 == 0);
        let rows = |array: &Array2<f64>, rows: &[usize]| array.select(Axis(0), rows);
        let (x_train, y_train) = (rows(&x, &train), rows(&y, &train));
        let (of_x, of_y) = (StandardScaler::fit(&x_train)?, StandardScaler::fit(&y_train)?);

        let mut net: Dnn = Dnn::regressor(x.ncols(), &[HIDDEN], 1).seed(seed as u64).build()?;
        let report = net.fit(&of_x.transform(&x_train)?, &of_y.transform(&y_train)?)?;

        let predicted = of_y.inverse_transform(&net.predict(&of_x.transform(&rows(&x, &test))?)?)?;
        let (r2, rmse) =
            (metrics::r2(&rows(&y, &test), &predicted)?, metrics::rmse(&rows(&y, &test), &predicted)?);
        writeln!(out, "seed {seed}: R² {r2:.3}, rmse {rmse:.1} in {:.2?}", report.elapsed())?;
        mean += r2 / SEEDS as f64;
    }
    writeln!(out, "\nmean R² of {SEEDS} seeds: {mean:.3}; scikit-learn's MLPRegressor: {SCIKIT_LEARN:.3}")?;
    Ok(mean)
}
