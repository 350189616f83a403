//! A run of training: epoch after epoch, with validation, early stopping and reports in between.

use std::io::Write;
use std::time::Instant;

use super::checks::{
    check_batches_per_epoch, check_source, criterion, needs_validation, of_validation, validation, weights,
};
use super::early_stopping::Best;
use super::facts::Facts;
use super::metric::{Metrics, Values};
use super::progress::Bar;
use super::report::{Epoch, EpochReport, Report, StopReason};
use super::settings::Data;
use super::source_epoch::source_epoch;
use super::training::Training;
use crate::descent::{
    Blocks, Criterion, Hook, RowWeights, Samples, Tally, Workspace, finite_epoch, for_each_output, mean_loss,
};
use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::{Matrix, Scalar, concrete};
use crate::validate::{ABOVE_0, check_count, check_range, check_shapes_of_share};

impl<F: Scalar> Training<'_, F> {
    /// Checks the settings and the data, and trains.
    ///
    /// # Errors
    /// Those of [`fit`](Dnn::fit); an error of the validation data is inside an [`Error::Validation`];
    /// [`Error::NotSet`] for early stopping or validation weights without validation data; [`Error::OutOfRange`]
    /// for `max_epochs`, `batches_per_epoch`, `patience`, `min_delta`, `factor`, `min_eta`, `mean_weight`, a weight, weights that are all
    /// 0, and a result of `eta_schedule`, after which the network is in the state of the last finite epoch;
    /// [`Error::Shape`] unless each row has a weight; [`Error::Conflict`] for `loss_fn` with another link than the
    /// identity, for two metrics of the same name, for early stopping by a metric that there is not, and for
    /// `batches_per_epoch` with the article's order; [`Error::Empty`] for a metric without a name; [`Error::Metric`]
    /// with the error of a metric; [`Error::Callback`] with the error of `try_on_epoch` or `on_gradients`; [`Error::Foreign`] if `on_gradients` leaves gradients of
    /// another shape.
    ///
    /// On a [`Source`](crate::Source): [`Error::Callback`] with the error of the source; [`Error::Block`] with the error
    /// of a block; [`Error::Empty`] for an epoch without rows; [`Error::Shape`] for another number of rows than
    /// [`Source::rows`](crate::Source::rows) says; [`Error::NotSet`] for weights without a mean weight and for a metric
    /// without validation data; [`Error::Conflict`] for the order `Cyclic`, `sample_weights` and `batches_per_epoch`. After an error in
    /// an epoch the network is in the state of the last finite epoch.
    pub fn run(self) -> Result<Report, Error> {
        run_training(self)
    }
}

concrete!(
    /// Checks all settings, then trains.
    fn run_training<'a, F>(training: Training<'a, F>) -> Result<Report, Error> {
        let mut training = training;
        let began = Instant::now();
        let (metrics, loss_fn) =
            (std::mem::take(&mut training.callbacks.metrics), training.callbacks.loss_fn.take());
        let on_gradients = training.machines.on_gradients.take();
        let net = &*training.net;
        check_count("max_epochs", training.stopping.max_epochs.unwrap_or(1))?;
        check_batches_per_epoch(&net.config, training.machines.share.batches_per_epoch)?;
        match training.data {
            // The number of steps is known without rows.
            Data::Arrays(x, y)
                if on_gradients.is_some() && training.machines.share.batches_per_epoch.is_some() =>
            {
                check_shapes_of_share(x, y, net.shape()).map_err(|error| net.explain(error))?;
            }
            Data::Arrays(x, y) => net.check_shapes(x, y)?,
            Data::Source(_) => check_source(&training)?,
        }
        if let Some([x, y]) = training.validation.data {
            net.check_shapes(x, y).map_err(of_validation)?;
        } else if let Some(needed_by) = needs_validation(&training, &metrics) {
            return Err(Error::NotSet { name: "validation", needed_by });
        }
        let names = Vec::from_iter(metrics.iter().map(|metric| metric.name.clone()));
        if let Some(early_stopping) = &training.stopping.early {
            early_stopping.check::<F>(&names)?;
        }
        if let Some(reduce_on_plateau) = &training.rates.on_plateau {
            reduce_on_plateau.check::<F>()?;
        }
        if let Some(mean_weight) = training.weighting.mean {
            check_range::<f64>("mean_weight", ABOVE_0, mean_weight)?;
        }
        // Allocate before reading the values: a broadcast array can have so many rows that a permutation does not fit.
        let rows = if let Data::Arrays(x, _) = training.data { x.nrows() } else { 0 };
        let order = net.config.batch_order();
        let mut workspace = Workspace::new(&net.config, &net.state, order, rows, training.machines.share)?;
        let [max_epochs, min_minibatches] = match (training.stopping.max_epochs, &training.data) {
            (Some(max_epochs), _) => [max_epochs, 0],
            (None, Data::Arrays(..)) => [net.config.epochs(workspace.minibatches_per_epoch()), 0],
            // The number of mini-batches of an epoch is not known.
            (None, Data::Source(_)) => [net.config.max_epochs(), net.config.min_updates()],
        };
        let early = training.stopping.early.clone();
        let best = early.map(|settings| Best::new(settings, net.network())).transpose()?;
        let weights = weights(&training)?;
        let validation = validation(&training)?;
        let mut criterion = criterion(&net.config, loss_fn.as_deref(), net.output_shape())?;
        let metrics = Metrics::new(metrics, validation.or_else(|| training.data.samples(weights)))?;
        let hook = on_gradients.map(|function| Hook { function, max_epochs });
        let mut run =
            Run { training, began, weights, validation, metrics, best, hook, max_epochs, min_minibatches };
        let finished = run.epochs(&mut workspace, &mut criterion);
        let mut report = finished.map_err(|error| workspace.restore(&mut run.training.net.state, error))?;
        // So that the hints need no memory beside that of the run.
        drop(workspace);
        let net = &*run.training.net;
        // Without memory for them, and for a source, there are no hints from the data.
        let facts = run
            .training
            .data
            .samples(run.weights)
            .and_then(|samples| Facts::of(&net.config, &samples, net.network(), criterion.is_own()).ok());
        report.hints = facts.unwrap_or_default().hints(&report);
        report.elapsed = run.began.elapsed();
        Ok(report)
    }
);

/// A run with checked settings.
struct Run<'a, F: Scalar> {
    training: Training<'a, F>,
    began: Instant,
    weights: RowWeights<'a, F>,
    validation: Option<Samples<'a, F>>,
    metrics: Metrics<'a, F>,
    best: Option<Best<F>>,
    hook: Option<Hook<'a, F>>,
    /// The run ends when it has both numbers.
    max_epochs: usize,
    min_minibatches: usize,
}

impl<F: Scalar> Run<'_, F> {
    /// Trains for one epoch after the other, until there is a reason to stop.
    fn epochs(
        &mut self,
        workspace: &mut Workspace<F>,
        criterion: &mut Criterion<'_, F>,
    ) -> Result<Report, Error> {
        let mut history: Vec<EpochReport> = Vec::new();
        let mut blocks = Blocks::default();
        let bar = Bar::new(self.training.is_shown, "epoch", self.max_epochs);
        if !self.training.rates.is_resumed {
            self.training.net.state.restart_rate();
        }
        let stop_reason = loop {
            let loss = self.epoch(workspace, criterion)?;
            workspace.keep(&self.training.net.state);
            let (validation_loss, metrics) = self.evaluate(criterion, &mut blocks)?;
            let (epoch, eta) = (workspace.tally.epochs, self.training.net.effective_eta());
            let report = EpochReport { epoch, loss, validation_loss, metrics, eta };
            self.judge_rate(&report, workspace);
            if self.training.net.config.verbose() {
                // A closed standard output does not stop training.
                let _ = writeln!(std::io::stdout().lock(), "{report}");
            }
            bar.show(&report);
            let reason = self.stop_reason(&report, &workspace.tally)?;
            history.push(report);
            if let Some(reason) = reason {
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
            metrics: self.metrics.names().iter().map(|name| of_metric(name, &history)).collect(),
            history,
            best_epoch,
            judged_by: self.judged_by(),
            stop_reason,
            elapsed: self.began.elapsed(),
            hints: Vec::new(),
        })
    }

    /// The metric of early stopping; `None` for the validation loss.
    fn judged_by(&self) -> Option<String> {
        let early = self.training.stopping.early.as_ref()?;
        early.metric().map(str::to_owned)
    }

    /// Trains for one epoch, and returns its loss.
    fn epoch(
        &mut self,
        workspace: &mut Workspace<F>,
        criterion: &mut Criterion<'_, F>,
    ) -> Result<f64, Error> {
        let Self { training, weights, hook, .. } = self;
        let Training { net, data, weighting, rates, .. } = training;
        let (eta_schedule, hook) = (rates.schedule.as_mut(), hook.as_mut());
        match data {
            Data::Source(source) => {
                source_epoch(net, &mut **source, weighting.mean, criterion, workspace, eta_schedule, hook)
            }
            Data::Arrays(x, y) => {
                let samples = Samples { x, y, weights: *weights };
                let Dnn { config, state, .. } = &mut **net;
                finite_epoch(config, state, &samples, criterion, workspace, eta_schedule, hook)
            }
        }
    }

    /// Reduces the learning rate if the loss no longer falls. The training loss of an epoch whose rows have no weight
    /// says nothing.
    fn judge_rate(&mut self, report: &EpochReport, workspace: &mut Workspace<F>) {
        let of_training = Some(report.loss).filter(|_| workspace.tally.has_weight());
        let loss = report.validation_loss.or(of_training);
        if let (Some(reduce_on_plateau), Some(loss)) = (&self.training.rates.on_plateau, loss) {
            let Dnn { config, state, .. } = &mut *self.training.net;
            reduce_on_plateau.judge(&mut state.plateau, loss, config.eta());
            workspace.keep_plateau(state);
        }
    }

    /// Judges an epoch and calls `on_epoch`; returns the first reason to stop. The loss of an epoch whose rows have no
    /// weight is 0 and does not mean that training has converged.
    fn stop_reason(&mut self, report: &EpochReport, tally: &Tally) -> Result<Option<StopReason>, Error> {
        let net = &*self.training.net;
        let is_patience_over = self.best.as_mut().is_some_and(|best| best.judge(report, net.network()));
        let epoch = Epoch { report, net, elapsed: self.began.elapsed() };
        let is_stopped = match &mut self.training.callbacks.on_epoch {
            None => false,
            Some(on_epoch) => on_epoch(&epoch)
                .map_err(|source| Error::Callback { name: "try_on_epoch", source })?
                .is_break(),
        };
        let threshold = net.config.threshold();
        Ok(if report.epoch >= self.max_epochs && tally.iterations >= self.min_minibatches {
            Some(StopReason::MaxEpochs)
        } else if tally.has_weight() && threshold > 0.0 && report.loss < threshold {
            Some(StopReason::Threshold)
        } else if is_patience_over {
            Some(StopReason::EarlyStopping)
        } else if is_stopped {
            Some(StopReason::Callback)
        } else {
            None
        })
    }

    /// The validation loss and the metrics with the present parameters. Without validation data there is no such loss,
    /// and the metrics are those of the training data.
    fn evaluate(
        &mut self,
        criterion: &mut Criterion<'_, F>,
        blocks: &mut Blocks<F>,
    ) -> Result<(Option<f64>, Values), Error> {
        let Self { training, weights, validation, metrics, .. } = self;
        if validation.is_none() && metrics.answers.is_none() {
            return Ok((None, Values::default()));
        }
        let network = training.net.network();
        let Some(of_metrics) = validation.or_else(|| training.data.samples(*weights)) else {
            return Ok((None, Values::default()));
        };
        let answers = &mut metrics.answers;
        let take = &mut |first: usize, block: &Matrix<F>| {
            answers.as_mut().map_or((), |answers| answers.take(first, block, &of_metrics))
        };
        let loss = match &*validation {
            // An output that is not finite gives a loss that is not finite, which is reported and is not an error.
            Some(samples) => Some(mean_loss(network, criterion, samples, None, blocks, take)?),
            None => {
                for_each_output(network, &of_metrics, blocks, take)?;
                None
            }
        };
        Ok((loss, metrics.values(of_metrics.y)?))
    }
}

/// The name of a metric and its values in all epochs.
fn of_metric(name: &str, history: &[EpochReport]) -> (String, Vec<f64>) {
    (name.to_owned(), history.iter().filter_map(|epoch| epoch.metric(name)).collect())
}
