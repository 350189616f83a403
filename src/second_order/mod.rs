//! Training with second derivatives: Levenberg-Marquardt, evidence, and what the result knows about itself.

mod checks;
mod curvature;
mod evidence;
mod exact;
mod jacobian;
mod kept;
mod levenberg_marquardt;
mod leverage;
mod penalty;
mod point;
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
pub(crate) use stored::{Numbers, Stored, count_of_products};
