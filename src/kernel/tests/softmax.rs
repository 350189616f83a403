//! Softmax.

use super::*;
use crate::kernel::softmax::Softmax;

fn check<F: Element>() {
    each_matrix(|(rows, columns), offset, machine| {
        let generator = &mut generator();
        // A row of moderate logits, then one whose smaller exponentials are 0 in f32 or in both types.
        let mut a = uniform::<F>(generator, rows * columns);
        for (row, a) in a.chunks_exact_mut(columns).enumerate() {
            let scale = F::from_f64([5.0, 100.0, 1000.0][row % 3]);
            a.iter_mut().for_each(|a| *a *= scale);
        }
        let a = Framed::new(offset, &a);
        let mut y = Framed::new(offset + 2, &vec![F::nan(); rows * columns]);
        let mut maxima_and_others = Framed::new(offset + 4, &vec![F::nan(); rows * 2]);
        run(
            Softmax {
                a: a.values(),
                columns,
                y: y.values_mut(),
                maxima_and_others: maxima_and_others.values_mut(),
            },
            machine,
        );
        y.check();
        maxima_and_others.check();
        let found = y.values().chunks_exact(columns).zip(maxima_and_others.values().chunks_exact(2));
        for (a, (y, found)) in a.values().chunks_exact(columns).zip(found) {
            let a = Vec::from_iter(a.iter().map(|a| a.as_f64()));
            let maximum = a.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = a.iter().map(|a| (a - maximum).exp()).sum();
            let case = (rows, columns, machine);
            assert_eq!(found[0].as_f64(), maximum, "{case:?}");
            // Errors in units of ε. An exponential has 4 here and 1 in the slow loop. The rounding of its argument
            // adds half of the argument's size in both, which is at most ln 70 < 5 in the mean over the sum. The
            // additions have half a unit per term in both.
            let of_sum = 10.0 + columns as f64;
            // The sum without one maximum. It may have no term near 1, so each argument's rounding counts.
            let at_maximum = a.iter().position(|a| *a == maximum).unwrap();
            let gaps = a.iter().enumerate().filter(|(j, _)| *j != at_maximum).map(|(_, a)| maximum - a);
            let others: f64 = gaps.clone().map(|gap| (-gap).exp()).sum();
            let tolerance = gaps.map(|gap| (of_sum + gap) * epsilon::<F>() * (-gap).exp()).sum::<f64>();
            let subnormal = 2.0 * columns as f64 * F::min_positive_value().as_f64();
            assert_near(found[1], others, tolerance + subnormal, case);
            for (&a, &y) in a.iter().zip(y) {
                let expected = (a - maximum).exp() / sum;
                // The errors of the sum, of another exponential with its argument, and of the division.
                let tolerance = of_sum + 5.0 + (maximum - a) + 1.0;
                let tolerance = tolerance * epsilon::<F>() * expected;
                // Subnormal numbers have fewer digits.
                assert_near(y, expected, tolerance + 2.0 * F::min_positive_value().as_f64(), case);
            }
        }
    });
}

in_both_types!(check);

fn check_nans<F: Element>() {
    const COLUMNS: usize = 11;
    let softmax = |a: &[F], machine: Machine| {
        let (mut y, mut maxima_and_others) = (vec![F::zero(); a.len()], vec![F::zero(); 6]);
        let kernel = Softmax { a, columns: COLUMNS, y: &mut y, maxima_and_others: &mut maxima_and_others };
        run(kernel, machine);
        y
    };
    let a = uniform::<F>(&mut generator(), 3 * COLUMNS);
    for machine in Machine::all() {
        let clean = softmax(&a, machine);
        for (i, nan) in F::nans().into_iter().enumerate() {
            let mut a = a.clone();
            a[COLUMNS + i % COLUMNS] = nan;
            let y = softmax(&a, machine);
            let (before, rest) = y.split_at(COLUMNS);
            let (row, after) = rest.split_at(COLUMNS);
            assert!(row.iter().all(|y| y.is_nan()), "{i}, {machine:?}: {row:?}");
            assert_eq!(before, &clean[..COLUMNS]);
            assert_eq!(after, &clean[2 * COLUMNS..]);
        }
    }
}

#[test]
fn nan_spreads_over_its_row_alone() {
    check_nans::<f32>();
    check_nans::<f64>();
}

#[test]
fn softmax_survives_large_logits() {
    let mut y = [0.0; 3];
    let mut maximum_and_others = [0.0; 2];
    let a = &[1e300, -1e300, 1e300];
    run(Softmax { a, columns: 3, y: &mut y, maxima_and_others: &mut maximum_and_others }, Machine::Avx512);
    assert_eq!(y, [0.5, 0.0, 0.5]);
    assert_eq!(maximum_and_others, [1e300, 1.0]);
}
