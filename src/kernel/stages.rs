//! eˣ, the sigmoid and the hyperbolic tangent of many values, in stages.
//!
//! One value needs a long chain of operations, of which each waits for the one before. In stages, the chains are
//! shorter, and the processor can overlap more of them. This takes two thirds of the time.

use std::marker::PhantomData;

use super::arch::{Arch, Kernel};
use super::exponential::{ByExponential, Exponential, clamp, polynomial, split, value};

/// The number of values at a time; the buffers stay in the first-level cache.
const STAGE: usize = 64;
/// Below this number of values, stages take longer.
const FEW: usize = 32;

/// Replaces each value by its function. The bits are those of [`value`].
#[inline(always)]
pub(super) fn replace_all<A: Arch, F: Exponential, G: ByExponential>(arch: A, values: &mut [F]) {
    // Not two branches: the compiler would use shorter vectors for a loop that it knows to be short.
    let in_stages = if values.len() < FEW { 0 } else { values.len() };
    let (values, few) = values.split_at_mut(in_stages);
    if !values.is_empty() {
        arch.call(Stages::<F, G> { values, function: PhantomData });
    }
    for x in few {
        *x = value::<A, F, G>(*x);
    }
}

/// It is a separate kernel because of its buffers, which would slow down few values.
struct Stages<'a, F, G> {
    values: &'a mut [F],
    function: PhantomData<G>,
}

impl<F: Exponential, G: ByExponential> Kernel for Stages<'_, F, G> {
    type Output = ();

    const IS_WIDE: bool = true;

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        let (mut powers, mut rests) = ([F::zero(); STAGE], [F::zero(); STAGE]);
        for values in self.values.chunks_mut(STAGE) {
            let (powers, rests) = (&mut powers[..values.len()], &mut rests[..values.len()]);
            for ((&x, k), r) in values.iter().zip(powers.iter_mut()).zip(rests.iter_mut()) {
                (*k, *r) = split::<A, F>(clamp(G::argument(x), G::limits()));
            }
            for r in rests.iter_mut() {
                *r = polynomial::<A, F>(*r);
            }
            for ((x, &k), &m) in values.iter_mut().zip(powers.iter()).zip(rests.iter()) {
                *x = G::result::<A, F>(*x, k, m);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::arch::Machine;
    use super::super::exponential::{HyperbolicTangent, Logistic, NaturalExponential};
    use super::super::scalar::Scalar;
    use super::*;

    /// The function of each value: at once, or one value after the other.
    struct Map<'a, F, G> {
        values: &'a mut [F],
        at_once: bool,
        function: PhantomData<G>,
    }

    impl<F: Exponential, G: ByExponential> Kernel for Map<'_, F, G> {
        type Output = ();

        const IS_WIDE: bool = true;

        #[inline(always)]
        fn run<A: Arch>(self, arch: A) {
            if self.at_once {
                replace_all::<A, F, G>(arch, self.values);
            } else {
                self.values.iter_mut().for_each(|x| *x = value::<A, F, G>(*x));
            }
        }
    }

    fn check<F: Scalar, G: ByExponential>() {
        let special =
            [F::nan(), F::infinity(), F::neg_infinity(), F::zero(), -F::zero(), F::min_positive_value()];
        // All sizes from 1e-3 to 1e3, so that the limits are reached, and special values at all positions.
        let value = |i: usize| match i % 7 {
            0 => special[i / 7 % special.len()],
            sign => {
                F::from_f64(10.0_f64.powf((i * 89 % 600) as f64 / 100.0 - 3.0) * (sign as f64 - 3.5).signum())
            }
        };
        for length in (0..3 * STAGE).chain([10 * STAGE + 1]) {
            for machine in Machine::all() {
                let found = [false, true].map(|at_once| {
                    let mut values = Vec::from_iter((0..length).map(value));
                    let map = Map::<F, G> { values: &mut values, at_once, function: PhantomData };
                    machine.run(map);
                    // Exact in f64; the sign and the payload of a NaN may differ.
                    Vec::from_iter(
                        values
                            .iter()
                            .map(|value| value.as_f64())
                            .map(|v| if v.is_nan() { 1 } else { v.to_bits() }),
                    )
                });
                assert_eq!(found[0], found[1], "{length}, {machine:?}");
            }
        }
    }

    #[test]
    fn stages_keep_the_bits() {
        check::<f32, NaturalExponential>();
        check::<f32, Logistic>();
        check::<f32, HyperbolicTangent>();
        check::<f64, NaturalExponential>();
        check::<f64, Logistic>();
        check::<f64, HyperbolicTangent>();
    }
}
