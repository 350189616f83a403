//! The functions fₗ between the layers, with their derivatives taken from the output.

use std::fmt;
use std::str::FromStr;

use crate::Error;

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
///
/// The first three are the document's, with its names; [`FromStr`] and [`Display`](fmt::Display) use them.
///
/// # Examples
/// ```
/// use ndarray_dnn::Activation;
///
/// let activation: Activation = "sigmoid".parse()?;
/// assert_eq!(activation, Activation::Sigmoid);
/// assert_eq!(activation.to_string(), "sigmoid");
/// assert_eq!(
///     "tan".parse::<Activation>().unwrap_err().to_string(),
///     "unknown activation \"tan\": expected one of sigmoid, identity, relu, tanh"
/// );
/// # Ok::<(), ndarray_dnn::Error>(())
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
}

/// Every activation with its name.
const NAMES: [(Activation, &str); 4] = [
    (Activation::Sigmoid, "sigmoid"),
    (Activation::Identity, "identity"),
    (Activation::Relu, "relu"),
    (Activation::Tanh, "tanh"),
];

/// The known names, for the message of an unknown one.
pub(crate) fn known_names() -> String {
    NAMES.map(|(_, name)| name).join(", ")
}

impl FromStr for Activation {
    type Err = Error;

    /// # Errors
    /// [`Error::UnknownActivation`] lists the known names.
    fn from_str(text: &str) -> Result<Self, Error> {
        NAMES
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(activation, _)| *activation)
            .ok_or_else(|| Error::UnknownActivation { name: text.to_owned() })
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
        for (activation, name) in NAMES {
            assert_eq!(activation.to_string(), name);
            assert_eq!(name.parse(), Ok(activation));
            // Named here too, so that a new one is not forgotten above.
            match activation {
                Activation::Sigmoid | Activation::Identity | Activation::Relu | Activation::Tanh => {}
            }
        }
    }

    #[test]
    fn unknown_names_are_refused() {
        for name in ["", "Sigmoid", "relu ", "softmax"] {
            assert_eq!(name.parse::<Activation>(), Err(Error::UnknownActivation { name: name.into() }));
        }
    }
}
