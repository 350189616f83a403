//! Optimizers, each in a file of its own, with its numbers, its memory and its step.

mod adam;
mod adam_w;
mod momentum;
mod nesterov;
mod rms_prop;
mod rule;
mod step;

use self::rule::Rule;
use super::names::{self, Named};
use super::velocity::Slot;
use crate::error::{Error, ParseError};
use crate::kernel::Scalar;

pub(crate) use self::step::Step;

names::list! {
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
    /// The names for [`FromStr`](std::str::FromStr) and [`Display`](std::fmt::Display) are `momentum`, `nesterov`,
    /// `adam(β₁, β₂, ε)`, `adam_w(β₁, β₂, ε)` and `rms_prop(ρ, ε)`; `adam`, `adam_w` and `rms_prop` alone mean the
    /// usual values.
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
    pub enum Optimizer, a "optimizer" {
        /// The article's: gradient descent with momentum μ.
        #[default]
        Momentum in momentum;
        /// Gradient descent with Nesterov momentum μ, which looks ahead.
        Nesterov in nesterov;
        /// Adam, with a separate step size for each parameter; it has no momentum μ.
        Adam {
            /// β₁, the fraction of the mean gradient m that each step keeps; at least 0 and less than 1, usually 0.9.
            beta1: f64,
            /// β₂, the fraction of the mean square v that each step keeps; at least 0 and less than 1, usually 0.999.
            beta2: f64,
            /// ε, which limits the step when the gradients are small; greater than 0, usually 1e-8.
            epsilon: f64,
        } in adam, usual Self::adam();
        /// Adam with decoupled weight decay: λ and λ₁ shrink the parameters without passing through the moments.
        AdamW {
            /// β₁, as for `Adam`.
            beta1: f64,
            /// β₂, as for `Adam`.
            beta2: f64,
            /// ε, as for `Adam`.
            epsilon: f64,
        } in adam_w, usual Self::adam_w();
        /// RMSProp: the gradient divided by the root of its mean square; it has no momentum μ.
        RmsProp {
            /// ρ, the fraction of the mean square v that each step keeps; at least 0 and less than 1, usually 0.9.
            rho: f64,
            /// ε, which limits the step when the gradients are small; greater than 0, usually 1e-8.
            epsilon: f64,
        } in rms_prop, usual Self::rms_prop();
    }
}

impl Named for Optimizer {
    fn check<F: Scalar>(&self) -> Result<(), Error> {
        self.of_rule::<F, _>(|rule| rule.check())
    }
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

    /// What it remembers of each parameter.
    pub(crate) fn slots(self) -> Vec<Slot> {
        self.of_rule::<f64, _>(|rule| rule.slots())
    }

    /// Whether it can continue with what `other` remembers.
    pub(crate) fn can_continue_from(self, other: Self) -> bool {
        self.slots() == other.slots()
    }

    /// Whether it has the momentum μ of the settings.
    pub(crate) fn has_momentum(self) -> bool {
        self.of_rule::<f64, _>(|rule| rule.has_momentum())
    }

    /// Whether L2 and L1 shrink the parameters, and are no part of the gradient.
    pub(crate) fn is_decoupled(self) -> bool {
        self.of_rule::<f64, _>(|rule| rule.is_decoupled())
    }

    /// Makes a step: changes memory and parameters.
    pub(crate) fn step<F: Scalar>(self, step: Step<'_, F>) {
        self.of_rule::<F, _>(|rule| rule.step(step));
    }
}
