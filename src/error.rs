//! What can go wrong: one variant a cause, each with the numbers that were expected and found.

use crate::{Activation, Link};

/// The error of every fallible function of this crate.
///
/// A function that returns one has changed nothing, unless its documentation says otherwise.
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
    /// A setting that has no default was not given.
    #[error("{name} must be set before the network is built")]
    NotSet {
        /// The setter's name.
        name: &'static str,
    },
    /// A network without layers.
    #[error("a network must have at least one layer, found none")]
    EmptyShape,
    /// A layer without neurons.
    #[error("shape[{layer}] must be at least 1, found 0")]
    ZeroWidth {
        /// The layer's index, from 0.
        layer: usize,
    },
    /// A count that must be positive is 0.
    #[error("{name} must be at least 1, found 0")]
    Zero {
        /// The setting's name.
        name: &'static str,
    },
    /// Not one activation for each layer.
    #[error("activations must name one for each layer: expected {expected}, found {found}")]
    ActivationCount {
        /// The number of layers.
        expected: usize,
        /// The number of activations.
        found: usize,
    },
    /// A text that names no activation.
    #[error("unknown activation {name:?}: expected one of {}", crate::activation::known_names())]
    UnknownActivation {
        /// The text.
        name: String,
    },
    /// A hyper-parameter that is NaN, infinite or outside its range, in the network's element type.
    #[error("{name} must be {range} in {element}, found {value:?}")]
    OutOfRange {
        /// The setting's name.
        name: &'static str,
        /// The legal range, in words.
        range: &'static str,
        /// The network's element type, in which the value must be in its range too.
        element: &'static str,
        /// The value as it was given.
        value: f64,
    },
    /// An array without elements where at least one is needed.
    #[error("{what} must not be empty, found {rows} rows of {columns} columns")]
    Empty {
        /// The argument.
        what: &'static str,
        /// Its number of rows.
        rows: usize,
        /// Its number of columns.
        columns: usize,
    },
    /// Another number of rows than the argument that it goes with.
    #[error("{what} must have {expected} rows, found {found}")]
    RowCount {
        /// The argument.
        what: &'static str,
        /// The rows that it should have.
        expected: usize,
        /// The rows that it has.
        found: usize,
    },
    /// Another number of elements than the argument that it goes with.
    #[error("{what} must have {expected} elements, found {found}")]
    Length {
        /// The argument.
        what: &'static str,
        /// The elements that it should have.
        expected: usize,
        /// The elements that it has.
        found: usize,
    },
    /// Another number of columns than the network asks for.
    #[error("{what} must have {expected} columns, found {found}")]
    ColumnCount {
        /// The argument.
        what: &'static str,
        /// The columns that it should have.
        expected: usize,
        /// The columns that it has.
        found: usize,
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
    /// With softmax on, a row of targets that is no probability distribution.
    #[error(
        "with softmax, row {row} of y must be values of at least 0 that sum to 1 \
         within {tolerance:?}, found a sum of {sum:?} and a smallest value of {minimum:?}"
    )]
    NotADistribution {
        /// The row, from 0.
        row: usize,
        /// The row's sum.
        sum: f64,
        /// The row's smallest value.
        minimum: f64,
        /// How far from 1 the sum may be.
        tolerance: f64,
    },
    /// With binary cross-entropy, a target that is no probability.
    #[error(
        "with binary cross-entropy, y must be at least 0 and at most 1, found {value:?} in row {row}, column {column}"
    )]
    NotAProbability {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// The value.
        value: f64,
    },
    /// A sample weight that is negative, NaN or infinite.
    #[error("sample_weights must be at least 0 and finite, found {weight:?} in row {row}")]
    SampleWeight {
        /// The row, from 0.
        row: usize,
        /// The weight.
        weight: f64,
    },
    /// Sample weights whose sum is no weight: they are all 0, or too large for it.
    #[error("sample_weights must have a sum greater than 0 and finite, found {sum:?}")]
    SampleWeightSum {
        /// The sum.
        sum: f64,
    },
    /// Two settings that exclude each other.
    #[error("{name}({value}) does not go with {other}")]
    Conflict {
        /// The setting's name.
        name: &'static str,
        /// Its value.
        value: String,
        /// The other setting, with its value.
        other: String,
    },
    /// What is wrong with the validation data.
    #[error("of the validation data: {0}")]
    Validation(Box<Error>),
    /// Early stopping without the data to judge by.
    #[error("early stopping needs validation data, found none")]
    NoValidation,
    /// A layer whose weights do not take what the layer before puts out.
    #[error(
        "layer {layer} must take the {expected} outputs of the layer before, found weights with {found} columns"
    )]
    LayerChain {
        /// The layer's index, from 0.
        layer: usize,
        /// The outputs of the layer before.
        expected: usize,
        /// The columns of this layer's weights.
        found: usize,
    },
    /// A setting that contradicts the layers that were given.
    #[error("{name} must agree with the given layers: expected {expected}, found {found}")]
    Disagreement {
        /// The setting's name.
        name: &'static str,
        /// What the layers say.
        expected: String,
        /// What the setting says.
        found: String,
    },
    /// A [`Pass`](crate::Pass) or [`Gradients`](crate::Gradients) of a network of another shape.
    #[error("{what} must be of a network of sizes {expected:?}, found {found:?}")]
    Foreign {
        /// The argument.
        what: &'static str,
        /// The sizes n₀ … n_L of the network that was called.
        expected: Vec<usize>,
        /// The sizes of the argument; empty for one that was never filled.
        found: Vec<usize>,
    },
    /// A [`Pass`](crate::Pass) of a network with another link.
    #[error("pass must be of a network whose link is {expected}, found {found}")]
    ForeignLink {
        /// The link of the network that was called.
        expected: Link,
        /// The link of the network that computed the pass.
        found: Link,
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
    /// The loss or a parameter stopped being finite during training.
    ///
    /// The network is what it was at the end of the last epoch that was finite, or before `fit`.
    #[error("training diverged in epoch {epoch}, iteration {iteration}, at a learning rate of {eta:?}")]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
        /// The mini-batch since `fit` began, from 1.
        iteration: usize,
        /// The learning rate of the last update, or `eta` before the first one.
        eta: f64,
    },
    /// A class label that is no class.
    #[error("{what}[{index}] must be less than {classes}, the number of classes, found {label}")]
    Label {
        /// The argument.
        what: &'static str,
        /// The label's place in it, from 0.
        index: usize,
        /// The label.
        label: usize,
        /// The number of classes.
        classes: usize,
    },
    /// A split that leaves one part without rows.
    #[error(
        "both parts of a split must have at least one row, found {train} for training and {test} for \
         testing: n {n}, fraction {fraction:?}"
    )]
    Split {
        /// The number of rows that there are.
        n: usize,
        /// What part of them is for testing.
        fraction: f64,
        /// The rows for training.
        train: usize,
        /// The rows for testing.
        test: usize,
    },
    /// A row of an argument that is no probability distribution.
    #[error(
        "row {row} of {what} must be values of at least 0 that sum to 1 within {tolerance:?}, \
         found a sum of {sum:?} and a smallest value of {minimum:?}"
    )]
    Distribution {
        /// The argument.
        what: &'static str,
        /// The row, from 0.
        row: usize,
        /// The row's sum.
        sum: f64,
        /// The row's smallest value.
        minimum: f64,
        /// How far from 1 the sum may be.
        tolerance: f64,
    },
    /// A file that cannot be written or read.
    #[error("{what}: {message}")]
    Io {
        /// The file, or what was to be written.
        what: String,
        /// The kind of failure.
        kind: std::io::ErrorKind,
        /// What the system says.
        message: String,
    },
    /// A file of another version of the format.
    #[error("the file's format must be {expected}, found {found}")]
    Format {
        /// The latest format that this version reads; a larger one is of a later version of this crate.
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
    /// A file that is not as this crate writes it.
    #[error("malformed file, {part}: {reason}")]
    Malformed {
        /// Where: the name of a tensor, or the path of a setting.
        part: String,
        /// What is wrong there.
        reason: String,
    },
    /// A last layer that an output scaler cannot be folded into.
    #[error("the last layer must be the identity and without a link, found {activation} and the link {link}")]
    NotLinear {
        /// Its activation.
        activation: Activation,
        /// The network's link.
        link: Link,
    },
    /// More bytes than the format can hold.
    #[error("{what} must be at most {limit} bytes, found {found}")]
    TooManyBytes {
        /// What was to be written.
        what: &'static str,
        /// The most bytes of its format.
        limit: u64,
        /// The bytes that it comes to.
        found: u64,
    },
}
