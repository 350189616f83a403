//! What a run of Levenberg-Marquardt knows about its result.

use super::curvature::smallest_curvature;
use super::penalty::Penalty;
use super::point::{Point, converted};
use super::problem::Problem;
use super::steps::Model;
use crate::error::Error;
use crate::kernel::{Factor, Scalar, TrianglePanels, concrete, eigenvalues};
use crate::model::Network;

/// The name of the matrix in errors.
pub(super) const WHAT: &str = "JᵀJ with L2";

/// What a run of [`Dnn::levenberg_marquardt`](crate::Dnn::levenberg_marquardt) knows about the parameters θ that it
/// found: the Gaussian approximation of their posterior distribution, by D. J. C. MacKay, *A practical Bayesian
/// framework for backpropagation networks*, Neural Computation 4, 1992.
///
/// With the Jacobian matrix J of all outputs of all rows (each row multiplied by the root of its weight), n the number
/// of rows (the sum of the weights), λ the strength of L2, R the diagonal matrix that is 1 for each parameter of the
/// penalty and else 0, and the noise's variance 1/β, it is normal with mean θ and covariance `H⁻¹`,
/// `H = nβ (JᵀJ/n + λR)`.
///
/// It owns everything: the matrix JᵀJ and its Cholesky factor, together 8 · p² bytes for p parameters, and a copy of θ.
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::Array2;
/// use ndarray_dnn::{Activation::{Identity, Tanh}, Dnn, Loss};
///
/// let x = Array2::from_shape_fn((60, 1), |(i, _)| i as f64 / 30.0 - 1.0);
/// // A sine, and a noise of 0.1 that a formula draws
/// let noise = |i: usize| 0.1 * 2.0_f64.sqrt() * (i as f64 * i as f64).sin();
/// let y = Array2::from_shape_fn((60, 1), |(i, _)| (3.0 * x[[i, 0]]).sin() + noise(i));
/// let mut net = Dnn::builder().input_shape(1).shape([8, 1]).activations([Tanh, Identity])
///     .init(ndarray_dnn::Init::Glorot).loss(Loss::Squared).build()?;
///
/// let (_, posterior) = net.levenberg_marquardt(&x, &y).evidence(true).run()?;
/// let deviation = posterior.noise_variance().unwrap().sqrt();
/// assert!((deviation - 0.1).abs() < 0.02, "{deviation}");
/// // Of 25 parameters, the data determine a few.
/// let gamma = posterior.effective_parameters().unwrap();
/// assert!(3.0 < gamma && gamma < 15.0, "{gamma}");
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior<F: Scalar = f64> {
    /// The network with θ.
    pub(super) network: Network<F>,
    /// λ and R
    pub(super) penalty: Penalty,
    /// `[J r]ᵀ [J r]` with the factors `w / w̄`: times `scale` it is JᵀJ/n, and row p is the gradient of the data.
    pub(super) products: TrianglePanels,
    /// 1 / (number of rows)
    pub(super) scale: f64,
    /// The factor L of `JᵀJ/n + λR = L·Lᵀ`, or the index of the first parameter that is not determined.
    pub(super) factor: Result<Factor, usize>,
    /// γ; `None` without a factor.
    pub(super) effective_parameters: Option<f64>,
    /// 1/β; `None` without γ, or if the parameters use up all values.
    pub(super) noise_variance: Option<f64>,
    /// n = Σw
    pub(super) observations: f64,
    pub(super) loss: f64,
    pub(super) leave_one_out: Option<f64>,
    pub(super) gradient_norm: f64,
    pub(super) smallest_curvature: Option<f64>,
}

impl<F: Scalar> Posterior<F> {
    /// Takes the memory of a run whose JᵀJ and gradient are those of the final parameters.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn new(
        mut model: Model,
        problem: &mut Problem<'_>,
        point: Point,
        penalty: Penalty,
        has_curvature: bool,
    ) -> Result<Self, Error> {
        let Point { network, loss } = point;
        let estimate = model.estimate(problem, &penalty, loss);
        let leave_one_out = match estimate {
            Ok(_) => Some(model.leave_one_out(problem, &network)?),
            Err(_) => None,
        };
        let gradient_norm = model.gradient_norm();
        let Model { products, factor, scale, .. } = model;
        let smallest_curvature = match has_curvature {
            true => Some(smallest_curvature(problem, &network, &penalty)?),
            false => None,
        };
        Ok(Self {
            network: converted(&network)?,
            penalty,
            products,
            scale,
            factor: estimate.map(|_| factor),
            effective_parameters: estimate.map(|estimate| estimate.gamma).ok(),
            noise_variance: estimate.ok().and_then(|estimate| estimate.noise),
            observations: problem.observations,
            loss,
            leave_one_out,
            gradient_norm,
            smallest_curvature,
        })
    }

    /// The network with the parameters that the run has found.
    pub(super) fn network(&self) -> &Network<F> {
        &self.network
    }

    /// The number of parameters p.
    pub fn parameter_count(&self) -> usize {
        self.network.parameter_count()
    }

    /// The strength λ of L2: that of the network, or with
    /// [`evidence`](crate::second_order::LevenbergMarquardt::evidence) the one that was found.
    pub fn regularization(&self) -> f64 {
        self.penalty.strength
    }

    /// γ, the effective number of parameters: `γ = p − λ·tr(R (JᵀJ/n + λR)⁻¹)`. Each parameter that the data determine
    /// counts 1, each one that only the penalty determines counts 0. `None` if data and penalty leave a parameter
    /// undetermined, which is possible only with λ = 0 or without a penalty on the biases.
    pub fn effective_parameters(&self) -> Option<f64> {
        self.effective_parameters
    }

    /// The variance 1/β of the noise of each output: `Σ‖y − ŷ‖² / (n·n_L − γ)`. `None` without
    /// [`effective_parameters`](Self::effective_parameters), and if these use up all n·n_L values.
    pub fn noise_variance(&self) -> Option<f64> {
        self.noise_variance
    }

    /// The logarithm of the evidence, the probability density of the targets for these λ and β: the larger, the better
    /// do data and network agree. Networks of different sizes, seeds and activations can be compared by it, on the same
    /// data. `None` without [`noise_variance`](Self::noise_variance) or with λ = 0; infinite if the noise is 0.
    ///
    /// It is `−½β Σ‖y − ŷ‖² − ½α‖Rθ‖² − ½ ln det H + ½k ln α + ½N ln(β / 2π)` with `α = nβλ`, k the number of
    /// parameters of the penalty, and N = n·n_L: equation (2.15) of MacKay's *Bayesian interpolation*, Neural
    /// Computation 4, 1992. A parameter without a penalty adds `½ ln 2π`.
    pub fn log_evidence(&self) -> Option<f64> {
        log_evidence(self)
    }

    /// The number of rows n; with sample weights their sum.
    pub fn observations(&self) -> f64 {
        self.observations
    }

    /// The mean over the rows of `½‖y − ŷ‖²`.
    pub fn loss(&self) -> f64 {
        self.loss
    }

    /// The mean over the rows of `½‖y − ŷ‖²`, where ŷ is the prediction for a row by a fit without it: an estimate of
    /// the loss for new rows that needs no held-out rows. `None` without
    /// [`effective_parameters`](Self::effective_parameters); infinite if a row alone determines a parameter.
    ///
    /// The fit without a row is that of the linear model at θ, for which the residual is known without another fit:
    /// `r / (1 − h)` with the leverage `h = j (JᵀJ/n + λR)⁻¹ jᵀ / n` of the row's derivatives j, or the corresponding
    /// equations for several outputs. The source is R. D. Cook and S. Weisberg, *Residuals and influence in
    /// regression*,
    /// 1982. If the model without the row has another optimum, it is an approximation. With sample weights, one of the
    ///       w repetitions of a row is left out, and the mean is weighted.
    pub fn leave_one_out_loss(&self) -> Option<f64> {
        self.leave_one_out
    }

    /// The Euclidean norm of the gradient of the objective at θ; 0 at a stationary point.
    pub fn gradient_norm(&self) -> f64 {
        self.gradient_norm
    }

    /// The smallest eigenvalue of the Hessian matrix of the objective at θ, which is that of `JᵀJ/n + λR` plus the
    /// second derivatives of the outputs, multiplied by the residuals. `None` without
    /// [`curvature(true)`](crate::second_order::LevenbergMarquardt::curvature).
    ///
    /// If it is greater than 0 and the [`gradient_norm`](Self::gradient_norm) is small, θ is a minimum; if it is less
    /// than 0, a saddle. It is computed from central differences of the gradient, with an error of about 1e-9 of the
    /// largest eigenvalue.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::Array2;
    /// use ndarray_dnn::{Activation::{Identity, Tanh}, Dnn, Init};
    ///
    /// let x = Array2::from_shape_fn((50, 1), |(i, _)| i as f64 / 25.0 - 1.0);
    /// let y = x.mapv(|x| x * x);
    /// let mut net = Dnn::builder().input_shape(1).shape([3, 1]).activations([Tanh, Identity]).init(Init::Glorot)
    ///     .build()?;
    /// let (_, posterior) = net.levenberg_marquardt(&x, &y).curvature(true).run()?;
    /// assert!(posterior.gradient_norm() < 1e-8 && posterior.smallest_curvature().unwrap() > 0.0);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn smallest_curvature(&self) -> Option<f64> {
        self.smallest_curvature
    }

    /// How well the parameters are determined: the eigenvalues of `JᵀJ/n + λR` in ascending order. A direction in the
    /// space of the parameters with the eigenvalue e has the variance `1 / (nβe)`. Those that are not above
    /// `p · ε · ` the largest one, with the ε of f64, are 0 but for rounding.
    ///
    /// It takes about 2 p³ operations and 8 p² bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub fn spectrum(&self) -> Result<Vec<f64>, Error> {
        spectrum(self)
    }

    /// The factor of `JᵀJ/n + λR`.
    ///
    /// # Errors
    /// [`Error::Singular`] if there is none.
    pub(super) fn factor(&self) -> Result<&Factor, Error> {
        let size = self.parameter_count();
        self.factor.as_ref().map_err(|&index| Error::Singular { what: WHAT, size, index })
    }
}

concrete!(
    fn log_evidence<'a, F>(posterior: &'a Posterior<F>) -> Option<f64> {
        let Posterior { penalty, observations, network, .. } = posterior;
        let (noise, factor) = (posterior.noise_variance()?, posterior.factor.as_ref().ok()?);
        let regularization = penalty.strength;
        if regularization == 0.0 {
            return None;
        }
        let (size, outputs) = (network.parameter_count() as f64, network.outputs() as f64);
        let (count, squares) = (penalty.count() as f64, penalty.squares(network));
        // nβ: H = nβ (A + λR), α = nβλ
        let precision = observations / noise;
        let objective = posterior.loss + 0.5 * regularization * squares;
        let of_parameters = count * libm::log(precision * regularization)
            - factor.log_determinant()
            - size * libm::log(precision)
            + (size - count) * libm::log(std::f64::consts::TAU);
        let of_values = observations * outputs * -libm::log(std::f64::consts::TAU * noise);
        Some(0.5 * (of_parameters + of_values) - precision * objective)
    }
);

concrete!(
    fn spectrum<'a, F>(posterior: &'a Posterior<F>) -> Result<Vec<f64>, Error> {
        let Posterior { products, scale, penalty, .. } = posterior;
        eigenvalues("the spectrum of JᵀJ", products, posterior.parameter_count(), *scale, |i| penalty.of(i))
    }
);
