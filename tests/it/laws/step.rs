//! The step: momentum and L2.

use ndarray_dnn::Dnn;

use super::{ROUNDING, example};
use crate::common::{assert_close, flat_gradients, gradients, parameters, velocity};

#[test]
fn without_momentum_a_step_follows_the_gradient() {
    let (eta, lambda) = (0.3, 0.01);
    let builder = Dnn::builder().momentum(0.0).eta(eta).regularization(lambda).decay_power(0.2);
    let (mut net, x, y) = example::<f64>(builder, false, 11);
    for t in 1..=5 {
        let gradients = gradients(&net, &x, &y);
        let theta = parameters(net.layers());
        let rate = eta / libm::pow(f64::from(t), 0.2);
        let expected = &theta - rate * (flat_gradients(&gradients) + lambda * &theta);
        net.update(&gradients).unwrap();
        // One step is four roundings.
        assert_close(&format!("step {t}"), &parameters(net.layers()), &expected, 1e-15);
    }
}

#[test]
fn momentum_keeps_a_part_of_the_velocity() {
    let (mut net, x, y) = example::<f64>(Dnn::builder().momentum(0.7).regularization(0.0), false, 11);
    let gradients = gradients(&net, &x, &y);
    for t in 1..=5 {
        let (theta, v) = (parameters(net.layers()), velocity(&net));
        net.update(&gradients).unwrap();
        let expected = 0.7 * v - 0.1 / libm::pow(f64::from(t), 0.5) * flat_gradients(&gradients);
        assert_close(&format!("velocity {t}"), &velocity(&net), &expected, 1e-15);
        assert_close(&format!("parameters {t}"), &parameters(net.layers()), &(theta + velocity(&net)), 1e-15);
    }
}

#[test]
fn the_objective_contains_half_lambda_times_the_squared_parameters() {
    let lambda = 0.3;
    for softmax in [false, true] {
        let objective = |lambda| {
            let (net, x, y) = example::<f64>(Dnn::builder().regularization(lambda), softmax, 11);
            (net.objective(&x, &y).unwrap(), parameters(net.layers()))
        };
        let ((with, theta), (without, _)) = (objective(lambda), objective(0.0));
        assert!((with - without - 0.5 * lambda * theta.dot(&theta)).abs() < ROUNDING, "softmax {softmax}");
    }
}

#[test]
fn the_shrink_of_l2_does_not_depend_on_the_batch_size() {
    let (eta, lambda) = (0.5, 0.1);
    for rows in [1, 5, 40] {
        let (mut net, x, _) = example::<f64>(Dnn::builder().eta(eta).regularization(lambda), false, rows);
        let pass = net.compute(&x).unwrap();
        // The targets equal the answers, so that only the penalty is descended.
        let d = net.error(&pass, &pass.output()).unwrap();
        let before = parameters(net.layers());
        net.update(&net.bp(&pass, &d).unwrap()).unwrap();
        let expected = before * (1.0 - eta * lambda);
        assert_close(&format!("{rows} rows"), &parameters(net.layers()), &expected, 1e-15);
    }
}
