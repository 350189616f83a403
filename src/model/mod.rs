//! The nouns of a network: parameters, layers, settings, gradients, velocity, state.

mod cast;
mod config;
mod fingerprint;
mod gradients;
mod init;
mod label_weights;
mod layer;
mod loss;
mod names;
mod network;
mod optimizer;
mod parameters;
mod plateau;
mod scaled;
mod schedule;
mod scratch;
mod state;
mod velocity;
mod visit;

pub use config::{BatchOrder, Config};
pub use gradients::Gradients;
pub use init::Init;
pub use layer::Layer;
pub use loss::Loss;
pub use optimizer::Optimizer;
pub use schedule::Schedule;
pub use velocity::Velocity;

pub(crate) use fingerprint::fingerprint;
pub(crate) use loss::{LabelWeights, Predicted, smooth_labels};
pub(crate) use network::Network;
pub(crate) use optimizer::Step;
pub(crate) use parameters::Parameters;
pub(crate) use plateau::Plateau;
pub(crate) use scratch::Scratch;
pub(crate) use state::{State, permutation_of_epoch, permutations};
#[cfg(feature = "safetensors")]
pub(crate) use {
    names::Named,
    velocity::{Memory, Slot},
    visit::Visit,
};
