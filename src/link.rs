//! What turns the last layer's output into the network's answer.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;

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
const NAMES: [(Link, &str); 3] =
    [(Link::Identity, "identity"), (Link::Softmax, "softmax"), (Link::Logistic, "logistic")];

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(NAMES.iter().find(|(link, _)| link == self).map_or("", |(_, name)| name))
    }
}

impl FromStr for Link {
    type Err = ParseError;

    /// # Errors
    /// A [`ParseError`] that lists the known names.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let named = NAMES.iter().find(|(_, name)| *name == text).map(|(link, _)| *link);
        named.ok_or_else(|| ParseError::new("link", text, NAMES.map(|(_, name)| name)))
    }
}
