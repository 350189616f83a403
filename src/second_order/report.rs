//! The history of a run of Levenberg-Marquardt.

use std::fmt;
use std::time::Duration;

/// The history of one run of [`Dnn::levenberg_marquardt`](crate::Dnn::levenberg_marquardt).
/// [`Display`](fmt::Display) writes a summary; `{:#}` first writes a line for each iteration. Two reports are equal if
/// everything but the elapsed time is equal.
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::array;
/// use ndarray_dnn::second_order::LmStop;
/// use ndarray_dnn::{Activation::Identity, Dnn, Loss};
///
/// // A straight line: the model of Levenberg-Marquardt is exact.
/// let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity])
///     .loss(Loss::Squared).regularization(0.0).build()?;
/// let (x, y) = (array![[0.0], [1.0], [2.0]], array![[1.0], [3.0], [5.0]]);
/// let (report, _) = net.levenberg_marquardt(&x, &y).run()?;
/// assert!(report.iterations() < 20 && report.objective() < 1e-18, "{report:#}");
/// assert_eq!(report.stop(), LmStop::Gradient);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LmReport {
    pub(super) history: Vec<LmIteration>,
    pub(super) objective: f64,
    pub(super) loss: f64,
    pub(super) validation_loss: Option<f64>,
    pub(super) best_iteration: Option<usize>,
    pub(super) gradient_norm: f64,
    pub(super) damping: f64,
    pub(super) regularization: f64,
    pub(super) stop: LmStop,
    pub(super) elapsed: Duration,
}

impl LmReport {
    /// The number of iterations: each computed JᵀJ once, and made at most one step.
    pub fn iterations(&self) -> usize {
        self.history.len()
    }

    /// The number of steps that were tried, each with a factorisation. It is at least the number of iterations that
    /// changed the parameters.
    pub fn trials(&self) -> usize {
        self.history.iter().map(|iteration| iteration.trials).sum()
    }

    /// The objective of the final parameters: the mean over the rows of `½‖y − ŷ‖²`, plus `½·λ‖θ‖²` with λ =
    /// [`regularization`](Self::regularization).
    pub fn objective(&self) -> f64 {
        self.objective
    }

    /// The part of the objective that the data have: the mean over the rows of `½‖y − ŷ‖²`.
    pub fn loss(&self) -> f64 {
        self.loss
    }

    /// The mean of `½‖y − ŷ‖²` over the validation data with the final parameters; `None` without validation data.
    pub fn validation_loss(&self) -> Option<f64> {
        self.validation_loss
    }

    /// The number, from 1, of the iteration with the lowest validation loss, whose parameters the network now has.
    /// `None` without early stopping, or if no validation loss was finite.
    pub fn best_iteration(&self) -> Option<usize> {
        self.best_iteration
    }

    /// The Euclidean norm of the gradient of the objective at the final parameters.
    pub fn gradient_norm(&self) -> f64 {
        self.gradient_norm
    }

    /// The damping μ at the end.
    pub fn damping(&self) -> f64 {
        self.damping
    }

    /// The strength λ of L2 at the end: that of the network, or the one that
    /// [`evidence`](crate::second_order::LevenbergMarquardt::evidence) has found.
    pub fn regularization(&self) -> f64 {
        self.regularization
    }

    /// Why the run stopped.
    pub fn stop(&self) -> LmStop {
        self.stop
    }

    /// The report of each iteration, from the first to the last.
    pub fn history(&self) -> &[LmIteration] {
        &self.history
    }

    /// The time of the run, with the checks of the data, validation and callbacks.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

impl PartialEq for LmReport {
    fn eq(&self, other: &Self) -> bool {
        let key = |report: &Self| {
            let numbers = [report.objective, report.loss, report.gradient_norm, report.damping];
            let others = (report.regularization, report.validation_loss, report.best_iteration, report.stop);
            (numbers, others)
        };
        self.history == other.history && key(self) == key(other)
    }
}

impl fmt::Display for LmReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            self.history.iter().try_for_each(|iteration| writeln!(f, "{iteration}"))?;
        }
        let (objective, gradient, damping) = (self.objective, self.gradient_norm, self.damping);
        write!(f, "iterations: {}. time: {:.2?}. ", self.iterations(), self.elapsed)?;
        if let Some(first) = self.history.first() {
            write!(f, "objective: {:.5e} to {objective:.5e}. ", first.objective_before)?;
        } else {
            write!(f, "objective: {objective:.5e}. ")?;
        }
        write!(f, "gradient: {gradient:.2e}. damping: {damping:.2e}. ")?;
        if let Some(gamma) = self.history.iter().rev().find_map(|iteration| iteration.gamma) {
            write!(f, "λ: {:.3e}. effective parameters: {gamma:.1}. ", self.regularization)?;
        }
        if let Some(loss) = self.validation_loss {
            write!(f, "validation loss: {loss:.5e}. ")?;
        }
        if let Some(best) = self.best_iteration {
            write!(f, "best iteration: {best}. ")?;
        }
        write!(f, "{}", self.stop)
    }
}

/// Why a run of Levenberg-Marquardt stopped. If several reasons apply in the same iteration, the first one in this list
/// is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LmStop {
    /// The norm of the gradient is at most the tolerance: a stationary point.
    Gradient,
    /// The step is so small beside the parameters that the tolerance ends the run, or changes no parameter.
    Step,
    /// The model promises a decrease of the objective that is less than its rounding error.
    Rounding,
    /// With [`evidence`](crate::second_order::LevenbergMarquardt::evidence): λ no longer changes, nor does the
    /// objective.
    Evidence,
    /// No step lowers the objective, however short it is.
    NoDescent,
    /// The validation loss did not improve for `patience` iterations; see [`EarlyStopping`](crate::EarlyStopping).
    EarlyStopping,
    /// The function of [`on_iteration`](crate::second_order::LevenbergMarquardt::on_iteration) stopped the run.
    Callback,
    /// The run reached `max_iterations`.
    MaxIterations,
}

impl fmt::Display for LmStop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gradient => "the gradient is below its tolerance",
            Self::Step => "the step is below its tolerance",
            Self::Rounding => "the objective falls by less than its rounding error",
            Self::Evidence => "λ and the objective no longer change",
            Self::NoDescent => "no step lowers the objective",
            Self::EarlyStopping => "the validation loss stopped falling",
            Self::Callback => "stopped by on_iteration",
            Self::MaxIterations => "reached max_iterations",
        })
    }
}

/// The report of one iteration. [`Display`](fmt::Display) writes a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LmIteration {
    pub(super) iteration: usize,
    pub(super) objective_before: f64,
    pub(super) objective: f64,
    pub(super) loss: f64,
    pub(super) validation_loss: Option<f64>,
    pub(super) gradient_norm: f64,
    pub(super) damping: f64,
    pub(super) trials: usize,
    pub(super) regularization: f64,
    pub(super) gamma: Option<f64>,
    pub(super) noise: Option<f64>,
}

impl LmIteration {
    /// The iteration's number, from 1.
    pub fn iteration(&self) -> usize {
        self.iteration
    }

    /// The objective before the step, with this iteration's λ.
    pub fn objective_before(&self) -> f64 {
        self.objective_before
    }

    /// The objective after the step, with this iteration's λ; the same as before if no step was made.
    pub fn objective(&self) -> f64 {
        self.objective
    }

    /// The mean over the rows of `½‖y − ŷ‖²` after the step.
    pub fn loss(&self) -> f64 {
        self.loss
    }

    /// The mean of `½‖y − ŷ‖²` over the validation data after the step; `None` without validation data.
    pub fn validation_loss(&self) -> Option<f64> {
        self.validation_loss
    }

    /// The Euclidean norm of the gradient of the objective before the step.
    pub fn gradient_norm(&self) -> f64 {
        self.gradient_norm
    }

    /// The damping μ of the last step that was tried.
    pub fn damping(&self) -> f64 {
        self.damping
    }

    /// The number of steps that were tried. All but the last one would have raised the objective.
    pub fn trials(&self) -> usize {
        self.trials
    }

    /// The strength λ of L2 in this iteration.
    pub fn regularization(&self) -> f64 {
        self.regularization
    }

    /// γ, the effective number of parameters before the step; `None` without
    /// [`evidence`](crate::second_order::LevenbergMarquardt::evidence).
    pub fn effective_parameters(&self) -> Option<f64> {
        self.gamma
    }

    /// The variance 1/β of the noise before the step; `None` without
    /// [`evidence`](crate::second_order::LevenbergMarquardt::evidence), or if the parameters use up all values.
    pub fn noise_variance(&self) -> Option<f64> {
        self.noise
    }
}

impl fmt::Display for LmIteration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { iteration, objective, gradient_norm, damping, .. } = self;
        write!(f, "iteration: {iteration}. objective: {objective:.5e}. gradient: {gradient_norm:.2e}. ")?;
        write!(f, "damping: {damping:.2e}")?;
        if let Some(gamma) = self.gamma {
            write!(f, ". λ: {:.3e}. effective parameters: {gamma:.1}", self.regularization)?;
        }
        self.validation_loss.map_or(Ok(()), |loss| write!(f, ". validation loss: {loss:.5e}"))
    }
}
