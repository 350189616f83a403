//! The numeric kernels: they know matrices and slices, and nothing of networks.

mod elementwise;
mod matrix;
mod product;

pub(crate) use elementwise::{
    activate, all_finite, column_sums, descend, scale, softmax_row, subtract, times_derivative,
};
pub(crate) use matrix::{Matrix, Rows};
pub(crate) use product::{product_nn, product_nt, product_tn};
