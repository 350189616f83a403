//! Clipping by the norm, L1, decoupled L2 and the largest norm of a neuron; their order within a step.

use ndarray::{Array1, Array2};
use ndarray_dnn::BatchOrder::{Sequential, Shuffled};
use ndarray_dnn::{Dnn, DnnBuilder, Gradients, Optimizer, Scalar, Schedule};

use crate::common::runs::{OPTIMIZERS, example, plain};
use crate::common::{
    Head, ORDERS, assert_close, bits, flat_gradients, gradients, parameters, state, velocity,
};

fn norm(values: &Array1<f64>) -> f64 {
    values.dot(values).sqrt()
}

/// A network with data, at rest.
fn at_rest(optimizer: Optimizer, set: impl Fn(DnnBuilder) -> DnnBuilder) -> (Dnn, Array2<f64>, Array2<f64>) {
    let (builder, x, y) = example::<f64>(Sequential, optimizer, Head::Squared);
    (set(builder.decay_power(0.0)).build().unwrap(), x, y)
}

#[test]
fn clipping_scales_the_data_gradient_to_the_norm() {
    for optimizer in OPTIMIZERS {
        let set = |builder: DnnBuilder| builder.regularization(0.1).l1(0.01);
        let (mut by_hand, x, y) = at_rest(optimizer, set);
        let mut gradients = gradients(&by_hand, &x, &y);
        let length = gradients.norm();
        assert!((length - norm(&flat_gradients(&gradients))).abs() < 1e-15 * length);
        for (c, factor) in [(0.5 * length, 0.5), (length, 1.0), (2.0 * length, 1.0)] {
            let (mut clipped, ..) = at_rest(optimizer, |builder| set(builder).clip_norm(c));
            let mut expected = by_hand.clone();
            clipped.update(&gradients).unwrap();
            let mut scaled = gradients.clone();
            scaled.scale(factor);
            expected.update(&scaled).unwrap();
            // The factor is rounded.
            let expected = parameters(expected.layers());
            assert_close(&format!("{optimizer}, {c}"), &parameters(clipped.layers()), &expected, 1e-15);
        }
        gradients.scale(3.0);
        assert!((gradients.norm() - 3.0 * length).abs() < 1e-14 * length);
        by_hand.update(&gradients).unwrap();
    }
}

#[test]
fn gradients_that_are_not_clipped_have_the_bits_of_no_limit() {
    for order in ORDERS {
        for optimizer in OPTIMIZERS {
            let (builder, x, y) = example::<f32>(order, optimizer, Head::Softmax);
            let limited = builder.clone().clip_norm(1e6).max_norm(1e6).max_epochs(3);
            let [mut net, mut limited] = [builder.max_epochs(3), limited].map(|b| b.build().unwrap());
            assert_eq!(net.fit(&x, &y), limited.fit(&x, &y));
            assert_eq!(state(&net), state(&limited), "{order}, {optimizer}");
        }
    }
}

#[test]
fn l1_is_the_subgradient_of_its_term_in_the_objective() {
    let (lambda, eta) = (0.3, 0.05);
    for regularize_biases in [false, true] {
        let set = |builder: DnnBuilder| {
            builder.regularize_biases(regularize_biases).momentum(0.0).regularization(0.0)
        };
        let (mut plain, x, y) = at_rest(Optimizer::Momentum, set);
        let (mut net, ..) = at_rest(Optimizer::Momentum, |builder| set(builder).l1(lambda));
        let theta = parameters(net.layers());
        assert!(theta.iter().any(|theta| *theta == 0.0) && theta.iter().any(|theta| *theta < 0.0));
        // W₁ (4, 3), b₁ (4), W₂ (2, 4), b₂ (2)
        let counts = |i: usize| regularize_biases || !(12..16).contains(&i) && !(24..26).contains(&i);
        let magnitudes: f64 = (0..26).filter(|&i| counts(i)).map(|i| theta[i].abs()).sum();
        let difference = net.objective(&x, &y).unwrap() - plain.objective(&x, &y).unwrap();
        assert!((difference - lambda * magnitudes).abs() < 1e-14, "{difference}");
        let gradients = gradients(&net, &x, &y);
        net.update(&gradients).unwrap();
        plain.update(&gradients).unwrap();
        let sign = |i: usize| if counts(i) && theta[i] != 0.0 { theta[i].signum() } else { 0.0 };
        let expected = parameters(plain.layers()) - Array1::from_shape_fn(26, |i| eta * lambda * sign(i));
        assert_close("θ", &parameters(net.layers()), &expected, 1e-15);
    }
    // Σ|θ| overflows, but not its product with λ₁.
    let layer = |w| {
        let weights = Array2::from_elem((1, 2), w);
        ndarray_dnn::Layer::new(weights, Array1::zeros(1), ndarray_dnn::Activation::Identity).unwrap()
    };
    let huge = Dnn::builder().regularization(0.0).l1(1e-300).build_from([layer(1.5e308)]).unwrap();
    let zeros = [Array2::<f64>::zeros((1, 2)), Array2::zeros((1, 1))];
    let objective = huge.objective(&zeros[0], &zeros[1]).unwrap();
    assert!((objective - 3e8).abs() < 1e-6, "{objective}");
}

/// AdamW's first step is that of Adam without L2 and L1, from parameters that have shrunk.
#[test]
fn adam_w_shrinks_the_parameters_and_not_the_moments() {
    let (eta, l2, l1) = (0.05, 0.2, 0.1);
    for schedule in [Schedule::Constant, Schedule::Cosine { epochs: 4, warm_up: 2, floor: 0.5 }] {
        let set = move |builder: DnnBuilder| builder.regularize_biases(false).schedule(schedule);
        let (mut adam, x, y) = at_rest(Optimizer::adam(), |b| set(b).regularization(0.0));
        let (mut net, ..) = at_rest(Optimizer::adam_w(), |b| set(b).regularization(l2).l1(l1));
        let theta = parameters(net.layers());
        let gradients = gradients(&net, &x, &y);
        net.update(&gradients).unwrap();
        adam.update(&gradients).unwrap();
        assert_eq!(bits(&velocity(&net)), bits(&velocity(&adam)));
        let rate = eta * schedule.factor(0.0);
        let shrink = Array1::from_shape_fn(26, |i| match theta[i] {
            theta if theta == 0.0 || (12..16).contains(&i) || i >= 24 => 0.0,
            theta => rate * (l2 * theta + l1 * theta.signum()),
        });
        assert_close("θ", &parameters(net.layers()), &(parameters(adam.layers()) - shrink), 1e-15);
        // Without λ they are the same.
        net.reconfigure(|builder| builder.regularization(0.0).l1(0.0)).unwrap();
        let mut twin = net.clone();
        twin.reconfigure(|builder| builder.optimizer(Optimizer::adam())).unwrap();
        assert_eq!(velocity(&twin), velocity(&net));
        [&mut net, &mut twin].into_iter().for_each(|net| net.update(&gradients).unwrap());
        // β^s is rounded in two ways.
        assert_close("λ = 0", &parameters(net.layers()), &parameters(twin.layers()), 1e-15);
        assert_eq!(bits(&velocity(&net)), bits(&velocity(&twin)));
    }
}

#[test]
fn the_weights_of_a_neuron_have_at_most_the_largest_norm() {
    fn check<F: Scalar>(tolerance: f64) {
        for optimizer in OPTIMIZERS {
            let (builder, x, y) = example::<F>(Shuffled, optimizer, Head::Squared);
            let builder = builder.eta(0.3).max_epochs(6);
            let [mut free, mut net] =
                [builder.clone(), builder.max_norm(0.8)].map(|builder| builder.build().unwrap());
            let largest = |net: &Dnn<F>| {
                let norm = |row: ndarray::ArrayView1<'_, F>| {
                    row.iter().map(|w| w.as_f64() * w.as_f64()).sum::<f64>().sqrt()
                };
                let rows = net
                    .layers()
                    .iter()
                    .flat_map(|layer| Vec::from_iter(layer.weights().rows().into_iter().map(norm)));
                rows.fold(0.0, f64::max)
            };
            free.fit(&x, &y).unwrap();
            assert!(largest(&free) > 1.0, "{optimizer}: nothing is tested");
            net.fit(&x, &y).unwrap();
            let norm = largest(&net);
            assert!(norm <= 0.8 + tolerance && norm > 0.7, "{optimizer}: {norm}");
        }
    }
    check::<f64>(1e-15);
    check::<f32>(1e-7);
    // Biases have no limit, and a row within the limit stays as it is.
    let (builder, x, y) = plain(Sequential);
    let [mut free, mut net] = [builder.clone(), builder.max_norm(1e-3)].map(|b| b.build().unwrap());
    let gradients = gradients(&free, &x, &y);
    [&mut free, &mut net].into_iter().for_each(|net| net.update(&gradients).unwrap());
    for (free, limited) in free.layers().iter().zip(net.layers()) {
        assert_eq!(free.biases(), limited.biases());
        for (free, limited) in free.weights().rows().into_iter().zip(limited.weights().rows()) {
            let expected = &free * (1e-3 / free.dot(&free).sqrt());
            assert_close("a row", &limited, &expected, 1e-18);
        }
    }
}

#[test]
fn gradients_as_slices() {
    let (net, x, y) = at_rest(Optimizer::Momentum, |builder| builder);
    let mut gradients = gradients(&net, &x, &y);
    let lengths = Vec::from_iter(gradients.slices().map(<[f64]>::len));
    assert_eq!(lengths, [12, 4, 8, 2]);
    // Wᵀ row by row, then the biases.
    let first = Vec::from_iter(gradients.slices().take(2).flatten().copied());
    let (weights, biases) = (gradients.weights(0).unwrap(), gradients.biases(0).unwrap());
    assert_eq!(first, Vec::from_iter(weights.t().iter().chain(&biases).copied()));
    // Sums of several machines: the slices and the weights.
    let mut sum = gradients.clone();
    for (sum, own) in sum.slices_mut().zip(gradients.slices()) {
        sum.iter_mut().zip(own).for_each(|(sum, own)| *sum = 2.0 * own);
    }
    sum.set_weight(2.0 * gradients.weight()).unwrap();
    gradients.scale(2.0);
    assert_eq!(sum.layers().next(), gradients.layers().next());
    assert_eq!(sum.weight(), 22.0);
    let mut empty = Gradients::<f64>::default();
    empty.scale(2.0);
    assert_eq!((empty.norm(), empty.slices().count(), empty.slices_mut().count()), (0.0, 0, 0));
}

#[test]
fn the_network_s_text_names_the_settings_that_are_set() {
    let (net, ..) = at_rest(Optimizer::adam_w(), |builder| {
        builder.schedule(Schedule::cosine(20)).clip_norm(1.0).l1(1e-4).max_norm(3.0)
    });
    let text = net.to_string();
    let lines = "  schedule cosine(20, 0, 0.0)\n  clip_norm 1.0\n  l1 0.0001\n  max_norm 3.0\n26 parameters";
    assert!(text.ends_with(lines), "{text}");
    let (net, ..) = at_rest(Optimizer::adam_w(), |builder| builder);
    assert_eq!(net.to_string().lines().count(), 4);
}
