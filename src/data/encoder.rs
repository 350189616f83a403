//! Labels of any type as numbers of classes, and back.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fmt::Debug;

use ndarray::Array1;

use super::label::{Label, Number};
use crate::error::{Error, Place};
use crate::validate::check_label;

/// Numbers the distinct labels of a data set from 0, in their order; translates labels to numbers and back.
///
/// Labels can be texts or any other ordered type. Like scikit-learn's `LabelEncoder`: [`fit`](Self::fit),
/// [`transform`](Self::transform), [`inverse_transform`](Self::inverse_transform), [`classes`](Self::classes).
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::{Array2, array};
/// use ndarray_dnn::{Dnn, LabelEncoder, one_hot};
///
/// let labels = ["setosa", "virginica", "setosa", "versicolor"];
/// let encoder = LabelEncoder::fit(labels)?;
/// assert_eq!(encoder.classes(), ["setosa", "versicolor", "virginica"]);
/// let numbers = encoder.transform(labels)?;
/// assert_eq!(numbers, array![0, 2, 0, 1]);
///
/// let x = array![[0.1, 0.2], [0.9, 0.8], [0.2, 0.1], [0.4, 0.6]];
/// let mut net: Dnn = Dnn::classifier(2, &[8], encoder.classes().len()).build()?;
/// net.fit(&x, &one_hot(&numbers, encoder.classes().len())?)?;
/// println!("{}", encoder.inverse_transform(net.predict_classes(&x)?)?);
///
/// let error = encoder.transform(["setosa", "tulip"]).unwrap_err();
/// assert_eq!(error.to_string(), "labels[1] must be one of the 3 known labels, found \"tulip\"");
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LabelEncoder<L> {
    /// Sorted, without repetition.
    classes: Vec<L>,
}

impl<L: Ord> LabelEncoder<L> {
    /// The encoder of the distinct labels, sorted.
    ///
    /// The labels are borrowed and cloned: from `&[&str]` with items `&&str` come `&str`, from items `&str` or
    /// `&String` come `String`, from items `&i32` come `i32`.
    ///
    /// # Errors
    /// [`Error::Empty`] for no labels.
    pub fn fit<'a, Q>(labels: impl IntoIterator<Item = &'a Q>) -> Result<Self, Error>
    where
        Q: ToOwned<Owned = L> + Ord + ?Sized + 'a,
    {
        let mut distinct = BTreeSet::new();
        // One by one: a wrong `size_hint` must not panic.
        for label in labels {
            distinct.insert(label);
        }
        if distinct.is_empty() {
            return Err(Error::Empty { what: "labels", rows: 0, columns: 1 });
        }
        Ok(Self { classes: distinct.into_iter().map(ToOwned::to_owned).collect() })
    }

    /// The encoder of these labels; `None` unless there are any, sorted and without repetition.
    #[cfg(feature = "safetensors")]
    pub(crate) fn of_classes(classes: Vec<L>) -> Option<Self> {
        let is_sorted = classes.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
        (is_sorted && !classes.is_empty()).then_some(Self { classes })
    }

    /// The number of the class of a label; `None` for an unknown one.
    pub(crate) fn number(&self, label: &L) -> Option<usize> {
        self.classes.binary_search(label).ok()
    }

    /// The number of the class of each label, `(n)`.
    ///
    /// # Errors
    /// [`Error::UnknownLabel`] for a label that was not among those of [`fit`](Self::fit).
    pub fn transform<'a, Q>(&self, labels: impl IntoIterator<Item = &'a Q>) -> Result<Array1<usize>, Error>
    where
        L: Borrow<Q>,
        Q: Ord + Debug + ?Sized + 'a,
    {
        let mut numbers = Vec::new();
        for (index, label) in labels.into_iter().enumerate() {
            let number = self.classes.binary_search_by(|class| class.borrow().cmp(label));
            numbers.push(number.map_err(|_| Error::UnknownLabel {
                name: "labels",
                at: Place::Index(index),
                classes: self.classes.len(),
                found: format!("{label:?}"),
            })?);
        }
        Ok(Array1::from(numbers))
    }

    /// The label of each class number, `(n)`, such as those of [`predict_classes`](crate::Dnn::predict_classes).
    ///
    /// # Errors
    /// [`Error::OutOfRange`] for a number that is not the number of a class.
    pub fn inverse_transform(&self, classes: impl IntoIterator<Item: Label>) -> Result<Array1<L>, Error>
    where
        L: Clone,
    {
        let mut labels = Vec::new();
        for (index, class) in classes.into_iter().enumerate() {
            let class = check_label("classes", index, class.number(), self.classes.len())?;
            // Always `Some`: the class is less than their number.
            labels.extend(self.classes.get(class).cloned());
        }
        Ok(Array1::from(labels))
    }
}

impl<L> LabelEncoder<L> {
    /// The labels, sorted: that of class k at k. At least one.
    pub fn classes(&self) -> &[L] {
        &self.classes
    }
}
