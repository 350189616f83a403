//! All settings of training with their values, and the combinations that are refused.

use std::fmt;

use ndarray_dnn::{Activation, BatchOrder, Dnn, DnnBuilder, Error, Scalar};

use super::array::{Value, Values};

const ACTIVATIONS: &[&str] = &[
    "tanh",
    "sigmoid",
    "identity",
    "relu",
    "leaky_relu(0.2)",
    "elu(0.6)",
    "selu",
    "softplus",
    "softsign",
    "gelu",
    "silu",
];
const SWITCH: &[&str] = &["off", "on"];

/// Each setting with its values, the default first. Values with a text form are in that form.
pub(crate) const SETTINGS: [(&str, &[&str]); 37] = [
    ("element", &["f64", "f32"]),
    ("hidden activation", ACTIVATIONS),
    ("last activation", ACTIVATIONS),
    ("hidden layers", &["1", "2"]),
    ("outputs", &["2", "1", "3"]),
    ("init", &["glorot", "he", "lecun", "uniform(0.0, 0.01)"]),
    ("loss", &["article", "squared", BINARY, "absolute", "huber(0.5)", "quantile(0.3)", "poisson"]),
    ("softmax", SWITCH),
    ("label_smoothing", SWITCH),
    ("label_weights", SWITCH),
    ("positive_weights", SWITCH),
    ("loss_fn", SWITCH),
    ("optimizer", &["momentum", "nesterov", "adam", "adam_w", "rms_prop"]),
    ("momentum", &["default", "0.0", "0.5"]),
    ("decay_power", &["0.0", "0.5"]),
    ("schedule", &["constant", "step(2, 0.5)", "cosine(5, 1, 0.1)", "one_cycle(5, 0.3, 0.04, 0.1)"]),
    ("reduce_on_plateau", SWITCH),
    ("eta_schedule", SWITCH),
    ("clip_norm", &["none", "0.05"]),
    ("l1", &["0.0", "0.01"]),
    ("max_norm", &["none", "0.7"]),
    ("regularization", &["0.0", "0.01"]),
    ("regularize_biases", &["true", "false"]),
    ("dropout", SWITCH),
    ("batch_order", &["shuffled", "sequential", "cyclic", "shuffled_by_epoch"]),
    ("minibatch_size", &["4", "1", "100"]),
    ("batches_per_epoch", &["off", "3", "13"]),
    ("on_gradients", SWITCH),
    ("rank", &["0", "1"]),
    ("min_updates", SWITCH),
    ("sample_weights", &["off", "on", "with a mean_weight"]),
    ("validation", SWITCH),
    ("validation_weights", SWITCH),
    ("metric", SWITCH),
    ("early_stopping", &["off", "by the loss", "by the metric"]),
    ("try_on_epoch", SWITCH),
    ("seed", &["42", "7"]),
];
const BINARY: &str = "binary_cross_entropy";

/// The error of two values that cannot be combined.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    /// [`Error::Conflict`] of a setting, by `build`.
    AtBuild(&'static str),
    /// [`Error::Conflict`] of a setting, by `run`.
    AtRun(&'static str),
    /// [`Error::NotSet`] for validation data that a setting needs, by `run`.
    NoValidation(&'static str),
}

impl Refusal {
    pub(crate) fn is_at_build(self) -> bool {
        matches!(self, Self::AtBuild(_))
    }

    pub(crate) fn matches(self, error: &Error) -> bool {
        match (self, error) {
            (Self::AtBuild(expected) | Self::AtRun(expected), Error::Conflict { name, .. }) => {
                *name == expected
            }
            (Self::NoValidation(expected), Error::NotSet { name: "validation", needed_by }) => {
                *needed_by == expected
            }
            _ => false,
        }
    }
}

/// Every two values that are refused, each as a setting with some of its values. These are all documented conflicts.
type Rule = (&'static str, &'static [&'static str], &'static str, &'static [&'static str], Refusal);
const OTHER_LOSSES: &[&str] = &["squared", BINARY, "absolute", "huber(0.5)", "quantile(0.3)", "poisson"];
const NOT_BINARY: &[&str] = &["article", "squared", "absolute", "huber(0.5)", "quantile(0.3)", "poisson"];
const RULES: [Rule; 13] = [
    ("softmax", &["on"], "loss", OTHER_LOSSES, Refusal::AtBuild("softmax")),
    ("softmax", &["on"], "outputs", &["1"], Refusal::AtBuild("softmax")),
    ("softmax", &["off"], "label_smoothing", &["on"], Refusal::AtBuild("label_smoothing")),
    ("loss", &[BINARY], "last activation", &["sigmoid"], Refusal::AtBuild("loss")),
    ("loss", NOT_BINARY, "label_weights", &["on"], Refusal::AtBuild("label_weights")),
    ("loss", NOT_BINARY, "positive_weights", &["on"], Refusal::AtBuild("positive_weights")),
    ("momentum", &["0.0", "0.5"], "optimizer", &["adam", "adam_w", "rms_prop"], Refusal::AtBuild("momentum")),
    ("loss_fn", &["on"], "softmax", &["on"], Refusal::AtRun("loss_fn")),
    ("loss_fn", &["on"], "loss", &[BINARY, "poisson"], Refusal::AtRun("loss_fn")),
    ("validation", &["off"], "validation_weights", &["on"], Refusal::NoValidation("validation_weights")),
    (
        "validation",
        &["off"],
        "early_stopping",
        &["by the loss", "by the metric"],
        Refusal::NoValidation("early_stopping"),
    ),
    ("metric", &["off"], "early_stopping", &["by the metric"], Refusal::AtRun("early_stopping")),
    ("batch_order", &["cyclic"], "batches_per_epoch", &["3", "13"], Refusal::AtRun("batches_per_epoch")),
];

/// All values, for the covering array.
pub(crate) fn values() -> Values {
    let named =
        Vec::from_iter(SETTINGS.iter().flat_map(|(name, all)| all.iter().map(move |value| (*name, *value))));
    Values::new(SETTINGS.iter().map(|(_, all)| all.len()), |a, b| {
        let has = |(name, value): (&str, &str), setting: &str, some: &[&str]| {
            name == setting && some.contains(&value)
        };
        RULES.iter().any(|(first, of_first, second, of_second, _)| {
            has(named[a], first, of_first) && has(named[b], second, of_second)
        })
    })
}

/// A value for each setting.
#[derive(Clone)]
pub(crate) struct Configuration(Vec<&'static str>);

impl Configuration {
    pub(crate) fn new(row: &[Value]) -> Self {
        let all = Vec::from_iter(SETTINGS.iter().flat_map(|(_, all)| *all));
        Self(row.iter().map(|value| *all[*value]).collect())
    }

    pub(crate) fn get(&self, setting: &str) -> &'static str {
        self.0[SETTINGS.iter().position(|(name, _)| *name == setting).unwrap()]
    }

    pub(crate) fn is_on(&self, setting: &str) -> bool {
        self.get(setting) != "off"
    }

    /// The number that a setting has; `None` if it is off.
    pub(crate) fn number(&self, setting: &str) -> Option<f64> {
        self.get(setting).parse().ok()
    }

    pub(crate) fn count(&self, setting: &str) -> usize {
        self.get(setting).parse().unwrap()
    }

    pub(crate) fn order(&self) -> BatchOrder {
        self.get("batch_order").parse().unwrap()
    }

    /// The same with another value of a setting.
    #[cfg(feature = "rayon")]
    pub(crate) fn with(mut self, setting: &str, value: &'static str) -> Self {
        self.0[SETTINGS.iter().position(|(name, _)| *name == setting).unwrap()] = value;
        self
    }

    /// The reasons why the configuration is refused; none if it trains.
    pub(crate) fn refusals(&self) -> Vec<Refusal> {
        let applies = |(first, of_first, second, of_second, _): &Rule| {
            of_first.contains(&self.get(first)) && of_second.contains(&self.get(second))
        };
        RULES.iter().filter(|rule| applies(rule)).map(|(.., refusal)| *refusal).collect()
    }

    /// The builder of a network with hidden layers of this width. A run has `epochs` epochs of so many mini-batches.
    pub(crate) fn builder<F: Scalar>(
        &self,
        [inputs, width]: [usize; 2],
        epochs: usize,
        minibatches: usize,
    ) -> DnnBuilder<F> {
        let (hidden, last): (Activation, Activation) =
            (self.get("hidden activation").parse().unwrap(), self.get("last activation").parse().unwrap());
        let (layers, outputs) = (self.count("hidden layers"), self.count("outputs"));
        let optimizer = self.get("optimizer").parse().unwrap();
        let is_adaptive = !["momentum", "nesterov"].contains(&self.get("optimizer"));
        let mut builder = Dnn::builder()
            .input_shape(inputs)
            .shape([width, width].into_iter().take(layers).chain([outputs]))
            .activations([hidden, hidden].into_iter().take(layers).chain([last]))
            .init(self.get("init").parse().unwrap())
            .seed(self.count("seed") as u64)
            .loss(self.get("loss").parse().unwrap())
            .softmax(self.is_on("softmax"))
            .optimizer(optimizer)
            .eta(if is_adaptive { 0.01 } else { 0.02 })
            .threshold(0.0)
            .schedule(self.get("schedule").parse().unwrap())
            .clip_norm(self.number("clip_norm"))
            .max_norm(self.number("max_norm"))
            .l1(self.number("l1").unwrap())
            .decay_power(self.number("decay_power").unwrap())
            .regularization(self.number("regularization").unwrap())
            .regularize_biases(self.get("regularize_biases") == "true")
            .batch_order(self.order())
            .minibatch_size(self.count("minibatch_size"));
        if let Some(momentum) = self.number("momentum") {
            builder = builder.momentum(momentum);
        }
        if self.is_on("label_smoothing") {
            builder = builder.label_smoothing(0.2);
        }
        if self.is_on("label_weights") {
            builder = builder.label_weights((1..=outputs).map(|label| label as f64));
        }
        if self.is_on("positive_weights") {
            builder = builder.positive_weights((1..=outputs).map(|label| 1.0 / label as f64));
        }
        if self.is_on("dropout") {
            builder = builder.dropout([0.3, 0.2].into_iter().take(layers));
        }
        if self.is_on("min_updates") {
            builder.max_epochs(1).min_updates(epochs * minibatches)
        } else {
            builder.max_epochs(epochs)
        }
    }
}

/// The settings that differ from their defaults.
impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs = SETTINGS.iter().zip(&self.0).filter(|((_, all), value)| all[0] != **value);
        pairs.into_iter().try_for_each(|((name, _), value)| write!(f, "{name}: {value}; "))
    }
}
