//! The names of settings: `parse` reads what `to_string` writes.

#![allow(clippy::unwrap_used)]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use ndarray_dnn::{BatchOrder, Init, Link, Loss, Optimizer, ParseError};

/// Checks the names of all values, and the error of any other text.
fn check<T>(kind: &str, names: &[(T, &str)], expected: &[&str])
where
    T: Copy + Debug + Display + FromStr<Err = ParseError> + PartialEq,
{
    for (value, name) in names {
        assert_eq!(value.to_string(), *name);
        assert_eq!(name.parse(), Ok(*value));
        assert_eq!(format!("{value:>30}"), format!("{name:>30}"));
    }
    for text in
        ["", "other", &names[0].1.to_uppercase(), &format!("{} ", names[0].1), "adam(0.9)", "uniform(1)"]
    {
        let error = text.parse::<T>().unwrap_err();
        assert_eq!((error.kind, &error.text[..], &error.expected[..]), (kind, text, expected));
    }
}

#[test]
fn losses() {
    let names = [
        (Loss::Article, "article"),
        (Loss::Squared, "squared"),
        (Loss::BinaryCrossEntropy, "binary_cross_entropy"),
    ];
    check("loss", &names, &names.map(|(_, name)| name));
}

#[test]
fn batch_orders() {
    let names = [
        (BatchOrder::Cyclic, "cyclic"),
        (BatchOrder::Sequential, "sequential"),
        (BatchOrder::Shuffled, "shuffled"),
    ];
    check("batch order", &names, &names.map(|(_, name)| name));
}

#[test]
fn links() {
    let names = [(Link::Identity, "identity"), (Link::Softmax, "softmax"), (Link::Logistic, "logistic")];
    check("link", &names, &names.map(|(_, name)| name));
}

#[test]
fn optimizers() {
    let names = [
        (Optimizer::Momentum, "momentum"),
        (Optimizer::Nesterov, "nesterov"),
        (Optimizer::adam(), "adam(0.9, 0.999, 1e-8)"),
        (
            Optimizer::Adam { beta1: 0.0, beta2: 1.0 / 3.0, epsilon: 2.0 },
            "adam(0.0, 0.3333333333333333, 2.0)",
        ),
    ];
    check("optimizer", &names, &["momentum", "nesterov", "adam", "adam(beta1, beta2, epsilon)"]);
    assert_eq!("adam".parse(), Ok(Optimizer::adam()));
    assert_eq!("adam(0.9,0.999,1e-08)".parse(), Ok(Optimizer::adam()));
}

#[test]
fn inits() {
    let names = [
        (Init::Glorot, "glorot"),
        (Init::He, "he"),
        (Init::LeCun, "lecun"),
        (Init::Uniform { low: -0.5, high: 0.1 }, "uniform(-0.5, 0.1)"),
        (Init::Uniform { low: 1e-300, high: f64::MAX }, "uniform(1e-300, 1.7976931348623157e308)"),
    ];
    check("init", &names, &["glorot", "he", "lecun", "uniform(low, high)"]);
}
