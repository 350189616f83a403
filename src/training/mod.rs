//! Training a network: `fit`, runs with validation and early stopping, online learning, reports.
//!
//! [`Dnn::training`](crate::Dnn::training) and [`Dnn::training_on`](crate::Dnn::training_on) create a [`Training`],
//! whose methods are the settings of a run: when it ends ([`EarlyStopping`]), the learning rate ([`ReduceOnPlateau`]),
//! and functions of yours, which get an [`Epoch`], a [`MiniBatch`] or the [`Progress`] of the run. Its result is a
//! [`Report`] with a [`StopReason`] and [`Hint`]s. Rows that do not fit in memory come from a [`Source`] in [`Block`]s,
//! for example from [`Shards`].
//!
//! Beside them stand the parts of a network that only training uses: its settings, [`Config`], the optimizer's memory,
//! [`Velocity`], and the [`ObjectiveScratch`] of an optimizer of your own.
//!
//! # Examples
//! ```
//! use std::ops::ControlFlow;
//!
//! use ndarray_dnn::training::{Epoch, StopReason};
//! use ndarray_dnn::{Dnn, ndarray::Array2};
//!
//! fn until_good(epoch: &Epoch<'_>) -> ControlFlow<()> {
//!     println!("{epoch}");
//!     if epoch.report().loss() < 0.01 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
//! }
//!
//! let x = Array2::from_shape_fn((200, 1), |(i, _)| i as f64 / 100.0 - 1.0);
//! let y = x.mapv(|x| x * x);
//! let mut net: Dnn = Dnn::regressor(1, &[16], 1).build()?;
//! let report = net.training(&x, &y).on_epoch(until_good).run()?;
//! assert_eq!(report.stop_reason(), StopReason::Callback);
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```

mod callbacks;
mod checks;
mod early_stopping;
mod facts;
mod figure;
mod hint;
mod machines;
mod metric;
mod partial_fit;
mod plateau;
mod progress;
mod rates;
mod report;
mod rows;
mod run;
mod settings;
mod shards;
mod source;
mod source_epoch;
mod stopping;
// The type has the name of the folder.
#[allow(clippy::module_inception)]
mod training;

pub use early_stopping::EarlyStopping;
pub use hint::Hint;
pub use metric::MetricValue;
pub use plateau::ReduceOnPlateau;
pub use report::{Epoch, EpochReport, Report, StopReason};
pub use shards::Shards;
pub use source::{Block, Source};
pub use training::Training;

pub use crate::descent::{MiniBatch, ObjectiveScratch, Progress};
pub use crate::model::{Config, Velocity};

pub(crate) use early_stopping::Judge;
pub(crate) use partial_fit::partial_fit;
pub(crate) use progress::Bar;
pub(crate) use settings::Data;
