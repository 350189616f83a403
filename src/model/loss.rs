//! Losses: the article's, squared and absolute error, Huber's, quantiles, binary cross-entropy, Poisson.

use std::fmt;
use std::str::FromStr;

use super::names::{name_of, numbers, value_of};
use crate::error::{Error, ParseError};
use crate::kernel::Scalar;
use crate::validate::{ABOVE_0, BETWEEN_0_AND_1, check_range};

/// The loss that training minimises and reports; see [`DnnBuilder::loss`](crate::DnnBuilder::loss).
///
/// The table gives the loss of a row with targets y, output ŷ and `d = y − ŷ`; each Σ is over the outputs of the row.
/// Training uses the mean over the rows, and adds L2 to the loss that it minimises.
///
/// | | minimises | reports | name |
/// |---|---|---|---|
/// | `Article` | `½‖d‖²`, with softmax `−Σ y·ln ŷ` | `‖d‖`, with softmax `−Σ y·ln ŷ` | `article` |
/// | `Squared` | `½‖d‖²` | the same | `squared` |
/// | `BinaryCrossEntropy` | `−Σ (y·ln ŷ + (1 − y)·ln(1 − ŷ))` | the same | `binary_cross_entropy` |
/// | `Absolute` | `Σ |d|` | the same | `absolute` |
/// | `Huber { delta: δ }` | `Σ ½d²` where `|d| ≤ δ`, else `δ(|d| − ½δ)` | the same | `huber(δ)` |
/// | `Quantile { tau: τ }` | `Σ τ·d` where `d ≥ 0`, else `(τ − 1)·d` | the same | `quantile(τ)` |
/// | `Poisson` | `Σ (ŷ − y + y·ln(y / ŷ))` | the same | `poisson` |
///
/// [`FromStr`] and [`Display`](fmt::Display) use the names. `FromStr` accepts every δ and τ;
/// [`build`](crate::DnnBuilder::build) checks their ranges.
///
/// `BinaryCrossEntropy` implies [`Link::Logistic`](crate::Link::Logistic): the output is `ŷ = 1 / (1 + e⁻ᵃ)`,
/// where a is the output of the last layer. The activation of this layer should be
/// [`Identity`](crate::Activation::Identity); a sigmoid, which would be applied twice, is an
/// [`Error::Conflict`](crate::Error::Conflict). Each column is a separate question with the answers yes and no, so a
/// row can have several labels. The targets are between 0 and 1. Loss and derivative are computed from a, without
/// a division by a small number.
///
/// With `Absolute` the best output is the median of y for the given x, and with `Quantile` its τ-quantile: train one
/// network with τ = 0.05 and one with 0.95 for an interval that contains 90 % of the values. `Huber` is squared for
/// small errors and absolute for large ones, so that outliers count less. Where a loss has a kink, at `d = 0`, its
/// derivative is 0. These losses are those of P. J. Huber, *Robust estimation of a location parameter*, Annals of
/// Mathematical Statistics 35, 1964, and of R. Koenker and G. Bassett, *Regression quantiles*, Econometrica 46, 1978.
///
/// `Poisson` is for counts and other rates: y is at least 0. It implies [`Link::Log`](crate::Link::Log), `ŷ = eᵃ`, and
/// the activation of the last layer should be `Identity`. The loss is `eᵃ − y·a` plus the constant `y·ln y − y`, with
/// which it is at least 0, and 0 for `ŷ = y`: half the deviance of P. McCullagh and J. A. Nelder, *Generalized linear
/// models*, 1989. Again `D = y − ŷ`.
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
/// assert_eq!("quantile(0.9)".parse(), Ok(Loss::Quantile { tau: 0.9 }));
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
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
    /// The sum of the absolute errors.
    Absolute,
    /// Huber's: squared up to δ, absolute beyond.
    Huber {
        /// δ, the error from which the loss is no longer squared; greater than 0 and finite, often 1.
        delta: f64,
    },
    /// The quantile loss, or pinball loss: an error is multiplied by τ if the output is too small, else by 1 − τ.
    Quantile {
        /// τ, the share of the targets that are below the best output; greater than 0 and less than 1. With 0.5 it is
        /// half the loss `Absolute`.
        tau: f64,
    },
    /// Half the Poisson deviance, with a log link.
    Poisson,
}

impl Loss {
    /// Checks that its parameter is in its range, also after rounding to `F`.
    pub(crate) fn check<F: Scalar>(self) -> Result<(), Error> {
        match self {
            Self::Huber { delta } => check_range::<F>("delta", ABOVE_0, delta),
            Self::Quantile { tau } => check_range::<F>("tau", BETWEEN_0_AND_1, tau),
            _ => Ok(()),
        }
    }
}

/// Every loss without a number, with its name.
const NAMES: [(Loss, &str); 5] = [
    (Loss::Article, "article"),
    (Loss::Squared, "squared"),
    (Loss::BinaryCrossEntropy, "binary_cross_entropy"),
    (Loss::Absolute, "absolute"),
    (Loss::Poisson, "poisson"),
];
const HUBER: &str = "huber";
const QUANTILE: &str = "quantile";

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Huber { delta } => f.pad(&format!("{HUBER}({delta:?})")),
            Self::Quantile { tau } => f.pad(&format!("{QUANTILE}({tau:?})")),
            _ => f.pad(name_of(&NAMES, *self)),
        }
    }
}

impl FromStr for Loss {
    type Err = ParseError;

    /// # Errors
    /// A [`ParseError`] that lists the known names.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        if let Some([delta]) = numbers(HUBER, text) {
            Ok(Self::Huber { delta })
        } else if let Some([tau]) = numbers(QUANTILE, text) {
            Ok(Self::Quantile { tau })
        } else {
            value_of("loss", &NAMES, ["huber(delta)", "quantile(tau)"], text)
        }
    }
}
