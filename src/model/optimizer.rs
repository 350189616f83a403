//! Optimizers: momentum, Nesterov momentum, Adam.

use std::fmt;
use std::str::FromStr;

use super::names::{name_of, numbers, value_of};
use crate::error::{Error, ParseError};
use crate::kernel::Scalar;
use crate::validate::{A_SHARE, ABOVE_0, check_range};

/// The rule by which [`update`](crate::Dnn::update) changes the parameters; see
/// [`DnnBuilder::optimizer`](crate::DnnBuilder::optimizer).
///
/// In all rules `η_t = η / t^p` is the decayed learning rate of update t, and `g = ∇ + λ θ` is the gradient of the
/// loss with L2. So L2 is a part of the gradient, with Adam too. All operations are element by element.
///
/// | | step |
/// |---|---|
/// | `Momentum` | `V ← μ V − η_t g`, `θ ← θ + V` |
/// | `Nesterov` | `V ← μ V − η_t g`, `θ ← θ + μ V − η_t g` |
/// | `Adam` | `m ← β₁ m + (1 − β₁) g`, `v ← β₂ v + (1 − β₂) g²`, `θ ← θ − η_t m̂ / (√v̂ + ε)` |
///
/// Here `m̂ = m / (1 − β₁ˢ)` and `v̂ = v / (1 − β₂ˢ)`, where s is the number of updates since m and v were 0. It
/// is independent of t.
///
/// Momentum is the article's. Nesterov's step has the form of Bengio, Boulanger-Lewandowski and Pascanu, *Advances
/// in optimizing recurrent networks*, ICASSP 2013, equation 7: θ is the look-ahead point, at which the gradient is
/// computed. Adam is algorithm 1 of Kingma and Ba, *Adam: a method for stochastic optimization*, ICLR 2015; its
/// learning rate is constant there. To get this, set [`decay_power(0.0)`](crate::DnnBuilder::decay_power); an η of
/// 0.001 is usual.
///
/// The names for [`FromStr`] and [`Display`](fmt::Display) are `momentum`, `nesterov` and `adam(β₁, β₂, ε)`;
/// `adam` alone means [`Optimizer::adam`].
///
/// # Examples
/// ```
/// use ndarray_dnn::{Activation::Identity, Dnn, Optimizer};
///
/// let net: Dnn = Dnn::builder().input_shape(2).shape([1]).activations([Identity])
///     .optimizer(Optimizer::adam()).eta(0.001).decay_power(0.0)
///     .build()?;
/// assert_eq!(net.config().optimizer(), Optimizer::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
/// assert_eq!(Optimizer::adam().to_string(), "adam(0.9, 0.999, 1e-8)");
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Optimizer {
    /// The article's: gradient descent with momentum μ.
    #[default]
    Momentum,
    /// Gradient descent with Nesterov momentum μ, which looks ahead.
    Nesterov,
    /// Adam, with a separate step size for each parameter; it has no momentum μ.
    Adam {
        /// β₁, the fraction of the mean gradient m that each step keeps; at least 0 and less than 1, usually 0.9.
        beta1: f64,
        /// β₂, the fraction of the mean square v that each step keeps; at least 0 and less than 1, usually 0.999.
        beta2: f64,
        /// ε, which limits the step when the gradients are small; greater than 0, usually 1e-8.
        epsilon: f64,
    },
}

impl Optimizer {
    /// Adam with its authors' β₁ = 0.9, β₂ = 0.999 and ε = 1e-8.
    pub const fn adam() -> Self {
        Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    /// Whether this is Adam, which has second moments.
    pub(crate) fn is_adam(self) -> bool {
        matches!(self, Self::Adam { .. })
    }

    /// Whether this optimizer can continue with the velocity of `other`.
    pub(crate) fn can_continue_from(self, other: Self) -> bool {
        match (self, other) {
            (Self::Adam { beta1, beta2, .. }, Self::Adam { beta1: other1, beta2: other2, .. }) => {
                (beta1, beta2) == (other1, other2)
            }
            _ => !self.is_adam() && !other.is_adam(),
        }
    }

    /// Checks that its parameters are in their range, also after rounding to `F`.
    pub(crate) fn check<F: Scalar>(self) -> Result<(), Error> {
        match self {
            Self::Momentum | Self::Nesterov => Ok(()),
            Self::Adam { beta1, beta2, epsilon } => {
                check_range::<F>("beta1", A_SHARE, beta1)?;
                check_range::<F>("beta2", A_SHARE, beta2)?;
                check_range::<F>("epsilon", ABOVE_0, epsilon)
            }
        }
    }
}

const ADAM: &str = "adam";

/// Every optimizer without numbers, and Adam with its defaults, with their names.
const NAMES: [(Optimizer, &str); 3] =
    [(Optimizer::Momentum, "momentum"), (Optimizer::Nesterov, "nesterov"), (Optimizer::adam(), ADAM)];

impl fmt::Display for Optimizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Adam { beta1, beta2, epsilon } => {
                f.pad(&format!("{ADAM}({beta1:?}, {beta2:?}, {epsilon:?})"))
            }
            _ => f.pad(name_of(&NAMES, *self)),
        }
    }
}

impl FromStr for Optimizer {
    type Err = ParseError;

    /// # Errors
    /// A [`ParseError`] that lists the known names. `build` checks the ranges of the numbers.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        match numbers(ADAM, text) {
            Some([beta1, beta2, epsilon]) => Ok(Self::Adam { beta1, beta2, epsilon }),
            None => value_of("optimizer", &NAMES, Some("adam(beta1, beta2, epsilon)"), text),
        }
    }
}
