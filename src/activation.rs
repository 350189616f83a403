//! Activations fₗ of the layers, and the link g from the last layer to the network's output.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;

/// A layer's activation `a = f(z)`.
///
/// The derivative of every activation is computed from its output, so `z` need not be stored:
///
/// | | `f(z)` | `f′` from `a` | name |
/// |---|---|---|---|
/// | `Sigmoid` | `1 / (1 + e⁻ᶻ)` | `a (1 − a)` | `sigmoid` |
/// | `Identity` | `z` | `1` | `identity` |
/// | `Relu` | `max(z, 0)`; NaN if z is NaN | `1` where `a > 0`, else `0` | `relu` |
/// | `Tanh` | `(eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)` | `1 − a²` | `tanh` |
/// | `LeakyRelu` | `z` where `z > 0`, else `slope · z` | `1` where `a > 0`, else `slope` | `leaky_relu(slope)` |
///
/// The first three are the article's. [`FromStr`] and [`Display`](fmt::Display) use the names in the table.
/// `leaky_relu` without a slope means `leaky_relu(0.01)`, the slope of Maas, Hannun and Ng, *Rectifier
/// nonlinearities improve neural network acoustic models*, ICML 2013. `FromStr` accepts every slope;
/// [`Layer::new`](crate::Layer::new) and [`build`](crate::DnnBuilder::build) check its range.
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
    /// The hyperbolic tangent: an S-shaped function from −1 to 1.
    Tanh,
    /// A ReLU with a small slope below 0, so that no neuron stops learning; the derivative at 0 is `slope`.
    LeakyRelu {
        /// The slope below 0; at least 0 and finite. With 0 it is `Relu`.
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
        // Every activation has a name, as a test checks.
        let name = NAMES.iter().find(|(activation, _)| activation == self).map_or("", |(_, name)| name);
        f.pad(name)
    }
}

/// The link function g, which computes the network's output from the last layer's output: `Ŷ = g(A_L)`.
/// [`Config::link`](crate::Config::link) returns the link of a network.
///
/// Each link belongs to a loss whose derivative with respect to A_L is Ŷ − Y. So no number is ever divided by a
/// small one.
///
/// | | ŷ for a row a | loss of a row | set by |
/// |---|---|---|---|
/// | `Identity` | `a` | `½‖y − ŷ‖²` | default |
/// | `Softmax` | `eᵃ / Σ eᵃ` | `−Σ y·ln ŷ` | [`softmax(true)`](crate::DnnBuilder::softmax) |
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
        let leaky = [0.01, 0.0, 1e-300, 0.25].map(|slope| Activation::LeakyRelu { slope });
        let leaky = leaky.map(|activation| (activation, activation.to_string()));
        for (activation, name) in
            NAMES.map(|(activation, name)| (activation, name.into())).into_iter().chain(leaky)
        {
            assert_eq!(activation.to_string(), name);
            assert_eq!(name.parse(), Ok(activation));
            // This match does not compile if a new activation is missing.
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
