//! The steps of the optimizers.

use super::*;
use crate::kernel::step::{
    AdamRates, Descend, DescendAhead, DescendByMoments, DescendBySquares, Rates, SquareRates,
};

/// A step, and the slow version of it: new θ and moments from the old ones and g.
trait Step<F> {
    fn run(&self, theta: &mut [F], moments: [&mut [F]; 2], gradient: &[F], machine: Machine);
    fn slow(&self, values: &mut [f64; 3], g: f64);
}

struct Momentum<F>(Rates<F>);
struct Ahead<F>(Rates<F>);
struct Adam<F>(AdamRates<F>);
struct Squares<F>(SquareRates<F>);

impl<F: Scalar> Step<F> for Momentum<F> {
    fn run(&self, theta: &mut [F], [v, _]: [&mut [F]; 2], gradient: &[F], machine: Machine) {
        run(Descend { theta, v, gradient, rates: self.0 }, machine);
    }

    fn slow(&self, [theta, v, _]: &mut [f64; 3], g: f64) {
        let [mu, eta, lambda] = [self.0.mu, self.0.eta, self.0.lambda].map(F::as_f64);
        let step = rounded::<F>(eta * rounded::<F>(g + rounded::<F>(lambda * *theta)));
        *v = rounded::<F>(rounded::<F>(mu * *v) - step);
        *theta = rounded::<F>(*theta + *v);
    }
}

impl<F: Scalar> Step<F> for Ahead<F> {
    fn run(&self, theta: &mut [F], [v, _]: [&mut [F]; 2], gradient: &[F], machine: Machine) {
        run(DescendAhead { theta, v, gradient, rates: self.0 }, machine);
    }

    fn slow(&self, [theta, v, _]: &mut [f64; 3], g: f64) {
        let [mu, eta, lambda] = [self.0.mu, self.0.eta, self.0.lambda].map(F::as_f64);
        let step = rounded::<F>(eta * rounded::<F>(g + rounded::<F>(lambda * *theta)));
        *v = rounded::<F>(rounded::<F>(mu * *v) - step);
        *theta = rounded::<F>(*theta + rounded::<F>(rounded::<F>(mu * *v) - step));
    }
}

impl<F: Scalar> Step<F> for Adam<F> {
    fn run(&self, theta: &mut [F], [m, v]: [&mut [F]; 2], gradient: &[F], machine: Machine) {
        run(DescendByMoments { theta, m, v, gradient, rates: self.0 }, machine);
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

impl<F: Scalar> Step<F> for Squares<F> {
    fn run(&self, theta: &mut [F], [_, v]: [&mut [F]; 2], gradient: &[F], machine: Machine) {
        run(DescendBySquares { theta, v, gradient, rates: self.0 }, machine);
    }

    fn slow(&self, [theta, _, v]: &mut [f64; 3], g: f64) {
        let SquareRates { rho, eta, epsilon, lambda } = self.0;
        let [keep, take] = rho.map(F::as_f64);
        let [eta, epsilon, lambda] = [eta, epsilon, lambda].map(F::as_f64);
        let g = rounded::<F>(g + rounded::<F>(lambda * *theta));
        *v = rounded::<F>(rounded::<F>(keep * *v) + rounded::<F>(take * rounded::<F>(g * g)));
        let divisor = rounded::<F>(rounded::<F>(v.sqrt()) + epsilon);
        *theta = rounded::<F>(*theta - rounded::<F>(rounded::<F>(eta * g) / divisor));
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
            for machine in Machine::all() {
                let [mut theta, mut m, mut v] = [0, 1, 2].map(|of| Framed::new(offset + of, &before[of]));
                let moments = [m.values_mut(), v.values_mut()];
                step.run(theta.values_mut(), moments, gradient.values(), machine);
                for (of, found) in [theta, m, v].iter().enumerate() {
                    found.check();
                    // Exact, since every operation is rounded separately on both paths.
                    for (found, after) in found.values().iter().zip(&after) {
                        assert_eq!(found.as_f64(), after[of], "{of}, {length}, {machine:?}");
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
        check_step(&Squares(SquareRates { rho: beta1, eta, epsilon, lambda }));
    }
}

in_both_types!(check);
