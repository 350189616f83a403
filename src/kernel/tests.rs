//! The elementwise kernels against slow loops in f64, on both paths; and a network that is made of kernels.
//!
//! Every length that has a vector's remainder is there several times over, and no slice is aligned.

use std::fmt::Debug;
use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::arch::{Kernel, Portable, dispatch};
use super::descent::{AdamRates, Descend, DescendAhead, DescendByMoments, Rates};
use super::elementwise::{
    Activate, AllFinite, ColumnSums, Softmax, TimesDerivative, subtract, sum_of_magnitudes,
};
use super::product::{Operand, Product};
use crate::Activation::{self, Identity, LeakyRelu, Relu, Sigmoid, Tanh};
use crate::Scalar;

const SEED: u64 = 5;
const ACTIVATIONS: [Activation; 5] = [Sigmoid, Identity, Relu, Tanh, LeakyRelu { slope: 0.25 }];
const LENGTHS: Range<usize> = 0..71;
/// For the kernels that know rows.
const COLUMNS: Range<usize> = 1..71;
const ROWS: [usize; 5] = [0, 1, 2, 7, 33];
/// Where the values begin in a longer slice; odd, so that they are not aligned.
const OFFSETS: [usize; 4] = [1, 3, 5, 7];
/// What stands around the values. Every kernel would change it.
const AROUND: f64 = -777.25;

/// What the tests need of both element types.
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

    /// That what stands around the values is what it was.
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

/// Runs a kernel on one of the two paths.
fn run<K: Kernel>(kernel: K, is_portable: bool) -> K::Output {
    if is_portable { kernel.run(Portable) } else { dispatch(kernel) }
}

/// A generator that each case has to itself.
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

/// Calls `check` with every length, offset and path.
fn each_case(check: impl Fn(usize, usize, bool)) {
    for length in LENGTHS {
        for offset in OFFSETS {
            for is_portable in [false, true] {
                check(length, offset, is_portable);
            }
        }
    }
}

/// Calls `check` with every number of rows and of columns, offset and path.
fn each_matrix(check: impl Fn((usize, usize), usize, bool)) {
    for columns in COLUMNS {
        for rows in ROWS {
            for offset in OFFSETS {
                for is_portable in [false, true] {
                    check((rows, columns), offset, is_portable);
                }
            }
        }
    }
}

fn slow_activation(activation: Activation, z: f64) -> f64 {
    match activation {
        Sigmoid if z < 0.0 => z.exp() / (1.0 + z.exp()),
        Sigmoid => 1.0 / (1.0 + (-z).exp()),
        Identity => z,
        Relu => z.max(0.0),
        Tanh => z.tanh(),
        LeakyRelu { .. } if z > 0.0 => z,
        LeakyRelu { slope } => slope * z,
    }
}

/// What F makes of a value. A sum, difference or product of two of its values that is computed in f64 and then rounded
/// is what it is when computed in F (f64 has more than twice the digits of f32), so that loops in f64 can be exact.
fn rounded<F: Scalar>(value: f64) -> f64 {
    F::from_f64(value).as_f64()
}

fn slow_derivative<F: Scalar>(activation: Activation, a: f64) -> f64 {
    match activation {
        Sigmoid => rounded::<F>(a * rounded::<F>(1.0 - a)),
        Identity => 1.0,
        Relu if a > 0.0 => 1.0,
        Relu => 0.0,
        Tanh => rounded::<F>(1.0 - rounded::<F>(a * a)),
        LeakyRelu { .. } if a > 0.0 => 1.0,
        LeakyRelu { slope } => slope,
    }
}

mod all_finite {
    use super::*;

    fn check<F: Element>() {
        let mut bad = F::nans();
        bad.extend([F::infinity(), F::neg_infinity()]);
        each_case(|length, offset, is_portable| {
            let mut values = Framed::new(offset, &of_all_sizes::<F>(&mut generator(), length));
            // What lies beside the values does not count.
            let (before, after) = (offset - 1, offset + length);
            (values.all[before], values.all[after]) = (F::nan(), F::infinity());
            assert!(run(AllFinite(values.values()), is_portable), "{length}");
            for position in 0..length {
                for finite in [F::max_value(), F::min_value(), F::min_positive_value(), F::neg_zero()] {
                    values.values_mut()[position] = finite;
                    assert!(
                        run(AllFinite(values.values()), is_portable),
                        "{finite:e} at {position} of {length}"
                    );
                }
                let finite = values.values()[position];
                let bad = bad[position % bad.len()];
                values.values_mut()[position] = bad;
                assert!(!run(AllFinite(values.values()), is_portable), "{bad:e} at {position} of {length}");
                values.values_mut()[position] = finite;
            }
        });
        for bad in bad {
            for is_portable in [false, true] {
                assert!(!run(AllFinite(&[bad; 33]), is_portable), "{bad:e}");
            }
        }
    }

    #[test]
    fn in_f32() {
        check::<f32>();
    }

    #[test]
    fn in_f64() {
        check::<f64>();
    }
}

mod activate {
    use super::*;

    fn check<F: Element>() {
        for activation in ACTIVATIONS {
            each_case(|length, offset, is_portable| {
                let z = of_all_sizes::<F>(&mut generator(), length);
                let mut a = Framed::new(offset, &z);
                run(Activate { z: a.values_mut(), activation }, is_portable);
                a.check();
                for (&a, &z) in a.values().iter().zip(&z) {
                    let expected = slow_activation(activation, z.as_f64());
                    let tolerance = match activation {
                        // 4 ULP, as for the functions alone; below the normal numbers there are no such digits.
                        Sigmoid | Tanh => {
                            4.0 * epsilon::<F>() * expected.abs() + F::min_positive_value().as_f64()
                        }
                        // Nothing is rounded.
                        Identity | Relu => 0.0,
                        // A quarter of what is below the normal numbers loses digits.
                        LeakyRelu { .. } => F::min_positive_value().as_f64() * epsilon::<F>(),
                    };
                    assert_near(a, expected, tolerance, (activation, z, length, is_portable));
                }
            });
        }
    }

    #[test]
    fn in_f32() {
        check::<f32>();
    }

    #[test]
    fn in_f64() {
        check::<f64>();
    }

    /// The result for `value` at each position among others, which it must leave alone.
    fn at_each_position<F: Scalar>(
        value: F,
        activation: Activation,
        is_portable: bool,
        check: impl Fn(F, usize),
    ) {
        // Long enough for whole vectors, and for a remainder.
        let others = [F::from_f64(0.75); 37];
        let mut expected = others;
        run(Activate { z: &mut expected, activation }, is_portable);
        for position in 0..others.len() {
            let mut found = others;
            found[position] = value;
            run(Activate { z: &mut found, activation }, is_portable);
            check(found[position], position);
            found[position] = expected[position];
            assert_eq!(bits(&found), bits(&expected), "{activation}, {value:e} at {position}");
        }
    }

    fn check_special_values<F: Element>() {
        for is_portable in [false, true] {
            for activation in ACTIVATIONS {
                for nan in F::nans() {
                    at_each_position(nan, activation, is_portable, |found, position| {
                        assert!(found.is_nan(), "{activation}, {position}, {is_portable}: {found:e}");
                    });
                }
                let [infinity, zero] = [f64::INFINITY, 0.0];
                let expected = match activation {
                    Sigmoid => [(infinity, 1.0), (-infinity, 0.0), (zero, 0.5), (-zero, 0.5)],
                    Identity => [infinity, -infinity, zero, -zero].map(|z| (z, z)),
                    Relu => [(infinity, infinity), (-infinity, 0.0), (zero, 0.0), (-zero, 0.0)],
                    Tanh => [(infinity, 1.0), (-infinity, -1.0), (zero, 0.0), (-zero, -0.0)],
                    LeakyRelu { .. } => [infinity, -infinity, zero, -zero].map(|z| (z, z)),
                };
                for (z, expected) in expected {
                    at_each_position(F::from_f64(z), activation, is_portable, |found, position| {
                        assert_eq!(
                            found.as_f64().to_bits(),
                            expected.to_bits(),
                            "{activation} of {z:?} at {position}, {is_portable}: {found:?}, not {expected:?}"
                        );
                    });
                }
            }
        }
    }

    #[test]
    fn special_values_in_f32() {
        check_special_values::<f32>();
    }

    #[test]
    fn special_values_in_f64() {
        check_special_values::<f64>();
    }
}

mod times_derivative {
    use super::*;

    /// Outputs that the activation can have, the ends of its range among them.
    fn outputs<F: Scalar>(generator: &mut ChaCha8Rng, activation: Activation, length: usize) -> Vec<F> {
        let mut outputs = uniform::<F>(generator, length);
        for (i, a) in outputs.iter_mut().enumerate() {
            *a = match (i % 5, activation) {
                (1, _) => F::one(),
                (3, Tanh) => -F::one(),
                (3, _) => F::zero(),
                (_, Sigmoid | Relu) => a.abs(),
                (_, Identity | Tanh | LeakyRelu { .. }) => *a,
            };
        }
        outputs
    }

    fn check<F: Element>() {
        for activation in ACTIVATIONS {
            each_case(|length, offset, is_portable| {
                let generator = &mut generator();
                let before = of_all_sizes::<F>(generator, length);
                let mut delta = Framed::new(offset, &before);
                let a = Framed::new(offset + 2, &outputs(generator, activation, length));
                run(TimesDerivative { delta: delta.values_mut(), a: a.values(), activation }, is_portable);
                delta.check();
                for ((&delta, &before), &a) in delta.values().iter().zip(&before).zip(a.values()) {
                    // Exact, for every operation is rounded by itself on either path.
                    let expected =
                        rounded::<F>(before.as_f64() * slow_derivative::<F>(activation, a.as_f64()));
                    assert_near(delta, expected, 0.0, (activation, before, a, length, is_portable));
                }
            });
        }
    }

    #[test]
    fn in_f32() {
        check::<f32>();
    }

    #[test]
    fn in_f64() {
        check::<f64>();
    }

    fn check_nans<F: Element>() {
        for nan in F::nans() {
            for activation in ACTIVATIONS {
                for is_portable in [false, true] {
                    let mut delta = [nan; 37];
                    // The derivative of relu is 0 here, and NaN · 0 is NaN.
                    run(TimesDerivative { delta: &mut delta, a: &[F::zero(); 37], activation }, is_portable);
                    assert!(
                        delta.iter().all(|delta| delta.is_nan()),
                        "{activation}, {is_portable}: {delta:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn nan_stays_nan() {
        check_nans::<f32>();
        check_nans::<f64>();
    }
}

mod softmax {
    use super::*;

    fn check<F: Element>() {
        each_matrix(|(rows, columns), offset, is_portable| {
            let generator = &mut generator();
            // A row of moderate logits, then one whose smaller exponentials are 0 in f32 or in both types.
            let mut a = uniform::<F>(generator, rows * columns);
            for (row, a) in a.chunks_exact_mut(columns).enumerate() {
                let scale = F::from_f64([5.0, 100.0, 1000.0][row % 3]);
                a.iter_mut().for_each(|a| *a *= scale);
            }
            let a = Framed::new(offset, &a);
            let mut y = Framed::new(offset + 2, &vec![F::nan(); rows * columns]);
            let mut maxima_and_sums = Framed::new(offset + 4, &vec![F::nan(); rows * 2]);
            run(
                Softmax {
                    a: a.values(),
                    columns,
                    y: y.values_mut(),
                    maxima_and_sums: maxima_and_sums.values_mut(),
                },
                is_portable,
            );
            y.check();
            maxima_and_sums.check();
            let found = y.values().chunks_exact(columns).zip(maxima_and_sums.values().chunks_exact(2));
            for (a, (y, maximum_and_sum)) in a.values().chunks_exact(columns).zip(found) {
                let a = Vec::from_iter(a.iter().map(|a| a.as_f64()));
                let maximum = a.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = a.iter().map(|a| (a - maximum).exp()).sum();
                let case = (rows, columns, is_portable);
                assert_eq!(maximum_and_sum[0].as_f64(), maximum, "{case:?}");
                // In units of ε: an exponential has 4 here and 1 in the slow loop, and a half each of the size of its
                // argument for that argument's rounding, in the mean over the sum at most ln 70 < 5; adding up takes
                // half a rounding's worth a term, in both.
                let of_sum = 10.0 + columns as f64;
                assert_near(maximum_and_sum[1], sum, of_sum * epsilon::<F>() * sum, case);
                for (&a, &y) in a.iter().zip(y) {
                    let expected = (a - maximum).exp() / sum;
                    // The sum, and once more an exponential with its argument, and the division.
                    let tolerance = of_sum + 5.0 + (maximum - a) + 1.0;
                    let tolerance = tolerance * epsilon::<F>() * expected;
                    // Below the normal numbers there are no such digits.
                    assert_near(y, expected, tolerance + 2.0 * F::min_positive_value().as_f64(), case);
                }
            }
        });
    }

    #[test]
    fn in_f32() {
        check::<f32>();
    }

    #[test]
    fn in_f64() {
        check::<f64>();
    }

    fn check_nans<F: Element>() {
        const COLUMNS: usize = 11;
        let softmax = |a: &[F], is_portable: bool| {
            let (mut y, mut maxima_and_sums) = (vec![F::zero(); a.len()], vec![F::zero(); 6]);
            let kernel = Softmax { a, columns: COLUMNS, y: &mut y, maxima_and_sums: &mut maxima_and_sums };
            run(kernel, is_portable);
            y
        };
        let a = uniform::<F>(&mut generator(), 3 * COLUMNS);
        for is_portable in [false, true] {
            let clean = softmax(&a, is_portable);
            for (i, nan) in F::nans().into_iter().enumerate() {
                let mut a = a.clone();
                a[COLUMNS + i % COLUMNS] = nan;
                let y = softmax(&a, is_portable);
                let (before, rest) = y.split_at(COLUMNS);
                let (row, after) = rest.split_at(COLUMNS);
                assert!(row.iter().all(|y| y.is_nan()), "{i}, {is_portable}: {row:?}");
                assert_eq!(before, &clean[..COLUMNS]);
                assert_eq!(after, &clean[2 * COLUMNS..]);
            }
        }
    }

    #[test]
    fn nan_spreads_over_its_row_alone() {
        check_nans::<f32>();
        check_nans::<f64>();
    }
}

mod column_sums {
    use super::*;

    fn check<F: Element>() {
        for scale in [1.0, -0.3] {
            let scale = F::from_f64(scale);
            each_matrix(|(rows, columns), offset, is_portable| {
                let a = Framed::new(offset, &of_all_sizes::<F>(&mut generator(), rows * columns));
                let mut sums = Framed::new(offset + 2, &vec![F::nan(); columns]);
                run(ColumnSums { a: a.values(), scale, sums: sums.values_mut() }, is_portable);
                sums.check();
                for (j, &sum) in sums.values().iter().enumerate() {
                    let column = a.values().iter().skip(j).step_by(columns).map(|a| a.as_f64());
                    let size = column.clone().map(f64::abs).sum::<f64>() * scale.as_f64().abs();
                    let expected = column.sum::<f64>() * scale.as_f64();
                    // A rounding a term and one for the scale, each of half an ε; as many in the slow loop.
                    let tolerance = (rows + 1) as f64 * epsilon::<F>() * size;
                    assert_near(sum, expected, tolerance, (rows, columns, j, is_portable));
                }
            });
        }
    }

    #[test]
    fn in_f32() {
        check::<f32>();
    }

    #[test]
    fn in_f64() {
        check::<f64>();
    }
}

mod sum_of_magnitudes {
    use super::*;

    fn check<F: Element>() {
        for length in LENGTHS {
            for offset in OFFSETS {
                let values = Framed::new(offset, &of_all_sizes::<F>(&mut generator(), length));
                let expected = values.values().iter().map(|value| value.as_f64().abs()).sum::<f64>();
                let found = sum_of_magnitudes(values.values());
                // In f64 for either type: a rounding a term, here and in the slow loop, each of half an ε.
                assert_near(found, expected, length as f64 * f64::EPSILON * expected, length);
                for nan in F::nans().into_iter().take(length) {
                    let mut values = values.clone();
                    values.values_mut()[length / 2] = nan;
                    assert!(sum_of_magnitudes(values.values()).is_nan(), "{length}");
                }
            }
        }
    }

    #[test]
    fn in_both_types() {
        check::<f32>();
        check::<f64>();
    }
}

mod subtract {
    use super::*;

    fn check<F: Element>() {
        for length in LENGTHS {
            for offset in OFFSETS {
                let generator = &mut generator();
                let before = of_all_sizes::<F>(generator, length);
                let mut y = Framed::new(offset, &before);
                let predicted = Framed::new(offset + 2, &of_all_sizes::<F>(generator, length));
                subtract(y.values_mut(), predicted.values());
                y.check();
                // Exact, being a single operation.
                let expected = before.iter().zip(predicted.values());
                let expected = expected.map(|(y, predicted)| F::from_f64(y.as_f64() - predicted.as_f64()));
                assert_eq!(y.values(), Vec::from_iter(expected), "{length}");
            }
        }
    }

    #[test]
    fn in_both_types() {
        check::<f32>();
        check::<f64>();
    }
}

mod descend {
    use super::*;

    /// What a step is made with, and the slow step itself: θ and what is remembered after it, from these before and g.
    trait Step<F> {
        fn run(&self, theta: &mut [F], remembered: [&mut [F]; 2], gradient: &[F], is_portable: bool);
        fn slow(&self, values: &mut [f64; 3], g: f64);
    }

    struct Momentum<F>(Rates<F>);
    struct Ahead<F>(Rates<F>);
    struct Adam<F>(AdamRates<F>);

    impl<F: Scalar> Step<F> for Momentum<F> {
        fn run(&self, theta: &mut [F], [v, _]: [&mut [F]; 2], gradient: &[F], is_portable: bool) {
            run(Descend { theta, v, gradient, rates: self.0 }, is_portable);
        }

        fn slow(&self, [theta, v, _]: &mut [f64; 3], g: f64) {
            let [mu, eta, lambda] = [self.0.mu, self.0.eta, self.0.lambda].map(F::as_f64);
            let step = rounded::<F>(eta * rounded::<F>(g + rounded::<F>(lambda * *theta)));
            *v = rounded::<F>(rounded::<F>(mu * *v) - step);
            *theta = rounded::<F>(*theta + *v);
        }
    }

    impl<F: Scalar> Step<F> for Ahead<F> {
        fn run(&self, theta: &mut [F], [v, _]: [&mut [F]; 2], gradient: &[F], is_portable: bool) {
            run(DescendAhead { theta, v, gradient, rates: self.0 }, is_portable);
        }

        fn slow(&self, [theta, v, _]: &mut [f64; 3], g: f64) {
            let [mu, eta, lambda] = [self.0.mu, self.0.eta, self.0.lambda].map(F::as_f64);
            let step = rounded::<F>(eta * rounded::<F>(g + rounded::<F>(lambda * *theta)));
            *v = rounded::<F>(rounded::<F>(mu * *v) - step);
            *theta = rounded::<F>(*theta + rounded::<F>(rounded::<F>(mu * *v) - step));
        }
    }

    impl<F: Scalar> Step<F> for Adam<F> {
        fn run(&self, theta: &mut [F], [m, v]: [&mut [F]; 2], gradient: &[F], is_portable: bool) {
            run(DescendByMoments { theta, m, v, gradient, rates: self.0 }, is_portable);
        }

        fn slow(&self, [theta, m, v]: &mut [f64; 3], g: f64) {
            let AdamRates { beta1, beta2, eta, root, epsilon, lambda } = self.0;
            let ([keep1, take1], [keep2, take2]) = (beta1.map(F::as_f64), beta2.map(F::as_f64));
            let [eta, root, epsilon, lambda] = [eta, root, epsilon, lambda].map(F::as_f64);
            let g = rounded::<F>(g + rounded::<F>(lambda * *theta));
            *m = rounded::<F>(rounded::<F>(keep1 * *m) + rounded::<F>(take1 * g));
            *v = rounded::<F>(rounded::<F>(keep2 * *v) + rounded::<F>(take2 * rounded::<F>(g * g)));
            let divisor = rounded::<F>(rounded::<F>(rounded::<F>(v.sqrt()) * root) + epsilon);
            *theta = rounded::<F>(*theta - rounded::<F>(rounded::<F>(eta * *m) / divisor));
        }
    }

    fn check_step<F: Element>(step: &impl Step<F>) {
        for length in LENGTHS {
            for offset in OFFSETS {
                let generator = &mut generator();
                let mut before = [(); 4].map(|()| of_all_sizes::<F>(generator, length));
                // A mean of squares is not negative.
                before[2].iter_mut().for_each(|v| *v = v.abs());
                let gradient = Framed::new(offset + 4, &before[3]);
                let after = Vec::from_iter((0..length).map(|i| {
                    let mut values = [0, 1, 2].map(|of| before[of][i].as_f64());
                    step.slow(&mut values, before[3][i].as_f64());
                    values
                }));
                for is_portable in [false, true] {
                    let [mut theta, mut m, mut v] = [0, 1, 2].map(|of| Framed::new(offset + of, &before[of]));
                    let remembered = [m.values_mut(), v.values_mut()];
                    step.run(theta.values_mut(), remembered, gradient.values(), is_portable);
                    for (of, found) in [theta, m, v].iter().enumerate() {
                        found.check();
                        // Exact, for every operation is rounded by itself on either path.
                        for (found, after) in found.values().iter().zip(&after) {
                            assert_eq!(found.as_f64(), after[of], "{of}, {length}, {is_portable}");
                        }
                    }
                }
            }
        }
    }

    fn check<F: Element>() {
        for [mu, eta, lambda] in [[0.9, 0.1, 0.001], [0.0, 0.3, 0.0], [0.5, 3.0, 0.2]] {
            let [mu, eta, lambda] = [mu, eta, lambda].map(F::from_f64);
            check_step(&Momentum(Rates { mu, eta, lambda }));
            check_step(&Ahead(Rates { mu, eta, lambda }));
            let [beta1, beta2] = [[0.9, 0.1], [0.999, 0.001]].map(|beta| beta.map(F::from_f64));
            let [root, epsilon] = [31.6, 1e-8].map(F::from_f64);
            check_step(&Adam(AdamRates { beta1, beta2, eta, root, epsilon, lambda }));
        }
    }

    #[test]
    fn in_f32() {
        check::<f32>();
    }

    #[test]
    fn in_f64() {
        check::<f64>();
    }
}

mod network {
    use super::*;

    const SIZES: [usize; 6] = [9, 17, 8, 33, 10, 5];
    const LAYERS: [Activation; 5] = [Sigmoid, Tanh, Relu, Tanh, Identity];
    const BATCH: usize = 13;

    /// The weights `(fan_in, fan_out)` and the biases of each layer.
    fn parameters<F: Scalar>(generator: &mut ChaCha8Rng) -> Vec<[Vec<F>; 2]> {
        let layer = |sizes: &[usize]| {
            // So that sums are of about the size of their terms.
            let scale = F::from_f64((sizes[0] as f64).sqrt().recip());
            let weights =
                uniform::<F>(generator, sizes[0] * sizes[1]).into_iter().map(|w| w * scale).collect();
            [weights, uniform(generator, sizes[1])]
        };
        SIZES.windows(2).map(layer).collect()
    }

    /// The softmax of the output of the last layer.
    fn by_kernels<F: Scalar>(x: &[F], parameters: &[[Vec<F>; 2]], is_portable: bool) -> Vec<F> {
        let mut input = x.to_vec();
        for ((sizes, [weights, biases]), activation) in SIZES.windows(2).zip(parameters).zip(LAYERS) {
            let mut z = vec![F::nan(); BATCH * sizes[1]];
            let product = Product {
                a: Operand { values: &input, stride: sizes[0], transposed: false },
                b: Operand { values: weights, stride: sizes[1], transposed: false },
                c: &mut z,
                rows: 0..BATCH,
                columns: sizes[1],
                depth: sizes[0],
                bias: Some(biases),
                scale: F::one(),
            };
            run(product, is_portable);
            run(Activate { z: &mut z, activation }, is_portable);
            input = z;
        }
        let (mut y, mut maxima_and_sums) = (vec![F::nan(); input.len()], vec![F::nan(); 2 * BATCH]);
        let columns = input.len() / BATCH;
        run(Softmax { a: &input, columns, y: &mut y, maxima_and_sums: &mut maxima_and_sums }, is_portable);
        y
    }

    fn by_slow_loops<F: Scalar>(x: &[F], parameters: &[[Vec<F>; 2]]) -> Vec<f64> {
        let mut y = Vec::new();
        for row in x.chunks_exact(SIZES[0]) {
            let mut input = Vec::from_iter(row.iter().map(|x| x.as_f64()));
            for ([weights, biases], activation) in parameters.iter().zip(LAYERS) {
                let fan_out = biases.len();
                let neuron = |j: usize| {
                    let weights = weights.iter().skip(j).step_by(fan_out);
                    let sum: f64 = input.iter().zip(weights).map(|(a, w)| a * w.as_f64()).sum();
                    slow_activation(activation, sum + biases[j].as_f64())
                };
                input = (0..fan_out).map(neuron).collect();
            }
            let sum: f64 = input.iter().map(|a| a.exp()).sum();
            y.extend(input.iter().map(|a| a.exp() / sum));
        }
        y
    }

    /// Five layers whose sums have up to 34 roundings, of numbers of about 1, which neither the weights nor the
    /// activations make larger: some 100 ε, where the roundings do not cancel.
    fn check<F: Element>(tolerance: f64) {
        assert!(tolerance > 80.0 * epsilon::<F>());
        let generator = &mut generator();
        let parameters = parameters::<F>(generator);
        let x = uniform::<F>(generator, BATCH * SIZES[0]);
        let expected = by_slow_loops(&x, &parameters);
        assert_eq!(expected.len(), BATCH * SIZES[SIZES.len() - 1]);
        let [dispatched, portable] =
            [false, true].map(|is_portable| by_kernels(&x, &parameters, is_portable));
        for (i, &expected) in expected.iter().enumerate() {
            assert_near(dispatched[i], portable[i].as_f64(), tolerance, i);
            assert_near(dispatched[i], expected, tolerance, i);
            assert_near(portable[i], expected, tolerance, i);
        }
    }

    #[test]
    fn of_kernels_is_the_same_on_both_paths() {
        check::<f32>(1e-5);
        check::<f64>(1e-12);
    }
}
