//! The smallest eigenvalue of the Hessian matrix of the objective, by differences of the gradient.

use super::penalty::{Penalty, parameters_of, parameters_of_mut};
use super::problem::Problem;
use crate::error::Error;
use crate::kernel::{Matrix, TrianglePanels, eigenvalues};
use crate::model::Network;

/// The step of the differences for a parameter of magnitude 1: the cube root of the ε of f64, for which rounding and
/// the third derivative have errors of the same size.
const STEP: f64 = 6e-6;

/// The smallest eigenvalue of the Hessian matrix of `F(θ)` with the penalty.
///
/// # Errors
/// [`Error::TooLarge`], [`Error::NonFinite`] for an element of the matrix.
pub(super) fn smallest_curvature(
    problem: &mut Problem<'_>,
    network: &Network<f64>,
    penalty: &Penalty,
) -> Result<f64, Error> {
    const WHAT: &str = "the Hessian matrix";
    let size = network.parameter_count();
    let mut square = Matrix::zeros(WHAT, size, size)?;
    let mut symmetric = TrianglePanels::zeros(WHAT, size, size)?;
    let (mut below, mut gradients) = (vec![0.0; size], network.zeros("a gradient")?);
    let mut moved = network.clone();
    let rows = square.values_mut().chunks_exact_mut(size.max(1));
    for ((i, row), at) in rows.enumerate().zip(parameters_of(network)) {
        let step = STEP * at.abs().max(1.0);
        let move_to = |moved: &mut Network<f64>, value: f64| {
            parameters_of_mut(moved).skip(i).take(1).for_each(|theta| *theta = value);
        };
        move_to(&mut moved, at - step);
        problem.gradient(&moved, &mut gradients, &mut below)?;
        move_to(&mut moved, at + step);
        problem.gradient(&moved, &mut gradients, row)?;
        move_to(&mut moved, at);
        // The difference of the two places as they are rounded.
        let width = (at + step) - (at - step);
        row.iter_mut().zip(&below).for_each(|(above, below)| *above = (*above - below) / width);
    }
    let values = square.values();
    for i in 0..size {
        for j in 0..=i {
            let pair = [i * size + j, j * size + i].map(|at| values.get(at).copied().unwrap_or(f64::NAN));
            if let Some(place) = symmetric.values_mut().get_mut(TrianglePanels::place(i, j)) {
                *place = 0.5 * (pair[0] + pair[1]);
            }
        }
    }
    drop(square);
    let eigenvalues = eigenvalues(WHAT, &symmetric, size, 1.0, |i| penalty.of(i))?;
    Ok(eigenvalues.first().copied().unwrap_or(0.0))
}
