//! Estimators: one object from raw rows to answers, with the scalers, the labels and the network inside.

mod checks;
mod classifier;
#[cfg(feature = "safetensors")]
mod files;
mod recipe;
mod regressor;
mod setters;
mod trained;
mod trained_classifier;
mod trained_regressor;

pub use classifier::Classifier;
pub use regressor::Regressor;
pub use trained_classifier::TrainedClassifier;
pub use trained_regressor::TrainedRegressor;
