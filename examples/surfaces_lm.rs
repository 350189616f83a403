//! The article's experiment by Levenberg-Marquardt: three networks fit f1, f2 and f3, 100 points each.
//!
//! ```text
//! cargo run --release --example surfaces_lm [FIGURE.svg]
//! ```
//!
//! Points and networks are those of the example `fit_surfaces`. Each of the nine fits is made twice from the same
//! parameters: by the article's descent, 20,000 mini-batches, which leads to the start of the network's next fit; and
//! by Levenberg-Marquardt with evidence, which finds the strength of L2 itself. The program prints a table, and draws
//! the surfaces with a cut through each, on which the band of two deviations shows how sure the fit is.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ndarray_dnn::ndarray::Array2;
use ndarray_dnn::second_order::LmReport;
use ndarray_dnn::{Dnn, Posterior, metrics};

use experiment::{FUNCTIONS, Function, Grid, HIDDEN, NumpyRandom};

// By path, so that a test can include this file as a module.
#[path = "fit_surfaces/axes.rs"]
mod axes;
#[path = "figures/chart.rs"]
mod chart;
#[allow(dead_code)]
#[path = "fit_surfaces/experiment.rs"]
mod experiment;
#[path = "surfaces_lm/figure.rs"]
mod figure;
#[allow(dead_code)]
#[path = "fit_surfaces/plot.rs"]
mod plot;
#[path = "fit_surfaces/surface.rs"]
mod surface;
#[allow(dead_code)]
#[path = "figures/svg.rs"]
mod svg;

/// The value of x₂ on the cuts.
const CUT: f64 = 0.5;
/// The largest |x₁| on the cuts. The points are between −2 and 2.
const FARTHEST: f64 = 3.5;
const ITERATIONS: usize = 500;

fn main() -> Result<(), Box<dyn Error>> {
    let figure = std::env::args_os().nth(1).map_or("target/surfaces_lm.svg".into(), PathBuf::from);
    let fits = run(&figure, &mut std::io::stdout().lock())?;
    let is_better = |fit: &&Fit| fit.grid_rmse[1] < fit.grid_rmse[0];
    println!(
        "Levenberg-Marquardt is better in {} of {} fits.",
        fits.iter().filter(is_better).count(),
        fits.len()
    );
    Ok(())
}

/// One of the nine fits by Levenberg-Marquardt, and what it is compared with.
pub(crate) struct Fit {
    /// Root mean square error on the plot's grid, of the descent and of Levenberg-Marquardt.
    pub(crate) grid_rmse: [f64; 2],
    /// The network's output on the grid: (values of x₂, values of x₁).
    surface: Array2<f64>,
    /// On the cut: the descent, the fit, and the deviation of a new observation, each (values of x₁, 1).
    cut: [Array2<f64>; 3],
}

/// Makes the nine fits, writes a table to `out`, and draws to `figure`.
///
/// # Errors
/// If a fit fails, or a file cannot be written.
pub(crate) fn run(figure: &Path, out: &mut impl Write) -> Result<Vec<Fit>, Box<dyn Error>> {
    let mut random = NumpyRandom::new();
    let x = random.points();
    let grid = Grid::around(&x);
    let mut networks =
        HIDDEN.into_iter().map(|hidden| random.network(hidden)).collect::<Result<Vec<_>, _>>()?;
    let (grid_points, shape) = (grid.points(), (grid.x2.len(), grid.x1.len()));
    let cut = Vec::from_iter((0..=84).map(|i| FARTHEST * (f64::from(i) / 42.0 - 1.0)));
    let cut_points = Array2::from_shape_fn((cut.len(), 2), |(i, axis)| if axis == 0 { cut[i] } else { CUT });

    writeln!(
        out,
        "rmse on the plot's grid of {} × {} points, by descent and by Levenberg-Marquardt\n",
        shape.0, shape.1
    )?;
    writeln!(out, "             descent          Levenberg-Marquardt")?;
    writeln!(out, "     hidden  rmse    seconds  rmse    seconds  iterations  λ        γ            noise")?;
    let (mut fits, mut rows) = (Vec::new(), Vec::new());
    for function in &FUNCTIONS {
        let y = evaluate(function, &x);
        let truth = evaluate(function, &grid_points);
        for (network, hidden) in networks.iter_mut().zip(HIDDEN) {
            let mut net = network.clone();
            let began = Instant::now();
            network.fit(&x, &y)?;
            let of_descent = began.elapsed().as_secs_f64();
            let (report, posterior) = levenberg_marquardt(&mut net, &x, &y)?;

            let surface = net.predict(&grid_points)?;
            let rmse = |surface: &Array2<f64>| metrics::rmse(&truth, surface);
            let grid_rmse = [rmse(&network.predict(&grid_points)?)?, rmse(&surface)?];
            writeln!(
                out,
                "{}   {hidden}       {:.4}  {of_descent:.4}   {:.4}  {:.4}   {:<10}  {:.1e}  {:4.1} of {:<4} {:.1e}",
                function.name,
                grid_rmse[0],
                grid_rmse[1],
                report.elapsed().as_secs_f64(),
                report.iterations(),
                report.regularization(),
                posterior.effective_parameters().unwrap_or(f64::NAN),
                posterior.parameter_count(),
                posterior.noise_variance().unwrap_or(f64::NAN).sqrt(),
            )?;
            let (mean, deviation) = posterior.predict(&net, &cut_points)?;
            let cut = [network.predict(&cut_points)?, mean, deviation];
            fits.push(Fit { grid_rmse, surface: surface.into_shape_with_order(shape)?, cut });
        }
        rows.push((y, truth.into_shape_with_order(shape)?, evaluate(function, &cut_points)));
    }
    if let Some(folder) = figure.parent() {
        std::fs::create_dir_all(folder)?;
    }
    figure::draw(&x, &grid, &cut, &rows, &fits, figure)?;
    writeln!(out, "\nFigure: {}", figure.display())?;
    Ok(fits)
}

/// A run that finds the strength of L2 and the noise itself.
fn levenberg_marquardt(
    net: &mut Dnn,
    x: &Array2<f64>,
    y: &Array2<f64>,
) -> Result<(LmReport, Posterior), ndarray_dnn::Error> {
    net.levenberg_marquardt(x, y).evidence(true).max_iterations(ITERATIONS).run()
}

/// The function at each of the points: (points, 1).
fn evaluate(function: &Function, points: &Array2<f64>) -> Array2<f64> {
    Array2::from_shape_fn((points.nrows(), 1), |(row, _)| {
        (function.value)(points[[row, 0]], points[[row, 1]])
    })
}
