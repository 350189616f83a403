//! The crate against a slow and obvious network: plain loops over nested vectors, written from the article's
//! definitions.

use std::f64::consts::FRAC_1_SQRT_2;

use ndarray::{Array2, ArrayView2, aview1};
use ndarray_dnn::training::Config;
use ndarray_dnn::{Activation, BatchOrder, Dnn};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::common::{ACTIVATIONS, assert_close, network, parameters, targets, uniform, velocity};

/// The seeds of the random networks are the numbers from 0.
const CASES: u64 = 400;

/// A few hundred steps of networks of this size hardly amplify a rounding; this leaves room for another product.
const TOLERANCE: f64 = 1e-12;

#[test]
fn random_networks_train_as_the_reference_does() {
    for seed in 0..CASES {
        let generator = &mut ChaCha8Rng::seed_from_u64(seed);
        let softmax = generator.random();
        let order = *[BatchOrder::Cyclic, BatchOrder::Sequential].choose(generator).unwrap();
        let rows = generator.random_range(1..=14);
        let minibatch_size = generator.random_range(1..=18);
        let builder = Dnn::<f64>::builder()
            .softmax(softmax)
            .batch_order(order)
            .minibatch_size(minibatch_size)
            .max_epochs(generator.random_range(1..=4))
            .threshold(*[0.0, 0.5].choose(generator).unwrap())
            .eta(generator.random_range(0.01..0.1))
            .momentum(*[0.0, 0.5, 0.8].choose(generator).unwrap())
            .decay_power(*[0.0, 0.3, 1.0].choose(generator).unwrap())
            .regularization(*[0.0, 0.01].choose(generator).unwrap());
        let depth = generator.random_range(1..=3);
        let sizes = Vec::from_iter((0..=depth).map(|_| generator.random_range(1..=6)));
        let activations = Vec::from_iter((0..depth).map(|_| *ACTIVATIONS.choose(generator).unwrap()));
        // Softmax needs several outputs.
        let softmax = softmax && sizes[depth] > 1;
        let mut net = network(builder.softmax(softmax), &sizes, &activations, generator);
        let x = uniform(rows, sizes[0], generator);
        let y = targets(rows, sizes[depth], softmax, generator);

        let mut reference = Reference::new(&net);
        // The second fit continues with parameters and velocity.
        for fit in 1..=2 {
            let name = format!(
                "seed {seed}, fit {fit}: {sizes:?}, {activations:?}, softmax {softmax}, {order:?}, \
                 {rows} rows by {minibatch_size}"
            );
            let report = net.fit(&x, &y).unwrap();
            let losses = reference.fit(&rows_of(&x.view()), &rows_of(&y.view()));
            assert_close(&format!("{name}: losses"), &aview1(report.losses()), &aview1(&losses), TOLERANCE);
            let context = format!("{name}: parameters");
            assert_close(&context, &parameters(net.layers()), &aview1(&reference.parameters()), TOLERANCE);
            let context = format!("{name}: velocity");
            assert_close(&context, &velocity(&net), &aview1(&reference.velocity()), TOLERANCE);
            assert_eq!(net.iterations(), reference.iterations, "{name}");
            assert!((net.effective_eta() - reference.effective_eta).abs() < 1e-15, "{name}");

            let predictions = reference.predict(&rows_of(&x.view()));
            let predictions = Array2::from_shape_fn(y.dim(), |(i, j)| predictions[i][j]);
            assert_close(&format!("{name}: predictions"), &net.predict(&x).unwrap(), &predictions, TOLERANCE);
            let objective = reference.objective(&rows_of(&x.view()), &rows_of(&y.view()));
            assert!((net.objective(&x, &y).unwrap() - objective).abs() < TOLERANCE, "{name}: objective");
        }
    }
}

/// The constants of SELU.
const LAMBDA: f64 = 1.0507009873554805;
const ALPHA: f64 = 1.6732632423543772;

type Vector = Vec<f64>;
type Matrix = Vec<Vector>;

fn rows_of(array: &ArrayView2<'_, f64>) -> Matrix {
    array.outer_iter().map(|row| row.to_vec()).collect()
}

/// One layer: W (fan_out, fan_in), b (fan_out), and the velocity of each.
struct ReferenceLayer {
    activation: Activation,
    w: Matrix,
    b: Vector,
    v_w: Matrix,
    v_b: Vector,
}

struct Reference {
    config: Config,
    layers: Vec<ReferenceLayer>,
    iterations: usize,
    effective_eta: f64,
}

impl Reference {
    /// The parameters and settings of a network that has not been trained.
    fn new(net: &Dnn) -> Self {
        let layers = net.layers().iter().map(|layer| ReferenceLayer {
            activation: layer.activation(),
            w: rows_of(&layer.weights()),
            b: layer.biases().to_vec(),
            v_w: vec![vec![0.0; layer.fan_in()]; layer.fan_out()],
            v_b: vec![0.0; layer.fan_out()],
        });
        let config = net.config().clone();
        Self { layers: layers.collect(), iterations: 0, effective_eta: config.eta(), config }
    }

    /// Trains in the article's order, or over the rows in sequence; returns the loss of each epoch.
    fn fit(&mut self, x: &[Vector], y: &[Vector]) -> Vector {
        let (n, m) = (x.len(), self.config.minibatch_size());
        let is_cyclic = self.config.batch_order() == BatchOrder::Cyclic;
        let mut epoch_losses = Vec::new();
        // The losses of the epoch, each with its weight: the number of rows, or 1 in the article's order.
        let mut losses = Vec::new();
        let mut start = 0;
        let mut computed = 0;
        self.iterations = 0;
        loop {
            let end = (start + m).min(n);
            let (x, y) = (&x[start..end], &y[start..end]);
            losses.push((if is_cyclic { 1.0 } else { x.len() as f64 }, self.loss(x, y)));
            computed += 1;
            let is_epoch_over = if is_cyclic { computed % n == 0 } else { end == n };
            start = if is_cyclic { (start + m) % n } else { end % n };
            // The article judges an epoch before the update of its last mini-batch.
            if !(is_cyclic && is_epoch_over) {
                self.descend(x, y);
            }
            if is_epoch_over {
                let weights: f64 = losses.iter().map(|(weight, _)| weight).sum();
                let loss = losses.drain(..).map(|(weight, loss)| weight * loss).sum::<f64>() / weights;
                epoch_losses.push(loss);
                if epoch_losses.len() >= self.config.max_epochs() || loss < self.config.threshold() {
                    return epoch_losses;
                }
            }
            if is_cyclic && is_epoch_over {
                self.descend(x, y);
            }
        }
    }

    /// A₀ … A_L of one row.
    fn outputs(&self, x: &[f64]) -> Matrix {
        let mut outputs = vec![x.to_vec()];
        for layer in &self.layers {
            let mut output = Vec::new();
            for (w, b) in layer.w.iter().zip(&layer.b) {
                output.push(value(layer.activation, level(w, *b, &outputs[outputs.len() - 1])));
            }
            outputs.push(output);
        }
        outputs
    }

    /// Ŷ of one row.
    fn answer(&self, x: &[f64]) -> Vector {
        let last = self.outputs(x).pop().unwrap();
        if !self.config.softmax() {
            return last;
        }
        let max = last.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = last.iter().map(|a| (a - max).exp()).sum();
        last.iter().map(|a| (a - max).exp() / sum).collect()
    }

    fn predict(&self, x: &[Vector]) -> Matrix {
        x.iter().map(|x| self.answer(x)).collect()
    }

    /// D = y − ŷ of one row.
    fn error(&self, x: &[f64], y: &[f64]) -> Vector {
        self.answer(x).iter().zip(y).map(|(answer, y)| y - answer).collect()
    }

    fn cross_entropy(&self, x: &[f64], y: &[f64]) -> f64 {
        let terms = self.answer(x).into_iter().zip(y).filter(|(_, y)| **y > 0.0);
        terms.map(|(answer, y)| -y * answer.ln()).sum()
    }

    /// The mean over the rows of the cross-entropy, or of the norm ‖d‖.
    fn loss(&self, x: &[Vector], y: &[Vector]) -> f64 {
        let of_row = |(x, y): (&Vector, &Vector)| {
            if self.config.softmax() { self.cross_entropy(x, y) } else { squares(&self.error(x, y)).sqrt() }
        };
        mean(&Vec::from_iter(x.iter().zip(y).map(of_row)))
    }

    /// The mean over the rows of the cross-entropy, or of ½‖d‖², and ½ λ ‖θ‖².
    fn objective(&self, x: &[Vector], y: &[Vector]) -> f64 {
        let of_row = |(x, y): (&Vector, &Vector)| {
            if self.config.softmax() { self.cross_entropy(x, y) } else { 0.5 * squares(&self.error(x, y)) }
        };
        let penalty = 0.5 * self.config.regularization() * squares(&self.parameters());
        mean(&Vec::from_iter(x.iter().zip(y).map(of_row))) + penalty
    }

    /// The backward pass over the rows of a mini-batch, and the update.
    fn descend(&mut self, x: &[Vector], y: &[Vector]) {
        let rows = x.len() as f64;
        // The article's gradients: the mean over the rows of −Δ·A, and of −Δ.
        let mut gradients = Vec::from_iter(
            self.layers
                .iter()
                .map(|layer| (vec![vec![0.0; layer.w[0].len()]; layer.b.len()], vec![0.0; layer.b.len()])),
        );
        for (x, y) in x.iter().zip(y) {
            let outputs = self.outputs(x);
            let mut sent_back = self.error(x, y);
            for l in (0..self.layers.len()).rev() {
                let layer = &self.layers[l];
                let mut delta = Vec::new();
                for (error, (w, b)) in sent_back.iter().zip(layer.w.iter().zip(&layer.b)) {
                    delta.push(error * derivative(layer.activation, level(w, *b, &outputs[l])));
                }
                sent_back = vec![0.0; layer.w[0].len()];
                for (i, delta) in delta.iter().enumerate() {
                    gradients[l].1[i] -= delta / rows;
                    for (j, a) in outputs[l].iter().enumerate() {
                        gradients[l].0[i][j] -= delta * a / rows;
                        sent_back[j] += delta * layer.w[i][j];
                    }
                }
            }
        }

        self.iterations += 1;
        self.effective_eta = self.config.eta() / (self.iterations as f64).powf(self.config.decay_power());
        let (mu, eta, lambda) = (self.config.momentum(), self.effective_eta, self.config.regularization());
        let step = |theta: &mut f64, v: &mut f64, gradient: f64| {
            *v = mu * *v - eta * (gradient + lambda * *theta);
            *theta += *v;
        };
        for (layer, (gradient_w, gradient_b)) in self.layers.iter_mut().zip(gradients) {
            for ((b, v), gradient) in layer.b.iter_mut().zip(&mut layer.v_b).zip(gradient_b) {
                step(b, v, gradient);
            }
            for ((w, v), gradient) in layer.w.iter_mut().zip(&mut layer.v_w).zip(gradient_w) {
                for ((w, v), gradient) in w.iter_mut().zip(v).zip(gradient) {
                    step(w, v, gradient);
                }
            }
        }
    }

    fn parameters(&self) -> Vector {
        self.layers.iter().flat_map(|layer| [layer.w.concat(), layer.b.clone()].concat()).collect()
    }

    fn velocity(&self) -> Vector {
        self.layers.iter().flat_map(|layer| [layer.v_w.concat(), layer.v_b.clone()].concat()).collect()
    }
}

/// z of a neuron.
fn level(w: &[f64], b: f64, input: &[f64]) -> f64 {
    let mut z = b;
    for (w, a) in w.iter().zip(input) {
        z += w * a;
    }
    z
}

/// f(z)
fn value(activation: Activation, z: f64) -> f64 {
    match activation {
        Activation::Sigmoid => sigmoid(z),
        Activation::Identity => z,
        Activation::Relu => z.max(0.0),
        Activation::Tanh => z.tanh(),
        Activation::LeakyRelu { slope } => z.max(0.0) + slope * z.min(0.0),
        Activation::Elu { alpha } => z.max(0.0) + alpha * z.min(0.0).exp_m1(),
        Activation::Selu => LAMBDA * value(Activation::Elu { alpha: ALPHA }, z),
        Activation::Softplus => z.max(0.0) + (-z.abs()).exp().ln_1p(),
        Activation::Softsign => z / (1.0 + z.abs()),
        Activation::Gelu => z * 0.5 * (1.0 + libm::erf(z * FRAC_1_SQRT_2)),
        Activation::Silu => z * sigmoid(z),
        other => panic!("the reference has no {other}"),
    }
}

/// f′(z)
fn derivative(activation: Activation, z: f64) -> f64 {
    match activation {
        Activation::Sigmoid => sigmoid(z) * (1.0 - sigmoid(z)),
        Activation::Identity => 1.0,
        Activation::Relu if z > 0.0 => 1.0,
        Activation::Relu => 0.0,
        Activation::Tanh => 1.0 - z.tanh() * z.tanh(),
        Activation::LeakyRelu { .. } | Activation::Elu { .. } if z > 0.0 => 1.0,
        Activation::LeakyRelu { slope } => slope,
        Activation::Elu { alpha } => alpha * z.exp(),
        Activation::Selu => LAMBDA * derivative(Activation::Elu { alpha: ALPHA }, z),
        Activation::Softplus => sigmoid(z),
        Activation::Softsign => 1.0 / ((1.0 + z.abs()) * (1.0 + z.abs())),
        Activation::Gelu => {
            0.5 * (1.0 + libm::erf(z * FRAC_1_SQRT_2))
                + z * (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt()
        }
        Activation::Silu => sigmoid(z) + z * sigmoid(z) * (1.0 - sigmoid(z)),
        other => panic!("the reference has no {other}"),
    }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn squares(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
