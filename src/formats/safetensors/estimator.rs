//! What the file of an estimator holds beside its network: scalers, classes, names of columns, and the report.

use std::time::Duration;

use ndarray::Array1;
use serde::Deserialize;

use super::file::Tensors;
use super::json::{Raw, Section, malformed};
use crate::data::StandardScaler;
use crate::error::Error;
use crate::training::{EpochReport, Hint, Report, StopReason};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Network,
    Classifier,
    Regressor,
}

impl Kind {
    /// The name of the type.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Network => "Dnn",
            Self::Classifier => "TrainedClassifier",
            Self::Regressor => "TrainedRegressor",
        }
    }
}

/// What an estimator has beside its network.
#[derive(Debug)]
pub(crate) struct Extra {
    pub(crate) kind: Kind,
    pub(crate) scaler: StandardScaler,
    pub(crate) target_scaler: Option<StandardScaler>,
    /// The labels as texts; of a regressor none.
    pub(crate) classes: Vec<String>,
    pub(crate) column_names: Option<Vec<String>>,
    pub(crate) report: Report,
}

/// The part of it that is in the header; the rest are tensors.
#[derive(Debug, PartialEq)]
pub(super) struct Summary {
    pub(super) kind: Kind,
    /// The JSON of a list of texts. A hostile one takes no memory for its elements before the network is read, and with
    /// it the number of classes.
    pub(super) classes: String,
    /// The JSON of a list of texts, or `null`.
    pub(super) column_names: String,
    pub(super) scales_targets: bool,
    pub(super) best_epoch: Option<usize>,
    /// In nanoseconds.
    pub(super) elapsed: u64,
    pub(super) iterations: usize,
    pub(super) stop_reason: StopReason,
    pub(super) hints: Vec<Hint>,
    /// Whether there are validation losses.
    is_validated: bool,
}

// The names of the tensors.
const SCALER: [&str; 2] = ["estimator.scaler.means", "estimator.scaler.scales"];
const TARGET_SCALER: [&str; 2] = ["estimator.target_scaler.means", "estimator.target_scaler.scales"];
const LOSSES: &str = "estimator.report.losses";
const ETAS: &str = "estimator.report.etas";
const VALIDATION_LOSSES: &str = "estimator.report.validation_losses";

impl Extra {
    pub(super) fn summary(&self) -> Result<Summary, Error> {
        let report = &self.report;
        let error = |error| malformed("ndarray_dnn", error);
        Ok(Summary {
            kind: self.kind,
            classes: serde_json::to_string(&self.classes).map_err(error)?,
            column_names: serde_json::to_string(&self.column_names).map_err(error)?,
            scales_targets: self.target_scaler.is_some(),
            best_epoch: report.best_epoch,
            elapsed: u64::try_from(report.elapsed.as_nanos()).unwrap_or(u64::MAX),
            iterations: report.iterations,
            stop_reason: report.stop_reason,
            hints: report.hints.clone(),
            is_validated: !report.validation_losses.is_empty(),
        })
    }

    /// The tensors.
    pub(super) fn lists(&self) -> Vec<(&'static str, Vec<f64>)> {
        let mut lists = Vec::new();
        for (names, scaler) in [(SCALER, Some(&self.scaler)), (TARGET_SCALER, self.target_scaler.as_ref())] {
            if let (Some(scaler), [means, scales]) = (scaler, names) {
                lists.push((means, scaler.means().to_vec()));
                lists.push((scales, scaler.scales().to_vec()));
            }
        }
        let report = &self.report;
        lists.push((LOSSES, report.losses.clone()));
        lists.push((ETAS, report.history.iter().map(EpochReport::eta).collect()));
        if !report.validation_losses.is_empty() {
            lists.push((VALIDATION_LOSSES, report.validation_losses.clone()));
        }
        lists
    }

    /// Reads the tensors of an estimator whose network has this number of inputs and of outputs.
    pub(super) fn of_file(
        summary: Summary,
        file: &Tensors<'_>,
        [inputs, outputs]: [usize; 2],
    ) -> Result<Self, Error> {
        let scaler = scaler(file, SCALER, inputs)?;
        let target_scaler =
            summary.scales_targets.then(|| self::scaler(file, TARGET_SCALER, outputs)).transpose()?;
        let report = report(&summary, file)?;
        let of_class = if summary.kind == Kind::Classifier { outputs } else { 0 };
        let classes = texts("classes", &summary.classes, of_class)?;
        let has_names = summary.column_names != "null";
        let column_names = has_names.then(|| texts("column_names", &summary.column_names, inputs));
        let (kind, column_names) = (summary.kind, column_names.transpose()?);
        Ok(Self { kind, scaler, target_scaler, classes, column_names, report })
    }
}

/// The list of so many texts in this JSON.
fn texts(key: &str, json: &str, length: usize) -> Result<Vec<String>, Error> {
    let raw: Raw<'_> = serde_json::from_str(json).map_err(|error| PLACE.malformed(key, error))?;
    let texts = PLACE.texts(key, raw, length)?;
    if texts.len() == length {
        Ok(texts)
    } else {
        Err(PLACE.malformed(key, format_args!("must have {length} elements, found {}", texts.len())))
    }
}

fn scaler(file: &Tensors<'_>, names: [&str; 2], columns: usize) -> Result<StandardScaler, Error> {
    let [means, scales] = names.map(|name| list(file, name, columns));
    StandardScaler::new(means?, scales?).map_err(|error| malformed(names[0], error))
}

/// A tensor of this length.
fn list(file: &Tensors<'_>, name: &str, length: usize) -> Result<Array1<f64>, Error> {
    let list = file.vector::<f64>(name)?;
    if list.len() == length {
        Ok(list)
    } else {
        Err(malformed(name, format_args!("its length must be {length}, found {}", list.len())))
    }
}

fn report(summary: &Summary, file: &Tensors<'_>) -> Result<Report, Error> {
    let losses = file.vector::<f64>(LOSSES)?.to_vec();
    let etas = list(file, ETAS, losses.len())?;
    let validation_losses =
        if summary.is_validated { list(file, VALIDATION_LOSSES, losses.len())?.to_vec() } else { Vec::new() };
    if summary.best_epoch.is_some_and(|best| best == 0 || best > losses.len()) {
        let epochs = losses.len();
        let reason = format!("must be at least 1 and at most {epochs}, the number of epochs");
        return Err(REPORT.malformed("best_epoch", reason));
    }
    let epochs = (1..).zip(losses.iter().zip(etas));
    let epoch = |(epoch, (loss, eta)): (usize, (&f64, f64))| {
        EpochReport::new(epoch, *loss, validation_losses.get(epoch - 1).copied(), eta)
    };
    Ok(Report {
        iterations: summary.iterations,
        history: epochs.map(epoch).collect(),
        losses,
        validation_losses,
        metrics: Vec::new(),
        best_epoch: summary.best_epoch,
        judged_by: None,
        stop_reason: summary.stop_reason,
        elapsed: Duration::from_nanos(summary.elapsed),
        hints: summary.hints.clone(),
    })
}

const PLACE: Section<'_> = Section("ndarray_dnn.estimator");
const REPORT: Section<'_> = Section("ndarray_dnn.estimator.report");

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct FoundEstimator<'a> {
    classes: Raw<'a>,
    column_names: Raw<'a>,
    kind: Raw<'a>,
    report: Raw<'a>,
    scales_targets: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct FoundHint<'a> {
    kind: Raw<'a>,
    numbers: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct FoundReport<'a> {
    best_epoch: Raw<'a>,
    elapsed: Raw<'a>,
    hints: Raw<'a>,
    is_validated: Raw<'a>,
    iterations: Raw<'a>,
    stop_reason: Raw<'a>,
}

impl Summary {
    /// Reads the object `estimator` of the header.
    pub(super) fn from_json(root: Section<'_>, raw: Raw<'_>) -> Result<Self, Error> {
        let found: FoundEstimator<'_> = root.object("estimator", raw)?;
        let kind = match &PLACE.name("kind", found.kind)?[..] {
            "TrainedClassifier" => Kind::Classifier,
            "TrainedRegressor" => Kind::Regressor,
            other => return Err(PLACE.malformed("kind", format_args!("is unknown: {other:?}"))),
        };
        let report: FoundReport<'_> = PLACE.object("report", found.report)?;
        let text = |raw: Raw<'_>| raw.get().unwrap_or("null").to_owned();
        Ok(Self {
            kind,
            classes: text(found.classes),
            column_names: text(found.column_names),
            scales_targets: PLACE.flag("scales_targets", found.scales_targets)?,
            best_epoch: REPORT.optional_integer("best_epoch", report.best_epoch)?,
            elapsed: REPORT.integer("elapsed", report.elapsed)?,
            iterations: REPORT.integer("iterations", report.iterations)?,
            stop_reason: reason_of(&REPORT.name("stop_reason", report.stop_reason)?)?,
            hints: hints(report.hints)?,
            is_validated: REPORT.flag("is_validated", report.is_validated)?,
        })
    }

    pub(super) fn is_validated(&self) -> bool {
        self.is_validated
    }

    /// The names of the tensors.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        let of_targets = TARGET_SCALER.into_iter().filter(|_| self.scales_targets);
        let of_validation = [VALIDATION_LOSSES].into_iter().filter(|_| self.is_validated);
        SCALER.into_iter().chain(of_targets).chain([LOSSES, ETAS]).chain(of_validation)
    }
}

/// The most hints of a report, and the most numbers of a hint.
const MOST_HINTS: usize = 16;
const MOST_NUMBERS: usize = 4;

fn hints(raw: Raw<'_>) -> Result<Vec<Hint>, Error> {
    let hint = |raw: Raw<'_>| {
        let hint: FoundHint<'_> = REPORT.object("hints", raw)?;
        let numbers = REPORT.list("hints", hint.numbers, MOST_NUMBERS)?;
        let numbers = numbers.into_iter().map(|number| REPORT.number("hints", number));
        let (kind, numbers) = (REPORT.name("hints", hint.kind)?, numbers.collect::<Result<Vec<_>, _>>()?);
        let unknown = || REPORT.malformed("hints", format_args!("is unknown: {kind:?} of {numbers:?}"));
        Hint::of_parts(&kind, &numbers).ok_or_else(unknown)
    };
    REPORT.list("hints", raw, MOST_HINTS)?.into_iter().map(hint).collect()
}

/// Every reason to stop.
const REASONS: [StopReason; 4] =
    [StopReason::MaxEpochs, StopReason::Threshold, StopReason::EarlyStopping, StopReason::Callback];

pub(super) fn name_of_reason(reason: StopReason) -> &'static str {
    match reason {
        StopReason::MaxEpochs => "max_epochs",
        StopReason::Threshold => "threshold",
        StopReason::EarlyStopping => "early_stopping",
        StopReason::Callback => "callback",
    }
}

fn reason_of(name: &str) -> Result<StopReason, Error> {
    let found = REASONS.into_iter().find(|reason| name_of_reason(*reason) == name);
    found.ok_or_else(|| REPORT.malformed("stop_reason", format_args!("is unknown: {name:?}")))
}
