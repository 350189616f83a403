//! The checked hyper-parameters of a network.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use super::init::Init;
use super::loss::Loss;
use super::names::{Named, name_of, value_of};
use super::optimizer::Optimizer;
use super::schedule::Schedule;
use super::visit::{Check, Visit};
use crate::activation::{Activation, Link};
use crate::error::{Error, ParseError, Rival};
use crate::kernel::Scalar;
use crate::validate::{A_SHARE, ABOVE_0, AT_LEAST_0};

/// The order of the rows in mini-batches, and the length of an epoch.
///
/// `n` is the number of rows, `m` the `minibatch_size`. The names for [`FromStr`] and [`Display`](fmt::Display)
/// are `cyclic`, `sequential`, `shuffled` and `shuffled_by_epoch`.
///
/// # Examples
/// ```
/// use ndarray_dnn::{Activation::Identity, BatchOrder, Dnn};
///
/// let net: Dnn = Dnn::builder().input_shape(2).shape([1]).activations([Identity])
///     .batch_order(BatchOrder::Shuffled)
///     .build()?;
/// assert_eq!(net.config().batch_order(), BatchOrder::Shuffled);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BatchOrder {
    /// The article's order: each mini-batch is a window of at most `m` rows, and the start of the window advances
    /// by `m` modulo `n`. An epoch has `n` mini-batches, so with `m > 1` it uses rows several times. It ends
    /// before the update of its last mini-batch; the next epoch begins with that update.
    ///
    /// `n = 100`, `m = 40`: rows 0..40, 40..80, 80..100, 20..60, 60..100, 0..40, …
    #[default]
    Cyclic,
    /// The rows in their given order. An epoch is one pass of `⌈n/m⌉` mini-batches, and ends after its last
    /// update.
    Sequential,
    /// A new random permutation of the rows for each epoch, drawn by the seeded generator. An epoch is one pass of
    /// `⌈n/m⌉` mini-batches, and ends after its last update. Use this order for your own data.
    ///
    /// The rows of each mini-batch are copied. The orders without permutations read a row-major array in place.
    Shuffled,
    /// Like `Shuffled`, but the permutation is a function of the seed and of the number of the epoch alone, and not of
    /// what the generator has drawn before. The epochs are counted from the start of the last run that was not
    /// resumed, as [`Dnn::schedule_position`](crate::Dnn::schedule_position) counts them.
    ///
    /// Several processes that train together can all continue from the file of one of them, since the file says
    /// which epoch is the next one. A second run that is not resumed takes the rows in the order of the first run.
    ShuffledByEpoch,
}

impl BatchOrder {
    /// Whether the rows are taken in the order of a permutation.
    pub(crate) fn is_shuffled(self) -> bool {
        matches!(self, Self::Shuffled | Self::ShuffledByEpoch)
    }
}

/// Every order, with its name.
const BATCH_ORDERS: [(BatchOrder, &str); 4] = [
    (BatchOrder::Cyclic, "cyclic"),
    (BatchOrder::Sequential, "sequential"),
    (BatchOrder::Shuffled, "shuffled"),
    (BatchOrder::ShuffledByEpoch, "shuffled_by_epoch"),
];

impl Named for BatchOrder {}

impl fmt::Display for BatchOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(name_of(&BATCH_ORDERS, *self))
    }
}

impl FromStr for BatchOrder {
    type Err = ParseError;

    /// # Errors
    /// A [`ParseError`] that lists the known names.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        value_of("batch order", &BATCH_ORDERS, None, text)
    }
}

/// The settings of a network. [`DnnBuilder::build`](crate::DnnBuilder::build) checks them, and the setters of
/// [`DnnBuilder`](crate::DnnBuilder) describe them.
///
/// # Examples
/// ```
/// use ndarray_dnn::{Activation::Identity, Dnn};
///
/// let net: Dnn = Dnn::builder()
///     .input_shape(2).shape([1]).activations([Identity]).eta(0.4)
///     .build()?;
/// assert_eq!((net.config().eta(), net.config().momentum(), net.config().seed()), (0.4, 0.9, 42));
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub(crate) eta: f64,
    pub(crate) threshold: f64,
    pub(crate) max_epochs: usize,
    pub(crate) min_updates: usize,
    pub(crate) regularization: f64,
    pub(crate) minibatch_size: usize,
    pub(crate) momentum: f64,
    pub(crate) decay_power: f64,
    pub(crate) verbose: bool,
    pub(crate) seed: u64,
    pub(crate) batch_order: BatchOrder,
    pub(crate) init: Init,
    pub(crate) regularize_biases: bool,
    pub(crate) loss: Loss,
    pub(crate) label_weights: Option<Arc<[f64]>>,
    pub(crate) positive_weights: Option<Arc<[f64]>>,
    pub(crate) label_smoothing: f64,
    pub(crate) optimizer: Optimizer,
    pub(crate) schedule: Schedule,
    pub(crate) clip_norm: Option<f64>,
    pub(crate) l1: f64,
    pub(crate) max_norm: Option<f64>,
    pub(crate) dropout: Vec<f64>,
}

impl Default for Config {
    /// The article's defaults.
    fn default() -> Self {
        Self {
            eta: 0.1,
            threshold: 1e-5,
            max_epochs: 1000,
            min_updates: 0,
            regularization: 0.001,
            minibatch_size: 5,
            momentum: 0.9,
            decay_power: 0.5,
            verbose: false,
            seed: 42,
            batch_order: BatchOrder::Cyclic,
            init: Init::ARTICLE,
            regularize_biases: true,
            loss: Loss::Article,
            label_weights: None,
            positive_weights: None,
            label_smoothing: 0.0,
            optimizer: Optimizer::Momentum,
            schedule: Schedule::Constant,
            clip_norm: None,
            l1: 0.0,
            max_norm: None,
            dropout: Vec::new(),
        }
    }
}

impl Config {
    /// The initial learning rate η.
    pub fn eta(&self) -> f64 {
        self.eta
    }

    /// The mean loss below which training stops.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// Whether the output is the softmax of the last layer's output: the loss is then [`Loss::CrossEntropy`].
    pub fn softmax(&self) -> bool {
        self.link() == Link::Softmax
    }

    /// The number of epochs after which training stops.
    pub fn max_epochs(&self) -> usize {
        self.max_epochs
    }

    /// The number of mini-batches for which a run is longer than `max_epochs`.
    pub fn min_updates(&self) -> usize {
        self.min_updates
    }

    /// The number of epochs after which a run stops if its epochs have so many mini-batches.
    pub(crate) fn epochs(&self, minibatches: usize) -> usize {
        self.max_epochs.max(self.min_updates.div_ceil(minibatches.max(1)))
    }

    /// The strength λ of L2.
    pub fn regularization(&self) -> f64 {
        self.regularization
    }

    /// The largest number of rows in a mini-batch.
    pub fn minibatch_size(&self) -> usize {
        self.minibatch_size
    }

    /// The momentum μ; Adam, AdamW and RMSProp do not use it.
    pub fn momentum(&self) -> f64 {
        self.momentum
    }

    /// The exponent p of the learning rate's decay.
    pub fn decay_power(&self) -> f64 {
        self.decay_power
    }

    /// Whether `fit` prints a line after each epoch.
    pub fn verbose(&self) -> bool {
        self.verbose
    }

    /// The seed of the initial parameters and of the permutations.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The order of the rows in mini-batches.
    pub fn batch_order(&self) -> BatchOrder {
        self.batch_order
    }

    /// The distribution of the initial parameters; not used if the layers were given.
    pub fn init(&self) -> Init {
        self.init
    }

    /// Whether L2 and L1 apply to the biases.
    pub fn regularize_biases(&self) -> bool {
        self.regularize_biases
    }

    /// The loss that training minimises and reports. After [`softmax(true)`](crate::DnnBuilder::softmax) it is
    /// [`Loss::CrossEntropy`].
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// The share ε of a softmax network's targets that is spread over all classes.
    pub fn label_smoothing(&self) -> f64 {
        self.label_smoothing
    }

    /// The rule by which `update` changes the parameters.
    pub fn optimizer(&self) -> Optimizer {
        self.optimizer
    }

    /// The factor on the learning rate that depends on the epoch.
    pub fn schedule(&self) -> Schedule {
        self.schedule
    }

    /// The largest norm of the gradient; `None` without a limit.
    pub fn clip_norm(&self) -> Option<f64> {
        self.clip_norm
    }

    /// The strength λ₁ of L1.
    pub fn l1(&self) -> f64 {
        self.l1
    }

    /// The largest norm of the weights of a neuron; `None` without a limit.
    pub fn max_norm(&self) -> Option<f64> {
        self.max_norm
    }

    /// The rate of dropout of each hidden layer; empty without dropout.
    pub fn dropout(&self) -> &[f64] {
        &self.dropout
    }

    /// The function from the last layer's output to the network's output, as given by the loss.
    pub fn link(&self) -> Link {
        self.loss.link()
    }

    /// The list of all settings. From it follows how they are checked, in this order, read from a file and written.
    pub(crate) fn visit(&mut self, visitor: &mut impl Visit) -> Result<(), Error> {
        visitor.number("eta", &mut self.eta, ABOVE_0)?;
        visitor.number("threshold", &mut self.threshold, AT_LEAST_0)?;
        visitor.number("regularization", &mut self.regularization, AT_LEAST_0)?;
        visitor.number("momentum", &mut self.momentum, A_SHARE)?;
        visitor.number("decay_power", &mut self.decay_power, AT_LEAST_0)?;
        visitor.count("minibatch_size", &mut self.minibatch_size)?;
        visitor.count("max_epochs", &mut self.max_epochs)?;
        visitor.whole("min_updates", &mut self.min_updates)?;
        visitor.bits("seed", &mut self.seed)?;
        visitor.flag("verbose", &mut self.verbose)?;
        visitor.flag("regularize_biases", &mut self.regularize_biases)?;
        visitor.named("batch_order", &mut self.batch_order)?;
        visitor.named("init", &mut self.init)?;
        visitor.named("optimizer", &mut self.optimizer)?;
        visitor.named("schedule", &mut self.schedule)?;
        visitor.limit("clip_norm", &mut self.clip_norm, ABOVE_0)?;
        visitor.number("l1", &mut self.l1, AT_LEAST_0)?;
        visitor.limit("max_norm", &mut self.max_norm, ABOVE_0)?;
        visitor.named("loss", &mut self.loss)?;
        visitor.number("label_smoothing", &mut self.label_smoothing, A_SHARE)?;
        visitor.of_layers("dropout", &mut self.dropout, A_SHARE)?;
        visitor.of_outputs("label_weights", &mut self.label_weights, ABOVE_0)?;
        visitor.of_outputs("positive_weights", &mut self.positive_weights, ABOVE_0)
    }

    /// Checks that every setting is in its range, also after rounding to `F`.
    pub(crate) fn check_ranges<F: Scalar>(&self) -> Result<(), Error> {
        self.clone().visit(&mut Check::<F>(PhantomData))
    }

    /// Checks that no two settings conflict.
    pub(crate) fn check_agreement<F: Scalar>(&self) -> Result<(), Error> {
        self.check_label_weights::<F>()?;
        if self.label_smoothing > 0.0 && !self.softmax() {
            let found = format!("label_smoothing({:?})", self.label_smoothing);
            return Err(Error::conflict("label_smoothing", found, "a network without softmax"));
        }
        Ok(())
    }

    /// Checks that every setting is in its range, and that no two settings conflict.
    pub(crate) fn check<F: Scalar>(&self) -> Result<(), Error> {
        self.check_ranges::<F>()?;
        self.check_agreement::<F>()
    }

    /// Checks that the loss can be combined with a last layer of this activation and number of outputs.
    pub(crate) fn check_last_layer(&self, activation: Activation, outputs: usize) -> Result<(), Error> {
        self.check_labels(outputs)?;
        if self.softmax() && outputs == 1 {
            return Err(Error::conflict("softmax", "softmax(true)", Rival::SingleOutput));
        }
        if self.link() == Link::Logistic && activation == Activation::Sigmoid {
            let other = Rival::LastActivation(activation.to_string());
            return Err(Error::conflict("loss", format!("loss({:?})", self.loss), other));
        }
        Ok(())
    }
}
