//! The error type of the crate: one variant for each kind of failure, with the expected and the found numbers.
//!
//! [`Error`] is the error of all functions. Its parts are here: [`FileError`] for files, [`Place`] and [`Extent`] for
//! the part of an argument that is wrong, [`Counterpart`] for what it conflicts with, and [`Cause`] for the error of
//! the operating system or of a function of yours. [`ParseError`] is the error of names of settings, such as `"adam"`.
//!
//! # Examples
//! ```
//! use ndarray_dnn::error::{Error, Extent, ParseError, Place};
//! use ndarray_dnn::{Dnn, Optimizer, ndarray::array};
//!
//! let net: Dnn = Dnn::regressor(2, &[4], 1).build()?;
//! let error = net.predict(&array![[1.0, 2.0, 3.0]]).unwrap_err();
//! assert_eq!(error.to_string(), "x must have 2 columns, found 3");
//! assert!(matches!(error, Error::Shape { at: Place::Whole, extent: Extent::Columns, found: 3, .. }));
//! let error: ParseError = "adem".parse::<Optimizer>().unwrap_err();
//! assert_eq!(error.text, "adem");
//! # Ok::<(), Error>(())
//! ```

mod cause;
mod counterpart;
mod parse;
mod place;

use std::borrow::Cow;
use std::io;

pub use cause::Cause;
pub use counterpart::Counterpart;
pub(crate) use counterpart::Rival;
pub use parse::ParseError;
pub use place::{Extent, Place};

/// The error of every fallible function of this crate.
///
/// A function that returns an error has changed nothing, unless its documentation says otherwise.
///
/// The message already contains the message of the cause, so print `{error}` alone. Programs can follow
/// [`source`](std::error::Error::source), which [`Validation`](Self::Validation), [`Block`](Self::Block),
/// [`Metric`](Self::Metric), [`Callback`](Self::Callback), [`FileError::Io`] and [`FileError::In`] have.
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
    /// A required setting or data set is missing.
    #[error("{name} must be set: {needed_by} needs it")]
    NotSet {
        /// The setter's name.
        name: &'static str,
        /// The method or setting that needs it.
        needed_by: &'static str,
    },
    /// An array or a list has no elements, but needs at least one.
    #[error("{what} must not be empty, found {}", place::size(*.rows, *.columns))]
    Empty {
        /// The argument.
        what: &'static str,
        /// Its number of rows; 0 for a list.
        rows: usize,
        /// Its number of columns; 1 for a list.
        columns: usize,
    },
    /// A number of rows, columns or elements does not match the network or the other arguments.
    #[error("{what}{at} must have {expected} {extent}, found {found}")]
    Shape {
        /// The argument.
        what: &'static str,
        /// The part of the argument.
        at: Place,
        /// Whether rows, columns or elements are counted.
        extent: Extent,
        /// The required number.
        expected: usize,
        /// The number found.
        found: usize,
    },
    /// A number is outside its range, or NaN.
    #[error("{name}{at} must be {range}, found {}", place::number(*.value))]
    OutOfRange {
        /// The setting or the argument.
        name: &'static str,
        /// Its part.
        at: Place,
        /// The legal range, in words. For a hyper-parameter it ends with the network's element type, since the
        /// value must also be in its range after rounding to that type.
        range: Cow<'static, str>,
        /// The given value; an integer of more than 53 bits is rounded.
        value: f64,
    },
    /// A label is unknown to a [`LabelEncoder`](crate::LabelEncoder).
    #[error("{name}{at} must be one of the {classes} known labels, found {found}")]
    UnknownLabel {
        /// The argument.
        name: &'static str,
        /// The part of the argument.
        at: Place,
        /// The number of known labels.
        classes: usize,
        /// The label, as its `Debug` writes it.
        found: String,
    },
    /// A value is NaN or infinite.
    #[error("{what} must be finite, found NaN or infinity in row {row}, column {column}")]
    NonFinite {
        /// The argument or the result.
        what: &'static str,
        /// Its row, from 0; for biases the index of the neuron.
        row: usize,
        /// Its column, from 0; for biases 0.
        column: usize,
    },
    /// A row is not a probability distribution, but must be one.
    #[error(
        "row {row} of {what} must be values of at least 0 that sum to 1 within {tolerance:?}, \
         found a sum of {sum:?} and a smallest value of {minimum:?}{}",
        place::of_distribution(what)
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
    /// Two settings or arguments exclude each other. The message ends with advice if one of them is often set by a
    /// preset.
    #[error("{found} cannot be combined with {other}{}", other.advice())]
    Conflict {
        /// The setting or the argument.
        name: &'static str,
        /// The setting or the argument with its value, in words.
        found: String,
        /// The setting or the argument that it conflicts with, in words.
        other: Counterpart,
    },
    /// A [`Pass`](crate::Pass) or [`Gradients`](crate::Gradients) come from a network of another shape.
    #[error("{what} must come from a network of sizes {expected:?}, found {found:?}")]
    Foreign {
        /// The argument.
        what: &'static str,
        /// The sizes n₀ … n_L of the network that was called.
        expected: Vec<usize>,
        /// The sizes of the argument; empty if it was never filled.
        found: Vec<usize>,
    },
    /// An array does not fit in memory.
    #[error("no memory for {what}: {rows} rows of {columns} columns")]
    TooLarge {
        /// The purpose of the array.
        what: &'static str,
        /// Its number of rows.
        rows: usize,
        /// Its number of columns.
        columns: usize,
    },
    /// Data and L2 leave a parameter undetermined, so that a result that needs all of them does not exist.
    #[error(
        "{what} is singular: parameter {index} of {size} is not determined; \
         set regularization, or evidence(true)"
    )]
    Singular {
        /// The matrix.
        what: &'static str,
        /// Its number of rows, which is that of the parameters.
        size: usize,
        /// The first parameter, in the order of [`Gradients::slices`](crate::Gradients::slices), that the ones before
        /// it leave undetermined.
        index: usize,
    },
    /// The loss, a parameter, the velocity or a mean square became infinite or NaN during training.
    ///
    /// The network is restored to the end of the last finite epoch, or to its state before the run.
    #[error(
        "training diverged in epoch {epoch}, iteration {iteration}, at a learning rate of {eta:?}: \
         {what} is not finite; scale the data or lower eta"
    )]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
        /// The number of the mini-batch in this run, from 1.
        iteration: usize,
        /// The learning rate of the last update, or `eta` before the first one.
        eta: f64,
        /// What is not finite: `a parameter`, `the velocity`, `a mean square`, or else `the loss` or `the loss of
        /// loss_fn or its derivative`.
        what: &'static str,
    },
    /// The validation data are invalid.
    #[error("invalid validation data: {0}")]
    Validation(#[source] Box<Error>),
    /// A block of rows of a [`Source`](crate::training::Source), or of
    /// [`StandardScaler::fit_blocks`](crate::StandardScaler::fit_blocks), is invalid.
    #[error("block {block}: {source}")]
    Block {
        /// The number of the block, from 0; of a source in the present epoch.
        block: usize,
        /// What is wrong with it; rows count from 0 in each block.
        source: Box<Error>,
    },
    /// A [`metric`](crate::training::Training::metric) of a run returned an error, which ended the run.
    ///
    /// The network is in the state of the end of the epoch after which the metric failed.
    #[error("the metric {name:?} failed: {source}")]
    Metric {
        /// The name of the metric.
        name: String,
        /// The metric's error.
        source: Box<Error>,
    },
    /// A function of the caller returned an error, which ended the run.
    ///
    /// The network is in the state of the end of the last epoch.
    #[error("{name} failed: {source}")]
    Callback {
        /// The setter of the function, or the method of the caller's type.
        name: &'static str,
        /// The function's error.
        source: Cause,
    },
    /// A split leaves one part without rows.
    #[error(
        "both parts of a split must have at least one row, found {train} for training and {test} for \
         testing: n {n}, fraction {fraction:?}"
    )]
    Split {
        /// The number of rows.
        n: usize,
        /// The fraction of the rows for testing.
        fraction: f64,
        /// The number of rows for training.
        train: usize,
        /// The number of rows for testing.
        test: usize,
    },
    /// A file cannot be written or read.
    #[error(transparent)]
    File(#[from] FileError),
}

/// The error of writing or reading a file; [`Error::File`] contains it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The operating system reports an error.
    #[error("{what}: {source}")]
    Io {
        /// The file's path, or the failed action.
        what: String,
        /// The kind of failure.
        kind: io::ErrorKind,
        /// The operating system's error, an [`io::Error`].
        source: Cause,
    },
    /// The file is not a safetensors file, but for example a text, a picture or empty.
    #[error("not a safetensors file")]
    NotSafetensors,
    /// The safetensors file comes from another program, such as PyTorch.
    #[error("a safetensors file of another program: its metadata have no \"ndarray_dnn\"")]
    OtherProgram,
    /// The contents of the file are wrong.
    #[error("{path}: {source}")]
    In {
        /// The file's path.
        path: String,
        /// The error in the contents.
        source: Box<Error>,
    },
    /// The file has an unknown version of the format.
    #[error("the file's format must be at least 1 and at most {expected}, found {found}")]
    Format {
        /// The newest version that this crate reads. A newer crate writes a larger number.
        expected: u64,
        /// The version in the file.
        found: u64,
    },
    /// The file holds another object, for example an estimator where a network is loaded.
    #[error("the file must hold a {expected}, found a {found}: load it by {found}::load")]
    Kind {
        /// The type that was to be loaded.
        expected: &'static str,
        /// The type that was saved.
        found: &'static str,
    },
    /// The labels in the file of a classifier are no labels of the type that was to be loaded.
    #[error("the file's labels must be of the type {expected}{order}, found {found}")]
    Labels {
        /// The type of the labels.
        expected: String,
        /// Nothing, or ` and in its order`.
        order: &'static str,
        /// The label, or the two labels, in the file.
        found: String,
    },
    /// The file has the other element type.
    #[error("the file's element type must be {expected}, found {found}: load it as that, and cast it")]
    Element {
        /// The network's element type.
        expected: &'static str,
        /// The file's element type.
        found: String,
    },
    /// The file has contents that this crate never writes.
    #[error("malformed file, {part}: {reason}")]
    Malformed {
        /// The name of a tensor, or the path of a setting.
        part: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The data have more bytes than the format allows.
    #[error("{what} must be at most {limit} bytes, found {found}")]
    TooManyBytes {
        /// The part that was to be written.
        what: &'static str,
        /// The largest number of bytes that the format allows.
        limit: u64,
        /// The number of bytes.
        found: u64,
    },
}

impl Error {
    /// The conflict of the setting or argument `name`, with its value `found`, and another one.
    pub(crate) fn conflict(
        name: &'static str,
        found: impl Into<String>,
        other: impl Into<Counterpart>,
    ) -> Self {
        Self::Conflict { name, found: found.into(), other: other.into() }
    }
}

impl FileError {
    /// The error of an attempt to write or read `what`.
    pub(crate) fn io(what: impl Into<String>, error: io::Error) -> Self {
        Self::Io { what: what.into(), kind: error.kind(), source: Cause::new(error) }
    }
}
