//! The rows of a mini-batch that begins in one block of rows and ends in another.

use ndarray::{ArrayView1, s};

use super::row_weights::RowWeights;
use super::samples::Samples;
use crate::error::Error;
use crate::kernel::{Known, Matrix, Rows, Scalar};

/// The least number of rows for which memory is allocated.
const FEW: usize = 256;

/// Copies of the rows that wait for the next block.
pub(super) struct Carry<F> {
    /// (rows, n₀)
    x: Matrix<F>,
    /// (rows, n_L)
    y: Matrix<F>,
    /// (rows); empty without weights.
    weights: Vec<F>,
    /// The mean weight; `None` without weights.
    mean_weight: Option<f64>,
    /// The number of rows for which there is memory.
    reserved: usize,
}

impl<F: Scalar> Default for Carry<F> {
    fn default() -> Self {
        let (x, y) = Default::default();
        Self { x, y, weights: Vec::new(), mean_weight: None, reserved: 0 }
    }
}

impl<F: Scalar> Carry<F> {
    pub(super) fn rows(&self) -> usize {
        self.x.rows()
    }

    /// Removes all rows; the memory is kept.
    pub(super) fn clear(&mut self) {
        self.x.clear();
        self.y.clear();
        self.weights.clear();
    }

    /// Copies the given rows of a block, and checks their values. There are never more than `limit` rows.
    ///
    /// # Errors
    /// That of [`Samples::check`] for the block, [`Error::TooLarge`].
    pub(super) fn take(
        &mut self,
        block: &Samples<'_, F>,
        rows: &Rows<'_>,
        limit: usize,
    ) -> Result<(), Error> {
        const WHAT: &str = "the mini-batch";
        let first = self.rows();
        self.reserve(first.saturating_add(rows.len()), [block.x.ncols(), block.y.ncols()], limit)?;
        self.x.append(WHAT, block.x, rows)?;
        self.y.append(WHAT, block.y, rows)?;
        self.mean_weight = match block.weights {
            RowWeights::Equal => None,
            RowWeights::Given { weights, mean } => {
                let indices = (0..rows.len()).map(|index| rows.row(index));
                self.weights.extend(indices.map(|row| weights.get(row).copied().known_or(F::zero())));
                Some(mean)
            }
        };
        let new = s![first.., ..];
        block.check_copies(rows, &self.x.view().slice(new), &self.y.view().slice(new))
    }

    /// Allocates the memory for so many rows of x and y with these numbers of columns, and for more if it has to grow,
    /// but for at most `limit` rows.
    fn reserve(&mut self, rows: usize, columns: [usize; 2], limit: usize) -> Result<(), Error> {
        if rows <= self.reserved {
            return Ok(());
        }
        let reserved = rows.max(self.reserved.saturating_mul(2)).max(FEW).min(limit);
        for (matrix, columns) in [&mut self.x, &mut self.y].into_iter().zip(columns) {
            matrix.reserve("the mini-batch", reserved, columns)?;
        }
        let too_large =
            |_| Error::TooLarge { what: "the weights of the mini-batch", rows: reserved, columns: 1 };
        self.weights.try_reserve(reserved - self.weights.len()).map_err(too_large)?;
        self.reserved = reserved;
        Ok(())
    }

    /// Calls `work` with the rows, which are checked.
    pub(super) fn with_samples<R>(&self, work: impl FnOnce(&Samples<'_, F>) -> R) -> R {
        let (x, y, weights) = (self.x.view(), self.y.view(), ArrayView1::from(&self.weights[..]));
        let given = |mean| RowWeights::Given { weights: &weights, mean };
        work(&Samples::checked(&x, &y, self.mean_weight.map_or(RowWeights::Equal, given)))
    }
}
