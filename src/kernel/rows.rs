//! The rows of a mini-batch.

use std::ops::Range;

use super::known::Known;

/// The rows of a mini-batch in its data set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rows<'a> {
    /// Consecutive rows.
    Window(Range<usize>),
    /// Any rows, in this order.
    Indices(&'a [usize]),
}

impl Rows<'_> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Window(window) => window.len(),
            Self::Indices(rows) => rows.len(),
        }
    }

    /// The row with this index in the mini-batch.
    pub(crate) fn row(&self, index: usize) -> usize {
        match self {
            Self::Window(window) => window.start + index,
            // The index of no row, if there are fewer.
            Self::Indices(rows) => rows.get(index).copied().known_or(usize::MAX),
        }
    }
}
