//! A network as text.

use std::fmt;

use super::dnn::Dnn;
use crate::activation::{Activation, Link};
use crate::kernel::Scalar;
use crate::model::Schedule;

/// Writes the element type, the layers with their shapes, the link, the number of parameters, and those of the settings
/// `schedule`, `clip_norm`, `l1` and `max_norm` that are set. If the link is applied to another activation than the
/// identity, the line says so: `softmax of the outputs of relu`.
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
            let parameters = layer.parameters.count();
            writeln!(f, "  {fan_in} → {fan_out}, {activation}: {parameters} parameters")?;
        }
        match (self.network().link(), self.network().last().activation()) {
            (Link::Identity, _) => {}
            (link, Activation::Identity) => writeln!(f, "  {link}")?,
            (link, activation) => writeln!(f, "  {link} of the outputs of {activation}")?,
        }
        let config = self.config();
        if config.schedule() != Schedule::Constant {
            writeln!(f, "  schedule {}", config.schedule())?;
        }
        let l1 = Some(config.l1()).filter(|l1| *l1 != 0.0);
        let limits = [("clip_norm", config.clip_norm()), ("l1", l1), ("max_norm", config.max_norm())];
        for (name, value) in limits {
            if let Some(value) = value {
                writeln!(f, "  {name} {value:?}")?;
            }
        }
        write!(f, "{} parameters", self.parameter_count())
    }
}
