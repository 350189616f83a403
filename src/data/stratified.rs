//! A random split with the same share of each class on both sides.

use std::collections::BTreeMap;

use super::label::{Label, Number};
use super::split::{try_permutation, with_capacity};
use crate::error::Error;
use crate::kernel::Known;
use crate::validate::{BETWEEN_0_AND_1, check_not_empty_list, check_range};

/// A random split of rows into `(train, test)` with the same share of each class in both parts.
///
/// A class of m ≥ 2 rows gets `round(m·fraction)` test rows, but at least 1 and at most `m − 1`, so that it is in both
/// parts. The only row of a class is for training: a network cannot learn what it never sees. So for many small
/// classes, the test part can be larger than `n·fraction`. `labels` can be any integers, or `bool`; for texts see
/// [`LabelEncoder`](crate::LabelEncoder).
///
/// The rows are drawn as by [`train_test_split`](crate::train_test_split), with the same order: both parts are in the
/// order of the [`permutation`](crate::permutation) of the seed, and the last rows of each class are for testing. With
/// the same seed, a larger fraction holds out all rows of a smaller one.
///
/// # Errors
/// [`Error::OutOfRange`] unless the fraction is greater than 0 and less than 1, [`Error::Empty`] for no labels,
/// [`Error::Split`] if no class has two rows, [`Error::TooLarge`].
///
/// # Examples
/// ```
/// use ndarray_dnn::stratified_split;
///
/// let labels = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1];
/// let (train, test) = stratified_split(&labels, 0.25, 42)?;
/// let ones = |rows: &[usize]| rows.iter().filter(|&&row| labels[row] == 1).count();
/// assert_eq!((train.len(), test.len()), (7, 3));
/// assert_eq!((ones(&train), ones(&test)), (1, 1));
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub fn stratified_split(
    labels: impl IntoIterator<Item: Label>,
    fraction: f64,
    seed: u64,
) -> Result<(Vec<usize>, Vec<usize>), Error> {
    check_range::<f64>("fraction", BETWEEN_0_AND_1, fraction)?;
    let classes = Classes::of(labels.into_iter().map(Number::number))?;
    check_not_empty_list("labels", classes.of_rows())?;
    let n = classes.of_rows().len();
    let held_out = |m: usize| match m {
        0 | 1 => 0,
        _ => ((m as f64 * fraction).round() as usize).clamp(1, m - 1),
    };
    let tested: usize = classes.counts.iter().map(|m| held_out(*m)).sum();
    if tested == 0 {
        return Err(Error::Split { n, fraction, train: n, test: 0 });
    }
    let (mut train, mut test) =
        (with_capacity("the split", n, 1, n - tested)?, with_capacity("the split", n, 1, tested)?);
    let starts = classes.starts();
    let mut next = starts.clone();
    for row in try_permutation(n, seed)? {
        let class = classes.class(row);
        let count = classes.counts.get(class).copied().known();
        let index = classes.take(&mut next, row) - starts.get(class).copied().known();
        if index < count - held_out(count) { train.push(row) } else { test.push(row) }
    }
    Ok((train, test))
}

/// The class of each row, with the classes numbered from 0 in the order of their labels.
pub(super) struct Classes {
    of_rows: Vec<usize>,
    /// The number of rows of each class.
    counts: Vec<usize>,
}

impl Classes {
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn of(labels: impl Iterator<Item = i128>) -> Result<Self, Error> {
        let (mut kept, mut counts) = (Vec::new(), BTreeMap::new());
        for label in labels {
            let rows = kept.len() + 1;
            kept.try_reserve(1).map_err(|_| Error::TooLarge { what: "the labels", rows, columns: 1 })?;
            kept.push(label);
            *counts.entry(label).or_insert(0) += 1;
        }
        let numbers: BTreeMap<_, _> = counts.keys().copied().zip(0..).collect();
        let mut of_rows = with_capacity("the labels", kept.len(), 1, kept.len())?;
        // Every label has a number.
        of_rows.extend(kept.iter().map(|label| numbers.get(label).copied().known()));
        Ok(Self { of_rows, counts: counts.into_values().collect() })
    }

    pub(super) fn of_rows(&self) -> &[usize] {
        &self.of_rows
    }

    fn class(&self, row: usize) -> usize {
        self.of_rows.get(row).copied().known()
    }

    /// For each class, the number of rows of the classes before it.
    pub(super) fn starts(&self) -> Vec<usize> {
        let mut end = 0;
        let before = |count: &usize| {
            end += count;
            end - count
        };
        self.counts.iter().map(before).collect()
    }

    /// The place of a row if the rows are sorted by class; counts up the place of the next row of its class.
    pub(super) fn take(&self, next: &mut [usize], row: usize) -> usize {
        let place = next.get_mut(self.class(row)).map(|next| {
            *next += 1;
            *next - 1
        });
        place.known()
    }
}
