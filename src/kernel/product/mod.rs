//! The matrix product, in the three forms that a network needs.
//!
//! C is computed in tiles of up to 6 rows and two vectors of columns. The sums of a tile stay in registers over
//! the depth. Each sum is computed in the order of the depth or, if C is a single column, in the lanes of one
//! vector. All tiles round in the same way, fused or not. So the bits of an element depend neither on its tile nor
//! on the length of a vector nor on how threads share the rows. Scaling is a separate rounding after the sum.
//!
//! A product has one of three paths, by its size; all have the same bits. A small one reads A and B in place. If it
//! has 12 rows or more, B is packed, one panel of columns after the other. A large one is computed in blocks, with
//! A packed too, in memory that each thread keeps (at most 2.4 MB). Apart from this memory, which the first large
//! product of a thread allocates, and from the f64 sums of a gradient of many rows, nothing is allocated.
//!
//! Other products were measured on one core of an AMD EPYC (Zen 4), as multiples of the time of a prototype of
//! these tiles. For products from 64 × 128 × 64 to 256 × 1024 × 1024, `ndarray`'s `general_mat_mul` took 1.0 to
//! 1.25, the crate `gemm` 0.19 (20 packages) 0.92 to 1.06, and `gemmkit` 0.1 (Rust 1.89) 0.87 to 1.4. With a side
//! of 10 they took 0.9 to 1.5, 0.6 to 1.0, and 1.1 to 2.
//!
//! Vectors of AVX-512 pay where the processor multiplies two of them in a cycle. On one core of an AMD EPYC (Zen 5),
//! tiles of AVX2 reach 136 GFLOP/s in f32 on packed factors, 256 deep, and the same 6 × 2 vectors of AVX-512 reach 259
//! to 267; 12 × 2 and 8 × 3 vectors reach 267 to 270. On Zen 4, which takes two cycles for the two, both reach 116 to
//! 117, so nothing is lost there. The tiles are therefore the same for all vectors. A product whose rows fit in one
//! vector of AVX2, and the dot products of a single column, stay with AVX2.

mod blocked;
mod column;
mod driver;
mod long;
mod narrow;
mod operand;
mod outer;
mod pack_rows;
mod panels;
mod row;
mod scratch;
mod task;
mod tile;
mod turned;

pub(super) use long::LongProduct;
pub(super) use operand::Operand;
pub(super) use outer::OuterProduct;
pub(super) use panels::ProductOfPanels;
pub(crate) use panels::ProductPanels;
pub(super) use row::row;
pub(super) use task::Product;
pub(super) use tile::{Start, Tile, TileBlock};

use super::arch::{Arch, dispatch};
use super::matrix::{Matrix, MatrixView};
use super::parallel::by_rows;
use super::reduce::IN_ORDER;
use super::scalar::Scalar;
use crate::error::Error;

impl<'a, F: Scalar> Product<'a, F> {
    /// `C (m, n) ← A (m, k) · B (k, n) + bias (n)`
    #[inline(always)]
    pub(super) fn affine(a: MatrixView<'a, F>, b: &'a Matrix<F>, bias: &'a [F], c: &'a mut [F]) -> Self {
        Product {
            a: operand(a, false),
            b: operand(b.by_ref(), false),
            c,
            rows: 0..a.rows(),
            columns: b.columns(),
            depth: b.rows(),
            bias: Some(bias),
            scale: F::one(),
        }
    }
}

/// `C (m, n) ← A (m, k) · B (k, n) + bias (n)`, of a single row within the calling kernel. `panels` is B if it was
/// packed before.
#[inline(always)]
pub(crate) fn affine<A: Arch, F: Scalar>(
    arch: A,
    a: MatrixView<'_, F>,
    b: &Matrix<F>,
    panels: Option<&ProductPanels<F>>,
    bias: &[F],
    c: &mut [F],
) {
    match panels {
        _ if a.rows() == 1 => row(arch, a.values(), b.values(), bias, c),
        Some(b) => dispatch(ProductOfPanels { a, b, bias, c }),
        None => dispatch(Product::affine(a, b, bias, c)),
    }
}

/// `C (m, n) ← A (m, k) · Bᵀ` with `B (n, k)`: the error that a layer sends back.
pub(crate) fn times_transposed<F: Scalar>(a: MatrixView<'_, F>, b: &Matrix<F>, c: &mut [F]) {
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

/// `C (m, n) ← scale · (Aᵀ · B)` with `A (k, m)` and `B (k, n)`: the gradient of a layer's weights. C has this shape.
///
/// Up to [`IN_ORDER`] rows k, each sum is computed in F. A longer sum is computed in F for blocks of 32 rows,
/// counted from the first row, and the blocks are added in f64 in `sums`, in order.
///
/// # Errors
/// [`Error::TooLarge`] for `sums`, only with more than [`IN_ORDER`] rows.
pub(crate) fn transposed_times<F: Scalar>(
    a: MatrixView<'_, F>,
    b: MatrixView<'_, F>,
    scale: F,
    c: &mut Matrix<F>,
    sums: &mut Matrix<f64>,
) -> Result<(), Error> {
    let (rows, columns, depth) = (a.columns(), b.columns(), b.rows());
    let cost = a.values().len().saturating_mul(columns);
    let (a, b) = (operand(a, true), operand(b, false));
    if depth > IN_ORDER {
        sums.resize("the sums of a gradient", rows, columns)?;
        by_rows(c.values_mut(), sums.values_mut(), columns, cost, |rows, c, sums| {
            dispatch(LongProduct { a, b, c, sums, rows, columns, depth, scale });
        });
        return Ok(());
    }
    if depth == 1 {
        by_rows(c.values_mut(), &mut [], columns, cost, |rows, c, _| {
            dispatch(OuterProduct { a: &a.values[rows], b: b.values, c, scale });
        });
        return Ok(());
    }
    let product = |rows, c: &mut [F]| {
        dispatch(Product { a, b, c, rows, columns, depth, bias: None, scale });
    };
    match columns {
        // This product is computed as a single row, which cannot be shared.
        1 => product(0..rows, c.values_mut()),
        _ => by_rows(c.values_mut(), &mut [], columns, cost, |rows, c, _| product(rows, c)),
    }
    Ok(())
}

fn operand<F>(matrix: MatrixView<'_, F>, transposed: bool) -> Operand<'_, F> {
    Operand { values: matrix.values(), stride: matrix.columns(), transposed }
}

#[cfg(test)]
mod tests;
