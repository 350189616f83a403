//! What a setting or an argument conflicts with, and the advice that follows from it.

use std::fmt;
use std::ops::Deref;

/// What a setting or an argument conflicts with, in words. It dereferences to its text, and is made from one.
///
/// # Examples
/// ```
/// use ndarray_dnn::{Dnn, Error, Loss};
///
/// let conflict = Dnn::<f64>::classifier(2, &[8], 3).loss(Loss::Squared).build();
/// let Err(Error::Conflict { name, found, other, .. }) = conflict else { panic!() };
/// assert_eq!((name, &found[..], &other[..]), ("softmax", "softmax(true)", "loss(Squared)"));
/// ```
#[derive(Clone)]
pub struct Counterpart {
    text: String,
    /// The end of the message.
    advice: &'static str,
}

/// The counterparts with advice: they are often set by a preset, or something else was meant.
pub(crate) enum Rival {
    /// Of softmax: a loss, as its `Debug` writes it.
    LossBesideSoftmax(String),
    /// Of softmax.
    SingleOutput,
    /// Of a loss that applies a sigmoid itself: the activation of the last layer.
    LastActivation(String),
    /// Of a momentum: an optimizer without one.
    OptimizerWithoutMomentum(String),
    /// Of `loss_fn`: a link that is not the identity.
    LinkBesideLossFn(String),
    /// Of `predict_classes`: a network that predicts values.
    Values { outputs: usize, loss: String },
}

impl fmt::Display for Rival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LossBesideSoftmax(loss) => write!(f, "loss({loss})"),
            Self::SingleOutput => f.write_str("a single output, whose softmax is always 1"),
            Self::LastActivation(activation) => write!(f, "the last activation {activation}"),
            Self::OptimizerWithoutMomentum(optimizer) => write!(f, "optimizer({optimizer})"),
            Self::LinkBesideLossFn(link) => write!(f, "a network with the link {link}"),
            Self::Values { outputs, loss } => write!(f, "a network of {outputs} output(s) with loss({loss})"),
        }
    }
}

impl Rival {
    /// What to do about the conflict, as the end of the message.
    fn advice(&self) -> &'static str {
        match self {
            Self::LossBesideSoftmax(_) => {
                ": add softmax(false) to keep this loss, since Dnn::classifier turns softmax on, \
                 or loss(Loss::Article) to keep softmax"
            }
            Self::SingleOutput => {
                ": use an output for each class, or loss(Loss::BinaryCrossEntropy) for one answer of yes or no"
            }
            Self::LastActivation(_) => {
                ": this loss applies the sigmoid itself, so end with the activation identity"
            }
            Self::OptimizerWithoutMomentum(_) => {
                ": add optimizer(Optimizer::Momentum) to keep it, since the presets use Adam, which has no momentum"
            }
            Self::LinkBesideLossFn(_) => {
                ": add softmax(false) and loss(Loss::Article), since loss_fn takes the place of the loss"
            }
            Self::Values { .. } => {
                ": its outputs are values, which predict returns; for classes, use Dnn::classifier and one_hot"
            }
        }
    }
}

impl Counterpart {
    pub(super) fn advice(&self) -> &'static str {
        self.advice
    }
}

impl From<Rival> for Counterpart {
    fn from(rival: Rival) -> Self {
        Self { text: rival.to_string(), advice: rival.advice() }
    }
}

impl From<String> for Counterpart {
    fn from(text: String) -> Self {
        Self { text, advice: "" }
    }
}

impl From<&str> for Counterpart {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Deref for Counterpart {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Counterpart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl fmt::Display for Counterpart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Two counterparts are equal if their texts are equal.
impl PartialEq for Counterpart {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
