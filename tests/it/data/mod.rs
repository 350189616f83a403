//! Splits, folds, labels, metrics and scaling: known values, laws and bad input.
//!
//! Known values come from scikit-learn 1.9.1 on NumPy 2.4.6, by the call in the comment next to each. Values that
//! scikit-learn rounds or clips come from Python's `fractions` and `decimal` with 60 digits; the comment says so.

// Labels are taken owned and borrowed; programs that were written when they had to be borrowed still compile.
#![allow(clippy::needless_borrows_for_generic_args)]

mod class_metrics;
mod constant;
mod encoder;
mod folds;
mod labels;
mod log_loss;
mod predict_classes;
mod scaler;
mod scaler_blocks;
mod scaler_errors;
mod sklearn;
mod split;
mod value_metrics;

use ndarray_dnn::error::{Extent, Place};
use ndarray_dnn::ndarray::{Array2, ArrayRef2};
use ndarray_dnn::{Error, Scalar};

use crate::common::assert_near;
use crate::common::errors::{assert_refused, number, out_of_range, soon, wrong_shape};
use crate::common::layouts::layouts;

/// Values without a pattern, between −1 and 1.
fn noise<F: Scalar>(rows: usize, columns: usize) -> Array2<F> {
    Array2::from_shape_fn((rows, columns), |(i, j)| F::from_f64(((i * 37 + j * 11) as f64 * 12.9898).sin()))
}

/// Calls `check` with the values of `x` in several memory layouts.
fn in_each_layout<F: Scalar>(x: &Array2<F>, check: impl Fn(&ArrayRef2<F>)) {
    layouts(x).iter().for_each(|(_, x)| check(x));
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

fn wrong_length(what: &'static str, expected: usize, found: usize) -> Error {
    wrong_shape(what, Extent::Elements, expected, found)
}

fn wrong_rows(what: &'static str, expected: usize, found: usize) -> Error {
    wrong_shape(what, Extent::Rows, expected, found)
}

fn wrong_columns(what: &'static str, expected: usize, found: usize) -> Error {
    wrong_shape(what, Extent::Columns, expected, found)
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
