//! The posterior against dense matrices from central differences, and against fits without a row.

use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::ndarray::{Array1, Axis};
use ndarray_dnn::{Dnn, Posterior};

use super::{jacobian, normal_matrix, problem, solve};

/// So weak that all parameters are determined by the data.
const LAMBDA: f64 = 1e-4;

/// A trained network with its posterior, J, the shifts and A⁻¹.
type Case = (Dnn, Posterior, Vec<Vec<f64>>, Vec<f64>, Vec<Vec<f64>>);

fn trained(sizes: &[usize], rows: usize, biases: bool, seed: u64) -> Case {
    let lambda = LAMBDA;
    let (mut net, x, y) = problem::<f64>(sizes, &[Tanh, Identity], rows, lambda, seed);
    net.reconfigure(|builder| builder.regularize_biases(biases)).unwrap();
    let (report, posterior) = net.levenberg_marquardt(&x, &y).max_iterations(300).run().unwrap();
    assert_eq!(report.gradient_norm(), posterior.gradient_norm());
    assert!(posterior.gradient_norm() < 1e-4);
    let j = jacobian(&net, &x);
    let shifts = net.layers().iter().flat_map(|layer| {
        let weights = layer.fan_in() * layer.fan_out();
        let of_biases = if biases { lambda } else { 0.0 };
        std::iter::repeat_n(lambda, weights).chain(std::iter::repeat_n(of_biases, layer.fan_out()))
    });
    let shifts = Vec::from_iter(shifts);
    let a = normal_matrix(&j, rows as f64, &shifts);
    let unit = |i| Vec::from_iter((0..a.len()).map(|k| f64::from(u8::from(i == k))));
    let inverse = Vec::from_iter((0..a.len()).map(|i| solve(a.clone(), unit(i))));
    (net, posterior, j, shifts, inverse)
}

#[test]
fn gamma_noise_and_spectrum_are_those_of_dense_matrices() {
    for (sizes, biases) in [(&[2, 3, 1][..], true), (&[2, 2, 1], false), (&[2, 3, 2], true)] {
        let (_, posterior, j, shifts, inverse) = trained(sizes, 40, biases, 1);
        let trace: f64 = (0..shifts.len()).map(|i| shifts[i] * inverse[i][i]).sum();
        let gamma = posterior.effective_parameters().unwrap();
        let expected = shifts.len() as f64 - trace;
        assert!((gamma - expected).abs() < 1e-6 * expected, "{gamma} instead of {expected}");
        let values = (40 * sizes[2]) as f64;
        let noise = 2.0 * 40.0 * posterior.loss() / (values - expected);
        assert!((posterior.noise_variance().unwrap() - noise).abs() < 1e-6 * noise);

        let (a, spectrum) = (normal_matrix(&j, 40.0, &shifts), posterior.spectrum().unwrap());
        let sums = [1, 2].map(|power| spectrum.iter().map(|value| value.powi(power)).sum::<f64>());
        let expected = [
            (0..a.len()).map(|i| a[i][i]).sum::<f64>(),
            a.iter().flatten().map(|value| value * value).sum::<f64>(),
        ];
        for (sum, expected) in sums.into_iter().zip(expected) {
            assert!((sum - expected).abs() < 1e-7 * expected, "{sum} instead of {expected}");
        }
        assert!(spectrum.is_sorted() && spectrum.len() == posterior.parameter_count());
    }
}

/// ln of the determinant, by elimination of a positive definite matrix.
fn log_determinant(mut a: Vec<Vec<f64>>) -> f64 {
    let n = a.len();
    for q in 0..n {
        for i in q + 1..n {
            let factor = a[i][q] / a[q][q];
            let (above, below) = a.split_at_mut(i);
            below[0].iter_mut().zip(&above[q]).for_each(|(x, y)| *x -= factor * y);
        }
    }
    (0..n).map(|i| a[i][i].ln()).sum()
}

#[test]
fn the_log_evidence_is_mackay_s() {
    let (net, posterior, j, shifts, _) = trained(&[2, 3, 1], 40, true, 2);
    let (n, p) = (40.0, shifts.len() as f64);
    let beta = 1.0 / posterior.noise_variance().unwrap();
    let alpha = n * beta * LAMBDA;
    let mut hessian = normal_matrix(&j, n, &shifts);
    hessian.iter_mut().flatten().for_each(|value| *value *= n * beta);
    let squares: f64 = crate::common::parameters(net.layers()).iter().map(|theta| theta * theta).sum();
    let expected = -beta * n * posterior.loss() - 0.5 * alpha * squares - 0.5 * log_determinant(hessian)
        + 0.5 * p * alpha.ln()
        + 0.5 * n * (beta / std::f64::consts::TAU).ln();
    let found = posterior.log_evidence().unwrap();
    assert!((found - expected).abs() < 1e-6 * expected.abs(), "{found} instead of {expected}");
}

/// For a linear network, the model of the fit without a row is exact.
#[test]
fn leave_one_out_is_the_mean_over_fits_without_each_row() {
    for (outputs, weighted) in [(1, false), (1, true), (3, false), (9, false)] {
        let (net, x, y) = problem::<f64>(&[4, outputs], &[Identity], 15, 0.0, 3);
        let mut net = net;
        // The penalty of a sum: λ n is the same for all fits.
        let lambda = |n: f64| 0.3 / n;
        let weights = Array1::from_shape_fn(15, |i| if weighted { (1 + i % 3) as f64 } else { 1.0 });
        let total = weights.sum();
        net.reconfigure(|builder| builder.regularization(lambda(total))).unwrap();
        let run = net.levenberg_marquardt(&x, &y).sample_weights(&weights);
        let found = run.run().unwrap().1.leave_one_out_loss().unwrap();
        let mut sum = 0.0;
        for i in 0..15 {
            // One of the repetitions of row i is left out.
            let mut weights = weights.clone();
            let weight = weights[i];
            weights[i] -= 1.0;
            let mut other = net.clone();
            other.reconfigure(|builder| builder.regularization(lambda(total - 1.0))).unwrap();
            other.levenberg_marquardt(&x, &y).sample_weights(&weights).run().unwrap();
            let row = other.predict(&x.select(Axis(0), &[i])).unwrap() - y.select(Axis(0), &[i]);
            sum += weight * 0.5 * row.mapv(|r| r * r).sum();
        }
        let expected = sum / total;
        assert!((found - expected).abs() < 1e-7 * expected, "{outputs}: {found} instead of {expected}");
    }
}

#[test]
fn a_posterior_owns_its_data_and_can_be_sent() {
    fn is_sent<T: Send + Sync + Clone + 'static>(_: &T) {}
    let (_, posterior, ..) = trained(&[2, 3, 1], 30, true, 4);
    is_sent(&posterior);
    assert_eq!(posterior.clone(), posterior);
    assert_eq!((posterior.regularization(), posterior.observations()), (LAMBDA, 30.0));
    assert_eq!(posterior.parameter_count(), 13);
}
