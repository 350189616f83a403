//! Many rows, block by block, so that memory does not grow with their number.

use std::ops::Range;

/// The rows of a block whose loss or derivatives are computed. The losses of a data set are summed block by block, so
/// their bits depend on this number.
pub(super) const ROWS_OF_A_BLOCK: usize = 256;

/// Splits rows into blocks of `size` rows, of which the last may have fewer.
pub(crate) fn blocks(rows: Range<usize>, size: usize) -> impl ExactSizeIterator<Item = Range<usize>> + Clone {
    let end = rows.end;
    rows.step_by(size).map(move |first| first..end.min(first + size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_follow_each_other() {
        assert_eq!(Vec::from_iter(blocks(3..10, 3)), [3..6, 6..9, 9..10]);
        assert_eq!(Vec::from_iter(blocks(3..9, 3)), [3..6, 6..9]);
        assert_eq!(blocks(5..5, 4).len(), 0);
    }
}
