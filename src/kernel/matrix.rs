//! A row-major matrix that keeps its memory when its shape changes.

use std::fmt;
use std::ops::Range;

use ndarray::{Array2, ArrayRef2, ArrayView2};

use super::aligned::Aligned;
use super::rows::Rows;
use super::scalar::Scalar;
use crate::error::Error;

/// `(rows, columns)` values, row after row without gaps.
///
/// Unlike an `Array2`, it can change its shape without allocating, for a short mini-batch. It returns an error if
/// it does not fit in memory. The values begin on a cache line, unless they are those of an array.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Matrix<F> {
    rows: usize,
    columns: usize,
    values: Aligned<F>,
}

impl<F> Matrix<F> {
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn values_mut(&mut self) -> &mut [F] {
        self.values.values_mut()
    }

    /// Removes all rows and columns; the memory is kept.
    pub(crate) fn clear(&mut self) {
        (self.rows, self.columns) = (0, 0);
        self.values.clear();
    }
}

impl<F: Scalar> Matrix<F> {
    /// No rows and no columns.
    pub(crate) const EMPTY: &'static Self = &Self { rows: 0, columns: 0, values: Aligned::EMPTY };

    /// A matrix of zeros; `what` is its name in the error if it does not fit in memory.
    pub(crate) fn zeros(what: &'static str, rows: usize, columns: usize) -> Result<Self, Error> {
        let mut matrix = Self::default();
        matrix.resize(what, rows, columns)?;
        Ok(matrix)
    }

    /// Like [`zeros`](Self::zeros), for a matrix that becomes an array: its values are at the start of the memory.
    pub(crate) fn zeros_of_array(what: &'static str, rows: usize, columns: usize) -> Result<Self, Error> {
        let too_large = || Error::TooLarge { what, rows, columns };
        let length = rows.checked_mul(columns).ok_or_else(too_large)?;
        let mut values = Vec::new();
        values.try_reserve_exact(length).map_err(|_| too_large())?;
        values.resize(length, F::zero());
        Ok(Self { rows, columns, values: Aligned::from_vec(values, 0) })
    }

    /// Takes the values of `array` in row-major order. An array in this order is not copied.
    pub(crate) fn from_array(array: Array2<F>) -> Self {
        let (rows, columns) = array.dim();
        let values = if array.is_standard_layout() {
            // A sliced array can own more values than it shows.
            let (mut values, offset) = array.into_raw_vec_and_offset();
            let first = offset.unwrap_or(0);
            values.truncate(first + rows * columns);
            Aligned::from_vec(values, first)
        } else {
            Aligned::from_values(array.iter().copied())
        };
        Self { rows, columns, values }
    }

    /// Gives the matrix another shape, with arbitrary values; allocates only to grow.
    #[inline]
    pub(crate) fn resize(&mut self, what: &'static str, rows: usize, columns: usize) -> Result<(), Error> {
        if (self.rows, self.columns) == (rows, columns) {
            return Ok(());
        }
        self.change_shape(what, rows, columns)
    }

    /// Does the work of [`resize`](Self::resize) for another shape.
    #[inline(never)]
    fn change_shape(&mut self, what: &'static str, rows: usize, columns: usize) -> Result<(), Error> {
        let length = self.reserve(what, rows, columns)?;
        self.values.resize(length);
        self.rows = rows;
        self.columns = columns;
        Ok(())
    }

    /// Allocates the memory for a shape, and changes nothing else; returns the number of values.
    pub(crate) fn reserve(
        &mut self,
        what: &'static str,
        rows: usize,
        columns: usize,
    ) -> Result<usize, Error> {
        let too_large = || Error::TooLarge { what, rows, columns };
        let length = rows.checked_mul(columns).ok_or_else(too_large)?;
        self.values.reserve(length).map_err(|_| too_large())?;
        Ok(length)
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn values(&self) -> &[F] {
        self.values.values()
    }

    /// Each row as a slice; a matrix without columns has none.
    pub(crate) fn each_row(&self) -> impl ExactSizeIterator<Item = &[F]> + Clone {
        self.values().chunks_exact(self.columns.max(1))
    }

    pub(crate) fn by_ref(&self) -> MatrixView<'_, F> {
        MatrixView { rows: self.rows, columns: self.columns, values: self.values() }
    }

    pub(crate) fn view(&self) -> ArrayView2<'_, F> {
        view_of(self.values(), self.rows, self.columns)
    }

    /// The values as an array whose memory holds nothing else. If they begin on a cache line, they are moved to the
    /// start of the memory.
    pub(crate) fn into_array(self) -> Array2<F> {
        let (mut memory, first) = self.values.into_vec();
        memory.drain(..first);
        // A matrix holds rows · columns values, so no input makes this panic.
        Array2::from_shape_vec((self.rows, self.columns), memory)
            .expect("a matrix holds rows · columns values")
    }

    /// Copies the values of a matrix of the same shape.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        debug_assert_eq!((self.rows, self.columns), (other.rows, other.columns));
        self.values_mut().copy_from_slice(other.values());
    }

    /// Copies the given rows of `source`, which may have any memory layout, and takes their shape.
    #[inline]
    pub(crate) fn load(
        &mut self,
        what: &'static str,
        source: &ArrayRef2<F>,
        rows: &Rows<'_>,
    ) -> Result<(), Error> {
        self.resize(what, rows.len(), source.ncols())?;
        match (MatrixView::of_rows(source, rows), rows) {
            (Some(window), _) => self.values_mut().copy_from_slice(window.values),
            (None, Rows::Window(window)) => self.fill_rows(0, source, window.clone()),
            (None, Rows::Indices(rows)) => self.fill_rows(0, source, rows.iter().copied()),
        }
        Ok(())
    }

    /// The given rows of `source`: read in place if they are a window of a row-major array, else copied into the
    /// matrix.
    #[inline]
    pub(crate) fn read<'a>(
        &'a mut self,
        what: &'static str,
        source: &'a ArrayRef2<F>,
        rows: &Rows<'_>,
    ) -> Result<MatrixView<'a, F>, Error> {
        match MatrixView::of_rows(source, rows) {
            Some(window) => Ok(window),
            None => {
                self.load(what, source, rows)?;
                Ok(self.by_ref())
            }
        }
    }

    /// Adds the given rows of `source`, which has as many columns as the matrix unless that has no rows.
    pub(crate) fn append(
        &mut self,
        what: &'static str,
        source: &ArrayRef2<F>,
        rows: &Rows<'_>,
    ) -> Result<(), Error> {
        let first = self.rows;
        // The rows of the matrix keep their values, since they keep their places.
        self.resize(what, first.saturating_add(rows.len()), source.ncols())?;
        self.fill_rows(first, source, (0..rows.len()).map(|index| rows.row(index)));
        Ok(())
    }

    /// Fills the rows from `first` on with the given rows of `source`.
    fn fill_rows(&mut self, first: usize, source: &ArrayRef2<F>, rows: impl Iterator<Item = usize>) {
        let targets = self.values.values_mut().chunks_exact_mut(self.columns.max(1)).skip(first);
        for (target, row) in targets.zip(rows) {
            let row = source.row(row);
            match row.as_slice() {
                Some(row) => target.copy_from_slice(row),
                None => target.iter_mut().zip(row).for_each(|(target, value)| *target = *value),
            }
        }
    }
}

/// A row-major matrix in the memory of a [`Matrix`] or of the caller's array.
#[derive(Clone, Copy)]
pub(crate) struct MatrixView<'a, F> {
    rows: usize,
    columns: usize,
    values: &'a [F],
}

impl<'a, F> MatrixView<'a, F> {
    /// The given rows of a row-major array without gaps; `None` for any other array.
    #[inline]
    pub(crate) fn of_rows(array: &'a ArrayRef2<F>, rows: &Rows<'_>) -> Option<Self> {
        match (rows, array.as_slice()) {
            (Rows::Window(window), Some(all)) => {
                let (rows, columns) = (window.len(), array.ncols());
                let values = all.get(window.start * columns..window.end * columns)?;
                Some(Self { rows, columns, values })
            }
            _ => None,
        }
    }

    /// Rows of `columns` values each.
    pub(crate) fn of_values(values: &'a [F], columns: usize) -> Self {
        Self { rows: values.len() / columns.max(1), columns, values }
    }

    /// As many rows as this matrix has, of `columns` values each.
    pub(crate) fn with_rows_of(self, values: &'a [F], columns: usize) -> Self {
        Self { columns, values, ..self }
    }

    /// The given rows, which must exist.
    pub(crate) fn part(self, rows: Range<usize>) -> Self {
        let values = &self.values[rows.start * self.columns..rows.end * self.columns];
        Self { rows: rows.len(), values, ..self }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn values(&self) -> &'a [F] {
        self.values
    }
}

/// A slice of `rows · columns` values as an array view.
pub(super) fn view_of<F>(values: &[F], rows: usize, columns: usize) -> ArrayView2<'_, F> {
    // Every matrix holds rows · columns values, so no input makes this panic.
    ArrayView2::from_shape((rows, columns), values).expect("a matrix holds rows · columns values")
}

impl<F: fmt::Debug> fmt::Debug for Matrix<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        view_of(self.values.values(), self.rows, self.columns).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, s};

    use super::*;

    fn counted(rows: usize, columns: usize) -> Array2<f64> {
        Array2::from_shape_fn((rows, columns), |(i, j)| (i * columns + j) as f64)
    }

    #[test]
    fn a_shorter_shape_keeps_the_memory() {
        let mut matrix = Matrix::<f64>::zeros("m", 40, 8).unwrap();
        let memory = matrix.values().as_ptr();
        for rows in [20, 40, 1, 40] {
            matrix.resize("m", rows, 8).unwrap();
            assert_eq!((matrix.values().as_ptr(), matrix.values().len()), (memory, rows * 8));
        }
    }

    #[test]
    fn shapes_too_large_for_memory_are_errors() {
        let mut matrix = Matrix::<f64>::zeros("m", 2, 2).unwrap();
        for (rows, columns) in [(usize::MAX, 2), (usize::MAX, 1), (isize::MAX as usize / 8 + 1, 1)] {
            assert_eq!(matrix.resize("m", rows, columns), Err(Error::TooLarge { what: "m", rows, columns }));
            assert_eq!(matrix.view().dim(), (2, 2));
        }
    }

    #[test]
    fn arrays_of_any_layout_are_read_row_by_row() {
        let array = counted(5, 4);
        let sliced = array.clone().slice_move(s![1..4, ..]);
        assert_eq!(Matrix::from_array(sliced.clone()).view(), sliced);
        let transposed = array.clone().reversed_axes();
        assert_eq!(Matrix::from_array(transposed.clone()).view(), transposed);
        let reversed = array.clone().slice_move(s![..;-1, ..;2]);
        assert_eq!(Matrix::from_array(reversed.clone()).view(), reversed);
    }

    /// Callers take the memory of an array as its values.
    #[test]
    fn the_memory_of_an_array_holds_its_values_alone() {
        for columns in 1..20 {
            let mut matrix = Matrix::default();
            matrix.load("m", &counted(3, columns), &Rows::Window(0..3)).unwrap();
            for matrix in [matrix, Matrix::zeros_of_array("m", 3, columns).unwrap()] {
                let (expected, array) = (matrix.values().to_vec(), matrix.into_array());
                assert_eq!(array.into_raw_vec_and_offset(), (expected, Some(0)));
            }
        }
    }

    #[test]
    fn rows_are_gathered_from_any_layout() {
        let array = counted(6, 3);
        let fortran = array.t().as_standard_layout().reversed_axes().to_owned();
        let mut matrix = Matrix::default();
        for source in [&array, &fortran] {
            matrix.load("m", source, &Rows::Window(2..5)).unwrap();
            assert_eq!(matrix.view(), array.slice(s![2..5, ..]));
            matrix.load("m", source, &Rows::Indices(&[5, 0, 5])).unwrap();
            assert_eq!(
                matrix.view(),
                ndarray::stack![ndarray::Axis(0), array.row(5), array.row(0), array.row(5)]
            );
        }
    }

    #[test]
    fn rows_are_added_from_any_layout() {
        let array = counted(6, 3);
        let fortran = array.t().as_standard_layout().reversed_axes().to_owned();
        for source in [&array, &fortran] {
            let mut matrix = Matrix::default();
            for rows in [Rows::Window(2..4), Rows::Indices(&[5, 0]), Rows::Window(1..1), Rows::Window(4..5)] {
                matrix.append("m", source, &rows).unwrap();
            }
            assert_eq!(matrix.view(), array.select(ndarray::Axis(0), &[2, 3, 5, 0, 4]));
        }
    }
}
