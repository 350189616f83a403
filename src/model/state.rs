//! The mutable training state, with snapshot and restore.

use rand_chacha::ChaCha8Rng;

use crate::kernel::all_finite;
use crate::model::layer::Affine;
use crate::{Error, Layer, Scalar, Velocity};

/// The mutable training state of a network.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State<F: Scalar> {
    pub(crate) layers: Vec<Layer<F>>,
    pub(crate) velocity: Velocity<F>,
    /// t: updates since the last run began that was not resumed.
    pub(crate) iterations: usize,
    /// The learning rate of the last update; `None` before the first one.
    pub(crate) effective_eta: Option<f64>,
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
        let twins = |values: &[Affine<F>]| values.iter().map(twin).collect::<Result<Vec<_>, Error>>();
        let Velocity { layers: velocity, squares, updates } = &self.velocity;
        let velocity = Velocity { layers: twins(velocity)?, squares: twins(squares)?, updates: *updates };
        let permutations = self.permutations.clone();
        Ok(Self { layers, velocity, permutations, ..*self })
    }

    /// Takes over the state of the same network at another time.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        for (layer, other) in self.layers.iter_mut().zip(&other.layers) {
            layer.affine.copy_from(&other.affine);
        }
        self.velocity.copy_from(&other.velocity);
        self.iterations = other.iterations;
        self.effective_eta = other.effective_eta;
        self.permutations.clone_from(&other.permutations);
    }

    /// Checks that every parameter, velocity and mean square is finite; the error names the first one that is not.
    pub(crate) fn check_finite(&self) -> Result<(), Error> {
        self.check_layers()?;
        self.velocity.layers.iter().try_for_each(|affine| affine.check_finite(["the velocity"; 2]))?;
        self.velocity.squares.iter().try_for_each(|affine| affine.check_finite(["the mean squares"; 2]))
    }

    /// Checks that every parameter is finite.
    pub(crate) fn check_layers(&self) -> Result<(), Error> {
        let what = ["the weights of a layer", "the biases of a layer"];
        self.layers.iter().try_for_each(|layer| layer.affine.check_finite(what))
    }

    /// The part that is not finite, in words; it does not look for the first value.
    pub(crate) fn non_finite_part(&self) -> Option<&'static str> {
        let is_finite = |values: &Affine<F>| values.slices().into_iter().all(all_finite);
        let Velocity { layers: velocity, squares, .. } = &self.velocity;
        if !self.layers.iter().all(|layer| is_finite(&layer.affine)) {
            Some("a parameter")
        } else if !velocity.iter().all(is_finite) {
            Some("the velocity")
        } else if !squares.iter().all(is_finite) {
            Some("a mean square")
        } else {
            None
        }
    }
}
