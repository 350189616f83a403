//! Losses: the article's, squared error, binary cross-entropy.

use std::fmt;
use std::str::FromStr;

use super::names::{name_of, value_of};
use crate::error::ParseError;

/// The loss that training minimises and reports; see [`DnnBuilder::loss`](crate::DnnBuilder::loss).
///
/// The table gives the loss of a row with targets y, output ŷ and `d = y − ŷ`. Training uses the mean over the
/// rows, and adds L2 to the loss that it minimises.
///
/// | | minimises | reports | name |
/// |---|---|---|---|
/// | `Article` | `½‖d‖²`, with softmax `−Σ y·ln ŷ` | `‖d‖`, with softmax `−Σ y·ln ŷ` | `article` |
/// | `Squared` | `½‖d‖²` | the same | `squared` |
/// | `BinaryCrossEntropy` | `−Σ (y·ln ŷ + (1 − y)·ln(1 − ŷ))` | the same | `binary_cross_entropy` |
///
/// [`FromStr`] and [`Display`](fmt::Display) use the names.
///
/// `BinaryCrossEntropy` implies [`Link::Logistic`](crate::Link::Logistic): the output is `ŷ = 1 / (1 + e⁻ᵃ)`,
/// where a is the output of the last layer. The activation of this layer should be
/// [`Identity`](crate::Activation::Identity). Each column is a separate question with the answers yes and no, so a
/// row can have several labels. The targets are between 0 and 1. Loss and derivative are computed from a, without
/// a division by a small number.
///
/// # Examples
/// ```
/// use ndarray_dnn::{Activation::Identity, Dnn, Loss};
/// use ndarray_dnn::ndarray::array;
///
/// let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity])
///     .loss(Loss::BinaryCrossEntropy).regularization(0.0).max_epochs(200)
///     .build()?;
/// net.fit(&array![[-1.0], [0.0], [1.0]], &array![[0.0], [0.5], [1.0]])?;
/// let probability = net.predict(&array![[0.0]])?[[0, 0]];
/// assert!((probability - 0.5_f64).abs() < 0.1, "{probability}");
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// The article's: it minimises the squared error and reports the norm; with softmax it uses the cross-entropy
    /// for both.
    #[default]
    Article,
    /// Half the squared error, minimised and reported.
    Squared,
    /// The cross-entropy of each column, with a logistic link.
    BinaryCrossEntropy,
}

/// Every loss, with its name.
const NAMES: [(Loss, &str); 3] = [
    (Loss::Article, "article"),
    (Loss::Squared, "squared"),
    (Loss::BinaryCrossEntropy, "binary_cross_entropy"),
];

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(name_of(&NAMES, *self))
    }
}

impl FromStr for Loss {
    type Err = ParseError;

    /// # Errors
    /// A [`ParseError`] that lists the known names.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        value_of("loss", &NAMES, None, text)
    }
}
