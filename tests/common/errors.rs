//! Expected errors, and calls that must return soon.

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ndarray_dnn::Error;
use ndarray_dnn::error::{Extent, Place};

/// Checks that a call is refused with this error and this text.
#[track_caller]
pub(crate) fn assert_refused<T: Debug>(result: Result<T, Error>, expected: &Error, text: &str) {
    let error = result.unwrap_err();
    assert_eq!(&error, expected);
    assert_eq!(error.to_string(), text);
}

/// A wrong number of rows, columns or elements of a whole argument.
pub(crate) fn wrong_shape(what: &'static str, extent: Extent, expected: usize, found: usize) -> Error {
    Error::Shape { what, at: Place::Whole, extent, expected, found }
}

/// A number outside its range.
pub(crate) fn out_of_range(
    name: &'static str,
    at: Place,
    range: impl Into<Cow<'static, str>>,
    value: f64,
) -> Error {
    Error::OutOfRange { name, at, range: range.into(), value }
}

/// A number as messages print it: whole numbers without a decimal point.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:?}");
    if text == "-0.0" { text } else { text.trim_end_matches(".0").into() }
}

/// The text of [`Error::Diverged`].
pub(crate) fn diverged(epoch: usize, iteration: usize, eta: f64, what: &str) -> String {
    format!(
        "training diverged in epoch {epoch}, iteration {iteration}, at a learning rate of {eta:?}: \
         {what} is not finite; scale the data or lower eta"
    )
}

/// The result of `call`, which must return within ten seconds.
pub(crate) fn soon<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(call()));
    receiver.recv_timeout(Duration::from_secs(10)).expect("the call hangs or panics")
}
