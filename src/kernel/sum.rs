//! Sums of losses and weights that do not overflow.

/// The factor by which large values are scaled down: 2⁻⁶⁴. A sum of 2⁶⁴ scaled values is finite.
const DOWN: f64 = f64::from_bits((1023 - 64) << 52);

/// A sum that is finite as long as the mean of its values is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sum {
    sum: f64,
    /// The factor of each value before it is added: 1 or [`DOWN`].
    scale: f64,
}

impl Sum {
    pub(crate) const ZERO: Self = Self { sum: 0.0, scale: 1.0 };

    /// `Σ f·v` over pairs (f, v), from left to right.
    pub(crate) fn of(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> Self {
        let sum: f64 = pairs.clone().map(|(factor, value)| factor * value).sum();
        if sum.is_finite() {
            return Self::from(sum);
        }
        Self { sum: pairs.map(|(factor, value)| factor * (value * DOWN)).sum(), scale: DOWN }
    }

    /// Adds another sum.
    pub(crate) fn add(&mut self, other: Self) {
        let sum = self.scaled(self.scale) + other.scaled(self.scale);
        *self = if sum.is_finite() {
            Self { sum, ..*self }
        } else {
            Self { sum: self.scaled(DOWN) + other.scaled(DOWN), scale: DOWN }
        };
    }

    /// The sum as a number, which is infinite if only the mean is finite.
    pub(crate) fn value(self) -> f64 {
        self.sum / self.scale
    }

    /// The sum divided by `count`; 0 if `count` is 0.
    pub(crate) fn over(self, count: f64) -> f64 {
        if count == 0.0 { 0.0 } else { self.sum / count / self.scale }
    }

    /// The sum divided by the sum `count`; 0 if `count` is 0.
    pub(crate) fn per(self, count: Self) -> f64 {
        if count.is_zero() { 0.0 } else { self.sum / count.sum * (count.scale / self.scale) }
    }

    pub(crate) fn is_zero(self) -> bool {
        self.sum == 0.0
    }

    /// The sum divided by `count`, which is not 0, as a sum.
    pub(crate) fn divided(self, count: f64) -> Self {
        Self { sum: self.sum / count, ..self }
    }

    /// The sum, as it is with another scale.
    fn scaled(self, scale: f64) -> f64 {
        self.sum * (scale / self.scale)
    }
}

impl From<f64> for Sum {
    fn from(sum: f64) -> Self {
        Self { sum, scale: 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_sums_are_plain_sums() {
        let values = [0.1, 0.2, 0.3, -7.5e9];
        let sum = Sum::of(values.map(|value| (1.0, value)).into_iter());
        assert_eq!(sum.over(1.0), values.iter().sum::<f64>());
        let mut total = Sum::from(0.1);
        total.add(Sum::from(0.2));
        assert_eq!(total.over(3.0), (0.1 + 0.2) / 3.0);
        assert_eq!(Sum::ZERO.over(0.0), 0.0);
    }

    #[test]
    fn a_sum_overflows_only_if_the_mean_does() {
        let values = [f64::MAX; 1000];
        assert_eq!(Sum::of(values.map(|value| (1.0, value)).into_iter()).over(1000.0), f64::MAX);
        assert_eq!(Sum::of([(1000.0, f64::MAX), (0.0, 1.0)].into_iter()).over(1000.0), f64::MAX);
        let mut total = Sum::ZERO;
        for _ in 0..1000 {
            total.add(Sum::from(f64::MAX));
        }
        total.add(Sum::from(1.0));
        assert_eq!(total.over(1000.0), f64::MAX);
        assert_eq!(total.over(500.0), f64::INFINITY);
        assert!(Sum::of([(1.0, f64::NAN)].into_iter()).over(1.0).is_nan());
        assert_eq!(Sum::of([(1.0, f64::INFINITY)].into_iter()).over(1.0), f64::INFINITY);
    }
}
