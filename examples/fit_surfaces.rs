//! The article's experiment, figure 4.1: three networks fit f1, then f2, then f3, 100 points each.
//!
//! ```text
//! cargo run --release --example fit_surfaces [FIGURE.svg]
//! ```
//!
//! The random numbers are those of `numpy.random.seed(42)`. The nine fits run in the article's order; each network
//! keeps its weights and its velocity from one function to the next. The program prints a table that compares every
//! fit with the result of the article's own listing, and draws the figure and the loss curves.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ndarray_dnn::ndarray::Array2;
use ndarray_dnn::{Report, metrics};

use experiment::{FUNCTIONS, Function, Grid, HIDDEN, NumpyRandom, Outcome};

// By path, so that a test can include this file as a module.
#[path = "fit_surfaces/axes.rs"]
mod axes;
#[path = "fit_surfaces/experiment.rs"]
mod experiment;
#[path = "fit_surfaces/losses.rs"]
mod losses;
#[path = "fit_surfaces/plot.rs"]
mod plot;
#[path = "fit_surfaces/surface.rs"]
mod surface;
#[path = "figures/svg.rs"]
#[allow(dead_code)]
mod svg;

/// The largest allowed difference from the listing: rounding, accumulated over 20,000 iterations.
const TOLERANCE: f64 = 1e-9;

fn main() -> Result<(), Box<dyn Error>> {
    let figure = std::env::args_os().nth(1).map_or("target/fit_surfaces.svg".into(), PathBuf::from);
    run(&figure, &mut std::io::stdout().lock())
}

/// One of the nine fits.
struct Fit {
    report: Report,
    /// The network's output on the grid: (values of x₂, values of x₁).
    surface: Array2<f64>,
}

/// Runs the experiment, writes its report to `out`, and draws to `figure` and to a second file next to it.
///
/// # Errors
/// If a number of the table differs from the listing's, or a file cannot be written.
pub(crate) fn run(figure: &Path, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut random = NumpyRandom::new();
    let x = random.points();
    let grid = Grid::around(&x);
    let mut networks = Vec::new();
    for hidden in HIDDEN {
        networks.push(random.network(hidden)?);
    }
    let (grid_points, shape) = (grid.points(), (grid.x2.len(), grid.x1.len()));
    writeln!(
        out,
        "Nine fits of 100 points, 20,000 mini-batches each; rmse is on the points and on the grid of"
    )?;
    writeln!(out, "{} × {} points, and (±) its difference from the article's listing.\n", shape.0, shape.1)?;
    writeln!(
        out,
        "     hidden  epochs  last loss   rmse      listing   (±)       grid rmse listing   (±)       seconds"
    )?;

    let (mut fits, mut truths, mut targets) = (Vec::new(), Vec::new(), Vec::new());
    let mut training = Duration::ZERO;
    let mut differences = Vec::new();
    for function in &FUNCTIONS {
        let y = evaluate(function, &x);
        let truth = evaluate(function, &grid_points);
        for ((network, hidden), listing) in networks.iter_mut().zip(HIDDEN).zip(&function.listing) {
            let began = Instant::now();
            let report = network.fit(&x, &y)?;
            let seconds = began.elapsed();
            training += seconds;
            let surface = network.predict(&grid_points)?;
            let outcome = Outcome {
                loss: report.losses().last().copied().unwrap_or(f64::NAN),
                rmse: metrics::rmse(&y, &network.predict(&x)?)?,
                grid_rmse: metrics::rmse(&truth, &surface)?,
            };
            let difference = [
                outcome.loss - listing.loss,
                outcome.rmse - listing.rmse,
                outcome.grid_rmse - listing.grid_rmse,
            ];
            differences.extend(difference.map(f64::abs));
            writeln!(
                out,
                "{}   {hidden}       {:3}     {:.6}    {:.6}  {:.6}  {:8.1e}  {:.6}  {:.6}  {:8.1e}  {:.3}",
                function.name,
                report.epochs(),
                outcome.loss,
                outcome.rmse,
                listing.rmse,
                difference[1],
                outcome.grid_rmse,
                listing.grid_rmse,
                difference[2],
                seconds.as_secs_f64(),
            )?;
            let surface = surface.into_shape_with_order(shape)?;
            fits.push(Fit { report, surface });
        }
        truths.push(truth.into_shape_with_order(shape)?);
        targets.push(y);
    }
    writeln!(out, "\nTraining took {:.3} s in all.", training.as_secs_f64())?;
    let agrees = differences.iter().all(|&difference| difference <= TOLERANCE);
    let largest = differences.into_iter().fold(0.0, f64::max);
    let verdict = if agrees { "agrees" } else { "DOES NOT AGREE" };
    writeln!(out, "The table {verdict} with the article: the largest difference is {largest:.1e}.")?;

    writeln!(out, "Drawing …")?;
    draw(figure, &x, &grid, &targets, &truths, &fits, out)?;
    if agrees { Ok(()) } else { Err(format!("a difference of more than {TOLERANCE:e}").into()) }
}

/// Draws the figure to `path` and the loss curves to a file next to it.
fn draw(
    path: &Path,
    x: &Array2<f64>,
    grid: &Grid,
    targets: &[Array2<f64>],
    truths: &[Array2<f64>],
    fits: &[Fit],
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let per_function = || FUNCTIONS.iter().zip(fits.chunks_exact(HIDDEN.len()));
    let mut rows = Vec::new();
    for (((function, fits), targets), truth) in per_function().zip(targets).zip(truths) {
        let surfaces = [truth, &fits[0].surface, &fits[1].surface, &fits[2].surface].map(|z| z.view());
        rows.push(plot::Row { label: function.formula, targets: targets.column(0), surfaces });
    }
    let titles = ["data", "3 neurons", "5 neurons", "8 neurons"];
    plot::draw(&plot::Figure { titles, x1: &grid.x1, x2: &grid.x2, points: x.view(), rows }, path)?;
    writeln!(out, "Figure 4.1: {}", path.display())?;

    let panels = per_function().map(|(function, fits)| {
        let curves = HIDDEN.into_iter().zip(fits);
        let curves = curves.map(|(hidden, fit)| losses::Curve { hidden, losses: fit.report.losses() });
        losses::Panel { label: function.formula, curves: curves.collect() }
    });
    let next_to_it = path.with_file_name(match path.file_stem() {
        Some(stem) => format!("{}_losses.svg", stem.to_string_lossy()),
        None => "losses.svg".to_owned(),
    });
    losses::draw(&panels.collect::<Vec<_>>(), &next_to_it)?;
    writeln!(out, "Loss curves: {}", next_to_it.display())?;
    Ok(())
}

/// The function at each of the points: (points, 1).
fn evaluate(function: &Function, points: &Array2<f64>) -> Array2<f64> {
    Array2::from_shape_fn((points.nrows(), 1), |(row, _)| {
        (function.value)(points[[row, 0]], points[[row, 1]])
    })
}
