#![cfg_attr(docsrs, feature(doc_cfg))]
// The front page is the README. Its pictures are files next to it; for these pages they are URLs that hold them.
#![cfg_attr(doc, doc = include_str!("../examples/figures/inline.md"))]
#![doc = include_str!("../README.md")]
//!
//! # Notation
//! "The document" is the article that the crate comes from. Rows are samples, everywhere; `b` of them make a
//! mini-batch.
//!
//! | | shape | |
//! |---|---|---|
//! | `X` | (b, n₀) | a mini-batch; also A₀ |
//! | `Wₗ`, `bₗ` | (nₗ, nₗ₋₁), (nₗ) | weights (fan_out, fan_in) and biases of a [`Layer`], l = 1 … L |
//! | `Zₗ = Aₗ₋₁ Wₗᵀ + bₗ` | (b, nₗ) | |
//! | `Aₗ = fₗ(Zₗ)` | (b, nₗ) | [`Pass::outputs`] |
//! | `Ŷ` | (b, n_L) | [`Pass::output`]: A_L, or what the [`Link`] makes of it |
//! | `D = Y − Ŷ` | (b, n_L) | [`Dnn::error`] |
//! | `Δ_L = D ⊙ f′_L`, `Δₗ = (Δₗ₊₁ Wₗ₊₁) ⊙ f′ₗ` | (b, nₗ) | |
//! | `∇Wₗ = −Δₗᵀ Aₗ₋₁ / b`, `∇bₗ` = −(column means of Δₗ) | as Wₗ, bₗ | [`Gradients`] |
//! | `V ← μ V − η_t (∇ + λ θ)`, `θ ← θ + V` | as θ | [`Dnn::update`], for all weights and biases θ; or another [`Optimizer`] |
//! | `η_t = η / t^p` | | learning rate of update t = 1, 2, … |

mod activation;
mod backprop;
mod batches;
mod builder;
mod cast;
mod checks;
mod config;
mod display;
mod dnn;
mod early_stopping;
mod epoch;
mod error;
#[cfg(feature = "safetensors")]
mod file;
mod fold;
mod gradients;
#[cfg(feature = "safetensors")]
mod header;
mod init;
mod kernel;
mod labels;
mod layer;
mod link;
mod loss;
pub mod metrics;
mod moments;
mod online;
mod onnx;
mod optimizer;
mod pass;
mod predict;
mod presets;
#[cfg(feature = "progress")]
mod progress;
mod reconfigure;
#[cfg(feature = "safetensors")]
mod replace;
mod report;
mod scalar;
mod scaler;
mod split;
mod state;
#[cfg(feature = "safetensors")]
mod tensors;
mod training;
mod update;
mod validate;
mod weights;

pub use ndarray;

pub use activation::Activation;
pub use builder::DnnBuilder;
pub use config::{BatchOrder, Config};
pub use dnn::Dnn;
pub use early_stopping::EarlyStopping;
pub use error::Error;
pub use gradients::Gradients;
pub use init::Init;
pub use labels::{balanced_weights, one_hot};
pub use layer::Layer;
pub use link::Link;
pub use loss::Loss;
pub use optimizer::Optimizer;
pub use pass::Pass;
pub use report::{Epoch, EpochReport, Report, StopReason};
pub use scalar::Scalar;
pub use scaler::StandardScaler;
pub use split::train_test_split;
pub use training::Training;
pub use update::Velocity;
