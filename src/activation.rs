//! The functions fₗ between the layers, with their derivatives taken from the output.

use std::fmt;
use std::str::FromStr;

use crate::validate::{AT_LEAST_0, check_range};
use crate::{Error, ParseError, Scalar};

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

impl Activation {
    /// Checks that its parameter is in its range, in `F` too.
    pub(crate) fn check<F: Scalar>(self) -> Result<(), Error> {
        match self {
            Self::LeakyRelu { slope } => check_range::<F>("slope", AT_LEAST_0, slope),
            _ => Ok(()),
        }
    }
}

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
