//! The numeric kernels: they know matrices and slices, and nothing of networks.

mod arch;
mod concrete;
mod descent;
mod elementwise;
mod exponential;
mod matrix;
mod multiply;
mod parallel;
mod product;

// Public only as parts of the sealed trait `Scalar`; nobody outside can name them.
#[allow(unreachable_pub)]
pub use {arch::Arch, concrete::Concrete, exponential::Exponential, product::Product};

// Used from where the first generic function needs it.
#[allow(unused_imports)]
pub(crate) use concrete::concrete;
pub(crate) use descent::{AdamRates, Rates, descend, descend_ahead, descend_by_moments};
pub(crate) use elementwise::{
    activate, all_finite, column_sums, scale_rows, softmax, subtract, sum_of_magnitudes, times_derivative,
};
pub(crate) use matrix::{Matrix, MatrixView, Rows};
pub(crate) use multiply::{product_nn, product_nt, product_tn};
pub(crate) use parallel::{by_rows_of_all, in_pool};

#[cfg(test)]
mod tests;
