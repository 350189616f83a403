//! Sums over many rows: in order in F up to 4,096 rows, with parts in f64 beyond.

use super::*;
use crate::kernel::arch::Arch;
use crate::kernel::product::{LongProduct, Operand, transposed_times};
use crate::kernel::reduce::{ColumnSums, IN_ORDER, SHORT_SUM, column_sums};
use crate::kernel::{Matrix, MatrixView};

/// The largest error of a sum over many rows, relative to Σ|terms|: the promise in f32; in f64 a rounding for each term
/// of the slow loop.
fn tolerance<F: Scalar>(rows: usize) -> f64 {
    if F::NAME == "f32" { 1e-6 } else { rows as f64 * f64::EPSILON }
}

/// `scale · Aᵀ · B` by loops in the order of the rows.
struct InOrder<'a, F> {
    a: &'a [F],
    b: &'a [F],
    m: usize,
    n: usize,
    scale: F,
}

impl<F: Scalar> Kernel for InOrder<'_, F> {
    type Output = Vec<F>;

    #[inline(always)]
    fn run<A: Arch>(self, _: A) -> Vec<F> {
        let mut c = vec![F::zero(); self.m * self.n];
        for (a, b) in self.a.chunks_exact(self.m).zip(self.b.chunks_exact(self.n)) {
            for (c, &a) in c.chunks_exact_mut(self.n).zip(a) {
                c.iter_mut().zip(b).for_each(|(c, &b)| *c = A::mul_add(a, b, *c));
            }
        }
        c.iter_mut().for_each(|c| *c *= self.scale);
        c
    }
}

fn check_order<F: Scalar>() {
    let scale = F::from_f64(-1.0 / 4096.0);
    for (m, n) in [(1, 2), (9, 1), (7, 17), (13, 33)] {
        for rows in [1, 100, IN_ORDER - 1, IN_ORDER] {
            let generator = &mut generator();
            let (a, b) = (uniform::<F>(generator, rows * m), uniform::<F>(generator, rows * n));
            let expected = Machine::Avx2.run(InOrder { a: &a, b: &b, m, n, scale });
            let (mut c, mut sums) = (Matrix::zeros("c", m, n).unwrap(), Matrix::default());
            let [a, b] = [MatrixView::of_values(&a, m), MatrixView::of_values(&b, n)];
            transposed_times(a, b, scale, &mut c, &mut sums).unwrap();
            assert_eq!(bits(c.values()), bits(&expected), "{m}, {n}, {rows}");
            assert!(sums.values().is_empty());

            let mut found = vec![F::nan(); n];
            column_sums(b.values(), scale, &mut found);
            if n == 1 && rows > 1 {
                // A single column is summed in lanes.
                continue;
            }
            let in_order =
                |j| b.values().chunks_exact(n).fold(F::zero(), |sum: F, row: &[F]| sum + row[j]) * scale;
            assert_eq!(bits(&found), bits(&Vec::from_iter((0..n).map(in_order))), "{n}, {rows}");
        }
    }
}

#[test]
fn sums_of_up_to_4096_rows_are_in_order() {
    check_order::<f32>();
    check_order::<f64>();
}

fn check_long<F: Scalar>() {
    let scale = F::from_f64(-0.3);
    for (m, n) in [(1, 1), (30, 1), (1, 20), (7, 17), (26, 8), (61, 33)] {
        for rows in [IN_ORDER + 1, IN_ORDER + 33, 3 * IN_ORDER] {
            let generator = &mut generator();
            let (a, b) = (of_all_sizes::<F>(generator, rows * m), uniform::<F>(generator, rows * n));
            let [a_rows, b_rows] = [a.chunks_exact(m), b.chunks_exact(n)];
            let (mut expected, mut sizes) = (vec![0.0; m * n], vec![0.0; m * n]);
            for (a, b) in a_rows.zip(b_rows) {
                for (i, a) in a.iter().enumerate() {
                    for (j, b) in b.iter().enumerate() {
                        let term = a.as_f64() * b.as_f64() * scale.as_f64();
                        expected[i * n + j] += term;
                        sizes[i * n + j] += term.abs();
                    }
                }
            }
            let product = |rows_of_c: Range<usize>, c: &mut [F], machine| {
                let mut sums = vec![f64::NAN; c.len()];
                let a = Operand { values: &a, stride: m, transposed: true };
                let b = Operand { values: &b, stride: n, transposed: false };
                let (columns, depth, sums) = (n, rows, &mut sums[..]);
                let kernel = LongProduct { a, b, c, sums, rows: rows_of_c, columns, depth, scale };
                run(kernel, machine);
            };
            for machine in Machine::all() {
                let mut c = vec![F::nan(); m * n];
                product(0..m, &mut c, machine);
                for (i, &c) in c.iter().enumerate() {
                    assert_near(c, expected[i], tolerance::<F>(rows) * sizes[i], (m, n, rows, i, machine));
                }
                let mut parts = vec![F::nan(); m * n];
                let (upper, lower) = parts.split_at_mut(m / 2 * n);
                product(0..m / 2, upper, machine);
                product(m / 2..m, lower, machine);
                assert_eq!(bits(&parts), bits(&c), "{m}, {n}, {rows}, {machine:?}");
            }
            let (mut c, mut sums) = (Matrix::zeros("c", m, n).unwrap(), Matrix::default());
            let [a, b] = [MatrixView::of_values(&a, m), MatrixView::of_values(&b, n)];
            transposed_times(a, b, scale, &mut c, &mut sums).unwrap();
            let mut dispatched = vec![F::nan(); m * n];
            product(0..m, &mut dispatched, Machine::Avx512);
            assert_eq!(bits(c.values()), bits(&dispatched));
        }
    }
}

#[test]
fn long_gradients_agree_with_plain_loops() {
    check_long::<f32>();
    check_long::<f64>();
}

/// `scale · Aᵀ · B` by loops: blocks of 32 rows in F, added in f64.
struct InBlocks<'a, F>(InOrder<'a, F>);

impl<F: Scalar> Kernel for InBlocks<'_, F> {
    type Output = Vec<F>;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) -> Vec<F> {
        let InOrder { a, b, m, n, scale } = self.0;
        let mut sums = vec![0.0; m * n];
        for (a, b) in a.chunks(SHORT_SUM * m).zip(b.chunks(SHORT_SUM * n)) {
            let block = InOrder { a, b, m, n, scale: F::one() }.run(arch);
            sums.iter_mut().zip(block).for_each(|(sum, block)| *sum += block.as_f64());
        }
        sums.into_iter().map(|sum| F::from_f64(sum) * scale).collect()
    }
}

fn check_blocks<F: Scalar>() {
    let scale = F::from_f64(-0.3);
    // Both factors have a side that is shorter and longer than a panel, whole and ragged.
    for (m, n) in [(1, 1), (30, 1), (3, 20), (20, 3), (16, 4), (4, 32), (33, 16), (7, 17), (40, 10), (5, 29)]
    {
        let (rows, generator) = (IN_ORDER + 300, &mut generator());
        let (a, b) = (of_all_sizes::<F>(generator, rows * m), uniform::<F>(generator, rows * n));
        let expected = Machine::Avx2.run(InBlocks(InOrder { a: &a, b: &b, m, n, scale }));
        let (mut c, mut sums) = (Matrix::zeros("c", m, n).unwrap(), Matrix::default());
        let [a, b] = [MatrixView::of_values(&a, m), MatrixView::of_values(&b, n)];
        transposed_times(a, b, scale, &mut c, &mut sums).unwrap();
        assert_eq!(bits(c.values()), bits(&expected), "{m}, {n}");
    }
}

#[test]
fn long_gradients_are_blocks_of_32_rows_added_in_f64() {
    check_blocks::<f32>();
    check_blocks::<f64>();
}

#[test]
fn equal_terms_lose_no_digits() {
    const ROWS: usize = 1 << 17;
    // The last two lose most in f32.
    for d in [0.1_f32, 1.0 / 3.0, 1.882_360_5, 1.939_594_3] {
        let (a, b) = (vec![1.0_f32; ROWS], vec![d; 2 * ROWS]);
        let (mut c, mut sums) = (Matrix::zeros("c", 1, 2).unwrap(), Matrix::default());
        let [a, b] = [MatrixView::of_values(&a, 1), MatrixView::of_values(&b, 2)];
        let scale = -1.0 / ROWS as f32;
        transposed_times(a, b, scale, &mut c, &mut sums).unwrap();
        let mut means = [0.0; 2];
        column_sums(b.values(), scale, &mut means);
        for &mean in c.values().iter().chain(&means) {
            assert_near(mean, -f64::from(d), 1e-6 * f64::from(d), d);
        }
    }
}

#[test]
fn ten_million_rows_lose_no_digits() {
    const ROWS: usize = 10_000_000;
    let values = uniform::<f32>(&mut generator(), 2 * ROWS);
    for columns in [1, 2] {
        let a = &values[..columns * ROWS];
        for machine in Machine::all() {
            let mut sums = vec![f32::NAN; columns];
            run(ColumnSums { a, scale: 1.0, sums: &mut sums }, machine);
            for (j, &sum) in sums.iter().enumerate() {
                let column = a.iter().skip(j).step_by(columns).map(|&a| f64::from(a));
                let size: f64 = column.clone().map(f64::abs).sum();
                assert_near(sum, column.sum(), 1e-6 * size, (columns, j, machine));
            }
        }
    }
}
