//! Training a network: `fit`, runs with validation and early stopping, online learning, reports.

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

pub(crate) use early_stopping::Judge;
pub(crate) use progress::Bar;
pub(crate) use settings::Data;
