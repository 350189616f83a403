//! `bp` and `update` against central differences of `objective`, biases included; and the losses that equal the
//! objective.

use ndarray::{Array1, Array2};
use ndarray_dnn::Activation::{self, Sigmoid};
use ndarray_dnn::{Dnn, DnnBuilder, Layer, Loss, Pass};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::common::{
    ACTIVATIONS, Head, assert_close, flat_gradients, gradients, has_kink, network, parameters, uniform,
    velocity, with_parameters,
};

/// The first seed to try for a network and its data.
const SEED: u64 = 20;
const ROWS: usize = 7;
const INPUTS: usize = 3;
const HIDDEN: usize = 4;
const ETA: f64 = 0.25;

/// The step of the differences. Their error is about STEP² times a third derivative, 1e-10, and a rounding of
/// the objective divided by STEP, 1e-11.
const STEP: f64 = 1e-5;
const TOLERANCE: f64 = 1e-9;
/// The smallest distance of the argument of a ReLU, an ELU or a SELU from its kink. A difference moves it by STEP times
/// a few inputs and weights.
const KINK: f64 = 1e-3;

#[test]
fn bp_is_the_derivative_of_the_objective() {
    for case in cases() {
        let numeric = case.numeric_gradient();
        let net = case.net();
        let data = flat_gradients(&gradients(&net, &case.x, &case.y));
        let penalty = case.regularized() * net.config().regularization();
        assert_close(&case.name, &(&data + &penalty), &numeric, TOLERANCE);

        let steepest = data.iter().fold(0.0, |steepest: f64, g| steepest.max(g.abs()));
        assert!(steepest > 1e-3, "{}: nothing is tested", case.name);
    }
}

#[test]
fn a_step_from_rest_descends_the_objective_with_its_l2_term() {
    for case in cases() {
        let expected = case.numeric_gradient() * -ETA;
        let mut net = case.net();
        let before = parameters(net.layers());
        let gradients = gradients(&net, &case.x, &case.y);
        net.update(&gradients).unwrap();
        assert_close(&case.name, &velocity(&net), &expected, ETA * TOLERANCE);
        assert_close(&case.name, &parameters(net.layers()), &(before + expected), ETA * TOLERANCE);
    }
}

#[test]
fn every_loss_but_the_norm_equals_the_objective() {
    for case in cases().into_iter().filter(|case| case.builder == case.builder.clone().regularization(0.0)) {
        let net = case.net();
        let (loss, objective) = (
            net.loss(&net.compute(&case.x).unwrap(), &case.y).unwrap(),
            net.objective(&case.x, &case.y).unwrap(),
        );
        match case.head {
            // The norm is not half its square.
            Head::Article => assert!((loss - objective).abs() > 1e-3, "{}", case.name),
            _ => assert!((loss - objective).abs() < 1e-14, "{}", case.name),
        }
    }
}

/// A network at which the objective is differentiated.
struct Case {
    head: Head,
    name: String,
    builder: DnnBuilder,
    layers: Vec<Layer>,
    x: Array2<f64>,
    y: Array2<f64>,
}

impl Case {
    fn new(builder: &DnnBuilder, activations: &[Activation], outputs: usize, head: Head, seed: u64) -> Self {
        let generator = &mut ChaCha8Rng::seed_from_u64(seed);
        let mut sizes = vec![HIDDEN; activations.len() + 1];
        (sizes[0], sizes[activations.len()]) = (INPUTS, outputs);
        let builder = head.set(builder.clone().eta(ETA));
        let net = network(builder.clone(), &sizes, activations, generator);
        let lambda = net.config().regularization();
        Self {
            head,
            name: format!("{activations:?}, {outputs} outputs, {head:?}, lambda {lambda}, seed {seed}"),
            builder,
            layers: net.layers().to_vec(),
            x: uniform(ROWS, INPUTS, generator),
            y: head.targets(ROWS, outputs, generator),
        }
    }

    /// The parameters that are regularised, and 0 for the others.
    fn regularized(&self) -> Array1<f64> {
        let keep = if self.net().config().regularize_biases() { 1.0 } else { 0.0 };
        let layers = self.layers.iter().map(|layer| {
            let (weights, biases) = (layer.weights().to_owned(), layer.biases().to_owned() * keep);
            Layer::new(weights, biases, layer.activation()).unwrap()
        });
        parameters(&Vec::from_iter(layers))
    }

    fn net(&self) -> Dnn {
        self.builder.clone().build_from(self.layers.iter().cloned()).unwrap()
    }

    /// Whether every ReLU and every loss is so far from its kink that no difference crosses it, and each layer of ReLUs
    /// has one that is not 0.
    fn is_smooth(&self) -> bool {
        let pass = self.net().compute(&self.x).unwrap();
        let kinks = match self.net().config().loss() {
            Loss::Absolute | Loss::Quantile { .. } => vec![0.0],
            Loss::Huber { delta } => vec![delta, -delta],
            _ => Vec::new(),
        };
        let errors = &self.y - &pass.output();
        let is_far = |d: &f64| kinks.iter().all(|kink| (d - kink).abs() > KINK);
        errors.iter().all(is_far) && self.are_layers_smooth(&pass)
    }

    fn are_layers_smooth(&self, pass: &Pass) -> bool {
        self.layers.iter().enumerate().filter(|(_, layer)| has_kink(layer.activation())).all(|(l, layer)| {
            let levels = pass.outputs(l).unwrap().dot(&layer.weights().t()) + layer.biases();
            levels.iter().all(|z| z.abs() > KINK) && levels.iter().any(|&z| z > 0.0)
        })
    }

    /// The central difference of the objective along each parameter.
    fn numeric_gradient(&self) -> Array1<f64> {
        let at = parameters(&self.layers);
        Array1::from_shape_fn(at.len(), |i| {
            let [below, above] = [-STEP, STEP].map(|step| {
                let mut moved = at.clone();
                moved[i] += step;
                self.builder
                    .clone()
                    .build_from(with_parameters(&self.layers, moved.as_slice().unwrap()))
                    .unwrap()
                    .objective(&self.x, &self.y)
                    .unwrap()
            });
            (above - below) / (2.0 * STEP)
        })
    }
}

/// Activations of the hidden layers × of the last × depths × outputs × heads × L2. The smooth activations are paired
/// with themselves and a sigmoid, since all pairs would take long.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for hidden in ACTIVATIONS {
        for last in ACTIVATIONS {
            let is_first = |activation| ACTIVATIONS[..5].contains(&activation);
            if hidden != last && hidden != Sigmoid && last != Sigmoid && !(is_first(hidden) && is_first(last))
            {
                continue;
            }
            for depth in 1..=3 {
                let mut activations = vec![hidden; depth];
                activations[depth - 1] = last;
                for outputs in [1, 3] {
                    for head in Head::ALL.into_iter().filter(|head| head.goes_with(last, outputs)) {
                        for (lambda, regularize_biases) in [(0.0, true), (0.3, true), (0.3, false)] {
                            let builder = Dnn::builder().regularization(lambda);
                            let builder = builder.regularize_biases(regularize_biases);
                            let case = |seed| Case::new(&builder, &activations, outputs, head, seed);
                            cases.extend((SEED..).map(case).find(Case::is_smooth));
                        }
                    }
                }
            }
        }
    }
    // Softmax, twice, needs several outputs, and binary cross-entropy a last layer that is not a sigmoid. There are 43
    // pairs, of which 11 end with a sigmoid.
    assert_eq!(cases.len(), 3 * 3 * (43 * (2 * 9 - 2) - 11 * 2));
    cases
}
