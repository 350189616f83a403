//! Activations fₗ of the layers, and the link g from the last layer to the network's output.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;

/// A layer's activation `a = f(z)`.
///
/// Every activation gives its derivative from its output, so that no `z` has to be kept:
///
/// | | `f(z)` | `f′` from `a` | name |
/// |---|---|---|---|
/// | `Sigmoid` | `1 / (1 + e⁻ᶻ)` | `a (1 − a)` | `sigmoid` |
/// | `Identity` | `z` | `1` | `identity` |
/// | `Relu` | `max(z, 0)`, and NaN of NaN | `1` where `a > 0`, else `0` | `relu` |
/// | `Tanh` | `(eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)` | `1 − a²` | `tanh` |
/// | `LeakyRelu` | `z` where `z > 0`, else `slope · z` | `1` where `a > 0`, else `slope` | `leaky_relu(slope)` |
///
/// The first three are the document's, with its names; [`FromStr`] and [`Display`](fmt::Display) use them.
/// `leaky_relu` without its slope is read as `leaky_relu(0.01)`, the slope of Maas, Hannun and Ng, *Rectifier
/// nonlinearities improve neural network acoustic models*, ICML 2013. A slope that is out of range is refused where
/// the activation is used, and not where it is read.
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
///     "unknown activation \"tan\": expected one of sigmoid, identity, relu, tanh, leaky_relu(slope)"
/// );
/// # Ok::<(), ndarray_dnn::ParseError>(())
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
    /// The hyperbolic tangent: a sigmoid around 0, from −1 to 1.
    Tanh,
    /// A ReLU that lets a share of what is below 0 through, so that no neuron stops learning; the derivative at 0
    /// is `slope`.
    LeakyRelu {
        /// The share; at least 0, which is `Relu`, and finite, as [`Layer::new`](crate::Layer::new) and
        /// [`build`](crate::DnnBuilder::build) check.
        slope: f64,
    },
}

/// Every activation without a parameter, with its name.
const NAMES: [(Activation, &str); 4] = [
    (Activation::Sigmoid, "sigmoid"),
    (Activation::Identity, "identity"),
    (Activation::Relu, "relu"),
    (Activation::Tanh, "tanh"),
];
const LEAKY_RELU: &str = "leaky_relu";
const DEFAULT_SLOPE: f64 = 0.01;

impl FromStr for Activation {
    type Err = ParseError;

    /// # Errors
    /// A [`ParseError`] that lists the known names.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let leaky_relu = || {
            let slope = match text.strip_prefix(LEAKY_RELU)? {
                "" => DEFAULT_SLOPE,
                slope => slope.strip_prefix('(')?.strip_suffix(')')?.parse().ok()?,
            };
            Some(Self::LeakyRelu { slope })
        };
        let named = NAMES.iter().find(|(_, name)| *name == text).map(|(activation, _)| *activation);
        let expected = || NAMES.map(|(_, name)| name).into_iter().chain(["leaky_relu(slope)"]);
        named.or_else(leaky_relu).ok_or_else(|| ParseError::new("activation", text, expected()))
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::LeakyRelu { slope } = self {
            return f.pad(&format!("{LEAKY_RELU}({slope:?})"));
        }
        // Every activation has a name: a test goes through all of them.
        let name = NAMES.iter().find(|(activation, _)| activation == self).map_or("", |(_, name)| name);
        f.pad(name)
    }
}

/// The link `Ŷ = g(A_L)` over the last layer's output; [`Config::link`](crate::Config::link) tells a network's.
///
/// A link belongs to its loss, so that the derivative of the loss by A_L is Ŷ − Y, and nothing is ever divided
/// by a small number.
///
/// | | ŷ of a row a | loss of a row | set by |
/// |---|---|---|---|
/// | `Identity` | `a` | of the squared error | default |
/// | `Softmax` | `eᵃ / Σ eᵃ` | `−Σ y·ln ŷ` | [`softmax(true)`](crate::DnnBuilder::softmax) |
/// | `Logistic` | `1 / (1 + e⁻ᵃ)` | `−Σ (y·ln ŷ + (1 − y)·ln(1 − ŷ))` | [`loss(Loss::BinaryCrossEntropy)`](crate::DnnBuilder::loss) |
///
/// The names for [`FromStr`] and [`Display`](fmt::Display) are `identity`, `softmax` and `logistic`.
///
/// # Examples
/// ```
/// use ndarray_dnn::{Activation::Identity, Dnn, Link};
///
/// let net: Dnn = Dnn::builder().input_shape(2).shape([3]).activations([Identity]).softmax(true).build()?;
/// assert_eq!(net.config().link(), Link::Softmax);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Link {
    /// The answer is the last layer's output.
    Identity,
    /// Each row of the answer is a distribution over its columns.
    Softmax,
    /// Each value of the answer is a probability of its own.
    Logistic,
}

/// Every link, with its name.
const LINKS: [(Link, &str); 3] =
    [(Link::Identity, "identity"), (Link::Softmax, "softmax"), (Link::Logistic, "logistic")];

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
        let leaky = [0.01, 0.0, 1e-300, 0.25].map(|slope| Activation::LeakyRelu { slope });
        let leaky = leaky.map(|activation| (activation, activation.to_string()));
        for (activation, name) in
            NAMES.map(|(activation, name)| (activation, name.into())).into_iter().chain(leaky)
        {
            assert_eq!(activation.to_string(), name);
            assert_eq!(name.parse(), Ok(activation));
            // Named here too, so that a new one is not forgotten above.
            match activation {
                Activation::Sigmoid | Activation::Identity | Activation::Relu | Activation::Tanh => {}
                Activation::LeakyRelu { .. } => assert!(name.starts_with("leaky_relu(")),
            }
        }
        assert_eq!("leaky_relu".parse(), Ok(Activation::LeakyRelu { slope: 0.01 }));
    }

    #[test]
    fn unknown_names_are_refused() {
        for name in
            ["", "Sigmoid", "relu ", "softmax", "leaky_relu()", "leaky_relu(0.1", "leaky_relu0.1)", "leaky"]
        {
            let error = name.parse::<Activation>().unwrap_err();
            assert_eq!((error.kind, &error.text[..]), ("activation", name));
            assert_eq!(error.expected, ["sigmoid", "identity", "relu", "tanh", "leaky_relu(slope)"]);
        }
    }
}
