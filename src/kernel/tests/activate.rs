//! Activations and their derivatives.

use super::*;
use crate::kernel::activate::{self, Activate, ScalarFunction, TimesDerivative};

/// The functions of the kernel, with a slow version of each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Name {
    Sigmoid,
    Tanh,
    Relu,
    LeakyRelu { slope: f64 },
}
use Name::{LeakyRelu, Relu, Sigmoid, Tanh};

const NAMES: [Name; 4] = [Sigmoid, Tanh, Relu, LeakyRelu { slope: 0.25 }];

impl Name {
    pub(super) fn activate<F: Scalar>(self, z: &mut [F], machine: Machine) {
        fn of<F: Scalar>(z: &mut [F], function: impl ScalarFunction<F>, machine: Machine) {
            run(Activate { z, function }, machine);
        }
        match self {
            Sigmoid => of(z, activate::Sigmoid, machine),
            Tanh => of(z, activate::Tanh, machine),
            Relu => of(z, activate::Relu, machine),
            LeakyRelu { slope } => {
                of(z, activate::LeakyRelu { slope: F::from_f64(slope) }, machine);
            }
        }
    }

    fn times_derivative<F: Scalar>(self, delta: &mut [F], a: &[F], machine: Machine) {
        fn of<F: Scalar>(delta: &mut [F], a: &[F], function: impl ScalarFunction<F>, machine: Machine) {
            run(TimesDerivative { delta, a, function }, machine);
        }
        match self {
            Sigmoid => of(delta, a, activate::Sigmoid, machine),
            Tanh => of(delta, a, activate::Tanh, machine),
            Relu => of(delta, a, activate::Relu, machine),
            LeakyRelu { slope } => {
                of(delta, a, activate::LeakyRelu { slope: F::from_f64(slope) }, machine);
            }
        }
    }

    pub(super) fn slow(self, z: f64) -> f64 {
        match self {
            Sigmoid if z < 0.0 => z.exp() / (1.0 + z.exp()),
            Sigmoid => 1.0 / (1.0 + (-z).exp()),
            Tanh => z.tanh(),
            Relu => z.max(0.0),
            LeakyRelu { .. } if z > 0.0 => z,
            LeakyRelu { slope } => slope * z,
        }
    }

    fn slow_derivative<F: Scalar>(self, a: f64) -> f64 {
        match self {
            Sigmoid => rounded::<F>(a * rounded::<F>(1.0 - a)),
            Tanh => rounded::<F>(1.0 - rounded::<F>(a * a)),
            Relu | LeakyRelu { .. } if a > 0.0 => 1.0,
            Relu => 0.0,
            LeakyRelu { slope } => slope,
        }
    }
}

mod values {
    use super::*;

    fn check<F: Element>() {
        for name in NAMES {
            each_case(|length, offset, machine| {
                let z = of_all_sizes::<F>(&mut generator(), length);
                let mut a = Framed::new(offset, &z);
                name.activate(a.values_mut(), machine);
                a.check();
                for (&a, &z) in a.values().iter().zip(&z) {
                    let expected = name.slow(z.as_f64());
                    let tolerance = match name {
                        // 4 ULP, as for the functions alone. Subnormal numbers have fewer digits.
                        Sigmoid | Tanh => {
                            4.0 * epsilon::<F>() * expected.abs() + F::min_positive_value().as_f64()
                        }
                        // These functions do not round.
                        Relu => 0.0,
                        // A quarter of a subnormal number loses digits.
                        LeakyRelu { .. } => F::min_positive_value().as_f64() * epsilon::<F>(),
                    };
                    assert_near(a, expected, tolerance, (name, z, length, machine));
                }
            });
        }
    }

    in_both_types!(check);

    /// The result for `value` at each position among others, which it must leave alone.
    fn at_each_position<F: Scalar>(value: F, name: Name, machine: Machine, check: impl Fn(F, usize)) {
        // Long enough for whole vectors, and for a remainder.
        let others = [F::from_f64(0.75); 37];
        let mut expected = others;
        name.activate(&mut expected, machine);
        for position in 0..others.len() {
            let mut found = others;
            found[position] = value;
            name.activate(&mut found, machine);
            check(found[position], position);
            found[position] = expected[position];
            assert_eq!(bits(&found), bits(&expected), "{name:?}, {value:e} at {position}");
        }
    }

    fn check_special_values<F: Element>() {
        for machine in Machine::all() {
            for name in NAMES {
                for nan in F::nans() {
                    at_each_position(nan, name, machine, |found, position| {
                        assert!(found.is_nan(), "{name:?}, {position}, {machine:?}: {found:e}");
                    });
                }
                let [infinity, zero] = [f64::INFINITY, 0.0];
                let expected = match name {
                    Sigmoid => [(infinity, 1.0), (-infinity, 0.0), (zero, 0.5), (-zero, 0.5)],
                    Relu => [(infinity, infinity), (-infinity, 0.0), (zero, 0.0), (-zero, 0.0)],
                    Tanh => [(infinity, 1.0), (-infinity, -1.0), (zero, 0.0), (-zero, -0.0)],
                    LeakyRelu { .. } => [infinity, -infinity, zero, -zero].map(|z| (z, z)),
                };
                for (z, expected) in expected {
                    at_each_position(F::from_f64(z), name, machine, |found, position| {
                        assert_eq!(
                            found.as_f64().to_bits(),
                            expected.to_bits(),
                            "{name:?} of {z:?} at {position}, {machine:?}: {found:?}, not {expected:?}"
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

mod derivatives {
    use super::*;

    /// Outputs that the activation can have, the ends of its range among them.
    fn outputs<F: Scalar>(generator: &mut ChaCha8Rng, name: Name, length: usize) -> Vec<F> {
        let mut outputs = uniform::<F>(generator, length);
        for (i, a) in outputs.iter_mut().enumerate() {
            *a = match (i % 5, name) {
                (1, _) => F::one(),
                (3, Tanh) => -F::one(),
                (3, _) => F::zero(),
                (_, Sigmoid | Relu) => a.abs(),
                (_, Tanh | LeakyRelu { .. }) => *a,
            };
        }
        outputs
    }

    fn check<F: Element>() {
        for name in NAMES {
            each_case(|length, offset, machine| {
                let generator = &mut generator();
                let before = of_all_sizes::<F>(generator, length);
                let mut delta = Framed::new(offset, &before);
                let a = Framed::new(offset + 2, &outputs(generator, name, length));
                name.times_derivative(delta.values_mut(), a.values(), machine);
                delta.check();
                for ((&delta, &before), &a) in delta.values().iter().zip(&before).zip(a.values()) {
                    // Exact, since every operation is rounded separately on both paths.
                    let expected = rounded::<F>(before.as_f64() * name.slow_derivative::<F>(a.as_f64()));
                    assert_near(delta, expected, 0.0, (name, before, a, length, machine));
                }
            });
        }
    }

    in_both_types!(check);

    fn check_nans<F: Element>() {
        for nan in F::nans() {
            for name in NAMES {
                for machine in Machine::all() {
                    let mut delta = [nan; 37];
                    // The derivative of relu is 0 here, and NaN · 0 is NaN.
                    name.times_derivative(&mut delta, &[F::zero(); 37], machine);
                    assert!(delta.iter().all(|delta| delta.is_nan()), "{name:?}, {machine:?}: {delta:?}");
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

#[test]
fn relu_of_nan_is_nan() {
    let mut z = [f64::NAN, -1.0, 0.0, 2.0];
    run(Activate { z: &mut z, function: activate::Relu }, Machine::Avx512);
    assert!(z[0].is_nan());
    assert_eq!(z[1..], [0.0, 0.0, 2.0]);
}
