//! Deviations against the formulas with explicit matrices.

use ndarray_dnn::Activation::{Identity, Sigmoid, Tanh};
use ndarray_dnn::ndarray::{Array1, Array2, array};
use ndarray_dnn::{Dnn, Posterior, Scalar};

use super::{builder, generator, normal, places};
use crate::common::layouts::layouts;
use crate::common::{assert_close, bits, parameters, uniform};

/// The derivatives of all outputs of a row with respect to the parameters, (n_L, p), by central differences.
fn derivatives(net: &Dnn, x: &[f64]) -> Array2<f64> {
    const STEP: f64 = 1e-5;
    let theta = net.parameters();
    let mut moved = net.clone();
    let mut derivatives = Array2::zeros((net.output_shape(), theta.len()));
    for (i, mut column) in derivatives.columns_mut().into_iter().enumerate() {
        let mut at = |step: f64| {
            let mut theta = theta.clone();
            theta[i] += step;
            moved.set_parameters(&theta).unwrap();
            Array1::from(moved.predict_row(x).unwrap())
        };
        column.assign(&((at(STEP) - at(-STEP)) / (2.0 * STEP)));
    }
    derivatives
}

/// The solution of `A X = B` by elimination with pivots.
fn solve(mut a: Array2<f64>, mut b: Array2<f64>) -> Array2<f64> {
    let n = a.nrows();
    for k in 0..n {
        let pivot = (k..n).max_by(|&i, &j| a[[i, k]].abs().total_cmp(&a[[j, k]].abs())).unwrap();
        for j in 0..n {
            a.swap([k, j], [pivot, j]);
        }
        for j in 0..b.ncols() {
            b.swap([k, j], [pivot, j]);
        }
        for i in 0..n {
            if i != k {
                let factor = a[[i, k]] / a[[k, k]];
                for j in 0..n {
                    a[[i, j]] -= factor * a[[k, j]];
                }
                for j in 0..b.ncols() {
                    b[[i, j]] -= factor * b[[k, j]];
                }
            }
        }
    }
    let diagonal = a.diag().to_owned();
    for (mut row, pivot) in b.rows_mut().into_iter().zip(&diagonal) {
        row /= *pivot;
    }
    b
}

/// 1/β and H⁻¹ as the documentation of `Posterior` says, with the weights of the rows.
fn expected(
    net: &Dnn,
    x: &Array2<f64>,
    y: &Array2<f64>,
    weights: &Array1<f64>,
    lambda: f64,
) -> (f64, Array2<f64>) {
    let (p, outputs) = (net.parameter_count(), net.output_shape() as f64);
    let n = weights.sum();
    let mut h = Array2::zeros((p, p));
    for (row, weight) in x.rows().into_iter().zip(weights) {
        let j = derivatives(net, row.to_slice().unwrap());
        h += &(j.t().dot(&j) * (weight / n));
    }
    let keep = if net.config().regularize_biases() { 1.0 } else { 0.0 };
    let penalized = Array1::from_iter(net.layers().iter().flat_map(|layer| {
        let (weights, biases) = (layer.fan_in() * layer.fan_out(), layer.fan_out());
        std::iter::repeat_n(1.0, weights).chain(std::iter::repeat_n(keep, biases))
    }));
    h += &Array2::from_diag(&(&penalized * lambda));
    let inverse = solve(h, Array2::eye(p));
    let gamma = p as f64 - lambda * (&inverse.diag() * &penalized).sum();
    let squares = (y - &net.predict(x).unwrap()).mapv(|r| r * r).sum_axis(ndarray_dnn::ndarray::Axis(1));
    let noise = (&squares * weights).sum() / (n * outputs - gamma);
    (noise, inverse * (noise / n))
}

#[test]
fn deviations_are_those_of_the_formula() {
    let generator = &mut generator(3);
    for (regularize_biases, outputs) in [(true, 1), (false, 2), (true, 3)] {
        let x: Array2<f64> = uniform(40, 2, generator);
        let y = Array2::from_shape_fn((40, outputs), |(i, k)| {
            (x[[i, 0]] * (k + 1) as f64 + x[[i, 1]]).sin() + 0.1 * normal(generator)
        });
        let weights = Array1::from_shape_fn(40, |i| (i % 4) as f64 * 0.5);
        let builder = builder(2, 3, outputs).regularization(1e-3).regularize_biases(regularize_biases);
        let mut net = builder.build().unwrap();
        let (_, posterior) = net.levenberg_marquardt(&x, &y).sample_weights(&weights).run().unwrap();
        let (noise, covariance) = expected(&net, &x, &y, &weights, 1e-3);
        let found = posterior.noise_variance().unwrap();
        assert!((found / noise - 1.0).abs() < 1e-8, "{found} instead of {noise}");

        // More than a block of rows, and far from the data too.
        let new = uniform::<f64>(300, 2, generator) * 4.0;
        let (mean, deviation) = posterior.predict(&net, &new).unwrap();
        let of_mean = posterior.deviation_of_mean(&net, &new).unwrap();
        assert_eq!(bits(&mean), bits(&net.predict(&new).unwrap()));
        assert_eq!((deviation.dim(), of_mean.dim()), ((300, outputs), (300, outputs)));
        for (i, row) in new.rows().into_iter().enumerate() {
            let j = derivatives(&net, row.to_slice().unwrap());
            let variances = j.dot(&covariance).dot(&j.t()).diag().to_owned();
            assert_close("of the mean", &of_mean.row(i), &variances.mapv(f64::sqrt), 1e-7);
            assert_close(
                "of an observation",
                &deviation.row(i),
                &variances.mapv(|v| (v + noise).sqrt()),
                1e-7,
            );
        }
    }
}

#[test]
fn deviations_depend_neither_on_layout_nor_on_neighbours() {
    fn check<F: Scalar>() {
        let generator = &mut generator(4);
        let x: Array2<F> = uniform(30, 2, generator);
        let y = Array2::from_shape_fn((30, 2), |(i, k)| {
            x[[i, k]] * x[[i, 0]] + F::from_f64(0.1 * normal(generator))
        });
        let mut net = builder(2, 4, 2).build().unwrap();
        let (_, posterior) = net.levenberg_marquardt(&x, &y).run().unwrap();
        let before = (net.clone(), posterior.clone());
        let new = uniform::<F>(250, 2, generator);
        let (_, all) = posterior.predict(&net, &new).unwrap();
        for (layout, new) in layouts(&new) {
            assert_eq!(bits(&posterior.predict(&net, &new).unwrap().1), bits(&all), "{layout}");
        }
        for (row, all) in new.rows().into_iter().zip(all.rows()) {
            let row = row.insert_axis(ndarray_dnn::ndarray::Axis(0));
            assert_eq!(bits(&posterior.predict(&net, &row).unwrap().1.row(0)), bits(&all));
        }
        let (mean, deviation) = posterior.predict(&net, &Array2::zeros((0, 2))).unwrap();
        assert_eq!((mean.dim(), deviation.dim()), ((0, 2), (0, 2)));
        assert_eq!((net, posterior), before);
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn a_straight_line_has_the_deviations_of_linear_regression() {
    let generator = &mut generator(5);
    let x = places(25, -1.0, 3.0, generator);
    let y = x.mapv(|x| 2.0 * x - 1.0 + 0.3 * normal(generator));
    let mut net =
        Dnn::builder().input_shape(1).shape([1]).activations([Identity]).regularization(0.0).build().unwrap();
    let (_, posterior) = net.levenberg_marquardt(&x, &y).run().unwrap();
    let (_, deviation) = posterior.predict(&net, &array![[0.5], [10.0]]).unwrap();
    let mean = x.mean().unwrap();
    let residuals = &y - &net.predict(&x).unwrap();
    let s = (residuals.mapv(|r| r * r).sum() / 23.0).sqrt();
    let squares = x.mapv(|x| (x - mean) * (x - mean)).sum();
    for (found, at) in deviation.iter().zip([0.5, 10.0]) {
        let expected = s * (1.0 + 1.0 / 25.0 + (at - mean) * (at - mean) / squares).sqrt();
        assert!((found - expected).abs() < 1e-9, "{found} instead of {expected}");
    }
    assert!((posterior.effective_parameters().unwrap() - 2.0).abs() < 1e-12);
}

#[test]
fn a_line_of_text_says_what_is_known() {
    let generator = &mut generator(6);
    let x = places(30, -1.0, 1.0, generator);
    let y: Array2<f64> = x.mapv(|x| x + 0.1 * normal(generator));
    let mut net = Dnn::builder().input_shape(1).shape([3, 1]).activations([Sigmoid, Tanh]).build().unwrap();
    let run =
        |net: &mut Dnn, curvature| net.levenberg_marquardt(&x, &y).curvature(curvature).run().unwrap().1;
    let text = |posterior: Posterior| posterior.to_string();
    let short = text(run(&mut net, false));
    assert!(
        short.starts_with("parameters: 10, ") && short.contains(" of them effective. λ: 1.000e-3. loss: "),
        "{short}"
    );
    for part in ["leave-one-out loss: ", "noise: ±", "gradient: "] {
        assert!(short.contains(part), "{short}");
    }
    assert!(!short.contains("curvature"), "{short}");
    assert!(text(run(&mut net, true)).contains(". smallest curvature: "));
    assert_eq!(parameters(net.layers()).len(), 10);
}
