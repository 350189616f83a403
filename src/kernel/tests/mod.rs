//! The kernels on slices against slow loops in f64, on every kind of machine; and a network that is made of kernels.
//!
//! Every remainder of a length by the lanes of a vector occurs several times, and no slice is aligned.

/// The tests of `check` for both element types.
macro_rules! in_both_types {
    ($check:ident) => {
        #[test]
        fn in_f32() {
            $check::<f32>();
        }

        #[test]
        fn in_f64() {
            $check::<f64>();
        }
    };
}

mod activate;
mod adjust;
mod affine;
mod elementwise;
mod long_sums;
mod machines;
mod network;
mod norm;
mod reduce;
mod smooth;
mod softmax;
mod step;

use std::fmt::Debug;
use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Scalar;
use super::arch::{Kernel, Machine};

const SEED: u64 = 5;
const LENGTHS: Range<usize> = 0..71;
/// For the kernels on rows.
const COLUMNS: Range<usize> = 1..71;
const ROWS: [usize; 5] = [0, 1, 2, 7, 33];
/// The positions of the values in a longer slice; odd, so that they are not aligned.
const OFFSETS: [usize; 4] = [1, 3, 5, 7];
/// The value around them. Every kernel would change it.
const AROUND: f64 = -777.25;

/// The NaNs of an element type.
trait Element: Scalar {
    /// Quiet and signalling NaNs of several payloads and both signs.
    fn nans() -> Vec<Self>;
}

macro_rules! element {
    ($float:ident) => {
        impl Element for $float {
            fn nans() -> Vec<Self> {
                let quiet = 1 << ($float::MANTISSA_DIGITS - 2);
                let payloads = [quiet, quiet | 1, quiet | 0x1234, quiet | (quiet - 1), 1, 0x80, quiet - 1];
                let nans = payloads.map(|payload| $float::INFINITY.to_bits() | payload);
                let sign = (-0.0_f64 as $float).to_bits();
                nans.into_iter().flat_map(|nan| [nan, nan | sign]).map($float::from_bits).collect()
            }
        }
    };
}

element!(f32);
element!(f64);

/// Values within a longer slice.
#[derive(Clone)]
struct Framed<F> {
    all: Vec<F>,
    range: Range<usize>,
}

impl<F: Scalar> Framed<F> {
    fn new(offset: usize, values: &[F]) -> Self {
        let range = offset..offset + values.len();
        let mut all = vec![F::from_f64(AROUND); range.end + 9];
        all[range.clone()].copy_from_slice(values);
        Self { all, range }
    }

    fn values(&self) -> &[F] {
        &self.all[self.range.clone()]
    }

    fn values_mut(&mut self) -> &mut [F] {
        &mut self.all[self.range.clone()]
    }

    /// Checks that the values around are unchanged.
    #[track_caller]
    fn check(&self) {
        let around = self.all[..self.range.start].iter().chain(&self.all[self.range.end..]);
        assert!(
            around.into_iter().all(|value| value.as_f64() == AROUND),
            "{:?} of {:?}",
            self.range,
            self.all
        );
    }
}

/// Runs a kernel as on one kind of machine.
fn run<K: Kernel>(kernel: K, machine: Machine) -> K::Output {
    machine.run(kernel)
}

/// The generator of a case.
fn generator() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(SEED)
}

/// Values uniform in [−1, 1).
fn uniform<F: Scalar>(generator: &mut ChaCha8Rng, length: usize) -> Vec<F> {
    (0..length).map(|_| F::from_f64(generator.random_range(-1.0..1.0))).collect()
}

/// Values of both signs and of all sizes from 1e-6 to 1000.
fn of_all_sizes<F: Scalar>(generator: &mut ChaCha8Rng, length: usize) -> Vec<F> {
    let size = |exponent: f64| 10.0_f64.powf(exponent);
    let mut value = || size(generator.random_range(-6.0..3.0)) * if generator.random() { 1.0 } else { -1.0 };
    (0..length).map(|_| F::from_f64(value())).collect()
}

/// ε of the element type: half of it is the largest relative error of a rounding, all of it at least a unit in the
/// last place.
fn epsilon<F: Scalar>() -> f64 {
    F::epsilon().as_f64()
}

/// The bits of a value that is not NaN, so that 0 and −0 differ.
fn bits<F: Scalar>(values: &[F]) -> Vec<u64> {
    values.iter().map(|value| value.as_f64().to_bits()).collect()
}

#[track_caller]
fn assert_near<F: Scalar>(found: F, expected: f64, tolerance: f64, case: impl Debug) {
    let difference = (found.as_f64() - expected).abs();
    assert!(difference <= tolerance, "{case:?}: {found:e}, not {expected:e}: {difference:e} > {tolerance:e}");
}

/// Calls `check` with every length, offset and kind of machine.
fn each_case(check: impl Fn(usize, usize, Machine)) {
    for length in LENGTHS {
        for offset in OFFSETS {
            for machine in Machine::all() {
                check(length, offset, machine);
            }
        }
    }
}

/// Calls `check` with every number of rows and of columns, offset and kind of machine.
fn each_matrix(check: impl Fn((usize, usize), usize, Machine)) {
    for columns in COLUMNS {
        for rows in ROWS {
            for offset in OFFSETS {
                for machine in Machine::all() {
                    check((rows, columns), offset, machine);
                }
            }
        }
    }
}

/// A value, rounded to F. A sum, difference or product of two values of F that is computed in f64 and then rounded
/// equals the result in F, since f64 has more than twice the digits of f32. So loops in f64 can be exact.
fn rounded<F: Scalar>(value: f64) -> f64 {
    F::from_f64(value).as_f64()
}
