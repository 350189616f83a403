//! Arrays of rows and columns, owned or borrowed.

use ndarray::{ArrayBase, ArrayRef2, Data, Ix2};

use crate::kernel::Scalar;

/// An array of rows and columns: an owned array, a view, or a reference to one.
///
/// Functions that take an iterator of arrays take every iterator of these types. The trait is sealed: other crates
/// cannot implement it.
///
/// # Examples
/// ```
/// use ndarray_dnn::StandardScaler;
/// use ndarray_dnn::ndarray::{Axis, array};
///
/// let x = array![[1.0, 500.0], [3.0, 500.0]];
/// let of_views = StandardScaler::fit_blocks(x.axis_chunks_iter(Axis(0), 1))?;
/// assert_eq!(of_views, StandardScaler::fit_blocks([&x])?);
/// assert_eq!(of_views, StandardScaler::fit_blocks([x])?);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub trait AsArray: sealed::Array<Element: Scalar> {}

mod sealed {
    use ndarray::ArrayRef2;

    /// A value that has an array.
    pub trait Array {
        /// The type of the elements.
        type Element;

        /// The array.
        fn array(&self) -> &ArrayRef2<Self::Element>;
    }
}
use sealed::Array;

impl<F, S: Data<Elem = F>> Array for ArrayBase<S, Ix2> {
    type Element = F;

    fn array(&self) -> &ArrayRef2<F> {
        self
    }
}

impl<F> Array for ArrayRef2<F> {
    type Element = F;

    fn array(&self) -> &Self {
        self
    }
}

impl<A: Array + ?Sized> Array for &A {
    type Element = A::Element;

    fn array(&self) -> &ArrayRef2<Self::Element> {
        (**self).array()
    }
}

impl<A: Array<Element: Scalar>> AsArray for A {}
