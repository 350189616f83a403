//! Activations fₗ of the layers, and the link g from the last layer to the network's output.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;

/// A layer's activation `a = f(z)`.
///
/// The derivative is computed from the layer's output `a`, so that `z` need not be stored; only layers of the last
/// two, which are not monotone, store it:
///
/// | | `f(z)` | `f′` | name |
/// |---|---|---|---|
/// | `Sigmoid` | `1 / (1 + e⁻ᶻ)` | `a (1 − a)` | `sigmoid` |
/// | `Identity` | `z` | `1` | `identity` |
/// | `Relu` | `max(z, 0)`; NaN if z is NaN | `1` where `a > 0`, else `0` | `relu` |
/// | `Tanh` | `(eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)` | `1 − a²` | `tanh` |
/// | `LeakyRelu` | `z` where `z > 0`, else `slope · z` | `1` where `a > 0`, else `slope` | `leaky_relu(slope)` |
/// | `Elu` | `z` where `z > 0`, else `alpha · (eᶻ − 1)` | `1` where `a > 0`, else `a + alpha` | `elu(alpha)` |
/// | `Selu` | `λ z` where `z > 0`, else `λ α (eᶻ − 1)` | `λ` where `a > 0`, else `a + λ α` | `selu` |
/// | `Softplus` | `ln(1 + eᶻ)` | `1 − e⁻ᵃ` | `softplus` |
/// | `Softsign` | `z / (1 + ∣z∣)` | `(1 − ∣a∣)²` | `softsign` |
/// | `Gelu` | `z Φ(z)`, `Φ(z) = ½ (1 + erf(z/√2))` | `Φ(z) + z e^(−z²/2) / √(2π)` | `gelu` |
/// | `Silu` | `z σ(z)`, `σ(z) = 1 / (1 + e⁻ᶻ)` | `σ(z) (1 + z (1 − σ(z)))` | `silu` |
///
/// The first three are the article's. Every value is within 4 units in the last place for `z ≥ −1`. Below, the error
/// is at most 4 units in the last place or the ε of the element type, whichever is larger. Derivatives are within 2 ε.
///
/// [`FromStr`] and [`Display`](fmt::Display) use the names in the table. `leaky_relu` without a slope means
/// `leaky_relu(0.01)`, and `elu` without alpha `elu(1.0)`. `FromStr` accepts every slope and every alpha;
/// [`Layer::new`](crate::Layer::new) and [`build`](crate::DnnBuilder::build) check their ranges.
///
/// # Sources
/// - Leaky ReLU: Maas, Hannun and Ng, *Rectifier nonlinearities improve neural network acoustic models*, ICML 2013
/// - ELU: Clevert, Unterthiner and Hochreiter, *Fast and accurate deep network learning by exponential linear units*,
///   ICLR 2016
/// - SELU: Klambauer, Unterthiner, Mayr and Hochreiter, *Self-normalizing neural networks*, NIPS 2017, with
///   λ = 1.0507009873554805 and α = 1.6732632423543772
/// - Softplus: Dugas, Bengio, Bélisle, Nadeau and Garcia, *Incorporating second-order functional knowledge for better
///   option pricing*, NIPS 2000
/// - Softsign: Bergstra, Desjardins, Lamblin and Bengio, *Quadratic polynomials learn better image features*, 2009
/// - GELU, in the form with erf, and SiLU: Hendrycks and Gimpel, *Gaussian error linear units*, 2016
///
/// # Examples
/// ```
/// use ndarray_dnn::Activation;
///
/// let activation: Activation = "sigmoid".parse()?;
/// assert_eq!(activation, Activation::Sigmoid);
/// assert_eq!(activation.to_string(), "sigmoid");
/// assert_eq!("leaky_relu(0.2)".parse(), Ok(Activation::LeakyRelu { slope: 0.2 }));
/// assert_eq!(
///     "tan".parse::<Activation>().unwrap_err().to_string(),
///     "unknown activation \"tan\": expected one of sigmoid, identity, relu, tanh, selu, softplus, \
///      softsign, gelu, silu, leaky_relu(slope), elu(alpha)"
/// );
/// # Ok::<(), ndarray_dnn::error::ParseError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Activation {
    /// `1 / (1 + e⁻ᶻ)`, computed so that it never overflows.
    Sigmoid,
    /// `z` itself.
    Identity,
    /// `max(z, 0)`; the derivative at 0 is 0.
    Relu,
    /// The hyperbolic tangent: an S-shaped function from −1 to 1.
    Tanh,
    /// A ReLU with a small slope below 0, so that no neuron stops learning; the derivative at 0 is `slope`.
    LeakyRelu {
        /// The slope below 0; at least 0 and finite. With 0 it is `Relu`.
        slope: f64,
    },
    /// The exponential linear unit; the derivative at 0 is `alpha`, which is that from below.
    Elu {
        /// Minus the limit at −∞; at least 0 and finite. With 0 it is `Relu`, and with 1 it has no kink.
        alpha: f64,
    },
    /// The scaled exponential linear unit, which keeps mean 0 and variance 1 from layer to layer with
    /// [`Init::LeCun`](crate::Init::LeCun); the derivative at 0 is `λ α`, which is that from below.
    Selu,
    /// A smooth ReLU: `ln(1 + eᶻ)`, computed so that it never overflows.
    Softplus,
    /// An S-shaped function from −1 to 1 with wider tails than `Tanh`.
    Softsign,
    /// The Gaussian error linear unit in the form with erf: z times the probability that a standard normal variable
    /// is less than z. Its smallest value is about −0.17, at z = −0.75.
    Gelu,
    /// The sigmoid linear unit, or swish: z times its sigmoid. Its smallest value is about −0.28, at z = −1.28.
    Silu,
}

impl Activation {
    /// Whether f′ cannot be computed from f(z), so that a layer must keep its z.
    pub(crate) fn needs_z(self) -> bool {
        matches!(self, Self::Gelu | Self::Silu)
    }
}

/// Every activation without a parameter, with its name.
const NAMES: [(Activation, &str); 9] = [
    (Activation::Sigmoid, "sigmoid"),
    (Activation::Identity, "identity"),
    (Activation::Relu, "relu"),
    (Activation::Tanh, "tanh"),
    (Activation::Selu, "selu"),
    (Activation::Softplus, "softplus"),
    (Activation::Softsign, "softsign"),
    (Activation::Gelu, "gelu"),
    (Activation::Silu, "silu"),
];
const LEAKY_RELU: &str = "leaky_relu";
const DEFAULT_SLOPE: f64 = 0.01;
const ELU: &str = "elu";
const DEFAULT_ALPHA: f64 = 1.0;

impl FromStr for Activation {
    type Err = ParseError;

    /// # Errors
    /// A [`ParseError`] that lists the known names.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let number = |name, default| match text.strip_prefix(name)? {
            "" => Some(default),
            number => number.strip_prefix('(')?.strip_suffix(')')?.parse().ok(),
        };
        let named = NAMES.iter().find(|(_, name)| *name == text).map(|(activation, _)| *activation);
        let leaky_relu = || number(LEAKY_RELU, DEFAULT_SLOPE).map(|slope| Self::LeakyRelu { slope });
        let elu = || number(ELU, DEFAULT_ALPHA).map(|alpha| Self::Elu { alpha });
        let expected = || NAMES.map(|(_, name)| name).into_iter().chain(["leaky_relu(slope)", "elu(alpha)"]);
        let found = named.or_else(leaky_relu).or_else(elu);
        found.ok_or_else(|| ParseError::new("activation", text, expected()))
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeakyRelu { slope } => f.pad(&format!("{LEAKY_RELU}({slope:?})")),
            Self::Elu { alpha } => f.pad(&format!("{ELU}({alpha:?})")),
            // Every other activation has a name, as a test checks.
            _ => f.pad(NAMES.iter().find(|(activation, _)| activation == self).map_or("", |(_, name)| name)),
        }
    }
}

/// The link function g, which computes the network's output from the last layer's output: `Ŷ = g(A_L)`.
/// [`Config::link`](crate::training::Config::link) returns the link of a network.
///
/// Each link belongs to a loss whose derivative with respect to A_L is Ŷ − Y. So no number is ever divided by a
/// small one.
///
/// | | ŷ for a row a | loss of a row | set by |
/// |---|---|---|---|
/// | `Identity` | `a` | `½‖y − ŷ‖²` | default |
/// | `Softmax` | `eᵃ / Σ eᵃ` | `−Σ y·ln ŷ` | [`softmax(true)`](crate::DnnBuilder::softmax), [`loss(Loss::CrossEntropy)`](crate::DnnBuilder::loss) |
/// | `Logistic` | `1 / (1 + e⁻ᵃ)` | `−Σ (y·ln ŷ + (1 − y)·ln(1 − ŷ))` | [`loss(Loss::BinaryCrossEntropy)`](crate::DnnBuilder::loss) |
/// | `Log` | `eᵃ` | `Σ (ŷ − y + y·ln(y / ŷ))` | [`loss(Loss::Poisson)`](crate::DnnBuilder::loss) |
///
/// The names for [`FromStr`] and [`Display`](fmt::Display) are `identity`, `softmax`, `logistic` and `log`.
///
/// # Examples
/// ```
/// use ndarray_dnn::{Activation::Identity, Dnn, Link};
///
/// let net: Dnn = Dnn::builder()
///     .input_shape(2).shape([3]).activations([Identity]).softmax(true)
///     .build()?;
/// assert_eq!(net.config().link(), Link::Softmax);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Link {
    /// The output is that of the last layer.
    Identity,
    /// Each row of the output is a probability distribution over the columns.
    Softmax,
    /// Each value of the output is a separate probability.
    Logistic,
    /// Each value of the output is a rate, whose logarithm is the output of the last layer.
    Log,
}

/// Every link, with its name.
const LINKS: [(Link, &str); 4] = [
    (Link::Identity, "identity"),
    (Link::Softmax, "softmax"),
    (Link::Logistic, "logistic"),
    (Link::Log, "log"),
];

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(LINKS.iter().find(|(link, _)| link == self).map_or("", |(_, name)| name))
    }
}

impl FromStr for Link {
    type Err = ParseError;

    /// # Errors
    /// A [`ParseError`] that lists the known names.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let named = LINKS.iter().find(|(_, name)| *name == text).map(|(link, _)| *link);
        named.ok_or_else(|| ParseError::new("link", text, LINKS.map(|(_, name)| name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_display_agree() {
        let numbers = [0.01, 0.0, 1e-300, 0.25, 1.0];
        let leaky = numbers.map(|slope| Activation::LeakyRelu { slope });
        let elu = numbers.map(|alpha| Activation::Elu { alpha });
        let with_numbers =
            leaky.into_iter().chain(elu).map(|activation| (activation, activation.to_string()));
        for (activation, name) in
            NAMES.map(|(activation, name)| (activation, name.into())).into_iter().chain(with_numbers)
        {
            assert_eq!(activation.to_string(), name);
            assert_eq!(name.parse(), Ok(activation));
            assert_eq!(format!("{activation:>30}"), format!("{name:>30}"));
            // This match does not compile if a new activation is missing.
            match activation {
                Activation::Sigmoid | Activation::Identity | Activation::Relu | Activation::Tanh => {}
                Activation::LeakyRelu { .. } => assert!(name.starts_with("leaky_relu(")),
                Activation::Elu { .. } => assert!(name.starts_with("elu(")),
                Activation::Selu | Activation::Softplus | Activation::Softsign => {}
                Activation::Gelu | Activation::Silu => assert!(activation.needs_z()),
            }
        }
        assert_eq!("leaky_relu".parse(), Ok(Activation::LeakyRelu { slope: 0.01 }));
        assert_eq!("elu".parse(), Ok(Activation::Elu { alpha: 1.0 }));
        assert_eq!("elu(0.5)".parse(), Ok(Activation::Elu { alpha: 0.5 }));
    }

    #[test]
    fn unknown_names_are_refused() {
        let leaky = ["leaky_relu()", "leaky_relu(0.1", "leaky_relu0.1)", "leaky"];
        let elu = ["elu()", "elu(1", "elu1)", "elu(1, 2)", "elu(x)", "selu(1.0)", "swish", "Gelu"];
        for name in ["", "Sigmoid", "relu ", "softmax"].into_iter().chain(leaky).chain(elu) {
            let error = name.parse::<Activation>().unwrap_err();
            assert_eq!((error.kind, &error.text[..]), ("activation", name));
            let names =
                ["sigmoid", "identity", "relu", "tanh", "selu", "softplus", "softsign", "gelu", "silu"];
            assert_eq!(error.expected, [&names[..], &["leaky_relu(slope)", "elu(alpha)"]].concat());
        }
    }
}
