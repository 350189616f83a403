//! A run of Levenberg-Marquardt: checks, then one iteration after the other.

use std::io::Write;
use std::time::Instant;

use super::best::Best;
use super::checks::{check_settings, samples};
use super::curvature::smallest_curvature;
use super::evidence::Estimate;
use super::levenberg_marquardt::LevenbergMarquardt;
use super::posterior::{Posterior, WHAT};
use super::problem::Problem;
use super::report::{LmIteration, LmReport, LmStop};
use super::steps::{Damping, Model, norm};
use crate::descent::{Samples, WeightNames};
use crate::error::Error;
use crate::kernel::{Scalar, concrete};
use crate::model::Parameters;
use crate::training::Bar;
use crate::validate::{FINITE, check_range, check_shapes};

/// λ of the first iterations with evidence, as a share of the largest element of the diagonal of JᵀJ/n. It is small, so
/// that a start near 0 is left.
const FIRST_STRENGTH: f64 = 1e-5;
/// λ is estimated when so many iterations in a row have lowered the objective by less than this share. Fewer of them can
/// be a plateau near the start, where γ is small and λ would grow until it keeps the parameters there.
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
    /// iteration. Its velocity is 0; its iterations, learning rate and schedule are as before, since this was no descent.
    /// After an error nothing has changed.
    ///
    /// # Errors
    /// [`Error::Conflict`] for another loss than [`Loss::Squared`](crate::Loss::Squared) or
    /// [`Loss::Article`](crate::Loss::Article), for softmax, and for a network with `l1`, `dropout` or `max_norm`;
    /// [`Error::Empty`], [`Error::Shape`] and [`Error::NonFinite`] for `x` and `y`; an error of the validation data is
    /// inside an [`Error::Validation`]; [`Error::NotSet`] for early stopping or validation weights without validation
    /// data; [`Error::OutOfRange`] for `max_iterations`, a tolerance, `damping`, `patience`, `min_delta`, a weight, and
    /// weights that are all 0; [`Error::Shape`] unless each row has a weight; [`Error::NonFinite`] for parameters, an
    /// objective or an element of JᵀJ that is not finite; [`Error::TooLarge`] if JᵀJ, of 8 · p² bytes with its factor for
    /// p parameters, does not fit in memory; [`Error::Singular`] for evidence, if even with L2 a parameter is not
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
        check_shapes(settings.x, settings.y, net.shape())?;
        if let Some([x, y]) = settings.validation {
            check_shapes(x, y, net.shape()).map_err(of_validation)?;
        }
        // Allocate before reading the values: the parameters can be too many.
        let mut model = Model::new(net.parameter_count(), settings.x.nrows())?;
        let of_training =
            samples([settings.x, settings.y], settings.sample_weights, WeightNames::OF_SAMPLES)?;
        let weights = settings.validation_weights;
        let validation = settings.validation.map(|data| samples(data, weights, WeightNames::OF_VALIDATION));
        let validation = validation.transpose().map_err(of_validation)?;
        net.network().check_finite()?;
        let mut problem = Problem::new(of_training, net.network(), &net.config)?;
        let run = Run::new(&mut settings, &mut problem, &mut model, validation)?;
        let (mut report, theta) = run.iterations()?;
        problem.set(&theta);
        // The last step may have led away from the parameters of JᵀJ.
        model.accumulate(&mut problem)?;
        model.differentiate(&theta, report.regularization, &problem.is_penalized);
        report.gradient_norm = model.gradient_norm();
        let mut posterior =
            Posterior::new(model, &mut problem, settings.net.network(), report.regularization, report.loss)?;
        if settings.has_curvature {
            posterior.smallest_curvature = Some(smallest_curvature(&mut problem, report.regularization)?);
        }
        let state = &mut settings.net.state;
        let mut parameters = posterior.parameters.iter();
        for slice in state.network.parameters_mut().flat_map(Parameters::slices_mut) {
            slice.iter_mut().zip(parameters.by_ref()).for_each(|(to, from)| *to = *from);
        }
        state.velocity.reset();
        report.elapsed = began.elapsed();
        Ok((report, posterior))
    }
);

/// Everything that changes in a run.
struct Run<'r, 'a, F: Scalar> {
    settings: &'r mut LevenbergMarquardt<'a, F>,
    problem: &'r mut Problem<'a, F>,
    model: &'r mut Model,
    validation: Option<Samples<'a, F>>,
    /// θ, whose values are values of F
    theta: Vec<f64>,
    trial: Vec<f64>,
    /// The mean of ½‖ŷ − y‖² at θ.
    loss: f64,
    lambda: f64,
    damping: Option<Damping>,
    /// The iterations in a row that have lowered the objective little; from `SETTLED_ITERATIONS` on, λ is estimated.
    settled: usize,
    best: Best,
    history: Vec<LmIteration>,
}

impl<'r, 'a, F: Scalar> Run<'r, 'a, F> {
    fn new(
        settings: &'r mut LevenbergMarquardt<'a, F>,
        problem: &'r mut Problem<'a, F>,
        model: &'r mut Model,
        validation: Option<Samples<'a, F>>,
    ) -> Result<Self, Error> {
        let theta = Vec::from_iter(problem.parameters());
        let (loss, lambda) = (problem.loss()?, settings.net.config.regularization());
        let best = Best::new(settings.early_stopping.as_ref(), &theta);
        let trial = theta.clone();
        let (damping, history, settled) = (None, Vec::new(), 0);
        let run = Self {
            settings,
            problem,
            model,
            validation,
            theta,
            trial,
            loss,
            lambda,
            damping,
            settled,
            best,
            history,
        };
        check_range::<f64>("the objective", FINITE, run.objective(loss, &run.theta))?;
        Ok(run)
    }

    /// The objective at these parameters, whose loss is known.
    fn objective(&self, loss: f64, theta: &[f64]) -> f64 {
        let penalized =
            theta.iter().zip(&self.problem.is_penalized).filter(|(_, is_penalized)| **is_penalized);
        loss + 0.5 * self.lambda * penalized.map(|(theta, _)| theta * theta).sum::<f64>()
    }

    /// Iterates until there is a reason to stop; returns the report, and the parameters that are to be kept.
    fn iterations(mut self) -> Result<(LmReport, Vec<f64>), Error> {
        let bar = Bar::new(self.settings.is_shown, "iteration", self.settings.max_iterations);
        let stop = loop {
            let (iteration, reason) = self.iterate()?;
            let validation = iteration.validation_loss().map(|loss| ("validation", loss));
            bar.show_values(iteration.iteration(), iteration.loss(), validation);
            if self.settings.net.config.verbose() {
                // A closed standard output does not stop the run.
                let _ = writeln!(std::io::stdout().lock(), "{iteration}");
            }
            let is_patience_over = self.best.judge(&iteration, &self.theta, self.lambda);
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
        let mut validation_loss = self.history.last().and_then(LmIteration::validation_loss);
        if self.best.iteration.is_some() {
            let Best { theta, loss, lambda, validation_loss: of_best, .. } = &mut self.best;
            std::mem::swap(&mut self.theta, theta);
            (self.loss, self.lambda, validation_loss) = (*loss, *lambda, *of_best);
        }
        let report = LmReport {
            objective: self.objective(self.loss, &self.theta),
            loss: self.loss,
            validation_loss,
            best_iteration: self.best.iteration,
            gradient_norm: 0.0,
            damping: self.damping.map_or(0.0, |damping| damping.mu),
            regularization: self.lambda,
            stop,
            history: self.history,
            elapsed: Default::default(),
        };
        Ok((report, self.theta))
    }

    /// One iteration: JᵀJ, with evidence λ, then steps until one lowers the objective.
    fn iterate(&mut self) -> Result<(LmIteration, Option<LmStop>), Error> {
        self.problem.set(&self.theta);
        self.model.accumulate(self.problem)?;
        let (estimate, is_steady) = self.estimate()?;
        let is_penalized = &self.problem.is_penalized;
        self.model.differentiate(&self.theta, self.lambda, is_penalized);
        let largest = self.model.largest(self.lambda, is_penalized);
        let first = self.settings.damping * largest;
        let mut damping = self.damping.unwrap_or(Damping::new(first));
        let before = self.objective(self.loss, &self.theta);
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
                let shifts = [self.lambda + damping.mu, damping.mu];
                if self.model.factorize(shifts, &self.problem.is_penalized, 0.0).is_err() {
                    damping.refuse();
                    continue;
                }
                self.model.solve();
                let end = self.end(before, damping.mu);
                if end == Some(LmStop::Step) {
                    break end;
                }
                let loss = self.try_step()?;
                let objective = self.objective(loss, &self.trial);
                let gain = (before - objective) / self.model.predicted(damping.mu);
                // The last step still improves the parameters where the objective cannot show it.
                let is_level = end.is_some() && objective - before <= LEVEL * before;
                if objective.is_finite() && (gain > 0.0 || is_level) {
                    damping.accept(gain);
                    std::mem::swap(&mut self.theta, &mut self.trial);
                    (self.loss, after) = (loss, objective);
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
            loss: self.loss,
            validation_loss,
            gradient_norm,
            damping: used,
            trials,
            regularization: self.lambda,
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
            self.lambda = FIRST_STRENGTH * self.model.largest(0.0, &self.problem.is_penalized);
        }
        let estimate = self.model.estimate(self.problem, self.lambda, self.loss);
        let size = self.model.size;
        let estimate = estimate.map_err(|index| Error::Singular { what: WHAT, size, index })?;
        if self.settled < SETTLED_ITERATIONS {
            return Ok((Some(estimate), false));
        }
        let before = self.lambda;
        let strength = self.model.strength(self.problem, estimate, &self.theta, before);
        self.lambda = if strength < MOST_GROWTH * before { strength } else { MOST_GROWTH * before };
        Ok((Some(estimate), (self.lambda - before).abs() <= STEADY * before))
    }

    /// The reason to end before this step is tried.
    fn end(&self, objective: f64, mu: f64) -> Option<LmStop> {
        let tolerance = self.settings.step_tolerance;
        if norm(&self.model.step) <= tolerance * (norm(&self.theta) + tolerance) {
            Some(LmStop::Step)
        } else if self.model.predicted(mu) <= f64::EPSILON * objective {
            Some(LmStop::Rounding)
        } else {
            None
        }
    }

    /// Rounds θ + h to values of F, and computes the loss there.
    fn try_step(&mut self) -> Result<f64, Error> {
        for ((trial, theta), step) in self.trial.iter_mut().zip(&self.theta).zip(&self.model.step) {
            *trial = F::from_f64(theta + step).as_f64();
        }
        if self.trial.iter().any(|theta| !theta.is_finite()) {
            return Ok(f64::INFINITY);
        }
        self.problem.set(&self.trial);
        self.problem.loss()
    }

    /// The loss of the validation data at θ.
    fn validation_loss(&mut self) -> Result<Option<f64>, Error> {
        let Some(validation) = &self.validation else { return Ok(None) };
        self.problem.set(&self.theta);
        self.problem.loss_of(validation).map(Some)
    }
}
