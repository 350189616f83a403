//! The crate against the results of the article's listing: see `tests/golden/README.md`.

use std::fs;

use ndarray::{Array1, Array2, Axis, aview1, s};
use ndarray_dnn::Activation::{self, Identity, Relu, Sigmoid};
use ndarray_dnn::training::StopReason;
use ndarray_dnn::{BatchOrder, Dnn, DnnBuilder, Layer, Scalar, metrics};
use serde_json::Value;

use crate::common::json::{count, directory, list, matrix, number, read, vector};
use crate::common::{assert_close, parameters, velocity};

const STEPS: [&str; 9] = [
    "step_clamped",
    "step_relu_identity",
    "step_saturated",
    "step_sigmoid_identity",
    "step_sigmoid_sigmoid",
    "step_single_layer",
    "step_softmax",
    "step_softmax_over_relu",
    "step_softmax_relu",
];
const FITS: [&str; 5] =
    ["fit_batch_larger_than_set", "fit_defaults", "fit_iris_softmax", "fit_ragged", "fit_threshold"];
const SURFACES: &str = "surfaces";

/// One step is a few hundred roundings of numbers around 1.
const STEP: f64 = 1e-12;
/// In f32 the same roundings are 5e8 times as large; levels reach 800 in `step_clamped`.
const STEP_F32: f64 = 1e-4;
/// Differences grow over thousands of steps: another rounding made 3e-12 of it.
const LOSS: f64 = 1e-10;
const PARAMETER: f64 = 1e-9;

#[test]
fn steps_in_f64() {
    STEPS.iter().for_each(|name| check_steps::<f64>(name, STEP));
}

#[test]
fn steps_in_f32() {
    STEPS.iter().for_each(|name| check_steps::<f32>(name, STEP_F32));
}

#[test]
fn fits() {
    for name in FITS {
        let golden = read(name);
        let mut net = network(&golden);
        let (x, y) = (matrix(&golden["x"]), matrix(&golden["y"]));
        check_fit(name, &mut net, &x, &y, &golden);
        let expected = matrix(&golden["predictions"]);
        assert_close(&format!("{name}: predictions"), &net.predict(&x).unwrap(), &expected, LOSS);
    }
}

/// Figure 4.1: the same three networks learn one function after the other.
#[test]
fn surfaces() {
    let golden = read(SURFACES);
    let x = matrix(&golden["x"]);
    let grid = grid(&x, &golden);
    let mut nets = Vec::from_iter(list(&golden["initial"]).iter().map(|initial| {
        let layers = layers(&initial["weights"], &initial["biases"], &[Sigmoid, Identity]);
        builder::<f64>(&golden["hyper"]).build_from(layers).unwrap()
    }));
    let fits = list(&golden["fits"]);
    assert_eq!(fits.len(), 9);
    for (i, fit) in fits.iter().enumerate() {
        let name = format!("fit {i}");
        let net = &mut nets[i % 3];
        assert_eq!(net.layers()[0].fan_out(), count(&fit["hidden"]), "{name}");
        let surface = surface(&fit["function"]);
        let y = values_of(surface, &x);
        check_fit(&name, net, &x, &y, fit);
        let predictions = net.predict(&x).unwrap();
        let expected = vector(&fit["predictions"]).insert_axis(Axis(1));
        assert_close(&format!("{name}: predictions"), &predictions, &expected, LOSS);
        let grid_rmse = metrics::rmse(&values_of(surface, &grid), &net.predict(&grid).unwrap());
        for (what, found) in [("train_rmse", metrics::rmse(&y, &predictions)), ("grid_rmse", grid_rmse)] {
            assert_close(
                &format!("{name}: {what}"),
                &aview1(&[found.unwrap()]),
                &aview1(&[number(&fit[what])]),
                LOSS,
            );
        }
    }
}

#[test]
fn the_defaults_are_those_of_the_listing() {
    let builder = Dnn::<f64>::builder().input_shape(1).shape([1]).activations([Identity]);
    let net = builder.build().unwrap();
    let config = net.config();
    assert_eq!((config.eta(), config.threshold(), config.softmax()), (0.1, 1e-5, false));
    assert_eq!((config.max_epochs(), config.minibatch_size()), (1000, 5));
    assert_eq!((config.regularization(), config.momentum(), config.decay_power()), (0.001, 0.9, 0.5));
    assert_eq!((config.batch_order(), config.verbose()), (BatchOrder::Cyclic, false));
}

#[test]
fn every_golden_file_is_checked() {
    let mut found = Vec::from_iter(fs::read_dir(directory()).unwrap().filter_map(|entry| {
        Some(entry.unwrap().file_name().to_str().unwrap().strip_suffix(".json")?.to_owned())
    }));
    found.sort();
    // `activations/`, `coming_from/`, `losses/`, `against_sklearn.rs`, `data/sklearn.rs`, `label_weights.rs` and
    // `against_torch.rs` check those of Python libraries, and `fingerprints/` those of this crate.
    let others = [
        &["activations", "coming_from", "fingerprints"][..],
        &FITS,
        &["losses", "sklearn", "sklearn_metrics"],
        &STEPS,
        &[SURFACES, "torch"],
    ];
    assert_eq!(found, others.concat());
}

/// Compares the results of each verb by hand.
fn check_steps<F: Scalar>(name: &str, tolerance: f64) {
    let golden = read(name);
    let mut net = network::<F>(&golden);
    let (x, y) = (matrix(&golden["x"]), matrix(&golden["y"]));
    let steps = list(&golden["steps"]);
    assert_eq!(steps.len(), 5, "{name}");
    for (t, step) in (1..).zip(steps) {
        let context = |what: &str| format!("{name}, step {t}: {what}");
        let [start, end] = [0, 1].map(|i| count(&step["rows"][i]));
        let [x, y] = [&x, &y].map(|data| data.slice(s![start..end, ..]));

        let pass = net.compute(&x.mapv(F::from_f64)).unwrap();
        assert_close(&context("output"), &pass.output(), &matrix(&step["output"]), tolerance);
        let mut outputs = vec![x.to_owned()];
        for (l, layer) in net.layers().iter().enumerate() {
            let levels = matrix(&step["activity_levels"][l]);
            let output = levels.mapv(|z| activate(layer.activation(), z));
            assert_close(
                &context(&format!("outputs {}", l + 1)),
                &pass.outputs(l + 1).unwrap(),
                &output,
                tolerance,
            );
            outputs.push(output);
        }

        let d = net.error(&pass, &y.mapv(F::from_f64)).unwrap();
        let gradients = net.bp(&pass, &d).unwrap();
        assert_eq!(list(&step["deltas"]).len(), net.layers().len());
        for (l, (deltas, input)) in list(&step["deltas"]).iter().zip(&outputs).enumerate() {
            let deltas = matrix(deltas);
            let weights = -deltas.t().dot(input) / x.nrows() as f64;
            let biases = -deltas.mean_axis(Axis(0)).unwrap();
            let context = context(&format!("gradients {l}"));
            assert_close(&context, &gradients.weights(l).unwrap(), &weights, tolerance);
            assert_close(&context, &gradients.biases(l).unwrap(), &biases, tolerance);
        }

        net.update(&gradients).unwrap();
        assert_eq!(net.iterations(), t);
        let eta = number(&step["effective_eta"]);
        assert_close(&context("effective_eta"), &aview1(&[net.effective_eta()]), &aview1(&[eta]), STEP);
        let activations = activations(&golden);
        let v = layers(&step["velocity_weights"], &step["velocity_biases"], &activations);
        assert_close(&context("velocity"), &velocity(&net), &parameters(&v), tolerance);
        let after = layers(&step["after"]["weights"], &step["after"]["biases"], &activations);
        assert_close(&context("parameters"), &parameters(net.layers()), &parameters(&after), tolerance);
    }
}

/// Compares the losses, the final parameters, the epochs and the iterations of a `fit`.
fn check_fit(name: &str, net: &mut Dnn, x: &Array2<f64>, y: &Array2<f64>, golden: &Value) {
    let report = net.fit(x, y).unwrap();
    let context = |what| format!("{name}: {what}");
    assert_close(&context("losses"), &aview1(report.losses()), &vector(&golden["epoch_losses"]), LOSS);
    let activations = net.layers().iter().map(Layer::activation);
    let last = &golden["final"];
    let last = layers(&last["weights"], &last["biases"], &Vec::from_iter(activations));
    assert_close(&context("parameters"), &parameters(net.layers()), &parameters(&last), PARAMETER);

    assert_eq!(report.epochs(), count(&golden["epochs"]), "{name}");
    assert_eq!(report.iterations(), count(&golden["iterations"]), "{name}");
    assert_eq!(net.iterations() + 1, report.iterations(), "{name}");
    let is_last_epoch = report.epochs() == net.config().max_epochs();
    let stop_reason = if is_last_epoch { StopReason::MaxEpochs } else { StopReason::Threshold };
    assert_eq!(report.stop_reason(), stop_reason, "{name}");
}

/// f(z) as the article defines it.
fn activate(activation: Activation, z: f64) -> f64 {
    match activation {
        Sigmoid => 1.0 / (1.0 + (-z).exp()),
        Identity => z,
        Relu => z.max(0.0),
        other => panic!("the article has no {other}"),
    }
}

fn surface(name: &Value) -> fn(f64, f64) -> f64 {
    match name.as_str().unwrap() {
        "f1" => |x1, x2| x1 * x1 + x2 * x2,
        "f2" => |x1, x2| x1 * x1 - x2 * x2,
        "f3" => |x1, x2| (1.2 * x1).cos() * (1.2 * x2).cos(),
        other => panic!("the article has no function {other}"),
    }
}

/// `(n, 1)` values of a function of the two columns of `x`.
fn values_of(surface: fn(f64, f64) -> f64, x: &Array2<f64>) -> Array2<f64> {
    x.map_axis(Axis(1), |x| surface(x[0], x[1])).insert_axis(Axis(1))
}

/// The points of the plot's mesh, from min − 0.5 to max + 0.5, which is excluded, along each axis.
fn grid(x: &Array2<f64>, golden: &Value) -> Array2<f64> {
    let step = number(&golden["grid_step"]);
    let axis = |j| {
        let column = x.column(j);
        let [min, max] = [f64::min, f64::max].map(|pick| column.iter().copied().reduce(pick).unwrap());
        // As in numpy.arange, a step is the difference of the first two values.
        let (start, end) = (min - 0.5, max + 0.5);
        let delta = (start + step) - start;
        Array1::from_shape_fn(((end - start) / step).ceil() as usize, |i| start + i as f64 * delta)
    };
    let (x1, x2) = (axis(0), axis(1));
    assert_eq!([x2.len(), x1.len()], [0, 1].map(|i| count(&golden["grid_shape"][i])));
    Array2::from_shape_fn((x1.len() * x2.len(), 2), |(i, j)| match j {
        0 => x1[i % x1.len()],
        _ => x2[i / x1.len()],
    })
}

/// The initial network of a file. Its shape is set as well, so that `build_from` checks it.
fn network<F: Scalar>(golden: &Value) -> Dnn<F> {
    let activations = activations(golden);
    let initial = layers(&golden["initial"]["weights"], &golden["initial"]["biases"], &activations);
    let cast = |layer: &Layer| {
        let (weights, biases) = (layer.weights().mapv(F::from_f64), layer.biases().mapv(F::from_f64));
        Layer::new(weights, biases, layer.activation()).unwrap()
    };
    builder(&golden["hyper"])
        .softmax(golden["softmax"].as_bool().or(golden["hyper"]["softmax"].as_bool()).unwrap_or(false))
        .input_shape(count(&golden["input"]))
        .shape(list(&golden["shape"]).iter().map(count))
        .activations(activations)
        .build_from(initial.iter().map(cast))
        .unwrap()
}

/// The hyper-parameters of a file; the others are the crate's defaults.
fn builder<F: Scalar>(hyper: &Value) -> DnnBuilder<F> {
    hyper.as_object().unwrap().iter().fold(Dnn::builder(), |builder, (name, value)| match name.as_str() {
        "eta" => builder.eta(number(value)),
        "threshold" => builder.threshold(number(value)),
        "softmax" => builder.softmax(value.as_bool().unwrap()),
        "max_epochs" => builder.max_epochs(count(value)),
        "regularization" => builder.regularization(number(value)),
        "minibatch_size" => builder.minibatch_size(count(value)),
        "momentum" => builder.momentum(number(value)),
        "decay_power" => builder.decay_power(number(value)),
        other => panic!("unknown hyper-parameter {other}"),
    })
}

fn activations(golden: &Value) -> Vec<Activation> {
    list(&golden["activations"]).iter().map(|name| name.as_str().unwrap().parse().unwrap()).collect()
}

/// Weights and biases of every layer; of velocities too, which have the same shape.
fn layers(weights: &Value, biases: &Value, activations: &[Activation]) -> Vec<Layer> {
    let (weights, biases) = (list(weights), list(biases));
    assert_eq!([weights.len(), biases.len()], [activations.len(); 2]);
    let parts = weights.iter().zip(biases).zip(activations);
    parts.map(|((w, b), &activation)| Layer::new(matrix(w), vector(b), activation).unwrap()).collect()
}
