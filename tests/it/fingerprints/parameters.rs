//! `Dnn::fingerprint`: what it depends on.

use ndarray::{Array1, Array2, array};
use ndarray_dnn::Activation::{Identity, Relu, Tanh};
use ndarray_dnn::{Dnn, Layer, Optimizer, Scalar};

use super::cases::{Hash, x};
use crate::common::layouts::layouts;

fn net<F: Scalar>() -> Dnn<F> {
    let builder = Dnn::builder().input_shape(3).shape([4, 2]).activations([Tanh, Identity]);
    builder.seed(7).build().unwrap()
}

/// The network with other parameters: W₁ row by row, b₁, W₂, b₂.
fn with<F: Scalar>(net: &Dnn<F>, change: impl Fn(usize, F) -> F) -> Dnn<F> {
    let mut i = 0;
    let mut next = |value: &F| {
        i += 1;
        change(i - 1, *value)
    };
    let layers = net.layers().iter().map(|layer| {
        let weights =
            Array2::from_shape_vec(layer.weights().dim(), layer.weights().iter().map(&mut next).collect());
        let biases = layer.biases().iter().map(&mut next).collect::<Array1<F>>();
        Layer::new(weights.unwrap(), biases, layer.activation()).unwrap()
    });
    Dnn::builder().build_from(Vec::from_iter(layers)).unwrap()
}

/// The documented bytes, one after the other.
#[test]
fn it_is_the_hash_of_the_documented_bytes() {
    let mut double = Hash::NEW;
    [64_u64, 2, 3, 4, 2].iter().for_each(|number| double.add(&number.to_le_bytes()));
    let mut single = Hash::NEW;
    [32_u64, 2, 3, 4, 2].iter().for_each(|number| single.add(&number.to_le_bytes()));
    let net = net::<f64>();
    let small = net.cast::<f32>().unwrap();
    for (layer, small) in net.layers().iter().zip(small.layers()) {
        for row in layer.weights().rows() {
            row.iter().for_each(|weight| double.add(&weight.to_le_bytes()));
        }
        layer.biases().iter().for_each(|bias| double.add(&bias.to_le_bytes()));
        for row in small.weights().rows() {
            row.iter().for_each(|weight| single.add(&weight.to_le_bytes()));
        }
        small.biases().iter().for_each(|bias| single.add(&bias.to_le_bytes()));
    }
    assert_eq!((net.fingerprint(), small.fingerprint()), (double.0, single.0));
}

#[test]
fn every_bit_of_every_parameter_enters() {
    fn check<F: Scalar>(bits: u32, flip: impl Fn(F, u32) -> F) {
        let net = net::<F>();
        let expected = net.fingerprint();
        assert_eq!(with(&net, |_, value| value).fingerprint(), expected);
        for changed in 0..net.parameter_count() {
            for bit in 0..bits {
                let flipped = |i, value| if i == changed { flip(value, bit) } else { value };
                assert_ne!(with(&net, flipped).fingerprint(), expected, "{changed}, {bit}");
            }
        }
        // Two changes at once: both signs of a pair.
        for other in 1..net.parameter_count() {
            let flipped = |i, value: F| if i == 0 || i == other { -value } else { value };
            assert_ne!(with(&net, flipped).fingerprint(), expected, "{other}");
        }
    }
    // Flipping the exponent's highest bit of a small number gives a large one, not an infinity.
    check::<f64>(64, |value, bit| f64::from_bits(value.to_bits() ^ 1 << bit));
    check::<f32>(32, |value, bit| f32::from_bits(value.to_bits() ^ 1 << bit));
}

#[test]
fn the_sign_of_0_enters() {
    let of = |bias: f64| {
        let layer = Layer::new(array![[1.0]], array![bias], Identity).unwrap();
        Dnn::builder().build_from([layer]).unwrap().fingerprint()
    };
    assert_ne!(of(0.0), of(-0.0));
    assert_eq!(of(0.0), of(0.0));
}

#[test]
fn the_shape_enters() {
    // The same parameters in the same order: 6 weights and biases of 0, and 9 of them in one and in two layers.
    let of = |sizes: &[usize]| {
        let layers = sizes.windows(2).map(|sizes| {
            Layer::<f64>::new(Array2::zeros((sizes[1], sizes[0])), Array1::zeros(sizes[1]), Identity).unwrap()
        });
        Dnn::builder().build_from(layers).unwrap().fingerprint()
    };
    let all = [
        of(&[5, 1]),
        of(&[2, 2]),
        of(&[1, 3]),
        of(&[8, 1]),
        of(&[2, 3]),
        of(&[1, 1, 1, 2, 1]),
        of(&[3, 1, 2, 1]),
    ];
    for (i, fingerprint) in all.iter().enumerate() {
        assert!(!all[..i].contains(fingerprint), "{i}");
    }
}

#[test]
fn the_memory_layout_and_the_other_parts_of_a_network_do_not_enter() {
    let net = net::<f64>();
    let expected = net.fingerprint();
    for (name, weights) in layouts(&net.layers()[0].weights().to_owned()) {
        let first = Layer::new(weights, net.layers()[0].biases().to_owned(), Relu).unwrap();
        let other = Dnn::builder().eta(0.7).optimizer(Optimizer::adam()).seed(99);
        let other = other.build_from([first, net.layers()[1].clone()]).unwrap();
        assert_eq!(other.fingerprint(), expected, "{name}");
    }
    assert_eq!(net.clone().fingerprint(), expected);
    // The element type does.
    assert_ne!(net.cast::<f32>().unwrap().fingerprint(), expected);
}

#[test]
fn training_changes_it_and_a_restored_network_has_it_again() {
    let mut net = net::<f64>();
    let kept = net.clone();
    let before = net.fingerprint();
    let (x, y) = (x::<f64>(6, 3), x::<f64>(6, 2));
    net.partial_fit(&x, &y).unwrap();
    assert_ne!(net.fingerprint(), before);
    net = kept;
    assert_eq!(net.fingerprint(), before);
}

#[cfg(feature = "safetensors")]
#[test]
fn saved_and_loaded_networks_keep_it() {
    fn check<F: Scalar>() {
        let mut net = net::<F>();
        net.partial_fit(&x(6, 3), &x(6, 2)).unwrap();
        let loaded = Dnn::<F>::from_safetensors(&net.to_safetensors().unwrap()).unwrap();
        assert_eq!(loaded.fingerprint(), net.fingerprint());
    }
    check::<f64>();
    check::<f32>();
}
