//! Clipping, L1 and decoupled decay before a step.

use super::*;
use crate::kernel::adjust::{AdjustGradient, Adjustment, Decay, adjusted};

/// Values of all sizes with zeros of both signs among them.
fn with_zeros<F: Scalar>(generator: &mut ChaCha8Rng, length: usize) -> Vec<F> {
    let mut values = of_all_sizes::<F>(generator, length);
    values.iter_mut().step_by(5).for_each(|value| *value = F::zero());
    values.iter_mut().skip(2).step_by(5).for_each(|value| *value = F::neg_zero());
    values
}

fn sign(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value.signum() }
}

fn adjustments<F: Scalar>() -> [Adjustment<F>; 4] {
    [[0.3, 0.0, 0.0, 0.0], [1.0, 0.01, 0.0, 0.0], [0.7, 0.01, 0.0, 0.0], [0.5, 0.0, 0.003, 0.0002]]
        .map(|[scale, l1, decay, sign_decay]| Adjustment { scale, l1, decay, sign_decay }.rounded())
}

fn check<F: Element>() {
    each_case(|length, offset, machine| {
        let generator = &mut generator();
        let (theta, gradient) = (with_zeros::<F>(generator, length), of_all_sizes::<F>(generator, length));
        for adjustment in adjustments::<F>() {
            let [scale, l1] = [adjustment.scale, adjustment.l1].map(F::as_f64);
            let mut into = Framed::new(offset, &vec![F::one(); length]);
            let values = Framed::new(offset + 1, &theta);
            run(
                AdjustGradient {
                    theta: values.values(),
                    gradient: &gradient,
                    into: into.values_mut(),
                    adjustment,
                },
                machine,
            );
            into.check();
            for ((found, g), theta) in into.values().iter().zip(&gradient).zip(&theta) {
                let expected = rounded::<F>(scale * g.as_f64()) + rounded::<F>(l1 * sign(theta.as_f64()));
                assert_eq!(found.as_f64(), rounded::<F>(expected), "{adjustment:?}");
            }
            let [decay, sign_decay] = [adjustment.decay, adjustment.sign_decay].map(F::as_f64);
            let mut values = Framed::new(offset, &theta);
            run(Decay { theta: values.values_mut(), adjustment }, machine);
            values.check();
            for (found, theta) in values.values().iter().zip(&theta) {
                let theta = theta.as_f64();
                let shrink = rounded::<F>(decay * theta) + rounded::<F>(sign_decay * sign(theta));
                assert_eq!(found.as_f64(), rounded::<F>(theta - rounded::<F>(shrink)), "{adjustment:?}");
            }
        }
    });
}

in_both_types!(check);

/// More parameters than a piece has.
#[test]
fn every_parameter_is_stepped_once_with_its_own_gradient() {
    for length in [0, 1, 511, 512, 513, 2000] {
        let gradient = Vec::from_iter((0..length).map(|i| i as f64));
        let [none, clipped] =
            [1.0, 0.5].map(|scale| Adjustment { scale, l1: 0.0, decay: 0.0, sign_decay: 0.0 });
        for adjustment in [none, clipped, Adjustment { decay: 0.25, ..none }] {
            let (mut theta, mut steps) = (vec![1.0; length], vec![0.0; length]);
            adjusted([&mut theta[..], &mut steps[..]], &gradient, adjustment, |[_, steps], gradient| {
                steps.iter_mut().zip(gradient).for_each(|(step, g)| *step += g);
            });
            assert!(steps.iter().zip(&gradient).all(|(step, g)| *step == adjustment.scale * g), "{length}");
            assert!(theta.iter().all(|theta| *theta == 1.0 - adjustment.decay), "{length}");
        }
    }
}
