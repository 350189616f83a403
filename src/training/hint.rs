//! Hints of a report: why a run that ended without an error has probably not learnt.

use std::fmt;

use super::figure;

/// A likely reason why a run has not learnt what it could. [`Report::hints`](crate::Report::hints) lists them, and the
/// `Display` of a report writes them.
///
/// # When
/// A column is *out of scale* if its root mean square `√(m² + s²)` is larger than 20, where m is its mean and s its
/// standard deviation, or if the largest s of all columns is smaller than 0.02. With such data, the networks of
/// [`Dnn::classifier`](crate::Dnn::classifier) and [`Dnn::regressor`](crate::Dnn::regressor) were measured to fail: on
/// diabetes, R² is 0.49 with standardised x, −0.002 with x · 30, −0.04 with x + 30, and 0.09 with x · 0.01. Scale is no
/// hint if the last loss is below a tenth of that of a constant answer.
///
/// The *constant answer* is the mean of the targets. Both it and the columns are computed once at the end of a run,
/// from at most 4,096 rows, evenly spaced.
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::Array2;
/// use ndarray_dnn::training::Hint;
/// use ndarray_dnn::Dnn;
///
/// let x = Array2::from_shape_fn((100, 1), |(i, _)| (i as f64 / 50.0) - 1.0);
/// let prices = x.mapv(|x| 1_000.0 + 50.0 * x);
/// let mut net: Dnn = Dnn::regressor(1, &[16], 1).build()?;
/// let report = net.fit(&x, &prices)?;
/// assert!(matches!(report.hints()[0], Hint::TargetScale { column: 0, .. }));
/// println!("{report}");
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Hint {
    /// Columns of x are out of scale; this one is the farthest.
    #[non_exhaustive]
    InputScale {
        /// The column of x.
        column: usize,
        /// Its mean.
        mean: f64,
        /// Its standard deviation.
        deviation: f64,
    },
    /// Columns of y are out of scale for the identity link; this one is the farthest.
    #[non_exhaustive]
    TargetScale {
        /// The column of y.
        column: usize,
        /// Its mean.
        mean: f64,
        /// Its standard deviation.
        deviation: f64,
    },
    /// After at least two epochs, the loss is more than twice that of the constant answer, although it fell.
    #[non_exhaustive]
    WorseThanConstant {
        /// The loss of the last epoch, or of the best one, which was restored.
        loss: f64,
        /// The loss of the constant answer.
        constant: f64,
    },
    /// After at least two epochs, no epoch has a lower loss than the first one, and the loss is larger than 0.9 times
    /// that of the constant answer; for a loss of one's own, after at least ten epochs.
    NeverFell,
    /// Each epoch was a single update, because a mini-batch has all rows, and the run was cut short or has not learnt.
    #[non_exhaustive]
    OneUpdatePerEpoch {
        /// The number of rows.
        rows: usize,
    },
    /// The run was [cut short](crate::Report::is_cut_short).
    #[non_exhaustive]
    CutShort {
        /// The number of mini-batches of the run.
        minibatches: usize,
    },
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::InputScale { column, mean, deviation } => {
                write!(f, "column {column} of x has the mean {} and the standard ", figure::loss(mean))?;
                write!(f, "deviation {}: standardise x, as StandardScaler does", figure::loss(deviation))
            }
            Self::TargetScale { column, mean, deviation } => {
                write!(f, "column {column} of y has the mean {} and the standard ", figure::loss(mean))?;
                write!(f, "deviation {}: standardise y, as Regressor does", figure::loss(deviation))
            }
            Self::WorseThanConstant { loss, constant } => {
                write!(
                    f,
                    "the loss is {}, but the mean of y as the answer for every row ",
                    figure::loss(loss)
                )?;
                write!(f, "would have {}: scale the data or lower eta", figure::loss(constant))
            }
            Self::NeverFell => {
                f.write_str("the loss was never below that of the first epoch: scale the data or change eta")
            }
            Self::OneUpdatePerEpoch { rows } => {
                write!(f, "each epoch was a single update, since a mini-batch has all {rows} rows")
            }
            Self::CutShort { minibatches } => {
                write!(
                    f,
                    "the loss was still falling after only {minibatches} mini-batches: more epochs may help"
                )
            }
        }
    }
}

#[cfg(feature = "safetensors")]
impl Hint {
    /// The name and the numbers, for a file.
    pub(crate) fn parts(self) -> (&'static str, Vec<f64>) {
        match self {
            Self::InputScale { column, mean, deviation } => {
                ("input_scale", vec![column as f64, mean, deviation])
            }
            Self::TargetScale { column, mean, deviation } => {
                ("target_scale", vec![column as f64, mean, deviation])
            }
            Self::WorseThanConstant { loss, constant } => ("worse_than_constant", vec![loss, constant]),
            Self::NeverFell => ("never_fell", Vec::new()),
            Self::OneUpdatePerEpoch { rows } => ("one_update_per_epoch", vec![rows as f64]),
            Self::CutShort { minibatches } => ("cut_short", vec![minibatches as f64]),
        }
    }

    /// The hint of these parts.
    pub(crate) fn of_parts(name: &str, numbers: &[f64]) -> Option<Self> {
        Some(match (name, numbers) {
            ("input_scale", &[column, mean, deviation]) => {
                Self::InputScale { column: column as usize, mean, deviation }
            }
            ("target_scale", &[column, mean, deviation]) => {
                Self::TargetScale { column: column as usize, mean, deviation }
            }
            ("worse_than_constant", &[loss, constant]) => Self::WorseThanConstant { loss, constant },
            ("never_fell", []) => Self::NeverFell,
            ("one_update_per_epoch", &[rows]) => Self::OneUpdatePerEpoch { rows: rows as usize },
            ("cut_short", &[minibatches]) => Self::CutShort { minibatches: minibatches as usize },
            _ => return None,
        })
    }
}
