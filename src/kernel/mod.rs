//! The numeric kernels: arithmetic on matrices and slices, without networks.

pub(crate) mod activate;
mod adjust;
mod aligned;
mod arch;
// Some types are public only because the sealed trait `Scalar` names them; nobody outside can.
#[cfg(target_arch = "x86_64")]
#[allow(unreachable_pub)]
mod avx2;
#[cfg(target_arch = "x86_64")]
#[allow(unreachable_pub)]
mod avx512;
mod concrete;
mod elementwise;
mod exponential;
mod factors;
mod hash;
mod known;
mod lanes;
mod logarithm;
mod mask;
mod matrix;
mod norm;
mod normal;
mod parallel;
mod product;
mod reduce;
mod rows;
mod scalar;
pub(crate) mod smooth;
mod softmax;
mod squares;
mod stages;
pub(crate) mod step;
mod sum;
mod symmetric;
#[allow(unreachable_pub)]
mod vector;

// Public only because the sealed trait `Scalar` names it. Other crates cannot name it.
#[allow(unreachable_pub)]
pub use scalar::Concrete;
pub use scalar::Scalar;

pub(crate) use activate::{replace, times_derivative};
pub(crate) use adjust::{Adjustment, adjusted, sign};
#[cfg(test)]
pub(crate) use arch::Machine;
pub(crate) use arch::{Arch, Kernel, dispatch};
pub(crate) use concrete::concrete;
pub(crate) use elementwise::subtract;
pub(crate) use factors::Factors;
pub(crate) use hash::Hash;
pub(crate) use known::Known;
pub(crate) use mask::{Mask, stream};
pub(crate) use matrix::{Matrix, MatrixView};
pub(crate) use norm::{Norm, limit_columns};
pub(crate) use parallel::{Team, by_rows, by_rows_of_all, in_pool, side_by_side};
pub(crate) use product::{ProductPanels, affine, times_transposed, transposed_times};
pub(crate) use reduce::{all_finite, column_sums, sum_of_magnitudes};
pub(crate) use rows::Rows;
pub(crate) use scalar::is_f32;
pub(crate) use softmax::softmax;
pub(crate) use squares::{scaled_norm, sum_of_squares};
pub(crate) use sum::Sum;
pub(crate) use symmetric::{
    Factor, OuterRows, PANEL_WIDTH, TrianglePanels, add_gram, eigenvalues, fill_panels,
};

#[cfg(test)]
mod tests;
