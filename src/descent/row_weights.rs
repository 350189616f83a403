//! Sample weights: row i of D is multiplied by `wᵢ / w̄`, where w̄ is the mean weight of the data set.

use ndarray::ArrayRef1;

use crate::error::{Error, Place};
use crate::kernel::{Factors, Known, Rows, Scalar, Sum};
use crate::validate::{ABOVE_0, AT_LEAST_0, check_length, check_range, check_range_at};

/// The names of the weights and of their mean in errors.
pub(crate) struct WeightNames {
    pub(crate) weights: &'static str,
    pub(crate) mean: &'static str,
}

impl WeightNames {
    pub(crate) const OF_SAMPLES: Self =
        Self { weights: "sample_weights", mean: "the mean of sample_weights" };
    pub(crate) const OF_VALIDATION: Self =
        Self { weights: "validation_weights", mean: "the mean of validation_weights" };
}

/// The weights of the rows of a data set.
#[derive(Clone, Copy)]
pub(crate) enum RowWeights<'a, F> {
    /// All rows have the weight 1.
    Equal,
    /// Each row has its weight, and the mean weight w̄ is known.
    Given { weights: &'a ArrayRef1<F>, mean: f64 },
}

impl<'a, F: Scalar> RowWeights<'a, F> {
    /// Checks the weights of `rows` rows. Without `mean`, their mean is computed, which must not be 0.
    ///
    /// # Errors
    /// [`Error::Shape`] unless each row has a weight, [`Error::OutOfRange`] for a weight that is negative or not
    /// finite, for a mean that is not greater than 0 and finite, and for one so small that a factor overflows.
    pub(crate) fn new(
        names: WeightNames,
        weights: &'a ArrayRef1<F>,
        rows: usize,
        mean: Option<f64>,
    ) -> Result<Self, Error> {
        check_length(names.weights, weights.len(), rows)?;
        for (row, weight) in weights.iter().enumerate() {
            check_range_at::<F>(names.weights, Place::Index(row), AT_LEAST_0, weight.as_f64())?;
        }
        let of_weights = || Sum::of(weights.iter().map(|weight| (1.0, weight.as_f64()))).over(rows as f64);
        let mean = mean.unwrap_or_else(of_weights);
        check_range::<f64>(names.mean, ABOVE_0, mean)?;
        let largest = weights.iter().fold(0.0, |largest: f64, weight| largest.max(weight.as_f64()));
        if !F::from_f64(largest / mean).is_finite() {
            let range = format!("such that the largest weight divided by it is finite in {}", F::NAME).into();
            return Err(Error::OutOfRange { name: names.mean, at: Place::Whole, range, value: mean });
        }
        Ok(Self::Given { weights, mean })
    }

    /// Whether a row counts: its weight is not 0.
    pub(crate) fn counts(&self, row: usize) -> bool {
        match self {
            Self::Equal => true,
            Self::Given { weights, .. } => weights.get(row).is_some_and(|weight| *weight > F::zero()),
        }
    }

    /// The sum of the weights of `rows` rows, which are all of them.
    pub(crate) fn total(&self, rows: usize) -> f64 {
        match self {
            Self::Equal => rows as f64,
            Self::Given { mean, .. } => mean * rows as f64,
        }
    }

    /// The factors `wᵢ / w̄` of some rows, computed in `buffer`.
    pub(crate) fn factors<'b>(&self, rows: &Rows<'_>, buffer: &'b mut Vec<f64>) -> Factors<'b> {
        let Self::Given { weights, mean } = *self else { return Factors::Ones(rows.len()) };
        // `new` checks that each row has a weight.
        let factor = |row: usize| weights.get(row).copied().known_or(F::zero()).as_f64() / mean;
        buffer.clear();
        match rows {
            Rows::Window(window) => buffer.extend(window.clone().map(factor)),
            Rows::Indices(rows) => buffer.extend(rows.iter().copied().map(factor)),
        }
        Factors::Each(buffer)
    }
}
