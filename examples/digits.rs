//! Handwritten digits: 1,797 pictures of 8 × 8 pixels, a fifth of them held out, ten times.
//!
//! ```text
//! cargo run --release --example digits [FIGURE.svg]
//! ```
//!
//! Trains the preset `Dnn::classifier` with one hidden layer of 64 neurons and ten seeds, each with its own split,
//! prints the share of held-out digits that it recognises, and draws some of those of the first seed.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use ndarray_dnn::ndarray::{Array1, Array2, Axis};
use ndarray_dnn::{Dnn, metrics, one_hot, train_test_split};

use svg::{Colour, Pixel, Svg};

// By path, so that a test can include this file as a module.
#[path = "data/csv.rs"]
mod csv;
#[path = "figures/svg.rs"]
#[allow(dead_code)]
mod svg;

const SEEDS: u64 = 10;
const SIDE: usize = 8;
/// Columns and rows of digits in the figure.
const GRID: (usize, usize) = (12, 4);
/// Pixels of the figure for one digit with its caption, and per side of one of its dots.
const TILE: Pixel = (66, 88);
const DOT: i32 = 7;
const GROUND: Colour = Colour(240, 240, 240);
const BLACK: Colour = Colour(0, 0, 0);
const RED: Colour = Colour(255, 0, 0);

fn main() -> Result<(), Box<dyn Error>> {
    let figure = std::env::args_os().nth(1).map_or("target/digits.svg".into(), PathBuf::from);
    run(&figure, &mut std::io::stdout().lock()).map(drop)
}

/// The predictions of one network for the held-out digits.
struct Outcome {
    accuracy: f64,
    pictures: Array2<f64>,
    labels: Array1<usize>,
    predicted: Array1<usize>,
}

/// Trains ten networks, writes a report to `out` and the figure; returns the median accuracy.
///
/// # Errors
/// If the data cannot be read, or the report or the figure cannot be written.
pub(crate) fn run(figure: &Path, out: &mut impl Write) -> Result<f64, Box<dyn Error>> {
    let (pictures, labels) = csv::read("digits.csv")?;
    let labels = labels.mapv(|label| label as usize);
    let mut accuracies = Vec::new();
    for seed in 0..SEEDS {
        let outcome = train(&pictures, &labels, seed, out)?;
        if seed == 0 {
            let confusion = metrics::confusion_matrix(&outcome.labels, &outcome.predicted, 10)?;
            writeln!(out, "rows are the digits, columns the predictions:\n{confusion}")?;
            draw(figure, &outcome)?;
            writeln!(out, "drawn to {}", figure.display())?;
        }
        accuracies.push(outcome.accuracy);
    }
    accuracies.sort_by(f64::total_cmp);
    let middle = accuracies.len() / 2;
    let median = (accuracies[middle - 1] + accuracies[middle]) / 2.0;
    writeln!(out, "\nmedian of {SEEDS} seeds: {:.2} % of the held-out digits", 100.0 * median)?;
    Ok(median)
}

fn train(
    pictures: &Array2<f64>,
    labels: &Array1<usize>,
    seed: u64,
    out: &mut impl Write,
) -> Result<Outcome, Box<dyn Error>> {
    let (train, test) = train_test_split(labels.len(), 0.2, seed)?;
    // All pixels are 0 to 16, so one factor scales all columns.
    let x = pictures / 16.0;
    let y = one_hot(labels, 10)?;

    let mut net: Dnn = Dnn::classifier(SIDE * SIDE, &[64], 10).seed(seed).build()?;
    let report = net.fit(&x.select(Axis(0), &train), &y.select(Axis(0), &train))?;

    let labels = labels.select(Axis(0), &test);
    let predicted = net.predict_classes(&x.select(Axis(0), &test))?;
    let accuracy = metrics::accuracy(&labels, &predicted)?;
    writeln!(out, "seed {seed}: {:.2} % in {:.2?}", 100.0 * accuracy, report.elapsed())?;
    Ok(Outcome { accuracy, pictures: pictures.select(Axis(0), &test), labels, predicted })
}

/// Draws rows of digits, the last of them mistakes, each digit with its prediction below.
fn draw(figure: &Path, outcome: &Outcome) -> std::io::Result<()> {
    let (columns, rows) = GRID;
    let is_wrong = |&i: &usize| outcome.labels[i] != outcome.predicted[i];
    let first = (0..outcome.labels.len()).take(columns * (rows - 1));
    let wrong = (0..outcome.labels.len()).filter(is_wrong).take(columns);

    let (mut grounds, mut right, mut mistakes) = (Vec::new(), Vec::new(), Vec::new());
    // Of each colour, its squares: they do not overlap, so they can be drawn in any order.
    let mut ink: BTreeMap<Colour, Vec<Vec<Pixel>>> = BTreeMap::new();
    for (place, i) in first.chain(wrong).enumerate() {
        let (left, top) = (8 + (place % columns) as i32 * TILE.0, 8 + (place / columns) as i32 * TILE.1);
        grounds.push(square((left, top), DOT * SIDE as i32));
        for (dot, &amount) in outcome.pictures.row(i).iter().enumerate().filter(|(_, ink)| **ink > 0.0) {
            let (row, column) = ((dot / SIDE) as i32, (dot % SIDE) as i32);
            let colour = GROUND.blend(BLACK, amount / 16.0);
            ink.entry(colour).or_default().push(square((left + DOT * column, top + DOT * row), DOT));
        }
        let below = (left + DOT * SIDE as i32 / 2, top + DOT * SIDE as i32 + 10);
        let (label, predicted) = (outcome.labels[i], outcome.predicted[i]);
        if is_wrong(&i) {
            mistakes.push((format!("{predicted}, not {label}"), below));
        } else {
            right.push((predicted.to_string(), below));
        }
    }

    let mut svg = Svg::new((columns as i32 * TILE.0 + 16, rows as i32 * TILE.1 + 16));
    svg.fill(&grounds, GROUND);
    // Without this there would be light seams between the squares.
    svg.group(r#"shape-rendering="crispEdges""#, |svg| {
        for (colour, squares) in ink {
            svg.fill(&squares, colour);
        }
    });
    for (captions, colour) in [(right, BLACK), (mistakes, RED)] {
        svg.words(colour, 11, "middle", captions.iter().map(|(text, place)| (text.as_str(), *place)));
    }
    svg.save(figure)
}

/// The outline of a square.
fn square((left, top): Pixel, side: i32) -> Vec<Pixel> {
    vec![(left, top), (left + side, top), (left + side, top + side), (left, top + side)]
}
