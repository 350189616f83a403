//! The memory of an optimizer: the velocity, or the moving averages of Adam.

use ndarray::{ArrayView1, ArrayView2};

use super::network::Network;
use super::optimizer::Optimizer;
use super::parameters::Parameters;
use crate::error::Error;
use crate::kernel::Scalar;

/// The velocity V of every parameter, which includes the learning rate. With [`Optimizer::Adam`] and
/// [`Optimizer::AdamW`] it is the mean gradient m, with [`Optimizer::RmsProp`] it is 0.
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
    pub(crate) layers: Vec<Parameters<F>>,
    /// The mean square v of every gradient, of Adam, AdamW and RMSProp; empty with another optimizer.
    pub(crate) squares: Vec<Parameters<F>>,
    /// The number of updates since all values were 0.
    pub(crate) updates: usize,
}

impl<F: Scalar> Velocity<F> {
    /// Creates a zero for each parameter of the network, and for Adam, AdamW and RMSProp a second one for the mean square.
    pub(crate) fn zeros(network: &Network<F>, optimizer: Optimizer) -> Result<Self, Error> {
        let zeros = || network.zeros("the velocity");
        let squares = if optimizer.is_adaptive() { zeros()? } else { Vec::new() };
        Ok(Self { layers: zeros()?, squares, updates: 0 })
    }

    /// V of the weights `(fan_out, fan_in)` and of the biases `(fan_out)` of each layer, the first layer first.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = (ArrayView2<'_, F>, ArrayView1<'_, F>)> {
        self.layers.iter().map(Parameters::views)
    }

    /// V of the weights of `net.layers()[l]`, `(fan_out, fan_in)`; `None` past the last layer.
    pub fn weights(&self, l: usize) -> Option<ArrayView2<'_, F>> {
        self.layers.get(l).map(Parameters::weights)
    }

    /// V of the biases of `net.layers()[l]`, `(fan_out)`; `None` past the last layer.
    pub fn biases(&self, l: usize) -> Option<ArrayView1<'_, F>> {
        self.layers.get(l).map(Parameters::biases)
    }

    /// Sets all values and the number of updates to 0.
    pub(crate) fn reset(&mut self) {
        let all = self.layers.iter_mut().chain(&mut self.squares);
        all.flat_map(Parameters::slices_mut).for_each(|slice| slice.fill(F::zero()));
        self.updates = 0;
    }

    /// Copies `other`, a velocity of the same network and optimizer.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        let all = self.layers.iter_mut().chain(&mut self.squares);
        all.zip(other.layers.iter().chain(&other.squares)).for_each(|(own, other)| own.copy_from(other));
        self.updates = other.updates;
    }
}
