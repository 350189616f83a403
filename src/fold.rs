//! A scaler and a network made one, so that what is saved or exported takes raw data.

use crate::validate::check_columns_found;
use crate::{Activation, Dnn, Error, Layer, Link, Scalar, StandardScaler};

impl StandardScaler {
    /// A network that answers to raw `x` what `net` answers to `transform(x)`: its first layer has the weights
    /// `W / s`, column by column, and the biases `b − W (m / s)`, with this scaler's means m and scales s.
    ///
    /// It has the settings of `net`, but its velocity is 0; it is meant to be used, saved or exported. To train
    /// further, keep `net` and standardise.
    ///
    /// Answers are as exact as raw data allow: of a column with a mean that is many times its scale, `m / s` times the
    /// rounding of F is lost, as in any difference of large numbers. In f32 that is 0.004 of a deviation at
    /// `m / s = 10,000`; a network that was [`cast`](Dnn::cast) to f64 before has no such worry.
    ///
    /// # Errors
    /// [`Error::Shape`] if the scaler has another number of columns than the network's input;
    /// [`Error::NonFinite`] for a weight or a bias that overflows.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Tanh, Dnn, StandardScaler};
    ///
    /// let x = array![[1.0, 500.0], [3.0, 700.0], [2.0, 900.0]];
    /// let net: Dnn = Dnn::builder().input_shape(2).shape([3]).activations([Tanh]).build()?;
    /// let scaler = StandardScaler::fit(&x)?;
    /// let folded = scaler.fold_into(&net)?;
    /// let difference = folded.predict(&x)? - net.predict(&scaler.transform(&x)?)?;
    /// assert!(difference.iter().all(|difference| difference.abs() < 1e-14));
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn fold_into<F: Scalar>(&self, net: &Dnn<F>) -> Result<Dnn<F>, Error> {
        check_columns_found("the scaler", self.means().len(), net.input_shape())?;
        let mut folded = net.clone();
        if let Some(layer) = folded.state.layers.first_mut() {
            let mut biases = Vec::from_iter(layer.affine.biases.iter().map(|bias| bias.as_f64()));
            let fan_out = layer.fan_out().max(1);
            // The rows of what is stored are the columns of W.
            let columns = layer.affine.weights.values_mut().chunks_exact_mut(fan_out);
            for ((column, mean), scale) in columns.zip(self.means()).zip(self.scales()) {
                for (weight, bias) in column.iter_mut().zip(&mut biases) {
                    let scaled = weight.as_f64() / scale;
                    *bias -= scaled * mean;
                    *weight = F::from_f64(scaled);
                }
            }
            layer.affine.biases.iter_mut().zip(biases).for_each(|(bias, sum)| *bias = F::from_f64(sum));
            check_folded(layer)?;
        }
        folded.state.velocity.reset();
        Ok(folded)
    }

    /// A network that answers `inverse_transform(z)` where `net` answers z, for one that was trained towards targets
    /// that this scaler transformed: its last layer has the weights `s W`, row by row, and the biases `s b + m`.
    ///
    /// # Errors
    /// [`Error::Conflict`] unless the last layer's activation is [`Activation::Identity`] and the link is
    /// [`Link::Identity`]; [`Error::Shape`] if the scaler has another number of columns than the network's output;
    /// [`Error::NonFinite`] for a weight or a bias that overflows.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Identity, Dnn, StandardScaler};
    ///
    /// let net: Dnn = Dnn::builder().input_shape(2).shape([1]).activations([Identity]).build()?;
    /// let (x, y) = (array![[1.0, 2.0], [3.0, 4.0]], array![[100.0], [300.0]]);
    /// let (of_x, of_y) = (StandardScaler::fit(&x)?, StandardScaler::fit(&y)?);
    /// let folded = of_y.fold_inverse_into(&of_x.fold_into(&net)?)?;
    /// let answer = of_y.inverse_transform(&net.predict(&of_x.transform(&x)?)?)?;
    /// assert!((folded.predict(&x)? - answer).iter().all(|difference| difference.abs() < 1e-12));
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn fold_inverse_into<F: Scalar>(&self, net: &Dnn<F>) -> Result<Dnn<F>, Error> {
        check_columns_found("the scaler", self.means().len(), net.output_shape())?;
        let mut folded = net.clone();
        let link = net.config().link();
        if let Some(layer) = folded.state.layers.last_mut() {
            if layer.activation() != Activation::Identity || link != Link::Identity {
                return Err(not_linear(layer.activation(), link));
            }
            let fan_out = layer.fan_out().max(1);
            for column in layer.affine.weights.values_mut().chunks_exact_mut(fan_out) {
                let weights = column.iter_mut().zip(self.scales());
                weights.for_each(|(weight, scale)| *weight = F::from_f64(weight.as_f64() * scale));
            }
            let columns = self.scales().into_iter().zip(self.means());
            for (bias, (scale, mean)) in layer.affine.biases.iter_mut().zip(columns) {
                *bias = F::from_f64(bias.as_f64() * scale + mean);
            }
            check_folded(layer)?;
        }
        folded.state.velocity.reset();
        Ok(folded)
    }
}

/// The error of an output scaler over a last layer or a link that is not linear.
fn not_linear(activation: Activation, link: Link) -> Error {
    let other = match link {
        Link::Identity => format!("a last layer with the activation {activation}"),
        _ => format!("a network with the link {link}"),
    };
    Error::Conflict { name: "the scaler", found: "an output scaler".to_owned(), other }
}

fn check_folded<F: Scalar>(layer: &Layer<F>) -> Result<(), Error> {
    layer.affine.check_finite(["the weights of the folded layer", "the biases of the folded layer"])
}
