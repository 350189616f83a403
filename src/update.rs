//! The step of descent: `V ← μ V − η_t (∇ + λ θ)`, `θ ← θ + V`, for every weight and every bias.

use ndarray::{ArrayView1, ArrayView2};

use crate::kernel;
use crate::layer::Affine;
use crate::{Config, Error, Gradients, Layer, Scalar};

/// The velocity V of every parameter; the learning rate is inside it.
///
/// # Examples
/// ```
/// use ndarray_dnn::{Activation::Identity, Dnn};
///
/// let net: Dnn = Dnn::builder().input_shape(2).shape([1]).activations([Identity]).build()?;
/// assert_eq!(net.velocity().weights(0).unwrap(), ndarray_dnn::ndarray::array![[0.0, 0.0]]);
/// assert!(net.velocity().biases(1).is_none());
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Velocity<F: Scalar = f64> {
    pub(crate) layers: Vec<Affine<F>>,
}

impl<F: Scalar> Velocity<F> {
    /// At rest: a 0 for each parameter of `layers`.
    pub(crate) fn zeros(layers: &[Layer<F>]) -> Result<Self, Error> {
        let zeros = |layer: &Layer<F>| Affine::zeros("the velocity", layer.fan_out(), layer.fan_in());
        Ok(Self { layers: layers.iter().map(zeros).collect::<Result<_, _>>()? })
    }

    /// V of the weights of `net.layers()[l]`, `(fan_out, fan_in)`; `None` past the last layer.
    pub fn weights(&self, l: usize) -> Option<ArrayView2<'_, F>> {
        self.layers.get(l).map(Affine::weights)
    }

    /// V of the biases of `net.layers()[l]`, `(fan_out)`; `None` past the last layer.
    pub fn biases(&self, l: usize) -> Option<ArrayView1<'_, F>> {
        self.layers.get(l).map(Affine::biases)
    }
}

/// `η_t = η / t^p` at update `t ≥ 1`.
pub(crate) fn learning_rate(config: &Config, t: usize) -> f64 {
    config.eta / (t as f64).powf(config.decay_power)
}

/// One step at the learning rate `eta`, for gradients of the network's shape.
pub(crate) fn step<F: Scalar>(
    layers: &mut [Layer<F>],
    velocity: &mut Velocity<F>,
    gradients: &Gradients<F>,
    config: &Config,
    eta: f64,
) {
    let [mu, eta, lambda] = [config.momentum, eta, config.regularization].map(F::from_f64);
    let rates = kernel::Rates { mu, eta, lambda };
    for ((layer, v), gradient) in layers.iter_mut().zip(&mut velocity.layers).zip(&gradients.layers) {
        let parameters = layer.affine.slices_mut().into_iter().zip(v.slices_mut());
        for ((theta, v), gradient) in parameters.zip(gradient.slices()) {
            kernel::descend(theta, v, gradient, rates);
        }
    }
}
