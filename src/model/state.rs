//! The mutable training state, with snapshot and restore.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::layer::Layer;
use super::network::Network;
use super::optimizer::Optimizer;
use super::parameters::Parameters;
use super::plateau::Plateau;
use super::velocity::Velocity;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::validate::{AT_LEAST_0, check_range};

/// Permutations come from their own stream of the seed, so that they do not depend on the shape.
const PERMUTATIONS: u64 = 1;

/// Everything that training changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State<F: Scalar> {
    pub(crate) network: Network<F>,
    pub(crate) velocity: Velocity<F>,
    /// t: the number of updates since the start of the last run that was not resumed.
    pub(crate) iterations: usize,
    /// The number of all updates ever made, which numbers the masks of dropout.
    pub(crate) updates: u64,
    /// The learning rate of the last update; `None` before the first one.
    pub(crate) effective_eta: Option<f64>,
    /// The position in the schedule: the epochs since the start of the last run that was not resumed, with the share
    /// of the present one; at least 0 and finite.
    pub(crate) position: f64,
    /// The state of `reduce_on_plateau`.
    pub(crate) plateau: Plateau,
    /// The generator of the permutations of the rows.
    pub(crate) permutations: ChaCha8Rng,
}

impl<F: Scalar> State<F> {
    /// The state of a new network.
    pub(crate) fn new(network: Network<F>, optimizer: Optimizer, seed: u64) -> Result<Self, Error> {
        let velocity = Velocity::zeros(&network, optimizer.slots())?;
        Ok(Self {
            network,
            velocity,
            iterations: 0,
            updates: 0,
            effective_eta: None,
            position: 0.0,
            plateau: Plateau::NEW,
            permutations: permutations(seed),
        })
    }

    /// Starts the learning rate again: iterations, position and plateau.
    pub(crate) fn restart_rate(&mut self) {
        (self.iterations, self.position, self.plateau) = (0, 0.0, Plateau::NEW);
    }

    /// Sets the position in the schedule.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless it is at least 0 and finite.
    pub(crate) fn set_position(&mut self, position: f64) -> Result<(), Error> {
        check_range::<f64>("position", AT_LEAST_0, position)?;
        self.position = position;
        Ok(())
    }

    /// Copies the state.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(crate) fn snapshot(&self) -> Result<Self, Error> {
        let copy = |parameters: &Parameters<F>| {
            let mut copy = Parameters::zeros("the snapshot", parameters.fan_out(), parameters.fan_in())?;
            copy.copy_from(parameters);
            Ok(copy)
        };
        let layer = |layer: &Layer<F>| Ok(Layer::from_parts(copy(&layer.parameters)?, layer.activation()));
        let network = self.network.try_map(layer)?;
        let velocity = self.velocity.try_map(|_, values| copy(values))?;
        Ok(Self { network, velocity, permutations: self.permutations.clone(), ..*self })
    }

    /// Copies `other`, a state of the same network at another time.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.network.copy_from(&other.network);
        self.velocity.copy_from(&other.velocity);
        self.iterations = other.iterations;
        self.updates = other.updates;
        self.effective_eta = other.effective_eta;
        (self.position, self.plateau) = (other.position, other.plateau);
        self.permutations.clone_from(&other.permutations);
    }

    /// Checks that every parameter and all memory of the optimizer is finite; the error names the first value that is
    /// not.
    pub(crate) fn check_finite(&self) -> Result<(), Error> {
        self.network.check_finite()?;
        self.velocity.check_finite()
    }

    /// Names the part with a value that is not finite; `None` if every value is finite. This is faster than
    /// [`check_finite`](Self::check_finite), which also finds the position.
    pub(crate) fn not_finite(&self) -> Option<&'static str> {
        if self.network.parameters().all(Parameters::all_finite) {
            self.velocity.not_finite()
        } else {
            Some("a parameter")
        }
    }
}

/// The generator of the permutations of the rows.
pub(crate) fn permutations(seed: u64) -> ChaCha8Rng {
    stream_of(seed, PERMUTATIONS)
}

/// The generator of the permutation of the epoch with this number, from 0. The streams are counted down from the last
/// one, so that they are none of the seed's other streams.
pub(crate) fn permutation_of_epoch(seed: u64, epoch: u64) -> ChaCha8Rng {
    stream_of(seed, u64::MAX - epoch)
}

fn stream_of(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(stream);
    generator
}
