//! The error of every fallible function: one variant for each kind of cause, with the numbers expected and found.

mod cause;
mod parse;
mod place;

use std::borrow::Cow;
use std::io;

pub use cause::Cause;
pub use parse::ParseError;
pub use place::{Extent, Place};

/// The error of every fallible function of this crate.
///
/// A function that returns an error has changed nothing, unless its documentation says otherwise.
///
/// The message names the cause too: print `{error}`, not the chain of [`source`](std::error::Error::source)s,
/// which [`Validation`](Self::Validation) and [`FileError::Io`] offer to programs.
///
/// # Examples
/// ```
/// use ndarray_dnn::{Activation, Dnn, Error};
///
/// let built = Dnn::<f64>::builder()
///     .input_shape(2)
///     .shape([8, 1])
///     .activations([Activation::Sigmoid, Activation::Identity])
///     .eta(-0.1)
///     .build();
/// let error = built.unwrap_err();
/// assert!(matches!(error, Error::OutOfRange { name: "eta", .. }));
/// assert_eq!(error.to_string(), "eta must be greater than 0 and finite in f64, found -0.1");
/// ```
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting or data without a default were not given.
    #[error("{name} must be set: {needed_by} needs it")]
    NotSet {
        /// The setter's name.
        name: &'static str,
        /// The method or setting that needs it.
        needed_by: &'static str,
    },
    /// An array or a list without elements, where at least one is needed.
    #[error("{what} must not be empty, found {}", place::size(*.rows, *.columns))]
    Empty {
        /// The argument.
        what: &'static str,
        /// Its number of rows; 0 for a list.
        rows: usize,
        /// Its number of columns; 1 for a list.
        columns: usize,
    },
    /// A number of rows, columns or elements that does not fit the network or the other arguments.
    #[error("{what}{at} must have {expected} {extent}, found {found}")]
    Shape {
        /// The argument.
        what: &'static str,
        /// The part of the argument.
        at: Place,
        /// What is counted.
        extent: Extent,
        /// The number that it must have.
        expected: usize,
        /// The number that it has.
        found: usize,
    },
    /// A number outside its range, or NaN.
    #[error("{name}{at} must be {range}, found {}", place::number(*.value))]
    OutOfRange {
        /// The setting or the argument.
        name: &'static str,
        /// Its part.
        at: Place,
        /// The legal range, in words. For a hyper-parameter it ends with the network's element type, since the
        /// value must be in its range in that type too.
        range: Cow<'static, str>,
        /// The value as it was given; an integer of more than 53 bits is rounded.
        value: f64,
    },
    /// A NaN or an infinity.
    #[error("{what} must be finite, found NaN or infinity in row {row}, column {column}")]
    NonFinite {
        /// The argument or the result.
        what: &'static str,
        /// Its row, from 0; for biases the index of the neuron.
        row: usize,
        /// Its column, from 0; for biases 0.
        column: usize,
    },
    /// A row that must be a probability distribution and is not.
    #[error(
        "row {row} of {what} must be values of at least 0 that sum to 1 within {tolerance:?}, \
         found a sum of {sum:?} and a smallest value of {minimum:?}"
    )]
    NotADistribution {
        /// The argument: `y` with softmax, `y` or `probabilities` of a metric.
        what: &'static str,
        /// The row, from 0.
        row: usize,
        /// The row's sum.
        sum: f64,
        /// The row's smallest value.
        minimum: f64,
        /// The largest allowed distance of the sum from 1.
        tolerance: f64,
    },
    /// Two settings or arguments that exclude each other.
    #[error("{found} cannot be combined with {other}")]
    Conflict {
        /// The setting or the argument.
        name: &'static str,
        /// The setting or the argument with its value, in words.
        found: String,
        /// What it contradicts, in words.
        other: String,
    },
    /// A [`Pass`](crate::Pass) or [`Gradients`](crate::Gradients) from a network of another shape.
    #[error("{what} must come from a network of sizes {expected:?}, found {found:?}")]
    Foreign {
        /// The argument.
        what: &'static str,
        /// The sizes n₀ … n_L of the network that was called.
        expected: Vec<usize>,
        /// The sizes of the argument; empty if it was never filled.
        found: Vec<usize>,
    },
    /// An array that does not fit in memory.
    #[error("no memory for {what}: {rows} rows of {columns} columns")]
    TooLarge {
        /// What the array is for.
        what: &'static str,
        /// Its number of rows.
        rows: usize,
        /// Its number of columns.
        columns: usize,
    },
    /// The loss, a parameter, the velocity or a mean square stopped being finite during training.
    ///
    /// The network is what it was at the end of the last finite epoch, or before the run.
    #[error(
        "training diverged in epoch {epoch}, iteration {iteration}, at a learning rate of {eta:?}: \
         {what} is not finite; scale the data or lower eta"
    )]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
        /// The mini-batch since the run began, from 1.
        iteration: usize,
        /// The learning rate of the last update, or `eta` before the first one.
        eta: f64,
        /// What is not finite: `a parameter`, `the velocity`, `a mean square`, or else `the loss`.
        what: &'static str,
    },
    /// An error of the validation data.
    #[error("invalid validation data: {0}")]
    Validation(#[source] Box<Error>),
    /// A split that leaves one part without rows.
    #[error(
        "both parts of a split must have at least one row, found {train} for training and {test} for \
         testing: n {n}, fraction {fraction:?}"
    )]
    Split {
        /// The number of rows.
        n: usize,
        /// The fraction of them for testing.
        fraction: f64,
        /// The rows for training.
        train: usize,
        /// The rows for testing.
        test: usize,
    },
    /// A file that cannot be written or read.
    #[error(transparent)]
    File(#[from] FileError),
}

/// What is wrong with a file that is written or read; [`Error::File`](crate::Error::File) holds it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The system cannot write or read.
    #[error("{what}: {source}")]
    Io {
        /// The file's path, or the failed action.
        what: String,
        /// The kind of failure.
        kind: io::ErrorKind,
        /// The system's error, an [`io::Error`].
        source: Cause,
    },
    /// A file that is not a safetensors file: a text, a picture, an empty file.
    #[error("not a safetensors file")]
    NotSafetensors,
    /// A safetensors file that this crate did not write, such as one of PyTorch.
    #[error("a safetensors file, but not of this crate: its metadata have no \"ndarray_dnn\"")]
    OtherProgram,
    /// An error in the contents of a file.
    #[error("{path}: {source}")]
    In {
        /// The file's path.
        path: String,
        /// What is wrong.
        source: Box<Error>,
    },
    /// A file of another version of the format.
    #[error("the file's format must be {expected}, found {found}")]
    Format {
        /// The latest format that this version of the crate reads; a later version of the crate wrote a larger one.
        expected: u64,
        /// The file's.
        found: u64,
    },
    /// A file of the other element type.
    #[error("the file's element type must be {expected}, found {found}: load it as that, and cast it")]
    Element {
        /// The network's element type.
        expected: &'static str,
        /// The file's.
        found: String,
    },
    /// A file with contents that this crate does not write.
    #[error("malformed file, {part}: {reason}")]
    Malformed {
        /// The name of a tensor, or the path of a setting.
        part: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More bytes than the format can hold.
    #[error("{what} must be at most {limit} bytes, found {found}")]
    TooManyBytes {
        /// What was to be written.
        what: &'static str,
        /// The most bytes that the format allows.
        limit: u64,
        /// The number of bytes.
        found: u64,
    },
}

impl FileError {
    /// The failure of writing or reading `what`.
    pub(crate) fn io(what: impl Into<String>, error: io::Error) -> Self {
        Self::Io { what: what.into(), kind: error.kind(), source: Cause::new(error) }
    }
}
