//! Splits, labels, metrics and scaling: known values, laws and bad input.
//!
//! Known values come from scikit-learn 1.9.1 on NumPy 2.4.6, by the call in the comment next to each. Values that
//! scikit-learn rounds or clips come from Python's `fractions` and `decimal` with 60 digits; the comment says so.

#![allow(clippy::panic, clippy::unwrap_used)]

mod class_metrics;
mod constant;
mod labels;
mod log_loss;
mod predict_classes;
mod scaler;
mod scaler_errors;
mod split;
mod value_metrics;

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ndarray_dnn::ndarray::{Array2, ArrayRef2, ShapeBuilder, s};
use ndarray_dnn::{Error, Extent, Place, Scalar};

#[track_caller]
fn assert_refused<T: Debug>(result: Result<T, Error>, expected: &Error, text: &str) {
    let error = result.unwrap_err();
    assert_eq!(&error, expected);
    assert_eq!(error.to_string(), text);
}

#[track_caller]
fn assert_near(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "{found:?} instead of {expected:?}");
}

/// The result of `call`, which must return within ten seconds.
fn soon<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(call()));
    receiver.recv_timeout(Duration::from_secs(10)).expect("the call hangs or panics")
}

/// Values without a pattern, between −1 and 1.
fn noise<F: Scalar>(rows: usize, columns: usize) -> Array2<F> {
    Array2::from_shape_fn((rows, columns), |(i, j)| F::from_f64(((i * 37 + j * 11) as f64 * 12.9898).sin()))
}

/// Calls `check` with the values of `x` in several memory layouts.
fn in_each_layout<F: Scalar>(x: &Array2<F>, check: impl Fn(&ArrayRef2<F>)) {
    check(x);
    let mut by_columns = Array2::default(x.dim().f());
    by_columns.assign(x);
    check(&by_columns);
    check(&x.slice(s![..;-1, ..;-1]).to_owned().slice(s![..;-1, ..;-1]));
    let mut gaps = Array2::default((2 * x.nrows(), 3 * x.ncols()));
    gaps.slice_mut(s![..;2, ..;3]).assign(x);
    check(&gaps.slice(s![..;2, ..;3]));
    let mut gaps = Array2::default((2 * x.nrows(), 3 * x.ncols()).f());
    gaps.slice_mut(s![..;2, ..;3]).assign(x);
    check(&gaps.slice(s![..;2, ..;3]));
}

/// An iterator whose `size_hint` promises at least `promised` elements.
struct Promising<I> {
    elements: I,
    promised: usize,
}

impl<I: Iterator> Iterator for Promising<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.elements.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.promised, None)
    }
}

// The errors of bad arguments.

fn wrong_extent(what: &'static str, extent: Extent, expected: usize, found: usize) -> Error {
    Error::Shape { what, at: Place::Whole, extent, expected, found }
}

fn wrong_length(what: &'static str, expected: usize, found: usize) -> Error {
    wrong_extent(what, Extent::Elements, expected, found)
}

fn wrong_rows(what: &'static str, expected: usize, found: usize) -> Error {
    wrong_extent(what, Extent::Rows, expected, found)
}

fn wrong_columns(what: &'static str, expected: usize, found: usize) -> Error {
    wrong_extent(what, Extent::Columns, expected, found)
}

fn out_of_range(name: &'static str, at: Place, range: impl Into<Cow<'static, str>>, value: f64) -> Error {
    Error::OutOfRange { name, at, range: range.into(), value }
}

fn no_classes() -> Error {
    out_of_range("classes", Place::Whole, "at least 1", 0.0)
}

/// The error of a label that is not less than the number of classes, and its message.
fn wrong_label(what: &'static str, index: usize, label: usize, classes: usize) -> (Error, String) {
    let range = format!("less than {classes}, the number of classes");
    let text = format!("{what}[{index}] must be {range}, found {}", number(label as f64));
    (out_of_range(what, Place::Index(index), range, label as f64), text)
}

/// A number as in a message.
fn number(value: f64) -> String {
    let text = format!("{value:?}");
    if text == "-0.0" { text } else { text.trim_end_matches(".0").into() }
}
