//! Data before and after the network: labels, splits, scaling, metrics.

mod array;
mod cross_validate;
mod encoder;
mod folds;
mod label;
pub mod metrics;
mod moments;
mod scaler;
mod split;
mod stratified;

pub use array::AsArray;
pub use cross_validate::cross_validate;
pub use encoder::LabelEncoder;
pub use folds::{k_fold, stratified_k_fold};
pub use label::{Label, balanced_weights, one_hot};
pub use scaler::StandardScaler;
pub use split::{permutation, train_test_split};
pub use stratified::stratified_split;

pub(crate) use split::try_permutation;
