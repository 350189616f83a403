//! Folds for cross-validation: each row is tested once.

use super::label::{Label, Number};
use super::split::{try_permutation, with_capacity};
use super::stratified::Classes;
use crate::error::{Error, Place};
use crate::validate::check_not_empty_list;

/// The row numbers `(train, test)` of each fold. The documentation shows the type itself.
type Folds = Vec<(Vec<usize>, Vec<usize>)>;

/// Splits the rows 0 … n − 1 into k folds at random; returns the row numbers `(train, test)` of each fold.
///
/// The test rows of the folds are the [`permutation`](crate::permutation) of the seed, cut in k parts: the first
/// `n % k` have one row more than the others. So each row is a test row of one fold and a training row of the others.
/// The training rows are in the order of the permutation too. With `k = n`, each test part is a single row.
///
/// # Errors
/// [`Error::OutOfRange`] unless k is at least 2 and at most n, [`Error::TooLarge`] for k·n indices.
///
/// # Examples
/// ```
/// use ndarray_dnn::k_fold;
///
/// let folds = k_fold(10, 3, 42)?;
/// assert_eq!(folds.len(), 3);
/// for (train, test) in &folds {
///     assert_eq!(train.len() + test.len(), 10);
/// }
/// assert_eq!((folds[0].1.len(), folds[1].1.len(), folds[2].1.len()), (4, 3, 3));
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[doc(alias = "KFold")]
pub fn k_fold(n: usize, k: usize, seed: u64) -> Result<Folds, Error> {
    check_folds(n, k)?;
    let order = try_permutation(n, seed)?;
    let (size, larger) = (n / k, n % k);
    // The first `larger` folds have one row more.
    let end = |fold: usize| fold * size + fold.min(larger);
    let mut folds = reserve(n, k)?;
    for fold in 0..k {
        let (before, rest) = order.split_at(end(fold));
        let (test, after) = rest.split_at(end(fold + 1) - end(fold));
        let mut train = with_capacity("the folds", k, n, n - test.len())?;
        train.extend(before.iter().chain(after));
        folds.push((train, copy(test, n, k)?));
    }
    Ok(folds)
}

/// Splits rows into k folds at random, such that every fold has the same share of each class; returns the row numbers
/// `(train, test)` of each fold.
///
/// The rows of one class after the other, each in the order of the [`permutation`](crate::permutation) of the seed, are
/// dealt to the k test parts in turn. So each row is a test row of one fold, the numbers of test rows of a class differ
/// by at most one between folds, and so do the numbers of all test rows. The row numbers of each part are in the order
/// of the permutation. A class of m < k rows is in m test parts; the fold that tests the only row of a class trains
/// without it. `labels` can be any integers, or `bool`; for texts see [`LabelEncoder`](crate::LabelEncoder).
///
/// # Errors
/// [`Error::Empty`] for no labels, [`Error::OutOfRange`] unless k is at least 2 and at most the number of labels,
/// [`Error::TooLarge`] for k·n indices.
///
/// # Examples
/// ```
/// use ndarray_dnn::stratified_k_fold;
///
/// let labels = [0, 0, 0, 0, 0, 0, 1, 1, 1];
/// for (train, test) in stratified_k_fold(&labels, 3, 42)? {
///     assert_eq!((train.len(), test.len()), (6, 3));
///     assert_eq!(test.iter().filter(|&&row| labels[row] == 1).count(), 1);
/// }
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[doc(alias = "StratifiedKFold")]
pub fn stratified_k_fold(
    labels: impl IntoIterator<Item: Label>,
    k: usize,
    seed: u64,
) -> Result<Folds, Error> {
    let classes = Classes::of(labels.into_iter().map(Number::number))?;
    check_not_empty_list("labels", classes.of_rows())?;
    let n = classes.of_rows().len();
    check_folds(n, k)?;
    let order = try_permutation(n, seed)?;
    // The number of the row in the order of the classes, and so its fold.
    let mut next = classes.starts();
    let mut fold_of = with_capacity("the folds", k, n, n)?;
    for &row in &order {
        fold_of.push(classes.take(&mut next, row) % k);
    }
    let mut folds = reserve(n, k)?;
    for fold in 0..k {
        let tested = n / k + usize::from(fold < n % k);
        let mut train = with_capacity("the folds", k, n, n - tested)?;
        let mut test = with_capacity("the folds", k, n, tested)?;
        for (&row, &of_row) in order.iter().zip(&fold_of) {
            if of_row == fold { test.push(row) } else { train.push(row) }
        }
        folds.push((train, test));
    }
    Ok(folds)
}

/// Returns an error unless n rows can be split into k folds.
fn check_folds(n: usize, k: usize) -> Result<(), Error> {
    let range = match k {
        0 | 1 => "at least 2".into(),
        _ if k > n => format!("at most {n}, the number of rows").into(),
        _ => return Ok(()),
    };
    Err(Error::OutOfRange { name: "k", at: Place::Whole, range, value: k as f64 })
}

/// An empty list of k folds, if all their k·n indices fit in memory.
fn reserve(n: usize, k: usize) -> Result<Folds, Error> {
    // Systems promise more memory in many small parts than in one.
    drop(with_capacity("the folds", k, n, n.saturating_mul(k))?);
    let mut folds = Vec::new();
    folds.try_reserve_exact(k).map_err(|_| Error::TooLarge { what: "the folds", rows: k, columns: n })?;
    Ok(folds)
}

fn copy(rows: &[usize], n: usize, k: usize) -> Result<Vec<usize>, Error> {
    let mut copy = with_capacity("the folds", k, n, rows.len())?;
    copy.extend(rows);
    Ok(copy)
}
