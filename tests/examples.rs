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
#[cfg(feature = "safetensors")]
#[allow(dead_code)]
#[path = "../examples/from_keras.rs"]
mod from_keras;
#[allow(dead_code)]
#[path = "../examples/from_sklearn.rs"]
mod from_sklearn;
#[allow(dead_code)]
#[path = "../examples/noisy_sine.rs"]
mod noisy_sine;
#[allow(dead_code)]
#[path = "../examples/online.rs"]
mod online;
#[allow(dead_code)]
#[path = "../examples/shards.rs"]
mod shards;
#[allow(dead_code)]
#[path = "../examples/surfaces_lm.rs"]
mod surfaces_lm;

#[test]
fn fit_surfaces_agrees_with_the_article_and_draws_its_figure() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let figure = folder.join("figure.svg");
    let mut out = Vec::new();
    fit_surfaces::run(&figure, &mut out).unwrap();

    let out = String::from_utf8(out).unwrap();
    let rows = out.lines().filter(|line| ["f1 ", "f2 ", "f3 "].iter().any(|name| line.starts_with(name)));
    assert_eq!(rows.count(), 9, "{out}");
    // Without the difference, which is rounding.
    assert_shown("fit_surfaces", &out, 40);
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
    assert_shown("digits", &out, 80);
    assert_svg(&figure, 20_000..=150_000);
}

#[test]
fn levenberg_marquardt_fits_the_surfaces_better_and_draws_its_figure() {
    let figure = Path::new(env!("CARGO_TARGET_TMPDIR")).join("surfaces_lm.svg");
    let mut out = Vec::new();
    let fits = surfaces_lm::run(&figure, &mut out).unwrap();
    let ratios = Vec::from_iter(fits.iter().map(|fit| fit.grid_rmse[1] / fit.grid_rmse[0]));
    let better = ratios.iter().filter(|ratio| **ratio < 1.0).count();
    assert!(readme().contains(&format!("Levenberg-Marquardt is better in {better} of 9 fits.")));
    // From one of the nine starts both end in a bad minimum;
    // from five, the error of the run is a tenth or less.
    assert_eq!(ratios.len(), 9);
    assert!(ratios.iter().filter(|ratio| **ratio < 1.0).count() >= 8, "{ratios:?}");
    assert!(ratios.iter().filter(|ratio| **ratio < 0.1).count() >= 5, "{ratios:?}");
    let out = String::from_utf8(out).unwrap();
    let rows = out.lines().filter(|line| ["f1 ", "f2 ", "f3 "].iter().any(|name| line.starts_with(name)));
    assert_eq!(rows.count(), 9, "{out}");
    assert_svg(&figure, 80_000..=150_000);
}

#[test]
fn the_band_around_the_noisy_sine_holds_its_share() {
    let figure = Path::new(env!("CARGO_TARGET_TMPDIR")).join("noisy_sine.svg");
    let noisy_sine::Figures { noise, share } = noisy_sine::run(&figure, &mut Vec::new()).unwrap();
    // Its `main` prints them.
    assert!(readme().contains(&format!("noise: {noise:.3}, and 0.2 in truth; {:.1} %", 100.0 * share)));
    // The noise is 0.2; a single set of 30 points scatters.
    assert!((noise - 0.2).abs() < 0.05 && (0.9..0.99).contains(&share), "{noise}, {share}");
    assert_svg(&figure, 4_000..=20_000);
}

/// Checks that the output of an example contains what `examples/README.md` shows of it: the lines of the text in its
/// section. In `columns`, each line is compared up to that many characters.
#[track_caller]
fn assert_shown(example: &str, out: &str, columns: usize) {
    let text = readme();
    let section = text.split(&format!("## [`{example}`]")).nth(1).unwrap().split("\n## ").next().unwrap();
    let shown = section.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let cut = |line: &str| line.chars().take(columns).collect::<String>();
    let lines = Vec::from_iter(out.lines().map(cut));
    for line in shown.lines().map(cut) {
        assert!(lines.contains(&line), "{example} did not print {line:?}, but\n{out}");
    }
}

/// The index of the examples.
fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/README.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn every_example_is_in_the_index() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_example =
        |path: &Path| path.extension() == Some("rs".as_ref()) || path.join("Cargo.toml").exists();
    let examples = Vec::from_iter(paths.filter(|path| is_example(path)));
    assert!(examples.len() > 8, "{examples:?}");
    for example in examples {
        let name = example.file_stem().unwrap().to_str().unwrap();
        assert!(readme().contains(&format!("## [`{name}`]({name}")), "examples/README.md lacks {name}");
    }
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
    let mut out = Vec::new();
    let figures = diabetes::run(&mut out).unwrap();
    // Without the seconds.
    assert_shown("diabetes", &String::from_utf8(out).unwrap(), 27);
    assert_eq!(figures.len(), 4);
    assert!(figures.iter().all(|[ours, scikit_learn]| ours >= scikit_learn), "{figures:?}");
}

#[test]
fn online_learning_follows_a_drift() {
    let mut out = Vec::new();
    let online::Figures { online, stopped, noise } = online::run(&mut out).unwrap();
    assert_shown("online", &String::from_utf8(out).unwrap(), 80);
    assert!(online < 3.0 * noise && stopped > 5.0 * online, "{online}, {stopped}, {noise}");
}

#[test]
fn shards_are_learnt_down_to_the_noise() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shards");
    std::fs::create_dir_all(&folder).unwrap();
    let mut out = Vec::new();
    let [network, noise] = shards::run(&folder, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(network < 1.3 * noise, "{out}");
    assert!(out.contains("the validation loss stopped falling"), "{out}");
    assert_shown("shards", &out, 80);
    if cfg!(feature = "safetensors") {
        // The same network: for raw data, from the file.
        assert_eq!(out.matches(&format!("{network:.4}")).count(), 2, "{out}");
    }
}

#[cfg(feature = "safetensors")]
#[test]
fn the_ported_keras_script_is_as_good_and_loads_its_checkpoint() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut out = Vec::new();
    let [trained, loaded] = from_keras::run(folder, &mut out).unwrap();
    // The mean squared and the mean absolute error of the Python script.
    let [squared, absolute] = [0.498, 0.587];
    assert!(trained[0] < 1.05 * squared && trained[1] < 1.05 * absolute, "{trained:?}");
    // The network has the best epoch restored, and the file was last written after that epoch.
    assert_eq!(loaded, trained);
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains("learning rate: 0.00050000"), "the plateau rule never acted: {out}");
    assert!(out.contains("the validation loss stopped falling"), "{out}");
    assert_shown("from_keras", &out, 80);
    assert_svg(&folder.join("from_keras.svg"), 5_000..=50_000);
}

#[test]
fn the_ported_scikit_learn_script_is_as_good() {
    let mut out = Vec::new();
    let [accuracy, roc_auc, cross_validated] = from_sklearn::run(&mut out).unwrap();
    // Those of the Python script are 0.961, 0.9963 and 0.976; 0.01 is less than the spread of its splits.
    assert!(
        accuracy > 0.951 && roc_auc > 0.986 && cross_validated > 0.966,
        "{accuracy}, {roc_auc}, {cross_validated}"
    );
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains("weighted avg"), "{out}");
    assert_shown("from_sklearn", &out, 80);
}

#[test]
fn each_line_of_the_ported_scripts_stands_above_its_port() {
    for name in ["from_keras", "from_sklearn"] {
        let read = |ending| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
            std::fs::read_to_string(path.with_extension(ending)).unwrap()
        };
        // Line breaks and quotation marks may differ.
        let dense = |text: &str| text.replace([' ', ',', '"', '\n'], "");
        let (script, port) = (read("py"), read("rs"));
        let comments = port.lines().filter_map(|line| line.trim_start().strip_prefix("// "));
        let port = dense(&comments.collect::<String>());
        let code = script.splitn(3, "\"\"\"").nth(2).unwrap().lines();
        let code = code.filter(|line| !["import ", "from "].iter().any(|start| line.starts_with(start)));
        for line in code.map(dense).filter(|line| line.len() > 1) {
            assert!(port.contains(&line), "{name}: {line}");
        }
    }
}
