//! The network: settings and training state.

use crate::descent::Workspace;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::model::{Config, Network, Scratch, State};

/// Checks that the loss can be combined with the last layer.
pub(super) fn check_last_layer<F: Scalar>(config: &Config, network: &Network<F>) -> Result<(), Error> {
    config.check_last_layer(network.last().activation(), network.outputs())
}

/// A multilayer perceptron with the state of its training.
///
/// For data of your own, start with a [`Classifier`](crate::Classifier) or a [`Regressor`](crate::Regressor): each is
/// one object with a network, scalers and labels. The methods of the network, in the order of this page:
///
/// | | |
/// |---|---|
/// | make | [`classifier`](Self::classifier), [`regressor`](Self::regressor), [`multilabel`](Self::multilabel): settings for real data. [`builder`](Self::builder): the article's settings |
/// | train | [`fit`](Self::fit); [`training`](Self::training), with validation, early stopping, weights, callbacks; [`training_on`](Self::training_on) blocks of rows |
/// | predict | [`predict`](Self::predict), [`predict_classes`](Self::predict_classes), [`predict_row`](Self::predict_row), [`predict_row_into`](Self::predict_row_into) |
/// | judge | [`mean_loss`](Self::mean_loss), [`objective`](Self::objective); [`metrics`](crate::metrics) |
/// | save | `save`, `load`, `to_safetensors`, `from_safetensors`, with the feature `safetensors` |
/// | change | [`reconfigure`](Self::reconfigure), [`cast`](Self::cast), [`with_input_scaler`](Self::with_input_scaler), [`with_output_scaler`](Self::with_output_scaler) |
/// | look inside | [`layers`](Self::layers), [`config`](Self::config), [`velocity`](Self::velocity), [`iterations`](Self::iterations), [`fingerprint`](Self::fingerprint), [`input_gradient`](Self::input_gradient), [`jacobian`](Self::jacobian) |
/// | train by hand | [`compute`](Self::compute), [`error`](Self::error), [`bp`](Self::bp), [`update`](Self::update); with an optimizer of your own [`parameters`](Self::parameters), [`set_parameters`](Self::set_parameters), [`objective_and_gradient`](Self::objective_and_gradient) |
/// | train in other ways | [`partial_fit`](Self::partial_fit): online; [`levenberg_marquardt`](Self::levenberg_marquardt): small and smooth |
/// | export | [`write_onnx`](Self::write_onnx) |
///
/// F is the element type, `f64` or `f32`. Rows are samples everywhere. Arguments are
/// [`&ArrayRef2<F>`](ndarray::ArrayRef2): you can pass owned arrays, views and slices of any memory layout without
/// a copy. The layout does not change the bits of a result. A view of a memory map works too: training in the order
/// [`Sequential`](crate::BatchOrder::Sequential) reads each row once an epoch, so a file may be larger than memory.
///
/// **Threads.** A network is `Send + Sync`, and predicting needs only `&self`: threads can share one without a lock. To
/// exchange it while they run, put it into an `RwLock<Arc<Dnn>>`, as
/// [the guide](crate::guide::serving#many-threads-and-a-new-model-while-they-run)
/// shows. **Memory maps.** A view of a file that is mapped into memory is an array like any other: training reads the
/// rows where they are, and does not copy the data set.
///
/// # By hand
/// The article's verbs are methods. Each needs the result of the one before, so they cannot be called in a wrong
/// order:
///
/// | verb | arguments | result |
/// |---|---|---|
/// | [`compute`](Self::compute) | x | a [`Pass`](crate::Pass): the output of every layer |
/// | [`error`](Self::error) | pass, y | D = Y − Ŷ |
/// | [`bp`](Self::bp) | pass, D | [`Gradients`](crate::Gradients) |
/// | [`update`](Self::update) | gradients | one step of descent |
///
/// [`fit`](Self::fit) calls these methods for each mini-batch. Training a new network by hand gives the same bits
/// as `fit`.
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::array;
/// use ndarray_dnn::{Activation::{Identity, Sigmoid}, Dnn};
///
/// let (x, y) = (array![[0.0, 1.0], [1.0, 0.0]], array![[1.0], [-1.0]]);
/// let mut net = Dnn::builder()
///     .input_shape(2).shape([3, 1]).activations([Sigmoid, Identity])
///     .build()?;
/// let before = net.objective(&x, &y)?;
/// for _ in 0..10 {
///     let pass = net.compute(&x)?;
///     let d = net.error(&pass, &y)?;
///     let gradients = net.bp(&pass, &d)?;
///     net.update(&gradients)?;
/// }
/// assert!(net.objective(&x, &y)? < before);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dnn<F: Scalar = f64> {
    pub(crate) config: Config,
    pub(crate) state: State<F>,
    /// The memory of `partial_fit`.
    pub(crate) workspace: Scratch<Option<Box<Workspace<F>>>>,
}

impl<F: Scalar> Dnn<F> {
    /// Creates a network from checked settings and a network with their link.
    pub(crate) fn from_parts(config: Config, network: Network<F>) -> Result<Self, Error> {
        check_last_layer(&config, &network)?;
        let state = State::new(network, config.optimizer(), config.seed())?;
        Ok(Self::from_state(config, state))
    }

    /// Creates a network with a given state.
    pub(crate) fn from_state(config: Config, state: State<F>) -> Self {
        Self { config, state, workspace: Scratch::default() }
    }

    /// A copy with another network of the same shape, whose optimizer has forgotten all.
    pub(crate) fn with_network(
        &self,
        change: impl FnOnce(&mut Network<F>) -> Result<(), Error>,
    ) -> Result<Self, Error> {
        let mut changed = self.clone();
        change(&mut changed.state.network)?;
        changed.state.velocity.reset();
        Ok(changed)
    }

    /// The layers and the link.
    pub(crate) fn network(&self) -> &Network<F> {
        &self.state.network
    }
}
