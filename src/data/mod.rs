//! Data before and after the network: labels, splits, scaling, metrics.

mod labels;
pub mod metrics;
mod moments;
mod scaler;
mod split;

pub use labels::{balanced_weights, one_hot};
pub use scaler::StandardScaler;
pub use split::train_test_split;
