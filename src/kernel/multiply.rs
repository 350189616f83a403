//! The three forms of the matrix product that a network needs.

use super::arch::dispatch;
use super::matrix::{Matrix, MatrixView};
use super::parallel::by_rows;
use super::product::{Operand, Product};
use crate::Scalar;

/// `C (m, n) ← A (m, k) · B (k, n) + bias`: a layer's forward pass.
pub(crate) fn product_nn<F: Scalar>(a: MatrixView<'_, F>, b: &Matrix<F>, bias: &[F], c: &mut [F]) {
    dispatch(Product {
        a: operand(a, false),
        b: operand(b.by_ref(), false),
        c,
        rows: 0..a.rows(),
        columns: b.columns(),
        depth: b.rows(),
        bias: Some(bias),
        scale: F::one(),
    });
}

/// `C (m, n) ← A (m, k) · Bᵀ` with `B (n, k)`: the error sent back.
pub(crate) fn product_nt<F: Scalar>(a: MatrixView<'_, F>, b: &Matrix<F>, c: &mut [F]) {
    dispatch(Product {
        a: operand(a, false),
        b: operand(b.by_ref(), true),
        c,
        rows: 0..a.rows(),
        columns: b.rows(),
        depth: b.columns(),
        bias: None,
        scale: F::one(),
    });
}

/// `C (m, n) ← scale · (Aᵀ · B)` with `A (k, m)` and `B (k, n)`: a gradient. C has that shape.
pub(crate) fn product_tn<F: Scalar>(a: MatrixView<'_, F>, b: MatrixView<'_, F>, scale: F, c: &mut Matrix<F>) {
    let (columns, depth) = (b.columns(), b.rows());
    let product = |rows, c: &mut [F]| {
        let (a, b) = (operand(a, true), operand(b, false));
        dispatch(Product { a, b, c, rows, columns, depth, bias: None, scale });
    };
    match columns {
        // Computed as a single row, which cannot be shared.
        1 => product(0..a.columns(), c.values_mut()),
        _ => by_rows(c.values_mut(), columns, a.values().len().saturating_mul(columns), product),
    }
}

fn operand<F>(matrix: MatrixView<'_, F>, transposed: bool) -> Operand<'_, F> {
    Operand { values: matrix.values(), stride: matrix.columns(), transposed }
}
