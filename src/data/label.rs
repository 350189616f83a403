//! Class labels: integers and `bool`, as targets and as sample weights.

use std::collections::BTreeMap;
use std::fmt::Debug;

use ndarray::{Array1, Array2};

use crate::error::Error;
use crate::kernel::{Known, Scalar};
use crate::validate::{check_count, check_label};

/// A class label: an integer of any type of at most 64 bits, or a `bool`, or a reference to one.
///
/// `false` is 0 and `true` is 1. Functions that take labels take every iterable of them: arrays, views, vectors and
/// slices, owned or borrowed. Where a label is the number of a class, such as in [`one_hot`](crate::one_hot), it
/// counts from 0. Where labels are only compared, such as in [`balanced_weights`](crate::balanced_weights), they can
/// be any numbers. For labels of other types, such as texts, see [`LabelEncoder`](crate::LabelEncoder).
///
/// The trait is sealed: other crates cannot implement it.
///
/// # Examples
/// ```
/// use ndarray_dnn::metrics::accuracy;
/// use ndarray_dnn::ndarray::array;
///
/// let truth: Vec<u8> = vec![0, 1, 1];
/// assert_eq!(accuracy(&truth, &array![0_usize, 1, 0])?, 2.0 / 3.0);
/// assert_eq!(accuracy(truth, [false, true, true])?, 1.0);
/// assert_eq!(accuracy(&[-1, 1], &[-1, -1])?, 0.5);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub trait Label: sealed::Number + Copy + Debug {}

mod sealed {
    /// A label as a number.
    pub trait Number {
        /// The number.
        fn number(self) -> i128;
    }
}
pub(crate) use sealed::Number;

impl<L: Label> Number for &L {
    fn number(self) -> i128 {
        (*self).number()
    }
}

impl<L: Label> Label for &L {}

macro_rules! labels {
    ($($type:ty)*) => {
        $(
            impl Number for $type {
                fn number(self) -> i128 {
                    self as i128
                }
            }

            impl Label for $type {}
        )*
    };
}

labels!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize bool);

/// The most labels that an iterator may have although there is no memory for the number that its `size_hint` promises.
const UNRESERVED: usize = 1 << 16;

/// The targets `(n, classes)` of n class labels: row i is 1 in column `labels[i]` and 0 elsewhere.
///
/// Labels count from 0. They may be integers of any type or `bool`, owned or borrowed, in a vector, a slice, an array,
/// a view or an iterator; see [`Label`]. No labels give no rows.
///
/// # Errors
/// [`Error::OutOfRange`] for 0 classes and for a label that is negative or not less than `classes`,
/// [`Error::TooLarge`].
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::{array, Array2};
/// use ndarray_dnn::one_hot;
///
/// let y: Array2<f64> = one_hot(&[2, 0, 2], 3)?;
/// assert_eq!(y, array![[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
/// assert_eq!(one_hot::<f64>(&array![2, 0, 2], 3)?, y);
/// assert_eq!(one_hot::<f64>(vec![2_u8, 0, 2], 3)?, y);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub fn one_hot<F: Scalar>(
    labels: impl IntoIterator<Item: Label>,
    classes: usize,
) -> Result<Array2<F>, Error> {
    check_count("classes", classes)?;
    let labels = labels.into_iter();
    let promised = labels.size_hint().0;
    let too_large = |rows: usize| Error::TooLarge { what: "the targets", rows, columns: classes };
    let mut values = Vec::new();
    let length = promised.checked_mul(classes);
    let is_reserved = length.is_some_and(|length| values.try_reserve_exact(length).is_ok());
    let mut rows = 0;
    for label in labels {
        // The hint may be wrong, so that a few labels get a chance, but an endless iterator is refused.
        if !is_reserved && rows == UNRESERVED {
            return Err(too_large(promised));
        }
        let label = check_label("labels", rows, label.number(), classes)?;
        rows += 1;
        values.try_reserve(classes).map_err(|_| too_large(rows.max(promised)))?;
        values.extend((0..classes).map(|class| if class == label { F::one() } else { F::zero() }));
    }
    Array2::from_shape_vec((rows, classes), values).map_err(|_| too_large(rows))
}

/// Sample weights `(n)` that give every class the same total weight: `n / (k·m)` for a row whose class has m rows,
/// with k the number of classes that occur.
///
/// The total is n/k for each class and n for all rows. This is scikit-learn's `class_weight="balanced"`, after King and
/// Zeng, “Logistic Regression in Rare Events Data” (2001). Labels can be any numbers of
/// any integer type, or `bool`: memory grows with the number of rows alone.
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::{array, Array1};
/// use ndarray_dnn::{Activation::Identity, Dnn, balanced_weights, one_hot};
///
/// let labels = [0, 0, 0, 1];
/// let weights: Array1<f64> = balanced_weights(&labels);
/// assert_eq!(weights, array![4.0 / 6.0, 4.0 / 6.0, 4.0 / 6.0, 2.0]);
///
/// let x = array![[0.0], [0.1], [0.2], [1.0]];
/// let mut net = Dnn::builder()
///     .input_shape(1).shape([2]).activations([Identity]).softmax(true)
///     .build()?;
/// net.training(&x, &one_hot(&labels, 2)?).sample_weights(&weights).run()?;
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub fn balanced_weights<F: Scalar>(labels: impl IntoIterator<Item: Label>) -> Array1<F> {
    let mut counts = BTreeMap::new();
    let mut kept = Vec::new();
    // One by one: `collect` would reserve what a wrong `size_hint` promises, and panic.
    for label in labels {
        let label = label.number();
        kept.push(label);
        *counts.entry(label).or_insert(0_usize) += 1;
    }
    let (n, k) = (kept.len() as f64, counts.len() as f64);
    let weight = |count: &usize| F::from_f64(n / (k * *count as f64));
    // Every label was counted.
    kept.iter().map(|label| weight(counts.get(label).known_or(&1))).collect()
}
