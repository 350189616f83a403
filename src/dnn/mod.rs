//! The network itself, its builder, and what can be called on it.

mod builder;
mod convert;
// The type has the name of the folder.
#[allow(clippy::module_inception)]
mod dnn;
mod predict;
mod presets;
mod scalers;
mod verbs;

pub use builder::DnnBuilder;
pub use dnn::Dnn;
