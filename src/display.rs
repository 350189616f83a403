//! A network in a few lines of text.

use std::fmt;

use crate::{Dnn, Link, Scalar};

/// Its element type, layers, shapes, link, and the number of parameters.
///
/// # Examples
/// ```
/// use ndarray_dnn::{Activation::{Identity, Relu}, Dnn};
///
/// let net: Dnn = Dnn::builder().input_shape(64).shape([100, 10]).activations([Relu, Identity])
///     .softmax(true)
///     .build()?;
/// assert_eq!(net.to_string(), "\
/// network in f64
///   64 → 100, relu: 6500 parameters
///   100 → 10, identity: 1010 parameters
///   softmax
/// 7510 parameters");
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
impl<F: Scalar> fmt::Display for Dnn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "network in {}", F::NAME)?;
        for layer in self.layers() {
            let (fan_in, fan_out, activation) = (layer.fan_in(), layer.fan_out(), layer.activation());
            let parameters: usize = layer.affine.slices().map(<[F]>::len).iter().sum();
            writeln!(f, "  {fan_in} → {fan_out}, {activation}: {parameters} parameters")?;
        }
        if self.config().link() != Link::Identity {
            writeln!(f, "  {}", self.config().link())?;
        }
        write!(f, "{} parameters", self.parameter_count())
    }
}
