//! Evidence beside the best strength of L2 of a grid, and its fixed point.

use ndarray_dnn::Activation::{Identity, Sigmoid, Tanh};
use ndarray_dnn::ndarray::{Array2, Axis};
use ndarray_dnn::second_order::LmStop;
use ndarray_dnn::{Dnn, Init, Loss, StandardScaler, metrics, train_test_split};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::problem;
use crate::common::parameters;

#[path = "../../../examples/data/csv.rs"]
mod csv;

/// x and y for training, and others for testing.
type Split = [Array2<f64>; 4];

const SPLITS: u64 = 20;
const GRID: [f64; 7] = [1e-5, 1e-4, 3e-4, 1e-3, 1e-2, 3e-2, 1e-1];

/// The mean error of the tests with evidence, and the least one of the grid.
fn compare(hidden: usize, split: impl Fn(u64) -> Split) -> (f64, f64) {
    let (mut of_evidence, mut of_grid) = (0.0, [0.0; GRID.len()]);
    for seed in 0..SPLITS {
        let [x, y, x_test, y_test] = split(seed);
        let net = |lambda| -> Dnn {
            let builder =
                Dnn::builder().input_shape(x.ncols()).shape([hidden, 1]).activations([Tanh, Identity]);
            let builder = builder.init(Init::Glorot).seed(seed).loss(Loss::Squared).regularization(lambda);
            builder.build().unwrap()
        };
        let error =
            |net: &Dnn| metrics::rmse(&y_test, &net.predict(&x_test).unwrap()).unwrap() / SPLITS as f64;
        let mut fitted = net(0.0);
        fitted.levenberg_marquardt(&x, &y).evidence(true).max_iterations(200).run().unwrap();
        of_evidence += error(&fitted);
        for (sum, lambda) in of_grid.iter_mut().zip(GRID) {
            let mut fitted = net(lambda);
            fitted.levenberg_marquardt(&x, &y).max_iterations(200).run().unwrap();
            *sum += error(&fitted);
        }
    }
    (of_evidence, of_grid.into_iter().fold(f64::INFINITY, f64::min))
}

/// A normal variable, by Box and Muller.
fn normal(generator: &mut ChaCha8Rng) -> f64 {
    let (u, v): (f64, f64) = (generator.random_range(1e-12..1.0), generator.random());
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}

/// The article's surfaces at 100 points of [−2, 2)², with a noise of 0.2.
#[test]
fn surfaces_with_noise_are_learnt_as_well_as_with_the_best_strength() {
    let functions: [fn(f64, f64) -> f64; 3] =
        [|a, b| a * a + b * b, |a, b| a * a - b * b, |a, b| (1.2 * a).cos() * (1.2 * b).cos()];
    for (number, function) in (1..).zip(functions) {
        let (of_evidence, of_grid) = compare(8, |seed| {
            let generator = &mut ChaCha8Rng::seed_from_u64(1000 + seed);
            let mut points = |rows| {
                let x = Array2::from_shape_simple_fn((rows, 2), || generator.random_range(-2.0..2.0));
                let value = |(i, _)| function(x[[i, 0]], x[[i, 1]]) + 0.2 * normal(generator);
                let y = Array2::from_shape_fn((rows, 1), value);
                (x, y)
            };
            let ((x, y), (x_test, y_test)) = (points(100), points(1000));
            [x, y, x_test, y_test]
        });
        assert!(of_evidence <= 1.03 * of_grid, "f{number}: {of_evidence} against {of_grid}");
    }
}

#[test]
fn diabetes_is_predicted_as_well_as_with_the_best_strength() {
    let (x, y) = csv::read("diabetes.csv").unwrap();
    let y = y.insert_axis(Axis(1));
    let (of_evidence, of_grid) = compare(3, |seed| {
        let (train, test) = train_test_split(x.nrows(), 0.2, seed).unwrap();
        let [(x, x_test), (y, y_test)] = [&x, &y].map(|all| {
            let (train, test) = (all.select(Axis(0), &train), all.select(Axis(0), &test));
            let scaler = StandardScaler::fit(&train).unwrap();
            (scaler.transform(&train).unwrap(), scaler.transform(&test).unwrap())
        });
        [x, y, x_test, y_test]
    });
    assert!(of_evidence <= 1.03 * of_grid, "{of_evidence} against {of_grid}");
}

/// `λ = α / (nβ)` with `α = γ / ‖θ‖²` and `β = (N − γ) / Σ r²`.
#[test]
fn a_run_with_evidence_ends_at_its_fixed_point() {
    for biases in [true, false] {
        let (mut net, x, noise) = problem::<f64>(&[1, 2, 1], &[Tanh, Identity], 80, 0.5, 1);
        net.reconfigure(|builder| builder.regularize_biases(biases)).unwrap();
        // A sine with a noise of ±0.3
        let sines = x.mapv(|x| (2.0 * x).sin());
        let y = (noise - &sines) * 3.0 + sines;
        let (report, posterior) =
            net.levenberg_marquardt(&x, &y).evidence(true).max_iterations(500).run().unwrap();
        assert_eq!(report.stop(), LmStop::Evidence, "{report}");
        // The setting of the network stays.
        assert_eq!(net.config().regularization(), 0.5);
        assert_eq!(posterior.regularization(), report.regularization());

        let gamma = posterior.effective_parameters().unwrap();
        let beta = 1.0 / posterior.noise_variance().unwrap();
        let squares: f64 = (net.predict(&x).unwrap() - &y).mapv(|r| r * r).sum();
        assert!((beta - (80.0 - gamma) / squares).abs() < 1e-9 * beta);
        let without = if biases { 0.0 } else { 3.0 };
        let penalized: f64 = if biases {
            parameters(net.layers()).mapv(|theta| theta * theta).sum()
        } else {
            net.layers().iter().map(|layer| layer.weights().mapv(|theta| theta * theta).sum()).sum()
        };
        let alpha = (gamma - without) / penalized;
        let (found, expected) = (report.regularization(), alpha / (80.0 * beta));
        assert!((found - expected).abs() < 5e-3 * expected, "{biases}: {found} instead of {expected}");
        // Uniform in ±0.3
        let deviation = (1.0 / beta).sqrt();
        assert!((deviation - 0.3 / 3.0_f64.sqrt()).abs() < 0.03, "{deviation}");
    }
}

/// A network whose start is near 0 is not kept there by a λ that grows.
#[test]
fn the_article_s_start_is_left() {
    for seed in 0..5 {
        let (_, x, _) = problem::<f64>(&[2, 1], &[Identity], 100, 0.0, seed);
        let y = Array2::from_shape_fn((100, 1), |(i, _)| x[[i, 0]].powi(2) - x[[i, 1]].powi(2));
        let builder = Dnn::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]).seed(seed);
        let mut net: Dnn = builder.build().unwrap();
        let (report, _) = net.levenberg_marquardt(&x, &y).evidence(true).run().unwrap();
        assert!(report.loss() < 1e-4, "{seed}: {report}");
    }
}
