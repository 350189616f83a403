//! Reductions.

use super::*;
use crate::kernel::reduce::{AllFinite, ColumnSums, sum_of_magnitudes};

mod all_finite {
    use super::*;

    fn check<F: Element>() {
        let mut bad = F::nans();
        bad.extend([F::infinity(), F::neg_infinity()]);
        each_case(|length, offset, machine| {
            let mut values = Framed::new(offset, &of_all_sizes::<F>(&mut generator(), length));
            // The values outside the slice do not count.
            let (before, after) = (offset - 1, offset + length);
            (values.all[before], values.all[after]) = (F::nan(), F::infinity());
            assert!(run(AllFinite(values.values()), machine), "{length}");
            for position in 0..length {
                for finite in [F::max_value(), F::min_value(), F::min_positive_value(), F::neg_zero()] {
                    values.values_mut()[position] = finite;
                    assert!(run(AllFinite(values.values()), machine), "{finite:e} at {position} of {length}");
                }
                let finite = values.values()[position];
                let bad = bad[position % bad.len()];
                values.values_mut()[position] = bad;
                assert!(!run(AllFinite(values.values()), machine), "{bad:e} at {position} of {length}");
                values.values_mut()[position] = finite;
            }
        });
        for bad in bad {
            for machine in Machine::all() {
                assert!(!run(AllFinite(&[bad; 33]), machine), "{bad:e}");
            }
        }
    }

    in_both_types!(check);

    #[test]
    fn one_value_that_is_not_finite_is_found_anywhere() {
        for length in [1, 511, 512, 513, 1500] {
            let mut values = vec![f64::MAX; length];
            for machine in Machine::all() {
                assert!(run(AllFinite(&values), machine));
                for position in [0, length / 2, length - 1] {
                    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                        values[position] = bad;
                        assert!(!run(AllFinite(&values), machine), "{position} of {length}");
                    }
                    values[position] = f64::MAX;
                }
            }
        }
    }
}

mod column_sums {
    use super::*;

    fn check<F: Element>() {
        for scale in [1.0, -0.3] {
            let scale = F::from_f64(scale);
            each_matrix(|(rows, columns), offset, machine| {
                let a = Framed::new(offset, &of_all_sizes::<F>(&mut generator(), rows * columns));
                let mut sums = Framed::new(offset + 2, &vec![F::nan(); columns]);
                run(ColumnSums { a: a.values(), scale, sums: sums.values_mut() }, machine);
                sums.check();
                for (j, &sum) in sums.values().iter().enumerate() {
                    let column = a.values().iter().skip(j).step_by(columns).map(|a| a.as_f64());
                    let size = column.clone().map(f64::abs).sum::<f64>() * scale.as_f64().abs();
                    let expected = column.sum::<f64>() * scale.as_f64();
                    // One rounding per term and one for the scale, each of half an ε, here and in the slow loop.
                    let tolerance = (rows + 1) as f64 * epsilon::<F>() * size;
                    assert_near(sum, expected, tolerance, (rows, columns, j, machine));
                }
            });
        }
    }

    in_both_types!(check);
}

mod magnitudes {
    use super::*;

    fn check<F: Element>() {
        for length in LENGTHS {
            for offset in OFFSETS {
                let values = Framed::new(offset, &of_all_sizes::<F>(&mut generator(), length));
                let expected = values.values().iter().map(|value| value.as_f64().abs()).sum::<f64>();
                let found = sum_of_magnitudes(values.values());
                // In f64 for both types: one rounding per term, here and in the slow loop, each of half an ε.
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
