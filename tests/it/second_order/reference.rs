//! The first step, against the normal equations of a Jacobian matrix by central differences.

use ndarray_dnn::Activation::{self, Identity, Tanh};
use ndarray_dnn::Dnn;
use ndarray_dnn::second_order::LmReport;

use super::{jacobian, normal_matrix, problem, solve, with_parameters};
use crate::common::{ACTIVATIONS, parameters};

/// Compares a single step with the reference.
fn check(
    net: &Dnn,
    x: &ndarray_dnn::ndarray::Array2<f64>,
    y: &ndarray_dnn::ndarray::Array2<f64>,
    tolerance: f64,
) {
    let lambda = net.config().regularization();
    let before = parameters(net.layers()).to_vec();
    let biases = if net.config().regularize_biases() { lambda } else { 0.0 };
    let shifts = net.layers().iter().flat_map(|layer| {
        let weights = layer.fan_in() * layer.fan_out();
        std::iter::repeat_n(lambda, weights).chain(std::iter::repeat_n(biases, layer.fan_out()))
    });
    let shifts = Vec::from_iter(shifts);
    let j = jacobian(net, x);
    let n = x.nrows() as f64;
    let r = Vec::from_iter((net.predict(x).unwrap() - y).iter().copied());
    let gradient = Vec::from_iter(
        (0..before.len())
            .map(|i| j.iter().zip(&r).map(|(row, r)| row[i] * r).sum::<f64>() / n + shifts[i] * before[i]),
    );

    let mut fitted = net.clone();
    let (report, _) = fitted.levenberg_marquardt(x, y).damping(0.5).max_iterations(1).run().unwrap();
    let iteration = report.history()[0];
    let norm = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
    assert!((iteration.gradient_norm() - norm).abs() < tolerance * norm, "{iteration} instead of {norm}");

    // The damping of the step that was accepted, after Nielsen's rule for the ones that were not.
    let mut a = normal_matrix(&j, n, &shifts);
    let largest = (0..a.len()).map(|i| a[i][i]).fold(0.0, f64::max);
    let refused = iteration.trials() - 1;
    let mu = 0.5 * largest * (0..refused).map(|k| 2.0_f64.powi(k as i32 + 1)).product::<f64>();
    assert!((iteration.damping() - mu).abs() < tolerance * mu);
    (0..a.len()).for_each(|i| a[i][i] += mu);
    let step = solve(a, gradient.iter().map(|g| -g).collect());
    let expected = Vec::from_iter(before.iter().zip(&step).map(|(theta, h)| theta + h));
    let length = step.iter().map(|h| h * h).sum::<f64>().sqrt();
    for (found, expected) in parameters(fitted.layers()).iter().zip(&expected) {
        assert!((found - expected).abs() < tolerance * length, "{found} instead of {expected}");
    }
    let objective = with_parameters(net, &expected).objective(x, y).unwrap();
    assert!((report.objective() - objective).abs() < tolerance * objective);
    assert!(report.objective() < iteration.objective_before());
}

#[test]
fn a_step_solves_the_damped_normal_equations_for_every_activation() {
    for (seed, activation) in (0..).zip(ACTIVATIONS) {
        for (sizes, rows) in [(&[3, 4, 2][..], 30), (&[2, 1, 3, 1], 17)] {
            let activations = match sizes.len() {
                3 => vec![activation, Identity],
                _ => vec![Tanh, activation, activation],
            };
            let (net, x, y) = problem::<f64>(sizes, &activations, rows, 0.01, seed);
            check(&net, &x, &y, 1e-7);
        }
    }
}

#[test]
fn biases_without_a_penalty_and_a_network_of_one_layer() {
    let (mut net, x, y) = problem::<f64>(&[4, 5, 3], &[Tanh, Tanh], 40, 0.3, 5);
    net.reconfigure(|builder| builder.regularize_biases(false)).unwrap();
    check(&net, &x, &y, 1e-7);
    let (net, x, y) = problem::<f64>(&[6, 1], &[Identity], 9, 0.0, 6);
    check(&net, &x, &y, 1e-7);
}

#[test]
fn more_rows_than_a_block_and_more_outputs_than_a_panel() {
    let (net, x, y) = problem::<f64>(&[2, 3, 1], &[Tanh, Identity], 700, 1e-3, 7);
    check(&net, &x, &y, 1e-7);
    let (net, x, y) = problem::<f64>(&[2, 3, 11], &[Tanh, Identity], 70, 1e-3, 8);
    check(&net, &x, &y, 1e-7);
}

/// The straight line through points with known errors.
#[test]
fn a_linear_network_finds_the_least_squares() {
    let (mut net, x, y) = problem::<f64>(&[3, 2], &[Activation::Identity], 25, 0.0, 9);
    let (report, posterior): (LmReport, _) =
        net.levenberg_marquardt(&x, &y).gradient_tolerance(1e-14).run().unwrap();
    let rows = Vec::from_iter(x.rows().into_iter().map(|row| [&row.to_vec()[..], &[1.0]].concat()));
    for output in 0..2 {
        let right =
            (0..4).map(|i| rows.iter().zip(y.column(output)).map(|(row, y)| row[i] * y).sum::<f64>() / 25.0);
        let expected = solve(normal_matrix(&rows, 25.0, &[0.0; 4]), right.collect());
        let layer = &net.layers()[0];
        let found =
            layer.weights().row(output).iter().copied().chain([layer.biases()[output]]).collect::<Vec<_>>();
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
        }
    }
    assert!(report.gradient_norm() < 1e-12, "{report}");
    // Each of the 8 parameters is determined, and the noise is that of the textbook: Σ r² / (N − p).
    assert!((posterior.effective_parameters().unwrap() - 8.0).abs() < 1e-9);
    let residual = (net.predict(&x).unwrap() - &y).mapv(|r| r * r).sum();
    let noise = posterior.noise_variance().unwrap();
    assert!((noise - residual / (50.0 - 8.0)).abs() < 1e-9 * noise);
}
