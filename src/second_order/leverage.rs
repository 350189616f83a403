//! The error of each row by a fit without it, from the leverages.

use super::problem::Problem;
use super::steps::Model;
use crate::descent::blocks;
use crate::error::Error;
use crate::kernel::PANEL_WIDTH;
use crate::model::Network;

impl Model {
    /// The mean over the rows of `½‖e‖²`, where `e = (I − J A⁻¹ Jᵀ / Σw)⁻¹ r` is the residual of a row by the linear
    /// model of the fit without it. The factor must be that of A with the penalty.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn leave_one_out(
        &mut self,
        problem: &mut Problem<'_>,
        network: &Network<f64>,
    ) -> Result<f64, Error> {
        let outputs = problem.samples.y.ncols();
        // Several rows side by side, or the outputs of one row in several groups of columns.
        let rows_at_once = (PANEL_WIDTH / outputs).max(1);
        let groups = (rows_at_once * outputs).div_ceil(PANEL_WIDTH);
        let length = self.columns.len();
        let what = "the leverages of a row";
        let mut columns = Vec::new();
        let too_large = |_| Error::TooLarge { what, rows: length / PANEL_WIDTH, columns: outputs };
        columns.try_reserve_exact(length.saturating_mul(groups)).map_err(too_large)?;
        columns.resize(length * groups, 0.0);
        let mut square = vec![0.0; outputs * outputs];
        let mut right = vec![0.0; outputs];
        let (observations, rows, size, factor) =
            (problem.observations, problem.samples.x.nrows(), self.size, &self.factor);
        let mut sum = 0.0;
        problem.for_each_block(network, |block| {
            let count = block.residuals.roots().len();
            for rows in blocks(0..count, rows_at_once) {
                for (group, x) in columns.chunks_exact_mut(length).enumerate() {
                    x.fill(0.0);
                    for c in 0..PANEL_WIDTH {
                        let column = group * PANEL_WIDTH + c;
                        let (row, output) = (rows.start + column / outputs, column % outputs);
                        if row >= rows.end {
                            break;
                        }
                        let places = x.iter_mut().skip(c).step_by(PANEL_WIDTH);
                        let values = block.row(output * count + row);
                        places.zip(values).take(size).for_each(|(place, value)| *place = *value);
                    }
                    factor.half_solve(x, 0);
                }
                for (row, &root) in rows.clone().zip(&block.residuals.roots()[rows.clone()]) {
                    if root == 0.0 {
                        continue;
                    }
                    let weight = 1.0 / (root * root * observations);
                    let place = |output| {
                        let column = (row - rows.start) * outputs + output;
                        column / PANEL_WIDTH * length + column % PANEL_WIDTH
                    };
                    for i in 0..outputs {
                        for j in 0..outputs {
                            let pairs =
                                columns[place(i)..].iter().zip(&columns[place(j)..]).step_by(PANEL_WIDTH);
                            let product: f64 = pairs.take(length / PANEL_WIDTH).map(|(a, b)| a * b).sum();
                            square[i * outputs + j] = f64::from(u8::from(i == j)) - weight * product;
                        }
                    }
                    right.copy_from_slice(block.residuals.row(row));
                    eliminate(&mut square, &mut right);
                    sum += right.iter().map(|value| value * value).sum::<f64>();
                }
            }
        })?;
        Ok(0.5 * sum / rows as f64)
    }
}

/// Replaces the right side by the solution of a positive definite system of a few equations, by elimination.
fn eliminate(square: &mut [f64], right: &mut [f64]) {
    let n = right.len();
    for q in 0..n {
        for i in q + 1..n {
            let factor = square[i * n + q] / square[q * n + q];
            for j in q..n {
                square[i * n + j] -= factor * square[q * n + j];
            }
            right[i] -= factor * right[q];
        }
    }
    for q in (0..n).rev() {
        let known: f64 = (q + 1..n).map(|j| square[q * n + j] * right[j]).sum();
        right[q] = (right[q] - known) / square[q * n + q];
    }
}
