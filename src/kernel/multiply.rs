//! The three forms of the matrix product that a network needs, over whole matrices.

use std::ops::Range;

use super::arch::dispatch;
use super::matrix::{Matrix, MatrixView};
use super::parallel::by_rows;
use super::product::{Operand, Product};
use crate::{Error, Scalar};

/// `C (m, n) ← f(A (m, k) · B (k, n) + bias)`, a layer's forward pass; `f` gets whole rows while they are in cache.
pub(crate) fn product_nn<F: Scalar>(
    a: MatrixView<'_, F>,
    b: &Matrix<F>,
    bias: &[F],
    c: &mut Matrix<F>,
    f: impl Fn(&mut [F]) + Sync,
) -> Result<(), Error> {
    c.resize("the output of a layer", a.rows(), b.columns())?;
    let form =
        Form { a, transpose_a: false, b: b.by_ref(), transpose_b: false, bias: Some(bias), scale: F::one() };
    form.product(c, |_, rows| f(rows));
    Ok(())
}

/// `C (m, n) ← f(A (m, k) · Bᵀ)` with `B (n, k)`, the error sent back; `f` gets whole rows, and which they are.
pub(crate) fn product_nt<F: Scalar>(
    a: MatrixView<'_, F>,
    b: &Matrix<F>,
    c: &mut Matrix<F>,
    f: impl Fn(Range<usize>, &mut [F]) + Sync,
) -> Result<(), Error> {
    c.resize("the delta of a layer", a.rows(), b.rows())?;
    let form = Form { a, transpose_a: false, b: b.by_ref(), transpose_b: true, bias: None, scale: F::one() };
    form.product(c, f);
    Ok(())
}

/// `C (m, n) ← scale · (Aᵀ · B)` with `A (k, m)` and `B (k, n)`, a gradient.
pub(crate) fn product_tn<F: Scalar>(
    a: MatrixView<'_, F>,
    b: MatrixView<'_, F>,
    scale: F,
    c: &mut Matrix<F>,
) -> Result<(), Error> {
    c.resize("the gradient of a layer", a.columns(), b.columns())?;
    Form { a, transpose_a: true, b, transpose_b: false, bias: None, scale }.product(c, |_, _| {});
    Ok(())
}

/// A product of matrices or of their transposes.
struct Form<'a, F> {
    a: MatrixView<'a, F>,
    transpose_a: bool,
    b: MatrixView<'a, F>,
    transpose_b: bool,
    bias: Option<&'a [F]>,
    scale: F,
}

impl<F: Scalar> Form<'_, F> {
    /// Fills C, which has the product's shape, and hands on its rows.
    fn product(&self, c: &mut Matrix<F>, f: impl Fn(Range<usize>, &mut [F]) + Sync) {
        let (m, columns) = (c.rows(), c.columns());
        let depth = if self.transpose_a { self.a.rows() } else { self.a.columns() };
        let cost = m.saturating_mul(columns).saturating_mul(depth);
        by_rows(c.values_mut(), columns, cost, |rows, c| {
            let (a, b) = (operand(self.a, self.transpose_a), operand(self.b, self.transpose_b));
            let (bias, scale) = (self.bias, self.scale);
            dispatch(Product { a, b, c: &mut *c, rows: rows.clone(), columns, depth, bias, scale });
            f(rows, c);
        });
    }
}

fn operand<F>(matrix: MatrixView<'_, F>, transposed: bool) -> Operand<'_, F> {
    Operand { values: matrix.values(), stride: matrix.columns(), transposed }
}
