//! Training with second derivatives: Levenberg-Marquardt, evidence, and what the result knows about itself.
//!
//! For small networks and a few thousand rows, [`Dnn::levenberg_marquardt`](crate::Dnn::levenberg_marquardt) needs tens
//! of iterations where a run with gradients needs thousands of steps. It creates a [`LevenbergMarquardt`], whose
//! methods are the settings; the result is an [`LmReport`], which has an [`LmIteration`] for each iteration and the
//! reason to stop, an [`LmStop`], and a [`Posterior`], by which predictions have standard deviations.
//!
//! # Examples
//! ```
//! use ndarray_dnn::second_order::LmStop;
//! use ndarray_dnn::{Dnn, ndarray::Array2};
//!
//! let x = Array2::from_shape_fn((50, 1), |(i, _)| i as f64 / 25.0 - 1.0);
//! let y = x.mapv(|x| (3.0 * x).sin());
//! let mut net: Dnn = Dnn::regressor(1, &[6], 1).build()?;
//! let (report, _) = net.levenberg_marquardt(&x, &y).max_iterations(20).run()?;
//! for iteration in report.history() {
//!     println!("{iteration}");
//! }
//! assert!(report.iterations() < 20 || report.stop() == LmStop::MaxIterations);
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```

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
