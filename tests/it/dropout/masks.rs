//! The masks are the documented function, and a step descends the objective of the masked network.

use ndarray::{Array1, Array2, array};
use ndarray_dnn::Activation::{self, Identity, Tanh};
use ndarray_dnn::{BatchOrder, Dnn, Init, Layer};

use super::{NO_STEP, RATES, ROWS, builder, data};
use crate::common::{ACTIVATIONS, assert_close, bits, has_kink, parameters, with_parameters};

const STEP: f64 = 1e-5;
const TOLERANCE: f64 = 1e-9;

/// Number j of the stream of SplitMix64 with this key, as its authors write it.
fn stream(key: u64, j: u64) -> u64 {
    let mut z = key.wrapping_add(j.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The factors M / (1 − p) of a layer: `(rows, columns)`.
fn factors(seed: u64, updates: u64, layer: u64, rate: f64, dim: (usize, usize)) -> Array2<f64> {
    factors_of_rank(0, seed, updates, layer, rate, dim)
}

/// The factors of a layer on one of several machines.
fn factors_of_rank(
    rank: u64,
    seed: u64,
    updates: u64,
    layer: u64,
    rate: f64,
    dim: (usize, usize),
) -> Array2<f64> {
    let of_rank = if rank == 0 { stream(seed, 2) } else { stream(stream(seed, 3), rank) };
    let key = stream(stream(of_rank, updates), layer);
    Array2::from_shape_fn(dim, |(row, neuron)| {
        let number = stream(stream(key, row as u64), neuron as u64) >> 11;
        if number as f64 / 2.0_f64.powi(53) < rate { 0.0 } else { 1.0 / (1.0 - rate) }
    })
}

/// A masked network as a function of its parameters.
struct Masked {
    layers: Vec<Layer>,
    factors: [Array2<f64>; 2],
    x: Array2<f64>,
    y: Array2<f64>,
}

impl Masked {
    /// ½‖d‖², the mean over the rows.
    fn objective(&self, theta: &Array1<f64>) -> f64 {
        let mut a = self.x.clone();
        for (l, layer) in with_parameters(&self.layers, theta.as_slice().unwrap()).into_iter().enumerate() {
            a = Dnn::builder().build_from([layer]).unwrap().predict(&a).unwrap();
            if let Some(factors) = self.factors.get(l) {
                a *= factors;
            }
        }
        0.5 * (&self.y - &a).mapv(|d| d * d).sum() / self.y.nrows() as f64
    }

    fn gradient(&self, theta: &Array1<f64>) -> Array1<f64> {
        Array1::from_shape_fn(theta.len(), |i| {
            let [below, above] = [-STEP, STEP].map(|step| {
                let mut moved = theta.clone();
                moved[i] += step;
                self.objective(&moved)
            });
            (above - below) / (2.0 * STEP)
        })
    }

    /// Whether no ReLU and the like is close to its kink.
    fn is_smooth(&self) -> bool {
        let mut a = self.x.clone();
        self.layers.iter().enumerate().all(|(l, layer)| {
            let z = a.dot(&layer.weights().t()) + layer.biases();
            a = Dnn::builder().build_from([layer.clone()]).unwrap().predict(&a).unwrap();
            if let Some(factors) = self.factors.get(l) {
                a *= factors;
            }
            !has_kink(layer.activation()) || z.iter().all(|z| z.abs() > 1e-3)
        })
    }
}

#[test]
fn a_step_descends_the_objective_of_the_masked_network() {
    let (x, y) = data();
    for hidden in ACTIVATIONS {
        let mut checked = 0;
        // The first seeds whose networks are far from every kink.
        for seed in 0.. {
            if checked >= 2 {
                break;
            }
            let builder = builder(hidden).seed(seed).regularization(0.0).momentum(0.0);
            let mut net = builder.minibatch_size(usize::MAX).decay_power(0.0).eta(1.0).build().unwrap();
            // Two steps: the masks are those of no update, and of one.
            for updates in 0..2 {
                let masked = Masked {
                    layers: net.layers().to_vec(),
                    factors: [(0, 4), (1, 5)]
                        .map(|(l, columns)| factors(seed, updates, l as u64, RATES[l], (ROWS, columns))),
                    x: x.clone(),
                    y: y.clone(),
                };
                if !masked.is_smooth() {
                    break;
                }
                let before = parameters(net.layers());
                let loss = net.partial_fit(&x, &y).unwrap();
                let context = format!("{hidden}, seed {seed}, update {updates}");
                let objective = masked.objective(&before);
                assert!((loss - objective).abs() <= 1e-13, "{context}: {loss}, not {objective}");
                let gradient = masked.gradient(&before);
                assert!(gradient.iter().any(|g| g.abs() > 1e-3), "{context}: nothing is tested");
                assert_close(&context, &(before - parameters(net.layers())), &gradient, TOLERANCE);
                checked += 1;
            }
        }
    }
}

#[test]
fn the_masks_of_a_rank_are_the_documented_function() {
    let (x, y) = data();
    let builder = builder(Tanh).seed(7).regularization(0.0).momentum(0.0);
    let net = builder.minibatch_size(usize::MAX).decay_power(0.0).eta(1.0).max_epochs(1).build().unwrap();
    for rank in [0, 1, 2, usize::MAX] {
        let mut net = net.clone();
        for updates in 0..2 {
            let masked = Masked {
                layers: net.layers().to_vec(),
                factors: [(0, 4), (1, 5)].map(|(l, columns)| {
                    factors_of_rank(rank as u64, 7, updates, l as u64, RATES[l], (ROWS, columns))
                }),
                x: x.clone(),
                y: y.clone(),
            };
            let before = parameters(net.layers());
            let report = net.training(&x, &y).rank(rank).resume().run().unwrap();
            let (loss, objective) = (report.losses()[0], masked.objective(&before));
            assert!((loss - objective).abs() <= 1e-13, "rank {rank}: {loss}, not {objective}");
            let step = before.clone() - parameters(net.layers());
            assert_close("the step", &step, &masked.gradient(&before), TOLERANCE);
        }
    }
}

#[test]
fn the_expectation_is_the_output_without_dropout() {
    // ŷ is linear in the masks, and the loss |−100 − ŷ| is 100 + ŷ.
    let net = |rates: [f64; 1]| {
        let builder = Dnn::builder().input_shape(1).shape([20, 1]).activations([Identity, Identity]);
        let builder = builder.init(Init::Uniform { low: 0.0, high: 1.0 }).regularization(0.0);
        builder.eta(NO_STEP).dropout(rates).build().unwrap()
    };
    let (x, y) = (array![[1.0]], array![[-100.0]]);
    for rate in [0.1, 0.5, 0.8] {
        let mut net = net([rate]);
        let expected = net.predict(&x).unwrap()[[0, 0]];
        let draws = 4000;
        let outputs = Vec::from_iter((0..draws).map(|_| net.partial_fit(&x, &y).unwrap() - 100.0));
        let mean = outputs.iter().sum::<f64>() / f64::from(draws);
        let variance = outputs.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / f64::from(draws);
        let error = (variance / f64::from(draws)).sqrt();
        assert!(error > 0.0 && (mean - expected).abs() < 4.0 * error, "{rate}: {mean} instead of {expected}");
    }
}

#[test]
fn rates_of_0_are_no_dropout_bit_for_bit() {
    let (x, y) = data();
    for order in crate::common::ORDERS {
        for hidden in ACTIVATIONS {
            let builder = || builder(hidden).batch_order(order).eta(0.005).max_epochs(3);
            let mut with = builder().dropout([0.0, -0.0]).build().unwrap();
            let plain =
                Dnn::builder().input_shape(3).shape([4, 5, 2]).activations([hidden, hidden, Identity]);
            let plain = plain.init(with.config().init()).loss(with.config().loss()).threshold(0.0);
            let plain = plain.batch_order(order).minibatch_size(4).eta(0.005).max_epochs(3);
            let mut without = plain.build().unwrap();
            let losses = [with.fit(&x, &y).unwrap(), without.fit(&x, &y).unwrap()];
            assert_eq!(losses[0].losses(), losses[1].losses());
            assert_eq!(crate::common::state(&with), crate::common::state(&without), "{order:?}, {hidden}");
            let mut dropped = builder().build().unwrap();
            dropped.fit(&x, &y).unwrap();
            assert_ne!(crate::common::state(&dropped), crate::common::state(&without), "{order:?}, {hidden}");
        }
    }
}

#[test]
fn only_training_drops() {
    let (x, y) = data();
    let mut net = builder(Tanh).batch_order(BatchOrder::Shuffled).max_epochs(3).build().unwrap();
    let report = net.training(&x, &y).validation(&x, &y).run().unwrap();
    // As without dropout: the same layers in a network that has none.
    let plain = Dnn::builder().loss(net.config().loss()).build_from(net.layers().to_vec()).unwrap();
    assert_eq!(report.validation_losses().last(), Some(&plain.mean_loss(&x, &y).unwrap()));
    assert_eq!(net.mean_loss(&x, &y), plain.mean_loss(&x, &y));
    assert_eq!(net.objective(&x, &y), plain.objective(&x, &y));
    assert_eq!(bits(&net.predict(&x).unwrap()), bits(&plain.predict(&x).unwrap()));
    let (pass, other) = (net.compute(&x).unwrap(), plain.compute(&x).unwrap());
    assert_eq!(pass, other);
    assert_eq!(net.loss(&pass, &y), plain.loss(&other, &y));
    let d = net.error(&pass, &y).unwrap();
    assert_eq!(net.bp(&pass, &d), plain.bp(&other, &d));
}

#[test]
fn each_seed_layer_row_and_update_has_a_mask_of_its_own() {
    let dim = (20, 30);
    let all = [(1, 0, 0), (2, 0, 0), (1, 1, 0), (1, 0, 1), (2, 1, 1)];
    let masks = all.map(|(seed, updates, layer)| factors(seed, updates, layer, 0.5, dim));
    for (i, mask) in masks.iter().enumerate() {
        for other in &masks[..i] {
            // Half of the 600 factors agree, within 4 deviations of 12.
            let equal = mask.iter().zip(other).filter(|(a, b)| a == b).count();
            assert!((250..350).contains(&equal), "{equal}");
        }
        for pair in mask.rows().into_iter().zip(mask.rows().into_iter().skip(1)) {
            assert_ne!(pair.0, pair.1);
        }
    }
}

/// The activations that need their z, and one that does not: the same steps for any layout and any garbage in rows of
/// weight 0.
#[test]
fn layouts_and_rows_of_weight_0_do_not_matter() {
    let (x, y) = data();
    let weights = Array1::from_shape_fn(ROWS, |i| (i % 3) as f64);
    for hidden in [Tanh, Activation::Gelu, Activation::Silu] {
        let fitted = |x: &Array2<f64>, y: &Array2<f64>| {
            let mut net = builder(hidden).max_epochs(4).build().unwrap();
            let report = net.training(x, y).sample_weights(&weights).run().unwrap();
            (net, report.losses().to_vec())
        };
        let expected = fitted(&x, &y);
        let by_columns = x.t().as_standard_layout().reversed_axes().to_owned();
        assert_eq!(fitted(&by_columns, &y), expected, "{hidden}");
        let (mut x, mut y) = (x.clone(), y.clone());
        for row in (0..ROWS).step_by(3) {
            x.row_mut(row).fill(f64::MAX);
            y.row_mut(row).fill(-f64::MAX);
        }
        assert_eq!(fitted(&x, &y), expected, "{hidden}");
    }
}
