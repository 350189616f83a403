//! A scaler merged into a network's first or last layer.

use super::dnn::Dnn;
use crate::activation::{Activation, Link};
use crate::data::StandardScaler;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::model::Layer;
use crate::validate::check_columns_found;

impl<F: Scalar> Dnn<F> {
    /// Returns a network for raw data: its output for `x` is this network's output for `scaler.transform(x)`.
    ///
    /// Its first layer has the weights `W / s`, column by column, and the biases `b − W (m / s)`, where m and s
    /// are the scaler's means and scales, `(n₀)`. The settings stay, and the velocity is 0. Use the new network to
    /// predict, to save or to export; to train further, keep this one and scale the data.
    ///
    /// The merged weights lose accuracy where a column's mean is much larger than its scale: the error is about
    /// `m / s` times the rounding of F. In f32 that is 0.004 of a deviation at `m / s = 10,000`;
    /// [`cast`](Self::cast) the network to f64 first if this matters.
    ///
    /// # Errors
    /// [`Error::Shape`] unless the scaler has n₀ columns; [`Error::NonFinite`] for a weight or a bias that
    /// overflows.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Tanh, Dnn, StandardScaler};
    ///
    /// let x = array![[1.0, 500.0], [3.0, 700.0], [2.0, 900.0]];
    /// let net: Dnn = Dnn::builder().input_shape(2).shape([3]).activations([Tanh]).build()?;
    /// let scaler = StandardScaler::fit(&x)?;
    /// let raw = net.with_input_scaler(&scaler)?;
    /// let difference = raw.predict(&x)? - net.predict(&scaler.transform(&x)?)?;
    /// assert!(difference.iter().all(|difference| difference.abs() < 1e-14));
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn with_input_scaler(&self, scaler: &StandardScaler) -> Result<Self, Error> {
        check_columns_found("the scaler", scaler.means().len(), self.input_shape())?;
        let mut merged = self.clone();
        let layer = merged.state.network.first_mut();
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
        check_merged(layer)?;
        merged.state.velocity.reset();
        Ok(merged)
    }

    /// Returns a network with outputs in raw units: where this network's output is z, its output is
    /// `scaler.inverse_transform(z)`. Use it if the network was trained on targets that the scaler transformed.
    ///
    /// Its last layer has the weights `s W`, row by row, and the biases `s b + m`, where m and s are the scaler's
    /// means and scales, `(n_L)`. The settings stay, and the velocity is 0.
    ///
    /// # Errors
    /// [`Error::Conflict`] unless the last layer's activation is [`Activation::Identity`] and the link is
    /// [`Link::Identity`]; [`Error::Shape`] unless the scaler has n_L columns; [`Error::NonFinite`] for a weight
    /// or a bias that overflows.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Identity, Dnn, StandardScaler};
    ///
    /// let net: Dnn = Dnn::builder().input_shape(2).shape([1]).activations([Identity]).build()?;
    /// let (x, y) = (array![[1.0, 2.0], [3.0, 4.0]], array![[100.0], [300.0]]);
    /// let (of_x, of_y) = (StandardScaler::fit(&x)?, StandardScaler::fit(&y)?);
    /// let raw = net.with_input_scaler(&of_x)?.with_output_scaler(&of_y)?;
    /// let answer = of_y.inverse_transform(&net.predict(&of_x.transform(&x)?)?)?;
    /// assert!((raw.predict(&x)? - answer).iter().all(|difference| difference.abs() < 1e-12));
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn with_output_scaler(&self, scaler: &StandardScaler) -> Result<Self, Error> {
        check_columns_found("the scaler", scaler.means().len(), self.output_shape())?;
        let mut merged = self.clone();
        let link = self.network().link();
        let layer = merged.state.network.last_mut();
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
        check_merged(layer)?;
        merged.state.velocity.reset();
        Ok(merged)
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
