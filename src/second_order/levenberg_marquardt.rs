//! The settings of a run of Levenberg-Marquardt.

use std::fmt;
use std::ops::ControlFlow;

use ndarray::{ArrayRef1, ArrayRef2};

use super::report::LmIteration;
use crate::dnn::Dnn;
use crate::kernel::Scalar;
use crate::training::EarlyStopping;

/// A function that is called after each iteration.
type OnIteration<'a> = Box<dyn FnMut(&LmIteration) -> ControlFlow<()> + 'a>;

/// A run of Levenberg-Marquardt. [`Dnn::levenberg_marquardt`] creates it; [`run`](Self::run) checks the settings and
/// starts it.
#[must_use = "a run does nothing before `run`"]
pub struct LevenbergMarquardt<'a, F: Scalar = f64> {
    pub(super) net: &'a mut Dnn<F>,
    pub(super) x: &'a ArrayRef2<F>,
    pub(super) y: &'a ArrayRef2<F>,
    pub(super) sample_weights: Option<&'a ArrayRef1<F>>,
    pub(super) validation: Option<[&'a ArrayRef2<F>; 2]>,
    pub(super) validation_weights: Option<&'a ArrayRef1<F>>,
    pub(super) early_stopping: Option<EarlyStopping>,
    pub(super) on_iteration: Option<OnIteration<'a>>,
    pub(super) max_iterations: usize,
    pub(super) gradient_tolerance: f64,
    pub(super) step_tolerance: f64,
    pub(super) damping: f64,
    pub(super) has_evidence: bool,
    pub(super) has_curvature: bool,
    /// Whether a bar shows the progress.
    pub(super) is_shown: bool,
}

impl<F: Scalar> fmt::Debug for LevenbergMarquardt<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { net, early_stopping, max_iterations, has_evidence, .. } = self;
        let mut debug = f.debug_struct("LevenbergMarquardt");
        debug.field("net", net).field("early_stopping", early_stopping);
        debug.field("max_iterations", max_iterations).field("evidence", has_evidence).finish_non_exhaustive()
    }
}

/// ```
/// use std::ops::ControlFlow::{Break, Continue};
/// use ndarray_dnn::second_order::LmStop;
/// use ndarray_dnn::{ndarray::array, Activation::{Identity, Tanh}, Dnn, EarlyStopping};
///
/// let (x, y) = (array![[-1.0], [0.0], [1.0]], array![[-2.0], [0.0], [2.0]]);
/// let (xv, yv) = (array![[0.5]], array![[1.0]]);
/// let mut net = Dnn::builder().input_shape(1).shape([3, 1]).activations([Tanh, Identity]).build()?;
/// let (report, _) = net.levenberg_marquardt(&x, &y)
///     .sample_weights(&array![1.0, 2.0, 1.0])
///     .validation(&xv, &yv)
///     .early_stopping(EarlyStopping::new(20))
///     .damping(1e-2).gradient_tolerance(1e-8).step_tolerance(1e-8)
///     .max_iterations(200)
///     .on_iteration(|i| if i.iteration() < 5 { Continue(()) } else { Break(()) })
///     .run()?;
/// assert_eq!((report.iterations(), report.stop()), (5, LmStop::Callback));
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
impl<'a, F: Scalar> LevenbergMarquardt<'a, F> {
    /// A run with the default settings.
    pub(crate) fn new(net: &'a mut Dnn<F>, x: &'a ArrayRef2<F>, y: &'a ArrayRef2<F>) -> Self {
        Self {
            net,
            x,
            y,
            sample_weights: None,
            validation: None,
            validation_weights: None,
            early_stopping: None,
            on_iteration: None,
            max_iterations: 100,
            gradient_tolerance: 1e-10,
            step_tolerance: 1e-10,
            damping: 1e-3,
            has_evidence: false,
            has_curvature: false,
            is_shown: false,
        }
    }

    /// The number of iterations after which the run stops. Default 100; at least 1.
    pub fn max_iterations(mut self, max_iterations: usize) -> Self {
        self.max_iterations = max_iterations;
        self
    }

    /// The run stops when the Euclidean norm of the gradient of the objective is at most this. Default 1e-10; at least
    /// 0 and finite.
    pub fn gradient_tolerance(mut self, tolerance: f64) -> Self {
        self.gradient_tolerance = tolerance;
        self
    }

    /// The run stops when a step is so short that `‖h‖ ≤ ε (‖θ‖ + ε)` for this ε. Default 1e-10; at least 0 and finite.
    pub fn step_tolerance(mut self, tolerance: f64) -> Self {
        self.step_tolerance = tolerance;
        self
    }

    /// The first damping μ, as a multiple of the largest element of the diagonal of `JᵀJ/n + λR`. Default 1e-3; greater
    /// than 0 and finite. Far from the solution, a value up to 1 makes the first steps shorter.
    pub fn damping(mut self, damping: f64) -> Self {
        self.damping = damping;
        self
    }

    /// Whether the data determine the strength λ of L2 and the variance of the noise, by the evidence of Bayesian
    /// statistics. No held-out rows are needed. Default `false`.
    ///
    /// The prior distribution of the parameters is normal with variance 1/α, the noise of the outputs is normal with
    /// variance 1/β. For the present θ, with `H = β·JᵀJ + αR` and N = n·n_L values, each iteration computes
    ///
    /// `γ = p − α·tr(R H⁻¹)`, `α ← (γ − p₀) / ‖Rθ‖²`, `β ← (N − γ) / Σ‖y − ŷ‖²`,
    ///
    /// where γ is the effective number of parameters, and p₀ is the number of parameters without L2: the biases if
    /// [`regularize_biases`](crate::DnnBuilder::regularize_biases) is off, else 0. Then it makes a step for the
    /// objective with the new α and β. That objective is a mean, so it is this crate's with `λ = α / (nβ)`. The run
    /// stops when λ and the objective no longer change.
    ///
    /// The first λ is 1e-5 times the largest element of the diagonal of JᵀJ/n, whatever that of the network is. λ is
    /// estimated when six iterations in a row have lowered the objective by less than 1 %, and grows at most twofold in
    /// an iteration. Without that, a start near 0, where α would be large, could keep the parameters there.
    ///
    /// The posterior distribution has many maxima, of which a run finds one. A few starts with other seeds can be
    /// compared by [`Posterior::log_evidence`](crate::Posterior::log_evidence).
    ///
    /// [`LmReport::regularization`](crate::second_order::LmReport::regularization) and
    /// [`Posterior::regularization`](crate::Posterior::regularization) return the final λ. The network's own setting
    /// does not change, since a run never changes settings; `net.reconfigure(|b| b.regularization(λ))` takes it over.
    /// With sample weights, n is their sum: a row of weight 2 is two observations.
    ///
    /// # Sources
    /// - D. J. C. MacKay, *Bayesian interpolation* and *A practical Bayesian framework for backpropagation networks*,
    ///   Neural Computation 4, 1992
    /// - F. D. Foresee and M. T. Hagan, *Gauss-Newton approximation to Bayesian learning*, ICNN 1997, which MATLAB's
    ///   `trainbr` follows; its α and β have no factor ½, so its `α/β` is the same
    pub fn evidence(mut self, evidence: bool) -> Self {
        self.has_evidence = evidence;
        self
    }

    /// Whether the run, at its end, computes
    /// [`smallest_curvature`](crate::Posterior::smallest_curvature), which tells a minimum from a saddle. It takes the
    /// time of 2p gradients and 12 · p² bytes, for p parameters. Default `false`.
    pub fn curvature(mut self, curvature: bool) -> Self {
        self.has_curvature = curvature;
        self
    }

    /// The weight of each row, `(n)`; at least 0, finite, and not all 0. Default: 1 for each.
    ///
    /// A row of weight 2 counts as two rows. The objective is `Σ w·½‖ŷ − y‖² / Σ w` plus L2. A row of weight 0 may have
    /// any finite values.
    pub fn sample_weights(mut self, weights: &'a ArrayRef1<F>) -> Self {
        self.sample_weights = Some(weights);
        self
    }

    /// The validation data, `x` `(m, n₀)` and `y` `(m, n_L)`, which are not used to train. Default: none.
    ///
    /// After each iteration, the mean of `½‖ŷ − y‖²` over their rows is computed. A value that is not finite is no
    /// error, and is never the best.
    pub fn validation(mut self, x: &'a ArrayRef2<F>, y: &'a ArrayRef2<F>) -> Self {
        self.validation = Some([x, y]);
        self
    }

    /// The weight of each row of the [`validation`](Self::validation) data, `(m)`; at least 0, finite, and not all 0.
    /// Default: 1 for each.
    pub fn validation_weights(mut self, weights: &'a ArrayRef1<F>) -> Self {
        self.validation_weights = Some(weights);
        self
    }

    /// Stops when the validation loss no longer falls, and at the end of the run restores the parameters of the best
    /// iteration, for every [`LmStop`](crate::second_order::LmStop). Default: off; it needs
    /// [`validation`](Self::validation) data. `patience` counts iterations. Report and posterior are then those of the
    /// restored parameters.
    pub fn early_stopping(mut self, early_stopping: EarlyStopping) -> Self {
        self.early_stopping = Some(early_stopping);
        self
    }

    /// Shows a bar with the iterations, the loss and the validation loss on standard error, if that is a terminal. Only
    /// with the feature `progress`.
    #[cfg(feature = "progress")]
    pub fn progress(mut self) -> Self {
        self.is_shown = true;
        self
    }

    /// A function that is called after each iteration; it stops the run by returning [`ControlFlow::Break`]. Default:
    /// none. The network gets its new parameters at the end of the run.
    pub fn on_iteration(mut self, on_iteration: impl FnMut(&LmIteration) -> ControlFlow<()> + 'a) -> Self {
        self.on_iteration = Some(Box::new(on_iteration));
        self
    }
}
