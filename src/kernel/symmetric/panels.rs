//! One triangle of a symmetric matrix, in blocks of 8 × 8.

use crate::error::Error;
use crate::kernel::known::Known;
use crate::kernel::matrix::Matrix;

/// The width of a panel: the rows and the columns of a block, and the columns of a tile of the product.
pub(crate) const PANEL_WIDTH: usize = 8;
/// The values of a block.
pub(super) const AREA: usize = PANEL_WIDTH * PANEL_WIDTH;

/// The lower triangle of a symmetric matrix, or a lower triangular matrix, in f64.
///
/// The rows are in groups of 8. The panel of a group holds the columns up to its diagonal, one after the other, each
/// with 8 values. So a panel has the layout of a factor of a product, and a product of panels is a block of the matrix.
/// The size is rounded up to whole blocks, and half of a square is stored: `4 · (size + 8)²` bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TrianglePanels {
    size: usize,
    blocks: usize,
    values: Matrix<f64>,
}

impl TrianglePanels {
    /// A matrix of zeros with at least this number of rows; `what` and `reported` are for the error.
    ///
    /// # Errors
    /// [`Error::TooLarge`] with `reported` rows and columns.
    pub(crate) fn zeros(what: &'static str, size: usize, reported: usize) -> Result<Self, Error> {
        let too_large = || Error::TooLarge { what, rows: reported, columns: reported };
        let blocks = size.div_ceil(PANEL_WIDTH);
        let next = blocks.checked_add(1).ok_or_else(too_large)?;
        let count = blocks.checked_mul(next).ok_or_else(too_large)? / 2;
        let values = Matrix::zeros(what, count, AREA).map_err(|_| too_large())?;
        Ok(Self { size, blocks, values })
    }

    /// The number of rows.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The number of groups of 8 rows.
    pub(crate) fn blocks(&self) -> usize {
        self.blocks
    }

    /// The number of rows of whole groups.
    pub(crate) fn padded(&self) -> usize {
        self.blocks * PANEL_WIDTH
    }

    /// All values, panel after panel.
    pub(crate) fn values(&self) -> &[f64] {
        self.values.values()
    }

    pub(crate) fn values_mut(&mut self) -> &mut [f64] {
        self.values.values_mut()
    }

    /// The panel of a group of rows: `8 · (group + 1)` columns of 8 values.
    pub(super) fn panel(&self, group: usize) -> &[f64] {
        let first = start(group);
        self.values().get(first..first + (group + 1) * AREA).known()
    }

    /// The place of the element in row i and column j ≤ i.
    pub(crate) fn place(i: usize, j: usize) -> usize {
        start(i / PANEL_WIDTH) + j * PANEL_WIDTH + i % PANEL_WIDTH
    }

    /// The element in row i and column j ≤ i.
    pub(crate) fn get(&self, i: usize, j: usize) -> f64 {
        self.values().get(Self::place(i, j)).copied().known_or(f64::NAN)
    }

    /// The elements of row i from column 0 to the diagonal.
    pub(crate) fn row(&self, i: usize) -> impl Iterator<Item = f64> + Clone {
        let panel = self.panel(i / PANEL_WIDTH).get(i % PANEL_WIDTH..).known();
        panel.iter().step_by(PANEL_WIDTH).take(i + 1).copied()
    }
}

/// The place of the first value of a panel.
pub(super) fn start(group: usize) -> usize {
    group * (group + 1) / 2 * AREA
}
