//! A network in the other element type.

use crate::model::layer::Affine;
use crate::model::state::State;
use crate::{Dnn, Error, Layer, Scalar, Velocity};

impl<F: Scalar> Dnn<F> {
    /// This network with the element type G: every parameter and every velocity rounded to the nearest value, and
    /// everything else, settings, iterations and generator, as it is. From f32 to f64 it is exact.
    ///
    /// # Errors
    /// [`Error::NonFinite`] for a parameter, a velocity or a mean square that is beyond the range of G,
    /// [`Error::OutOfRange`] for a setting that is; [`Error::TooLarge`].
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
        let State { layers, velocity, iterations, effective_eta, permutations } = &self.state;
        let layer = |layer: &Layer<F>| {
            layer.activation().check::<G>()?;
            let affine = cast_affine(["the weights of a layer", "the biases of a layer"], &layer.affine)?;
            Ok(Layer::from_parts(affine, layer.activation()))
        };
        let cast_all = |affines: &[Affine<F>], what| {
            affines.iter().map(|affine| cast_affine([what; 2], affine)).collect::<Result<Vec<_>, _>>()
        };
        let velocity = Velocity {
            layers: cast_all(&velocity.layers, "the velocity")?,
            squares: cast_all(&velocity.squares, "the mean squares")?,
            updates: velocity.updates,
        };
        let layers = layers.iter().map(layer).collect::<Result<_, Error>>()?;
        let permutations = permutations.clone();
        let state =
            State { layers, velocity, iterations: *iterations, effective_eta: *effective_eta, permutations };
        Ok(Dnn { config: self.config.clone(), state, buffers: Default::default() })
    }
}

/// Finite values of another type, or an error that names the weights or the biases.
fn cast_affine<F: Scalar, G: Scalar>(
    what: [&'static str; 2],
    affine: &Affine<F>,
) -> Result<Affine<G>, Error> {
    let mut cast = Affine::zeros(what[0], affine.fan_out(), affine.fan_in())?;
    for (cast, values) in cast.slices_mut().into_iter().zip(affine.slices()) {
        cast.iter_mut().zip(values).for_each(|(cast, value)| *cast = G::from_f64(value.as_f64()));
    }
    cast.check_finite(what)?;
    Ok(cast)
}
