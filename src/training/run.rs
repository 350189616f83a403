//! A run of training: epoch after epoch, with validation, early stopping and reports in between.

use std::io::Write;
use std::time::Instant;

use super::checks::{check, criterion, validation, weights};
use super::early_stopping::Best;
use super::facts::Facts;
use super::metric::{Metrics, Values};
use super::plateau::ReduceOnPlateau;
use super::progress::Bar;
use super::report::{Epoch, EpochReport, Outcome, Report, StopReason};
use super::settings::{Callbacks, Data, OnEpoch};
use super::source::Source;
use super::source_epoch::source_epoch;
use super::training::Training;
use crate::descent::{
    BlockMemory, Functions, Hook, Samples, Tally, Workspace, finite_epoch, for_each_output, mean_loss,
};
use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::{Matrix, Scalar, concrete};

impl<F: Scalar> Training<'_, F> {
    /// Checks the settings and the data, and trains.
    ///
    /// # Errors
    /// Those of [`fit`](Dnn::fit); an error of the validation data is inside an [`Error::Validation`];
    /// [`Error::NotSet`] for early stopping or validation weights without validation data; [`Error::OutOfRange`] for
    /// `max_epochs`, `batches_per_epoch`, `patience`, `min_delta`, `factor`, `min_eta`, `mean_weight`, a weight,
    /// weights that are all 0, and a result of `eta_schedule`, after which the network is in the state of the last
    /// finite epoch; [`Error::Shape`] unless each row has a weight; [`Error::Conflict`] for `loss_fn` with another link
    /// than the identity, for two metrics of the same name, for early stopping by a metric that there is not, and for
    /// `batches_per_epoch` with the article's order; [`Error::Empty`] for a metric without a name; [`Error::Metric`]
    /// with the error of a metric; [`Error::Callback`] with the error of `try_on_epoch` or `on_gradients`;
    /// [`Error::Foreign`] if `on_gradients` leaves gradients of another shape.
    ///
    /// On a [`Source`](crate::training::Source): [`Error::Callback`] with the error of the source; [`Error::Block`]
    /// with the error of a block; [`Error::Empty`] for an epoch without rows; [`Error::Shape`] for another number of
    /// rows than [`Source::rows`](crate::training::Source::rows) says; [`Error::NotSet`] for weights without a mean
    /// weight and for a metric without validation data; [`Error::Conflict`] for the order `Cyclic`, `sample_weights`
    /// and `batches_per_epoch`. After an error in an epoch the network is in the state of the last finite epoch.
    pub fn run(self) -> Result<Report, Error> {
        run_training(self)
    }
}

concrete!(
    /// Checks all settings, then trains.
    fn run_training<'a, F>(training: Training<'a, F>) -> Result<Report, Error> {
        let began = Instant::now();
        check(&training)?;
        // Allocate before reading the values: a broadcast array can have so many rows that a permutation does not fit.
        let Dnn { config, state, .. } = &*training.net;
        let rows = if let Data::Arrays(x, _) = training.data { x.nrows() } else { 0 };
        let mut workspace =
            Workspace::new(config, state, config.batch_order(), rows, training.machines.share)?;
        let [max_epochs, min_minibatches] = match (training.stopping.max_epochs, &training.data) {
            (Some(max_epochs), _) => [max_epochs, 0],
            (None, Data::Arrays(..)) => [config.epochs(workspace.minibatches_per_epoch()), 0],
            // The number of mini-batches of an epoch is not known.
            (None, Data::Source(_)) => [config.max_epochs(), config.min_updates()],
        };
        let early = training.stopping.early.clone();
        let best = early.map(|settings| Best::new(settings, &state.network)).transpose()?;
        let (weights, validation) = (weights(&training)?, validation(&training)?);

        let Training { net, data, weighting, rates, callbacks, machines, is_shown, .. } = training;
        let Callbacks { on_epoch, metrics, loss_fn } = callbacks;
        let criterion = criterion(&net.config, loss_fn.as_deref(), net.output_shape())?;
        let origin = match data {
            Data::Arrays(x, y) => Origin::Samples(Samples::unchecked(x, y, weights, net.config.loss())),
            Data::Source(source) => Origin::Source { source, mean_weight: weighting.mean },
        };
        let mut run = Run {
            metrics: Metrics::new(metrics, validation.or(origin.samples()))?,
            functions: Functions { criterion, eta_schedule: rates.schedule },
            hook: machines.on_gradients.map(|function| Hook { function, max_epochs }),
            bar: Bar::new(is_shown, "epoch", max_epochs),
            net,
            began,
            origin,
            validation,
            best,
            on_plateau: rates.on_plateau,
            on_epoch,
            max_epochs,
            min_minibatches,
        };
        if !rates.is_resumed {
            run.net.state.restart_rate();
        }
        let finished = run.epochs(&mut workspace);
        let (history, stop_reason) =
            finished.map_err(|error| workspace.restore(&mut run.net.state, error))?;
        Ok(run.report(history, stop_reason, workspace))
    }
);

/// Where the rows of a run come from.
enum Origin<'a, F: Scalar> {
    Samples(Samples<'a, F>),
    Source {
        source: Box<dyn Source<F> + 'a>,
        /// That of the run.
        mean_weight: Option<f64>,
    },
}

impl<'a, F: Scalar> Origin<'a, F> {
    /// The rows, if they are at hand.
    fn samples(&self) -> Option<Samples<'a, F>> {
        match self {
            Self::Samples(samples) => Some(*samples),
            Self::Source { .. } => None,
        }
    }
}

/// A run with checked settings.
struct Run<'a, 'f, F: Scalar> {
    net: &'a mut Dnn<F>,
    began: Instant,
    origin: Origin<'a, F>,
    validation: Option<Samples<'a, F>>,
    functions: Functions<'f, F>,
    hook: Option<Hook<'a, F>>,
    metrics: Metrics<'a, F>,
    best: Option<Best<F>>,
    on_plateau: Option<ReduceOnPlateau>,
    on_epoch: Option<OnEpoch<'a, F>>,
    bar: Bar,
    /// The run ends when it has both numbers.
    max_epochs: usize,
    min_minibatches: usize,
}

impl<F: Scalar> Run<'_, '_, F> {
    /// Trains for one epoch after the other, until there is a reason to stop.
    fn epochs(&mut self, workspace: &mut Workspace<F>) -> Result<(Vec<EpochReport>, StopReason), Error> {
        let (mut history, mut blocks) = (Vec::new(), BlockMemory::default());
        loop {
            let loss = self.epoch(workspace)?;
            workspace.keep(&self.net.state);
            let (validation_loss, metrics) = self.evaluate(&mut blocks)?;
            let (epoch, eta) = (workspace.tally().epochs, self.net.effective_eta());
            let report = EpochReport { epoch, loss, validation_loss, metrics, eta };
            self.judge_rate(&report, workspace);
            if self.net.config.verbose() {
                // A closed standard output does not stop training.
                let _ = writeln!(std::io::stdout().lock(), "{report}");
            }
            self.bar.show(&report);
            let reason = self.stop_reason(&report, workspace.tally())?;
            history.push(report);
            if let Some(reason) = reason {
                return Ok((history, reason));
            }
        }
    }

    /// Ends the run after its last epoch: restores the best parameters, and builds the report.
    fn report(self, history: Vec<EpochReport>, stop_reason: StopReason, workspace: Workspace<F>) -> Report {
        let Self { net, began, origin, metrics, functions, best, .. } = self;
        let judged_by = best.as_ref().and_then(Best::metric).map(str::to_owned);
        let best_epoch = best.as_ref().and_then(|best| best.epoch);
        let is_before_the_last = |best: &Best<F>| best.epoch.is_some_and(|epoch| epoch < history.len());
        if let Some(best) = best.filter(is_before_the_last) {
            best.restore(&mut net.state);
        }
        let iterations = workspace.tally().iterations;
        // So that the hints need no memory beside that of the run.
        drop(workspace);
        let losses = Vec::from_iter(history.iter().map(EpochReport::loss));
        let validation_losses = Vec::from_iter(history.iter().filter_map(EpochReport::validation_loss));
        let outcome = Outcome {
            iterations,
            losses: &losses,
            validation_losses: &validation_losses,
            best_epoch,
            stop_reason,
        };
        // Without memory for them, and for a source, there are no hints from the data.
        let facts = origin.samples().and_then(|samples| {
            Facts::of(&net.config, &samples, net.network(), functions.criterion.is_own()).ok()
        });
        let hints = facts.unwrap_or_default().hints(&outcome);
        Report {
            iterations,
            metrics: metrics.names().iter().map(|name| of_metric(name, &history)).collect(),
            losses,
            validation_losses,
            history,
            best_epoch,
            judged_by,
            stop_reason,
            elapsed: began.elapsed(),
            hints,
        }
    }

    /// Trains for one epoch, and returns its loss.
    fn epoch(&mut self, workspace: &mut Workspace<F>) -> Result<f64, Error> {
        let Self { net, origin, functions, hook, .. } = self;
        match origin {
            Origin::Source { source, mean_weight } => {
                source_epoch(net, &mut **source, *mean_weight, workspace, functions, hook.as_mut())
            }
            Origin::Samples(samples) => {
                let Dnn { config, state, .. } = &mut **net;
                let loss = finite_epoch(config, state, workspace, functions, samples, hook.as_mut())?;
                samples.set_checked();
                Ok(loss)
            }
        }
    }

    /// Reduces the learning rate if the loss no longer falls. The training loss of an epoch whose rows have no weight
    /// says nothing.
    fn judge_rate(&mut self, report: &EpochReport, workspace: &mut Workspace<F>) {
        let of_training = Some(report.loss).filter(|_| workspace.tally().has_weight());
        let loss = report.validation_loss.or(of_training);
        if let (Some(reduce_on_plateau), Some(loss)) = (&self.on_plateau, loss) {
            let Dnn { config, state, .. } = &mut *self.net;
            reduce_on_plateau.judge(&mut state.plateau, loss, config.eta());
            workspace.keep_plateau(state);
        }
    }

    /// Judges an epoch and calls `on_epoch`; returns the first reason to stop. The loss of an epoch whose rows have no
    /// weight is 0 and does not mean that training has converged.
    fn stop_reason(&mut self, report: &EpochReport, tally: &Tally) -> Result<Option<StopReason>, Error> {
        let net = &*self.net;
        let is_patience_over = self.best.as_mut().is_some_and(|best| best.judge(report, net.network()));
        let epoch = Epoch { report, net, elapsed: self.began.elapsed() };
        let is_stopped = match &mut self.on_epoch {
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
    fn evaluate(&mut self, blocks: &mut BlockMemory<F>) -> Result<(Option<f64>, Values), Error> {
        let Self { net, origin, validation, metrics, functions, .. } = self;
        if validation.is_none() && metrics.answers.is_none() {
            return Ok((None, Values::default()));
        }
        let network = net.network();
        let Some(of_metrics) = validation.or(origin.samples()) else {
            return Ok((None, Values::default()));
        };
        let answers = &mut metrics.answers;
        let take = &mut |first: usize, block: &Matrix<F>| {
            answers.as_mut().map_or((), |answers| answers.take(first, block, &of_metrics))
        };
        let loss = match validation {
            // An output that is not finite gives a loss that is not finite, which is reported and is not an error.
            Some(samples) => Some(mean_loss(network, &mut functions.criterion, samples, blocks, take)?),
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
