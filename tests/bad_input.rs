//! Bad input, call by call: which error, with which numbers and which text, and that nothing has changed.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::fmt::Debug;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ndarray_dnn::Activation::{Identity, Relu, Sigmoid};
use ndarray_dnn::ndarray::{Array1, Array2, array, s};
use ndarray_dnn::{
    Activation, BatchOrder, Dnn, DnnBuilder, EarlyStopping, Error, Gradients, Init, Layer, Link, Loss,
    Optimizer, Pass, Scalar, StopReason,
};

const ORDERS: [BatchOrder; 3] = [BatchOrder::Cyclic, BatchOrder::Sequential, BatchOrder::Shuffled];

/// 2 inputs, 3 hidden neurons, 2 outputs.
fn builder<F: Scalar>() -> DnnBuilder<F> {
    Dnn::builder().input_shape(2).shape([3, 2]).activations([Sigmoid, Identity])
}

/// A trained network with everything that its verbs take, so that there is something to spoil.
#[derive(Clone, Debug)]
struct Bench {
    net: Dnn,
    x: Array2<f64>,
    y: Array2<f64>,
    pass: Pass,
    d: Array2<f64>,
    gradients: Gradients,
}

impl Bench {
    fn new(softmax: bool) -> Self {
        let x = array![[0.0, 1.0], [1.0, 0.0], [-1.0, 2.0]];
        let y = array![[1.0, 0.0], [0.25, 0.75], [0.0, 1.0]];
        let mut net =
            builder().softmax(softmax).batch_order(BatchOrder::Shuffled).max_epochs(2).build().unwrap();
        net.fit(&x, &y).unwrap();
        let pass = net.compute(&x).unwrap();
        let d = net.error(&pass, &y).unwrap();
        let gradients = net.bp(&pass, &d).unwrap();
        Self { net, x, y, pass, d, gradients }
    }

    /// That a call is refused with this error and this text, and has changed nothing.
    #[track_caller]
    fn refuses(&self, expected: &Error, text: &str, call: impl FnOnce(&mut Self) -> Result<(), Error>) {
        let mut after = self.clone();
        let error = call(&mut after).unwrap_err();
        assert_eq!(&error, expected);
        assert_eq!(error.to_string(), text);
        assert_eq!(after.net, self.net);
        assert_eq!(after.gradients, self.gradients);
        assert_eq!(after.d, self.d);
        assert_eq!(format!("{:?}", after.pass), format!("{:?}", self.pass));
    }

    /// Every verb that takes a data set.
    #[track_caller]
    fn refuses_data(&self, x: &Array2<f64>, y: &Array2<f64>, expected: &Error, text: &str) {
        self.refuses(expected, text, |bench| bench.net.fit(x, y).map(drop));
        self.refuses(expected, text, |bench| bench.net.partial_fit(x, y).map(drop));
        self.refuses(expected, text, |bench| bench.net.objective(x, y).map(drop));
    }

    /// Every verb that takes x alone and wants rows.
    #[track_caller]
    fn refuses_batch(&self, x: &Array2<f64>, expected: &Error, text: &str) {
        self.refuses(expected, text, |bench| bench.net.compute(x).map(drop));
        self.refuses(expected, text, |bench| bench.net.compute_into(x, &mut bench.pass));
    }

    /// Every verb that takes x alone.
    #[track_caller]
    fn refuses_input(&self, x: &Array2<f64>, expected: &Error, text: &str) {
        self.refuses_batch(x, expected, text);
        self.refuses(expected, text, |bench| bench.net.predict(x).map(drop));
    }

    /// Every verb that takes a pass and y.
    #[track_caller]
    fn refuses_targets(&self, pass: &Pass, y: &Array2<f64>, expected: &Error, text: &str) {
        self.refuses(expected, text, |bench| bench.net.error(pass, y).map(drop));
        self.refuses(expected, text, |bench| bench.net.error_into(pass, y, &mut bench.d));
        self.refuses(expected, text, |bench| bench.net.loss(pass, y).map(drop));
    }

    /// Every verb that takes a pass and d.
    #[track_caller]
    fn refuses_error(&self, pass: &Pass, d: &Array2<f64>, expected: &Error, text: &str) {
        self.refuses(expected, text, |bench| bench.net.bp(pass, d).map(drop));
        self.refuses(expected, text, |bench| {
            let pass = pass.clone();
            let before = format!("{pass:?}");
            let refused = bench.net.bp_into(&pass, d, &mut bench.gradients);
            assert_eq!(format!("{pass:?}"), before);
            refused
        });
    }
}

/// `array` with one value replaced.
fn with(array: &Array2<f64>, at: [usize; 2], value: f64) -> Array2<f64> {
    let mut array = array.clone();
    array[at] = value;
    array
}

/// What `call` returns, if it returns soon.
fn soon<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(call()));
    receiver.recv_timeout(Duration::from_secs(10)).expect("the call hangs or panics")
}

#[track_caller]
fn assert_refused<T: Debug>(result: Result<T, Error>, expected: &Error, text: &str) {
    let error = result.unwrap_err();
    assert_eq!(&error, expected);
    assert_eq!(error.to_string(), text);
}

type Setter<F> = fn(DnnBuilder<F>, f64) -> DnnBuilder<F>;

/// Each real setting: its name, its setter, its range, values that are refused, values that are not.
type Settings<F> = [(&'static str, Setter<F>, &'static str, &'static [f64], &'static [f64]); 8];

fn with_adam<F: Scalar>(builder: DnnBuilder<F>, beta1: f64, beta2: f64, epsilon: f64) -> DnnBuilder<F> {
    builder.optimizer(Optimizer::Adam { beta1, beta2, epsilon })
}

fn with_beta1<F: Scalar>(builder: DnnBuilder<F>, beta1: f64) -> DnnBuilder<F> {
    with_adam(builder, beta1, 0.999, 1e-8)
}

fn with_beta2<F: Scalar>(builder: DnnBuilder<F>, beta2: f64) -> DnnBuilder<F> {
    with_adam(builder, 0.9, beta2, 1e-8)
}

fn with_epsilon<F: Scalar>(builder: DnnBuilder<F>, epsilon: f64) -> DnnBuilder<F> {
    with_adam(builder, 0.9, 0.999, epsilon)
}

fn assert_ranges<F: Scalar>(settings: Settings<F>) {
    for (setting, set, legal, bad, good) in settings {
        for &bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN, -1.0, -1e-3].iter().chain(bad) {
            let layer = Layer::new(Array2::ones((2, 2)), Array1::ones(2), Identity).unwrap();
            let errors = [
                set(builder(), bad).build().unwrap_err(),
                set(Dnn::builder(), bad).build_from([layer]).unwrap_err(),
            ];
            for error in errors {
                let text = error.to_string();
                let Error::OutOfRange { name, range, element, value } = error else { panic!("{error}") };
                assert_eq!((name, range, element), (setting, legal, F::NAME));
                assert_eq!(value.to_bits(), bad.to_bits());
                let found =
                    text.strip_prefix(&format!("{name} must be {range} in {element}, found ")).unwrap();
                assert_eq!(found.parse::<f64>().unwrap().to_bits(), bad.to_bits(), "{text}");
            }
        }
        for &good in good {
            assert!(set(builder(), good).build().is_ok(), "{setting} = {good:e}");
        }
    }
}

#[test]
fn hyper_parameters_out_of_range_in_f64() {
    let at_least_0 = "at least 0 and finite";
    let tiny = f64::from_bits(1);
    assert_ranges::<f64>([
        (
            "eta",
            DnnBuilder::eta,
            "greater than 0 and finite",
            &[0.0, -0.0],
            &[5e-324, 1e-60, 1e300, f64::MAX],
        ),
        ("threshold", DnnBuilder::threshold, at_least_0, &[-5e-324], &[0.0, -0.0, 1e-60, f64::MAX]),
        ("regularization", DnnBuilder::regularization, at_least_0, &[-5e-324], &[0.0, -0.0, f64::MAX]),
        ("momentum", DnnBuilder::momentum, "at least 0 and less than 1", &[1.0, 1e300], &[0.0, -0.0, 0.999]),
        ("decay_power", DnnBuilder::decay_power, at_least_0, &[-5e-324], &[0.0, -0.0, f64::MAX]),
        ("beta1", with_beta1, "at least 0 and less than 1", &[1.0, 1e300], &[0.0, -0.0, 0.999]),
        ("beta2", with_beta2, "at least 0 and less than 1", &[1.0, 1e300], &[0.0, -0.0, 0.999]),
        ("epsilon", with_epsilon, "greater than 0 and finite", &[0.0, -0.0], &[5e-324, 1e-60, f64::MAX]),
    ]);
    assert!(builder::<f64>().eta(tiny).momentum(1.0 - f64::EPSILON / 2.0).build().is_ok());
}

#[test]
fn hyper_parameters_out_of_range_once_rounded_to_f32() {
    let at_least_0 = "at least 0 and finite";
    assert_ranges::<f32>([
        (
            "eta",
            DnnBuilder::eta,
            "greater than 0 and finite",
            &[0.0, 1e-60, 1e-46, 1e39, 1e300],
            &[2e-45, 3e38],
        ),
        ("threshold", DnnBuilder::threshold, at_least_0, &[-1e-60, 1e39], &[0.0, 1e-60, 3e38]),
        ("regularization", DnnBuilder::regularization, at_least_0, &[-1e-60, 1e39], &[0.0, 1e-60, 3e38]),
        (
            "momentum",
            DnnBuilder::momentum,
            "at least 0 and less than 1",
            &[1.0, 1.0 - 1e-9],
            &[0.0, 0.999_999],
        ),
        ("decay_power", DnnBuilder::decay_power, at_least_0, &[-1e-60, 1e39], &[0.0, 1e-60, 3e38]),
        ("beta1", with_beta1, "at least 0 and less than 1", &[1.0, 1.0 - 1e-9], &[0.0, 0.999_999]),
        ("beta2", with_beta2, "at least 0 and less than 1", &[1.0, 1.0 - 1e-9], &[0.0, 0.999_999]),
        ("epsilon", with_epsilon, "greater than 0 and finite", &[0.0, 1e-60, 1e39], &[2e-45, 3e38]),
    ]);
}

#[test]
fn slopes_and_starts_out_of_range() {
    let out_of_range = |name, range, element, value| Error::OutOfRange { name, range, element, value };
    let at_least_0 = "at least 0 and finite";
    for slope in [-1.0, -5e-324, f64::INFINITY, f64::NEG_INFINITY, 1e39] {
        let leaky = Activation::LeakyRelu { slope };
        let text = format!("slope must be at least 0 and finite in f32, found {slope:?}");
        let expected = out_of_range("slope", at_least_0, "f32", slope);
        if slope != -5e-324 {
            assert_refused(builder::<f32>().activations([Sigmoid, leaky]).build(), &expected, &text);
            assert_refused(Layer::<f32>::new(Array2::ones((1, 1)), Array1::ones(1), leaky), &expected, &text);
        }
        let in_f64 = Layer::<f64>::new(Array2::ones((1, 1)), Array1::ones(1), leaky);
        assert_eq!(in_f64.is_ok(), slope == 1e39, "{slope:?}");
    }
    let leaky = Activation::LeakyRelu { slope: f64::NAN };
    assert!(matches!(
        builder::<f64>().activations([leaky, leaky]).build(),
        Err(Error::OutOfRange { name: "slope", .. })
    ));

    let start = |low, high| builder::<f64>().init(Init::Uniform { low, high }).build();
    for bad in [f64::INFINITY, f64::NEG_INFINITY] {
        let text = |name| format!("{name} must be finite in f64, found {bad:?}");
        assert_refused(start(bad, 1.0), &out_of_range("low", "finite", "f64", bad), &text("low"));
        assert_refused(start(0.0, bad), &out_of_range("high", "finite", "f64", bad), &text("high"));
    }
    for (low, high) in [(1.0, 0.0), (0.5, 0.25), (f64::MIN, f64::MAX)] {
        let width = high - low;
        assert_refused(
            start(low, high),
            &out_of_range("high - low", at_least_0, "f64", width),
            &format!("high - low must be at least 0 and finite in f64, found {width:?}"),
        );
    }
    for (low, high) in [(0.0, 0.0), (-1.0, -1.0), (0.0, f64::MAX), (0.0, 5e-324), (-1e307, 1e307)] {
        let net = start(low, high).unwrap();
        let parameters = net.layers()[0].weights().to_owned();
        assert!(parameters.iter().all(|w| (low..=high).contains(w)), "{parameters}");
    }
}

#[test]
fn settings_that_exclude_each_other() {
    let conflict =
        |name, value: &str, other: &str| Error::Conflict { name, value: value.into(), other: other.into() };
    for loss in [Loss::Squared, Loss::BinaryCrossEntropy] {
        assert_refused(
            builder::<f64>().softmax(true).loss(loss).build(),
            &conflict("softmax", "true", &format!("loss({loss:?})")),
            &format!("softmax(true) does not go with loss({loss:?})"),
        );
        assert!(builder::<f64>().softmax(false).loss(loss).build().is_ok());
    }
    let adam = "optimizer(Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 })";
    for builder in [
        builder::<f64>().momentum(0.9).optimizer(Optimizer::adam()),
        builder::<f64>().optimizer(Optimizer::adam()).momentum(0.9),
    ] {
        let text = format!("momentum(0.9) does not go with {adam}");
        assert_refused(builder.build(), &conflict("momentum", "0.9", adam), &text);
    }
    assert!(builder::<f64>().momentum(0.9).optimizer(Optimizer::Nesterov).build().is_ok());
}

#[test]
fn targets_that_are_no_probabilities() {
    let x = array![[0.0, 1.0], [1.0, 0.0], [-1.0, 2.0]];
    let y = array![[1.0, 0.0], [0.25, 0.75], [0.0, 1.0]];
    let mut net = builder::<f64>().loss(Loss::BinaryCrossEntropy).build().unwrap();
    net.fit(&x, &y).unwrap();
    let pass = net.compute(&x).unwrap();
    let before = net.clone();
    for value in [-0.5, -5e-324, 1.0 + f64::EPSILON, 1e300] {
        let y = with(&y, [2, 1], value);
        let expected = Error::NotAProbability { row: 2, column: 1, value };
        let text = format!(
            "with binary cross-entropy, y must be at least 0 and at most 1, found {value:?} in row 2, column 1"
        );
        assert_refused(net.fit(&x, &y), &expected, &text);
        assert_refused(net.partial_fit(&x, &y), &expected, &text);
        assert_refused(net.objective(&x, &y), &expected, &text);
        assert_refused(net.error(&pass, &y), &expected, &text);
        assert_refused(net.loss(&pass, &y), &expected, &text);
        assert_eq!(net, before);
    }
}

#[test]
fn sample_weights() {
    let bench = Bench::new(false);
    let (x, y) = (&bench.x, &bench.y);
    let refuses = |weights: &Array1<f64>, expected: &Error, text: &str| {
        bench.refuses(expected, text, |bench| {
            bench.net.training(x, y).sample_weights(weights).run().map(drop)
        });
    };
    for found in [0, 1, 2, 4] {
        let expected = Error::Length { what: "sample_weights", expected: 3, found };
        let text = format!("sample_weights must have 3 elements, found {found}");
        refuses(&Array1::ones(found), &expected, &text);
    }
    for weight in [-1.0, -5e-324, f64::INFINITY, f64::NEG_INFINITY] {
        let weights = array![1.0, weight, 0.0];
        let expected = Error::SampleWeight { row: 1, weight };
        let text = format!("sample_weights must be at least 0 and finite, found {weight:?} in row 1");
        refuses(&weights, &expected, &text);
    }
    let mut net = bench.net.clone();
    let refused = net.training(x, y).sample_weights(&array![0.0, 1.0, f64::NAN]).run().unwrap_err();
    assert!(matches!(refused, Error::SampleWeight { row: 2, weight } if weight.is_nan()));
    let sum_of = |sum| Error::SampleWeightSum { sum };
    let text = |sum: f64| format!("sample_weights must have a sum greater than 0 and finite, found {sum:?}");
    refuses(&array![0.0, -0.0, 0.0], &sum_of(0.0), &text(0.0));
}

#[test]
fn validation_data_and_early_stopping() {
    let bench = Bench::new(false);
    let (x, y) = (&bench.x, &bench.y);
    let refuses = |xv: &Array2<f64>, yv: &Array2<f64>, inner: Error| {
        let text = format!("of the validation data: {inner}");
        let expected = Error::Validation(Box::new(inner));
        bench.refuses(&expected, &text, |bench| bench.net.training(x, y).validation(xv, yv).run().map(drop));
    };
    refuses(&Array2::ones((0, 2)), y, Error::Empty { what: "x", rows: 0, columns: 2 });
    refuses(x, &Array2::ones((2, 2)), Error::RowCount { what: "y", expected: 3, found: 2 });
    refuses(&Array2::ones((3, 1)), y, Error::ColumnCount { what: "x", expected: 2, found: 1 });
    refuses(x, &Array2::ones((3, 3)), Error::ColumnCount { what: "y", expected: 2, found: 3 });
    refuses(&with(x, [1, 0], f64::NAN), y, Error::NonFinite { what: "x", row: 1, column: 0 });
    refuses(x, &with(y, [2, 1], f64::INFINITY), Error::NonFinite { what: "y", row: 2, column: 1 });

    let stops = |early_stopping: EarlyStopping, expected: Error, text: &str| {
        bench.refuses(&expected, text, |bench| {
            bench.net.training(x, y).validation(x, y).early_stopping(early_stopping).run().map(drop)
        });
    };
    let five = EarlyStopping::new(5);
    stops(EarlyStopping::new(0), Error::Zero { name: "patience" }, "patience must be at least 1, found 0");
    for value in [-1.0, -5e-324, f64::INFINITY] {
        stops(
            five.min_delta(value),
            Error::OutOfRange { name: "min_delta", range: "at least 0 and finite", element: "f64", value },
            &format!("min_delta must be at least 0 and finite in f64, found {value:?}"),
        );
    }
    bench.refuses(&Error::NoValidation, "early stopping needs validation data, found none", |bench| {
        bench.net.training(x, y).early_stopping(five).run().map(drop)
    });
    bench.refuses(&Error::Zero { name: "max_epochs" }, "max_epochs must be at least 1, found 0", |bench| {
        bench.net.training(x, y).max_epochs(0).run().map(drop)
    });
}

#[test]
fn other_settings_for_a_trained_network() {
    let bench = Bench::new(false);
    type Change = fn(DnnBuilder) -> DnnBuilder;
    let disagreement = |name, expected: &str, found: &str| Error::Disagreement {
        name,
        expected: expected.into(),
        found: found.into(),
    };
    let cases: [(Change, Error); 7] = [
        (|builder| builder.input_shape(3), disagreement("input_shape", "2", "3")),
        (|builder| builder.shape([3, 3]), disagreement("shape", "[3, 2]", "[3, 3]")),
        (|builder| builder.shape([2]), disagreement("shape", "[3, 2]", "[2]")),
        (
            |builder| builder.activations([Relu, Identity]),
            disagreement("activations", "[Sigmoid, Identity]", "[Relu, Identity]"),
        ),
        (|builder| builder.minibatch_size(0), Error::Zero { name: "minibatch_size" }),
        (
            |builder| builder.eta(-1.0),
            Error::OutOfRange {
                name: "eta",
                range: "greater than 0 and finite",
                element: "f64",
                value: -1.0,
            },
        ),
        (
            |builder| builder.softmax(true).loss(Loss::Squared),
            Error::Conflict { name: "softmax", value: "true".into(), other: "loss(Squared)".into() },
        ),
    ];
    for (change, expected) in cases {
        let text = expected.to_string();
        bench.refuses(&expected, &text, |bench| bench.net.reconfigure(change));
    }
    let mut net = bench.net.clone();
    net.reconfigure(|builder| builder.input_shape(2).shape([3, 2]).activations([Sigmoid, Identity])).unwrap();
    assert_eq!(net, bench.net);
    // Only a momentum that is set here is in the way of Adam.
    net.reconfigure(|builder| builder.momentum(0.5)).unwrap();
    net.reconfigure(|builder| builder.optimizer(Optimizer::adam())).unwrap();
    assert!(matches!(net.reconfigure(|builder| builder.momentum(0.5)), Err(Error::Conflict { .. })));
}

#[test]
fn a_message_does_not_write_out_hundreds_of_digits() {
    let errors = [
        builder::<f32>().eta(1e300).build().unwrap_err(),
        builder::<f32>().eta(1e-60).build().unwrap_err(),
        builder::<f64>().threshold(f64::MIN).build().unwrap_err(),
        Error::Diverged { epoch: 1, iteration: 1, eta: 1e300 },
        Error::NotADistribution { row: 0, sum: 1e300, minimum: -1e300, tolerance: 1e-6 },
    ];
    for error in errors {
        assert!(error.to_string().len() < 160, "{error}");
    }
}

#[test]
fn structure_and_counts() {
    let new = Dnn::<f64>::builder;
    let two = [Sigmoid, Identity];
    let not_set = |name| Error::NotSet { name };
    let cases = [
        (new(), not_set("input_shape"), "input_shape must be set before the network is built"),
        (new().input_shape(2), not_set("shape"), "shape must be set before the network is built"),
        (
            new().input_shape(2).shape([1]),
            not_set("activations"),
            "activations must be set before the network is built",
        ),
        (
            builder().input_shape(0),
            Error::Zero { name: "input_shape" },
            "input_shape must be at least 1, found 0",
        ),
        (
            builder().minibatch_size(0),
            Error::Zero { name: "minibatch_size" },
            "minibatch_size must be at least 1, found 0",
        ),
        (
            builder().max_epochs(0),
            Error::Zero { name: "max_epochs" },
            "max_epochs must be at least 1, found 0",
        ),
        (builder().shape([]), Error::EmptyShape, "a network must have at least one layer, found none"),
        (
            builder().shape([]).activations([]),
            Error::EmptyShape,
            "a network must have at least one layer, found none",
        ),
        (builder().shape([0, 2]), Error::ZeroWidth { layer: 0 }, "shape[0] must be at least 1, found 0"),
        (builder().shape([3, 0]), Error::ZeroWidth { layer: 1 }, "shape[1] must be at least 1, found 0"),
        (
            builder().activations([]),
            Error::ActivationCount { expected: 2, found: 0 },
            "activations must name one for each layer: expected 2, found 0",
        ),
        (
            builder().activations([Relu]),
            Error::ActivationCount { expected: 2, found: 1 },
            "activations must name one for each layer: expected 2, found 1",
        ),
        (
            builder().shape([1]).activations(two),
            Error::ActivationCount { expected: 1, found: 2 },
            "activations must name one for each layer: expected 1, found 2",
        ),
    ];
    for (builder, expected, text) in cases {
        assert_refused(builder.build(), &expected, text);
    }
}

#[test]
fn shapes_that_do_not_fit_in_memory() {
    let cases: [(usize, &[usize], [usize; 2]); 7] = [
        (1, &[usize::MAX, 1], [usize::MAX, 1]),
        (2, &[usize::MAX, 1], [usize::MAX, 2]),
        (2, &[1, usize::MAX], [usize::MAX, 1]),
        (usize::MAX, &[1], [1, usize::MAX]),
        (usize::MAX, &[usize::MAX], [usize::MAX, usize::MAX]),
        (2, &[1 << 40, 1 << 30], [1 << 40, 2]),
        (1 << 30, &[1 << 33, 1], [1 << 33, 1 << 30]),
    ];
    for (input, shape, [rows, columns]) in cases {
        let activations = vec![Identity; shape.len()];
        let (shape, built) =
            (shape.to_vec(), Dnn::<f64>::builder().input_shape(input).activations(activations));
        let error = soon(move || built.shape(shape).build().unwrap_err());
        assert_eq!(error, Error::TooLarge { what: "the weights of a layer", rows, columns });
        let numbers = format!(": {rows} rows of {columns} columns");
        assert!(error.to_string().ends_with(&numbers), "{error}");
    }
}

#[test]
fn unknown_activations() {
    for name in ["", "Sigmoid", "relu ", "softmax", "tan\n"] {
        assert_refused(
            name.parse::<Activation>(),
            &Error::UnknownActivation { name: name.into() },
            &format!(
                "unknown activation {name:?}: expected one of sigmoid, identity, relu, tanh, leaky_relu(slope)"
            ),
        );
    }
}

#[test]
fn layers() {
    let new = |weights: (usize, usize), biases| {
        Layer::<f64>::new(Array2::ones(weights), Array1::ones(biases), Relu)
    };
    let empty = |rows, columns| Error::Empty { what: "weights", rows, columns };
    assert_refused(new((0, 2), 0), &empty(0, 2), "weights must not be empty, found 0 rows of 2 columns");
    assert_refused(new((2, 0), 2), &empty(2, 0), "weights must not be empty, found 2 rows of 0 columns");
    let huge = isize::MAX as usize;
    assert_refused(
        new((huge, 0), 1),
        &empty(huge, 0),
        &format!("weights must not be empty, found {huge} rows of 0 columns"),
    );
    for found in [0, 1, 3] {
        let error = new((2, 3), found).unwrap_err();
        assert_eq!(error, Error::Length { what: "biases", expected: 2, found });
        assert!(error.to_string().starts_with("biases must have 2 "), "{error}");
        assert!(error.to_string().ends_with(&format!(", found {found}")), "{error}");
    }
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_refused(
            Layer::new(array![[0.0, 0.0], [value, value]], array![0.0, 0.0], Relu),
            &Error::NonFinite { what: "weights", row: 1, column: 0 },
            "weights must be finite, found NaN or infinity in row 1, column 0",
        );
        assert_eq!(
            Layer::new(Array2::ones((2, 1)), array![0.0, value], Relu),
            Err(Error::NonFinite { what: "biases", row: 1, column: 0 })
        );
    }
}

#[test]
fn layers_that_do_not_chain_or_disagree() {
    let layer = |fan_out, fan_in| {
        Layer::<f64>::new(Array2::ones((fan_out, fan_in)), Array1::ones(fan_out), Relu).unwrap()
    };
    let new = Dnn::<f64>::builder;
    assert_refused(
        new().build_from([]),
        &Error::EmptyShape,
        "a network must have at least one layer, found none",
    );
    for found in [1, 3, 5] {
        assert_refused(
            new().build_from([layer(2, 2), layer(4, 2), layer(1, found)]),
            &Error::LayerChain { layer: 2, expected: 4, found },
            &format!(
                "layer 2 must take the 4 outputs of the layer before, found weights with {found} columns"
            ),
        );
    }
    let disagreements = [
        (new().input_shape(3), "input_shape", "2", "3"),
        (new().input_shape(0), "input_shape", "2", "0"),
        (new().shape([]), "shape", "[4, 1]", "[]"),
        (new().shape([4]), "shape", "[4, 1]", "[4]"),
        (new().shape([4, 1, 1]), "shape", "[4, 1]", "[4, 1, 1]"),
        (new().activations([Relu]), "activations", "[Relu, Relu]", "[Relu]"),
        (new().activations([Relu, Identity]), "activations", "[Relu, Relu]", "[Relu, Identity]"),
    ];
    for (builder, name, expected, found) in disagreements {
        assert_refused(
            builder.build_from([layer(4, 2), layer(1, 4)]),
            &Error::Disagreement { name, expected: expected.into(), found: found.into() },
            &format!("{name} must agree with the given layers: expected {expected}, found {found}"),
        );
    }
    assert_eq!(
        new().max_epochs(0).build_from([layer(4, 2)]).unwrap_err(),
        Error::Zero { name: "max_epochs" }
    );
}

#[test]
fn data_of_the_wrong_size() {
    let bench = Bench::new(false);
    let zeros = |rows, columns| Array2::zeros((rows, columns));
    for (x, y, what, rows, columns) in [
        (zeros(0, 2), zeros(0, 2), "x", 0, 2),
        (zeros(3, 0), zeros(3, 2), "x", 3, 0),
        (zeros(0, 0), zeros(3, 2), "x", 0, 0),
        (zeros(isize::MAX as usize, 0), zeros(3, 2), "x", isize::MAX as usize, 0),
        (zeros(3, 2), zeros(0, 2), "y", 0, 2),
        (zeros(3, 2), zeros(3, 0), "y", 3, 0),
    ] {
        let text = format!("{what} must not be empty, found {rows} rows of {columns} columns");
        let expected = Error::Empty { what, rows, columns };
        bench.refuses_data(&x, &y, &expected, &text);
        if what == "x" {
            bench.refuses_batch(&x, &expected, &text);
        }
    }
    for found in [1, 2, 4, 100] {
        let expected = Error::RowCount { what: "y", expected: 3, found };
        let text = format!("y must have 3 rows, found {found}");
        bench.refuses_data(&zeros(3, 2), &zeros(found, 2), &expected, &text);
    }
    for found in [1, 3] {
        let expected = |what| Error::ColumnCount { what, expected: 2, found };
        let text = |what| format!("{what} must have 2 columns, found {found}");
        bench.refuses_data(&zeros(3, found), &zeros(3, 2), &expected("x"), &text("x"));
        bench.refuses_data(&zeros(3, 2), &zeros(3, found), &expected("y"), &text("y"));
        bench.refuses_input(&zeros(3, found), &expected("x"), &text("x"));
    }
    let expected = Error::ColumnCount { what: "x", expected: 2, found: 0 };
    bench.refuses(&expected, "x must have 2 columns, found 0", |bench| {
        bench.net.predict(&Array2::zeros((0, 0))).map(drop)
    });
}

#[test]
fn data_that_are_not_finite() {
    for bench in [Bench::new(false), Bench::new(true)] {
        for value in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for [row, column] in [[0, 0], [0, 1], [2, 0], [2, 1]] {
                let expected = |what| Error::NonFinite { what, row, column };
                let text = |what| {
                    format!("{what} must be finite, found NaN or infinity in row {row}, column {column}")
                };
                // A later one as well, which is not the one that is named.
                let x = with(&with(&bench.x, [2, 1], f64::NAN), [row, column], value);
                let y = with(&with(&bench.y, [2, 1], f64::NAN), [row, column], value);
                let d = with(&bench.d, [row, column], value);
                bench.refuses_data(&x, &bench.y, &expected("x"), &text("x"));
                bench.refuses_input(&x, &expected("x"), &text("x"));
                bench.refuses_data(&bench.x, &y, &expected("y"), &text("y"));
                bench.refuses_targets(&bench.pass, &y, &expected("y"), &text("y"));
                bench.refuses_error(&bench.pass, &d, &expected("d"), &text("d"));
            }
        }
    }
    // In any memory layout, by the row and column of the view.
    let bench = Bench::new(false);
    let x = array![[0.0, 0.0, f64::NAN], [0.0, 0.0, 0.0]];
    let expected = |row, column| Error::NonFinite { what: "x", row, column };
    assert_eq!(bench.net.predict(&x.t()).unwrap_err(), expected(2, 0));
    assert_eq!(bench.net.predict(&x.t().slice(s![..;-1, ..;-1])).unwrap_err(), expected(0, 1));
    let block = Array2::from_shape_fn((1000, 2), |(i, j)| if (i, j) == (999, 1) { f64::NAN } else { 0.0 });
    assert_eq!(bench.net.predict(&block).unwrap_err(), expected(999, 1));
}

#[test]
fn targets_that_are_no_distribution() {
    let bench = Bench::new(true);
    for (row, [a, b]) in [
        (0, [0.0, 0.0]),
        (1, [1.0, 1.0]),
        (2, [1.5, -0.5]),
        (2, [-1e-9, 1.0]),
        (0, [0.5, 0.5 + 1.1e-6]),
        (0, [0.5, 0.5 - 1.1e-6]),
        (1, [f64::MAX, f64::MAX]),
    ] {
        let y = with(&with(&bench.y, [row, 0], a), [row, 1], b);
        let (sum, minimum) = (a + b, a.min(b));
        let expected = Error::NotADistribution { row, sum, minimum, tolerance: 1e-6 };
        let text = expected.to_string();
        let start = format!(
            "with softmax, row {row} of y must be values of at least 0 that sum to 1 within 1e-6, found a sum of "
        );
        assert!(text.starts_with(&start), "{text}");
        bench.refuses_data(&bench.x, &y, &expected, &text);
        bench.refuses_targets(&bench.pass, &y, &expected, &text);
    }
    for [a, b] in [[1.0, -0.0], [0.5, 0.5 + 0.9e-6], [0.5, 0.5 - 0.9e-6]] {
        let y = with(&with(&bench.y, [0, 0], a), [0, 1], b);
        assert!(bench.net.objective(&bench.x, &y).is_ok());
    }
    // The tolerance is wider in f32.
    let net = builder::<f32>().softmax(true).build().unwrap();
    let objective = |b| net.objective(&array![[0.0, 0.0]], &array![[0.5, b]]);
    assert!(objective(0.5 + 0.9e-4).is_ok() && objective(0.5 - 0.9e-4).is_ok());
    for b in [0.5 + 1.1e-4, 0.5 - 1.1e-4] {
        let expected = Error::NotADistribution {
            row: 0,
            sum: 0.5 + f64::from(b),
            minimum: f64::from(b).min(0.5),
            tolerance: 1e-4,
        };
        assert_eq!(objective(b).unwrap_err(), expected);
    }
}

#[test]
fn targets_and_errors_that_do_not_go_with_the_pass() {
    let bench = Bench::new(false);
    for found in [0, 1, 2, 4] {
        let expected = |what| Error::RowCount { what, expected: 3, found };
        let text = |what| format!("{what} must have 3 rows, found {found}");
        bench.refuses_targets(&bench.pass, &Array2::zeros((found, 2)), &expected("y"), &text("y"));
        bench.refuses_error(&bench.pass, &Array2::zeros((found, 2)), &expected("d"), &text("d"));
    }
    for found in [0, 1, 3] {
        let expected = |what| Error::ColumnCount { what, expected: 2, found };
        let text = |what| format!("{what} must have 2 columns, found {found}");
        bench.refuses_targets(&bench.pass, &Array2::zeros((3, found)), &expected("y"), &text("y"));
        bench.refuses_error(&bench.pass, &Array2::zeros((3, found)), &expected("d"), &text("d"));
    }
}

#[test]
fn passes_and_gradients_of_another_network() {
    let bench = Bench::new(false);
    let other = |inputs: usize, shape: &[usize]| -> Dnn {
        let activations = vec![Identity; shape.len()];
        Dnn::builder().input_shape(inputs).shape(shape.to_vec()).activations(activations).build().unwrap()
    };
    let cases = [
        (None, vec![]),
        (Some(other(1, &[3, 2])), vec![1, 3, 2]),
        (Some(other(2, &[4, 2])), vec![2, 4, 2]),
        (Some(other(2, &[3, 1])), vec![2, 3, 1]),
        (Some(other(2, &[2])), vec![2, 2]),
        (Some(other(2, &[3, 2, 2])), vec![2, 3, 2, 2]),
    ];
    for (other, found) in cases {
        let (mut pass, mut gradients) = (Pass::default(), Gradients::default());
        if let Some(other) = other {
            pass = other.compute(&Array2::ones((3, other.input_shape()))).unwrap();
            gradients = other.bp(&pass, &Array2::ones((3, other.output_shape()))).unwrap();
        }
        let expected = |what| Error::Foreign { what, expected: vec![2, 3, 2], found: found.clone() };
        let text = |what| format!("{what} must be of a network of sizes [2, 3, 2], found {found:?}");
        bench.refuses_targets(&pass, &bench.y, &expected("pass"), &text("pass"));
        bench.refuses_error(&pass, &bench.d, &expected("pass"), &text("pass"));
        bench.refuses(&expected("gradients"), &text("gradients"), |bench| bench.net.update(&gradients));
        if !found.is_empty() {
            bench.refuses(&expected("other"), &text("other"), |bench| bench.gradients.merge(&gradients));
        }
    }
}

#[test]
fn passes_with_another_link() {
    let (with, without) = (Bench::new(true), Bench::new(false));
    let cases =
        [(&with, &without, Link::Softmax, Link::Identity), (&without, &with, Link::Identity, Link::Softmax)];
    for (bench, other, expected, found) in cases {
        let error = Error::ForeignLink { expected, found };
        let text = format!("pass must be of a network whose link is {expected}, found {found}");
        bench.refuses_targets(&other.pass, &bench.y, &error, &text);
        bench.refuses_error(&other.pass, &bench.d, &error, &text);
    }
}

#[test]
fn gradients_that_are_not_finite() {
    // An output layer that takes an infinite value: its gradients are 0 · ∞.
    let hidden = Layer::new(array![[1e308]], array![0.0], Identity).unwrap();
    let output = Layer::new(array![[1.0], [1.0]], array![0.0, 0.0], Sigmoid).unwrap();
    let mut net = Dnn::builder().build_from([hidden, output]).unwrap();
    let before = net.clone();
    let pass = net.compute(&array![[100.0]]).unwrap();
    assert_eq!(pass.output(), array![[1.0, 1.0]]);
    let gradients = net.bp(&pass, &array![[0.0, 0.0]]).unwrap();
    let error = net.update(&gradients).unwrap_err();
    assert!(matches!(error, Error::NonFinite { row: 0, column: 0, .. }), "{error}");
    assert!(error.to_string().starts_with("the weights of gradients must be finite, found "), "{error}");
    assert_eq!(net, before);
    // An error whose sum over the rows overflows, which reaches the weights times 1e-10 only.
    let layer = Layer::new(array![[1.0], [1.0]], array![0.0, 0.0], Identity).unwrap();
    let mut net = Dnn::builder().build_from([layer]).unwrap();
    let before = net.clone();
    let pass = net.compute(&array![[1e-10], [1e-10]]).unwrap();
    let gradients = net.bp(&pass, &array![[0.0, f64::MAX], [0.0, f64::MAX]]).unwrap();
    assert_refused(
        net.update(&gradients),
        &Error::NonFinite { what: "the biases of gradients", row: 1, column: 0 },
        "the biases of gradients must be finite, found NaN or infinity in row 1, column 0",
    );
    assert_eq!(net, before);
}

#[test]
fn outputs_that_are_not_finite() {
    let layer = Layer::new(array![[1e308], [1.0]], array![0.0, 0.0], Identity).unwrap();
    for softmax in [false, true] {
        let mut net = Dnn::builder().softmax(softmax).build_from([layer.clone()]).unwrap();
        let before = net.clone();
        let x = Array2::from_shape_fn((600, 1), |(i, _)| if i == 520 { 100.0 } else { 0.0 });
        let y = Array2::from_elem((600, 2), 0.5);
        let expected = Error::NonFinite { what: "the output", row: 520, column: 0 };
        let text = "the output must be finite, found NaN or infinity in row 520, column 0";
        assert_refused(net.compute(&x), &expected, text);
        assert_refused(net.predict(&x), &expected, text);
        assert_refused(net.objective(&x, &y), &expected, text);
        // A pass that was there before is empty then, and refused.
        let mut pass = net.compute(&array![[1.0]]).unwrap();
        assert_refused(net.compute_into(&x, &mut pass), &expected, text);
        assert_eq!((pass.rows(), pass.output().dim(), pass.outputs(0)), (0, (0, 0), None));
        let foreign = Error::Foreign { what: "pass", expected: vec![1, 2], found: vec![] };
        assert_eq!(net.error(&pass, &y).unwrap_err(), foreign);
        assert!(matches!(net.fit(&x, &y), Err(Error::Diverged { epoch: 1, .. })));
        assert_eq!(net, before);
    }
}

#[test]
fn relu_does_not_hide_nan() {
    // ∞ − ∞ in the second layer.
    let hidden = Layer::new(array![[1e308], [-1e308]], array![0.0, 0.0], Identity).unwrap();
    let output = Layer::new(array![[1.0, 1.0]], array![0.0], Relu).unwrap();
    let net = Dnn::builder().build_from([hidden, output]).unwrap();
    let expected = Error::NonFinite { what: "the output", row: 0, column: 0 };
    assert_eq!(net.predict(&array![[100.0]]), Err(expected));
}

#[test]
fn a_data_set_that_repeats_one_row_for_ever() {
    let net: Dnn = builder().build().unwrap();
    let row = array![0.5, -0.5];
    let rows = 1 << 60;
    let refused = |result: Result<(), Error>| match result {
        Err(Error::TooLarge { rows: found, .. }) => assert_eq!(found, rows),
        other => panic!("{other:?}"),
    };
    let (this, x) = (net.clone(), row.clone());
    refused(soon(move || this.predict(&x.broadcast((rows, 2)).unwrap()).map(drop)));
    let (this, x) = (net.clone(), row.clone());
    refused(soon(move || this.compute(&x.broadcast((rows, 2)).unwrap()).map(drop)));
    refused(soon(move || net.compute_into(&row.broadcast((rows, 2)).unwrap(), &mut Pass::default())));
    // What is wrong with its columns is said at once.
    let bench = Bench::new(false);
    let one = array![[0.0]];
    let x = one.broadcast((rows, 1)).unwrap();
    let expected = Error::ColumnCount { what: "x", expected: 2, found: 1 };
    assert_eq!(bench.net.predict(&x).unwrap_err(), expected);
    assert_eq!(bench.net.compute(&x).unwrap_err(), expected);
    let y = array![[0.0, 0.0]];
    let expected = Error::RowCount { what: "y", expected: 3, found: rows };
    assert_eq!(bench.net.objective(&bench.x, &y.broadcast((rows, 2)).unwrap()).unwrap_err(), expected);
    assert_eq!(bench.net.error(&bench.pass, &y.broadcast((rows, 2)).unwrap()).unwrap_err(), expected);
}

#[test]
fn a_permutation_that_does_not_fit_in_memory() {
    let refused = soon(|| {
        let (x, y) = (array![0.5, -0.5], array![0.0, 0.0]);
        let mut net: Dnn = builder().batch_order(BatchOrder::Shuffled).build().unwrap();
        let before = net.clone();
        let fitted = net.fit(&x.broadcast((1 << 60, 2)).unwrap(), &y.broadcast((1 << 60, 2)).unwrap());
        assert_eq!(net, before);
        fitted
    });
    assert!(matches!(refused, Err(Error::TooLarge { rows, .. }) if rows == 1 << 60));
}

#[test]
fn the_objective_is_a_number_wherever_the_output_is() {
    // ‖θ‖² overflows, but 0 times it is 0.
    let layer = Layer::new(array![[1e200]], array![0.0], Identity).unwrap();
    let net = Dnn::builder().regularization(0.0).build_from([layer]).unwrap();
    assert_eq!(net.objective(&array![[0.0]], &array![[2.0]]), Ok(2.0));
    // The difference of two logits overflows, but its y is 0.
    let layer = Layer::new(array![[3e38_f32], [-3e38]], array![0.0, 0.0], Identity).unwrap();
    let net = Dnn::builder().softmax(true).regularization(0.0).build_from([layer]).unwrap();
    assert_eq!(net.objective(&array![[1.0]], &array![[1.0, 0.0]]), Ok(0.0));
    let pass = net.compute(&array![[1.0]]).unwrap();
    assert_eq!(net.loss(&pass, &array![[1.0, 0.0]]), Ok(0.0));
}

#[test]
fn empty_buffers_are_filled() {
    let bench = Bench::new(false);
    let (mut pass, mut gradients) = (Pass::default(), Gradients::default());
    assert_eq!((pass.rows(), pass.output().dim(), gradients.weight()), (0, (0, 0), 0.0));
    assert!(pass.outputs(0).is_none() && pass.outputs(usize::MAX).is_none());
    assert!(gradients.weights(0).is_none() && gradients.biases(usize::MAX).is_none());
    bench.net.compute_into(&bench.x, &mut pass).unwrap();
    // d of any size and layout, that is larger than it need be.
    let mut d = Array2::ones((9, 7)).slice_move(s![..;-2, 1..6;-1]);
    bench.net.error_into(&pass, &bench.y, &mut d).unwrap();
    bench.net.bp_into(&pass, &d, &mut gradients).unwrap();
    assert_eq!((&d, &gradients), (&bench.d, &bench.gradients));
    let mut merged = Gradients::default();
    merged.merge(&gradients).unwrap();
    assert_eq!(merged, gradients);
    merged = Gradients::default();
    merged.merge(&Gradients::default()).unwrap();
    assert_eq!(merged, Gradients::default());
    // Of another network, they are filled as well.
    let small: Dnn =
        Dnn::builder().input_shape(1).shape([1]).activations([Relu]).softmax(true).build().unwrap();
    small.compute_into(&array![[1.0]], &mut pass).unwrap();
    small.bp_into(&pass, &array![[1.0]], &mut gradients).unwrap();
    assert_eq!((pass.output(), gradients.weights(0).unwrap().dim()), (array![[1.0]].view(), (1, 1)));
}

#[test]
fn merging_empty_gradients_changes_nothing() {
    let mut gradients = Bench::new(false).gradients;
    let before = gradients.clone();
    assert_eq!(gradients.merge(&Gradients::default()), Ok(()));
    assert_eq!(gradients, before);
}

#[test]
fn the_smallest_data_sets_and_the_largest_counts_work() {
    for order in ORDERS {
        for rows in [1, 2, 7] {
            let (x, y) = (Array2::<f64>::ones((rows, 1)), Array2::zeros((rows, 1)));
            let mut net = Dnn::builder()
                .input_shape(1)
                .shape([1])
                .activations([Identity])
                .batch_order(order)
                .minibatch_size(usize::MAX)
                .max_epochs(usize::MAX)
                .threshold(1e-2)
                .seed(u64::MAX)
                .build()
                .unwrap();
            let report = net.fit(&x, &y).unwrap();
            assert_eq!(report.stop_reason(), StopReason::Threshold);
            assert!(report.losses().last() < Some(&1e-2));
            assert_eq!(net.predict(&Array2::zeros((0, 1))).unwrap().dim(), (0, 1));
        }
    }
    // A threshold that every loss is below, a decay that stops everything, a rate that does nothing.
    for tiny in [f64::from_bits(1), 1e-300] {
        let mut net: Dnn = builder().threshold(f64::MAX).decay_power(f64::MAX).eta(tiny).build().unwrap();
        let report = net.fit(&Array2::ones((2, 2)), &Array2::ones((2, 2))).unwrap();
        assert_eq!((report.epochs(), report.stop_reason()), (1, StopReason::Threshold));
    }
}

#[test]
fn views_with_negative_strides_are_the_rows_that_they_show() {
    let bench = Bench::new(false);
    let (x, y) = (bench.x.slice(s![..;-1, ..;-1]), bench.y.slice(s![..;-1, ..;-1]));
    assert_eq!(bench.net.predict(&x), bench.net.predict(&x.to_owned()));
    for order in ORDERS {
        let fresh = builder::<f64>().batch_order(order).minibatch_size(2).max_epochs(3).build().unwrap();
        let (mut by_view, mut by_copy) = (fresh.clone(), fresh);
        let losses = by_view.fit(&x, &y).unwrap();
        assert_eq!(losses.losses(), by_copy.fit(&x.to_owned(), &y.to_owned()).unwrap().losses());
        assert_eq!(by_view, by_copy);
    }
    let weights = array![[1.0, 2.0], [3.0, 4.0]].slice_move(s![..;-1, ..;-1]);
    let layer = Layer::new(weights, array![1.0, 0.0, 2.0].slice_move(s![..;-2]), Identity).unwrap();
    assert_eq!(layer.weights(), array![[4.0, 3.0], [2.0, 1.0]]);
    assert_eq!(layer.biases(), array![2.0, 1.0]);
}
