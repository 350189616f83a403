//! The names of settings: `parse` reads what `to_string` writes.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use ndarray_dnn::error::ParseError;
use ndarray_dnn::{BatchOrder, Init, Link, Loss, Optimizer, Schedule};

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
        (Loss::CrossEntropy, "cross_entropy"),
        (Loss::BinaryCrossEntropy, "binary_cross_entropy"),
        (Loss::Absolute, "absolute"),
        (Loss::Poisson, "poisson"),
        (Loss::Huber { delta: 1.0 }, "huber(1.0)"),
        (Loss::Huber { delta: 1e-300 }, "huber(1e-300)"),
        (Loss::Quantile { tau: 0.9 }, "quantile(0.9)"),
        (Loss::Quantile { tau: 1.0 / 3.0 }, "quantile(0.3333333333333333)"),
    ];
    let expected = ["article", "squared", "cross_entropy", "binary_cross_entropy", "absolute", "poisson"];
    let expected = [&expected[..], &["huber(delta)", "quantile(tau)"]].concat();
    check("loss", &names, &expected);
    assert_eq!("huber( 2 )".parse(), Ok(Loss::Huber { delta: 2.0 }));
    for text in ["huber", "huber()", "huber(1, 2)", "huber(x)", "quantile", "quantile(0.5", "poisson(1)"] {
        assert_eq!(text.parse::<Loss>().unwrap_err().text, text);
    }
}

#[test]
fn batch_orders() {
    let names = [
        (BatchOrder::Cyclic, "cyclic"),
        (BatchOrder::Sequential, "sequential"),
        (BatchOrder::Shuffled, "shuffled"),
        (BatchOrder::ShuffledByEpoch, "shuffled_by_epoch"),
    ];
    check("batch order", &names, &names.map(|(_, name)| name));
}

#[test]
fn links() {
    let names = [
        (Link::Identity, "identity"),
        (Link::Softmax, "softmax"),
        (Link::Logistic, "logistic"),
        (Link::Log, "log"),
    ];
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
        (Optimizer::adam_w(), "adam_w(0.9, 0.999, 1e-8)"),
        (Optimizer::rms_prop(), "rms_prop(0.9, 1e-8)"),
    ];
    let expected = [
        "momentum",
        "nesterov",
        "adam",
        "adam_w",
        "rms_prop",
        "adam(beta1, beta2, epsilon)",
        "adam_w(beta1, beta2, epsilon)",
        "rms_prop(rho, epsilon)",
    ];
    check("optimizer", &names, &expected);
    for optimizer in [Optimizer::adam(), Optimizer::adam_w(), Optimizer::rms_prop()] {
        let text = optimizer.to_string();
        assert_eq!(text[..text.find('(').unwrap()].parse(), Ok(optimizer));
    }
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

#[test]
fn schedules() {
    let names = [
        (Schedule::Constant, "constant"),
        (Schedule::step(30), "step(30, 0.1)"),
        (
            Schedule::Cosine { epochs: usize::MAX, warm_up: 5, floor: 1.0 / 3.0 },
            "cosine(18446744073709551615, 5, 0.3333333333333333)",
        ),
        (Schedule::one_cycle(100), "one_cycle(100, 0.3, 0.04, 4e-6)"),
    ];
    let expected = [
        "constant",
        "step(every, factor)",
        "cosine(epochs, warm_up, floor)",
        "one_cycle(epochs, rise, start, end)",
    ];
    check("schedule", &names, &expected);
    assert_eq!("cosine(7,0,0)".parse(), Ok(Schedule::cosine(7)));
    for text in ["step(0.5, 0.1)", "step(-1, 0.1)", "cosine(1e2, 0, 0.0)", "step(3, x)", "one_cycle(3, 1, 1)"]
    {
        assert!(text.parse::<Schedule>().is_err(), "{text}");
    }
}
