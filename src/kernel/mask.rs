//! Masks of dropout: each value is kept and scaled, or replaced by 0, as the number of a stream says.
//!
//! The streams are those of SplitMix64 (Steele, Lea and Flood, *Fast splittable pseudorandom number generators*,
//! OOPSLA 2014): number j of the stream with the key k is `mix(k + (j + 1)·γ)` modulo 2⁶⁴. It is computed from k and
//! j alone, without a state, and with integers alone, so it is the same on every processor.

use super::arch::{Arch, Kernel, dispatch};
use super::scalar::Scalar;

/// γ, the odd number next to 2⁶⁴ divided by the golden ratio.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The number of bits that decide about a value: a rate below 1 is at most 1 − 2⁻⁵³.
const BITS: u32 = 53;

/// Number j of the stream with this key.
#[inline(always)]
pub(crate) fn stream(key: u64, j: u64) -> u64 {
    let z = key.wrapping_add(j.wrapping_add(1).wrapping_mul(GAMMA));
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The mask of one layer for a mini-batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mask<F> {
    key: u64,
    /// A value whose number, in units of 2⁻⁵³, is below is dropped.
    threshold: u64,
    /// 1 / (1 − rate)
    scale: F,
}

impl<F: Scalar> Mask<F> {
    /// The mask that drops a share `rate` of the values; at least 0 and less than 1.
    pub(crate) fn new(key: u64, rate: f64) -> Self {
        let threshold = (rate * (1_u64 << BITS) as f64) as u64;
        Self { key, threshold, scale: F::from_f64(1.0 / (1.0 - rate)) }
    }

    /// Drops and scales values of some rows of `columns` values, of which the first has the number `first`. The
    /// numbers of row i of the mini-batch are those of the stream whose key is number i of the mask's stream.
    pub(crate) fn apply(self, values: &mut [F], columns: usize, first: usize) {
        dispatch(ApplyMask { mask: self, values, columns, first });
    }

    /// The same within the calling kernel.
    #[inline(always)]
    pub(crate) fn apply_in<A: Arch>(self, arch: A, values: &mut [F], columns: usize, first: usize) {
        arch.run(ApplyMask { mask: self, values, columns, first });
    }
}

struct ApplyMask<'a, F> {
    mask: Mask<F>,
    values: &'a mut [F],
    columns: usize,
    first: usize,
}

impl<F: Scalar> Kernel for ApplyMask<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<A: Arch>(self, _: A) {
        let Self { mask: Mask { key, threshold, scale }, values, columns, first } = self;
        for (row, values) in (first as u64..).zip(values.chunks_mut(columns.max(1))) {
            let key = stream(key, row);
            for (j, value) in (0..).zip(values) {
                let kept = *value * scale;
                *value = if stream(key, j) >> (u64::BITS - BITS) >= threshold { kept } else { F::zero() };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::vector::Portable;
    use super::*;

    /// The numbers that the authors' generator gives for the seed 1234567, which its users publish.
    #[test]
    fn streams_are_those_of_split_mix_64() {
        let expected: [u64; 5] = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!([0, 1, 2, 3, 4].map(|j| stream(1_234_567, j)), expected);
    }

    fn check<F: Scalar>() {
        let (columns, rows) = (37, 50);
        let ones = vec![F::one(); rows * columns];
        for rate in [0.0, 1e-9, 0.25, 0.5, 0.9, 1.0 - f64::EPSILON / 2.0] {
            let mask = Mask::<F>::new(99, rate);
            let mut all = ones.clone();
            mask.apply(&mut all, columns, 0);
            let mut portable = ones.clone();
            ApplyMask { mask, values: &mut portable, columns, first: 0 }.run(Portable);
            assert!(all == portable, "{rate}");
            // Any part of the rows has the values that it has among all rows.
            for part in [0..1, 1..2, 7..50, 49..50] {
                let mut values = ones[part.start * columns..part.end * columns].to_vec();
                mask.apply(&mut values, columns, part.start);
                assert!(values == all[part.start * columns..part.end * columns], "{rate}, {part:?}");
            }
            let kept = all.iter().filter(|value| **value != F::zero()).count() as f64;
            let count = (rows * columns) as f64;
            let deviation = (rate * (1.0 - rate) * count).sqrt();
            assert!((kept - (1.0 - rate) * count).abs() <= 4.0 * deviation, "{rate}: {kept} of {count}");
            assert!(all.iter().all(|&value| value == F::zero() || value == F::from_f64(1.0 / (1.0 - rate))));
        }
    }

    #[test]
    fn a_share_of_the_values_is_kept_and_scaled() {
        check::<f32>();
        check::<f64>();
    }

    #[test]
    fn what_is_dropped_is_0_even_if_it_is_not_finite() {
        let mut values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].repeat(100);
        Mask::new(5, 0.5).apply(&mut values, 300, 0);
        let dropped = values.iter().filter(|value| value.to_bits() == 0).count();
        assert!((100..200).contains(&dropped), "{dropped}");
        assert_eq!(values.iter().filter(|value| !value.is_finite()).count(), 300 - dropped);
    }
}
