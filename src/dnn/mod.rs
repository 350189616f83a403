//! The network, its builder and its methods.

mod builder;
mod convert;
// The type has the name of the folder.
#[allow(clippy::module_inception)]
mod dnn;
mod fingerprint;
mod flat;
mod inputs;
mod predict;
mod presets;
mod scalers;
mod setters;
mod verbs;

pub use builder::DnnBuilder;
pub use dnn::Dnn;
