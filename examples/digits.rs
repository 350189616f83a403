//! Handwritten digits: 1,797 pictures of 8 × 8 pixels, a fifth of them held out, ten times.
//!
//! ```text
//! cargo run --release --example digits [FIGURE.svg]
//! ```
//!
//! It trains the classifier of the presets with one hidden layer of 64 neurons from ten seeds, each with a split of
//! its own, prints how many of the held-out digits it knows, and draws some of those of the first seed.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};

use ndarray_dnn::ndarray::{Array1, Array2, ArrayView1, Axis};
use ndarray_dnn::{Dnn, metrics, one_hot, train_test_split};
use plotters::prelude::*;

// By path, so that a test can take in this file as a module.
#[path = "data/csv.rs"]
mod csv;

const SEEDS: u64 = 10;
const SIDE: usize = 8;
/// Of the picture: columns and rows of digits, and pixels of one with what is written below it.
const GRID: (usize, usize) = (12, 4);
const TILE: (i32, i32) = (66, 88);

fn main() -> Result<(), Box<dyn Error>> {
    let figure = std::env::args_os().nth(1).map_or("target/digits.svg".into(), PathBuf::from);
    run(&figure, &mut std::io::stdout().lock()).map(drop)
}

/// What one network makes of the digits that it has not seen.
struct Outcome {
    accuracy: f64,
    pictures: Array2<f64>,
    labels: Array1<usize>,
    predicted: Array1<usize>,
}

/// Trains ten networks, reports to `out`, draws to `figure`; returns the median of the accuracies.
///
/// # Errors
/// If the data cannot be read, or something cannot be written.
pub(crate) fn run(figure: &Path, out: &mut impl Write) -> Result<f64, Box<dyn Error>> {
    let (pictures, labels) = csv::read("digits.csv")?;
    let labels = labels.mapv(|label| label as usize);
    let mut accuracies = Vec::new();
    for seed in 0..SEEDS {
        let outcome = train(&pictures, &labels, seed, out)?;
        if seed == 0 {
            let confusion = metrics::confusion_matrix(&outcome.labels, &outcome.predicted, 10)?;
            writeln!(out, "rows are the digits, columns what they were taken for:\n{confusion}")?;
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
    // Pixels are 0 to 16: no column stands out, so one factor does for all.
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

/// Rows of digits, the last one of mistakes, each with the prediction below it.
fn draw(figure: &Path, outcome: &Outcome) -> Result<(), Box<dyn Error>> {
    let (columns, rows) = GRID;
    let is_wrong = |&i: &usize| outcome.labels[i] != outcome.predicted[i];
    let first = (0..outcome.labels.len()).take(columns * (rows - 1));
    let wrong = (0..outcome.labels.len()).filter(is_wrong).take(columns);

    let size = (columns as u32 * TILE.0 as u32 + 16, rows as u32 * TILE.1 as u32 + 16);
    let area = SVGBackend::new(figure, size).into_drawing_area();
    area.fill(&WHITE)?;
    for (place, i) in first.chain(wrong).enumerate() {
        let corner = (8 + (place % columns) as i32 * TILE.0, 8 + (place / columns) as i32 * TILE.1);
        let (label, predicted) = (outcome.labels[i], outcome.predicted[i]);
        let caption = if is_wrong(&i) { format!("{predicted}, not {label}") } else { predicted.to_string() };
        let colour = if is_wrong(&i) { RED } else { BLACK };
        draw_digit(&area, corner, outcome.pictures.row(i))?;
        let below = (corner.0 + 28, corner.1 + 60);
        let style = ("sans-serif", 13).into_font().color(&colour);
        area.draw_text(
            &caption,
            &style.pos(plotters::style::text_anchor::Pos::new(
                plotters::style::text_anchor::HPos::Center,
                plotters::style::text_anchor::VPos::Top,
            )),
            below,
        )?;
    }
    area.present()?;
    Ok(())
}

/// One digit, 7 pixels to each of its own, on a grey ground.
fn draw_digit<DB: DrawingBackend>(
    area: &DrawingArea<DB, plotters::coord::Shift>,
    (left, top): (i32, i32),
    picture: ArrayView1<'_, f64>,
) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
    let square = |row: i32, column: i32, side: i32, colour: RGBColor| {
        let (left, top) = (left + 7 * column, top + 7 * row);
        Rectangle::new([(left, top), (left + 7 * side, top + 7 * side)], colour.filled())
    };
    area.draw(&square(0, 0, SIDE as i32, RGBColor(240, 240, 240)))?;
    for (pixel, &ink) in picture.iter().enumerate().filter(|(_, ink)| **ink > 0.0) {
        let shade = (240.0 * (1.0 - ink / 16.0)) as u8;
        area.draw(&square((pixel / SIDE) as i32, (pixel % SIDE) as i32, 1, RGBColor(shade, shade, shade)))?;
    }
    Ok(())
}
