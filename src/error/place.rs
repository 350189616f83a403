//! The details of an error: what a shape error counts, and which part of an argument is wrong.

use std::fmt;

/// The unit of [`Error::Shape`](crate::Error::Shape): rows, columns or elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Extent {
    /// The rows of an array.
    Rows,
    /// The columns of an array.
    Columns,
    /// The elements of a vector or a list.
    Elements,
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Rows => "rows",
            Self::Columns => "columns",
            Self::Elements => "elements",
        })
    }
}

/// The part of an argument that an error is about. Every index counts from 0.
///
/// [`Display`](fmt::Display) writes the text after the argument's name: nothing, `[3]`, `[[3, 0]]`,
/// ` of layer 1`, or the likely cause of a wrong shape: ` (transposed? rows are samples)`.
///
/// # Examples
/// ```
/// use ndarray_dnn::error::Place;
/// use ndarray_dnn::{Error, one_hot};
///
/// let error = one_hot::<f64>(&[0, 7], 4).unwrap_err();
/// assert!(matches!(error, Error::OutOfRange { name: "labels", at: Place::Index(1), .. }));
/// assert_eq!(error.to_string(), "labels[1] must be less than 4, the number of classes, found 7");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// The whole argument.
    #[default]
    Whole,
    /// An element of a vector or a list.
    Index(usize),
    /// An element of an array.
    Element {
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
    },
    /// A layer.
    Layer(usize),
    /// The whole argument, with the right shape if rows and columns are exchanged.
    Transposed,
    /// The whole targets, which are a single column for a network with an output for each class: probably labels.
    Labels,
    /// The whole targets, with fewer columns than the only layer of the network has neurons: probably the output layer
    /// is missing.
    Hidden,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Element { row, column } => write!(f, "[[{row}, {column}]]"),
            Self::Layer(layer) => write!(f, " of layer {layer}"),
            Self::Transposed => f.write_str(" (transposed? rows are samples)"),
            Self::Labels => f.write_str(" (labels? `one_hot` makes their columns)"),
            Self::Hidden => f.write_str(" (the last number of `shape` is the output layer)"),
        }
    }
}

/// Formats a number for a message: whole numbers have no decimal point, huge and tiny ones an exponent.
pub(super) fn number(value: f64) -> String {
    // Below 2⁵³, every whole number is exact in f64. −0 keeps its sign.
    let is_whole = value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0;
    if is_whole && !(value == 0.0 && value.is_sign_negative()) {
        format!("{value:.0}")
    } else {
        format!("{value:?}")
    }
}

/// Formats the size of an array for a message. An empty list has one column.
pub(super) fn size(rows: usize, columns: usize) -> String {
    match (rows, columns) {
        (0, 1) => "0 elements".to_owned(),
        _ => format!("{rows} rows of {columns} columns"),
    }
}

/// What to do about an argument with a row that is no distribution, as the end of the message.
pub(super) fn of_distribution(what: &str) -> &'static str {
    if what == "y" { ": one_hot makes such rows from labels" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_exact() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0.0"),
            (7.0, "7"),
            (-1.0, "-1"),
            (-0.1, "-0.1"),
            (1.5, "1.5"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (9_007_199_254_740_992.0, "9007199254740992.0"),
            (1e300, "1e300"),
            (-5e-324, "-5e-324"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "NaN"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }
}
