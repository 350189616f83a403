//! Losses and learning rates of any size as text.

use std::fmt;

/// A loss, with six decimals.
pub(crate) fn loss(value: f64) -> Figure {
    Figure { value, decimals: 6 }
}

/// A learning rate, with eight decimals.
pub(crate) fn rate(value: f64) -> Figure {
    Figure { value, decimals: 8 }
}

/// A number with fixed decimals, as the article prints it. If these would show fewer than four significant digits,
/// or more than six digits before the point, it has six significant digits and an exponent: `1.23457e-9`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figure {
    value: f64,
    decimals: usize,
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, decimals } = *self;
        let magnitude = value.abs();
        // The smallest number that shows four digits: 0.001 with six decimals.
        let smallest = 1e3 / 10_f64.powi(decimals as i32);
        let is_ordinary = magnitude == 0.0 || (smallest..1e6).contains(&magnitude);
        if is_ordinary || !value.is_finite() {
            write!(f, "{value:.decimals$}")
        } else {
            write!(f, "{value:.5e}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_numbers_have_the_article_s_decimals() {
        for (value, text) in [
            (1.367226, "1.367226"),
            (0.05, "0.050000"),
            (0.001, "0.001000"),
            (0.0, "0.000000"),
            (-2.5, "-2.500000"),
            (999_999.5, "999999.500000"),
        ] {
            assert_eq!(loss(value).to_string(), text);
        }
        for (value, text) in [(0.15955371, "0.15955371"), (1e-4, "0.00010000"), (1e-5, "0.00001000")] {
            assert_eq!(rate(value).to_string(), text);
        }
    }

    #[test]
    fn huge_and_tiny_numbers_have_six_significant_digits() {
        for (value, text) in [
            (1_249_999_999_997_772_367_396_864.0, "1.25000e24"),
            (1e6, "1.00000e6"),
            (0.000_999, "9.99000e-4"),
            (-1.234_567_8e-20, "-1.23457e-20"),
            (f64::MAX, "1.79769e308"),
            (5e-324, "4.94066e-324"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(loss(value).to_string(), text);
        }
        assert_eq!(rate(1.234_567_8e-9).to_string(), "1.23457e-9");
        assert_eq!(rate(9.9e-6).to_string(), "9.90000e-6");
    }
}
