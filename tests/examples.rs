//! The examples run, and come to what they promise.
#![allow(clippy::unwrap_used)]

// Their `main` is not called here.
#[allow(dead_code)]
#[path = "../examples/fit_surfaces.rs"]
mod fit_surfaces;

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
