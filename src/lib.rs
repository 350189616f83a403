#![cfg_attr(docsrs, feature(doc_cfg))]
// The front page is the README. Its pictures are files next to it; `inline.md` holds them as data URLs for the
// documentation, where its links lead to modules. Some of its programs save, so their tests need that feature.
#![cfg_attr(doc, doc = include_str!("../examples/figures/inline.md"))]
#![cfg_attr(doc, doc = "[guide]: crate::guide\n[`article`]: crate::article\n\n")]
#![cfg_attr(any(not(doctest), feature = "safetensors"), doc = include_str!("../README.md"))]
//!
//! # Notation
//! Rows are samples everywhere; a mini-batch has `b` of them. "The article" is the one that this crate implements;
//! the link is above.
//!
//! | | shape | |
//! |---|---|---|
//! | `X` | (b, n₀) | a mini-batch; also A₀ |
//! | `Wₗ`, `bₗ` | (nₗ, nₗ₋₁), (nₗ) | weights (fan_out, fan_in) and biases of a [`Layer`], l = 1 … L |
//! | `Zₗ = Aₗ₋₁ Wₗᵀ + bₗ` | (b, nₗ) | |
//! | `Aₗ = fₗ(Zₗ)` | (b, nₗ) | [`Pass::outputs`] |
//! | `Ŷ` | (b, n_L) | [`Pass::output`]: A_L, or the result of the [`Link`] for it |
//! | `D = Y − Ŷ` | (b, n_L) | [`Dnn::error`]; minus the derivative of some other [`Loss`]es |
//! | `Δ_L = D ⊙ f′_L`, `Δₗ = (Δₗ₊₁ Wₗ₊₁) ⊙ f′ₗ` | (b, nₗ) | |
//! | `∇Wₗ = −Δₗᵀ Aₗ₋₁ / b`, `∇bₗ` = −(column means of Δₗ) | as Wₗ, bₗ | [`Gradients`] |
//! | `V ← μ V − η_t (∇ + λ θ)`, `θ ← θ + V` | as θ | [`Dnn::update`], for all weights and biases θ, or the step of another [`Optimizer`] |
//! | `η_t = η / t^p` | | learning rate of update t = 1, 2, …; times the factors of a [`Schedule`] and of [`ReduceOnPlateau`] |
//!
//! # Layout of the source
//! A module imports only from modules above it in this list, and no two files import each other.
//!
//! ```text
//! error       the error types of all functions
//! activation  activations of layers and links of outputs
//! kernel      arithmetic on matrices and slices, without networks
//! validate    checks of arguments
//! data        labels, splits, scaling, metrics: arrays in, arrays out
//! model       nouns: network, settings, losses, optimizers, gradients, state
//! descent     verbs: forward, loss, backward, step, epoch
//! dnn         the network with its state, and its builder
//! training    runs with validation and early stopping, online learning, reports
//! second_order Levenberg-Marquardt, evidence, posterior
//! formats     safetensors and ONNX
//! estimator   from raw rows to answers: scalers, labels and network in one object
//! methods     the public methods of the network, in the order of its page: documentation and one call
//! guide       texts for the documentation alone, without code
//! article     how the crate relates to the article, for the documentation alone
//! ```

mod activation;
#[cfg(doc)]
pub mod article;
pub mod data;
mod descent;
mod dnn;
pub mod error;
mod estimator;
mod formats;
#[cfg(doc)]
pub mod guide;
mod kernel;
mod methods;
mod model;
pub mod second_order;
pub mod training;
mod validate;

pub use ndarray;

// What first programs name. The modules have the rest, and once more what belongs to them.
pub use activation::{Activation, Link};
#[doc(inline)]
pub use data::{
    LabelEncoder, StandardScaler, balanced_weights, cross_validate, k_fold, metrics, one_hot, permutation,
    stratified_k_fold, stratified_split, train_test_split,
};
pub use descent::Pass;
pub use dnn::{Dnn, DnnBuilder};
#[doc(inline)]
pub use error::Error;
pub use estimator::{Classifier, Regressor, TrainedClassifier, TrainedRegressor};
pub use kernel::Scalar;
pub use model::{BatchOrder, Gradients, Init, Layer, Loss, Optimizer, Schedule};
#[doc(inline)]
pub use second_order::Posterior;
#[doc(inline)]
pub use training::{EarlyStopping, ReduceOnPlateau, Report, Shards};
