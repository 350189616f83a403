//! Optimizers: momentum, Nesterov momentum, Adam, AdamW, RMSProp.

use std::fmt;
use std::str::FromStr;

use super::names::{name_of, numbers, value_of};
use crate::error::{Error, ParseError};
use crate::kernel::Scalar;
use crate::validate::{A_SHARE, ABOVE_0, check_range};

/// The rule by which [`update`](crate::Dnn::update) changes the parameters; see
/// [`DnnBuilder::optimizer`](crate::DnnBuilder::optimizer).
///
/// In all rules `η_t = η / t^p` is the decayed learning rate of update t (times the factors of a
/// [`Schedule`](crate::Schedule)), and `g = ∇ + λ θ` is the gradient of the loss with L2, and with L1 if there is
/// any. So L2 is a part of the gradient, with Adam too; only AdamW applies it to the parameters themselves. All
/// operations are element by element.
///
/// | | step |
/// |---|---|
/// | `Momentum` | `V ← μ V − η_t g`, `θ ← θ + V` |
/// | `Nesterov` | `V ← μ V − η_t g`, `θ ← θ + μ V − η_t g` |
/// | `Adam` | `m ← β₁ m + (1 − β₁) g`, `v ← β₂ v + (1 − β₂) g²`, `θ ← θ − η_t m̂ / (√v̂ + ε)` |
/// | `AdamW` | `θ ← θ − η_t (λ θ + λ₁ sign θ)`, then Adam's step with `g = ∇` |
/// | `RmsProp` | `v ← ρ v + (1 − ρ) g²`, `θ ← θ − η_t g / (√v + ε)` |
///
/// Here `m̂ = m / (1 − β₁ˢ)` and `v̂ = v / (1 − β₂ˢ)`, where s is the number of updates since m and v were 0. It
/// is independent of t.
///
/// Momentum is the article's. Nesterov's step has the form of Bengio, Boulanger-Lewandowski and Pascanu, *Advances
/// in optimizing recurrent networks*, ICASSP 2013, equation 7: θ is the look-ahead point, at which the gradient is
/// computed. Adam is algorithm 1 of Kingma and Ba, *Adam: a method for stochastic optimization*, ICLR 2015; its
/// learning rate is constant there. To get this, set [`decay_power(0.0)`](crate::DnnBuilder::decay_power); an η of
/// 0.001 is usual. AdamW is algorithm 2 of Loshchilov and Hutter, *Decoupled weight decay regularization*, ICLR
/// 2019; as in PyTorch, λ is multiplied by the rate, and 0.01 is usual. RMSProp is from lecture 6e of Hinton's
/// *Neural networks for machine learning*, 2012; ε is added after the root, as in PyTorch.
///
/// The names for [`FromStr`] and [`Display`](fmt::Display) are `momentum`, `nesterov`, `adam(β₁, β₂, ε)`,
/// `adam_w(β₁, β₂, ε)` and `rms_prop(ρ, ε)`; `adam`, `adam_w` and `rms_prop` alone mean the usual values.
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
    /// Adam with decoupled weight decay: λ and λ₁ shrink the parameters without passing through the moments.
    AdamW {
        /// β₁, as for `Adam`.
        beta1: f64,
        /// β₂, as for `Adam`.
        beta2: f64,
        /// ε, as for `Adam`.
        epsilon: f64,
    },
    /// RMSProp: the gradient divided by the root of its mean square; it has no momentum μ.
    RmsProp {
        /// ρ, the fraction of the mean square v that each step keeps; at least 0 and less than 1, usually 0.9.
        rho: f64,
        /// ε, which limits the step when the gradients are small; greater than 0, usually 1e-8.
        epsilon: f64,
    },
}

impl Optimizer {
    /// Adam with its authors' β₁ = 0.9, β₂ = 0.999 and ε = 1e-8.
    pub const fn adam() -> Self {
        Self::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    /// AdamW with Adam's β₁ = 0.9, β₂ = 0.999 and ε = 1e-8.
    pub const fn adam_w() -> Self {
        Self::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    }

    /// RMSProp with Hinton's ρ = 0.9 and with ε = 1e-8.
    pub const fn rms_prop() -> Self {
        Self::RmsProp { rho: 0.9, epsilon: 1e-8 }
    }

    /// Whether this is an adaptive optimizer, Adam, AdamW or RMSProp, which has mean squares and no momentum μ.
    pub(crate) fn is_adaptive(self) -> bool {
        !matches!(self, Self::Momentum | Self::Nesterov)
    }

    /// Whether this optimizer can continue with the velocity of `other`.
    pub(crate) fn can_continue_from(self, other: Self) -> bool {
        /// What the mean gradient and the mean squares keep; nothing without them.
        fn kept(optimizer: Optimizer) -> [Option<f64>; 2] {
            match optimizer {
                Optimizer::Momentum | Optimizer::Nesterov => [None, None],
                Optimizer::Adam { beta1, beta2, .. } | Optimizer::AdamW { beta1, beta2, .. } => {
                    [Some(beta1), Some(beta2)]
                }
                Optimizer::RmsProp { rho, .. } => [None, Some(rho)],
            }
        }
        kept(self) == kept(other)
    }

    /// Checks that its parameters are in their range, also after rounding to `F`.
    pub(crate) fn check<F: Scalar>(self) -> Result<(), Error> {
        match self {
            Self::Momentum | Self::Nesterov => Ok(()),
            Self::Adam { beta1, beta2, epsilon } | Self::AdamW { beta1, beta2, epsilon } => {
                check_range::<F>("beta1", A_SHARE, beta1)?;
                check_range::<F>("beta2", A_SHARE, beta2)?;
                check_range::<F>("epsilon", ABOVE_0, epsilon)
            }
            Self::RmsProp { rho, epsilon } => {
                check_range::<F>("rho", A_SHARE, rho)?;
                check_range::<F>("epsilon", ABOVE_0, epsilon)
            }
        }
    }
}

const ADAM: &str = "adam";
const ADAM_W: &str = "adam_w";
const RMS_PROP: &str = "rms_prop";

/// Every optimizer without numbers, and the others with their defaults, with their names.
const NAMES: [(Optimizer, &str); 5] = [
    (Optimizer::Momentum, "momentum"),
    (Optimizer::Nesterov, "nesterov"),
    (Optimizer::adam(), ADAM),
    (Optimizer::adam_w(), ADAM_W),
    (Optimizer::rms_prop(), RMS_PROP),
];

/// The forms with numbers.
const FORMS: [&str; 3] =
    ["adam(beta1, beta2, epsilon)", "adam_w(beta1, beta2, epsilon)", "rms_prop(rho, epsilon)"];

impl fmt::Display for Optimizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Adam { beta1, beta2, epsilon } => {
                f.pad(&format!("{ADAM}({beta1:?}, {beta2:?}, {epsilon:?})"))
            }
            Self::AdamW { beta1, beta2, epsilon } => {
                f.pad(&format!("{ADAM_W}({beta1:?}, {beta2:?}, {epsilon:?})"))
            }
            Self::RmsProp { rho, epsilon } => f.pad(&format!("{RMS_PROP}({rho:?}, {epsilon:?})")),
            _ => f.pad(name_of(&NAMES, *self)),
        }
    }
}

impl FromStr for Optimizer {
    type Err = ParseError;

    /// # Errors
    /// A [`ParseError`] that lists the known names. `build` checks the ranges of the numbers.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        if let Some([beta1, beta2, epsilon]) = numbers(ADAM, text) {
            Ok(Self::Adam { beta1, beta2, epsilon })
        } else if let Some([beta1, beta2, epsilon]) = numbers(ADAM_W, text) {
            Ok(Self::AdamW { beta1, beta2, epsilon })
        } else if let Some([rho, epsilon]) = numbers(RMS_PROP, text) {
            Ok(Self::RmsProp { rho, epsilon })
        } else {
            value_of("optimizer", &NAMES, FORMS, text)
        }
    }
}
