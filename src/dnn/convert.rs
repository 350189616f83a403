//! The conversion of a network to the other element type and to text.

use std::fmt;

use super::dnn::Dnn;
use crate::activation::{Activation, Link};
use crate::error::Error;
use crate::kernel::Scalar;
use crate::model::{Layer, Parameters, Schedule, State};
use crate::validate::check_activation;

impl<F: Scalar> Dnn<F> {
    /// Converts the network to the element type G. Every parameter and every velocity is rounded to the nearest
    /// value. Settings, iterations and generator stay the same. From f32 to f64, the conversion is exact.
    ///
    /// # Errors
    /// [`Error::NonFinite`] for a parameter, a velocity or a mean square beyond the range of G;
    /// [`Error::OutOfRange`] for a setting that leaves its range when it is rounded to G; [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::{Activation::Identity, Dnn};
    ///
    /// let net: Dnn = Dnn::builder().input_shape(2).shape([1]).activations([Identity]).build()?;
    /// let small: Dnn<f32> = net.cast()?;
    /// assert_eq!(small.layers()[0].biases()[0], net.layers()[0].biases()[0] as f32);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn cast<G: Scalar>(&self) -> Result<Dnn<G>, Error> {
        self.config.check::<G>()?;
        let State { network, velocity, permutations, .. } = &self.state;
        let layer = |layer: &Layer<F>| {
            check_activation::<G>(layer.activation())?;
            let parameters =
                cast_parameters(["the weights of a layer", "the biases of a layer"], &layer.parameters)?;
            Ok(Layer::from_parts(parameters, layer.activation()))
        };
        let velocity = velocity.try_map(|slot, values| cast_parameters([slot.all; 2], values))?;
        let network = network.try_map(layer)?;
        let permutations = permutations.clone();
        let State { iterations, updates, effective_eta, position, plateau, .. } = self.state;
        let state =
            State { network, velocity, iterations, updates, effective_eta, position, plateau, permutations };
        Ok(Dnn::from_state(self.config.clone(), state))
    }
}

/// Converts parameters to another type. If a value is then not finite, the error names the weights or the biases.
fn cast_parameters<F: Scalar, G: Scalar>(
    what: [&'static str; 2],
    parameters: &Parameters<F>,
) -> Result<Parameters<G>, Error> {
    let mut cast = Parameters::zeros(what[0], parameters.fan_out(), parameters.fan_in())?;
    for (cast, values) in cast.slices_mut().into_iter().zip(parameters.slices()) {
        cast.iter_mut().zip(values).for_each(|(cast, value)| *cast = G::from_f64(value.as_f64()));
    }
    cast.check_finite(what)?;
    Ok(cast)
}

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
