//! The examples run, and come to what they promise.
// Two of the examples read data by the same module.
#![allow(clippy::duplicate_mod, clippy::unwrap_used)]

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
fn fit_surfaces_agrees_with_the_document_and_draws_its_figure() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let figure = folder.join("figure.svg");
    let mut out = Vec::new();
    fit_surfaces::run(&figure, &mut out).unwrap();

    let out = String::from_utf8(out).unwrap();
    let rows = out.lines().filter(|line| ["f1 ", "f2 ", "f3 "].iter().any(|name| line.starts_with(name)));
    assert_eq!(rows.count(), 9, "{out}");
    assert!(out.contains("The table agrees with the document"), "{out}");
    for (path, at_least) in [(figure.clone(), 500_000), (folder.join("figure_losses.svg"), 10_000)] {
        let svg = std::fs::read_to_string(&path).unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!((at_least..2_000_000).contains(&svg.len()), "{} bytes", svg.len());
    }
}

#[test]
fn digits_knows_97_of_100_and_draws_some() {
    let figure = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("digits.svg");
    let mut out = Vec::new();
    let median = digits::run(&figure, &mut out).unwrap();
    assert!(median >= 0.97, "{median}");
    let out = String::from_utf8(out).unwrap();
    assert_eq!(out.lines().filter(|line| line.starts_with("seed ")).count(), 10, "{out}");
    let svg = std::fs::read_to_string(figure).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert!((20_000..300_000).contains(&svg.len()), "{} bytes", svg.len());
}

#[test]
fn diabetes_is_not_below_scikit_learn() {
    let figures = diabetes::run(&mut Vec::new()).unwrap();
    assert_eq!(figures.len(), 4);
    assert!(figures.iter().all(|[ours, scikit_learn]| ours >= scikit_learn), "{figures:?}");
}

#[test]
fn online_follows_what_drifts() {
    let online::Figures { online, left_alone, noise } = online::run(&mut Vec::new()).unwrap();
    assert!(online < 3.0 * noise && left_alone > 5.0 * online, "{online}, {left_alone}, {noise}");
}
