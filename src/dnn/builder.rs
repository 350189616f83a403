//! The builder of a network: setters that never fail, and one place that checks everything.

use std::marker::PhantomData;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::dnn::Dnn;
use crate::activation::Activation;
use crate::error::{Error, Extent, Place};
use crate::kernel::Scalar;
use crate::model::{BatchOrder, Config, Init, Layer, Loss, Optimizer, Scratch, Velocity, permutations};
use crate::validate::{check_activation, check_count, check_count_at, check_length, check_not_empty_list};

/// Builds a [`Dnn`]; made by [`Dnn::builder`].
///
/// `input_shape`, `shape` and `activations` must be set, everything else has the document's default. Setters
/// never fail: every setting is checked by [`build`](Self::build), and only there. Hyper-parameters are `f64`
/// whatever the element type is, and must be in their range in the element type as well.
///
/// # Examples
/// The network and the settings of the document's figure 4.1:
/// ```
/// use ndarray_dnn::{Activation::{Identity, Sigmoid}, Dnn};
///
/// let net: Dnn = Dnn::builder()
///     .input_shape(2).shape([8, 1]).activations([Sigmoid, Identity])
///     .eta(0.4).decay_power(0.2).momentum(0.6).regularization(1e-4)
///     .minibatch_size(40).max_epochs(200).threshold(1e-3)
///     .build()?;
/// assert_eq!(net.parameter_count(), 33);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a builder does nothing before `build`"]
pub struct DnnBuilder<F: Scalar = f64> {
    input_shape: Option<usize>,
    shape: Option<Vec<usize>>,
    activations: Option<Vec<Activation>>,
    /// Apart, since with Adam it may not be set.
    momentum: Option<f64>,
    config: Config,
    element: PhantomData<F>,
}

impl<F: Scalar> Default for DnnBuilder<F> {
    fn default() -> Self {
        Self::of(Config::default())
    }
}

impl<F: Scalar> DnnBuilder<F> {
    /// A builder of which nothing is set yet, and whose defaults are these settings.
    pub(crate) fn of(config: Config) -> Self {
        Self {
            input_shape: None,
            shape: None,
            activations: None,
            momentum: None,
            config,
            element: PhantomData,
        }
    }

    /// The number of columns n₀ of x. Must be set; at least 1.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.input_shape(2).build()?;
    /// assert_eq!(net.input_shape(), 2);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn input_shape(mut self, input_shape: usize) -> Self {
        self.input_shape = Some(input_shape);
        self
    }

    /// The number of neurons n₁ … n_L of each layer, the output layer last. Must be set; each at least 1.
    ///
    /// One hidden layer of 8 neurons, and one output:
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.shape([8, 1]).build()?;
    /// assert_eq!(net.layers()[0].weights().dim(), (8, 2));
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn shape(mut self, shape: impl IntoIterator<Item = usize>) -> Self {
        self.shape = Some(shape.into_iter().collect());
        self
    }

    /// The activation of each layer. Must be set; as many as `shape` has layers.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.activations([Sigmoid, Identity]).build()?;
    /// assert_eq!(net.layers()[1].activation(), Identity);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn activations(mut self, activations: impl IntoIterator<Item = Activation>) -> Self {
        self.activations = Some(activations.into_iter().collect());
        self
    }

    /// The initial learning rate η; the rate of update t is `η / t^p` with [`decay_power`](Self::decay_power)
    /// p. Default 0.1; greater than 0 and finite.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.eta(0.4).build()?;
    /// assert_eq!(net.config().eta(), 0.4);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn eta(mut self, eta: f64) -> Self {
        self.config.eta = eta;
        self
    }

    /// Training stops after an epoch whose mean loss is below this. Default 1e-5; at least 0 and finite, 0
    /// never stopping.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.threshold(1e-3).build()?;
    /// assert_eq!(net.config().threshold(), 1e-3);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.config.threshold = threshold;
        self
    }

    /// Whether the output is the softmax of the last layer's, `ŷ = e^a / Σ e^a` row by row, trained by
    /// cross-entropy; otherwise [`loss`](Self::loss) says what is descended. Default `false`.
    ///
    /// As in the document it comes on top of the last layer's activation, which is best
    /// [`Identity`](Activation::Identity) then. Rows of y must be distributions: values of at least 0 that
    /// sum to 1.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.softmax(true).build()?;
    /// assert!(net.config().softmax());
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn softmax(mut self, softmax: bool) -> Self {
        self.config.softmax = softmax;
        self
    }

    /// The number of epochs after which training stops. Default 1000; at least 1.
    ///
    /// What an epoch is depends on [`batch_order`](Self::batch_order): the document's is as many mini-batches
    /// as there are *rows*.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.max_epochs(200).build()?;
    /// assert_eq!(net.config().max_epochs(), 200);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn max_epochs(mut self, max_epochs: usize) -> Self {
        self.config.max_epochs = max_epochs;
        self
    }

    /// The strength λ of L2: each step descends `½·λ‖θ‖²` besides the loss, over all weights *and biases* θ,
    /// as in the document, or over the weights alone with
    /// [`regularize_biases(false)`](Self::regularize_biases). Default 0.001; at least 0 and finite, 0 turning it off.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.regularization(1e-4).build()?;
    /// assert_eq!(net.config().regularization(), 1e-4);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn regularization(mut self, regularization: f64) -> Self {
        self.config.regularization = regularization;
        self
    }

    /// The largest number of rows in a mini-batch. Default 5; at least 1, and more than there are rows means
    /// all of them.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.minibatch_size(40).build()?;
    /// assert_eq!(net.config().minibatch_size(), 40);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn minibatch_size(mut self, minibatch_size: usize) -> Self {
        self.config.minibatch_size = minibatch_size;
        self
    }

    /// The momentum μ: the share of the velocity that a step keeps. Default 0.9; at least 0, which is plain
    /// gradient descent, and less than 1. With [`Optimizer::Adam`], which has none, it must not be set.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.momentum(0.6).build()?;
    /// assert_eq!(net.config().momentum(), 0.6);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = Some(momentum);
        self
    }

    /// The exponent p of the learning rate's decay `η / t^p`, with t = 1 at the first update of a run that is
    /// not resumed, counting mini-batches. Default 0.5; at least 0, which is a constant rate, and finite.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.decay_power(0.2).build()?;
    /// assert_eq!(net.config().decay_power(), 0.2);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn decay_power(mut self, decay_power: f64) -> Self {
        self.config.decay_power = decay_power;
        self
    }

    /// Whether `fit` prints the document's line after each epoch to standard output. Default `false`.
    ///
    /// A line is `epoch: 1. mean loss: 1.367226. learning rate: 0.15955371`.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.verbose(true).build()?;
    /// assert!(net.config().verbose());
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn verbose(mut self, verbose: bool) -> Self {
        self.config.verbose = verbose;
        self
    }

    /// The seed of the starting parameters and of the permutations of
    /// [`BatchOrder::Shuffled`]. Default 42; any number.
    ///
    /// It seeds a `ChaCha8Rng`, whose stream is the same on every machine. The same seed gives the same start
    /// and the same permutations with every version of this crate that does not list a value-breaking change.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.seed(7).build()?;
    /// assert_eq!(net.config().seed(), 7);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = seed;
        self
    }

    /// Which rows make up the next mini-batch, and what an epoch is. Default [`BatchOrder::Cyclic`], the
    /// document's; for your own data [`BatchOrder::Shuffled`] is what you want.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.batch_order(BatchOrder::Shuffled).build()?;
    /// assert_eq!(net.config().batch_order(), BatchOrder::Shuffled);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn batch_order(mut self, batch_order: BatchOrder) -> Self {
        self.config.batch_order = batch_order;
        self
    }

    /// What the weights and biases start from. Default [`Init::Uniform`] in [0, 0.01), the document's, for which the
    /// neurons of a layer begin nearly alike; with several hidden layers, or ReLUs, [`Init::He`] or [`Init::Glorot`]
    /// is what you want. The bounds of `Uniform` are finite, and `high − low` is at least 0.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.init(ndarray_dnn::Init::He).build()?;
    /// assert!(net.layers()[0].biases().iter().all(|b| *b == 0.0));
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn init(mut self, init: Init) -> Self {
        self.config.init = init;
        self
    }

    /// Whether L2 counts the biases as well as the weights. Default `true`, as in the document; what people expect
    /// from elsewhere is `false`.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.regularize_biases(false).build()?;
    /// assert!(!net.config().regularize_biases());
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn regularize_biases(mut self, regularize_biases: bool) -> Self {
        self.config.regularize_biases = regularize_biases;
        self
    }

    /// What training descends and reports. Default [`Loss::Article`], the only one that goes with
    /// [`softmax`](Self::softmax); `threshold` is compared with what is reported.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.loss(ndarray_dnn::Loss::Squared).build()?;
    /// assert_eq!(net.config().loss(), ndarray_dnn::Loss::Squared);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn loss(mut self, loss: Loss) -> Self {
        self.config.loss = loss;
        self
    }

    /// What `update` makes of the gradients. Default [`Optimizer::Momentum`], the document's; the parameters of
    /// [`Optimizer::Adam`] are `beta1` and `beta2`, at least 0 and less than 1, and `epsilon`, greater than 0.
    ///
    /// ```
    /// # use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    /// # let builder = Dnn::<f64>::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
    /// let net = builder.optimizer(ndarray_dnn::Optimizer::Nesterov).build()?;
    /// assert_eq!(net.config().optimizer(), ndarray_dnn::Optimizer::Nesterov);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn optimizer(mut self, optimizer: Optimizer) -> Self {
        self.config.optimizer = optimizer;
        self
    }

    /// Checks every setting and draws the start, by default the document's: every weight and every bias uniform in
    /// [0, 0.01), W₁ row by row, b₁, W₂, b₂, …, in f64 and then rounded to F; see [`init`](Self::init).
    ///
    /// # Errors
    /// [`Error::NotSet`]; [`Error::Empty`] for a `shape` without layers; [`Error::Shape`] unless there is an
    /// activation for each layer; [`Error::OutOfRange`] for every other setting; [`Error::Conflict`] for `momentum`
    /// with Adam, or softmax with another loss than the article's; [`Error::TooLarge`] for parameters that do not
    /// fit in memory.
    pub fn build(self) -> Result<Dnn<F>, Error> {
        let config = self.settings()?;
        let not_set = |name| Error::NotSet { name, needed_by: "build" };
        let fan_in = self.input_shape.ok_or(not_set("input_shape"))?;
        let shape = self.shape.ok_or(not_set("shape"))?;
        let activations = self.activations.ok_or(not_set("activations"))?;
        check_count("input_shape", fan_in)?;
        check_not_empty_list("shape", &shape)?;
        for (layer, width) in shape.iter().enumerate() {
            check_count_at("shape", Place::Index(layer), *width)?;
        }
        check_length("activations", activations.len(), shape.len())?;
        activations.iter().try_for_each(|activation| check_activation::<F>(*activation))?;
        let mut generator = ChaCha8Rng::seed_from_u64(config.seed);
        let mut layers = Vec::with_capacity(shape.len());
        let mut rows = fan_in;
        for (fan_out, activation) in shape.into_iter().zip(activations) {
            let parameters = config.init.draw(fan_out, rows, &mut generator)?;
            layers.push(Layer::from_parts(parameters, activation));
            rows = fan_out;
        }
        Dnn::from_parts(config, layers)
    }

    /// Checks every setting and starts from the given layers, the first one first.
    ///
    /// `input_shape`, `shape` and `activations` need not be set; where they are, they must agree.
    ///
    /// # Errors
    /// Those of [`build`](Self::build) that concern settings; [`Error::Empty`] without layers, [`Error::Shape`] if
    /// the weights of a layer have another number of columns than the layer before has outputs, [`Error::Conflict`]
    /// if `input_shape`, `shape` or `activations` contradict the layers.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::{Activation::{Identity, Relu}, Dnn, Error, Layer};
    /// use ndarray_dnn::ndarray::{Array1, Array2};
    ///
    /// let hidden = Layer::new(Array2::ones((4, 2)), Array1::zeros(4), Relu)?;
    /// let output = Layer::new(Array2::ones((1, 3)), Array1::zeros(1), Identity)?;
    /// let error = Dnn::<f64>::builder().build_from([hidden, output]).unwrap_err();
    /// assert!(matches!(error, Error::Shape { what: "the weights", expected: 4, found: 3, .. }));
    /// assert_eq!(error.to_string(), "the weights of layer 1 must have 4 columns, found 3");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn build_from(self, layers: impl IntoIterator<Item = Layer<F>>) -> Result<Dnn<F>, Error> {
        let config = self.settings()?;
        let layers = Vec::from_iter(layers);
        check_not_empty_list("layers", &layers)?;
        for (layer, (before, after)) in (1..).zip(layers.iter().zip(layers.iter().skip(1))) {
            let (expected, found) = (before.fan_out(), after.fan_in());
            if found != expected {
                let at = Place::Layer(layer);
                return Err(Error::Shape {
                    what: "the weights",
                    at,
                    extent: Extent::Columns,
                    expected,
                    found,
                });
            }
        }
        self.check_agreement(&layers)?;
        Dnn::from_parts(config, layers)
    }

    /// The settings, checked.
    pub(crate) fn settings(&self) -> Result<Config, Error> {
        let mut config = self.config.clone();
        if let Some(momentum) = self.momentum {
            if config.optimizer.is_adam() {
                let other = format!("optimizer({:?})", config.optimizer);
                let found = format!("momentum({momentum:?})");
                return Err(Error::Conflict { name: "momentum", found, other });
            }
            config.momentum = momentum;
        }
        config.check::<F>()?;
        Ok(config)
    }

    /// Checks that `input_shape`, `shape` and `activations`, where they are set, are those of the layers.
    pub(crate) fn check_agreement(&self, layers: &[Layer<F>]) -> Result<(), Error> {
        let input_shape = layers.first().map_or(0, Layer::fan_in);
        let shape = Vec::from_iter(layers.iter().map(Layer::fan_out));
        let activations = Vec::from_iter(layers.iter().map(Layer::activation));
        agree("input_shape", &input_shape, &self.input_shape)?;
        agree("shape", &shape, &self.shape)?;
        agree("activations", &activations, &self.activations)
    }
}

/// Checks that a setting, where it is set, is that of the layers.
fn agree<T>(name: &'static str, layers: &T, setting: &Option<T>) -> Result<(), Error>
where
    T: PartialEq + std::fmt::Debug,
{
    match setting {
        Some(setting) if setting != layers => {
            let (found, other) = (format!("{name}({setting:?})"), format!("layers of {name} {layers:?}"));
            Err(Error::Conflict { name, found, other })
        }
        _ => Ok(()),
    }
}

impl<F: Scalar> Dnn<F> {
    /// Gives the network other settings and keeps its state: parameters, velocity, iterations, generator.
    ///
    /// `change` gets a builder that has the present settings as its defaults, so what it does not set stays as it
    /// is. The state changes with two of them: another `seed` seeds the generator of the permutations anew,
    /// and another optimizer puts the velocity at rest where it would mean something else: from or to
    /// [`Optimizer::Adam`](crate::Optimizer::Adam), or for other β₁ and β₂. `init` has no effect any more.
    ///
    /// # Errors
    /// [`Error::Conflict`] if `input_shape`, `shape` or `activations` are set and are not the network's;
    /// [`Error::OutOfRange`] and [`Error::Conflict`] as by [`build`](DnnBuilder::build), for Adam only if `change`
    /// itself sets a momentum; [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(2).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// net.fit(&x, &y)?;
    /// net.reconfigure(|builder| builder.eta(0.01).minibatch_size(1))?;
    /// net.training(&x, &y).resume().run()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn reconfigure(&mut self, change: impl FnOnce(DnnBuilder<F>) -> DnnBuilder<F>) -> Result<(), Error> {
        let builder = change(DnnBuilder::of(self.config.clone()));
        let config = builder.settings()?;
        builder.check_agreement(self.layers())?;
        let state = &mut self.state;
        if !config.optimizer.goes_on_from(self.config.optimizer) {
            state.velocity = Velocity::zeros(&state.layers, config.optimizer)?;
            self.workspace = Scratch::default();
        }
        if config.seed != self.config.seed {
            state.permutations = permutations(config.seed);
        }
        self.config = config;
        Ok(())
    }
}
