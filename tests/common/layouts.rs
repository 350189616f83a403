//! The same values in several memory layouts.

use ndarray::{Array2, ShapeBuilder, s};
use ndarray_dnn::Scalar;

/// The same values in every memory layout; the gaps between them are NaN.
pub(crate) fn layouts<F: Scalar>(array: &Array2<F>) -> [(&'static str, Array2<F>); 6] {
    let (rows, columns) = array.dim();
    let gap = F::nan();
    let mut layouts = [
        ("C", Array2::from_elem((rows, columns), gap)),
        ("F", Array2::from_elem((rows, columns).f(), gap)),
        ("rows apart", Array2::from_elem((rows, columns + 2), gap).slice_move(s![.., 1..=columns])),
        ("strided", Array2::from_elem((2 * rows, 2 * columns), gap).slice_move(s![..;2, 1..;2])),
        ("F, strided", Array2::from_elem((2 * rows, 3 * columns).f(), gap).slice_move(s![..;2, ..;3])),
        ("reversed", Array2::from_elem((rows, columns), gap).slice_move(s![..;-1, ..;-1])),
    ];
    layouts.iter_mut().for_each(|(_, other)| other.assign(array));
    layouts
}
