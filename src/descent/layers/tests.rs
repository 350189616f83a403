//! A pass of one row against one of many.

use ndarray::Array2;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::kernel::Machine;
use crate::model::Network;

const SEED: u64 = 5;
const ROWS: usize = 13;

/// Values uniform in [−1, 1).
fn uniform<F: Scalar>(generator: &mut ChaCha8Rng, length: usize) -> Vec<F> {
    (0..length).map(|_| F::from_f64(generator.random_range(-1.0..1.0))).collect()
}

/// Ŷ, and what the pass says about its input.
fn pass<F: Scalar>(x: &[F], network: &Network<F>, machine: Machine) -> (Vec<u64>, bool) {
    let input = MatrixView::of_values(x, network.inputs());
    let filled = |columns| vec![F::nan(); input.rows() * columns];
    let mut outputs = Vec::from_iter(network.layers().iter().map(|layer| filled(layer.fan_out())));
    let (mut probabilities, mut maxima_and_others) = (filled(network.outputs()), filled(2));
    let layers = network.layers().iter().zip(&mut outputs);
    let layers = layers.map(|(layer, output)| Dense { layer, panels: None, output, level: None, mask: None });
    let linked = Linked { probabilities: &mut probabilities, maxima_and_others: &mut maxima_and_others };
    let is_finite = machine.with(|| forward_unchecked(input, layers, network.link(), linked));
    (probabilities.iter().map(|value| value.as_f64().to_bits()).collect(), is_finite)
}

/// Two layers of random parameters, and softmax.
fn network<F: Scalar>(sizes: [usize; 3], generator: &mut ChaCha8Rng) -> Network<F> {
    let layer = |sizes: &[usize]| {
        let weights = uniform(generator, sizes[0] * sizes[1]);
        let weights = Array2::from_shape_vec((sizes[1], sizes[0]), weights).unwrap();
        Layer::new(weights, uniform(generator, sizes[1]).into(), Activation::Relu).unwrap()
    };
    Network::new(sizes.windows(2).map(layer).collect(), Link::Softmax).unwrap()
}

fn check_passes<F: Scalar>() {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    for sizes in [[1, 1, 2], [2, 8, 1], [3, 2, 3], [5, 17, 10]] {
        let network = network::<F>(sizes, generator);
        let x = uniform::<F>(generator, ROWS * sizes[0]);
        for machine in Machine::all() {
            let (all, is_finite) = pass(&x, &network, machine);
            assert!(is_finite);
            for (i, (x, expected)) in x.chunks_exact(sizes[0]).zip(all.chunks_exact(sizes[2])).enumerate() {
                assert_eq!(pass(x, &network, machine), (expected.to_vec(), true), "{sizes:?}, row {i}");
                for value in [F::nan(), F::infinity(), F::neg_infinity()] {
                    for j in 0..sizes[0] {
                        let mut x = x.to_vec();
                        x[j] = value;
                        assert!(!pass(&x, &network, machine).1, "{sizes:?}, {value} at {j}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_pass_of_one_row_equals_that_of_many_and_finds_a_value_that_is_not_finite() {
    check_passes::<f32>();
    check_passes::<f64>();
}
