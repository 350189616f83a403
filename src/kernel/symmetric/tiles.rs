//! Products of panels, and what is done with the blocks on the diagonal.

use super::panels::{AREA, PANEL_WIDTH};
use crate::kernel::arch::Arch;
use crate::kernel::product::{Start, Tile, TileBlock};
use crate::kernel::vector::Vector;

/// `C (8, 8) ← C + Aᵀ·B` with A and B (depth, 8).
#[inline(always)]
pub(super) fn add_product<A: Arch>(arch: A, a: &[f64], b: &[f64], c: &mut [f64]) {
    let block = &TileBlock {
        a,
        a_stride: PANEL_WIDTH,
        b,
        b_stride: PANEL_WIDTH,
        b_column: 0,
        start: Start::Sums,
        scale: None,
        columns: PANEL_WIDTH,
        width: PANEL_WIDTH,
    };
    let (upper, lower) = c.split_at_mut(AREA / 2);
    match A::Vector::<f64>::LANES {
        PANEL_WIDTH => {
            arch.run(Tile::<f64, true, 4, 1> { block, i: 0, c: upper });
            arch.run(Tile::<f64, true, 4, 1> { block, i: 4, c: lower });
        }
        _ => {
            arch.run(Tile::<f64, true, 4, 2> { block, i: 0, c: upper });
            arch.run(Tile::<f64, true, 4, 2> { block, i: 4, c: lower });
        }
    }
}

/// Turns a block on the diagonal, with the opposite sign, into its Cholesky factor, and writes the reciprocals of the
/// factor's diagonal. Each pivot must be greater than its limit.
///
/// # Errors
/// The row of the first pivot that is not, or that is not finite.
#[inline(always)]
pub(super) fn factor_block(block: &mut [f64], limits: &[f64], reciprocals: &mut [f64]) -> Result<(), usize> {
    let mut rows = [[0.0; PANEL_WIDTH]; PANEL_WIDTH];
    for (row, values) in rows.iter_mut().zip(block.chunks_exact(PANEL_WIDTH)) {
        for (value, &negative) in row.iter_mut().zip(values) {
            *value = -negative;
        }
    }
    for (q, (&limit, reciprocal)) in limits.iter().zip(reciprocals).enumerate().take(PANEL_WIDTH) {
        let pivot = rows[q][q];
        if !(pivot > limit && pivot < f64::INFINITY) {
            return Err(q);
        }
        *reciprocal = 1.0 / pivot.sqrt();
        let mut row = rows[q];
        for (r, value) in row.iter_mut().enumerate() {
            *value = if r < q { 0.0 } else { *value * *reciprocal };
        }
        rows[q] = row;
        for (s, below) in rows.iter_mut().enumerate().skip(q + 1) {
            for (value, &factor) in below.iter_mut().zip(&row) {
                *value -= row[s] * factor;
            }
        }
    }
    for (values, row) in block.chunks_exact_mut(PANEL_WIDTH).zip(&rows) {
        values.copy_from_slice(row);
    }
    Ok(())
}

/// `C (8, 8) ← −L⁻¹·C` for the factor L of a block on the diagonal.
#[inline(always)]
pub(super) fn solve_block(factor: &[f64], reciprocals: &[f64], c: &mut [f64]) {
    let mut solved = [[0.0; PANEL_WIDTH]; PANEL_WIDTH];
    for (q, values) in c.chunks_exact_mut(PANEL_WIDTH).enumerate().take(PANEL_WIDTH) {
        let mut row = [0.0; PANEL_WIDTH];
        for (value, &negative) in row.iter_mut().zip(&*values) {
            *value = -negative;
        }
        for (above, column) in solved.iter().zip(factor.chunks_exact(PANEL_WIDTH)).take(q) {
            for (value, &above) in row.iter_mut().zip(above) {
                *value -= column[q] * above;
            }
        }
        for value in &mut row {
            *value *= reciprocals[q];
        }
        solved[q] = row;
        values.copy_from_slice(&row);
    }
}
