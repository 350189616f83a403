//! What is reported and what is descended: the loss of a mini-batch and the penalty of L2.

use std::fmt;
use std::str::FromStr;

use crate::error::ParseError;
use crate::kernel::{self, Matrix};
use crate::model::names::{name_of, value_of};
use crate::{Layer, Link, Pass, Scalar};

/// What training descends and reports; see [`DnnBuilder::loss`](crate::DnnBuilder::loss).
///
/// Of a row with targets y, answer ŷ and `d = y − ŷ`, averaged over the rows; L2 comes on top of what is descended.
///
/// | | descends | reports | name |
/// |---|---|---|---|
/// | `Article` | `½‖d‖²`, with softmax `−Σ y·ln ŷ` | `‖d‖`, with softmax `−Σ y·ln ŷ` | `article` |
/// | `Squared` | `½‖d‖²` | the same | `squared` |
/// | `BinaryCrossEntropy` | `−Σ (y·ln ŷ + (1 − y)·ln(1 − ŷ))` | the same | `binary_cross_entropy` |
///
/// [`FromStr`] and [`Display`](fmt::Display) use the names.
///
/// `BinaryCrossEntropy` brings [`Link::Logistic`]: the answer is `ŷ = 1 / (1 + e⁻ᵃ)` of what the last
/// layer puts out, which is best [`Identity`](crate::Activation::Identity) then. Each column is a yes or no of
/// its own, so that a row may have several labels; y is between 0 and 1. Loss and derivative are computed
/// from a, so nothing is divided by a small number.
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
    /// The document's: it descends the squared error and reports the norm; with softmax the cross-entropy.
    #[default]
    Article,
    /// Half the squared error, descended and reported.
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

/// The sum over the rows of the loss of an error D, each row counting for its weight where there are weights.
pub(crate) type OfRows<F> = fn(&Matrix<F>, Option<&[f64]>) -> f64;

impl Loss {
    /// What is reported where there is no link.
    pub(crate) fn reported<F: Scalar>(self) -> OfRows<F> {
        match self {
            Self::Article => norms,
            Self::Squared | Self::BinaryCrossEntropy => half_squares,
        }
    }
}

/// Turns `d`, which holds the targets Y of the pass, into the error D = Y − Ŷ; returns the sum over the rows
/// of the loss: that of the link, and without one what `of_rows` makes of D.
pub(crate) fn error_and_loss<F: Scalar>(
    pass: &Pass<F>,
    d: &mut Matrix<F>,
    of_rows: OfRows<F>,
    weights: Option<&[f64]>,
) -> f64 {
    let of_link = match pass.link() {
        Link::Identity => None,
        Link::Softmax => Some(cross_entropy(pass, d, weights)),
        Link::Logistic => Some(binary_cross_entropy(pass, d, weights)),
    };
    kernel::subtract(d.values_mut(), pass.answer().values());
    of_link.unwrap_or_else(|| of_rows(d, weights))
}

/// The sum over the rows of the Euclidean norm `‖d‖`: what the document reports.
fn norms<F: Scalar>(d: &Matrix<F>, weights: Option<&[f64]>) -> f64 {
    match (d.columns(), weights) {
        // Of a single number, without the square and its root.
        (1, None) => kernel::sum_of_magnitudes(d.values()),
        _ => sum(d.each_row().map(|d| squares(d).sqrt()), weights),
    }
}

/// The sum over the rows of `½‖d‖²`: what is descended without a link.
pub(crate) fn half_squares<F: Scalar>(d: &Matrix<F>, weights: Option<&[f64]>) -> f64 {
    sum(d.each_row().map(|d| 0.5 * squares(d)), weights)
}

/// The sum of the rows' losses, each times its weight. What weighs nothing adds nothing, be it infinite.
fn sum(losses: impl Iterator<Item = f64>, weights: Option<&[f64]>) -> f64 {
    match weights {
        None => losses.sum(),
        Some(weights) => {
            losses.zip(weights).filter(|(_, weight)| **weight > 0.0).map(|(loss, weight)| weight * loss).sum()
        }
    }
}

/// `½ λ ‖θ‖²` over all weights, and over all biases if they are regularised.
pub(crate) fn penalty<F: Scalar>(layers: &[Layer<F>], lambda: f64, regularize_biases: bool) -> f64 {
    if lambda == 0.0 {
        // Not 0 · ∞, where the squares overflow.
        return 0.0;
    }
    let regularized = if regularize_biases { 2 } else { 1 };
    let slices = layers.iter().flat_map(|layer| layer.affine.slices().into_iter().take(regularized));
    0.5 * lambda * slices.map(squares).sum::<f64>()
}

/// The sum over the rows of `−Σ y·ln ŷ`, from the logits a as `Σ y ((max a − a) + ln Σ e^(a − max a))`: a term
/// with y = 0 adds 0, and the logarithm is not lost beside a large maximum.
fn cross_entropy<F: Scalar>(pass: &Pass<F>, y: &Matrix<F>, weights: Option<&[f64]>) -> f64 {
    let of_row = |a: &[F], maximum_and_sum: &[F], y: &[F]| -> f64 {
        let [maximum, sum] = maximum_and_sum else { return f64::NAN };
        let (maximum, log_sum) = (maximum.as_f64(), sum.as_f64().ln());
        let terms = a.iter().zip(y).filter(|(_, y)| **y != F::zero());
        terms.map(|(a, y)| y.as_f64() * ((maximum - a.as_f64()) + log_sum)).sum()
    };
    let rows = pass.logits().zip(pass.maxima_and_sums()).zip(y.each_row());
    sum(rows.map(|((a, maximum_and_sum), y)| of_row(a, maximum_and_sum, y)), weights)
}

/// The sum over the rows of `−Σ (y·ln ŷ + (1 − y)·ln(1 − ŷ))`, from the logits a as
/// `Σ (max(a, 0) − a·y + ln(1 + e^−|a|))`.
fn binary_cross_entropy<F: Scalar>(pass: &Pass<F>, y: &Matrix<F>, weights: Option<&[f64]>) -> f64 {
    let of_row = |a: &[F], y: &[F]| -> f64 {
        let pairs = a.iter().zip(y).map(|(a, y)| (a.as_f64(), y.as_f64()));
        pairs.map(|(a, y)| (a.max(0.0) - a * y) + (-a.abs()).exp().ln_1p()).sum()
    };
    sum(pass.logits().zip(y.each_row()).map(|(a, y)| of_row(a, y)), weights)
}

/// `‖v‖²`, squared in f64, where no finite f32 overflows.
fn squares<F: Scalar>(values: &[F]) -> f64 {
    values.iter().map(|value| value.as_f64() * value.as_f64()).sum()
}
