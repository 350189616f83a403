//! The errors themselves: sources, causes, comparison, and messages.

use std::error::Error as _;
use std::io;

use ndarray_dnn::Error;
use ndarray_dnn::error::{Cause, FileError};
use ndarray_dnn::ndarray::Array2;

use super::support::{Bench, builder};

#[test]
fn validation_errors_have_the_inner_error_as_their_source() {
    let Bench { mut net, x, y, .. } = Bench::new(false);
    let error = net.training(&x, &y).validation(&x, &Array2::ones((2, 2))).run().unwrap_err();
    let source = error.source().and_then(|source| source.downcast_ref::<Box<Error>>()).unwrap();
    assert_eq!(error, Error::Validation(source.clone()));
    assert_eq!(source.to_string(), "y must have 3 rows, found 2");
    assert!(source.source().is_none());
}

#[test]
fn input_and_output_errors_have_the_system_s_error_as_their_source() {
    let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
    let kind = io::ErrorKind::PermissionDenied;
    let inner = FileError::Io { what: "net.safetensors".into(), kind, source: Cause::new(denied()) };
    let error = Error::from(inner.clone());
    assert_eq!(error, Error::File(inner));
    assert_eq!(error.to_string(), format!("net.safetensors: {}", denied()));
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>()).unwrap();
    assert_eq!(source.kind(), kind);
    let format = Error::from(FileError::Format { expected: 1, found: 2 });
    assert_eq!(format.to_string(), "the file's format must be at least 1 and at most 1, found 2");
    assert!(format.source().is_none());
}

#[test]
fn causes_are_compared_by_message() {
    let cause = Cause::new("no room");
    assert_eq!(cause, Cause::new(io::Error::other("no room")));
    assert_ne!(cause, Cause::new("no memory"));
    assert_eq!(cause.clone(), cause);
    assert_eq!((cause.to_string(), format!("{cause:?}")), ("no room".into(), "\"no room\"".into()));
}

#[test]
fn messages_do_not_print_hundreds_of_digits() {
    let errors = [
        builder::<f32>().eta(1e300).build().unwrap_err(),
        builder::<f32>().eta(1e-60).build().unwrap_err(),
        builder::<f64>().threshold(f64::MIN).build().unwrap_err(),
        Error::Diverged { epoch: 1, iteration: 1, eta: 1e300, what: "the loss" },
        Error::NotADistribution { what: "y", row: 0, sum: 1e300, minimum: -1e300, tolerance: 1e-6 },
    ];
    for error in errors {
        assert!(error.to_string().len() < 160, "{error}");
    }
}
