//! Optimizers: momentum, Nesterov momentum, Adam.

use std::fmt;
use std::str::FromStr;

use super::names::{name_of, numbers, value_of};
use crate::error::{Error, ParseError};
use crate::kernel::Scalar;
use crate::validate::{A_SHARE, ABOVE_0, check_range};

/// What [`update`](crate::Dnn::update) makes of the gradients; see
/// [`DnnBuilder::optimizer`](crate::DnnBuilder::optimizer).
///
/// In all of them `η_t = η / t^p` is the decayed learning rate of update t, and `g = ∇ + λ θ` the gradient with
/// L2 in it, so that λ weighs against the loss and not against the size of a step. All operations are element
/// by element.
///
/// | | step |
/// |---|---|
/// | `Momentum` | `V ← μ V − η_t g`, `θ ← θ + V` |
/// | `Nesterov` | `V ← μ V − η_t g`, `θ ← θ + μ V − η_t g` |
/// | `Adam` | `m ← β₁ m + (1 − β₁) g`, `v ← β₂ v + (1 − β₂) g²`, `θ ← θ − η_t m̂ / (√v̂ + ε)` |
///
/// with `m̂ = m / (1 − β₁ˢ)`, `v̂ = v / (1 − β₂ˢ)`, and s counting the updates since m and v were 0, whatever t is.
///
/// Momentum is the document's. Nesterov's step is in the form of Bengio, Boulanger-Lewandowski and Pascanu,
/// *Advances in optimizing recurrent networks*, ICASSP 2013, equation 7, whose θ is ahead by μ V: the parameters
/// are always where the gradient is taken. Adam is algorithm 1 of Kingma and Ba, *Adam: a method for stochastic
/// optimization*, ICLR 2015; their rate is constant, [`decay_power(0.0)`](crate::DnnBuilder::decay_power), and an
/// η of 0.001 is usual.
///
/// The names for [`FromStr`] and [`Display`](fmt::Display) are `momentum`, `nesterov` and `adam(β₁, β₂, ε)`; `adam` alone
/// is read as [`Optimizer::adam`].
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
    /// The document's: gradient descent with momentum μ.
    #[default]
    Momentum,
    /// Nesterov's momentum μ, whose step looks ahead.
    Nesterov,
    /// Adam, a rate for each parameter; it has no momentum μ.
    Adam {
        /// β₁, the share of the mean gradient m that a step keeps; at least 0 and less than 1, usually 0.9.
        beta1: f64,
        /// β₂, the share of the mean square v that a step keeps; at least 0 and less than 1, usually 0.999.
        beta2: f64,
        /// ε, which bounds the step where the gradients are small; greater than 0, usually 1e-8.
        epsilon: f64,
    },
}

impl Optimizer {
    /// Adam with its authors' β₁ = 0.9, β₂ = 0.999 and ε = 1e-8.
    pub const fn adam() -> Self {
        Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    /// Whether it has second moments beside the first ones.
    pub(crate) fn is_adam(self) -> bool {
        matches!(self, Self::Adam { .. })
    }

    /// Whether what another one remembers means the same to this one.
    pub(crate) fn goes_on_from(self, other: Self) -> bool {
        match (self, other) {
            (Self::Adam { beta1, beta2, .. }, Self::Adam { beta1: other1, beta2: other2, .. }) => {
                (beta1, beta2) == (other1, other2)
            }
            _ => !self.is_adam() && !other.is_adam(),
        }
    }

    /// That its parameters are in their range, as an `F` too.
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

/// Every optimizer without numbers, with its name; and Adam with its defaults.
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
    /// A [`ParseError`] that lists the known names. The ranges of the numbers are checked where the optimizer is used.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        match numbers(ADAM, text) {
            Some([beta1, beta2, epsilon]) => Ok(Self::Adam { beta1, beta2, epsilon }),
            None => value_of("optimizer", &NAMES, Some("adam(beta1, beta2, epsilon)"), text),
        }
    }
}
