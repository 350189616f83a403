//! Settings out of range, and settings that exclude each other.

use ndarray_dnn::Activation::{Identity, Relu, Sigmoid};
use ndarray_dnn::error::{Extent, Place};
use ndarray_dnn::ndarray::{Array1, Array2};
use ndarray_dnn::{Activation, Dnn, DnnBuilder, Error, Init, Layer, Loss, Optimizer, Scalar};

use super::support::{Bench, assert_refused, builder, conflict, number, out_of_range, wrong_shape, zero};

type Setter<F> = fn(DnnBuilder<F>, f64) -> DnnBuilder<F>;

/// Each real setting: its name, its setter, its range, values that are refused, values that are accepted.
type Settings<F> = [(&'static str, Setter<F>, &'static str, &'static [f64], &'static [f64]); 11];

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

fn with_smoothing<F: Scalar>(builder: DnnBuilder<F>, label_smoothing: f64) -> DnnBuilder<F> {
    builder.softmax(true).label_smoothing(label_smoothing)
}

fn with_huber<F: Scalar>(builder: DnnBuilder<F>, delta: f64) -> DnnBuilder<F> {
    builder.loss(Loss::Huber { delta })
}

fn with_quantile<F: Scalar>(builder: DnnBuilder<F>, tau: f64) -> DnnBuilder<F> {
    builder.loss(Loss::Quantile { tau })
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
                let Error::OutOfRange { name, at, range, value } = error else { panic!("{error}") };
                assert_eq!((name, at), (setting, Place::Whole));
                assert_eq!(range, format!("{legal} in {}", F::NAME));
                assert_eq!(value.to_bits(), bad.to_bits());
                let found = text.strip_prefix(&format!("{name} must be {range}, found ")).unwrap();
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
        (
            "label_smoothing",
            with_smoothing,
            "at least 0 and less than 1",
            &[1.0],
            &[0.0, -0.0, 5e-324, 0.999],
        ),
        ("delta", with_huber, "greater than 0 and finite", &[0.0, -0.0], &[5e-324, 1e-60, f64::MAX]),
        ("tau", with_quantile, "greater than 0 and less than 1", &[0.0, -0.0, 1.0], &[5e-324, 0.5, 0.999]),
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
        (
            "label_smoothing",
            with_smoothing,
            "at least 0 and less than 1",
            &[1.0 - 1e-9],
            &[0.0, 1e-60, 0.999],
        ),
        ("delta", with_huber, "greater than 0 and finite", &[0.0, 1e-60, 1e39], &[2e-45, 3e38]),
        ("tau", with_quantile, "greater than 0 and less than 1", &[0.0, 1e-60, 1.0 - 1e-9], &[2e-45, 0.999]),
    ]);
}

#[test]
fn slopes_and_initial_ranges_out_of_range() {
    let out_of_range = |name, range: &'static str, value| out_of_range(name, Place::Whole, range, value);
    for slope in [-1.0, -5e-324, f64::INFINITY, f64::NEG_INFINITY, 1e39] {
        let leaky = Activation::LeakyRelu { slope };
        let text = format!("slope must be at least 0 and finite in f32, found {}", number(slope));
        let expected = out_of_range("slope", "at least 0 and finite in f32", slope);
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
        assert_refused(start(bad, 1.0), &out_of_range("low", "finite in f64", bad), &text("low"));
        assert_refused(start(0.0, bad), &out_of_range("high", "finite in f64", bad), &text("high"));
    }
    for (low, high) in [(1.0, 0.0), (0.5, 0.25), (f64::MIN, f64::MAX)] {
        let width = high - low;
        assert_refused(
            start(low, high),
            &out_of_range("high - low", "at least 0 and finite in f64", width),
            &format!("high - low must be at least 0 and finite in f64, found {}", number(width)),
        );
    }
    for (low, high) in [(0.0, 0.0), (-1.0, -1.0), (0.0, f64::MAX), (0.0, 5e-324), (-1e307, 1e307)] {
        let net = start(low, high).unwrap();
        let parameters = net.layers()[0].weights().to_owned();
        assert!(parameters.iter().all(|w| (low..=high).contains(w)), "{parameters}");
    }
}

#[test]
fn alphas_out_of_range() {
    for alpha in [-1.0, -5e-324, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e39] {
        let elu = Activation::Elu { alpha };
        let is_bad = |in_f32: bool| alpha != 1e39 || in_f32;
        let text = |name| format!("alpha must be at least 0 and finite in {name}, found {}", number(alpha));
        let errors = [
            builder::<f32>().activations([elu, Identity]).build().err().map(|error| error.to_string()),
            Layer::<f32>::new(Array2::ones((1, 1)), Array1::ones(1), elu)
                .err()
                .map(|error| error.to_string()),
        ];
        assert_eq!(errors, [(); 2].map(|()| is_bad(true).then(|| text("f32"))));
        let error =
            builder::<f64>().activations([elu, Identity]).build().err().map(|error| error.to_string());
        assert_eq!(error, is_bad(false).then(|| text("f64")));
    }
    for alpha in [0.0, -0.0, 5e-324, 1.0, f64::MAX] {
        assert!(builder::<f64>().activations([Activation::Elu { alpha }, Identity]).build().is_ok());
    }
    // In f32, −5e-324 is −0, but the number itself is negative.
    assert!(matches!(
        builder::<f32>().activations([Activation::Elu { alpha: -5e-324 }, Identity]).build(),
        Err(Error::OutOfRange { name: "alpha", .. })
    ));
}

#[test]
fn rates_of_dropout_out_of_range() {
    let layer = || Layer::<f64>::new(Array2::ones((2, 2)), Array1::ones(2), Identity).unwrap();
    let bench = Bench::new(false);
    for (index, rates) in [
        (0, [1.0, 0.5]),
        (1, [0.5, -0.1]),
        (1, [0.0, f64::NAN]),
        (0, [f64::INFINITY, 2.0]),
        (1, [0.9, f64::NEG_INFINITY]),
        (0, [-5e-324, 1.0]),
    ] {
        let (range, value) = ("at least 0 and less than 1 in f64", rates[index]);
        let text = format!("dropout[{index}] must be {range}, found {}", number(value));
        let error =
            builder::<f64>().shape([3, 3, 2]).activations([Sigmoid; 3]).dropout(rates).build().unwrap_err();
        assert_eq!(error.to_string(), text);
        let error = Dnn::builder().dropout(rates).build_from([layer(), layer(), layer()]).unwrap_err();
        assert_eq!(error.to_string(), text);
        assert!(
            matches!(error, Error::OutOfRange { name: "dropout", at: Place::Index(i), .. } if i == index)
        );
    }
    // 1 − 1e-9 is 1 in f32.
    let error = builder::<f32>().dropout([1.0 - 1e-9]).build().unwrap_err();
    assert!(matches!(error, Error::OutOfRange { name: "dropout", .. }), "{error}");
    assert!(builder::<f64>().dropout([1.0 - 1e-9]).build().is_ok());

    for rates in [vec![], vec![0.5; 2], vec![0.0; 5]] {
        let found = rates.len();
        let expected = wrong_shape("dropout", Extent::Elements, 1, found);
        let text = format!("dropout must have 1 elements, found {found}");
        let bad = || builder::<f64>().dropout(rates.clone());
        assert_refused(bad().build(), &expected, &text);
        let layers = [layer(), layer()];
        assert_refused(Dnn::builder().dropout(rates.clone()).build_from(layers), &expected, &text);
        bench.refuses(&expected, &text, |bench| {
            bench.net.reconfigure(|builder| builder.dropout(rates.clone()))
        });
    }
    // A network without hidden layers has no rates.
    assert!(Dnn::builder().dropout([]).build_from([layer()]).is_ok());
    assert!(Dnn::builder().dropout([0.5]).build_from([layer()]).is_err());
}

#[test]
fn settings_that_exclude_each_other() {
    let losses = [Loss::Squared, Loss::BinaryCrossEntropy, Loss::Absolute, Loss::Huber { delta: 1.0 }];
    for loss in losses.into_iter().chain([Loss::Quantile { tau: 0.5 }, Loss::Poisson]) {
        assert_refused(
            builder::<f64>().softmax(true).loss(loss).build(),
            &conflict("softmax", "softmax(true)", &format!("loss({loss:?})")),
            &format!(
                "softmax(true) cannot be combined with loss({loss:?}): add softmax(false) to keep this loss, since Dnn::classifier turns softmax on, or loss(Loss::Article) to keep softmax"
            ),
        );
        assert!(builder::<f64>().softmax(false).loss(loss).build().is_ok());
    }
    for label_smoothing in [0.1, 1e-300] {
        let found = format!("label_smoothing({label_smoothing:?})");
        let text = format!("{found} cannot be combined with a network without softmax");
        let expected = conflict("label_smoothing", &found, "a network without softmax");
        assert_refused(builder::<f64>().label_smoothing(label_smoothing).build(), &expected, &text);
    }
    assert!(builder::<f64>().label_smoothing(0.0).build().is_ok());
    let adam = "optimizer(Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 })";
    for builder in [
        builder::<f64>().momentum(0.9).optimizer(Optimizer::adam()),
        builder::<f64>().optimizer(Optimizer::adam()).momentum(0.9),
    ] {
        let text = format!(
            "momentum(0.9) cannot be combined with {adam}: add optimizer(Optimizer::Momentum) to keep it, since the presets use Adam, which has no momentum"
        );
        assert_refused(builder.build(), &conflict("momentum", "momentum(0.9)", adam), &text);
    }
    assert!(builder::<f64>().momentum(0.9).optimizer(Optimizer::Nesterov).build().is_ok());
}

#[test]
fn other_settings_for_a_trained_network() {
    let bench = Bench::new(false);
    type Change = fn(DnnBuilder) -> DnnBuilder;
    let cases: [(Change, Error, &str); 7] = [
        (
            |builder| builder.input_shape(3),
            conflict("input_shape", "input_shape(3)", "layers of input_shape 2"),
            "input_shape(3) cannot be combined with layers of input_shape 2",
        ),
        (
            |builder| builder.shape([3, 3]),
            conflict("shape", "shape([3, 3])", "layers of shape [3, 2]"),
            "shape([3, 3]) cannot be combined with layers of shape [3, 2]",
        ),
        (
            |builder| builder.shape([2]),
            conflict("shape", "shape([2])", "layers of shape [3, 2]"),
            "shape([2]) cannot be combined with layers of shape [3, 2]",
        ),
        (
            |builder| builder.activations([Relu, Identity]),
            conflict(
                "activations",
                "activations([Relu, Identity])",
                "layers of activations [Sigmoid, Identity]",
            ),
            "activations([Relu, Identity]) cannot be combined with layers of activations [Sigmoid, Identity]",
        ),
        (
            |builder| builder.minibatch_size(0),
            zero("minibatch_size"),
            "minibatch_size must be at least 1, found 0",
        ),
        (
            |builder| builder.eta(-1.0),
            out_of_range("eta", Place::Whole, "greater than 0 and finite in f64", -1.0),
            "eta must be greater than 0 and finite in f64, found -1",
        ),
        (
            |builder| builder.softmax(true).loss(Loss::Squared),
            conflict("softmax", "softmax(true)", "loss(Squared)"),
            "softmax(true) cannot be combined with loss(Squared): add softmax(false) to keep this loss, since Dnn::classifier turns softmax on, or loss(Loss::Article) to keep softmax",
        ),
    ];
    for (change, expected, text) in cases {
        bench.refuses(&expected, text, |bench| bench.net.reconfigure(change));
    }
    let mut net = bench.net.clone();
    net.reconfigure(|builder| builder.input_shape(2).shape([3, 2]).activations([Sigmoid, Identity])).unwrap();
    assert_eq!(net, bench.net);
    // Adam conflicts only with a momentum that is set in the same call.
    net.reconfigure(|builder| builder.momentum(0.5)).unwrap();
    net.reconfigure(|builder| builder.optimizer(Optimizer::adam())).unwrap();
    assert!(matches!(net.reconfigure(|builder| builder.momentum(0.5)), Err(Error::Conflict { .. })));
}
