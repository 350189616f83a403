//! Symmetric matrices against plain loops.

use super::panels::PANEL_WIDTH;
use super::*;
use crate::kernel::matrix::MatrixView;

/// A matrix of numbers between −1 and 1 that a formula draws, row by row.
fn drawn(rows: usize, columns: usize, seed: usize) -> Vec<Vec<f64>> {
    let value = |i: usize, j: usize| ((i * columns + j) as f64 * 12.9898 + seed as f64).sin() * 43_758.545;
    let row = |i| Vec::from_iter((0..columns).map(|j| 2.0 * (value(i, j) - value(i, j).floor()) - 1.0));
    Vec::from_iter((0..rows).map(row))
}

/// The panels of J, with `stride` rows each.
fn panels_of(j: &[Vec<f64>], stride: usize) -> Vec<f64> {
    let columns = j.first().map_or(0, Vec::len).next_multiple_of(PANEL_WIDTH);
    let mut panels = vec![0.0; columns * stride];
    for (i, row) in j.iter().enumerate() {
        for (k, value) in row.iter().enumerate() {
            panels[k / PANEL_WIDTH * stride * PANEL_WIDTH + i * PANEL_WIDTH + k % PANEL_WIDTH] = *value;
        }
    }
    panels
}

/// JᵀJ by plain loops.
fn square(j: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let columns = j.first().map_or(0, Vec::len);
    let element = |a: usize, b: usize| j.iter().map(|row| row[a] * row[b]).sum::<f64>();
    Vec::from_iter((0..columns).map(|a| Vec::from_iter((0..columns).map(|b| element(a, b)))))
}

/// The lower triangle of JᵀJ, from blocks of rows of this size.
fn gram(j: &[Vec<f64>], rows: usize) -> TrianglePanels {
    let columns = j.first().map_or(0, Vec::len);
    let mut c = TrianglePanels::zeros("c", columns, columns).unwrap();
    for part in j.chunks(rows) {
        add_gram(&mut c, &panels_of(part, rows + 3), part.len(), rows + 3);
    }
    c
}

const SIZES: [usize; 9] = [1, 2, 7, 8, 9, 16, 33, 50, 131];

#[test]
fn products_are_those_of_plain_loops_and_blocks_of_rows_change_no_bit() {
    for columns in SIZES {
        let j = drawn(70, columns, 1);
        let (expected, found) = (square(&j), gram(&j, 70));
        for (a, expected) in expected.iter().enumerate() {
            assert_eq!(found.row(a).count(), a + 1);
            for (b, value) in found.row(a).enumerate() {
                assert!((value - expected[b]).abs() < 1e-13, "{columns}: {a}, {b}");
                assert_eq!(value, found.get(a, b));
            }
        }
        assert_eq!(found, gram(&j, 11));
    }
}

#[test]
fn rows_of_outer_products_are_written_in_panels() {
    let (inputs, deltas) = (
        [drawn(5, 2, 1).concat(), drawn(5, 3, 2).concat()],
        [drawn(5, 3, 3).concat(), drawn(5, 1, 4).concat()],
    );
    let layers = [(2, 3), (3, 1)];
    let outer = [0, 1].map(|l| OuterRows {
        inputs: MatrixView::of_values(&inputs[l], layers[l].0),
        deltas: MatrixView::of_values(&deltas[l], layers[l].1),
    });
    let last = Vec::from_iter((0..10).map(f64::from));
    let (mut row, mut panels) = (vec![0.0; 16], vec![0.0; 2 * 7 * PANEL_WIDTH]);
    fill_panels(outer.into_iter(), &last[1..], 2, &mut row, &mut panels, [2, 7]);
    let expected = Vec::from_iter((0..5).map(|r| {
        let mut row = Vec::new();
        for (l, (fan_in, fan_out)) in layers.into_iter().enumerate() {
            let (a, d) = (&inputs[l][r * fan_in..][..fan_in], &deltas[l][r * fan_out..][..fan_out]);
            row.extend(a.iter().flat_map(|a| d.iter().map(move |d| a * d)));
            row.extend(d);
        }
        row.push(last[1 + 2 * r]);
        row
    }));
    let zeros = vec![vec![0.0; 14]; 2];
    assert_eq!(panels, panels_of(&[zeros, expected].concat(), 7));
}

/// A lower triangle with the elements beyond `size` filled with what must not be read.
fn with_more_rows(j: &[Vec<f64>], size: usize) -> TrianglePanels {
    let wide = Vec::from_iter(j.iter().map(|row| [&row[..], &[1e200; 3]].concat()));
    let mut c = gram(&wide, 40);
    for i in size..size + 3 {
        for k in 0..=i {
            c.values_mut()[TrianglePanels::place(i, k)] = f64::NAN;
        }
    }
    c
}

#[test]
fn the_factor_solves_and_inverts() {
    for size in SIZES {
        let j = drawn(size + 20, size, 2);
        let c = with_more_rows(&j, size);
        let shift = |i: usize| [0.5, 0.25, 0.25][i % 3];
        let mut a = square(&j);
        a.iter_mut().flatten().for_each(|value| *value *= 0.1);
        (0..size).for_each(|i| a[i][i] += shift(i));
        let mut factor = Factor::zeros("the factor", &c, size).unwrap();
        factor.compute(&c, size, 0.1, shift, 0.0).unwrap();

        // A x = b
        let b = drawn(1, size, 3).concat();
        let mut x = vec![0.0; factor.padded() * PANEL_WIDTH];
        x.iter_mut().step_by(PANEL_WIDTH).zip(&b).for_each(|(x, b)| *x = *b);
        factor.half_solve(&mut x, 0);
        let mut y = Vec::from_iter(x.iter().step_by(PANEL_WIDTH).copied());
        factor.back_solve(&mut y);
        for (row, b) in a.iter().zip(&b) {
            let product: f64 = row.iter().zip(&y).map(|(a, y)| a * y).sum();
            assert!((product - b).abs() < 1e-12, "{size}: {product} instead of {b}");
        }
        assert!(y[size..].iter().all(|y| *y == 0.0));

        // Each column of the inverse solves a system, too.
        let mut diagonal = Vec::new();
        factor.inverse_diagonal(&mut x, |i, value| {
            assert_eq!(i, diagonal.len());
            diagonal.push(value);
        });
        for i in 0..size {
            x.fill(0.0);
            x[i * PANEL_WIDTH + 5] = 1.0;
            factor.half_solve(&mut x, i / PANEL_WIDTH);
            let mut y = Vec::from_iter(x.iter().skip(5).step_by(PANEL_WIDTH).copied());
            factor.back_solve(&mut y);
            assert!((y[i] - diagonal[i]).abs() < 1e-12 * diagonal[i], "{size}: {i}");
        }
    }
}

#[test]
fn a_matrix_that_is_not_positive_definite_is_refused_with_its_first_bad_row() {
    // Row 20 repeats row 3.
    let mut j = drawn(60, 33, 4);
    j.iter_mut().for_each(|row| row[20] = row[3]);
    let c = gram(&j, 60);
    let mut factor = Factor::zeros("the factor", &c, 33).unwrap();
    assert_eq!(factor.compute(&c, 33, 1.0, |_| 0.0, 1e-13), Err(20));
    assert_eq!(factor.compute(&c, 33, 1.0, |_| 1e-9, 1e-13), Ok(()));
    assert_eq!(factor.compute(&c, 33, 1.0, |i| if i == 7 { -1e6 } else { 0.0 }, 0.0), Err(7));
    assert_eq!(factor.compute(&c, 33, f64::NAN, |_| 0.0, 0.0), Err(0));
    assert_eq!(factor.compute(&c, 33, f64::INFINITY, |_| 0.0, 0.0), Err(0));
    // The matrix before the bad row can be used.
    assert_eq!(factor.compute(&c, 20, 1.0, |_| 0.0, 1e-13), Ok(()));
}

#[test]
fn eigenvalues_have_the_sums_of_the_matrix_and_solve_known_ones() {
    for size in SIZES {
        let j = drawn(size + 5, size, 5);
        let c = with_more_rows(&j, size);
        let found = eigenvalues("a", &c, size, 0.5, |i| i as f64).unwrap();
        let mut a = square(&j);
        a.iter_mut().flatten().for_each(|value| *value *= 0.5);
        (0..size).for_each(|i| a[i][i] += i as f64);
        assert!(found.is_sorted() && found.len() == size);
        let trace: f64 = (0..size).map(|i| a[i][i]).sum();
        let squares: f64 = a.iter().flatten().map(|value| value * value).sum();
        let cubes: f64 = (0..size)
            .map(|i| {
                (0..size)
                    .map(|k| a[i][k] * a[k].iter().zip(&a[i]).map(|(x, y)| x * y).sum::<f64>())
                    .sum::<f64>()
            })
            .sum();
        for (power, expected) in [(1, trace), (2, squares), (3, cubes)] {
            let sum: f64 = found.iter().map(|value| value.powi(power)).sum();
            assert!(
                (sum - expected).abs() < 1e-12 * expected,
                "{size}, {power}: {sum} instead of {expected}"
            );
        }
    }
    // (n + 1)² / π² · the second difference: 2 − 2 cos(kπ / (n + 1))
    let n = 40;
    let mut c = TrianglePanels::zeros("c", n, n).unwrap();
    for i in 0..n {
        c.values_mut()[TrianglePanels::place(i, i)] = 2.0;
        if i > 0 {
            c.values_mut()[TrianglePanels::place(i, i - 1)] = -1.0;
        }
    }
    for (k, value) in (1..).zip(eigenvalues("c", &c, n, 1.0, |_| 0.0).unwrap()) {
        let expected = 2.0 - 2.0 * (f64::from(k) * std::f64::consts::PI / (n as f64 + 1.0)).cos();
        assert!((value - expected).abs() < 1e-13, "{k}: {value} instead of {expected}");
    }
    let zeros = TrianglePanels::zeros("zeros", 5, 5).unwrap();
    assert_eq!(eigenvalues("zeros", &zeros, 5, 1.0, |_| 0.0).unwrap(), [0.0; 5]);
    assert_eq!(eigenvalues("zeros", &zeros, 0, 1.0, |_| 0.0).unwrap(), [0.0; 0]);
}

#[test]
fn a_matrix_that_does_not_fit_is_an_error_with_its_size() {
    for size in [usize::MAX, usize::MAX / 2, 1 << 33] {
        let error = TrianglePanels::zeros("JᵀJ", size, size - 1).unwrap_err();
        assert_eq!(error, crate::Error::TooLarge { what: "JᵀJ", rows: size - 1, columns: size - 1 });
    }
}
