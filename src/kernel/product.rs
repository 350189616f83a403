//! The matrix product, in the three forms that a network needs.
//!
//! All operands are row-major without gaps. Every product has a factor of 1: a scaling is a rounding of its
//! own, since one inside the product was seen to change bits with the way in which the product is split.

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayRef2, ArrayViewMut2};

use super::matrix::{Matrix, view_of};
use crate::{Error, Scalar};

/// `C (m, n) ← A (m, k) · Bᵀ` with `B (n, k)`: a layer's `Aₗ₋₁ Wₗᵀ`.
pub(crate) fn product_nt<F: Scalar>(a: &Matrix<F>, b: &Matrix<F>, c: &mut Matrix<F>) -> Result<(), Error> {
    c.resize("the output of a layer", a.rows(), b.rows())?;
    product(&a.view(), &b.view().t(), c.values_mut());
    Ok(())
}

/// `C (m, n) ← A (m, k) · B (k, n)`: the error sent back, `Δₗ Wₗ`.
pub(crate) fn product_nn<F: Scalar>(a: &Matrix<F>, b: &Matrix<F>, c: &mut Matrix<F>) -> Result<(), Error> {
    c.resize("the delta of a layer", a.rows(), b.columns())?;
    product(&a.view(), &b.view(), c.values_mut());
    Ok(())
}

/// `C (m, n) ← Aᵀ · B` with `A (k, m)` and `B (k, n)`: a gradient's `Δₗᵀ Aₗ₋₁`.
pub(crate) fn product_tn<F: Scalar>(a: &Matrix<F>, b: &Matrix<F>, c: &mut Matrix<F>) -> Result<(), Error> {
    c.resize("the gradient of a layer", a.columns(), b.columns())?;
    product(&a.view().t(), &b.view(), c.values_mut());
    Ok(())
}

/// `C ← A · B`: the one place that knows the engine.
fn product<F: Scalar>(a: &ArrayRef2<F>, b: &ArrayRef2<F>, c: &mut [F]) {
    debug_assert_eq!(view_of(c, a.nrows(), b.ncols()).len(), c.len());
    // The callers have just given C its shape, so no input reaches the message.
    let mut c = ArrayViewMut2::from_shape((a.nrows(), b.ncols()), c).expect("C has the product's shape");
    general_mat_mul(F::one(), a, b, F::zero(), &mut c);
}
