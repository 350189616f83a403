//! A network that is made of kernels.

use super::activate::Name::{self, Relu, Sigmoid, Tanh};
use super::*;
use crate::kernel::product::{Operand, Product};
use crate::kernel::softmax::Softmax;

const SIZES: [usize; 6] = [9, 17, 8, 33, 10, 5];
const LAYERS: [Option<Name>; 5] = [Some(Sigmoid), Some(Tanh), Some(Relu), Some(Tanh), None];
const BATCH: usize = 13;

/// The weights `(fan_in, fan_out)` and the biases of each layer.
fn parameters<F: Scalar>(generator: &mut ChaCha8Rng) -> Vec<[Vec<F>; 2]> {
    let layer = |sizes: &[usize]| {
        // With this bound, sums are about as large as their terms.
        let scale = F::from_f64((sizes[0] as f64).sqrt().recip());
        let weights = uniform::<F>(generator, sizes[0] * sizes[1]).into_iter().map(|w| w * scale).collect();
        [weights, uniform(generator, sizes[1])]
    };
    SIZES.windows(2).map(layer).collect()
}

/// The softmax of the output of the last layer.
fn by_kernels<F: Scalar>(x: &[F], parameters: &[[Vec<F>; 2]], machine: Machine) -> Vec<F> {
    let mut input = x.to_vec();
    for ((sizes, [weights, biases]), activation) in SIZES.windows(2).zip(parameters).zip(LAYERS) {
        let mut z = vec![F::nan(); BATCH * sizes[1]];
        let product = Product {
            a: Operand { values: &input, stride: sizes[0], transposed: false },
            b: Operand { values: weights, stride: sizes[1], transposed: false },
            c: &mut z,
            rows: 0..BATCH,
            columns: sizes[1],
            depth: sizes[0],
            bias: Some(biases),
            scale: F::one(),
        };
        run(product, machine);
        if let Some(activation) = activation {
            activation.activate(&mut z, machine);
        }
        input = z;
    }
    let (mut y, mut maxima_and_others) = (vec![F::nan(); input.len()], vec![F::nan(); 2 * BATCH]);
    let columns = input.len() / BATCH;
    run(Softmax { a: &input, columns, y: &mut y, maxima_and_others: &mut maxima_and_others }, machine);
    y
}

fn by_slow_loops<F: Scalar>(x: &[F], parameters: &[[Vec<F>; 2]]) -> Vec<f64> {
    let mut y = Vec::new();
    for row in x.chunks_exact(SIZES[0]) {
        let mut input = Vec::from_iter(row.iter().map(|x| x.as_f64()));
        for ([weights, biases], activation) in parameters.iter().zip(LAYERS) {
            let fan_out = biases.len();
            let neuron = |j: usize| {
                let weights = weights.iter().skip(j).step_by(fan_out);
                let sum: f64 = input.iter().zip(weights).map(|(a, w)| a * w.as_f64()).sum();
                {
                    let z = sum + biases[j].as_f64();
                    activation.map_or(z, |activation| activation.slow(z))
                }
            };
            input = (0..fan_out).map(neuron).collect();
        }
        let sum: f64 = input.iter().map(|a| a.exp()).sum();
        y.extend(input.iter().map(|a| a.exp() / sum));
    }
    y
}

/// Five layers have sums with up to 34 roundings each. The numbers are about 1, and neither weights nor
/// activations make them larger. So the error is about 100 ε if the roundings do not cancel.
fn check<F: Element>(tolerance: f64) {
    assert!(tolerance > 80.0 * epsilon::<F>());
    let generator = &mut generator();
    let parameters = parameters::<F>(generator);
    let x = uniform::<F>(generator, BATCH * SIZES[0]);
    let expected = by_slow_loops(&x, &parameters);
    assert_eq!(expected.len(), BATCH * SIZES[SIZES.len() - 1]);
    let portable = by_kernels(&x, &parameters, Machine::Portable);
    for machine in Machine::all() {
        let found = by_kernels(&x, &parameters, machine);
        for (i, &expected) in expected.iter().enumerate() {
            assert_near(found[i], portable[i].as_f64(), tolerance, (i, machine));
            assert_near(found[i], expected, tolerance, (i, machine));
        }
    }
}

#[test]
fn a_network_of_kernels_agrees_with_slow_loops() {
    check::<f32>(1e-5);
    check::<f64>(1e-12);
}
