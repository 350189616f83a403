//! Training with second derivatives: Levenberg-Marquardt, evidence, and what the result knows about itself.

mod best;
mod checks;
mod curvature;
mod evidence;
mod jacobian;
mod levenberg_marquardt;
mod leverage;
mod posterior;
mod predict;
mod problem;
mod report;
mod run;
mod steps;
#[cfg(feature = "safetensors")]
mod stored;

pub use levenberg_marquardt::LevenbergMarquardt;
pub use posterior::Posterior;
pub use report::{LmIteration, LmReport, LmStop};

#[cfg(feature = "safetensors")]
pub(crate) use stored::{NUMBERS, Stored, count_of_products, count_of_sizes};
