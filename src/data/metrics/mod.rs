//! Scores of predictions, computed in `f64` for every element type.
//!
//! | predictions | scores |
//! |---|---|
//! | classes, as from [`predict_classes`](crate::Dnn::predict_classes) | [`accuracy`], [`balanced_accuracy`], [`precision`], [`recall`], [`f1`], [`confusion_matrix`], [`classification_report`] |
//! | several labels for each row | [`multilabel_report`] |
//! | probabilities, or other scores of yes | [`log_loss`], [`roc_auc`] |
//! | values | [`rmse`], [`mae`], [`r2`] |
//!
//! # Examples
//! ```
//! use ndarray_dnn::metrics::{Average, accuracy, f1, rmse};
//! use ndarray_dnn::ndarray::array;
//!
//! assert_eq!(accuracy(&[0, 2, 1, 1], &array![0, 2, 1, 0])?, 0.75);
//! assert_eq!(f1(&[0, 2, 1, 1], &array![0, 2, 1, 0], Average::Micro)?, 0.75);
//! assert_eq!(rmse(&array![[1.0], [2.0]], &array![[1.0], [4.0]])?, 2.0_f64.sqrt());
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```

mod classes;
mod counts;
mod pairs;
mod probabilities;
mod ranking;
mod report;
mod values;

pub use classes::{accuracy, balanced_accuracy, confusion_matrix, f1, precision, recall};
pub use counts::{Average, Scores};
pub use probabilities::log_loss;
pub use ranking::roc_auc;
pub use report::{ClassReport, classification_report, multilabel_report};
pub use values::{mae, r2, rmse};
