//! The builder of a network, and new settings for an existing one. The setters are in `setters.rs`.

use std::marker::PhantomData;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::dnn::Dnn;
use crate::activation::Activation;
use crate::error::{Error, Place, Rival};
use crate::kernel::{Scalar, concrete};
use crate::model::{Config, Layer, Loss, Network};
use crate::validate::{
    check_activation, check_count, check_count_at, check_length, check_not_empty_list, collect,
};

/// Builds a [`Dnn`]; created by [`Dnn::builder`].
///
/// `input_shape`, `shape` and `activations` must be set; all other settings have the article's defaults. Setters
/// never fail: [`build`](Self::build) checks every setting. Hyper-parameters are `f64` for both element types.
/// They must be in their range also after rounding to the element type.
///
/// # Examples
/// The network and the settings of the article's figure 4.1:
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
    pub(super) input_shape: Option<usize>,
    pub(super) shape: Option<Vec<usize>>,
    pub(super) activations: Option<Vec<Activation>>,
    /// The article's way to say that the loss is cross-entropy.
    pub(super) softmax: bool,
    /// Separate from the other settings, since it must not be set with an adaptive optimizer: Adam, AdamW or RMSProp.
    pub(super) momentum: Option<f64>,
    /// Separate from the other settings, since no rates are an error with hidden layers.
    pub(super) dropout: Option<Vec<f64>>,
    pub(super) config: Config,
    /// The names of the arguments of the preset that set the sizes.
    pub(super) names: Names,
    element: PhantomData<F>,
}

/// The names of the sizes for errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Names {
    pub(super) inputs: &'static str,
    pub(super) hidden: &'static str,
    /// `None` if the outputs are the last one of the list of the hidden layers.
    pub(super) outputs: Option<&'static str>,
}

impl Names {
    /// Those of the setters.
    pub(super) const OF_SETTERS: Self = Self { inputs: "input_shape", hidden: "shape", outputs: None };
}

impl<F: Scalar> Default for DnnBuilder<F> {
    fn default() -> Self {
        Self::of(Config::default())
    }
}

impl<F: Scalar> DnnBuilder<F> {
    /// An empty builder with the given defaults.
    pub(crate) fn of(mut config: Config) -> Self {
        let softmax = config.softmax();
        if softmax {
            // So `softmax(false)` leaves the article's loss, and another loss is a conflict, in any order.
            config.loss = Loss::Article;
        }
        Self {
            input_shape: None,
            shape: None,
            activations: None,
            softmax,
            momentum: None,
            dropout: None,
            config,
            names: Names::OF_SETTERS,
            element: PhantomData,
        }
    }

    /// Checks every setting and draws the initial parameters, as set by [`init`](Self::init): W₁ row by row, b₁,
    /// W₂, b₂, …, in f64 and then rounded to F. By default every weight and every bias is uniform in [0, 0.01).
    ///
    /// # Errors
    /// [`Error::NotSet`] without `input_shape`, `shape` or `activations`; [`Error::Empty`] for a `shape` without
    /// layers; [`Error::Shape`] unless there is an activation for each layer, and a rate of `dropout`, if that is set,
    /// for each hidden layer; [`Error::OutOfRange`] for a setting outside its range; [`Error::Conflict`] for `momentum`
    /// with Adam, AdamW or RMSProp, softmax with another loss than the article's or with a single output, label
    /// smoothing without softmax, and binary cross-entropy over a last `Sigmoid`; [`Error::TooLarge`] for parameters
    /// that do not fit in memory.
    pub fn build(self) -> Result<Dnn<F>, Error> {
        build(self)
    }

    /// Checks every setting and builds a network from the given layers, the first layer first.
    ///
    /// `input_shape`, `shape` and `activations` need not be set; if they are, they must agree with the layers.
    ///
    /// # Errors
    /// Those of [`build`](Self::build) for settings; [`Error::Empty`] without layers; [`Error::Shape`] unless the
    /// weights of each layer have a column for each output of the layer before, and `dropout`, if it is set, a rate for
    /// each hidden layer; [`Error::Conflict`] if
    /// `input_shape`, `shape` or `activations` contradict the layers; [`Error::TooLarge`].
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
        let network = Network::new(collect(layers), config.link())?;
        self.check_agreement(&network)?;
        Dnn::from_parts(config, network)
    }

    /// Whether `input_shape` and `shape` have these values.
    pub(crate) fn has_sizes(&self, input_shape: usize, shape: &[usize]) -> bool {
        self.input_shape == Some(input_shape) && self.shape.as_deref() == Some(shape)
    }

    /// Returns the checked settings.
    pub(crate) fn settings(&self) -> Result<Config, Error> {
        let mut config = self.config.clone();
        if let Some(momentum) = self.momentum {
            if !config.optimizer.has_momentum() {
                let other = Rival::OptimizerWithoutMomentum(format!("{:?}", config.optimizer));
                return Err(Error::conflict("momentum", format!("momentum({momentum:?})"), other));
            }
            config.momentum = momentum;
        }
        if let Some(dropout) = &self.dropout {
            config.dropout.clone_from(dropout);
        }
        config.check_ranges::<F>()?;
        if self.softmax {
            config.loss = config.loss.with_softmax()?;
        }
        config.check_agreement::<F>()?;
        Ok(config)
    }

    /// Checks that dropout, if it is set, has a rate for each hidden layer of `layers` layers.
    fn check_dropout(&self, layers: usize) -> Result<(), Error> {
        let hidden = layers.saturating_sub(1);
        match (&self.dropout, &self.config.dropout) {
            (None, rates) if rates.is_empty() => Ok(()),
            (Some(rates), _) | (None, rates) => check_length("dropout", rates.len(), hidden),
        }
    }

    /// Checks that `input_shape`, `shape` and `activations`, if set, agree with the network, and that `dropout` has a
    /// rate for each hidden one.
    pub(crate) fn check_agreement(&self, network: &Network<F>) -> Result<(), Error> {
        let layers = network.layers();
        let shape = Vec::from_iter(layers.iter().map(Layer::fan_out));
        let activations = Vec::from_iter(layers.iter().map(Layer::activation));
        agree("input_shape", &network.inputs(), &self.input_shape)?;
        agree("shape", &shape, &self.shape)?;
        agree("activations", &activations, &self.activations)?;
        self.check_dropout(layers.len())
    }
}

concrete!(
    /// Checks the settings and draws the parameters; see [`DnnBuilder::build`].
    fn build<F>(builder: DnnBuilder<F>) -> Result<Dnn<F>, Error> {
        let config = builder.settings()?;
        let not_set = |name| Error::NotSet { name, needed_by: "build" };
        let fan_in = builder.input_shape.ok_or(not_set("input_shape"))?;
        let shape = builder.shape.clone().ok_or(not_set("shape"))?;
        let activations = builder.activations.clone().ok_or(not_set("activations"))?;
        let Names { inputs, hidden, outputs } = builder.names;
        check_count(inputs, fan_in)?;
        check_not_empty_list("shape", &shape)?;
        for (layer, width) in shape.iter().enumerate() {
            match outputs {
                Some(outputs) if layer + 1 == shape.len() => check_count(outputs, *width)?,
                _ => check_count_at(hidden, Place::Index(layer), *width)?,
            }
        }
        check_length("activations", activations.len(), shape.len())?;
        builder.check_dropout(shape.len())?;
        activations.iter().try_for_each(|activation| check_activation::<F>(*activation))?;
        let mut generator = ChaCha8Rng::seed_from_u64(config.seed);
        let mut layers = Vec::with_capacity(shape.len());
        let mut rows = fan_in;
        for (fan_out, activation) in shape.into_iter().zip(activations) {
            let parameters = config.init.draw(fan_out, rows, &mut generator)?;
            layers.push(Layer::from_parts(parameters, activation));
            rows = fan_out;
        }
        let network = Network::new(layers, config.link())?;
        Dnn::from_parts(config, network)
    }
);

/// Checks that a setting, if set, is equal to the value of the layers.
fn agree<T>(name: &'static str, layers: &T, setting: &Option<T>) -> Result<(), Error>
where
    T: PartialEq + std::fmt::Debug,
{
    match setting {
        Some(setting) if setting != layers => {
            let (found, other) = (format!("{name}({setting:?})"), format!("layers of {name} {layers:?}"));
            Err(Error::conflict(name, found, other))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::activation::Activation::Identity;

    /// An iterator that promises more items than there can be.
    struct Boastful<I>(I);

    impl<I: Iterator> Iterator for Boastful<I> {
        type Item = I::Item;

        fn next(&mut self) -> Option<I::Item> {
            self.0.next()
        }

        fn size_hint(&self) -> (usize, Option<usize>) {
            (usize::MAX, None)
        }
    }

    #[test]
    fn a_wrong_size_hint_changes_nothing() {
        let builder = Dnn::<f64>::builder().input_shape(1);
        let expected = builder.clone().shape([2]).activations([Identity]).build().unwrap();
        let builder = builder.shape(Boastful([2].into_iter())).activations(Boastful([Identity].into_iter()));
        assert_eq!(builder.build().unwrap(), expected);
        let layer = Layer::new(array![[1.0]], array![0.0], Identity).unwrap();
        let net = Dnn::builder().build_from(Boastful([layer.clone()].into_iter())).unwrap();
        assert_eq!(net, Dnn::builder().build_from([layer]).unwrap());
    }
}
