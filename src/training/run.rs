//! A run of training: epoch after epoch, with validation, early stopping and reports in between.

use std::io::Write;
use std::time::Instant;

use super::early_stopping::Best;
#[cfg(feature = "progress")]
use super::progress::Bar;
use super::report::{Epoch, EpochReport, Report, StopReason};
use super::training::Training;
use crate::descent::{Blocks, Measure, RowWeights, Samples, WeightNames, Workspace, finite_epoch, mean_loss};
use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::{Scalar, concrete};
use crate::model::Config;
use crate::validate::{ABOVE_0, check_count, check_finite, check_range, check_shapes, check_targets};

impl<F: Scalar> Training<'_, F> {
    /// Checks the settings and the data, and trains.
    ///
    /// # Errors
    /// Those of [`fit`](Dnn::fit); an error of the validation data is inside an [`Error::Validation`];
    /// [`Error::NotSet`] for early stopping or validation weights without validation data; [`Error::OutOfRange`]
    /// for `max_epochs`, `patience`, `min_delta`, `factor`, `min_eta`, `mean_weight`, a weight, weights that are all
    /// 0, and a result of `eta_schedule`, after which the network is in the state of the last finite epoch;
    /// [`Error::Shape`] unless each row has a weight.
    pub fn run(self) -> Result<Report, Error> {
        run_training(self)
    }
}

concrete! {
    fn run_training<'a, F>(training: Training<'a, F>) -> Result<Report, Error> = run;
}

/// Checks all settings, then trains.
fn run<F: Scalar>(training: Training<'_, F>) -> Result<Report, Error> {
    let net = &*training.net;
    let (x, y) = (training.x, training.y);
    let max_epochs = training.max_epochs.unwrap_or(net.config.max_epochs());
    check_count("max_epochs", max_epochs)?;
    check_shapes(x, y, net.shape())?;
    if let Some([x, y]) = training.validation {
        check_shapes(x, y, net.shape()).map_err(of_validation)?;
    } else if let Some(needed_by) = needs_validation(&training) {
        return Err(Error::NotSet { name: "validation", needed_by });
    }
    if let Some(early_stopping) = &training.early_stopping {
        early_stopping.check::<F>()?;
    }
    if let Some(reduce_on_plateau) = &training.reduce_on_plateau {
        reduce_on_plateau.check::<F>()?;
    }
    if let Some(mean_weight) = training.mean_weight {
        check_range::<f64>("mean_weight", ABOVE_0, mean_weight)?;
    }
    // Allocate before reading the values: a broadcast array can have so many rows that a permutation does not fit.
    let mut workspace = Workspace::new(&net.config, &net.state, net.config.batch_order(), x.nrows())?;
    let best = training.early_stopping.map(|settings| Best::new(settings, net.layers())).transpose()?;
    let weights = match training.sample_weights {
        None => RowWeights::Equal,
        Some(weights) => RowWeights::new(WeightNames::OF_SAMPLES, weights, x.nrows(), training.mean_weight)?,
    };
    let samples = Samples { x, y, weights };
    check_samples(&net.config, &samples)?;
    let validation = validation(&training)?;
    let mut run = Run { training, samples, validation, best, max_epochs };
    run.epochs(&mut workspace).map_err(|error| workspace.restore(&mut run.training.net.state, error))
}

/// The first setting that needs validation data; `None` if no setting does.
fn needs_validation<F: Scalar>(training: &Training<'_, F>) -> Option<&'static str> {
    if training.early_stopping.is_some() {
        Some("early_stopping")
    } else if training.validation_weights.is_some() {
        Some("validation_weights")
    } else {
        None
    }
}

/// The validation data, checked.
fn validation<'a, F: Scalar>(training: &Training<'a, F>) -> Result<Option<Samples<'a, F>>, Error> {
    let Some([x, y]) = training.validation else { return Ok(None) };
    let weights = match training.validation_weights {
        None => RowWeights::Equal,
        Some(weights) => {
            RowWeights::new(WeightNames::OF_VALIDATION, weights, x.nrows(), None).map_err(of_validation)?
        }
    };
    let samples = Samples { x, y, weights };
    check_samples(&training.net.config, &samples).map_err(of_validation)?;
    Ok(Some(samples))
}

/// Checks the values of a data set whose shapes are checked.
pub(super) fn check_samples<F: Scalar>(config: &Config, samples: &Samples<'_, F>) -> Result<(), Error> {
    check_finite("x", samples.x)?;
    check_targets(config.link(), samples.y, |row| samples.weights.counts(row))
}

/// Marks an error as one of the validation data.
fn of_validation(error: Error) -> Error {
    Error::Validation(Box::new(error))
}

/// A run with checked settings.
struct Run<'a, F: Scalar> {
    training: Training<'a, F>,
    samples: Samples<'a, F>,
    validation: Option<Samples<'a, F>>,
    best: Option<Best<F>>,
    max_epochs: usize,
}

impl<F: Scalar> Run<'_, F> {
    /// Trains for one epoch after the other, until there is a reason to stop.
    fn epochs(&mut self, workspace: &mut Workspace<F>) -> Result<Report, Error> {
        let began = Instant::now();
        let mut history = Vec::new();
        let mut blocks = Blocks::default();
        #[cfg(feature = "progress")]
        let bar = self.training.is_shown.then(|| Bar::new(self.max_epochs));
        if !self.training.is_resumed {
            self.training.net.state.restart_rate();
        }
        let stop_reason = loop {
            let Dnn { config, state, .. } = &mut *self.training.net;
            let eta_schedule = self.training.eta_schedule.as_mut();
            let loss = finite_epoch(config, state, &self.samples, workspace, eta_schedule)?;
            workspace.keep(state);
            let report = EpochReport {
                epoch: workspace.tally.epochs,
                loss,
                validation_loss: self.validation_loss(&mut blocks)?,
                eta: self.training.net.effective_eta(),
            };
            history.push(report);
            self.judge_rate(&report, workspace);
            if self.training.net.config.verbose() {
                // A closed standard output does not stop training.
                let _ = writeln!(std::io::stdout().lock(), "{report}");
            }
            #[cfg(feature = "progress")]
            if let Some(bar) = &bar {
                bar.show(&report);
            }
            if let Some(reason) = self.stop_reason(&report, began, workspace.tally.has_weight()) {
                break reason;
            }
        };
        let best_epoch = self.best.as_ref().and_then(|best| best.epoch);
        match &self.best {
            Some(best) if best_epoch.is_some_and(|epoch| epoch < history.len()) => {
                best.restore(&mut self.training.net.state);
            }
            _ => {}
        }
        Ok(Report {
            iterations: workspace.tally.iterations,
            losses: history.iter().map(EpochReport::loss).collect(),
            validation_losses: history.iter().filter_map(EpochReport::validation_loss).collect(),
            history,
            best_epoch,
            stop_reason,
            elapsed: began.elapsed(),
        })
    }

    /// Reduces the learning rate if the loss no longer falls. The training loss of an epoch whose rows have no weight
    /// says nothing.
    fn judge_rate(&mut self, report: &EpochReport, workspace: &mut Workspace<F>) {
        let of_training = Some(report.loss).filter(|_| workspace.tally.has_weight());
        let loss = report.validation_loss.or(of_training);
        if let (Some(reduce_on_plateau), Some(loss)) = (&self.training.reduce_on_plateau, loss) {
            let Dnn { config, state, .. } = &mut *self.training.net;
            reduce_on_plateau.judge(&mut state.plateau, loss, config.eta());
            workspace.keep_plateau(state);
        }
    }

    /// Judges an epoch and calls `on_epoch`; returns the first reason to stop. The loss of an epoch whose rows have no
    /// weight is 0 and does not mean that training has converged.
    fn stop_reason(&mut self, report: &EpochReport, began: Instant, has_weight: bool) -> Option<StopReason> {
        let net = &*self.training.net;
        let is_patience_over = match (&mut self.best, report.validation_loss) {
            (Some(best), Some(loss)) => best.judge(report, loss, net.layers()),
            _ => false,
        };
        let epoch = Epoch { report: *report, net, elapsed: began.elapsed() };
        let is_stopped = self.training.on_epoch.as_mut().is_some_and(|on_epoch| on_epoch(&epoch).is_break());
        if report.epoch >= self.max_epochs {
            Some(StopReason::MaxEpochs)
        } else if has_weight && report.loss < net.config.threshold() {
            Some(StopReason::Threshold)
        } else if is_patience_over {
            Some(StopReason::EarlyStopping)
        } else if is_stopped {
            Some(StopReason::Callback)
        } else {
            None
        }
    }

    /// The validation loss with the present parameters; `None` without validation data.
    fn validation_loss(&self, blocks: &mut Blocks<F>) -> Result<Option<f64>, Error> {
        let Some(samples) = &self.validation else { return Ok(None) };
        let net = &*self.training.net;
        let measure = Measure::reported(net.config.loss());
        // An output that is not finite gives a loss that is not finite, which is reported and is not an error.
        mean_loss(net.layers(), net.config.link(), measure, samples, false, blocks).map(Some)
    }
}
