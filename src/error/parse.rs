//! The error of parsing a name.

/// The error of `parse` for a text that is not one of the known names.
///
/// # Examples
/// ```
/// use ndarray_dnn::Activation;
///
/// let error = "tan".parse::<Activation>().unwrap_err();
/// assert_eq!((error.kind, &error.text[..]), ("activation", "tan"));
/// assert_eq!(error.expected[..4], ["sigmoid", "identity", "relu", "tanh"]);
/// assert_eq!(
///     error.to_string(),
///     "unknown activation \"tan\": expected one of sigmoid, identity, relu, tanh, selu, softplus, \
///      softsign, gelu, silu, leaky_relu(slope), elu(alpha)"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} {text:?}: expected one of {}", .expected.join(", "))]
#[non_exhaustive]
pub struct ParseError {
    /// The kind of name that was parsed, for example `activation`.
    pub kind: &'static str,
    /// The text.
    pub text: String,
    /// The known names.
    pub expected: Vec<&'static str>,
}

impl ParseError {
    /// The error for a `text` that is not the name of a `kind`.
    pub(crate) fn new(
        kind: &'static str,
        text: &str,
        expected: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        Self { kind, text: text.to_owned(), expected: expected.into_iter().collect() }
    }
}
