//! Laws: equal bits, repeated rows, the gradient at the end.

use ndarray_dnn::Activation::{Identity, Relu, Sigmoid, Tanh};
use ndarray_dnn::ndarray::{Array1, Array2, Axis};
use ndarray_dnn::{Dnn, Init, Loss, Scalar, metrics};

use super::{problem, with_parameters};
use crate::common::layouts::layouts;
use crate::common::{parameters, state};

#[test]
fn the_memory_layout_changes_no_bit() {
    fn check<F: Scalar>() {
        let (net, x, y) = problem::<F>(&[3, 7, 2], &[Sigmoid, Identity], 90, 1e-4, 1);
        let run = |x: &Array2<F>, y: &Array2<F>| {
            let mut net = net.clone();
            let (report, posterior) =
                net.levenberg_marquardt(x, y).evidence(true).max_iterations(12).run().unwrap();
            (state(&net), report, posterior)
        };
        let expected = run(&x, &y);
        for ((name, x), (_, y)) in layouts(&x).into_iter().zip(layouts(&y)) {
            assert_eq!(run(&x, &y), expected, "{name}");
        }
    }
    check::<f64>();
    check::<f32>();
}

/// With blocks of any size: 700 rows are several blocks, and so are 1,400.
#[test]
fn a_row_of_weight_2_is_two_rows() {
    for rows in [40, 700] {
        let (net, x, y) = problem::<f64>(&[2, 4, 2], &[Tanh, Identity], rows, 1e-3, 2);
        let weights = Array1::from_shape_fn(rows, |i| [1.0, 2.0, 0.0, 3.0][i % 4]);
        let repeated = Vec::from_iter((0..rows).flat_map(|i| std::iter::repeat_n(i, weights[i] as usize)));
        let [x_repeated, y_repeated] = [&x, &y].map(|array| array.select(Axis(0), &repeated));
        // The rows of weight 0 do not matter, even if their outputs overflow.
        let mut x_absent = x.clone();
        (2..rows).step_by(4).for_each(|i| x_absent.row_mut(i).fill(1e300));
        for evidence in [false, true] {
            let (mut weighted, mut plain) = (net.clone(), net.clone());
            let run = weighted.levenberg_marquardt(&x_absent, &y).sample_weights(&weights).evidence(evidence);
            let (report, posterior) = run.max_iterations(8).run().unwrap();
            let run = plain.levenberg_marquardt(&x_repeated, &y_repeated).evidence(evidence);
            let (expected, of_plain) = run.max_iterations(8).run().unwrap();
            let near = |found: f64, expected: f64| {
                assert!((found - expected).abs() < 1e-7 * expected.abs(), "{found} instead of {expected}");
            };
            near(report.objective(), expected.objective());
            near(report.regularization(), expected.regularization());
            near(posterior.observations(), of_plain.observations());
            near(posterior.effective_parameters().unwrap(), of_plain.effective_parameters().unwrap());
            near(posterior.noise_variance().unwrap(), of_plain.noise_variance().unwrap());
            near(posterior.leave_one_out_loss().unwrap(), of_plain.leave_one_out_loss().unwrap());
            near(posterior.log_evidence().unwrap(), of_plain.log_evidence().unwrap());
            for (found, expected) in parameters(weighted.layers()).iter().zip(&parameters(plain.layers())) {
                assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
            }
        }
    }
}

#[test]
fn the_gradient_of_the_objective_is_0_at_the_end() {
    for biases in [true, false] {
        let (mut net, x, y) = problem::<f64>(&[2, 2, 1], &[Tanh, Identity], 60, 1e-3, 3);
        net.reconfigure(|builder| builder.regularize_biases(biases)).unwrap();
        let (report, _) = net.levenberg_marquardt(&x, &y).max_iterations(2000).run().unwrap();
        assert_eq!(report.objective(), report.history().last().unwrap().objective());
        assert!((net.objective(&x, &y).unwrap() - report.objective()).abs() < 1e-14);
        let theta = parameters(net.layers()).to_vec();
        for i in 0..theta.len() {
            let at = |step: f64| {
                let mut theta = theta.clone();
                theta[i] += step;
                with_parameters(&net, &theta).objective(&x, &y).unwrap()
            };
            let derivative = (at(1e-4) - at(-1e-4)) / 2e-4;
            assert!(derivative.abs() < 1e-7, "{biases}, parameter {i}: {derivative}, {report}");
            // A minimum, and not only a stationary point.
            assert!(at(1e-2) > at(0.0) && at(-1e-2) > at(0.0));
        }
    }
}

#[test]
fn every_iteration_lowers_the_objective_and_the_reports_chain() {
    let (mut net, x, y) = problem::<f64>(&[2, 6, 1], &[Relu, Identity], 50, 1e-3, 4);
    let before = net.objective(&x, &y).unwrap();
    let (report, _) = net.levenberg_marquardt(&x, &y).max_iterations(30).run().unwrap();
    let mut last = before;
    for iteration in report.history() {
        assert!((iteration.objective_before() - last).abs() <= 1e-14);
        assert!(iteration.objective() <= last + 1e-14);
        last = iteration.objective();
    }
    assert_eq!(report.trials(), report.history().iter().map(|iteration| iteration.trials()).sum::<usize>());
}

#[test]
fn a_network_of_f32_has_rounded_parameters_and_nearly_the_same_objective() {
    let (net, x, y) = problem::<f32>(&[2, 5, 1], &[Tanh, Identity], 80, 1e-3, 5);
    let (mut narrow, mut wide) = (net.clone(), net.cast::<f64>().unwrap());
    let (of_narrow, posterior) = narrow.levenberg_marquardt(&x, &y).run().unwrap();
    let [x, y] = [&x, &y].map(|array| array.mapv(f64::from));
    let (of_wide, expected) = wide.levenberg_marquardt(&x, &y).run().unwrap();
    assert!((of_narrow.objective() - of_wide.objective()).abs() < 1e-6 * of_wide.objective());
    let [found, expected] =
        [posterior.effective_parameters(), expected.effective_parameters()].map(Option::unwrap);
    assert!((found - expected).abs() < 1e-3, "{found} instead of {expected}");
}

/// The claim of the documentation: a product of two numbers, 100 points, 8 neurons, 50 iterations.
#[test]
fn a_product_is_learnt_in_fifty_iterations() {
    for seed in 0..5 {
        let (_, x, _) = problem::<f64>(&[2, 1], &[Identity], 100, 0.0, 100 + seed);
        let y = Array2::from_shape_fn((100, 1), |(i, _)| x[[i, 0]] * x[[i, 1]]);
        let builder = Dnn::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
        let builder = builder.loss(Loss::Article).regularization(0.0).init(Init::Glorot).seed(seed);
        let mut net: Dnn = builder.build().unwrap();
        net.levenberg_marquardt(&x, &y).max_iterations(50).run().unwrap();
        let rmse = metrics::rmse(&y, &net.predict(&x).unwrap()).unwrap();
        assert!(rmse < 2e-3, "{seed}: {rmse}");
    }
}

/// From the article's start, where all neurons are nearly alike, some runs stay on a plateau for longer.
#[test]
fn the_article_s_start_needs_more_iterations() {
    for seed in 0..5 {
        let (_, x, _) = problem::<f64>(&[2, 1], &[Identity], 100, 0.0, 100 + seed);
        let y = Array2::from_shape_fn((100, 1), |(i, _)| x[[i, 0]] * x[[i, 1]]);
        let builder = Dnn::builder().input_shape(2).shape([8, 1]).activations([Sigmoid, Identity]);
        let mut net: Dnn = builder.regularization(0.0).seed(seed).build().unwrap();
        net.levenberg_marquardt(&x, &y).max_iterations(150).run().unwrap();
        let rmse = metrics::rmse(&y, &net.predict(&x).unwrap()).unwrap();
        assert!(rmse < 2e-3, "{seed}: {rmse}");
    }
}

/// A second run goes on where the first one stopped; its damping starts again.
#[test]
fn two_runs_are_as_good_as_one() {
    let (mut net, x, y) = problem::<f64>(&[2, 3, 1], &[Tanh, Identity], 60, 0.02, 6);
    let (first, _) = net.levenberg_marquardt(&x, &y).max_iterations(3).run().unwrap();
    let (second, _) = net.levenberg_marquardt(&x, &y).run().unwrap();
    assert_eq!(second.history()[0].objective_before(), first.objective());
    assert!(second.objective() < first.objective());
}

#[cfg(feature = "progress")]
#[test]
fn a_bar_changes_nothing() {
    let (net, x, y) = problem::<f64>(&[2, 6, 1], &[Tanh, Identity], 40, 1e-3, 3);
    let [mut with, mut without] = [net.clone(), net];
    let (report, posterior) =
        with.levenberg_marquardt(&x, &y).validation(&x, &y).max_iterations(4).progress().run().unwrap();
    let expected = without.levenberg_marquardt(&x, &y).validation(&x, &y).max_iterations(4).run().unwrap();
    assert_eq!((report, posterior), expected);
    assert_eq!(with, without);
}
