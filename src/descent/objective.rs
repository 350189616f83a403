//! The objective with its gradient, as functions of flat parameters.

use std::fmt;

use ndarray::{ArrayRef1, ArrayRef2};

use super::backward::backward;
use super::criterion::Criterion;
use super::forward::Outputs;
use super::penalty::penalty;
use super::row_weights::RowWeights;
use super::samples::Samples;
use crate::error::Error;
use crate::kernel::{self, Factors, Known, Matrix, Rows, Scalar, all_finite, concrete, sign};
use crate::model::{Config, Gradients, Layer, Network, Parameters};
use crate::validate::{check_finite, check_length, check_loss, check_shapes};

/// The working memory of [`Dnn::objective_and_gradient`](crate::Dnn::objective_and_gradient): parameters, outputs and
/// deltas.
///
/// The default is empty. The first call with a network gives it the shape of that network. Later calls allocate only
/// for a network of other sizes, activations or link, or for more rows than before.
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::{Array1, array};
/// use ndarray_dnn::training::ObjectiveScratch;
/// use ndarray_dnn::{Activation::Identity, Dnn};
///
/// let net: Dnn = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build()?;
/// let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
/// let (mut g, mut scratch) = (Array1::zeros(2), ObjectiveScratch::default());
/// for theta in [array![1.0, 0.0], array![2.0, 0.0]] {
///     println!("{}", net.objective_and_gradient(&theta, &x, &y, &mut g, &mut scratch)?);
/// }
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone)]
pub struct ObjectiveScratch<F: Scalar = f64> {
    /// The network with other parameters; `None` before the first call.
    network: Option<Network<F>>,
    /// The rows of x if they cannot be read in place.
    gathered: Matrix<F>,
    outputs: Outputs<F>,
    gradients: Gradients<F>,
}

impl<F: Scalar> Default for ObjectiveScratch<F> {
    fn default() -> Self {
        let (gathered, outputs, gradients) = Default::default();
        Self { network: None, gathered, outputs, gradients }
    }
}

impl<F: Scalar> fmt::Debug for ObjectiveScratch<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes = Vec::from_iter(self.network.iter().flat_map(Network::sizes));
        f.debug_struct("ObjectiveScratch").field("sizes", &sizes).finish_non_exhaustive()
    }
}

/// A network of the same sizes, activations and link as `like` in `memory`; the parameters are any.
///
/// # Errors
/// [`Error::TooLarge`]; the memory is then empty.
fn reserve<'a, F: Scalar>(
    memory: &'a mut Option<Network<F>>,
    like: &Network<F>,
) -> Result<&'a mut Network<F>, Error> {
    let zeros = |layer: &Layer<F>| {
        let parameters = Parameters::zeros("the parameters", layer.fan_out(), layer.fan_in())?;
        Ok(Layer::from_parts(parameters, layer.activation()))
    };
    let network = match memory.take() {
        Some(network) if network.same_as(like) => network,
        _ => like.try_map(zeros)?,
    };
    Ok(memory.insert(network))
}

/// Replaces all parameters by those of `theta`.
///
/// # Errors
/// Those of [`check_parameters`]; the network is then as it was.
pub(crate) fn set_parameters<F: Scalar>(network: &mut Network<F>, theta: &ArrayRef1<F>) -> Result<(), Error> {
    check_parameters(network, theta)?;
    network.read_flat(theta.iter().copied());
    Ok(())
}

/// Checks that `theta` has a finite value for each parameter of the network.
fn check_parameters<F: Scalar>(network: &Network<F>, theta: &ArrayRef1<F>) -> Result<(), Error> {
    check_length("theta", theta.len(), network.parameter_count())?;
    match theta.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(row) => Err(Error::NonFinite { what: "theta", row, column: 0 }),
    }
}

concrete!(
    /// The objective at `theta`; writes its gradient to `g`. The sizes, the activations and the link are those of
    /// `network`.
    ///
    /// # Errors
    /// See [`Dnn::objective_and_gradient`](crate::Dnn::objective_and_gradient).
    pub(crate) fn objective_and_gradient<'a, F>(
        config: &'a Config,
        network: &'a Network<F>,
        theta: &'a ArrayRef1<F>,
        data: [&'a ArrayRef2<F>; 2],
        g: &'a mut ArrayRef1<F>,
        scratch: &'a mut ObjectiveScratch<F>,
    ) -> Result<f64, Error> {
        let [x, y] = data;
        check_parameters(network, theta)?;
        check_length("g", g.len(), network.parameter_count())?;
        check_shapes(x, y, network.shape())?;
        let ObjectiveScratch { network: of_theta, gathered, outputs, gradients } = scratch;
        let of_theta = reserve(of_theta, network)?;
        // Before the values are read: a broadcast array can have more rows than can ever be read.
        gradients.reserve(network, x.nrows())?;
        check_finite("x", x)?;
        config.loss().check_targets(y, |_| true)?;
        of_theta.read_flat(theta.iter().copied());
        let network = &*of_theta;

        let samples = Samples::checked(x, y, RowWeights::Equal);
        let (rows, factors) = (Rows::Window(0..x.nrows()), Factors::Ones(x.nrows()));
        let cost = network.cost(x.nrows());
        let objective = kernel::in_pool(cost, cost, || -> Result<f64, Error> {
            let input = samples.input(&rows, factors, gathered)?;
            outputs.forward(network, input)?;
            outputs.check(0)?;
            let d = gradients.reserve(network, x.nrows())?;
            samples.load_targets(&rows, factors, d)?;
            let loss = Criterion::minimised(config).error_and_losses(outputs, d, factors);
            let objective = loss.per(factors.sum()) + penalty(network, config);
            check_loss("the objective", objective)?;
            backward(network, input, outputs, gradients)?;
            Ok(objective)
        })?;
        add_penalty(config, network, gradients);
        let slices = || gradients.layers.iter().flat_map(Parameters::slices);
        if !slices().all(all_finite) {
            let flat = gradients.layers.iter().flat_map(Parameters::flat);
            let row = flat.enumerate().find(|(_, value)| !value.is_finite()).map(|(row, _)| row).known();
            return Err(Error::NonFinite { what: "the gradient", row, column: 0 });
        }
        let flat = gradients.layers.iter().flat_map(Parameters::flat);
        g.iter_mut().zip(flat).for_each(|(g, value)| *g = value);
        Ok(objective)
    }
);

/// Adds `λ θ + λ₁ sign θ` to the gradients of all weights, and of all biases if they are regularised.
fn add_penalty<F: Scalar>(config: &Config, network: &Network<F>, gradients: &mut Gradients<F>) {
    let [l2, l1] = [config.regularization(), config.l1()].map(F::from_f64);
    let regularized = if config.regularize_biases() { 2 } else { 1 };
    for (parameters, gradients) in network.parameters().zip(&mut gradients.layers) {
        let slices = parameters.slices().into_iter().zip(gradients.slices_mut());
        for (theta, gradient) in slices.take(regularized) {
            for (gradient, &theta) in gradient.iter_mut().zip(theta) {
                *gradient += l2 * theta + l1 * sign(theta);
            }
        }
    }
}
