//! Products in blocks: every path and every share of the rows has the same bits.

use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::blocked::{Blocked, Limits};
use super::super::operand::Operand;
use super::super::scratch::ProductScratch;
use super::super::task::Product;
use crate::kernel::arch::{Arch, Kernel, Machine};
use crate::kernel::scalar::Scalar;
use crate::kernel::vector::Portable;

/// Blocks of a few tiles.
const SMALL: Limits = Limits { bytes: 0, least_panels: [0, 0], depth: 7, rows: 12, panels: 2 };

/// The factors, the bias and the scale of a product.
struct FactorPair<F> {
    m: usize,
    n: usize,
    k: usize,
    /// Of A and of B.
    transposed: [bool; 2],
    a: Vec<F>,
    b: Vec<F>,
    bias: Option<Vec<F>>,
    scale: F,
}

impl<F: Scalar> FactorPair<F> {
    /// The three forms as the network needs them.
    fn forms(m: usize, n: usize, k: usize) -> [Self; 3] {
        let generator = &mut ChaCha8Rng::seed_from_u64(5);
        let mut random =
            |length| Vec::from_iter((0..length).map(|_| F::from_f64(generator.random_range(-1.0..1.0))));
        let forms = [([false; 2], true, 1.0), ([false, true], false, 1.0), ([true, false], false, -0.3)];
        forms.map(|(transposed, has_bias, scale)| Self {
            m,
            n,
            k,
            transposed,
            a: random(m * k),
            b: random(k * n),
            bias: has_bias.then(|| random(n)),
            scale: F::from_f64(scale),
        })
    }

    fn product<'a>(&'a self, rows: Range<usize>, c: &'a mut [F]) -> Product<'a, F> {
        let &Self { m, n, k, transposed: [of_a, of_b], scale, .. } = self;
        Product {
            a: Operand { values: &self.a, stride: if of_a { m } else { k }, transposed: of_a },
            b: Operand { values: &self.b, stride: if of_b { k } else { n }, transposed: of_b },
            c,
            rows,
            columns: n,
            depth: k,
            bias: self.bias.as_deref(),
            scale,
        }
    }

    /// The product by plain loops, with the rounding of an architecture.
    #[inline(always)]
    fn by_loops<A: Arch>(&self) -> Vec<F> {
        let &Self { m, n, k, transposed: [of_a, of_b], scale, .. } = self;
        let mut c = vec![F::zero(); m * n];
        for (i, c) in c.chunks_exact_mut(n).enumerate() {
            if let Some(bias) = &self.bias {
                c.copy_from_slice(bias);
            }
            for p in 0..k {
                let a = self.a[if of_a { p * m + i } else { i * k + p }];
                for (j, c) in c.iter_mut().enumerate() {
                    *c = A::mul_add(a, self.b[if of_b { j * k + p } else { p * n + j }], *c);
                }
            }
            c.iter_mut().for_each(|c| *c *= scale);
        }
        c
    }
}

/// Compares a product in small blocks, a product by the path that its size selects, and plain loops; parts of
/// the rows too. All have the same bits.
struct Check<'a, F>(&'a FactorPair<F>, &'a [usize]);

impl<F: Scalar> Kernel for Check<'_, F> {
    type Output = ();

    const IS_WIDE: bool = true;

    #[inline(always)]
    fn run<A: Arch>(self, arch: A) {
        let Self(factors, splits) = self;
        let &FactorPair { m, n, k, transposed, .. } = factors;
        let expected = factors.by_loops::<A>();
        for split in splits.iter().map(|&split| split.min(m)) {
            for is_blocked in [true, false] {
                let mut c = vec![F::nan(); m * n];
                let (upper, lower) = c.split_at_mut(split * n);
                for (rows, c) in [(0..split, upper), (split..m, lower)] {
                    let product = factors.product(rows.clone(), c);
                    match is_blocked {
                        _ if rows.is_empty() => {}
                        true => {
                            let scratch = ProductScratch::take(SMALL.scratch::<A, F>(&product)).unwrap();
                            arch.call(Blocked { product, limits: SMALL, scratch });
                        }
                        false => product.run(arch),
                    }
                }
                assert_eq!(c, expected, "{m} {n} {k} {transposed:?}, {split}, {is_blocked}");
            }
        }
    }
}

fn check<F: Scalar>(m: usize, n: usize, k: usize, splits: &[usize]) {
    for factors in FactorPair::<F>::forms(m, n, k) {
        for machine in Machine::all() {
            machine.run(Check(&factors, splits));
        }
    }
}

#[test]
fn blocks_have_the_bits_of_plain_loops() {
    // One and several parts of each side, full and ragged; not a single column, which has an order of its own.
    for m in [1, 2, 6, 7, 11, 12, 13, 24, 29] {
        for n in [2, 8, 16, 17, 33, 70] {
            for k in [1, 2, 6, 7, 8, 9, 15, 29] {
                check::<f32>(m, n, k, &[0, 1, 5, 12, 17]);
                check::<f64>(m, n, k, &[0, 1, 5, 12, 17]);
            }
        }
    }
}

#[test]
fn products_around_the_thresholds_have_the_bits_of_plain_loops() {
    // Just large enough and just too small; past the largest parts of the depth, the rows and the columns.
    for (m, n, k) in
        [(20, 512, 128), (20, 511, 129), (256, 128, 256), (255, 128, 256), (259, 1030, 70), (300, 130, 400)]
    {
        check::<f32>(m, n, k, &[0, 13]);
    }
    check::<f32>(14, 513, 1030, &[0]);
    for (m, n, k) in
        [(20, 256, 128), (20, 255, 129), (256, 64, 128), (255, 64, 128), (259, 520, 70), (300, 66, 400)]
    {
        check::<f64>(m, n, k, &[0, 13]);
    }
    check::<f64>(14, 257, 1030, &[0]);
}

#[test]
fn the_thresholds_are_those_of_the_whole_product() {
    let values = vec![0.0_f32; 65_536];
    let allows = |transposed, values, columns, depth| {
        let a = Operand { values, stride: 1, transposed };
        Limits::MEASURED.allow::<Portable, f32>(a, columns, depth)
    };
    assert!(allows(true, &values, 128, 1) && !allows(true, &values[1..], 128, 1));
    assert!(!allows(true, &values, 127, 1));
    assert!(allows(false, &values[..1], 512, 128) && !allows(false, &values, 512, 127));
    assert!(!allows(false, &values, 511, 1000) && allows(false, &[], usize::MAX, 2));
}

#[test]
fn a_smaller_product_needs_no_more_memory() {
    let values = |m: usize, n, k| {
        let [factors, ..] = FactorPair::<f64>::forms(m, n, k);
        let mut c = vec![0.0; m * n];
        SMALL.scratch::<Portable, f64>(&factors.product(0..m, &mut c))
    };
    for side in 1..60 {
        for other in [1, 12, 13, 50] {
            assert!(values(side, other, other) <= values(side + 1, other, other));
            assert!(values(other, side, other) <= values(other, side + 1, other));
            assert!(values(other, other, side) <= values(other, other, side + 1));
        }
    }
}
