//! Random splits.

use ndarray_dnn::error::Place;
use ndarray_dnn::{Error, train_test_split};

use super::{assert_refused, number, soon};

#[test]
fn the_split_of_a_seed_never_changes() {
    // Values of this crate. A change here is value-breaking.
    let (train, test) = train_test_split(10, 0.3, 42).unwrap();
    assert_eq!((&train[..], &test[..]), (&[7, 2, 6, 5, 3, 1, 0][..], &[9, 4, 8][..]));
    let (train, test) = train_test_split(1000, 0.01, u64::MAX).unwrap();
    assert_eq!(
        (&train[..5], &test[..]),
        (&[90, 817, 273, 192, 650][..], &[658, 586, 552, 257, 204, 503, 721, 31, 406, 337][..])
    );
}

#[test]
fn a_split_is_a_permutation_in_two_parts() {
    for (n, fraction, held_out) in [
        (2, 0.5, 1),
        (10, 0.25, 3),
        (10, 0.05, 1),
        (10, 0.94, 9),
        (150, 0.2, 30),
        (1000, 0.001, 1),
        (7, 0.9, 6),
    ] {
        for seed in 0..5 {
            let (train, test) = train_test_split(n, fraction, seed).unwrap();
            assert_eq!((train.len(), test.len()), (n - held_out, held_out));
            let mut all = [&train[..], &test[..]].concat();
            all.sort_unstable();
            assert_eq!(all, Vec::from_iter(0..n));
            assert_eq!(train_test_split(n, fraction, seed), Ok((train, test)));
        }
    }
}

#[test]
fn splits_of_different_seeds_differ_and_of_different_fractions_are_nested() {
    let rows = |fraction, seed| train_test_split(200, fraction, seed).unwrap();
    assert_ne!(rows(0.5, 0), rows(0.5, 1));
    let (few, many) = (rows(0.1, 3).1, rows(0.4, 3).1);
    assert_eq!((few.len(), many.len()), (20, 80));
    assert!(few.iter().all(|row| many.contains(row)));
    // Both are shuffled.
    let (train, test) = rows(0.5, 0);
    assert!(!train.is_sorted() && !test.is_sorted());
}

#[test]
fn every_row_is_held_out_equally_often() {
    let mut counts = [0_u32; 10];
    for seed in 0..2_000 {
        train_test_split(10, 0.3, seed).unwrap().1.iter().for_each(|&row| counts[row] += 1);
    }
    // The mean is 600 and the deviation 20.5; the seeds are fixed.
    assert!(counts.iter().all(|count| (520..680).contains(count)), "{counts:?}");
}

#[test]
fn bad_splits_are_refused() {
    for value in [0.0, -0.0, 1.0, -0.2, 1.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for n in [0, 1, 100] {
            let error = train_test_split(n, value, 0).unwrap_err();
            let range = "greater than 0 and less than 1 in f64";
            assert_eq!(error.to_string(), format!("fraction must be {range}, found {}", number(value)));
            let Error::OutOfRange { name: "fraction", at: Place::Whole, range: words, value: found } = error
            else {
                panic!("{error}")
            };
            assert_eq!(words, range);
            assert_eq!(found.to_bits(), value.to_bits());
        }
    }
    for (n, fraction, train, test) in [
        (0, 0.5, 0, 0),
        (1, 0.5, 0, 1),
        (1, 0.4, 1, 0),
        (10, 0.04, 10, 0),
        (10, 0.96, 0, 10),
        (2, 5e-324, 2, 0),
        (usize::MAX, 1.0 - f64::EPSILON / 2.0, 2047, usize::MAX - 2047),
    ] {
        let refused = train_test_split(n, fraction, 0);
        if n == usize::MAX {
            // Both parts would have rows, but there is no memory for them.
            assert_eq!(refused, Err(Error::TooLarge { what: "the permutation", rows: n, columns: 1 }));
            continue;
        }
        let text = format!(
            "both parts of a split must have at least one row, found {train} for training and {test} for testing: \
             n {n}, fraction {fraction:?}"
        );
        assert_refused(refused, &Error::Split { n, fraction, train, test }, &text);
    }
    let rows = 1 << 60;
    assert_refused(
        soon(move || train_test_split(rows, 0.5, 0)),
        &Error::TooLarge { what: "the permutation", rows, columns: 1 },
        &format!("no memory for the permutation: {rows} rows of 1 columns"),
    );
}
