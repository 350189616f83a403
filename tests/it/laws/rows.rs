//! A row alone has the bits of the same row among many, by every method that predicts.

use ndarray::{Array2, Axis, array, s};
use ndarray_dnn::Activation::{Identity, Relu, Sigmoid, Tanh};
use ndarray_dnn::{Dnn, Error, Layer, Link, Pass, Scalar};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::SEED;
use crate::common::layouts::layouts;
use crate::common::{ACTIVATIONS, bits, network, uniform, with_link};

/// Sizes on both sides of a vector, of several vectors and of a panel, and those of single columns.
const SIZES: [&[usize]; 7] = [
    &[2, 8, 1],
    &[5, 1, 3, 2],
    &[9, 17, 7, 4],
    &[3, 33, 16, 10],
    &[20, 70, 130, 5],
    &[1, 64, 12],
    &[600, 40, 2],
];
/// More rows than two blocks of a prediction.
const MANY: usize = 203;

fn check<F: Scalar>(link: Link) {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    for (case, sizes) in SIZES.into_iter().enumerate() {
        for shift in 0..ACTIVATIONS.len() {
            let activations =
                Vec::from_iter((1..sizes.len()).map(|l| ACTIVATIONS[(l + shift + case) % ACTIVATIONS.len()]));
            let is_refused = match link {
                Link::Softmax => sizes.last() == Some(&1),
                Link::Logistic => activations.last() == Some(&Sigmoid),
                _ => false,
            };
            if is_refused {
                continue;
            }
            let net = network::<F>(with_link(link), sizes, &activations, generator);
            let x = uniform::<F>(MANY, sizes[0], generator);
            let context = format!("{sizes:?}, {activations:?}, {link}");
            let all = net.predict(&x).unwrap();
            let (mut pass, mut y) = (Pass::default(), vec![F::zero(); net.output_shape()]);
            for rows in [1, 2, 3, 5, 6, 7, 8, 12, 13, 95, 96, 97] {
                let (x, expected) = (x.slice(s![..rows, ..]), bits(&all.slice(s![..rows, ..])));
                assert_eq!(bits(&net.predict(&x).unwrap()), expected, "{context}, {rows} rows");
                net.compute_into(&x, &mut pass).unwrap();
                assert_eq!(bits(&pass.output()), expected, "{context}, {rows} rows computed");
            }
            for (i, row) in x.rows().into_iter().enumerate().step_by(17) {
                let (expected, row) = (bits(&all.row(i)), row.to_vec());
                let of_row = Array2::from_shape_vec((1, y.len()), net.predict_row(&row).unwrap()).unwrap();
                assert_eq!(bits(&of_row), expected, "{context}, row {i}");
                net.predict_row_into(&row, &mut y, &mut pass).unwrap();
                assert_eq!(y, of_row.row(0).to_vec(), "{context}, row {i}");
                // The pass is that of the row.
                assert_eq!(pass, net.compute(&x.slice(s![i..=i, ..])).unwrap(), "{context}, row {i}");
            }
        }
    }
}

#[test]
fn a_row_alone_has_the_bits_of_many_rows() {
    for link in [Link::Identity, Link::Softmax, Link::Logistic] {
        check::<f64>(link);
        check::<f32>(link);
    }
}

#[test]
fn every_layout_of_many_rows_gives_the_same_bits_and_classes() {
    let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
    let net = network::<f32>(with_link(Link::Softmax), &[7, 40, 3], &[Tanh, Identity], generator);
    let x = uniform::<f32>(5000, 7, generator);
    let (expected, classes) = (bits(&net.predict(&x).unwrap()), net.predict_classes(&x).unwrap());
    for (layout, x) in layouts(&x) {
        assert_eq!(bits(&net.predict(&x).unwrap()), expected, "{layout}");
        assert_eq!(net.predict_classes(&x).unwrap(), classes, "{layout}");
    }
    for (row, class) in x.axis_iter(Axis(0)).zip(&classes).step_by(97) {
        assert_eq!(net.predict_classes(&row.insert_axis(Axis(0))).unwrap(), array![*class]);
    }
}

/// Networks that hide a value of x that is not finite: relu after a negative weight, weights of 0.
fn hiding(columns: usize) -> Vec<Dnn> {
    let layer = |weight, activation| {
        Layer::new(
            Array2::from_elem((columns, 3), weight),
            Array2::zeros((1, columns)).row(0).to_owned(),
            activation,
        )
    };
    let last = || Layer::new(Array2::from_elem((2, columns), 1.0), array![0.0, 0.0], Identity).unwrap();
    let net = |weight| {
        let builder: ndarray_dnn::DnnBuilder = Dnn::builder();
        builder.build_from([layer(weight, Relu).unwrap(), last()]).unwrap()
    };
    vec![net(-1.0), net(0.0), net(1e-300)]
}

#[test]
fn a_value_that_is_not_finite_is_found_in_every_block() {
    for columns in [1, 2, 40] {
        for net in hiding(columns) {
            for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                for (row, column) in [(0, 0), (95, 2), (96, 1), (202, 2)] {
                    let mut x = Array2::from_elem((MANY, 3), 0.5);
                    x[[row, column]] = value;
                    // A later one is not named.
                    x[[MANY - 1, 2]] = f64::NAN;
                    let expected = Error::NonFinite { what: "x", row, column };
                    assert_eq!(net.predict(&x), Err(expected.clone()), "{columns}, {value}");
                    assert_eq!(net.predict_classes(&x), Err(expected), "{columns}, {value}");
                    let expected = Error::NonFinite { what: "x", row: 0, column };
                    let (mut y, mut pass) = ([7.0; 2], net.compute(&array![[1.0, 2.0, 3.0]]).unwrap());
                    let before = pass.clone();
                    let x = x.row(row).to_vec();
                    assert_eq!(net.predict_row(&x), Err(expected.clone()));
                    assert_eq!(net.predict_row_into(&x, &mut y, &mut pass), Err(expected));
                    assert_eq!((y, pass), ([7.0; 2], before));
                }
            }
        }
    }
}

#[test]
fn x_is_named_before_an_output_of_an_earlier_row() {
    let net =
        Dnn::builder().build_from([Layer::new(array![[1e308]], array![0.0], Identity).unwrap()]).unwrap();
    let mut x = Array2::zeros((9000, 1));
    x[[3, 0]] = 100.0;
    let output = Error::NonFinite { what: "the output", row: 3, column: 0 };
    assert_eq!(net.predict(&x), Err(output.clone()));
    assert_eq!(net.predict_classes(&x), Err(output));
    x[[8999, 0]] = f64::NAN;
    let expected = Error::NonFinite { what: "x", row: 8999, column: 0 };
    assert_eq!(net.predict(&x), Err(expected.clone()));
    assert_eq!(net.predict_classes(&x), Err(expected));
    // A sum of the first layer that overflows is no error if the output is finite.
    let hidden = Layer::new(array![[-1e308, -1e308]], array![0.0], Relu).unwrap();
    let net = Dnn::builder()
        .build_from([hidden, Layer::new(array![[1.0]], array![2.0], Identity).unwrap()])
        .unwrap();
    assert_eq!(net.predict(&array![[100.0, 100.0]]), Ok(array![[2.0]]));
    assert_eq!(net.predict_row(&[100.0, 100.0]), Ok(vec![2.0]));
}
