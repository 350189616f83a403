//! The targets of a regressor: an array, or a vector for a single column.

use ndarray::{ArrayBase, ArrayRef1, ArrayRef2, ArrayView1, ArrayView2, Axis, Data, Ix1, Ix2};

use crate::kernel::Scalar;

/// The targets y of a [`Regressor`](crate::Regressor): an array `(n, k)` of any memory layout, owned or a view, or for
/// a single column also a vector `(n)`, an array or a view of one dimension, a slice or a `Vec`.
///
/// The trait is sealed: other crates cannot implement it.
///
/// # Examples
/// ```
/// use ndarray_dnn::Regressor;
/// use ndarray_dnn::ndarray::array;
///
/// let x = array![[1.0], [2.0], [3.0]];
/// let regressor = Regressor::new([4]).max_epochs(5);
/// let model = regressor.fit(&x, &vec![10.0, 20.0, 30.0])?;
/// assert_eq!(regressor.fit(&x, &array![10.0, 20.0, 30.0])?, model);
/// assert_eq!(regressor.fit(&x, &array![[10.0], [20.0], [30.0]])?, model);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub trait Targets<F: Scalar>: sealed::Columns<F> {}

mod sealed {
    use ndarray::ArrayView2;

    use crate::kernel::Scalar;

    /// Targets as columns.
    pub trait Columns<F: Scalar> {
        /// The columns, `(n, k)`.
        fn columns(&self) -> ArrayView2<'_, F>;
    }
}
use sealed::Columns;

/// A vector as a column.
fn column<F>(values: ArrayView1<'_, F>) -> ArrayView2<'_, F> {
    values.insert_axis(Axis(1))
}

impl<F: Scalar> Columns<F> for [F] {
    fn columns(&self) -> ArrayView2<'_, F> {
        column(ArrayView1::from(self))
    }
}

impl<F: Scalar, const N: usize> Columns<F> for [F; N] {
    fn columns(&self) -> ArrayView2<'_, F> {
        column(ArrayView1::from(&self[..]))
    }
}

impl<F: Scalar> Columns<F> for Vec<F> {
    fn columns(&self) -> ArrayView2<'_, F> {
        column(ArrayView1::from(&self[..]))
    }
}

impl<F: Scalar> Columns<F> for ArrayRef1<F> {
    fn columns(&self) -> ArrayView2<'_, F> {
        column(self.view())
    }
}

impl<F: Scalar> Columns<F> for ArrayRef2<F> {
    fn columns(&self) -> ArrayView2<'_, F> {
        self.view()
    }
}

impl<F: Scalar, S: Data<Elem = F>> Columns<F> for ArrayBase<S, Ix1> {
    fn columns(&self) -> ArrayView2<'_, F> {
        column(self.view())
    }
}

impl<F: Scalar, S: Data<Elem = F>> Columns<F> for ArrayBase<S, Ix2> {
    fn columns(&self) -> ArrayView2<'_, F> {
        self.view()
    }
}

impl<F: Scalar, T: Columns<F> + ?Sized> Targets<F> for T {}
