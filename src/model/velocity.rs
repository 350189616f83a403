//! The step of descent, for every weight and every bias, and what it remembers of the steps before.

use ndarray::{ArrayView1, ArrayView2};

use crate::kernel::{self, AdamRates, Rates};
use crate::model::layer::Affine;
use crate::{Config, Error, Gradients, Layer, Optimizer, Scalar};

/// The velocity V of every parameter, with the learning rate inside it; with [`Optimizer::Adam`] the mean gradient m.
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
    /// Adam's mean square v of every gradient; empty with another optimizer.
    pub(crate) squares: Vec<Affine<F>>,
    /// The updates since it was at rest.
    pub(crate) updates: usize,
}

impl<F: Scalar> Velocity<F> {
    /// At rest: a 0 for each parameter of `layers`, and another one for what `optimizer` needs besides.
    pub(crate) fn zeros(layers: &[Layer<F>], optimizer: Optimizer) -> Result<Self, Error> {
        let zeros = |layer: &Layer<F>| Affine::zeros("the velocity", layer.fan_out(), layer.fan_in());
        let of = |layers: &[Layer<F>]| layers.iter().map(zeros).collect::<Result<_, _>>();
        let squares = if optimizer.is_adam() { of(layers)? } else { Vec::new() };
        Ok(Self { layers: of(layers)?, squares, updates: 0 })
    }

    /// Puts it at rest.
    pub(crate) fn reset(&mut self) {
        let all = self.layers.iter_mut().chain(&mut self.squares);
        all.flat_map(|affine| affine.slices_mut()).for_each(|slice| slice.fill(F::zero()));
        self.updates = 0;
    }

    /// Takes over the values of one of the same network and optimizer.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        let all = self.layers.iter_mut().chain(&mut self.squares);
        all.zip(other.layers.iter().chain(&other.squares)).for_each(|(own, other)| own.copy_from(other));
        self.updates = other.updates;
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
    velocity.updates = velocity.updates.saturating_add(1);
    let lambda = config.regularization;
    // Of the weights, and of the biases.
    let lambdas = [lambda, if config.regularize_biases { lambda } else { 0.0 }].map(F::from_f64);
    let layers = layers.iter_mut().zip(&mut velocity.layers).zip(&gradients.layers);
    match config.optimizer {
        Optimizer::Momentum | Optimizer::Nesterov => {
            let [mu, eta] = [config.momentum, eta].map(F::from_f64);
            let descend =
                if config.optimizer == Optimizer::Momentum { kernel::descend } else { kernel::descend_ahead };
            for ((layer, v), gradient) in layers {
                let parameters = layer.affine.slices_mut().into_iter().zip(v.slices_mut());
                for (((theta, v), gradient), lambda) in parameters.zip(gradient.slices()).zip(lambdas) {
                    descend(theta, v, gradient, Rates { mu, eta, lambda });
                }
            }
        }
        Optimizer::Adam { beta1, beta2, epsilon } => {
            let s = velocity.updates as f64;
            let rates = AdamRates {
                beta1: [beta1, 1.0 - beta1].map(F::from_f64),
                beta2: [beta2, 1.0 - beta2].map(F::from_f64),
                eta: F::from_f64(eta / (1.0 - beta1.powf(s))),
                root: F::from_f64(1.0 / (1.0 - beta2.powf(s)).sqrt()),
                epsilon: F::from_f64(epsilon),
                lambda: F::zero(),
            };
            for (((layer, m), gradient), v) in layers.zip(&mut velocity.squares) {
                let parameters =
                    layer.affine.slices_mut().into_iter().zip(m.slices_mut()).zip(v.slices_mut());
                for ((((theta, m), v), gradient), lambda) in parameters.zip(gradient.slices()).zip(lambdas) {
                    kernel::descend_by_moments(theta, m, v, gradient, AdamRates { lambda, ..rates });
                }
            }
        }
    }
}
