//! A point that a run has reached.

use super::penalty::Penalty;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::model::{Layer, Network, Parameters};

/// The network with its parameters θ, which are values of F, and its loss.
#[derive(Clone)]
pub(super) struct Point {
    pub(super) network: Network<f64>,
    /// The mean of ½‖ŷ − y‖².
    pub(super) loss: f64,
}

impl Point {
    pub(super) fn objective(&self, penalty: &Penalty) -> f64 {
        penalty.objective(self.loss, &self.network)
    }

    pub(super) fn copy_from(&mut self, other: &Self) {
        self.network.copy_from(&other.network);
        self.loss = other.loss;
    }
}

/// The network with its parameters in G, rounded if they must be.
///
/// # Errors
/// [`Error::TooLarge`].
pub(super) fn converted<F: Scalar, G: Scalar>(network: &Network<F>) -> Result<Network<G>, Error> {
    network.try_map(|layer| {
        let mut parameters = Parameters::zeros("the parameters", layer.fan_out(), layer.fan_in())?;
        for (to, from) in parameters.slices_mut().into_iter().zip(layer.parameters.slices()) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to = G::from_f64(from.as_f64()));
        }
        Ok(Layer::from_parts(parameters, layer.activation()))
    })
}
