//! The products of one row and of packed weights against the general one.

use super::*;
use crate::kernel::arch::Arch;
use crate::kernel::matrix::Matrix;
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
