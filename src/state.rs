//! What training changes of a network, and how it is gone back to.

use rand_chacha::ChaCha8Rng;

use crate::kernel::all_finite;
use crate::layer::Affine;
use crate::{Error, Layer, Scalar, Velocity};

/// What training changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State<F: Scalar> {
    pub(crate) layers: Vec<Layer<F>>,
    pub(crate) velocity: Velocity<F>,
    /// Updates since the last `fit` began.
    pub(crate) iterations: usize,
    /// The learning rate of the last update, or `eta` before the first one.
    pub(crate) effective_eta: f64,
    /// Draws the permutations of the rows.
    pub(crate) permutations: ChaCha8Rng,
}

impl<F: Scalar> State<F> {
    /// A copy, or [`Error::TooLarge`].
    pub(crate) fn try_clone(&self) -> Result<Self, Error> {
        let twin = |affine: &Affine<F>| {
            let mut twin = Affine::zeros("the state to go back to", affine.fan_out(), affine.fan_in())?;
            twin.copy_from(affine);
            Ok(twin)
        };
        let layer = |layer: &Layer<F>| Ok(Layer::from_parts(twin(&layer.affine)?, layer.activation()));
        let layers = self.layers.iter().map(layer).collect::<Result<_, Error>>()?;
        let velocity = self.velocity.layers.iter().map(twin).collect::<Result<_, Error>>()?;
        let permutations = self.permutations.clone();
        Ok(Self { layers, velocity: Velocity { layers: velocity }, permutations, ..*self })
    }

    /// Takes over the state of the same network at another time.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        for (layer, other) in self.layers.iter_mut().zip(&other.layers) {
            layer.affine.copy_from(&other.affine);
        }
        for (v, other) in self.velocity.layers.iter_mut().zip(&other.velocity.layers) {
            v.copy_from(other);
        }
        self.iterations = other.iterations;
        self.effective_eta = other.effective_eta;
        self.permutations.clone_from(&other.permutations);
    }

    /// Whether every parameter and every velocity is finite.
    pub(crate) fn is_finite(&self) -> bool {
        let parameters = self.layers.iter().map(|layer| &layer.affine);
        parameters.chain(&self.velocity.layers).flat_map(|values| values.slices()).all(all_finite)
    }
}
