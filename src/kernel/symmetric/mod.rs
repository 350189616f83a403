//! Symmetric matrices in f64: JᵀJ, its Cholesky factor, solutions, eigenvalues.
//!
//! All of the work on large matrices is done by the tiles of the matrix product. Each sum is computed in a fixed order,
//! whichever thread computes it.

mod eigenvalues;
mod factor;
mod gram;
mod outer_rows;
mod panels;
mod tiles;

pub(crate) use eigenvalues::eigenvalues;
pub(crate) use factor::Factor;
pub(crate) use gram::add_gram;
pub(crate) use outer_rows::{OuterRows, fill_panels};
pub(crate) use panels::{PANEL_WIDTH, TrianglePanels};

#[cfg(test)]
mod tests;
