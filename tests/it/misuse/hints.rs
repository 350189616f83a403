//! Mistakes that are no errors, but end in a hint.

use ndarray_dnn::ndarray::{Array2, Axis, s};
use ndarray_dnn::training::Hint;
use ndarray_dnn::{
    Activation, BatchOrder, Dnn, DnnBuilder, Loss, Optimizer, Report, StandardScaler, one_hot,
};

use super::Case;

/// 200 rows of 2 columns of about ±1.
fn x() -> Array2<f64> {
    Array2::from_shape_fn((200, 2), |(i, j)| (1.7 * (i * 2 + j) as f64).sin())
}

/// A target of about ±1.
fn y() -> Array2<f64> {
    x().map_axis(Axis(1), |row| 2.0 * row[0] * row[1]).insert_axis(Axis(1))
}

fn regressor() -> DnnBuilder {
    Dnn::regressor(2, &[16], 1).max_epochs(100).min_updates(0)
}

fn fit(builder: DnnBuilder, x: &Array2<f64>, y: &Array2<f64>) -> Report {
    builder.build().unwrap().fit(x, y).unwrap()
}

/// The hints, which are also at the end of the report's text.
fn hints(report: &Report) -> String {
    let hints = Vec::from_iter(report.hints().iter().map(ToString::to_string));
    let end = hints.iter().map(|hint| format!(". {hint}")).collect::<String>();
    assert!(report.to_string().ends_with(&end), "{report}");
    // A run with such a rate is chaotic, and its loss depends on the last bit of the data.
    let of_chaos =
        |hint: String| match hint.strip_prefix("the loss is ").and_then(|rest| rest.split_once(", but")) {
            Some((loss, rest)) => {
                assert!(loss.parse::<f64>().unwrap() > 1.0, "{loss}");
                format!("the loss is …, but{rest}")
            }
            None => hint,
        };
    Vec::from_iter(hints.into_iter().map(of_chaos)).join("\n")
}

pub(crate) fn cases() -> Vec<Case> {
    let (x, y) = (x(), y());
    let prices = &y * 50.0 + 1_000.0;
    let rows = |n: usize| (x.slice(s![..n, ..]).to_owned(), y.slice(s![..n, ..]).to_owned());
    let (few_x, few_y) = rows(20);
    let classes = Vec::from_iter(x.rows().into_iter().map(|row| usize::from(row[0] * row[1] > 0.0)));
    let one_hot = one_hot(&classes, 2).unwrap();
    let classifier = || Dnn::classifier(2, &[16], 2).max_epochs(50).min_updates(0);
    let relus =
        Dnn::builder().input_shape(2).shape([8, 1]).activations([Activation::Relu, Activation::Identity]);
    vec![
        ("targets near 1,000", hints(&fit(regressor(), &x, &prices))),
        ("targets of a thousandth", hints(&fit(regressor(), &x, &(&y * 0.001)))),
        ("one column of x in other units", {
            let mut x = x.clone();
            x.column_mut(1).mapv_inplace(|value| 2_000.0 + 500.0 * value);
            hints(&fit(regressor(), &x, &y))
        }),
        ("x of a thousandth", hints(&fit(classifier(), &(&x * 0.001), &one_hot))),
        ("x with a large mean", hints(&fit(classifier(), &(&x + 1e4), &one_hot))),
        ("Adam with a rate of 1e6", hints(&fit(regressor().eta(1e6), &x, &y))),
        ("a classifier with a rate of 1e4", hints(&fit(classifier().eta(1e4), &x, &one_hot))),
        ("ReLUs with a rate of 1,000", {
            let builder = relus.eta(1e3).optimizer(Optimizer::adam()).loss(Loss::Squared).max_epochs(5);
            hints(&fit(builder.batch_order(BatchOrder::Shuffled), &x, &y))
        }),
        (
            "an epoch that is one update",
            hints(&fit(regressor().max_epochs(20).minibatch_size(64), &few_x, &few_y)),
        ),
        ("too few epochs", hints(&fit(regressor().max_epochs(4), &x, &y))),
    ]
}

/// What is learnt has no hints, and neither has what is just hard.
#[test]
fn good_runs_have_no_hints() {
    let (x, y) = (x(), y());
    let none = |report: Report| assert_eq!(report.hints(), [], "{report}");
    none(fit(regressor(), &x, &y));
    let z = |array: &Array2<f64>| StandardScaler::fit(array).unwrap().transform(array).unwrap();
    none(fit(regressor(), &z(&(&x * 1e5)), &z(&(&y * 50.0 + 1_000.0))));
    // XOR: four rows, and one update each epoch.
    let corners = Array2::from_shape_fn((4, 2), |(i, j)| f64::from(u8::from(i >> j & 1 == 1)));
    let xor = one_hot([0, 1, 1, 0], 2).unwrap();
    none(Dnn::<f64>::classifier(2, &[8], 2).build().unwrap().fit(&corners, &xor).unwrap());
    // Noise: the best answer is nearly constant.
    let noise = Array2::from_shape_fn((200, 1), |(i, _)| (1e3 * (i as f64 + 0.5)).sin());
    none(fit(regressor(), &x, &noise));
    // Constant targets, and a column of zeros.
    none(fit(regressor(), &x, &Array2::from_elem((200, 1), 0.5)));
    let mut zeros = x.clone();
    zeros.column_mut(0).fill(0.0);
    none(fit(regressor(), &zeros, &y));
    // A scale that is unusual, but learnt all the same.
    let linear = x.map_axis(Axis(1), |row| 40.0 * row[0]).insert_axis(Axis(1));
    none(fit(regressor(), &x, &linear));
}

#[test]
fn hints_have_the_numbers_of_the_data() {
    let (x, y) = (x(), y());
    let prices = &y * 50.0 + 1_000.0;
    let scaler = StandardScaler::fit(&prices).unwrap();
    let report = fit(regressor(), &x, &prices);
    let [Hint::TargetScale { column: 0, mean, deviation, .. }, ..] = report.hints() else {
        panic!("{report}")
    };
    assert!((mean - scaler.means()[0]).abs() < 1e-9 && (deviation - scaler.scales()[0]).abs() < 1e-9);
    // Rows of weight 0 are not looked at.
    let mut weights = ndarray_dnn::ndarray::Array1::ones(200);
    let mut far = x.clone();
    weights[7] = 0.0;
    far[[7, 1]] = 1e9;
    let mut net = regressor().build().unwrap();
    assert_eq!(net.training(&far, &y).sample_weights(&weights).run().unwrap().hints(), []);
    // A run of one epoch says nothing about a loss that does not fall.
    let report = fit(regressor().max_epochs(1).eta(1e6), &x, &y);
    assert_eq!(report.hints(), [], "{report}");
    // The rate is so small that nothing changes.
    let frozen =
        regressor().eta(1e-300).regularization(0.0).max_epochs(3).batch_order(BatchOrder::Sequential);
    let report = fit(frozen, &x, &y);
    assert!(report.hints().contains(&Hint::NeverFell), "{report}");
}

/// Hints are no part of the result: the networks are the same with and without rows that lead to a hint.
#[test]
fn hints_change_no_bits() {
    let (x, y) = (x(), y());
    let mut net = regressor().max_epochs(3).build().unwrap();
    let mut by_passes = net.clone();
    net.fit(&x, &(&y * 1e3)).unwrap();
    for _ in 0..3 {
        by_passes.partial_fit(&x, &(&y * 1e3)).unwrap();
    }
    assert_eq!(net.layers(), by_passes.layers());
}
