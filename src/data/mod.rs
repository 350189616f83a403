//! Data before and after the network: labels, splits, scaling, metrics.
//!
//! Nothing here knows of networks: arrays and labels go in, arrays and numbers come out. All functions and types for
//! programs stand at the root of the crate too. The others are traits, which say what an argument may be: every
//! [`Label`], whether a whole number or a `bool`, owned or borrowed; every array as [`AsArray`]; and the [`Targets`] of
//! a [`Regressor`](crate::Regressor).
//!
//! # Examples
//! A function of yours for the same arguments:
//! ```
//! use ndarray_dnn::data::{Label, balanced_weights, one_hot};
//! use ndarray_dnn::{Error, ndarray::Array2};
//!
//! /// A row for each label, multiplied by the weight of its class.
//! fn weighted<L: Label>(labels: &[L], classes: usize) -> Result<Array2<f64>, Error> {
//!     let weights = balanced_weights::<f64>(labels);
//!     let mut rows = one_hot(labels, classes)?;
//!     rows.rows_mut().into_iter().zip(&weights).for_each(|(mut row, weight)| row *= *weight);
//!     Ok(rows)
//! }
//!
//! assert_eq!(weighted(&[0, 0, 1], 2)?, weighted(&[false, false, true], 2)?);
//! # Ok::<(), Error>(())
//! ```

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
mod targets;

pub use array::AsArray;
pub use cross_validate::cross_validate;
pub use encoder::LabelEncoder;
pub use folds::{k_fold, stratified_k_fold};
pub use label::{Label, balanced_weights, one_hot};
pub use scaler::StandardScaler;
pub use split::{permutation, train_test_split};
pub use stratified::stratified_split;
pub use targets::Targets;

pub(crate) use split::try_permutation;
