//! What is to be computed: one product.

use std::ops::Range;

use super::operand::Operand;

/// `C (rows, columns) ← scale · (bias + A (rows, depth) · B (depth, columns))`.
pub(in crate::kernel) struct Product<'a, F> {
    pub(in crate::kernel) a: Operand<'a, F>,
    pub(in crate::kernel) b: Operand<'a, F>,
    /// The given rows of C, each of `columns` values.
    pub(in crate::kernel) c: &'a mut [F],
    pub(in crate::kernel) rows: Range<usize>,
    pub(in crate::kernel) columns: usize,
    pub(in crate::kernel) depth: usize,
    /// (columns); `None` for 0
    pub(in crate::kernel) bias: Option<&'a [F]>,
    pub(in crate::kernel) scale: F,
}
