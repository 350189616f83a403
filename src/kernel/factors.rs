//! The factors of the rows of a matrix.

use super::elementwise::scale_rows;
use super::known::Known;
use super::matrix::Matrix;
use super::scalar::Scalar;
use super::sum::Sum;

/// The factors of the rows of one mini-batch.
#[derive(Clone, Copy)]
pub(crate) enum Factors<'a> {
    /// The factor 1 for this number of rows.
    Ones(usize),
    /// The factor of each row.
    Each(&'a [f64]),
}

impl Factors<'_> {
    /// The number of rows.
    pub(crate) fn rows(self) -> usize {
        match self {
            Self::Ones(rows) => rows,
            Self::Each(factors) => factors.len(),
        }
    }

    /// The factor of each row.
    pub(crate) fn each(self) -> impl Iterator<Item = f64> {
        let factor = move |row| match self {
            Self::Ones(_) => 1.0,
            Self::Each(factors) => factors.get(row).copied().known(),
        };
        (0..self.rows()).map(factor)
    }

    /// `Σ f`
    pub(crate) fn sum(self) -> Sum {
        match self {
            Self::Ones(rows) => Sum::from(rows as f64),
            Self::Each(factors) => Sum::of(factors.iter().map(|factor| (1.0, *factor))),
        }
    }

    /// `Σ f·l` of the losses of the rows. A row with the factor 0 adds 0, even if its loss is not finite.
    pub(crate) fn weigh(self, losses: impl Iterator<Item = f64> + Clone) -> Sum {
        match self {
            Self::Ones(_) => Sum::of(losses.map(|loss| (1.0, loss))),
            Self::Each(factors) => {
                Sum::of(factors.iter().copied().zip(losses).filter(|(factor, _)| *factor > 0.0))
            }
        }
    }

    /// Multiplies each row by its factor.
    pub(crate) fn scale<F: Scalar>(self, d: &mut Matrix<F>) {
        if let Self::Each(factors) = self {
            let columns = d.columns();
            scale_rows(d.values_mut(), columns, factors);
        }
    }

    /// Whether a row has the factor 0.
    pub(crate) fn has_absent_rows(self) -> bool {
        matches!(self, Self::Each(factors) if factors.contains(&0.0))
    }

    /// Sets the rows with the factor 0 to 0.
    pub(crate) fn clear_absent_rows<F: Scalar>(self, values: &mut Matrix<F>) {
        if let Self::Each(factors) = self {
            let columns = values.columns().max(1);
            let rows = values.values_mut().chunks_exact_mut(columns).zip(factors);
            rows.filter(|(_, factor)| **factor == 0.0).for_each(|(row, _)| row.fill(F::zero()));
        }
    }
}
