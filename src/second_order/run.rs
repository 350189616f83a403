//! A run of Levenberg-Marquardt: checks, then one iteration after the other.

use std::io::Write;
use std::time::Instant;

use super::checks::{check_settings, samples};
use super::evidence::Estimate;
use super::exact::Exact;
use super::kept::{Keeper, Kept};
use super::levenberg_marquardt::LevenbergMarquardt;
use super::penalty::{Penalty, parameters_of, parameters_of_mut};
use super::point::{Point, converted};
use super::posterior::{Posterior, WHAT};
use super::problem::Problem;
use super::report::{LmIteration, LmReport, LmStop};
use super::steps::{Damping, Model, norm};
use crate::descent::{Samples, WeightNames};
use crate::error::Error;
use crate::kernel::{Scalar, concrete};
use crate::model::Network;
use crate::training::Bar;
use crate::validate::{FINITE, check_range, check_shapes};

/// λ of the first iterations with evidence, as a share of the largest element of the diagonal of JᵀJ/n. It is small, so
/// that a start near 0 is left.
const FIRST_STRENGTH: f64 = 1e-5;
/// λ is estimated when so many iterations in a row have lowered the objective by less than this share. Fewer of them
/// can be a plateau near the start, where γ is small and λ would grow until it keeps the parameters there.
const SETTLED: f64 = 0.01;
const SETTLED_ITERATIONS: usize = 6;
/// The most by which λ grows in an iteration, so that the parameters follow it.
const MOST_GROWTH: f64 = 2.0;
/// With evidence, the run stops when λ changes by less than this share, and the objective by less than `STILL`.
const STEADY: f64 = 1e-3;
const STILL: f64 = 1e-7;
/// The share of the objective by which two values may differ by rounding alone.
const LEVEL: f64 = 4.0 * f64::EPSILON;
/// The damping, as a multiple of the largest element of the diagonal, with which a step is too short to matter.
const MOST_DAMPING: f64 = 1e16;

impl<F: Scalar> LevenbergMarquardt<'_, F> {
    /// Checks the settings and the data, and trains. The result borrows nothing.
    ///
    /// Afterwards the network has the parameters with the lowest objective, or with early stopping those of the best
    /// iteration. Its velocity is 0; its iterations, learning rate and schedule are as before, since this was no
    /// descent. After an error nothing has changed.
    ///
    /// # Errors
    /// [`Error::Conflict`] for another loss than [`Loss::Squared`](crate::Loss::Squared) or
    /// [`Loss::Article`](crate::Loss::Article), for softmax, and for a network with `l1`, `dropout` or `max_norm`;
    /// [`Error::Empty`], [`Error::Shape`] and [`Error::NonFinite`] for `x` and `y`; an error of the validation data is
    /// inside an [`Error::Validation`]; [`Error::NotSet`] for early stopping or validation weights without validation
    /// data; [`Error::OutOfRange`] for `max_iterations`, a tolerance, `damping`, `patience`, `min_delta`, a weight, and
    /// weights that are all 0; [`Error::Shape`] unless each row has a weight; [`Error::NonFinite`] for parameters, an
    /// objective or an element of JᵀJ that is not finite; [`Error::TooLarge`] if JᵀJ, of 8 · p² bytes with its factor
    /// for p parameters, does not fit in memory; [`Error::Singular`] for evidence, if even with L2 a parameter is not
    /// determined.
    pub fn run(self) -> Result<(LmReport, Posterior<F>), Error> {
        run_levenberg_marquardt(self)
    }
}

concrete!(
    /// Checks everything, then trains.
    fn run_levenberg_marquardt<'a, F>(
        settings: LevenbergMarquardt<'a, F>,
    ) -> Result<(LmReport, Posterior<F>), Error> {
        let mut settings = settings;
        let began = Instant::now();
        check_settings(&settings)?;
        let net = &*settings.net;
        let of_validation = |error| Error::Validation(Box::new(error));
        check_shapes(settings.x, settings.y, net.network().shape())?;
        if let Some([x, y]) = settings.validation {
            check_shapes(x, y, net.network().shape()).map_err(of_validation)?;
        }
        // Allocate before reading the values: the parameters can be too many.
        let model = Model::new(net.parameter_count(), settings.x.nrows())?;
        let of_training =
            samples([settings.x, settings.y], settings.sample_weights, WeightNames::OF_SAMPLES)?;
        let weights = settings.validation_weights;
        let validation = settings.validation.map(|data| samples(data, weights, WeightNames::OF_VALIDATION));
        let validation = validation.transpose().map_err(of_validation)?;
        net.network().check_finite()?;
        let network = converted(net.network())?;
        let of_training = Exact::new(&of_training)?;
        let validation = validation.as_ref().map(Exact::new).transpose()?;
        let validation = validation.as_ref().map(Exact::samples);
        let problem = Problem::new(of_training.samples(), &network)?;
        let found = Search::new(&mut settings, problem, model, validation, network)?.iterations()?;

        let FoundMinimum { mut problem, mut model, point, penalty, .. } = found;
        // The last step may have led away from the parameters of JᵀJ.
        model.accumulate(&mut problem, &point.network)?;
        model.differentiate(&point.network, &penalty);
        let (objective, gradient_norm) = (point.objective(&penalty), model.gradient_norm());
        let (loss, regularization, has_curvature) = (point.loss, penalty.strength, settings.has_curvature);
        let posterior = Posterior::new(model, &mut problem, point, penalty, has_curvature)?;
        let state = &mut settings.net.state;
        state.network.copy_from(posterior.network());
        state.velocity.reset();
        let report = LmReport {
            objective,
            loss,
            validation_loss: found.validation_loss,
            best_iteration: found.best_iteration,
            gradient_norm,
            damping: found.damping,
            regularization,
            stop: found.stop,
            history: found.history,
            elapsed: began.elapsed(),
        };
        Ok((report, posterior))
    }
);

/// Everything that changes in a run.
struct Search<'r, 'a, 'd, F: Scalar> {
    settings: &'r mut LevenbergMarquardt<'a, F>,
    problem: Problem<'d>,
    /// Of the point where the iteration began.
    model: Model,
    validation: Option<Samples<'d, f64>>,
    point: Point,
    penalty: Penalty,
    /// Memory for the network after a step that is tried.
    trial: Network<f64>,
    /// `None` before the first iteration, which has the scale for it.
    damping: Option<Damping>,
    /// The iterations in a row that have lowered the objective little; from `SETTLED_ITERATIONS` on, λ is estimated.
    settled: usize,
    keeper: Option<Keeper>,
    history: Vec<LmIteration>,
}

/// What a run has found, and its memory.
struct FoundMinimum<'d> {
    problem: Problem<'d>,
    model: Model,
    point: Point,
    penalty: Penalty,
    validation_loss: Option<f64>,
    best_iteration: Option<usize>,
    damping: f64,
    stop: LmStop,
    history: Vec<LmIteration>,
}

impl<'r, 'a, 'd, F: Scalar> Search<'r, 'a, 'd, F> {
    fn new(
        settings: &'r mut LevenbergMarquardt<'a, F>,
        mut problem: Problem<'d>,
        model: Model,
        validation: Option<Samples<'d, f64>>,
        network: Network<f64>,
    ) -> Result<Self, Error> {
        let config = &settings.net.config;
        let penalty = Penalty::new(&network, config.regularize_biases(), config.regularization());
        let point = Point { loss: problem.loss(&network)?, network };
        check_range::<f64>("the objective", FINITE, point.objective(&penalty))?;
        let (trial, keeper) = (point.network.clone(), settings.early_stopping.clone().map(Keeper::new));
        let (damping, settled, history) = (None, 0, Vec::new());
        Ok(Self {
            settings,
            problem,
            model,
            validation,
            point,
            penalty,
            trial,
            damping,
            settled,
            keeper,
            history,
        })
    }

    /// Iterates until there is a reason to stop.
    fn iterations(mut self) -> Result<FoundMinimum<'d>, Error> {
        let bar = Bar::new(self.settings.is_shown, "iteration", self.settings.max_iterations);
        let stop = loop {
            let (iteration, reason) = self.iterate()?;
            let validation = iteration.validation_loss().map(|loss| ("validation", loss));
            bar.show_values(iteration.iteration(), iteration.loss(), validation);
            if self.settings.net.config.verbose() {
                // A closed standard output does not stop the run.
                let _ = writeln!(std::io::stdout().lock(), "{iteration}");
            }
            let (point, strength) = (&self.point, self.penalty.strength);
            let keeper = self.keeper.as_mut();
            let is_patience_over = keeper.is_some_and(|keeper| keeper.judge(&iteration, point, strength));
            let is_stopped = self
                .settings
                .on_iteration
                .as_mut()
                .is_some_and(|on_iteration| on_iteration(&iteration).is_break());
            self.history.push(iteration);
            if let Some(reason) = reason {
                break reason;
            } else if is_patience_over {
                break LmStop::EarlyStopping;
            } else if is_stopped {
                break LmStop::Callback;
            } else if self.history.len() >= self.settings.max_iterations {
                break LmStop::MaxIterations;
            }
        };
        let Self { problem, model, mut point, mut penalty, history, .. } = self;
        let mut validation_loss = history.last().and_then(LmIteration::validation_loss);
        let mut best_iteration = None;
        if let Some(Kept { iteration, point: best, strength, validation_loss: of_best }) =
            self.keeper.and_then(Keeper::kept)
        {
            (point, penalty.strength) = (best, strength);
            (best_iteration, validation_loss) = (Some(iteration), Some(of_best));
        }
        let damping = self.damping.map_or(0.0, |damping| damping.mu);
        Ok(FoundMinimum {
            problem,
            model,
            point,
            penalty,
            validation_loss,
            best_iteration,
            damping,
            stop,
            history,
        })
    }

    /// One iteration: JᵀJ, with evidence λ, then steps until one lowers the objective.
    fn iterate(&mut self) -> Result<(LmIteration, Option<LmStop>), Error> {
        self.model.accumulate(&mut self.problem, &self.point.network)?;
        let (estimate, is_steady) = self.estimate()?;
        self.model.differentiate(&self.point.network, &self.penalty);
        let largest = self.model.largest_with(|i| self.penalty.of(i));
        let first = self.settings.damping * largest;
        let mut damping = self.damping.unwrap_or(Damping::new(first));
        let before = self.point.objective(&self.penalty);
        let gradient_norm = self.model.gradient_norm();
        let mut after = before;
        let mut trials = 0;
        let mut used = damping.mu;
        let reason = if gradient_norm <= self.settings.gradient_tolerance && is_steady {
            Some(LmStop::Gradient)
        } else {
            loop {
                // With all derivatives 0 there is no scale for μ, and no direction either.
                if !(damping.mu > 0.0 && damping.mu <= MOST_DAMPING * largest) {
                    break Some(LmStop::NoDescent);
                }
                (trials, used) = (trials + 1, damping.mu);
                let shift = |i| self.penalty.of(i) + damping.mu;
                if self.model.factorize(shift, 0.0).is_err() {
                    damping.refuse();
                    continue;
                }
                self.model.solve();
                let end = self.end(before, damping.mu);
                if end == Some(LmStop::Step) {
                    break end;
                }
                let loss = self.try_step()?;
                let objective = self.penalty.objective(loss, &self.trial);
                let gain = (before - objective) / self.model.predicted(damping.mu);
                // The last step still improves the parameters where the objective cannot show it.
                let is_level = end.is_some() && objective - before <= LEVEL * before;
                if objective.is_finite() && (gain > 0.0 || is_level) {
                    damping.accept(gain);
                    std::mem::swap(&mut self.point.network, &mut self.trial);
                    (self.point.loss, after) = (loss, objective);
                    break end;
                }
                if end.is_some() {
                    break end;
                }
                damping.refuse();
            }
        };
        self.damping = Some(damping);
        if self.settled < SETTLED_ITERATIONS {
            self.settled = if before - after <= SETTLED * before { self.settled + 1 } else { 0 };
        }
        let is_still = before - after <= STILL * before;
        // Where λ is about to change, the end of the steps for the present one is not the end of the run.
        let reason = match reason {
            Some(LmStop::Gradient | LmStop::NoDescent) => reason.filter(|_| is_steady),
            _ if self.settings.has_evidence && is_still && is_steady => Some(LmStop::Evidence),
            _ if self.settings.has_evidence => None,
            reason => reason,
        };
        let validation_loss = self.validation_loss()?;
        let iteration = LmIteration {
            iteration: self.history.len() + 1,
            objective_before: before,
            objective: after,
            loss: self.point.loss,
            validation_loss,
            gradient_norm,
            damping: used,
            trials,
            regularization: self.penalty.strength,
            gamma: estimate.map(|estimate| estimate.gamma),
            noise: estimate.and_then(|estimate| estimate.noise),
        };
        Ok((iteration, reason))
    }

    /// With evidence, γ and the noise, and then λ from them; returns also whether λ is steady. Without evidence it is.
    fn estimate(&mut self) -> Result<(Option<Estimate>, bool), Error> {
        if !self.settings.has_evidence {
            return Ok((None, true));
        }
        if self.history.is_empty() {
            self.penalty.strength = FIRST_STRENGTH * self.model.largest();
        }
        let estimate = self.model.estimate(&self.problem, &self.penalty, self.point.loss);
        let size = self.model.size;
        let estimate = estimate.map_err(|index| Error::Singular { what: WHAT, size, index })?;
        if self.settled < SETTLED_ITERATIONS {
            return Ok((Some(estimate), false));
        }
        let before = self.penalty.strength;
        let strength = self.model.strength(&self.problem, estimate, &self.point.network, &self.penalty);
        let strength = if strength < MOST_GROWTH * before { strength } else { MOST_GROWTH * before };
        self.penalty.strength = strength;
        Ok((Some(estimate), (strength - before).abs() <= STEADY * before))
    }

    /// The reason to end before this step is tried.
    fn end(&self, objective: f64, mu: f64) -> Option<LmStop> {
        let tolerance = self.settings.step_tolerance;
        if norm(self.model.step.iter().copied())
            <= tolerance * (norm(parameters_of(&self.point.network)) + tolerance)
        {
            Some(LmStop::Step)
        } else if self.model.predicted(mu) <= f64::EPSILON * objective {
            Some(LmStop::Rounding)
        } else {
            None
        }
    }

    /// Rounds θ + h to values of F, and computes the loss there.
    fn try_step(&mut self) -> Result<f64, Error> {
        let parameters = parameters_of(&self.point.network).zip(&self.model.step);
        for (trial, (theta, step)) in parameters_of_mut(&mut self.trial).zip(parameters) {
            *trial = F::from_f64(theta + step).as_f64();
        }
        if parameters_of(&self.trial).any(|theta| !theta.is_finite()) {
            return Ok(f64::INFINITY);
        }
        self.problem.loss(&self.trial)
    }

    /// The loss of the validation data.
    fn validation_loss(&mut self) -> Result<Option<f64>, Error> {
        let Some(validation) = &self.validation else { return Ok(None) };
        self.problem.loss_of(&self.point.network, validation).map(Some)
    }
}
