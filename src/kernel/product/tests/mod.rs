//! Every form and size of product against plain loops, on both paths.

mod blocked;

use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::driver::{DEPTH, SMALL_DEPTH};
use super::{Operand, Product};
use crate::kernel::arch::{Arch, Kernel, Machine};
use crate::kernel::scalar::Scalar;

/// The shape and the options of a product.
#[derive(Debug)]
struct Case {
    m: usize,
    n: usize,
    k: usize,
    transpose_a: bool,
    transpose_b: bool,
    has_bias: bool,
    /// Further columns in the rows of A and of B.
    gaps: [usize; 2],
    scale: f64,
}

fn random<F: Scalar>(generator: &mut ChaCha8Rng, length: usize) -> Vec<F> {
    (0..length).map(|_| F::from_f64(generator.random_range(-1.0..1.0))).collect()
}

impl Case {
    /// Checks both paths against plain loops, and parts of the rows against all of them.
    fn check<F: Scalar>(&self, tolerance: f64) {
        let &Self { m, n, k, transpose_a, transpose_b, has_bias, gaps, scale } = self;
        let generator = &mut ChaCha8Rng::seed_from_u64(3);
        let shape =
            |rows, columns, transposed: bool| if transposed { (columns, rows) } else { (rows, columns) };
        let ((a_rows, a_columns), (b_rows, b_columns)) = (shape(m, k, transpose_a), shape(k, n, transpose_b));
        let (a_stride, b_stride) = (a_columns + gaps[0], b_columns + gaps[1]);
        let a: Vec<F> = random(generator, a_rows * a_stride);
        let b: Vec<F> = random(generator, b_rows * b_stride);
        let bias: Vec<F> = random(generator, n);
        let product = |rows: Range<usize>, c: &mut [F], machine: Machine| {
            let product = Product {
                a: Operand { values: &a, stride: a_stride, transposed: transpose_a },
                b: Operand { values: &b, stride: b_stride, transposed: transpose_b },
                c,
                rows,
                columns: n,
                depth: k,
                bias: has_bias.then_some(&bias[..]),
                scale: F::from_f64(scale),
            };
            machine.run(product);
        };
        for machine in Machine::all() {
            let mut c = vec![F::nan(); m * n];
            product(0..m, &mut c, machine);
            for i in 0..m {
                for j in 0..n {
                    let at = |values: &[F], stride: usize, row: usize, column: usize, transposed: bool| {
                        let (row, column) = if transposed { (column, row) } else { (row, column) };
                        values[row * stride + column].as_f64()
                    };
                    let terms = (0..k)
                        .map(|p| at(&a, a_stride, i, p, transpose_a) * at(&b, b_stride, p, j, transpose_b));
                    let bias = if has_bias { bias[j].as_f64() } else { 0.0 };
                    let expected = (bias + terms.sum::<f64>()) * scale;
                    let found = c[i * n + j].as_f64();
                    assert!(
                        (found - expected).abs() <= tolerance,
                        "{self:?}, {machine:?}, ({i}, {j}): {found}, not {expected}"
                    );
                }
            }
            // Parts of the rows, as threads share them, have the same bits. A single column of a gradient is never
            // shared.
            let middle = m / 2;
            if n > 1 || !transpose_a {
                let mut parts = vec![F::nan(); m * n];
                let (upper, lower) = parts.split_at_mut(middle * n);
                product(0..middle, upper, machine);
                product(middle..m, lower, machine);
                assert_eq!(parts, c, "{self:?}, {machine:?}");
            }
        }
    }

    /// The three forms, with and without bias and scale.
    fn check_forms(m: usize, n: usize, k: usize, gaps: [usize; 2]) {
        for (transpose_a, transpose_b) in [(false, false), (false, true), (true, false)] {
            for (has_bias, scale) in [(false, 1.0), (true, 1.0), (false, -0.125)] {
                let has_bias = has_bias && !transpose_a;
                let case = Self { m, n, k, transpose_a, transpose_b, has_bias, gaps, scale };
                // As many roundings as the sum has terms, of numbers of that size.
                let roundings = (k + 2) as f64;
                case.check::<f64>(roundings * f64::EPSILON);
                case.check::<f32>(roundings * f64::from(f32::EPSILON));
            }
        }
    }
}

/// Plain loops: each sum in the order of the depth, from the bias on, then the scale. These are the bits of every
/// path, except for a single column.
struct Plain<'a, F>(Product<'a, F>);

impl<F: Scalar> Kernel for Plain<'_, F> {
    type Output = ();

    fn run<A: Arch>(self, _: A) {
        let Product { a, b, c, rows, columns, depth, bias, scale } = self.0;
        let at = |operand: Operand<'_, F>, i: usize, j: usize| {
            let (i, j) = if operand.transposed { (j, i) } else { (i, j) };
            operand.values[i * operand.stride + j]
        };
        for i in rows {
            for j in 0..columns {
                let bias = bias.map_or(F::zero(), |bias| bias[j]);
                let sum = (0..depth).fold(bias, |sum, p| A::mul_add(at(a, i, p), at(b, p, j), sum));
                c[i * columns + j] = sum * scale;
            }
        }
    }
}

/// Checks that the three forms have the bits of [`Plain`], on both paths.
fn check_bits<F: Scalar>(m: usize, n: usize, k: usize) {
    let generator = &mut ChaCha8Rng::seed_from_u64(4);
    let (a, b) = (random::<F>(generator, m * k), random::<F>(generator, k * n));
    let bias = random::<F>(generator, n);
    for (transpose_a, transpose_b) in [(false, false), (false, true), (true, false)] {
        for (bias, scale) in [(Some(&bias[..]), 1.0), (None, 1.0), (None, -0.1)] {
            let compute = |is_plain: bool, machine: Machine| {
                let mut c = vec![F::nan(); m * n];
                let product = Product {
                    a: Operand {
                        values: &a,
                        stride: if transpose_a { m } else { k },
                        transposed: transpose_a,
                    },
                    b: Operand {
                        values: &b,
                        stride: if transpose_b { k } else { n },
                        transposed: transpose_b,
                    },
                    c: &mut c,
                    rows: 0..m,
                    columns: n,
                    depth: k,
                    bias: bias.filter(|_| !transpose_a),
                    scale: F::from_f64(scale),
                };
                if is_plain {
                    machine.run(Plain(product))
                } else {
                    machine.run(product)
                }
                c
            };
            for machine in Machine::all() {
                let (found, expected) = (compute(false, machine), compute(true, machine));
                assert_eq!(found, expected, "{m} × {n} × {k}, {transpose_a}, {transpose_b}, {machine:?}");
            }
        }
    }
}

#[test]
fn every_path_sums_in_the_order_of_the_depth() {
    // One to four vectors of columns, and few and many rows: whole panels, narrow ones, and with rows in the lanes.
    for n in (2..=33).chain([40, 100]) {
        for m in [1, 2, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 31, 32, 33, 100] {
            check_bits::<f32>(m, n, 10);
            check_bits::<f64>(m, n, 10);
        }
    }
    // Both sides of the depths at which a buffer or a part ends, with one, two, and three vectors of columns.
    for k in [1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 42, 43, 64, 65, 85, 86, 128, 129, 170, 171, 172, 256, 257, 513]
    {
        for n in [3, 10, 12, 20, 24] {
            for m in [12, 17, 40] {
                check_bits::<f32>(m, n, k);
                check_bits::<f64>(m, n, k);
            }
        }
    }
}

#[test]
fn every_size_to_70_agrees_with_plain_loops() {
    for size in 1..=70 {
        for other in [1, 2, 7, 8, 10, 16, 33] {
            Case::check_forms(size, other, 5, [0, 0]);
            Case::check_forms(other, size, 3, [0, 0]);
            Case::check_forms(13, other, size, [0, 0]);
        }
    }
}

#[test]
fn gaps_between_rows_do_not_matter() {
    for gaps in [[1, 0], [0, 1], [3, 5], [16, 48]] {
        for (m, n, k) in
            [(1, 1, 1), (5, 9, 4), (13, 16, 70), (30, 17, 3), (64, 1, 40), (1, 70, 9), (70, 8, 1)]
        {
            Case::check_forms(m, n, k, gaps);
        }
    }
}

#[test]
fn depths_around_the_packed_depth() {
    for k in [SMALL_DEPTH, SMALL_DEPTH + 1, DEPTH - 1, DEPTH, DEPTH + 1, 3 * DEPTH + 7] {
        Case::check_forms(26, 20, k, [0, 0]);
        Case::check_forms(1, 130, k, [0, 0]);
    }
}

#[test]
fn an_empty_product_changes_nothing() {
    for (m, n) in [(0, 5), (5, 0), (0, 0)] {
        Case::check_forms(m, n, 3, [0, 0]);
    }
}
