//! The settings of a network, one method each.

use super::builder::{DnnBuilder, Names};
use crate::activation::Activation;
use crate::kernel::Scalar;
use crate::model::{BatchOrder, Init, Loss, Optimizer, Schedule};
use crate::validate::collect;

/// # Layers
/// ```
/// use ndarray_dnn::{Activation::{Identity, Sigmoid}, Dnn};
///
/// // Two inputs, one hidden layer of 8 neurons, and one output:
/// let net: Dnn = Dnn::builder()
///     .input_shape(2).shape([8, 1]).activations([Sigmoid, Identity])
///     .build()?;
/// assert_eq!(net.layers()[0].weights().dim(), (8, 2));
/// assert_eq!(net.layers()[1].activation(), Identity);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
impl<F: Scalar> DnnBuilder<F> {
    /// The number of columns n₀ of x. Must be set; at least 1.
    pub fn input_shape(mut self, input_shape: usize) -> Self {
        self.input_shape = Some(input_shape);
        self.names.inputs = Names::OF_SETTERS.inputs;
        self
    }

    /// The number of neurons n₁ … n_L of each layer, the output layer last. Must be set; each at least 1.
    pub fn shape(mut self, shape: impl IntoIterator<Item = usize>) -> Self {
        self.shape = Some(collect(shape));
        self.names = Names { inputs: self.names.inputs, ..Names::OF_SETTERS };
        self
    }

    /// The activation of each layer. Must be set; one for each layer of `shape`.
    pub fn activations(mut self, activations: impl IntoIterator<Item = Activation>) -> Self {
        self.activations = Some(collect(activations));
        self
    }

    /// The distribution of the initial weights and biases. Default [`Init::Uniform`] in [0, 0.01), as in the
    /// article. The neurons of a layer then start nearly alike. Use [`Init::He`] or [`Init::Glorot`] for several
    /// hidden layers or for ReLUs. The bounds of `Uniform` are finite, and `high − low` is at least 0 and finite.
    pub fn init(mut self, init: Init) -> Self {
        self.config.init = init;
        self
    }

    /// The seed of the initial parameters, and of the permutations of [`BatchOrder::Shuffled`] and
    /// [`BatchOrder::ShuffledByEpoch`]. Default 42; any number.
    ///
    /// It seeds a `ChaCha8Rng`, whose stream is the same on every machine. The same seed gives the same parameters
    /// and permutations with every version of this crate that does not list a value-breaking change.
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = seed;
        self
    }
}

/// # Loss
/// ```
/// use ndarray_dnn::{Activation::Identity, Dnn, Link, Loss};
///
/// let builder = || Dnn::<f64>::builder().input_shape(2).shape([3]).activations([Identity]);
/// assert_eq!(builder().softmax(true).build()?.config().link(), Link::Softmax);
/// let net = builder().loss(Loss::Squared).regularization(1e-4).regularize_biases(false).build()?;
/// assert_eq!(net.config().loss(), Loss::Squared);
/// let net = builder().softmax(true).label_smoothing(0.1).build()?;
/// assert_eq!(net.config().label_smoothing(), 0.1);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
impl<F: Scalar> DnnBuilder<F> {
    /// Whether the output is the softmax of the last layer, `ŷ = e^a / Σ e^a` for each row, and training minimises
    /// the cross-entropy. Otherwise it minimises [`loss`](Self::loss). Default `false`.
    ///
    /// This is the article's way to set [`Loss::CrossEntropy`], which [`Config::loss`](crate::training::Config::loss)
    /// then returns. `softmax(false)` takes `softmax(true)` back, and changes no other loss.
    ///
    /// As in the article, softmax is applied after the activation of the last layer, which should then be
    /// [`Identity`](Activation::Identity). Over [`Sigmoid`](Activation::Sigmoid), a probability is less than e times
    /// another one; over [`Relu`](Activation::Relu), a neuron does not learn from the rows for which it is 0. Softmax
    /// needs at least two outputs. Rows of y must be distributions: values of at least 0 that sum to 1.
    pub fn softmax(mut self, softmax: bool) -> Self {
        self.softmax = softmax;
        self
    }

    /// The loss that training minimises, reports and compares with `threshold`. Default [`Loss::Article`], in whose
    /// place [`softmax(true)`](Self::softmax) sets [`Loss::CrossEntropy`]; with softmax, any third loss is an error.
    /// [`Loss::Huber`] has a δ that is greater than 0 and finite, [`Loss::Quantile`] a τ between 0 and 1.
    pub fn loss(mut self, loss: Loss) -> Self {
        self.config.loss = loss;
        self
    }

    /// Label smoothing: the share ε of a row's targets that is spread evenly over its k classes, when
    /// [`softmax`](Self::softmax) is on. Loss and error D are those of the targets `(1 − ε) y + ε / k`, in training, in
    /// validation and by hand. Default 0; at least 0 and less than 1.
    ///
    /// It keeps the network from ever larger outputs of the last layer. The source is C. Szegedy, V. Vanhoucke, S.
    /// Ioffe, J. Shlens and Z. Wojna, *Rethinking the Inception architecture for computer vision*, CVPR 2016, section
    /// 7.
    pub fn label_smoothing(mut self, label_smoothing: f64) -> Self {
        self.config.label_smoothing = label_smoothing;
        self
    }

    /// The weight w_j of each label, that is, of each output, with [`Loss::BinaryCrossEntropy`]: training minimises
    /// `−Σ w_j (y·ln ŷ + (1 − y)·ln(1 − ŷ))`, the sum over the labels. Default 1 for each; one for each output, greater
    /// than 0 and finite. A label of weight 2 counts as two equal labels.
    ///
    /// The error is then `D = w_j (y − ŷ)`. Loss and error of all verbs have the weights, predictions have none. For
    /// the weights of rows, see [`sample_weights`](crate::training::Training::sample_weights).
    pub fn label_weights(mut self, weights: impl IntoIterator<Item = f64>) -> Self {
        self.config.label_weights = Some(collect(weights).into());
        self
    }

    /// The weight p_j of the answer yes of each label, with [`Loss::BinaryCrossEntropy`]: training minimises
    /// `−Σ (p_j·y·ln ŷ + (1 − y)·ln(1 − ŷ))`, PyTorch's `BCEWithLogitsLoss(pos_weight=p)`. Default 1 for each; one for
    /// each output, greater than 0 and finite. The error is then `D = p_j·y (1 − ŷ) − (1 − y)·ŷ`; with
    /// [`label_weights`](Self::label_weights), both loss and error are multiplied by w_j.
    ///
    /// A row counts for a label as p_j rows if its answer is yes. With p_j = the number of rows with no / the number
    /// with yes, both answers count the same, and rare labels are found more often, at the price of more false alarms.
    pub fn positive_weights(mut self, weights: impl IntoIterator<Item = f64>) -> Self {
        self.config.positive_weights = Some(collect(weights).into());
        self
    }

    /// The strength λ of L2: training minimises the loss plus `½·λ‖θ‖²`, over all weights *and biases* θ as in the
    /// article, or over the weights alone with [`regularize_biases(false)`](Self::regularize_biases). Default
    /// 0.001; at least 0 and finite. With 0 there is no L2.
    pub fn regularization(mut self, regularization: f64) -> Self {
        self.config.regularization = regularization;
        self
    }

    /// The strength λ₁ of L1: training minimises the loss plus `λ₁ Σ|θ|` too, by the subgradient `λ₁ · sign θ` with
    /// `sign 0 = 0`. Default 0; at least 0 and finite. It applies to the same parameters as L2.
    ///
    /// L1 (Tibshirani, *Regression shrinkage and selection via the lasso*, 1996) keeps most weights close to 0. The
    /// steps go back and forth across 0, so few weights are exactly 0.
    pub fn l1(mut self, l1: f64) -> Self {
        self.config.l1 = l1;
        self
    }

    /// Whether L2 and L1 apply to the biases too. Default `true`, as in the article; most other libraries use
    /// `false`.
    pub fn regularize_biases(mut self, regularize_biases: bool) -> Self {
        self.config.regularize_biases = regularize_biases;
        self
    }
}

/// # Steps
/// ```
/// use ndarray_dnn::{Activation::Identity, Dnn, Optimizer};
///
/// let builder = || Dnn::<f64>::builder().input_shape(2).shape([1]).activations([Identity]);
/// let net = builder().eta(0.4).decay_power(0.2).momentum(0.6).build()?;
/// assert_eq!((net.config().eta(), net.config().momentum()), (0.4, 0.6));
/// let net = builder().optimizer(Optimizer::adam()).eta(0.001).decay_power(0.0).build()?;
/// assert_eq!(net.config().optimizer(), Optimizer::adam());
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
impl<F: Scalar> DnnBuilder<F> {
    /// The initial learning rate η; the rate of update t is `η / t^p` with the [`decay_power`](Self::decay_power)
    /// p. Default 0.1; greater than 0 and finite.
    pub fn eta(mut self, eta: f64) -> Self {
        self.config.eta = eta;
        self
    }

    /// The exponent p of the decay `η / t^p` of the learning rate, where t counts the updates and is 1 at the
    /// first update of a run that is not resumed. Default 0.5; at least 0 and finite. With 0 the rate is constant.
    pub fn decay_power(mut self, decay_power: f64) -> Self {
        self.config.decay_power = decay_power;
        self
    }

    /// The momentum μ: the fraction of the velocity that each step keeps. Default 0.9; at least 0 and less than 1.
    /// With 0 it is plain gradient descent. It must not be set with Adam, AdamW and RMSProp, which have no momentum.
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = Some(momentum);
        self
    }

    /// The rule by which `update` changes the parameters. Default [`Optimizer::Momentum`], the article's. The
    /// parameters of the others are `beta1`, `beta2` and `rho`, at least 0 and less than 1, and `epsilon`, greater
    /// than 0.
    pub fn optimizer(mut self, optimizer: Optimizer) -> Self {
        self.config.optimizer = optimizer;
        self
    }
}

/// # Dropout
/// ```
/// use ndarray_dnn::{Activation::{Identity, Relu}, Dnn, Init};
///
/// // A rate for each of the two hidden layers:
/// let net = Dnn::<f64>::builder().input_shape(2).shape([64, 32, 1]).activations([Relu, Relu, Identity])
///     .init(Init::He).dropout([0.2, 0.5])
///     .build()?;
/// assert_eq!(net.config().dropout(), [0.2, 0.5]);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
impl<F: Scalar> DnnBuilder<F> {
    /// The share p of the outputs of each hidden layer that each step of training drops, `Ãₗ = Aₗ ⊙ Mₗ / (1 − pₗ)`
    /// with M of 0 and 1, drawn anew for each row of each mini-batch. Default: no dropout. A rate for each hidden
    /// layer; at least 0 and less than 1. A layer with the rate 0 is trained as without dropout, bit for bit.
    ///
    /// The outputs that are kept are divided by 1 − p, so that their expectation is that without dropout. `fit`,
    /// [`training`](crate::Dnn::training) and [`partial_fit`](crate::Dnn::partial_fit) drop outputs; `predict`, the
    /// validation loss, [`objective`](crate::Dnn::objective), [`mean_loss`](crate::Dnn::mean_loss) and the verbs by
    /// hand do not. The loss that training reports and compares with [`threshold`](Self::threshold) is that of the
    /// network with dropped outputs, so it is usually larger than `mean_loss` on the same rows, as in Keras.
    ///
    /// The masks do not come from a generator with a state. They are a function of the seed, of the number of updates
    /// that the network has ever had, of the layer, and of the position of the row in its mini-batch and of the
    /// neuron. So the bits do not depend on threads, a second `fit` does not repeat the masks of the first, and a
    /// resumed or loaded network continues as if it had not stopped. A row of weight 0 changes nothing. Machines that
    /// train together have different masks by [`Training::rank`](crate::training::Training::rank).
    ///
    /// Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, *Dropout: a simple way to prevent neural networks
    /// from overfitting*, JMLR 15, 2014; they scale in `predict` instead.
    pub fn dropout(mut self, rates: impl IntoIterator<Item = f64>) -> Self {
        self.dropout = Some(collect(rates));
        self
    }
}

/// # Schedules and limits
/// ```
/// use ndarray_dnn::{Activation::Identity, Dnn, Optimizer, Schedule};
///
/// let mut net: Dnn = Dnn::builder().input_shape(2).shape([1]).activations([Identity])
///     .optimizer(Optimizer::adam_w()).eta(0.001).decay_power(0.0).regularization(0.01)
///     .schedule(Schedule::cosine(100)).clip_norm(1.0).l1(1e-5).max_norm(3.0)
///     .build()?;
/// assert_eq!((net.config().clip_norm(), net.config().max_norm()), (Some(1.0), Some(3.0)));
/// net.reconfigure(|builder| builder.schedule(Schedule::Constant).clip_norm(None))?;
/// assert_eq!(net.config().clip_norm(), None);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
impl<F: Scalar> DnnBuilder<F> {
    /// The factor on the learning rate that depends on the epoch. Default [`Schedule::Constant`], the article's. The
    /// decay of [`decay_power`](Self::decay_power) multiplies it, so set that to 0 for the schedule alone.
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.config.schedule = schedule;
        self
    }

    /// The largest norm c of the gradient. If the norm `‖∇‖` of all gradients of the data loss together is larger,
    /// they are multiplied by `c / ‖∇‖` before L2 and L1 are added. Default `None`, no limit; greater than 0 and
    /// finite.
    ///
    /// It is algorithm 1 of Pascanu, Mikolov and Bengio, *On the difficulty of training recurrent neural networks*,
    /// ICML 2013. The norm is summed in f64. By hand, [`Gradients::norm`](crate::Gradients::norm) and
    /// [`scale`](crate::Gradients::scale) do the same.
    pub fn clip_norm(mut self, clip_norm: impl Into<Option<f64>>) -> Self {
        self.config.clip_norm = clip_norm.into();
        self
    }

    /// The largest norm c of the weights of a neuron. After each step, a row of W, the weights of the inputs of one
    /// neuron, is multiplied by `c / ‖w‖` if its norm `‖w‖` is larger. Default `None`, no limit; greater than 0 and
    /// finite. Biases have no limit, and the velocity stays as it is.
    ///
    /// Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, *Dropout*, JMLR 2014, section 5.1, with c
    /// usually 3 or 4.
    pub fn max_norm(mut self, max_norm: impl Into<Option<f64>>) -> Self {
        self.config.max_norm = max_norm.into();
        self
    }
}

/// # Mini-batches and epochs
/// ```
/// use ndarray_dnn::{Activation::Identity, BatchOrder, Dnn};
///
/// let net = Dnn::<f64>::builder().input_shape(2).shape([1]).activations([Identity])
///     .batch_order(BatchOrder::Shuffled).minibatch_size(40)
///     .max_epochs(200).threshold(1e-3).verbose(false)
///     .build()?;
/// assert_eq!((net.config().minibatch_size(), net.config().max_epochs()), (40, 200));
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
impl<F: Scalar> DnnBuilder<F> {
    /// The order of the rows in mini-batches, and the length of an epoch. Default [`BatchOrder::Cyclic`], the
    /// article's; for your own data use [`BatchOrder::Shuffled`].
    pub fn batch_order(mut self, batch_order: BatchOrder) -> Self {
        self.config.batch_order = batch_order;
        self
    }

    /// The largest number of rows in a mini-batch. Default 5; at least 1. If it is larger than the number of rows,
    /// a mini-batch has all rows; with [`BatchOrder::Cyclic`] it has the rows from the start of its window to the
    /// end.
    pub fn minibatch_size(mut self, minibatch_size: usize) -> Self {
        self.config.minibatch_size = minibatch_size;
        self
    }

    /// The number of epochs after which training stops. Default 1000; at least 1. A run has more epochs if these have
    /// fewer than [`min_updates`](Self::min_updates) mini-batches, which is so for few rows with a preset: for an exact
    /// number add `min_updates(0)`, or set [`Training::max_epochs`](crate::training::Training::max_epochs) of the run.
    ///
    /// The length of an epoch depends on [`batch_order`](Self::batch_order): the article's has as many
    /// mini-batches as there are *rows*.
    pub fn max_epochs(mut self, max_epochs: usize) -> Self {
        self.config.max_epochs = max_epochs;
        self
    }

    /// The least number of mini-batches of a run that stops at its last epoch: if [`max_epochs`](Self::max_epochs)
    /// epochs have fewer, the run has `⌈min_updates / mini-batches of an epoch⌉` epochs instead. Default 0; any
    /// number.
    ///
    /// An epoch of a few rows is a few mini-batches, so a number of epochs that is enough for many rows is not enough
    /// for few. The presets set it to 1,000. With [`Training::max_epochs`](crate::training::Training::max_epochs) it
    /// has no effect in that run.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::Identity, BatchOrder, Dnn, ndarray::array};
    /// let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity])
    ///     .batch_order(BatchOrder::Shuffled).max_epochs(10).min_updates(50)
    ///     .build()?;
    /// // 2 rows in mini-batches of 5: one for each epoch.
    /// assert_eq!(net.fit(&array![[1.0], [2.0]], &array![[2.0], [4.0]])?.epochs(), 50);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn min_updates(mut self, min_updates: usize) -> Self {
        self.config.min_updates = min_updates;
        self
    }

    /// Training stops after an epoch whose loss is below this value. Default 1e-5; at least 0 and finite. With 0
    /// the loss never stops training.
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.config.threshold = threshold;
        self
    }

    /// Whether `fit` prints the article's line after each epoch to standard output. Default `false`.
    ///
    /// A line is `epoch: 1. mean loss: 1.367226. learning rate: 0.15955371`.
    pub fn verbose(mut self, verbose: bool) -> Self {
        self.config.verbose = verbose;
        self
    }
}
