//! A sine through 30 noisy points: the fit, how sure it is, and where it knows nothing.
//!
//! ```text
//! cargo run --release --example noisy_sine [FIGURE.svg]
//! ```
//!
//! Levenberg-Marquardt with evidence finds the strength of L2 and the noise from the 30 points alone. The figure shows
//! the fit with the band of two deviations, which should hold 95 % of new points. It is as wide as the noise where
//! points are near, and opens in the gap between them and outside.

use std::error::Error;
use std::f64::consts::TAU;
use std::io::Write;
use std::path::{Path, PathBuf};

use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::ndarray::Array2;
use ndarray_dnn::{Dnn, Init, Loss, Posterior};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use chart::{BAND, Chart, FIT, OTHER};
use surface::Span;
use svg::Svg;

// By path, so that a test can include this file as a module.
#[allow(dead_code)]
#[path = "fit_surfaces/axes.rs"]
mod axes;
#[path = "figures/chart.rs"]
mod chart;
#[allow(dead_code)]
#[path = "fit_surfaces/surface.rs"]
mod surface;
#[allow(dead_code)]
#[path = "figures/svg.rs"]
mod svg;

const POINTS: usize = 30;
const HIDDEN: usize = 8;
/// The deviation of the noise.
const NOISE: f64 = 0.2;
/// The points are in two parts, with a gap between them.
const PARTS: [[f64; 2]; 2] = [[-3.1, 0.2], [1.6, 3.1]];
const SEED: u64 = 7;
/// New points for the share that the band holds.
const NEW: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let figure = std::env::args_os().nth(1).map_or("target/noisy_sine.svg".into(), PathBuf::from);
    let Figures { noise, share } = run(&figure, &mut std::io::stdout().lock())?;
    println!(
        "noise: {noise:.3}, and {NOISE} in truth; {:.1} % of new points are within the band",
        100.0 * share
    );
    Ok(())
}

/// What the run knows, and what is true.
pub(crate) struct Figures {
    /// The deviation of the noise that the run found.
    pub(crate) noise: f64,
    /// The share of new points within two deviations.
    pub(crate) share: f64,
}

/// Fits the points, writes what is known to `out`, and draws to `figure`.
///
/// # Errors
/// If the run fails, or a file cannot be written.
pub(crate) fn run(figure: &Path, out: &mut impl Write) -> Result<Figures, Box<dyn Error>> {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    let (x, y) = points(POINTS, generator);
    let mut net = Dnn::builder()
        .input_shape(1)
        .shape([HIDDEN, 1])
        .activations([Tanh, Identity])
        .init(Init::Glorot)
        .loss(Loss::Squared)
        .build()?;

    let (report, posterior) =
        net.levenberg_marquardt(&x, &y).evidence(true).curvature(true).max_iterations(1000).run()?;
    writeln!(out, "{report}\n{posterior}")?;

    let (new, observed) = points(NEW, generator);
    let (mean, deviation) = posterior.predict(&net, &new)?;
    let errors = observed.iter().zip(&mean).map(|(y, mean)| (y - mean).abs());
    let inside = errors.zip(&deviation).filter(|(error, deviation)| *error <= 2.0 * **deviation).count();
    let share = inside as f64 / NEW as f64;

    draw(figure, &net, &posterior, (&x, &y))?;
    writeln!(out, "Figure: {}", figure.display())?;
    Ok(Figures { noise: posterior.noise_variance().unwrap_or(f64::NAN).sqrt(), share })
}

/// Places in the two parts, and the sine there with noise: both (rows, 1).
fn points(rows: usize, generator: &mut ChaCha8Rng) -> (Array2<f64>, Array2<f64>) {
    let lengths = PARTS.map(|[low, high]| high - low);
    let x = Array2::from_shape_simple_fn((rows, 1), || {
        let along = generator.random::<f64>() * (lengths[0] + lengths[1]);
        if along < lengths[0] { PARTS[0][0] + along } else { PARTS[1][0] + (along - lengths[0]) }
    });
    // The method of Box and Muller.
    let y = x.mapv(|x| {
        let [u, v] = [(); 2].map(|()| generator.random::<f64>());
        x.sin() + NOISE * (-2.0 * (1.0 - u).ln()).sqrt() * (TAU * v).cos()
    });
    (x, y)
}

/// Draws the points, the sine, and the fit with its band.
fn draw(
    path: &Path,
    net: &Dnn,
    posterior: &Posterior,
    (x, y): (&Array2<f64>, &Array2<f64>),
) -> Result<(), Box<dyn Error>> {
    let grid = Vec::from_iter((0..=120).map(|i| f64::from(i) / 10.0 - 6.0));
    let (mean, deviation) =
        posterior.predict(net, &Array2::from_shape_vec((grid.len(), 1), grid.clone())?)?;
    let mean = Vec::from_iter(mean);
    let edge = |sign: f64| Vec::from_iter(mean.iter().zip(&deviation).map(|(mean, d)| mean + sign * 2.0 * d));
    let sine = Vec::from_iter(grid.iter().map(|x| x.sin()));

    let mut svg = Svg::new((1600, 960));
    let chart = Chart {
        name: "chart".to_owned(),
        corner: (110, 110),
        size: (1440, 690),
        x: Span::of(&[-6.0, 6.0]),
        y: Span::of(&[-2.2, 2.2]),
    };
    let (p, gamma) = (posterior.parameter_count(), posterior.effective_parameters().unwrap_or(f64::NAN));
    let [power, digits] = scientific(posterior.regularization());
    let title = format!(
        "{POINTS} noisy points: γ = {gamma:.1} of {p} parameters, λ = {digits} · 10{power}, noise ± {:.2}",
        posterior.noise_variance().unwrap_or(f64::NAN).sqrt()
    );
    svg.words(axes::INK, 38, "middle", [(&title[..], (800, 55))]);
    chart.draw(&mut svg, |svg| {
        chart.band(svg, &grid, &edge(-1.0), &edge(1.0), BAND);
        chart.line(svg, &grid, &sine, OTHER, r#"stroke-width="4" stroke-dasharray="14 10""#);
        chart.line(svg, &grid, &mean, FIT, r#"stroke-width="5""#);
        for (x, y) in x.iter().zip(y) {
            dot(svg, chart.place(*x, *y));
        }
    });
    // The legend, below the chart.
    let row = 910;
    let centre = |left: i32, right: i32| [vec![(left, row), (right, row)]];
    dot(&mut svg, (150, row));
    svg.lines(&format!(r#"stroke="{}" stroke-width="5""#, FIT.hex()), &centre(420, 500));
    svg.fill(&[vec![(650, row - 18), (730, row - 18), (730, row + 18), (650, row + 18)]], BAND);
    let dashes = format!(r#"stroke="{}" stroke-width="4" stroke-dasharray="14 10""#, OTHER.hex());
    svg.lines(&dashes, &centre(1230, 1310));
    let words =
        [("30 points", 175), ("fit", 520), ("two deviations of a new point", 750), ("the sine itself", 1330)];
    svg.words(axes::INK, 32, "start", words.map(|(word, left)| (word, (left, row))));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(svg.save(path)?)
}

/// A point of the data.
fn dot(svg: &mut Svg, (x, y): (i32, i32)) {
    svg.element(&format!(
        r##"<circle cx="{x}" cy="{y}" r="10" fill="#4696b4" stroke="#282828" stroke-width="2"/>"##
    ));
}

/// The power of ten of a positive number, as superscripts, and the digits in front of it.
fn scientific(value: f64) -> [String; 2] {
    let text = format!("{value:.1e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let raised = power.chars().map(|digit| match digit.to_digit(10) {
        Some(digit) => ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit as usize],
        None => '⁻',
    });
    [raised.collect(), digits.to_owned()]
}
