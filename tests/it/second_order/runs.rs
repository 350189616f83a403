//! Settings of a run: validation, early stopping, callbacks, reasons to stop; what a run leaves behind.

use std::ops::ControlFlow::{Break, Continue};

use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::ndarray::{Array1, Array2, array};
use ndarray_dnn::second_order::LmStop;
use ndarray_dnn::{Dnn, EarlyStopping, Loss};

use super::problem;
use crate::common::{bits, parameters, velocity};

/// A network that overfits 12 noisy points, and 50 points to judge it.
fn overfitting() -> (Dnn, [Array2<f64>; 2], [Array2<f64>; 2]) {
    let (net, x, noise) = problem::<f64>(&[1, 10, 1], &[Tanh, Identity], 12, 0.0, 1);
    let (_, xv, _) = problem::<f64>(&[1, 1], &[Identity], 50, 0.0, 2);
    let wave = |x: &Array2<f64>| x.mapv(|x| (3.0 * x).sin());
    let (y, yv) = (wave(&x) + noise * 0.3, wave(&xv));
    (net, [x, y], [xv, yv])
}

#[test]
fn early_stopping_restores_the_best_iteration() {
    let (net, [x, y], [xv, yv]) = overfitting();
    let mut stopped = net.clone();
    let run = stopped.levenberg_marquardt(&x, &y).validation(&xv, &yv).early_stopping(EarlyStopping::new(5));
    let (report, posterior) = run.run().unwrap();
    let losses =
        Vec::from_iter(report.history().iter().map(|iteration| iteration.validation_loss().unwrap()));
    let best = report.best_iteration().unwrap();
    assert!(losses.iter().all(|loss| *loss >= losses[best - 1]), "{losses:?}");
    assert_eq!((report.stop(), report.iterations()), (LmStop::EarlyStopping, best + 5));
    assert_eq!(report.validation_loss(), Some(losses[best - 1]));
    assert_eq!(report.loss(), report.history()[best - 1].loss());
    // Parameters, objective and gradient are those of that iteration.
    let residual = (stopped.predict(&xv).unwrap() - &yv).mapv(|r| r * r).mean().unwrap();
    assert!((0.5 * residual - losses[best - 1]).abs() < 1e-14);
    assert!((stopped.objective(&x, &y).unwrap() - report.objective()).abs() < 1e-14);
    let mut shorter = net.clone();
    let (expected, of_shorter) = shorter.levenberg_marquardt(&x, &y).max_iterations(best).run().unwrap();
    assert_eq!(bits(&parameters(shorter.layers())), bits(&parameters(stopped.layers())));
    assert_eq!(report.gradient_norm(), expected.gradient_norm());
    assert_eq!(posterior, of_shorter);
}

#[test]
fn validation_and_weights_of_it_change_nothing_but_the_report() {
    let (net, [x, y], [xv, yv]) = overfitting();
    let mut plain = net.clone();
    plain.levenberg_marquardt(&x, &y).max_iterations(9).run().unwrap();
    let weights = Array1::from_shape_fn(50, |i| (i % 3) as f64);
    let mut judged = net.clone();
    let run = judged.levenberg_marquardt(&x, &y).validation(&xv, &yv).validation_weights(&weights);
    let (report, _) = run.max_iterations(9).run().unwrap();
    assert_eq!(judged, plain);
    let squares = (judged.predict(&xv).unwrap() - &yv).mapv(|r| 0.5 * r * r);
    let expected = squares.column(0).dot(&weights) / weights.sum();
    assert!((report.validation_loss().unwrap() - expected).abs() < 1e-14 * expected);
}

#[test]
fn a_run_stops_for_each_reason() {
    let (net, x, y) = problem::<f64>(&[2, 2, 1], &[Tanh, Identity], 60, 1e-3, 3);
    let mut numbers = Vec::new();
    let run = net.clone();
    let mut stopped = run;
    let on_iteration = |iteration: &ndarray_dnn::second_order::LmIteration| {
        numbers.push(iteration.iteration());
        if iteration.iteration() < 4 { Continue(()) } else { Break(()) }
    };
    let (report, _) = stopped.levenberg_marquardt(&x, &y).on_iteration(on_iteration).run().unwrap();
    assert_eq!((report.stop(), report.iterations()), (LmStop::Callback, 4));
    assert_eq!(numbers, [1, 2, 3, 4]);

    let report =
        |set: &dyn Fn(
            ndarray_dnn::second_order::LevenbergMarquardt<'_>,
        ) -> ndarray_dnn::second_order::LmReport| { set(net.clone().levenberg_marquardt(&x, &y)) };
    let gradient = report(&|run| run.gradient_tolerance(1e-3).run().unwrap().0);
    assert_eq!(gradient.stop(), LmStop::Gradient);
    assert!(gradient.gradient_norm() <= 1e-3);
    let step = report(&|run| run.gradient_tolerance(0.0).step_tolerance(1e-3).run().unwrap().0);
    assert_eq!(step.stop(), LmStop::Step);
    let rounding =
        report(&|run| run.gradient_tolerance(0.0).step_tolerance(0.0).max_iterations(1000).run().unwrap().0);
    assert!(matches!(rounding.stop(), LmStop::Rounding | LmStop::NoDescent), "{rounding}");
    assert!(rounding.gradient_norm() < 1e-6);
    let limited = report(&|run| run.max_iterations(2).run().unwrap().0);
    assert_eq!((limited.stop(), limited.iterations()), (LmStop::MaxIterations, 2));
    let text = limited.to_string();
    assert!(
        text.starts_with("iterations: 2. time: ") && text.ends_with(". reached max_iterations"),
        "{text}"
    );
    let lines = format!("{limited:#}");
    assert!(lines.starts_with("iteration: 1. objective: ") && lines.lines().count() == 3, "{lines}");
}

#[test]
fn velocity_is_0_afterwards_and_counters_and_settings_are_kept() {
    let (mut net, x, y) = problem::<f64>(&[2, 3, 1], &[Tanh, Identity], 60, 0.02, 4);
    net.reconfigure(|builder| builder.max_epochs(3).threshold(0.0)).unwrap();
    net.fit(&x, &y).unwrap();
    assert!(velocity(&net).iter().any(|v| *v != 0.0));
    let (config, iterations, eta) = (net.config().clone(), net.iterations(), net.effective_eta());
    net.levenberg_marquardt(&x, &y).evidence(true).run().unwrap();
    assert!(velocity(&net).iter().all(|v| *v == 0.0));
    assert_eq!((net.config(), net.iterations(), net.effective_eta()), (&config, iterations, eta));
}

#[test]
fn hard_cases_have_a_sound_answer() {
    // More parameters than rows, and no L2: the damping solves it; posterior and noise do not exist.
    let (mut net, x, y) = problem::<f64>(&[3, 9, 2], &[Tanh, Identity], 5, 0.0, 5);
    let (report, posterior) = net.levenberg_marquardt(&x, &y).run().unwrap();
    assert!(report.loss() < 1e-15, "{report}");
    assert_eq!(posterior.effective_parameters(), None);
    assert_eq!((posterior.noise_variance(), posterior.leave_one_out_loss()), (None, None));
    let spectrum = posterior.spectrum().unwrap();
    let rounding = spectrum.last().unwrap() * 1e-13;
    assert_eq!(spectrum.iter().filter(|value| **value > rounding).count(), 10, "{spectrum:?}");
    // Evidence finds a penalty.
    let (mut net, ..) = problem::<f64>(&[3, 9, 2], &[Tanh, Identity], 5, 0.0, 5);
    let (_, posterior) = net.levenberg_marquardt(&x, &y).evidence(true).run().unwrap();
    let gamma = posterior.effective_parameters().unwrap();
    assert!(0.0 < gamma && gamma < 10.0, "{gamma}");

    // One row; constant targets; targets that the network has already.
    let (net, x, y) = problem::<f64>(&[2, 4, 1], &[Tanh, Identity], 1, 1e-6, 6);
    let (report, _) = net.clone().levenberg_marquardt(&x, &y).run().unwrap();
    assert!(report.objective() < 1e-4 && report.loss() < 1e-8, "{report}");
    let (net, x, y) = problem::<f64>(&[2, 4, 1], &[Tanh, Identity], 30, 0.0, 7);
    for evidence in [false, true] {
        let constant = Array2::from_elem((30, 1), 2.5);
        let (report, _) = net.clone().levenberg_marquardt(&x, &constant).evidence(evidence).run().unwrap();
        assert!(report.loss() < 1e-6, "{report}");
        let known = net.predict(&x).unwrap();
        let (report, _) = net.clone().levenberg_marquardt(&x, &known).evidence(evidence).run().unwrap();
        assert!(report.loss() < 1e-6, "{report}");
    }
    // All derivatives are 0, at a network of zeros with two layers before the output.
    let layer = |fan_out, fan_in| {
        ndarray_dnn::Layer::new(Array2::zeros((fan_out, fan_in)), Array1::zeros(fan_out), Tanh).unwrap()
    };
    let zeros = Dnn::builder().loss(Loss::Squared).regularization(0.0);
    let mut zeros = zeros.build_from([layer(3, 2), layer(1, 3)]).unwrap();
    let balanced = Array2::from_shape_fn((30, 1), |(i, _)| if i % 2 == 0 { 0.5 } else { -0.5 });
    let (report, _) = zeros.levenberg_marquardt(&x, &balanced).run().unwrap();
    assert_eq!(report.stop(), LmStop::Gradient, "{report}");
    drop(y);

    // Saturated neurons, whose derivatives are 0.
    let (mut net, x, y) = problem::<f64>(&[2, 4, 1], &[Tanh, Identity], 30, 0.0, 8);
    let x = x * 1e6;
    let (report, _) = net.levenberg_marquardt(&x, &y).run().unwrap();
    assert!(report.objective() <= report.history()[0].objective_before());
    assert!(parameters(net.layers()).iter().all(|theta| theta.is_finite()));
}

#[test]
fn a_step_that_overflows_is_refused_and_the_parameters_stay_finite() {
    // eᶻ of softplus(…) is harmless; a slope of 1e30 makes the first steps too long.
    let builder = Dnn::builder().loss(Loss::Squared).regularization(0.0);
    let layers = [
        ndarray_dnn::Layer::new(array![[1e-20_f32], [2e-20]], array![0.0, 0.0], Identity).unwrap(),
        ndarray_dnn::Layer::new(array![[1e-20, -1e-20]], array![0.0], Identity).unwrap(),
    ];
    let mut net = builder.build_from(layers).unwrap();
    let (x, y) = (array![[1.0], [2.0], [3.0]], array![[1e30], [-1e30], [3e30]]);
    let (report, _) = net.levenberg_marquardt(&x, &y).damping(1e-12).run().unwrap();
    assert!(parameters(net.layers()).iter().all(|theta| theta.is_finite()), "{report}");
    assert!(report.objective() <= report.history()[0].objective_before());
}
