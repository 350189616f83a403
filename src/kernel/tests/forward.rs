//! The products of one row and of packed weights against the general one, and a pass of one row against one of many.

use super::*;
use crate::activation::{Activation, Link};
use crate::kernel::arch::Arch;
use crate::kernel::forward::{Dense, Forward, Linked};
use crate::kernel::matrix::{Matrix, MatrixView};
use crate::kernel::product::{Product, ProductOfPanels, ProductPanels, row};

const ROWS: usize = 13;

fn matrix<F: Scalar>(rows: usize, columns: usize, generator: &mut ChaCha8Rng) -> Matrix<F> {
    let mut matrix = Matrix::zeros("m", rows, columns).unwrap();
    matrix.values_mut().copy_from_slice(&uniform(generator, rows * columns));
    matrix
}

/// A row by [`row`].
struct OfRow<'a, F> {
    a: &'a [F],
    b: &'a [F],
    bias: &'a [F],
    c: &'a mut [F],
}

impl<F: Scalar> Kernel for OfRow<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        row(arch, self.a, self.b, self.bias, self.c);
    }
}

/// The three products of a layer, each as the bits of its output.
struct Products<'a, F>(&'a Matrix<F>, &'a Matrix<F>, &'a [F]);

impl<F: Scalar> Kernel for Products<'_, F> {
    type Output = [Option<Vec<u64>>; 3];

    const IS_WIDE: bool = true;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) -> Self::Output {
        let Self(a, b, bias) = self;
        let filled = || vec![F::nan(); a.rows() * b.columns()];
        let mut general = filled();
        arch.run(Product::affine(a.by_ref(), b, bias, &mut general));
        let mut row_by_row = filled();
        for (a, c) in a.each_row().zip(row_by_row.chunks_exact_mut(b.columns())) {
            arch.run(OfRow { a, b: b.values(), bias, c });
        }
        let packed = ProductPanels::pack_for(arch, b).map(|panels| {
            let mut c = filled();
            arch.run(ProductOfPanels { a: a.by_ref(), b: &panels, bias, c: &mut c });
            bits(&c)
        });
        [Some(bits(&general)), Some(bits(&row_by_row)), packed]
    }
}

fn check_products<F: Scalar>() {
    let generator = &mut generator();
    for columns in (1..40).chain([64, 70, 129]) {
        for depth in [1, 2, 3, 7, 8, 9, 17, 40, 1100] {
            let (a, b) = (matrix::<F>(ROWS, depth, generator), matrix::<F>(depth, columns, generator));
            let bias = uniform::<F>(generator, columns);
            for machine in Machine::all() {
                let [general, others @ ..] = run(Products(&a, &b, &bias), machine);
                for other in others.into_iter().filter(Option::is_some) {
                    assert_eq!(other, general, "{columns} columns, depth {depth}, {machine:?}");
                }
            }
        }
    }
}

#[test]
fn a_row_and_packed_weights_have_the_bits_of_the_general_product() {
    check_products::<f32>();
    check_products::<f64>();
}

/// Two layers and softmax; returns Ŷ and what the pass says about its input.
fn pass<F: Scalar>(x: &[F], layers: &[(Matrix<F>, Vec<F>)], machine: Machine) -> (Vec<u64>, bool) {
    let rows = x.len() / layers[0].0.rows();
    let filled = |columns| vec![F::nan(); rows * columns];
    let mut outputs = Vec::from_iter(layers.iter().map(|(weights, _)| filled(weights.columns())));
    let (mut y, mut maxima_and_others) = (filled(layers[layers.len() - 1].0.columns()), filled(2));
    let dense = layers.iter().zip(&mut outputs).map(|((weights, biases), output)| Dense {
        weights,
        panels: None,
        biases,
        activation: Activation::Relu,
        output,
        level: None,
        mask: None,
    });
    let is_finite = run(
        Forward {
            input: MatrixView::of_values(x, layers[0].0.rows()),
            checks_input: true,
            layers: dense,
            link: Link::Softmax,
            linked: Linked { probabilities: &mut y, maxima_and_others: &mut maxima_and_others },
        },
        machine,
    );
    (bits(&y), is_finite)
}

fn check_passes<F: Scalar>() {
    let generator = &mut generator();
    for sizes in [[1, 1, 2], [2, 8, 1], [3, 2, 3], [5, 17, 10]] {
        let layers =
            Vec::from_iter(sizes.windows(2).map(|sizes| {
                (matrix::<F>(sizes[0], sizes[1], generator), uniform::<F>(generator, sizes[1]))
            }));
        let x = uniform::<F>(generator, ROWS * sizes[0]);
        for machine in Machine::all() {
            let (all, is_finite) = pass(&x, &layers, machine);
            assert!(is_finite);
            for (i, (x, expected)) in x.chunks_exact(sizes[0]).zip(all.chunks_exact(sizes[2])).enumerate() {
                assert_eq!(pass(x, &layers, machine), (expected.to_vec(), true), "{sizes:?}, row {i}");
                for value in [F::nan(), F::infinity(), F::neg_infinity()] {
                    for j in 0..sizes[0] {
                        let mut x = x.to_vec();
                        x[j] = value;
                        assert!(!pass(&x, &layers, machine).1, "{sizes:?}, {value} at {j}");
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
