//! Cross-validation: the same training on every fold.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::kernel::side_by_side;

/// Calls `score` with the row numbers `(train, test)` of each fold; returns the results in the order of the folds.
///
/// The folds can come from [`k_fold`](crate::k_fold), [`stratified_k_fold`](crate::stratified_k_fold),
/// [`train_test_split`](crate::train_test_split) or any other way to split. `score` selects the rows, trains a network
/// and returns its score, or anything else.
///
/// With the feature `rayon`, the threads of the pool share the folds, so `score` must not wait for the `score` of
/// another fold, for example by a lock. Each fold is trained as it would be alone: the results are those of one fold
/// after the other, bit for bit, with any number of threads. Where no thread can be started, the folds are trained one
/// after the other.
///
/// # Errors
/// The first error of `score` in the order of the folds. Folds after a failed one may be skipped.
///
/// # Panics
/// If `score` panics.
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::{Array2, Axis};
/// use ndarray_dnn::{Dnn, StandardScaler, cross_validate, k_fold, metrics};
///
/// let x = Array2::from_shape_fn((60, 2), |(i, j)| (1.7 * (i * 2 + j) as f64).sin());
/// let y = Array2::from_shape_fn((60, 1), |(i, _)| 2.0 * x[[i, 0]] - x[[i, 1]]);
///
/// let scores = cross_validate(&k_fold(x.nrows(), 5, 42)?, |train, test| {
///     let rows = |array: &Array2<f64>, rows: &[usize]| array.select(Axis(0), rows);
///     // Whatever is learnt from data is learnt from the training rows alone.
///     let scaler = StandardScaler::fit(&rows(&x, train))?;
///     let mut net: Dnn = Dnn::regressor(2, &[8], 1).build()?;
///     net.fit(&scaler.transform(&rows(&x, train))?, &rows(&y, train))?;
///     metrics::r2(&rows(&y, test), &net.predict(&scaler.transform(&rows(&x, test))?)?)
/// })?;
/// assert_eq!(scores.len(), 5);
/// assert!(scores.iter().sum::<f64>() / 5.0 > 0.9, "{scores:?}");
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[doc(alias = "cross_val_score")]
pub fn cross_validate<R: Send, E: Send>(
    folds: &[(Vec<usize>, Vec<usize>)],
    score: impl Fn(&[usize], &[usize]) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let mut tasks: Vec<_> = folds.iter().enumerate().map(|(i, fold)| (i, fold, None)).collect();
    // The first fold that is known to have failed.
    let failed = AtomicUsize::new(usize::MAX);
    side_by_side(&mut tasks, |(i, (train, test), result)| {
        if failed.load(Ordering::Relaxed) > *i {
            let of_fold = score(train, test);
            if of_fold.is_err() {
                failed.fetch_min(*i, Ordering::Relaxed);
            }
            *result = Some(of_fold);
        }
    });
    // A fold without a result comes after one that failed.
    tasks.into_iter().filter_map(|(_, _, result)| result).collect()
}
