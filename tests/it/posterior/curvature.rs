//! The smallest eigenvalue of the Hessian matrix: of minima and of a saddle.

use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::ndarray::{Array1, Array2, array};
use ndarray_dnn::second_order::LmStop;
use ndarray_dnn::training::ObjectiveScratch;
use ndarray_dnn::{Dnn, Layer};

use super::{builder, generator, normal, places};

/// The Hessian matrix of the objective along a direction, by differences of the gradient.
fn along(net: &Dnn, x: &Array2<f64>, y: &Array2<f64>, direction: &Array1<f64>) -> f64 {
    const STEP: f64 = 1e-4;
    let theta = net.parameters();
    let at = |step: f64| {
        let mut g = Array1::zeros(theta.len());
        let moved = &theta + &(direction * step);
        net.objective_and_gradient(&moved, x, y, &mut g, &mut ObjectiveScratch::default()).unwrap();
        g.dot(direction)
    };
    (at(STEP) - at(-STEP)) / (2.0 * STEP)
}

#[test]
fn a_minimum_has_a_positive_curvature_that_no_direction_undercuts() {
    let generator = &mut generator(7);
    let x = places(50, -1.0, 1.0, generator);
    let y = x.mapv(|x| (2.0 * x).sin() + 0.1 * normal(generator));
    let mut net = builder(1, 3, 1).build().unwrap();
    let (_, posterior) = net.levenberg_marquardt(&x, &y).curvature(true).max_iterations(500).run().unwrap();
    assert!(posterior.gradient_norm() < 1e-9);
    let smallest = posterior.smallest_curvature().unwrap();
    assert!(smallest > 0.0);
    let mut least = f64::INFINITY;
    for _ in 0..1000 {
        let direction = Array1::from_shape_simple_fn(10, || normal(generator));
        let direction = &direction / direction.dot(&direction).sqrt();
        least = least.min(along(&net, &x, &y, &direction));
    }
    assert!(least >= smallest - 1e-8, "{least} {smallest}");
    // The trace of the Hessian is the sum of its eigenvalues, so the smallest is not above their mean.
    let unit = |i: usize| Array1::from_shape_fn(10, |j| f64::from(u8::from(i == j)));
    let trace = (0..10).map(|i| along(&net, &x, &y, &unit(i))).sum::<f64>();
    assert!(smallest <= trace / 10.0);
}

#[test]
fn of_a_quadratic_objective_it_is_that_of_the_spectrum() {
    let generator = &mut generator(8);
    let x = places(30, -1.0, 1.0, generator);
    let y = x.mapv(|x| x + normal(generator));
    let weights = Array1::from_shape_fn(30, |i| (i % 3) as f64);
    let builder = Dnn::builder().input_shape(1).shape([1]).activations([Identity]);
    let mut net = builder.regularize_biases(false).regularization(0.1).build().unwrap();
    let run = net.levenberg_marquardt(&x, &y).sample_weights(&weights).curvature(true);
    let (_, posterior) = run.run().unwrap();
    let (smallest, spectrum) = (posterior.smallest_curvature().unwrap(), posterior.spectrum().unwrap());
    assert!((smallest - spectrum[0]).abs() < 1e-9, "{smallest} {spectrum:?}");
}

#[test]
fn a_saddle_is_found() {
    // With all weights 0 and targets of mean 0, the gradient is 0, but it is not a minimum.
    let x = array![[-1.0], [-0.5], [0.5], [1.0]];
    let y = x.clone();
    let layers = || {
        let hidden = Layer::new(array![[0.0], [0.0]], array![0.0, 0.0], Tanh).unwrap();
        [hidden, Layer::new(array![[0.0, 0.0]], array![0.0], Identity).unwrap()]
    };
    let mut net = Dnn::builder().regularization(0.01).build_from(layers()).unwrap();
    let (report, posterior) = net.levenberg_marquardt(&x, &y).curvature(true).run().unwrap();
    assert_eq!((report.stop(), posterior.gradient_norm()), (LmStop::Gradient, 0.0));
    // ∂²F/∂w∂v = −mean(x y) = −0.625 for the two weights of a neuron: the eigenvalue of both together is λ − 0.625.
    let smallest = posterior.smallest_curvature().unwrap();
    assert!((smallest - (0.01 - 0.625)).abs() < 1e-8, "{smallest}");
    assert!(posterior.spectrum().unwrap()[0] > 0.0);
    assert_eq!(net.layers(), layers());
    let (_, without) = net.levenberg_marquardt(&x, &y).run().unwrap();
    assert_eq!(without.smallest_curvature(), None);
}
