//! Norms and the limits on them.

use super::*;
use crate::kernel::norm::{LimitColumns, Norm, SumOfSquares, limit_columns};

fn check<F: Element>() {
    each_case(|length, offset, machine| {
        let values = Framed::new(offset, &of_all_sizes::<F>(&mut generator(), length));
        let slow: f64 = values.values().iter().map(|v| v.as_f64() * v.as_f64()).sum();
        let sum = run(SumOfSquares { values: values.values(), unit: 1.0 }, machine);
        assert!((sum - slow).abs() <= 1e-14 * slow, "{length}: {sum:e}, not {slow:e}");
        let other = run(SumOfSquares { values: values.values(), unit: 1.0 }, Machine::Portable);
        assert_eq!(sum.to_bits(), other.to_bits());
        let scaled = run(SumOfSquares { values: values.values(), unit: 0.5 }, machine);
        assert_eq!(scaled, 4.0 * sum);
    });
    each_matrix(|(rows, columns), offset, machine| {
        let before = of_all_sizes::<F>(&mut generator(), rows * columns);
        let norm_of = |values: &[F], column: usize| {
            let squares = values.iter().skip(column).step_by(columns).map(|v| v.as_f64() * v.as_f64());
            squares.sum::<f64>().sqrt()
        };
        let c = 20.0;
        let mut values = Framed::new(offset, &before);
        for first in (0..columns).step_by(32) {
            run(LimitColumns { values: values.values_mut(), columns, first, c }, machine);
        }
        values.check();
        let mut at_once = before.clone();
        limit_columns(&mut at_once, columns, c);
        assert_eq!(bits(values.values()), bits(&at_once));
        for column in 0..columns {
            let (norm, limited) = (norm_of(&before, column), norm_of(&at_once, column));
            if norm > c {
                assert!((limited - c).abs() <= 4.0 * epsilon::<F>() * c, "{norm}: {limited}");
            } else {
                assert_eq!(limited, norm);
            }
        }
    });
}

in_both_types!(check);

fn norm(values: &[f64]) -> Norm {
    Norm::of(values.chunks(2))
}

#[test]
fn norms_overflow_and_underflow_only_if_they_are_too_large_or_too_small() {
    for scale in [1.0, 1e200, 1e-200, 1e307, 5e-324] {
        let norm = norm(&[3.0 * scale, 0.0, -4.0 * scale]).value();
        assert!((norm / (5.0 * scale) - 1.0).abs() < 1e-15, "{scale:e}: {norm:e}");
    }
    assert_eq!(norm(&[]).value(), 0.0);
    assert_eq!(norm(&[0.0, -0.0]).value(), 0.0);
    assert_eq!(norm(&[f64::MAX; 3]).value(), f64::INFINITY);
    assert_eq!(norm(&[1.0, f64::NEG_INFINITY]).value(), f64::INFINITY);
    assert!(norm(&[1.0, f64::NAN, 1e300]).value().is_nan());
}

#[test]
fn limits_are_factors_and_values_that_are_not_finite_stay() {
    assert_eq!(norm(&[3.0, 4.0]).limit(5.0), 1.0);
    assert_eq!(norm(&[3.0, 4.0]).limit(2.5), 0.5);
    // The norm overflows, but not the factor.
    let factor = norm(&[f64::MAX; 4]).limit(1.0);
    assert!((factor * f64::MAX - 0.5).abs() < 1e-15, "{factor:e}");
    for bad in [f64::NAN, f64::INFINITY] {
        assert_eq!(norm(&[bad, 1e3]).limit(1.0), 1.0);
        let mut values = [bad, 3.0, 1.0, 4.0];
        limit_columns(&mut values, 2, 2.5);
        assert_eq!(bits(&values[1..]), bits(&[1.5, 1.0, 2.0]));
    }
    let mut huge = [3e300_f64, 1.0, 4e300, 0.0];
    limit_columns(&mut huge, 2, 5.0);
    assert!((huge[0] - 3.0).abs() < 1e-14 && (huge[2] - 4.0).abs() < 1e-14 && huge[1] == 1.0, "{huge:?}");
}
