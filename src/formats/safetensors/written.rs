//! Settings and counters of a network as JSON, for the metadata of a file.
//!
//! The fields are in alphabetical order, as in every file so far.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::estimator::{Summary, name_of_reason};
use super::header::Header;
use super::json::malformed;
use super::settings;
use crate::activation::Activation;
use crate::error::Error;
use crate::model::Plateau;
use crate::training::Hint;

#[derive(Serialize)]
struct Written<'a> {
    activations: Vec<String>,
    element: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    estimator: Option<WrittenEstimator>,
    format: u64,
    settings: BTreeMap<&'static str, settings::Written>,
    training: WrittenTraining,
}

#[derive(Serialize)]
struct WrittenEstimator {
    classes: Box<RawValue>,
    column_names: Box<RawValue>,
    kind: &'static str,
    report: WrittenReport,
    scales_targets: bool,
}

#[derive(Serialize)]
struct WrittenReport {
    best_epoch: Option<usize>,
    /// In nanoseconds.
    elapsed: u64,
    hints: Vec<WrittenHint>,
    is_validated: bool,
    iterations: usize,
    stop_reason: &'static str,
}

#[derive(Serialize)]
struct WrittenHint {
    kind: &'static str,
    numbers: Vec<f64>,
}

impl WrittenHint {
    fn of(hint: Hint) -> Self {
        let (kind, numbers) = hint.parts();
        Self { kind, numbers }
    }
}

impl WrittenEstimator {
    fn of(summary: &Summary) -> Result<Self, Error> {
        let Summary { kind, classes, column_names, scales_targets, best_epoch, elapsed, .. } = summary;
        let report = WrittenReport {
            best_epoch: *best_epoch,
            elapsed: *elapsed,
            hints: summary.hints.iter().map(|hint| WrittenHint::of(*hint)).collect(),
            is_validated: summary.is_validated(),
            iterations: summary.iterations,
            stop_reason: name_of_reason(summary.stop_reason),
        };
        let raw = |json: &String| {
            RawValue::from_string(json.clone()).map_err(|error| malformed("ndarray_dnn", error))
        };
        let (classes, column_names) = (raw(classes)?, raw(column_names)?);
        Ok(Self { classes, column_names, kind: kind.name(), report, scales_targets: *scales_targets })
    }
}

#[derive(Serialize)]
struct WrittenTraining {
    all_updates: u64,
    effective_eta: Option<f64>,
    generator: WrittenGenerator,
    iterations: usize,
    plateau: WrittenPlateau,
    position: f64,
    updates: usize,
}

#[derive(Serialize)]
struct WrittenPlateau {
    before_last: Option<f64>,
    best: Option<f64>,
    factor: f64,
    last: Option<f64>,
    waited: usize,
}

#[derive(Serialize)]
struct WrittenGenerator {
    kind: &'static str,
    /// 64 hexadecimal digits.
    seed: String,
    stream: u64,
    /// A number of 68 bits.
    word: String,
}

impl Header {
    /// The JSON for the metadata.
    pub(super) fn to_json(&self) -> Result<String, Error> {
        let seed = self.permutations.get_seed().into_iter().map(|byte| format!("{byte:02x}"));
        let generator = WrittenGenerator {
            kind: "chacha8",
            seed: seed.collect(),
            stream: self.permutations.get_stream(),
            word: self.permutations.get_word_pos().to_string(),
        };
        let (effective_eta, iterations, updates) = (self.effective_eta, self.iterations, self.updates);
        let all_updates = self.all_updates;
        let Plateau { factor, recent: [before_last, last], best, waited } = self.plateau;
        let plateau = WrittenPlateau { before_last, best, factor, last, waited };
        let position = self.position;
        let header = Written {
            activations: self.activations.iter().map(Activation::to_string).collect(),
            element: &self.element,
            estimator: self.estimator.as_ref().map(WrittenEstimator::of).transpose()?,
            format: self.format,
            settings: settings::written(&self.config)?,
            training: WrittenTraining {
                all_updates,
                effective_eta,
                generator,
                iterations,
                plateau,
                position,
                updates,
            },
        };
        serde_json::to_string(&header).map_err(|error| malformed("ndarray_dnn", error))
    }
}
