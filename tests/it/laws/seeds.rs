//! Seeds: the numbers that they draw never change.

use ndarray::{Array1, array};
use ndarray_dnn::Activation::{Identity, Sigmoid};
use ndarray_dnn::BatchOrder::{Shuffled, ShuffledByEpoch};
use ndarray_dnn::{Dnn, Layer, Scalar};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::example;
use crate::common::{ORDERS, parameters, state};

/// The seed of the numbers below.
const FROZEN: u64 = 42;

/// The first and the last parameter that it draws for sizes 2, 3, 1.
///
/// Another number here is a value-breaking change, which belongs in the README's list.
const DRAWN: [f64; 2] = [0.006818961923066714, 0.009569902689161412];

/// The weight and the bias after two epochs over rows that it permutes; another number is value-breaking too.
///
/// All arithmetic is exact, so that the numbers depend on the permutations and not on rounding.
const SHUFFLED: [f64; 2] = [15_495.0 / 16_384.0, 388_477.0 / 131_072.0];
const SHUFFLED_BY_EPOCH: [f64; 2] = [25_935.0 / 16_384.0, 394_867.0 / 131_072.0];

#[test]
fn a_seed_draws_these_values() {
    fn drawn<F: Scalar>() -> Array1<f64> {
        let builder = Dnn::<F>::builder().input_shape(2).shape([3, 1]).activations([Sigmoid, Identity]);
        parameters(builder.seed(FROZEN).build().unwrap().layers())
    }
    let found = drawn::<f64>();
    assert_eq!([found[0], found[found.len() - 1]], DRAWN);
    // W₁ row by row, b₁, W₂, b₂, each u/100 of the seed's generator; in f32 the same, rounded.
    let mut generator = ChaCha8Rng::seed_from_u64(FROZEN);
    assert_eq!(found, found.mapv(|_| generator.random::<f64>() / 100.0));
    assert_eq!(drawn::<f32>(), found.mapv(|value| f64::from(value as f32)));
}

#[test]
fn a_seed_shuffles_into_these_orders() {
    for (order, expected) in [(Shuffled, SHUFFLED), (ShuffledByEpoch, SHUFFLED_BY_EPOCH)] {
        let layer = Layer::new(array![[0.0]], array![0.0], Identity).unwrap();
        let builder =
            Dnn::builder().batch_order(order).minibatch_size(1).max_epochs(2).threshold(0.0).seed(FROZEN);
        let builder = builder.eta(0.25).momentum(0.0).decay_power(0.0).regularization(0.0);
        let mut net = builder.build_from([layer]).unwrap();
        let x = array![[-2.0], [-1.0], [0.0], [1.0], [2.0], [1.0]];
        let y = array![[1.0], [5.0], [2.0], [-3.0], [4.0], [7.0]];
        net.fit(&x, &y).unwrap();
        assert_eq!(parameters(net.layers()).to_vec(), expected, "{order}");
    }
}

#[test]
fn equal_seeds_give_equal_results() {
    for order in ORDERS {
        let fit = |seed| {
            let builder = Dnn::<f64>::builder().input_shape(3).shape([4, 2]).activations([Sigmoid, Identity]);
            let mut net = builder.batch_order(order).max_epochs(2).seed(seed).build().unwrap();
            let (_, x, y) = example(Dnn::builder(), false, 11);
            net.fit(&x, &y).unwrap();
            state(&net)
        };
        assert_eq!(fit(1), fit(1), "{order:?}");
        assert_ne!(fit(1), fit(2), "{order:?}");
    }
    // The permutations alone, with equal initial parameters.
    let shuffled = |seed| {
        let builder = Dnn::builder().batch_order(Shuffled).max_epochs(2).seed(seed);
        let (mut net, x, y) = example::<f64>(builder, false, 11);
        net.fit(&x, &y).unwrap();
        state(&net)
    };
    assert_eq!(shuffled(1), shuffled(1));
    assert_ne!(shuffled(1), shuffled(2));
}
