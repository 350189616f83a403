//! Levenberg-Marquardt, evidence and posterior: against plain loops, and by laws.

mod evidence;
mod laws;
mod posterior;
mod reference;
mod refused;
mod runs;

use ndarray_dnn::ndarray::Array2;
use ndarray_dnn::{Activation, Dnn, Loss, Scalar};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::common::uniform;

/// A network with random parameters, and data of this number of rows for it: sines with a noise of ±0.1.
fn problem<F: Scalar>(
    sizes: &[usize],
    activations: &[Activation],
    rows: usize,
    lambda: f64,
    seed: u64,
) -> (Dnn<F>, Array2<F>, Array2<F>) {
    let generator = &mut ChaCha8Rng::seed_from_u64(seed);
    let builder = Dnn::builder().loss(Loss::Squared).regularization(lambda);
    let net = crate::common::network(builder, sizes, activations, generator);
    let x = uniform::<F>(rows, sizes[0], generator);
    let mut y = uniform::<F>(rows, sizes[sizes.len() - 1], generator);
    for ((i, k), y) in y.indexed_iter_mut() {
        *y = F::from_f64(0.1 * y.as_f64() + (2.0 * x[[i, 0]].as_f64() + k as f64).sin());
    }
    (net, x, y)
}

/// The network with other parameters, in the order of [`crate::common::parameters`].
fn with_parameters(net: &Dnn, theta: &[f64]) -> Dnn {
    let layers = crate::common::with_parameters(net.layers(), theta);
    let config = net.config();
    let builder = Dnn::builder().loss(config.loss()).regularization(config.regularization());
    builder.regularize_biases(config.regularize_biases()).build_from(layers).unwrap()
}

/// The Jacobian matrix of the predictions, row by row of x and output by output, by central differences.
fn jacobian(net: &Dnn, x: &Array2<f64>) -> Vec<Vec<f64>> {
    let theta = crate::common::parameters(net.layers()).to_vec();
    let columns = Vec::from_iter((0..theta.len()).map(|i| {
        let step = 1e-5;
        let at = |sign: f64| {
            let mut theta = theta.clone();
            theta[i] += sign * step;
            with_parameters(net, &theta).predict(x).unwrap()
        };
        Vec::from_iter((at(1.0) - at(-1.0)).iter().map(|difference| difference / (2.0 * step)))
    }));
    let rows = columns.first().map_or(0, Vec::len);
    Vec::from_iter((0..rows).map(|r| Vec::from_iter(columns.iter().map(|column| column[r]))))
}

/// Solves `A x = b` by elimination with pivots.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for q in 0..n {
        let pivot = (q..n).max_by(|&i, &j| a[i][q].abs().total_cmp(&a[j][q].abs())).unwrap();
        a.swap(q, pivot);
        b.swap(q, pivot);
        for i in q + 1..n {
            let factor = a[i][q] / a[q][q];
            let (above, below) = a.split_at_mut(i);
            below[0].iter_mut().zip(&above[q]).for_each(|(x, y)| *x -= factor * y);
            b[i] -= factor * b[q];
        }
    }
    for q in (0..n).rev() {
        let known: f64 = (q + 1..n).map(|j| a[q][j] * b[j]).sum();
        b[q] = (b[q] - known) / a[q][q];
    }
    b
}

/// `JᵀJ/n + λR` by plain loops, for rows of J that belong to `n` observations.
fn normal_matrix(j: &[Vec<f64>], n: f64, shift: &[f64]) -> Vec<Vec<f64>> {
    let p = shift.len();
    let element = |a: usize, b: usize| {
        j.iter().map(|row| row[a] * row[b]).sum::<f64>() / n + if a == b { shift[a] } else { 0.0 }
    };
    Vec::from_iter((0..p).map(|a| Vec::from_iter((0..p).map(|b| element(a, b)))))
}
