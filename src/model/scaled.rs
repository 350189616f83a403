//! A scaler merged into the first or the last layer of a network.

use super::layer::Layer;
use super::network::Network;
use crate::activation::{Activation, Link};
use crate::data::StandardScaler;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::validate::check_columns_found;

impl<F: Scalar> Network<F> {
    /// Merges the scaler of the inputs: the network then takes rows that are not scaled.
    ///
    /// # Errors
    /// Those of [`Dnn::with_input_scaler`](crate::Dnn::with_input_scaler); the network may then be changed.
    pub(crate) fn merge_input_scaler(&mut self, scaler: &StandardScaler) -> Result<(), Error> {
        check_columns_found("the scaler", scaler.means().len(), self.inputs())?;
        let layer = self.first_mut();
        let mut biases = Vec::from_iter(layer.parameters.biases.iter().map(|bias| bias.as_f64()));
        let fan_out = layer.fan_out().max(1);
        // The weights are stored transposed: a row in memory is a column of W.
        let columns = layer.parameters.weights.values_mut().chunks_exact_mut(fan_out);
        for ((column, mean), scale) in columns.zip(scaler.means()).zip(scaler.scales()) {
            for (weight, bias) in column.iter_mut().zip(&mut biases) {
                let scaled = weight.as_f64() / scale;
                *bias -= scaled * mean;
                *weight = F::from_f64(scaled);
            }
        }
        layer.parameters.biases.iter_mut().zip(biases).for_each(|(bias, sum)| *bias = F::from_f64(sum));
        check_merged(layer)
    }

    /// Merges the scaler of the outputs: the network then answers in the units before scaling.
    ///
    /// # Errors
    /// Those of [`Dnn::with_output_scaler`](crate::Dnn::with_output_scaler); the network may then be changed.
    pub(crate) fn merge_output_scaler(&mut self, scaler: &StandardScaler) -> Result<(), Error> {
        check_columns_found("the scaler", scaler.means().len(), self.outputs())?;
        let link = self.link();
        let layer = self.last_mut();
        if layer.activation() != Activation::Identity || link != Link::Identity {
            return Err(not_linear(layer.activation(), link));
        }
        let fan_out = layer.fan_out().max(1);
        for column in layer.parameters.weights.values_mut().chunks_exact_mut(fan_out) {
            let weights = column.iter_mut().zip(scaler.scales());
            weights.for_each(|(weight, scale)| *weight = F::from_f64(weight.as_f64() * scale));
        }
        let columns = scaler.scales().into_iter().zip(scaler.means());
        for (bias, (scale, mean)) in layer.parameters.biases.iter_mut().zip(columns) {
            *bias = F::from_f64(bias.as_f64() * scale + mean);
        }
        check_merged(layer)
    }
}

/// The error of an output scaler over a last layer or a link that is not linear.
fn not_linear(activation: Activation, link: Link) -> Error {
    let other = match link {
        Link::Identity => format!("a last layer with the activation {activation}"),
        _ => format!("a network with the link {link}"),
    };
    Error::conflict("the scaler", "an output scaler", other)
}

/// Returns an error unless every parameter is finite.
fn check_merged<F: Scalar>(layer: &Layer<F>) -> Result<(), Error> {
    layer.parameters.check_finite(["the weights of the scaled layer", "the biases of the scaled layer"])
}
