//! The smooth activations and their derivatives, on both paths. `tests/it/activations.rs` holds the path of this
//! machine to a table.

use super::*;
use crate::kernel::activate::{Activate, ScalarFunction, TimesDerivative};
use crate::kernel::smooth::{self, Elu};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Name {
    Elu { alpha: f64 },
    Selu,
    Softplus,
    Softsign,
    Gelu,
    Silu,
}
use Name::{Gelu, Selu, Silu, Softplus, Softsign};

const NAMES: [Name; 6] = [Name::Elu { alpha: 0.375 }, Selu, Softplus, Softsign, Gelu, Silu];
const LAMBDA: f64 = 1.0507009873554805;
const ALPHA: f64 = 1.6732632423543772;

/// The standard normal distribution.
fn phi(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-z))
}

impl Name {
    fn activate<F: Scalar>(self, z: &mut [F], machine: Machine) {
        fn of<F: Scalar>(z: &mut [F], function: impl ScalarFunction<F>, machine: Machine) {
            run(Activate { z, function }, machine);
        }
        match self {
            Name::Elu { alpha } => of(z, Elu::of(alpha), machine),
            Selu => of(z, Elu::scaled(), machine),
            Softplus => of(z, smooth::Softplus, machine),
            Softsign => of(z, smooth::Softsign, machine),
            Gelu => of(z, smooth::Gelu, machine),
            Silu => of(z, smooth::Silu, machine),
        }
    }

    fn times_derivative<F: Scalar>(self, delta: &mut [F], a: &[F], machine: Machine) {
        fn of<F: Scalar>(delta: &mut [F], a: &[F], function: impl ScalarFunction<F>, machine: Machine) {
            run(TimesDerivative { delta, a, function }, machine);
        }
        match self {
            Name::Elu { alpha } => of(delta, a, Elu::of(alpha), machine),
            Selu => of(delta, a, Elu::scaled(), machine),
            Softplus => of(delta, a, smooth::Softplus, machine),
            Softsign => of(delta, a, smooth::Softsign, machine),
            Gelu => of(delta, a, smooth::Gelu, machine),
            Silu => of(delta, a, smooth::Silu, machine),
        }
    }

    fn slow(self, z: f64) -> f64 {
        match self {
            Name::Elu { .. } | Selu if z > 0.0 => self.slow_derivative(z) * z,
            Name::Elu { alpha } => alpha * libm::expm1(z),
            Selu => LAMBDA * ALPHA * libm::expm1(z),
            Softplus if z > 0.0 => z + libm::log1p(libm::exp(-z)),
            Softplus => libm::log1p(libm::exp(z)),
            Softsign => z / (1.0 + z.abs()),
            Gelu => z * phi(z),
            Silu => z * sigmoid(z),
        }
    }

    fn slow_derivative(self, z: f64) -> f64 {
        match self {
            Name::Elu { .. } if z > 0.0 => 1.0,
            Name::Elu { alpha } => alpha * libm::exp(z),
            Selu if z > 0.0 => LAMBDA,
            Selu => LAMBDA * ALPHA * libm::exp(z),
            Softplus => sigmoid(z),
            Softsign => (1.0 + z.abs()).powi(-2),
            Gelu => phi(z) + z * libm::exp(-0.5 * z * z) / std::f64::consts::TAU.sqrt(),
            Silu => sigmoid(z) * (1.0 + z * (1.0 - sigmoid(z))),
        }
    }

    /// Whether the derivative is computed from z rather than from the output.
    fn is_of_z(self) -> bool {
        matches!(self, Gelu | Silu)
    }
}

fn check_values<F: Element>() {
    for name in NAMES {
        each_case(|length, offset, machine| {
            let z = of_all_sizes::<F>(&mut generator(), length);
            let mut a = Framed::new(offset, &z);
            name.activate(a.values_mut(), machine);
            a.check();
            for (&a, &z) in a.values().iter().zip(&z) {
                let expected = name.slow(z.as_f64());
                // Below −1 an absolute bound holds. The formulas above are off by a unit themselves.
                let size = if z.as_f64() < -1.0 { expected.abs().max(0.25) } else { expected.abs() };
                let tolerance = 5.0 * epsilon::<F>() * size + F::min_positive_value().as_f64();
                assert_near(a, expected, tolerance, (name, z, length, machine));
            }
        });
    }
}

#[test]
fn values_in_f32() {
    check_values::<f32>();
}

#[test]
fn values_in_f64() {
    check_values::<f64>();
}

fn check_derivatives<F: Element>() {
    for name in NAMES {
        each_case(|length, offset, machine| {
            let generator = &mut generator();
            let before = uniform::<F>(generator, length);
            let z = of_all_sizes::<F>(generator, length);
            let mut basis = Framed::new(offset + 2, &z);
            if !name.is_of_z() {
                name.activate(basis.values_mut(), machine);
            }
            let mut delta = Framed::new(offset, &before);
            name.times_derivative(delta.values_mut(), basis.values(), machine);
            delta.check();
            basis.check();
            for ((&delta, &before), &z) in delta.values().iter().zip(&before).zip(&z) {
                let expected = before.as_f64() * name.slow_derivative(z.as_f64());
                // Formulas with 1 − σ lose digits in proportion to z.
                let lost = if name == Silu { z.as_f64().abs().min(40.0) } else { 1.0 };
                let tolerance = (3.0 * epsilon::<F>() + lost * f64::EPSILON) * before.as_f64().abs();
                assert_near(delta, expected, tolerance, (name, before, z, length, machine));
            }
        });
    }
}

#[test]
fn derivatives_in_f32() {
    check_derivatives::<f32>();
}

#[test]
fn derivatives_in_f64() {
    check_derivatives::<f64>();
}

fn check_special_values<F: Element>() {
    let largest = F::max_value().as_f64();
    let [infinity, zero] = [f64::INFINITY, 0.0];
    for machine in Machine::all() {
        for name in NAMES {
            // z, f(z), f′(z)
            let [low, high] = match name {
                Name::Elu { alpha } => [[-alpha, 0.0], [1.0, 1.0]],
                Selu => [[-LAMBDA * ALPHA, 0.0], [LAMBDA, LAMBDA]],
                Softsign => [[-1.0, 0.0], [0.0, 0.0]],
                Gelu | Silu => [[-0.0, -0.0], [1.0, 1.0]],
                Softplus => [[0.0, 0.0], [1.0, 1.0]],
            };
            let at_0 = if name == Softplus { std::f64::consts::LN_2 } else { 0.0 };
            let slope_at_0 = match name {
                Name::Elu { alpha } => alpha,
                Selu => LAMBDA * ALPHA,
                Softsign => 1.0,
                Softplus | Gelu | Silu => 0.5,
            };
            let above = |z| if name == Softsign { 1.0 } else { rounded::<F>(high[0]) * z };
            let cases = [
                (-infinity, low[0], low[1]),
                (-largest, low[0], low[1]),
                (zero, at_0, slope_at_0),
                (-zero, if name == Softplus { at_0 } else { -0.0 }, slope_at_0),
                (infinity, above(infinity), high[1]),
                (largest, above(largest), high[1]),
            ];
            for (z, value, slope) in cases {
                let mut values = [F::from_f64(z); 37];
                let case = (name, z, F::NAME, machine);
                let mut bases = values;
                name.activate(&mut values, machine);
                let expected = F::from_f64(value);
                assert!(values.iter().all(|a| bits(&[*a]) == bits(&[expected])), "{case:?}: {values:?}");
                if !name.is_of_z() {
                    bases = values;
                }
                let mut delta = [F::one(); 37];
                name.times_derivative(&mut delta, &bases, machine);
                let error = |delta: &F| (delta.as_f64() - slope).abs() / epsilon::<F>();
                assert!(delta.iter().all(|delta| error(delta) <= 1.0), "{case:?}: {delta:?}, not {slope}");
            }
            for nan in F::nans() {
                let mut values = [nan; 37];
                name.activate(&mut values, machine);
                assert!(values.iter().all(|a| a.is_nan()), "{name:?}");
                let mut delta = [F::one(); 37];
                name.times_derivative(&mut delta, &[nan; 37], machine);
                let from_sign = matches!(name, Name::Elu { .. } | Selu);
                assert!(from_sign || delta.iter().all(|delta| delta.is_nan()), "{name:?}: {delta:?}");
                let mut delta = [nan; 37];
                name.times_derivative(&mut delta, &[F::zero(); 37], machine);
                assert!(delta.iter().all(|delta| delta.is_nan()), "{name:?}: {delta:?}");
            }
            // Subnormal numbers keep their sign and a value next to f′(0) · z.
            for z in [F::min_positive_value() / F::from_f64(8.0), -F::min_positive_value()] {
                let mut values = [z; 37];
                name.activate(&mut values, machine);
                let slope = if z > F::zero() && matches!(name, Name::Elu { .. } | Selu) {
                    high[1]
                } else {
                    slope_at_0
                };
                let expected = at_0 + slope * z.as_f64();
                let tolerance = if at_0 > 0.0 {
                    epsilon::<F>()
                } else {
                    2.0 * F::min_positive_value().as_f64() * epsilon::<F>()
                };
                values.iter().for_each(|&a| assert_near(a, expected, tolerance, (name, z, machine)));
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
