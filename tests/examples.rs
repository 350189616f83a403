//! The examples run, and their results are as good as their docs say.
// Some examples share modules.
#![allow(clippy::duplicate_mod, clippy::unwrap_used)]

use std::ops::RangeInclusive;
use std::path::Path;

// Their `main`s are not called here.
#[allow(dead_code)]
#[path = "../examples/diabetes.rs"]
mod diabetes;
#[allow(dead_code)]
#[path = "../examples/digits.rs"]
mod digits;
#[allow(dead_code)]
#[path = "../examples/fit_surfaces.rs"]
mod fit_surfaces;
#[allow(dead_code)]
#[path = "../examples/online.rs"]
mod online;

#[test]
fn fit_surfaces_agrees_with_the_article_and_draws_its_figure() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let figure = folder.join("figure.svg");
    let mut out = Vec::new();
    fit_surfaces::run(&figure, &mut out).unwrap();

    let out = String::from_utf8(out).unwrap();
    let rows = out.lines().filter(|line| ["f1 ", "f2 ", "f3 "].iter().any(|name| line.starts_with(name)));
    assert_eq!(rows.count(), 9, "{out}");
    assert!(out.contains("The table agrees with the article"), "{out}");
    assert_svg(&figure, 100_000..=150_000);
    assert_svg(&folder.join("figure_losses.svg"), 10_000..=150_000);
}

#[test]
fn digits_recognises_97_of_100_and_draws_its_figure() {
    let figure = Path::new(env!("CARGO_TARGET_TMPDIR")).join("digits.svg");
    let mut out = Vec::new();
    let median = digits::run(&figure, &mut out).unwrap();
    assert!(median >= 0.97, "{median}");
    let out = String::from_utf8(out).unwrap();
    assert_eq!(out.lines().filter(|line| line.starts_with("seed ")).count(), 10, "{out}");
    assert_svg(&figure, 20_000..=150_000);
}

/// Checks that a file is a complete SVG of a size within the range; the README shows it.
#[track_caller]
fn assert_svg(path: &Path, bytes: RangeInclusive<usize>) {
    let svg = std::fs::read_to_string(path).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert!(bytes.contains(&svg.len()), "{} bytes", svg.len());
}

#[test]
fn diabetes_is_as_good_as_scikit_learn() {
    let figures = diabetes::run(&mut Vec::new()).unwrap();
    assert_eq!(figures.len(), 4);
    assert!(figures.iter().all(|[ours, scikit_learn]| ours >= scikit_learn), "{figures:?}");
}

#[test]
fn online_learning_follows_a_drift() {
    let online::Figures { online, stopped, noise } = online::run(&mut Vec::new()).unwrap();
    assert!(online < 3.0 * noise && stopped > 5.0 * online, "{online}, {stopped}, {noise}");
}
