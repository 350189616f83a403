//! Runs the models of `tests/it/onnx/answers.rs` in tract, and compares its predictions with those of the crate.
//!
//! ```text
//! cargo test --test it onnx:: && cargo run --manifest-path tests/tract/Cargo.toml
//! ```
//!
//! The argument is the folder of the models, by default the crate's `target/tmp/onnx`. The exit code is 1 if a model
//! fails or a prediction is off by more than 1e-6 in f32 or 1e-12 in f64.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use serde_json::Value;
use tract_onnx::prelude::*;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// 14 last activations with 4 links, without the logistic link over a sigmoid; no hidden layer, or two of any of 14
/// activations; 2 element types; 1 and 7 rows.
const PREDICTIONS: usize = (14 * 4 - 1) * 15 * 2 * 2;

fn main() -> Result<ExitCode> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tmp/onnx");
    let folder = env::args_os().nth(1).map_or(default, PathBuf::from);
    let cases: Vec<Value> = serde_json::from_slice(&fs::read(folder.join("predictions.json"))?)?;
    if cases.len() != PREDICTIONS {
        return Err(format!("{} predictions instead of {PREDICTIONS}", cases.len()).into());
    }
    let mut largest = BTreeMap::new();
    let mut failures = Vec::new();
    for case in &cases {
        let (model, element) = (text(&case["model"])?, text(&case["element"])?);
        let path = folder.join(format!("{model}.onnx"));
        let (x, expected) = (rows(&case["x"])?, rows(&case["y"])?);
        let (found, tolerance) = match element {
            "f32" => (answer::<f32>(&path, &x), 1e-6),
            _ => (answer::<f64>(&path, &x), 1e-12),
        };
        match found.and_then(|found| difference(&found, &expected)) {
            Ok(difference) if difference <= tolerance => {
                let largest: &mut f64 = largest.entry(element).or_default();
                *largest = largest.max(difference);
            }
            Ok(difference) => failures.push(format!("{model}, {} rows: off by {difference:e}", x.len())),
            Err(error) => failures.push(format!("{model}, {} rows: {error}", x.len())),
        }
    }
    failures.iter().take(50).for_each(|failure| println!("{failure}"));
    println!("{} predictions, {} failures, the largest difference {largest:?}", cases.len(), failures.len());
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The rows of `y` for the rows of `x`.
fn answer<F>(path: &Path, x: &[Vec<f64>]) -> Result<Vec<Vec<f64>>>
where
    F: Datum + Copy + Into<f64> + Narrow,
{
    let columns = x.first().map_or(0, Vec::len);
    let values = Vec::from_iter(x.iter().flatten().map(|&value| F::narrow(value)));
    let x = Tensor::from_shape(&[x.len(), columns], &values)?;
    let model = tract_onnx::onnx().model_for_path(path)?.into_optimized()?.into_runnable()?;
    let y = model.run(tvec![x.into()])?;
    let y = y.first().ok_or("no output")?.to_plain_array_view::<F>()?.to_owned();
    Ok(y.rows().into_iter().map(|row| row.iter().map(|&value| value.into()).collect()).collect())
}

/// Converts a number of the file to the element type, exactly: it was written from that type.
trait Narrow {
    fn narrow(value: f64) -> Self;
}

impl Narrow for f32 {
    fn narrow(value: f64) -> Self {
        value as f32
    }
}

impl Narrow for f64 {
    fn narrow(value: f64) -> Self {
        value
    }
}

/// The largest difference.
///
/// # Errors
/// If the shapes differ or a difference is NaN.
fn difference(found: &[Vec<f64>], expected: &[Vec<f64>]) -> Result<f64> {
    let lengths = |rows: &[Vec<f64>]| Vec::from_iter(rows.iter().map(Vec::len));
    if lengths(found) != lengths(expected) {
        return Err(format!("row lengths {:?} instead of {:?}", lengths(found), lengths(expected)).into());
    }
    let pairs = found.iter().flatten().zip(expected.iter().flatten());
    pairs.map(|(a, b)| (a - b).abs()).try_fold(0.0, |largest, difference| {
        if difference.is_nan() { Err("the output is NaN".into()) } else { Ok(f64::max(largest, difference)) }
    })
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().ok_or_else(|| format!("{value} is not a string").into())
}

fn rows(value: &Value) -> Result<Vec<Vec<f64>>> {
    Ok(serde_json::from_value(value.clone())?)
}
