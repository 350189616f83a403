//! The network, its builder and its methods.

// In the order of the page of `Dnn`: rustdoc shows the methods in the order of the modules that hold them. So two files
// of other folders are declared here, between those of this one.
mod presets;

// The type has the name of the folder.
#[allow(clippy::module_inception)]
mod dnn;

#[path = "../training/fit.rs"]
mod fit;

mod predict;

#[cfg(feature = "safetensors")]
#[path = "../formats/safetensors/save.rs"]
mod save;

mod builder;
mod convert;
mod fingerprint;
mod flat;
mod inputs;
mod parts;
mod scalers;
mod setters;
mod verbs;

pub use builder::DnnBuilder;
pub use dnn::Dnn;
