//! Class labels: integers and `bool`.

use std::fmt::Debug;

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
