//! The smallest eigenvalue of the Hessian matrix of the objective, by differences of the gradient.

use super::problem::Problem;
use crate::error::Error;
use crate::kernel::{Matrix, Scalar, TrianglePanels, eigenvalues};

/// The step of the differences for a parameter of magnitude 1: the cube root of the ε of f64, for which rounding and the
/// third derivative have errors of the same size.
const STEP: f64 = 6e-6;

/// The smallest eigenvalue of the Hessian matrix of `F(θ)` with the penalty λ. Afterwards the parameters are θ again.
///
/// # Errors
/// [`Error::TooLarge`], [`Error::NonFinite`] for an element of the matrix.
pub(super) fn smallest_curvature<F: Scalar>(problem: &mut Problem<'_, F>, lambda: f64) -> Result<f64, Error> {
    const WHAT: &str = "the Hessian matrix";
    let mut theta = Vec::from_iter(problem.parameters());
    let size = theta.len();
    let mut square = Matrix::zeros(WHAT, size, size)?;
    let mut symmetric = TrianglePanels::zeros(WHAT, size, size)?;
    let (mut below, mut gradients) = (vec![0.0; size], problem.zeros()?);
    for (i, row) in square.values_mut().chunks_exact_mut(size.max(1)).enumerate() {
        let Some(&at) = theta.get(i) else { break };
        let step = STEP * at.abs().max(1.0);
        let mut move_to = |problem: &mut Problem<'_, F>, value: f64| {
            theta.iter_mut().skip(i).take(1).for_each(|theta| *theta = value);
            problem.set(&theta);
        };
        move_to(problem, at - step);
        problem.gradient(&mut gradients, &mut below)?;
        move_to(problem, at + step);
        problem.gradient(&mut gradients, row)?;
        move_to(problem, at);
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
    let shift = |i: usize| if problem.is_penalized.get(i) == Some(&true) { lambda } else { 0.0 };
    let eigenvalues = eigenvalues(WHAT, &symmetric, size, 1.0, shift)?;
    Ok(eigenvalues.first().copied().unwrap_or(0.0))
}
