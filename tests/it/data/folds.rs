//! Folds, stratified splits, and cross-validation.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ndarray_dnn::error::Place;
use ndarray_dnn::ndarray::{Array1, Array2, Axis};
use ndarray_dnn::{
    BatchOrder, Dnn, Error, Scalar, cross_validate, k_fold, one_hot, permutation, stratified_k_fold,
    stratified_split, train_test_split,
};

use super::{assert_refused, noise, out_of_range, soon};

type Fold = (Vec<usize>, Vec<usize>);

/// Labels of three classes of different sizes, mixed.
fn labels(n: usize) -> Vec<i8> {
    (0..n).map(|i| [0, 0, 3, 0, -1, 3, 0][i * i % 7]).collect()
}

/// Checks that the two parts of a fold are all rows, and that both are in the order of the permutation.
fn assert_parts((train, test): &Fold, order: &[usize]) {
    let kept = |part: &[usize]| Vec::from_iter(order.iter().copied().filter(|row| part.contains(row)));
    assert_eq!((kept(train), kept(test)), (train.clone(), test.clone()));
    assert_eq!(train.len() + test.len(), order.len());
    assert!(test.iter().all(|row| !train.contains(row)));
}

#[test]
fn the_orders_and_folds_of_a_seed_never_change() {
    // Values of this crate. A change here is value-breaking.
    assert_eq!(permutation(10, 42), [7, 2, 6, 5, 3, 1, 0, 9, 4, 8]);
    let tests = |folds: Vec<Fold>| Vec::from_iter(folds.into_iter().map(|(_, test)| test));
    assert_eq!(tests(k_fold(10, 3, 42).unwrap()), [vec![7, 2, 6, 5], vec![3, 1, 0], vec![9, 4, 8]]);
    let labels = [0, 1, 0, 1, 0, 1, 0, 1, 0, 0];
    assert_eq!(
        tests(stratified_k_fold(labels, 3, 42).unwrap()),
        [vec![7, 2, 1, 9], vec![6, 5, 4], vec![3, 0, 8]]
    );
    assert_eq!(stratified_split(labels, 0.3, 42).unwrap(), (vec![7, 2, 6, 5, 3, 0, 9], vec![1, 4, 8]));
}

#[test]
fn a_permutation_has_every_row_once_and_the_parts_of_the_split() {
    for n in [0, 1, 2, 50, 1_000] {
        for seed in [0, 1, u64::MAX] {
            let order = permutation(n, seed);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, Vec::from_iter(0..n));
            if n >= 2 {
                let (train, test) = train_test_split(n, 0.5, seed).unwrap();
                assert_eq!([train, test].concat(), order);
            }
        }
    }
    assert_ne!(permutation(50, 0), permutation(50, 1));
}

#[test]
fn the_tests_of_the_folds_are_the_permutation_in_parts() {
    for (n, k) in [(2, 2), (10, 3), (10, 10), (11, 2), (151, 5)] {
        for seed in 0..3 {
            let folds = k_fold(n, k, seed).unwrap();
            let order = permutation(n, seed);
            assert_eq!(Vec::from_iter(folds.iter().flat_map(|(_, test)| test.clone())), order);
            folds.iter().for_each(|fold| assert_parts(fold, &order));
            let sizes = Vec::from_iter(folds.iter().map(|(_, test)| test.len()));
            assert_eq!(sizes, Vec::from_iter((0..k).map(|fold| n / k + usize::from(fold < n % k))));
        }
    }
}

#[test]
fn stratified_folds_differ_by_one_row_at_most() {
    for (n, k) in [(7, 2), (10, 10), (150, 4), (151, 5)] {
        let labels = labels(n);
        for seed in 0..3 {
            let folds = stratified_k_fold(&labels, k, seed).unwrap();
            let order = permutation(n, seed);
            folds.iter().for_each(|fold| assert_parts(fold, &order));
            let mut all = folds.iter().flat_map(|(_, test)| test.clone()).collect::<Vec<_>>();
            all.sort_unstable();
            assert_eq!(all, Vec::from_iter(0..n));
            for counts in [0, 3, -1].map(|label| {
                let count = |test: &[usize]| test.iter().filter(|row| labels[**row] == label).count();
                Vec::from_iter(folds.iter().map(|(_, test)| count(test)))
            }) {
                assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1, "{counts:?}");
            }
            let sizes = Vec::from_iter(folds.iter().map(|(_, test)| test.len()));
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{sizes:?}");
        }
    }
}

#[test]
fn a_stratified_split_rounds_each_class() {
    // Rows of a class, fraction, test rows.
    for (m, fraction, held_out) in [
        (1, 0.9, 0),
        (2, 0.01, 1),
        (2, 0.99, 1),
        (3, 0.5, 2),
        (10, 0.25, 3),
        (10, 0.99, 9),
        (10, 0.01, 1),
        (100, 0.2, 20),
        (1_000, 0.001, 1),
    ] {
        for seed in 0..3 {
            // Next to another class, whose rows come in between.
            let n = m + 40;
            let labels = Vec::from_iter((0..n).map(|i| permutation(n, 9)[i] < m));
            let split = stratified_split(&labels, fraction, seed).unwrap();
            let count = |part: &[usize], label| part.iter().filter(|row| labels[**row] == label).count();
            assert_eq!(count(&split.1, true), held_out, "{m} rows, {fraction}");
            let of_others = ((40.0 * fraction).round() as usize).clamp(1, 39);
            assert_eq!(count(&split.1, false), of_others);
            assert_parts(&split, &permutation(n, seed));
        }
    }
}

#[test]
fn a_stratified_split_of_one_class_is_the_plain_split_and_fractions_are_nested() {
    for (n, fraction) in [(10, 0.3), (77, 0.5), (200, 0.1)] {
        assert_eq!(stratified_split(vec![5_u8; n], fraction, 3), train_test_split(n, fraction, 3));
    }
    let labels = labels(300);
    let rows = |fraction| stratified_split(&labels, fraction, 3).unwrap().1;
    let (few, many) = (rows(0.1), rows(0.4));
    assert!(few.len() < many.len() && few.iter().all(|row| many.contains(row)));
    // Labels are only compared.
    let numbers = labels.iter().map(|label| i64::from(*label) * 1_000_000 + 7);
    assert_eq!(stratified_split(numbers, 0.4, 3).unwrap().1, many);
}

#[test]
fn bad_folds_are_refused() {
    let of_k = |range: String, k: usize| out_of_range("k", Place::Whole, range, k as f64);
    let empty = Error::Empty { what: "labels", rows: 0, columns: 1 };
    for k in [0, 1] {
        let text = format!("k must be at least 2, found {k}");
        assert_refused(k_fold(10, k, 0), &of_k("at least 2".into(), k), &text);
        assert_refused(stratified_k_fold(labels(10), k, 0), &of_k("at least 2".into(), k), &text);
    }
    for (n, k) in [(0, 2), (1, 2), (10, 11)] {
        let range = format!("at most {n}, the number of rows");
        let text = format!("k must be {range}, found {k}");
        assert_refused(k_fold(n, k, 0), &of_k(range.clone(), k), &text);
        if n > 0 {
            assert_refused(stratified_k_fold(labels(n), k, 0), &of_k(range, k), &text);
        }
    }
    let text = "labels must not be empty, found 0 elements";
    assert_refused(stratified_k_fold(labels(0), 2, 0), &empty, text);
    assert_refused(stratified_split(labels(0), 0.5, 0), &empty, text);
    for (n, k, what, rows, columns) in [
        (1 << 60, 2, "the permutation", 1 << 60, 1),
        (1 << 22, 1 << 22, "the folds", 1 << 22, 1 << 22),
        (usize::MAX, usize::MAX, "the permutation", usize::MAX, 1),
    ] {
        assert_eq!(soon(move || k_fold(n, k, 0)), Err(Error::TooLarge { what, rows, columns }));
    }
    for value in [0.0, -0.0, 1.0, -0.2, 1.5, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let error = stratified_split(labels(10), value, 0).unwrap_err();
        assert!(matches!(error, Error::OutOfRange { name: "fraction", at: Place::Whole, .. }), "{error}");
    }
    for labels in [vec![1], vec![4, 1, 7]] {
        let n = labels.len();
        let expected = Error::Split { n, fraction: 0.9, train: n, test: 0 };
        let text = format!(
            "both parts of a split must have at least one row, found {n} for training and 0 for testing: \
             n {n}, fraction 0.9"
        );
        assert_refused(stratified_split(labels, 0.9, 0), &expected, &text);
    }
}

/// The parameters after training on each fold.
fn trained<F: Scalar>(folds: &[Fold]) -> Vec<Vec<F>> {
    let x = noise::<F>(90, 3);
    let y = one_hot(x.rows().into_iter().map(|row| row[0] > row[1]), 2).unwrap();
    cross_validate(folds, |train, _| {
        let mut net = Dnn::classifier(3, &[5], 2)
            .batch_order(BatchOrder::Shuffled)
            .max_epochs(20)
            .min_updates(0)
            .build()?;
        let rows = |array: &Array2<F>| array.select(Axis(0), train);
        net.fit(&rows(&x), &rows(&y))?;
        let of_layers =
            net.layers().iter().map(|layer| [layer.weights().flatten().to_vec(), layer.biases().to_vec()]);
        Ok::<_, Error>(of_layers.flatten().flatten().collect())
    })
    .unwrap()
}

#[test]
fn folds_side_by_side_have_the_bits_of_one_after_another() {
    let folds = k_fold(90, 7, 1).unwrap();
    let one_by_one = |fold: &Fold| trained::<f32>(std::slice::from_ref(fold)).remove(0);
    assert_eq!(trained::<f32>(&folds), Vec::from_iter(folds.iter().map(one_by_one)));
    for threads in [1, 2, 5] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| trained::<f64>(&folds)), trained::<f64>(&folds));
    }
}

#[test]
fn results_are_in_the_order_of_the_folds() {
    let folds = k_fold(2_000, 2_000, 3).unwrap();
    let tested = cross_validate(&folds, |train, test| Ok::<_, Error>((train.len(), test[0])));
    let expected = permutation(2_000, 3).into_iter().map(|row| (1_999, row));
    assert_eq!(tested, Ok(Vec::from_iter(expected)));
    assert_eq!(cross_validate(&[], |_, _| Ok::<_, Error>(())), Ok(vec![]));
    let split = [train_test_split(10, 0.2, 0).unwrap()];
    assert_eq!(cross_validate(&split, |train, test| Ok::<_, Error>(train.len() - test.len())), Ok(vec![6]));
}

#[test]
fn the_first_error_in_the_order_of_the_folds_is_returned() {
    let folds = k_fold(100, 50, 0).unwrap();
    for bad in [vec![0], vec![49], vec![31, 7, 8], Vec::from_iter(3..50)] {
        let number = |test: &[usize]| folds.iter().position(|fold| fold.1 == test).unwrap();
        let result = cross_validate(&folds, |_, test| match number(test) {
            fold if bad.contains(&fold) => Err(format!("fold {fold}")),
            fold => Ok(fold),
        });
        assert_eq!(result, Err(format!("fold {}", bad.iter().min().unwrap())));
    }
}

#[test]
fn a_panic_of_the_score_reaches_the_caller() {
    let folds = k_fold(10, 5, 0).unwrap();
    let run = AssertUnwindSafe(|| {
        cross_validate(&folds, |_, test| {
            assert!(*test != *folds[3].1, "a panic of fold 3");
            Ok::<_, Error>(())
        })
    });
    let panic = catch_unwind(run).unwrap_err();
    assert!(panic.downcast_ref::<&str>().is_some_and(|text| text.contains("a panic of fold 3")));
}

#[test]
fn an_array_of_labels_is_enough() {
    let labels = Array1::from(labels(30));
    assert_eq!(stratified_k_fold(&labels, 3, 1), stratified_k_fold(labels.view(), 3, 1));
    assert_eq!(stratified_split(&labels, 0.3, 1), stratified_split(labels.to_vec(), 0.3, 1));
}
