//! The conversion of a state to the other element type.

use super::layer::Layer;
use super::parameters::Parameters;
use super::state::State;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::validate::check_activation;

impl<F: Scalar> State<F> {
    /// The state with every parameter and all memory of the optimizer rounded to G.
    ///
    /// # Errors
    /// Those of [`Dnn::cast`](crate::Dnn::cast).
    pub(crate) fn cast<G: Scalar>(&self) -> Result<State<G>, Error> {
        let layer = |layer: &Layer<F>| {
            check_activation::<G>(layer.activation())?;
            let parameters =
                cast_parameters(["the weights of a layer", "the biases of a layer"], &layer.parameters)?;
            Ok(Layer::from_parts(parameters, layer.activation()))
        };
        let velocity = self.velocity.try_map(|slot, values| cast_parameters([slot.all; 2], values))?;
        let network = self.network.try_map(layer)?;
        let permutations = self.permutations.clone();
        let Self { iterations, updates, effective_eta, position, plateau, .. } = *self;
        Ok(State { network, velocity, iterations, updates, effective_eta, position, plateau, permutations })
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
