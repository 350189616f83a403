//! Settings and counters of a network as JSON, for the metadata of a file.

use std::fmt::Display;
use std::str::FromStr;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use crate::{Activation, BatchOrder, Config, Error, FileError, Init, Loss, Optimizer, ParseError};

/// The version of the format that is written.
pub(crate) const FORMAT: u64 = 1;

const BATCH_ORDERS: [(BatchOrder, &str); 3] = [
    (BatchOrder::Cyclic, "cyclic"),
    (BatchOrder::Sequential, "sequential"),
    (BatchOrder::Shuffled, "shuffled"),
];
const LOSSES: [(Loss, &str); 3] = [
    (Loss::Article, "article"),
    (Loss::Squared, "squared"),
    (Loss::BinaryCrossEntropy, "binary_cross_entropy"),
];

/// What a file says of a network beside its tensors.
#[derive(Debug, PartialEq)]
pub(crate) struct Header {
    pub(crate) element: String,
    pub(crate) activations: Vec<Activation>,
    pub(crate) config: Config,
    pub(crate) iterations: usize,
    pub(crate) effective_eta: Option<f64>,
    pub(crate) updates: usize,
    pub(crate) permutations: ChaCha8Rng,
}

impl Header {
    pub(crate) fn to_json(&self) -> String {
        let Config {
            eta,
            threshold,
            softmax,
            max_epochs,
            regularization,
            minibatch_size,
            momentum,
            decay_power,
            verbose,
            seed,
            batch_order,
            init,
            regularize_biases,
            loss,
            optimizer,
        } = self.config.clone();
        let seed_of = self.permutations.get_seed().into_iter().map(|byte| format!("{byte:02x}"));
        json!({
            "format": FORMAT,
            "element": self.element,
            "activations": Vec::from_iter(self.activations.iter().map(Activation::to_string)),
            "settings": {
                "eta": eta,
                "threshold": threshold,
                "softmax": softmax,
                "max_epochs": max_epochs,
                "regularization": regularization,
                "minibatch_size": minibatch_size,
                "momentum": momentum,
                "decay_power": decay_power,
                "verbose": verbose,
                "seed": seed,
                "batch_order": name_of(&BATCH_ORDERS, batch_order),
                "init": match init {
                    Init::Uniform { low, high } => json!({ "kind": "uniform", "low": low, "high": high }),
                    Init::Glorot => json!({ "kind": "glorot" }),
                    Init::He => json!({ "kind": "he" }),
                },
                "regularize_biases": regularize_biases,
                "loss": name_of(&LOSSES, loss),
                "optimizer": match optimizer {
                    Optimizer::Momentum => json!({ "kind": "momentum" }),
                    Optimizer::Nesterov => json!({ "kind": "nesterov" }),
                    Optimizer::Adam { beta1, beta2, epsilon } => {
                        json!({ "kind": "adam", "beta1": beta1, "beta2": beta2, "epsilon": epsilon })
                    }
                },
            },
            "training": {
                "iterations": self.iterations,
                "effective_eta": self.effective_eta,
                "updates": self.updates,
                "generator": {
                    "kind": "chacha8",
                    "seed": String::from_iter(seed_of),
                    "stream": self.permutations.get_stream(),
                    // 68 bits.
                    "word": self.permutations.get_word_pos().to_string(),
                },
            },
        })
        .to_string()
    }

    /// # Errors
    /// [`FileError::Malformed`] names the key that is missing or wrong.
    pub(crate) fn from_json(text: &str) -> Result<Self, Error> {
        let root = serde_json::from_str(text).map_err(|error| malformed("ndarray_dnn", error))?;
        let root = Object::of("ndarray_dnn", &root)?;
        // First, since nothing else of another format need be here.
        let format: u64 = root.integer("format")?;
        if format != FORMAT {
            return Err(FileError::Format { expected: FORMAT, found: format }.into());
        }
        let settings = root.object("settings")?;
        let training = root.object("training")?;
        let activations = root.list("activations")?.iter().map(|activation| {
            let name =
                activation.as_str().ok_or_else(|| root.malformed("activations", "is no list of names"))?;
            name.parse().map_err(|error: ParseError| root.malformed("activations", error))
        });
        let config = Config {
            eta: settings.number("eta")?,
            threshold: settings.number("threshold")?,
            softmax: settings.flag("softmax")?,
            max_epochs: settings.integer("max_epochs")?,
            regularization: settings.number("regularization")?,
            minibatch_size: settings.integer("minibatch_size")?,
            momentum: settings.number("momentum")?,
            decay_power: settings.number("decay_power")?,
            verbose: settings.flag("verbose")?,
            seed: settings.integer("seed")?,
            batch_order: settings.named("batch_order", &BATCH_ORDERS)?,
            init: init(&settings.object("init")?)?,
            regularize_biases: settings.flag("regularize_biases")?,
            loss: match settings.text("loss")? {
                // The name of `Article` until version 0.1.0.
                "document" => Loss::Article,
                _ => settings.named("loss", &LOSSES)?,
            },
            optimizer: optimizer(&settings.object("optimizer")?)?,
        };
        let effective_eta = match training.get("effective_eta")? {
            Value::Null => None,
            _ => Some(training.number("effective_eta")?),
        };
        if effective_eta.is_some_and(|eta| eta < 0.0) {
            return Err(malformed("training.effective_eta", "is negative"));
        }
        Ok(Self {
            element: root.text("element")?.to_owned(),
            activations: activations.collect::<Result<_, _>>()?,
            config,
            iterations: training.integer("iterations")?,
            effective_eta,
            updates: training.integer("updates")?,
            permutations: generator(&training.object("generator")?)?,
        })
    }
}

fn init(init: &Object<'_>) -> Result<Init, Error> {
    match init.text("kind")? {
        "uniform" => Ok(Init::Uniform { low: init.number("low")?, high: init.number("high")? }),
        "glorot" => Ok(Init::Glorot),
        "he" => Ok(Init::He),
        other => Err(init.malformed("kind", format!("{other:?} is not known"))),
    }
}

fn optimizer(optimizer: &Object<'_>) -> Result<Optimizer, Error> {
    match optimizer.text("kind")? {
        "momentum" => Ok(Optimizer::Momentum),
        "nesterov" => Ok(Optimizer::Nesterov),
        "adam" => Ok(Optimizer::Adam {
            beta1: optimizer.number("beta1")?,
            beta2: optimizer.number("beta2")?,
            epsilon: optimizer.number("epsilon")?,
        }),
        other => Err(optimizer.malformed("kind", format!("{other:?} is not known"))),
    }
}

fn generator(generator: &Object<'_>) -> Result<ChaCha8Rng, Error> {
    match generator.text("kind")? {
        "chacha8" => {}
        other => return Err(generator.malformed("kind", format!("{other:?} is not known"))),
    }
    let text = generator.text("seed")?;
    let mut seed = [0; 32];
    let is_hex = text.len() == 2 * seed.len() && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    for (i, byte) in seed.iter_mut().enumerate() {
        let digits = text.get(2 * i..2 * i + 2).filter(|_| is_hex);
        let parsed = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        *byte = parsed.ok_or_else(|| generator.malformed("seed", "is not 64 hexadecimal digits"))?;
    }
    let word = generator.text("word")?;
    let word = u128::from_str(word).ok().filter(|word| word >> 68 == 0);
    let word = word.ok_or_else(|| generator.malformed("word", "is no number below 2^68"))?;
    let mut permutations = ChaCha8Rng::from_seed(seed);
    permutations.set_stream(generator.integer("stream")?);
    permutations.set_word_pos(word);
    Ok(permutations)
}

fn name_of<T: PartialEq>(names: &[(T, &'static str)], value: T) -> &'static str {
    // Every value has a name: a test goes through all of them.
    names.iter().find(|(named, _)| *named == value).map_or("", |(_, name)| name)
}

pub(crate) fn malformed(part: impl Display, reason: impl Display) -> Error {
    FileError::Malformed { part: part.to_string(), reason: reason.to_string() }.into()
}

/// A JSON object and how one gets to it.
struct Object<'a> {
    path: String,
    values: &'a Map<String, Value>,
}

impl<'a> Object<'a> {
    fn of(path: impl Display, value: &'a Value) -> Result<Self, Error> {
        let values = value.as_object().ok_or_else(|| malformed(&path, "is no object"))?;
        Ok(Self { path: path.to_string(), values })
    }

    fn malformed(&self, key: &str, reason: impl Display) -> Error {
        malformed(format_args!("{}.{key}", self.path), reason)
    }

    fn get(&self, key: &str) -> Result<&'a Value, Error> {
        self.values.get(key).ok_or_else(|| self.malformed(key, "is missing"))
    }

    fn read<T>(&self, key: &str, kind: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Result<T, Error> {
        let value = self.get(key)?;
        read(value).ok_or_else(|| self.malformed(key, format_args!("is no {kind}, but {value}")))
    }

    fn object(&self, key: &str) -> Result<Self, Error> {
        Self::of(format_args!("{}.{key}", self.path), self.get(key)?)
    }

    fn list(&self, key: &str) -> Result<&'a Vec<Value>, Error> {
        self.read(key, "list", Value::as_array)
    }

    fn text(&self, key: &str) -> Result<&'a str, Error> {
        self.read(key, "text", Value::as_str)
    }

    fn number(&self, key: &str) -> Result<f64, Error> {
        self.read(key, "number", Value::as_f64)
    }

    fn flag(&self, key: &str) -> Result<bool, Error> {
        self.read(key, "true or false", Value::as_bool)
    }

    fn integer<T: TryFrom<u64>>(&self, key: &str) -> Result<T, Error> {
        self.read(key, "whole number from 0", |value| value.as_u64()?.try_into().ok())
    }

    fn named<T: Copy>(&self, key: &str, names: &[(T, &str)]) -> Result<T, Error> {
        let text = self.text(key)?;
        let named = names.iter().find(|(_, name)| *name == text).map(|(value, _)| *value);
        named.ok_or_else(|| self.malformed(key, format_args!("{text:?} is not known")))
    }
}
