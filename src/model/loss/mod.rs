//! Losses, each in a file of its own, with its link, its value, its derivative and the range of its targets.

mod absolute;
mod article;
mod binary_cross_entropy;
mod cross_entropy;
mod huber;
mod label_weights;
mod poisson;
mod quantile;
mod rule;
mod squared;

use ndarray::ArrayRef2;

use self::rule::Rule;
use super::names::{self, Named};
use crate::activation::Link;
use crate::error::{Error, ParseError, Rival};
use crate::kernel::{Factors, Matrix, Scalar, Sum, subtract};
use crate::validate::check_finite;

pub(crate) use self::cross_entropy::smooth_labels;
pub(crate) use self::label_weights::LabelWeights;
pub(crate) use self::rule::Predicted;

names::list! {
    /// The loss that training minimises and reports; see [`DnnBuilder::loss`](crate::DnnBuilder::loss).
    ///
    /// The table gives the loss of a row with targets y, output ŷ and `d = y − ŷ`; each Σ is over the outputs of the
    /// row. Training uses the mean over the rows, and adds L2 to the loss that it minimises.
    ///
    /// | | minimises | reports | name |
    /// |---|---|---|---|
    /// | `Article` | `½‖d‖²` | `‖d‖` | `article` |
    /// | `Squared` | `½‖d‖²` | the same | `squared` |
    /// | `CrossEntropy` | `−Σ y·ln ŷ` | the same | `cross_entropy` |
    /// | `BinaryCrossEntropy` | `−Σ (y·ln ŷ + (1 − y)·ln(1 − ŷ))` | the same | `binary_cross_entropy` |
    /// | `Absolute` | `Σ |d|` | the same | `absolute` |
    /// | `Huber { delta: δ }` | `Σ ½d²` where `|d| ≤ δ`, else `δ(|d| − ½δ)` | the same | `huber(δ)` |
    /// | `Quantile { tau: τ }` | `Σ τ·d` where `d ≥ 0`, else `(τ − 1)·d` | the same | `quantile(τ)` |
    /// | `Poisson` | `Σ (ŷ − y + y·ln(y / ŷ))` | the same | `poisson` |
    ///
    /// [`FromStr`](std::str::FromStr) and [`Display`](std::fmt::Display) use the names. `FromStr` accepts every δ and
    /// τ; [`build`](crate::DnnBuilder::build) checks their ranges.
    ///
    /// `CrossEntropy` implies [`Link::Softmax`](crate::Link::Softmax). [`softmax(true)`](crate::DnnBuilder::softmax) is
    /// the article's way to set it, in place of `Article`.
    ///
    /// `BinaryCrossEntropy` implies [`Link::Logistic`](crate::Link::Logistic): the output is `ŷ = 1 / (1 + e⁻ᵃ)`, where
    /// a is the output of the last layer. The activation of this layer should be
    /// [`Identity`](crate::Activation::Identity); a sigmoid, which would be applied twice, is an
    /// [`Error::Conflict`](crate::Error::Conflict). Each column is a separate question with the answers yes and no, so
    /// a row can have several labels. The targets are between 0 and 1. Loss and derivative are computed from a, without
    /// a division by a small number.
    ///
    /// With `Absolute` the best output is the median of y for the given x, and with `Quantile` its τ-quantile: train
    /// one network with τ = 0.05 and one with 0.95 for an interval that contains 90 % of the values. `Huber` is squared
    /// for small errors and absolute for large ones, so that outliers count less. Where a loss has a kink, at `d = 0`,
    /// its derivative is 0. These losses are those of P. J. Huber, *Robust estimation of a location parameter*, Annals
    /// of Mathematical Statistics 35, 1964, and of R. Koenker and G. Bassett, *Regression quantiles*, Econometrica 46,
    /// 1978.
    ///
    /// `Poisson` is for counts and other rates: y is at least 0. It implies [`Link::Log`](crate::Link::Log), `ŷ = eᵃ`,
    /// and the activation of the last layer should be `Identity`. The loss is `eᵃ − y·a` plus the constant
    /// `y·ln y − y`, with which it is at least 0, and 0 for `ŷ = y`: half the deviance of P. McCullagh and J. A.
    /// Nelder, *Generalized linear models*, 1989. Again `D = y − ŷ`.
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
    pub enum Loss, a "loss" {
        /// The article's: it minimises the squared error and reports the norm.
        #[default]
        Article in article;
        /// Half the squared error, minimised and reported.
        Squared in squared;
        /// The cross-entropy, with softmax: rows of y are distributions over classes.
        CrossEntropy in cross_entropy;
        /// The cross-entropy of each column, with a logistic link.
        BinaryCrossEntropy in binary_cross_entropy;
        /// The sum of the absolute errors.
        Absolute in absolute;
        /// Huber's: squared up to δ, absolute beyond.
        Huber {
            /// δ, the error from which the loss is no longer squared; greater than 0 and finite, often 1.
            delta: f64,
        } in huber;
        /// The quantile loss, or pinball loss: an error is multiplied by τ if the output is too small, else by 1 − τ.
        Quantile {
            /// τ, the share of the targets that are below the best output; greater than 0 and less than 1. With 0.5 it
            /// is half the loss `Absolute`.
            tau: f64,
        } in quantile;
        /// Half the Poisson deviance, with a log link.
        Poisson in poisson;
    }
}

impl Named for Loss {
    fn check<F: Scalar>(&self) -> Result<(), Error> {
        self.of_rule::<F, _>(|rule| rule.check())
    }
}

impl Loss {
    /// The function from the last layer's output to the network's output.
    pub(crate) fn link(self) -> Link {
        self.of_rule::<f64, _>(|rule| rule.link())
    }

    /// The loss that training minimises: only the article reports another one.
    pub(crate) fn minimised(self) -> Self {
        if self == Self::Article { Self::Squared } else { self }
    }

    /// The loss of a network with softmax, in whose place this one was set.
    ///
    /// # Errors
    /// [`Error::Conflict`] unless it is the article's, or cross-entropy.
    pub(crate) fn with_softmax(self) -> Result<Self, Error> {
        match self {
            Self::Article | Self::CrossEntropy => Ok(Self::CrossEntropy),
            other => {
                let other = Rival::LossBesideSoftmax(format!("{other:?}"));
                Err(Error::conflict("softmax", "softmax(true)", other))
            }
        }
    }

    /// Checks the targets: all values must be finite, and those of rows that count in the range of the loss.
    pub(crate) fn check_targets<F: Scalar>(
        self,
        y: &ArrayRef2<F>,
        counts: impl Fn(usize) -> bool,
    ) -> Result<(), Error> {
        check_finite("y", y)?;
        self.of_rule::<F, _>(|rule| rule.check_targets(y, &counts))
    }

    /// Whether so many outputs of a network with this loss can only be values, and never scores of classes.
    pub(crate) fn is_of_values(self, outputs: usize) -> bool {
        self.of_rule::<f64, _>(|rule| rule.is_of_values(outputs))
    }

    /// Turns `d`, which holds the targets Y, into the error D, minus the derivative of the loss with respect to the
    /// logits; returns the sum of the rows' losses, each multiplied by its factor.
    pub(crate) fn error_and_losses<F: Scalar>(
        self,
        predicted: Predicted<'_, F>,
        d: &mut Matrix<F>,
        factors: Factors<'_>,
    ) -> Sum {
        self.of_rule::<F, _>(|rule| match rule.link() {
            Link::Identity => {
                subtract(d.values_mut(), predicted.answer.values());
                let losses = rule.losses(predicted, d, factors);
                rule.differentiate(d.values_mut());
                losses
            }
            Link::Softmax | Link::Logistic | Link::Log => {
                let losses = rule.losses(predicted, d, factors);
                subtract(d.values_mut(), predicted.answer.values());
                losses
            }
        })
    }

    /// Turns `d`, which holds the targets Y, into the error D.
    pub(crate) fn error<F: Scalar>(self, predicted: Predicted<'_, F>, d: &mut Matrix<F>) {
        subtract(d.values_mut(), predicted.answer.values());
        self.of_rule::<F, _>(|rule| {
            if rule.link() == Link::Identity {
                rule.differentiate(d.values_mut());
            }
        });
    }
}
