//! Steps, initial parameters, presets and element types are as documented.

use ndarray::{Array1, Array2, Axis, array};
use ndarray_dnn::Activation::{Identity, Relu, Sigmoid};
use ndarray_dnn::BatchOrder::{Sequential, Shuffled};
use ndarray_dnn::error::Place;
use ndarray_dnn::{Dnn, DnnBuilder, Error, Init, Link, Loss, Optimizer};

use crate::common::errors::out_of_range;
use crate::common::runs::{OPTIMIZERS, example};
use crate::common::{Head, assert_close, flat_gradients, gradients, parameters, state, velocity};

// Steps

#[test]
fn steps_are_the_formulas() {
    let lambda = 0.1;
    for regularize_biases in [false, true] {
        for optimizer in OPTIMIZERS {
            let (builder, x, y) = example::<f64>(Sequential, optimizer, Head::Squared);
            let builder =
                builder.regularization(lambda).regularize_biases(regularize_biases).decay_power(0.3);
            let mut net = builder.build().unwrap();
            // W₁ (4, 3), b₁ (4), W₂ (2, 4), b₂ (2)
            let counts = |i: usize| regularize_biases || !(12..16).contains(&i) && !(24..26).contains(&i);
            let mut theta = parameters(net.layers());
            assert_eq!(theta.len(), 26);
            let [mut v, mut m] = [Array1::<f64>::zeros(26), Array1::zeros(26)];
            for t in 1..=5 {
                let gradients = gradients(&net, &x, &y);
                net.update(&gradients).unwrap();
                let g = flat_gradients(&gradients);
                let eta = 0.05 / f64::from(t).powf(0.3);
                for i in 0..26 {
                    let penalty = if counts(i) { lambda * theta[i] } else { 0.0 };
                    let is_decoupled = matches!(optimizer, Optimizer::AdamW { .. });
                    let g = if is_decoupled { g[i] } else { g[i] + penalty };
                    if is_decoupled {
                        theta[i] -= eta * penalty;
                    }
                    match optimizer {
                        Optimizer::Adam { beta1, beta2, epsilon }
                        | Optimizer::AdamW { beta1, beta2, epsilon } => {
                            m[i] = beta1 * m[i] + (1.0 - beta1) * g;
                            v[i] = beta2 * v[i] + (1.0 - beta2) * g * g;
                            let [m, v] = [m[i] / (1.0 - beta1.powi(t)), v[i] / (1.0 - beta2.powi(t))];
                            theta[i] -= eta * m / (v.sqrt() + epsilon);
                        }
                        Optimizer::RmsProp { rho, epsilon } => {
                            v[i] = rho * v[i] + (1.0 - rho) * g * g;
                            theta[i] -= eta * g / (v[i].sqrt() + epsilon);
                        }
                        _ => {
                            m[i] = 0.9 * m[i] - eta * g;
                            theta[i] +=
                                if optimizer == Optimizer::Nesterov { 0.9 * m[i] - eta * g } else { m[i] };
                        }
                    }
                }
                assert_close(&format!("{optimizer:?}, step {t}"), &parameters(net.layers()), &theta, 1e-14);
                assert_close(&format!("{optimizer:?}, step {t}"), &velocity(&net), &m, 1e-14);
            }
        }
    }
}

#[test]
fn adam_s_first_step_after_a_second_fit_is_no_larger_than_its_rate() {
    // A second fit keeps the moments and restarts the iterations: the moments count their own updates.
    let (builder, x, y) = example::<f64>(Sequential, Optimizer::adam(), Head::Squared);
    let mut net = builder.minibatch_size(usize::MAX).decay_power(0.0).max_epochs(50).build().unwrap();
    let mut at_once = net.clone();
    net.fit(&x, &y).unwrap();
    net.fit(&x, &y).unwrap();
    at_once.training(&x, &y).max_epochs(100).run().unwrap();
    assert_eq!(state(&net), state(&at_once));
    net.reset_velocity();
    let before = parameters(net.layers());
    net.partial_fit(&x, &y).unwrap();
    let step = parameters(net.layers()) - before;
    assert!(step.iter().all(|step| step.abs() <= 0.05 * (1.0 + 1e-12)), "{step}");
}

// Initial parameters

#[test]
fn initial_parameters_are_as_documented() {
    let (fan_in, fan_out) = (30, 50);
    let build = |init| {
        let builder = Dnn::<f64>::builder().input_shape(fan_in).shape([fan_out]).activations([Sigmoid]);
        let net = builder.init(init).build().unwrap();
        (net.layers()[0].weights().to_owned(), net.layers()[0].biases().to_owned())
    };
    let glorot = (6.0 / (fan_in + fan_out) as f64).sqrt();
    let he = (6.0 / fan_in as f64).sqrt();
    for (init, [low, high]) in [
        (Init::Uniform { low: 0.0, high: 0.01 }, [0.0, 0.01]),
        (Init::Uniform { low: -3.0, high: 5.0 }, [-3.0, 5.0]),
        (Init::Glorot, [-glorot, glorot]),
        (Init::He, [-he, he]),
    ] {
        let (weights, biases) = build(init);
        assert!(weights.iter().all(|w| (low..high).contains(w)), "{init:?}");
        // The mean of 1,500 draws is within 4 standard errors, and some draws are close to the bounds.
        let (mean, width) = (weights.mean().unwrap(), high - low);
        assert!(
            (mean - (low + high) / 2.0).abs() < 4.0 * width / 12_f64.sqrt() / 1500_f64.sqrt(),
            "{init:?}: {mean}"
        );
        let reached = weights.iter().fold([high, low], |[a, b], &w| [a.min(w), b.max(w)]);
        assert!(reached[0] < low + 0.01 * width && reached[1] > high - 0.01 * width, "{init:?}");
        match init {
            Init::Uniform { .. } => assert!(biases.iter().all(|b| (low..high).contains(b))),
            _ => assert!(biases.iter().all(|b| *b == 0.0)),
        }
    }
    let (weights, biases) = build(Init::Uniform { low: 0.25, high: 0.25 });
    assert!(weights.iter().chain(&biases).all(|w| *w == 0.25));
    assert_eq!(build(Init::Uniform { low: 0.0, high: 0.01 }).0, {
        let builder = Dnn::<f64>::builder().input_shape(fan_in).shape([fan_out]).activations([Sigmoid]);
        builder.build().unwrap().layers()[0].weights().to_owned()
    });
}

// Presets

#[test]
fn a_classifier_of_one_class_answers_yes_or_no() {
    let x = Array2::from_shape_fn((60, 2), |(i, j)| ((i * 2 + j) as f64).sin());
    let labels = x.map_axis(Axis(1), |row| usize::from(row[0] + row[1] > 0.0));
    let y = labels.mapv(|label| label as f64).insert_axis(Axis(1));
    let mut net: Dnn = Dnn::classifier(2, &[8], 1).build().unwrap();
    assert_eq!(net.config().link(), Link::Logistic);
    net.fit(&x, &y).unwrap();
    assert_eq!(net.predict_classes(&x).unwrap(), labels);
}

#[test]
fn presets_are_as_documented() {
    let classifier: Dnn = Dnn::classifier(5, &[4, 3], 2).build().unwrap();
    let regressor: Dnn = Dnn::regressor(5, &[4, 3], 2).build().unwrap();
    for net in [&classifier, &regressor] {
        let activations = Vec::from_iter(net.layers().iter().map(|layer| layer.activation()));
        assert_eq!(activations, [Relu, Relu, Identity]);
        let config = net.config();
        assert_eq!((config.init(), config.optimizer()), (Init::He, Optimizer::adam()));
        assert_eq!((config.batch_order(), config.regularize_biases()), (Shuffled, false));
        assert_eq!((config.max_epochs(), config.min_updates(), config.threshold()), (100, 1_000, 0.0));
    }
    let numbers = |net: &Dnn| {
        let config = net.config();
        (config.eta(), config.decay_power(), config.minibatch_size(), config.regularization())
    };
    assert_eq!(numbers(&classifier), (0.01, 0.2, 32, 0.001));
    assert_eq!(numbers(&regressor), (0.03, 0.3, 16, 0.01));
    assert_eq!((classifier.config().link(), classifier.config().loss()), (Link::Softmax, Loss::CrossEntropy));
    assert_eq!((regressor.config().link(), regressor.config().loss()), (Link::Identity, Loss::Squared));
    // A preset without hidden layers is linear.
    assert_eq!(Dnn::<f32>::classifier(5, &[], 3).build().unwrap().layers().len(), 1);
    // Every setting can be changed.
    let other = Dnn::<f64>::regressor(5, &[4], 2).optimizer(Optimizer::Momentum).momentum(0.5).eta(0.01);
    assert!(other.build().is_ok());
}

// The other element type

#[test]
fn a_cast_network_is_the_network_rounded() {
    for optimizer in OPTIMIZERS {
        let (builder, x, y) = example::<f64>(Shuffled, optimizer, Head::Softmax);
        let mut net = builder.max_epochs(3).build().unwrap();
        net.fit(&x, &y).unwrap();
        let mut small: Dnn<f32> = net.cast().unwrap();
        assert_eq!(parameters(small.layers()), parameters(net.layers()).mapv(|w| f64::from(w as f32)));
        assert_eq!(velocity(&small), velocity(&net).mapv(|v| f64::from(v as f32)));
        assert_eq!(small.config(), net.config());
        assert_eq!((small.iterations(), small.effective_eta()), (net.iterations(), net.effective_eta()));
        // Back and forth.
        assert_eq!(small.cast::<f64>().unwrap().cast::<f32>().unwrap(), small);
        assert_eq!(net.cast::<f64>().unwrap(), net);
        // Both continue with the same permutations.
        let (x32, y32) = (x.mapv(|x| x as f32), y.mapv(|y| y as f32));
        net.training(&x, &y).resume().max_epochs(2).run().unwrap();
        small.training(&x32, &y32).resume().max_epochs(2).run().unwrap();
        assert_close("continued", &parameters(small.layers()), &parameters(net.layers()), 1e-5);
    }
}

#[test]
fn values_that_the_other_type_cannot_hold_are_refused() {
    let layer = |w: f64, b: f64, slope: f64| {
        let activation = ndarray_dnn::Activation::LeakyRelu { slope };
        ndarray_dnn::Layer::new(array![[w]], array![b], activation).unwrap()
    };
    let cast = |builder: DnnBuilder, layer| builder.build_from([layer]).unwrap().cast::<f32>().unwrap_err();
    let new = Dnn::builder;
    let non_finite = |what| Error::NonFinite { what, row: 0, column: 0 };
    assert_eq!(cast(new(), layer(1e39, 0.0, 0.1)), non_finite("the weights of a layer"));
    assert_eq!(cast(new(), layer(0.0, -1e39, 0.1)), non_finite("the biases of a layer"));
    let error = cast(new(), layer(0.0, 0.0, 1e39));
    assert_eq!(error, out_of_range("slope", Place::Whole, "at least 0 and finite in f32", 1e39));
    let error = cast(new().eta(1e-60), layer(0.0, 0.0, 0.1));
    assert_eq!(error, out_of_range("eta", Place::Whole, "greater than 0 and finite in f32", 1e-60));
}

#[test]
fn softmax_is_the_articles_name_of_cross_entropy() {
    let builder = || Dnn::<f64>::builder().input_shape(2).shape([3]).activations([Identity]);
    let net = builder().softmax(true).build().unwrap();
    let config = net.config();
    assert_eq!((config.loss(), config.link(), config.softmax()), (Loss::CrossEntropy, Link::Softmax, true));
    // In any order, and as often as one likes.
    for same in [
        builder().loss(Loss::CrossEntropy),
        builder().loss(Loss::CrossEntropy).softmax(true),
        builder().softmax(true).loss(Loss::CrossEntropy),
        builder().softmax(true).loss(Loss::Article),
        builder().softmax(false).loss(Loss::CrossEntropy),
        builder().softmax(config.softmax()).loss(config.loss()),
    ] {
        assert_eq!(same.build().unwrap(), net);
    }
    // It can be taken back, also from a network.
    let mut other = net.clone();
    other.reconfigure(|builder| builder.softmax(false)).unwrap();
    assert_eq!(other, builder().softmax(true).softmax(false).build().unwrap());
    assert_eq!((other.config().loss(), other.config().link()), (Loss::Article, Link::Identity));
    other.reconfigure(|builder| builder.loss(Loss::CrossEntropy)).unwrap();
    assert_eq!(other, net);
    assert!(other.reconfigure(|builder| builder.loss(Loss::Squared)).is_err());
    other.reconfigure(|builder| builder.loss(Loss::Squared).softmax(false)).unwrap();
    assert_eq!(other.config().loss(), Loss::Squared);
}
