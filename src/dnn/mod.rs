//! The network with its state, and its builder.

mod builder;
mod display;
// The type has the name of the folder.
#[allow(clippy::module_inception)]
mod dnn;
pub(crate) mod presets;
mod reconfigure;
mod setters;

pub use builder::DnnBuilder;
pub use dnn::Dnn;

pub(crate) use reconfigure::reconfigure;
