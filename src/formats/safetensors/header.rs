//! Settings and counters of a network, read from the JSON in the metadata of a file.

use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

use super::estimator::{Kind, Summary};
use super::json::{Place, Raw, object};
use crate::activation::Activation;
use crate::error::{Error, FileError};
use crate::model::{Config, Init, Loss, Optimizer, Plateau};

/// The version of the format that is written; it and the older ones are read.
///
/// | version | new |
/// |---|---|
/// | 2 | settings `clip_norm`, `dropout`, `l1`, `max_norm`, `schedule`; state `all_updates`, `plateau`, `position` |
/// | 3 | no velocity of an optimizer that has none |
pub(super) const FORMAT: u64 = 3;

/// The path of the header, for messages.
const ROOT: Place<'_> = Place("ndarray_dnn");

/// Everything about a network except its tensors.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    /// The version of the format.
    pub(super) format: u64,
    pub(super) element: String,
    pub(super) activations: Vec<Activation>,
    pub(super) config: Config,
    pub(super) iterations: usize,
    pub(super) effective_eta: Option<f64>,
    pub(super) updates: usize,
    pub(super) all_updates: u64,
    pub(super) position: f64,
    pub(super) plateau: Plateau,
    pub(super) permutations: ChaCha8Rng,
    /// Of an estimator's file.
    pub(super) estimator: Option<Summary>,
}

// The objects, whose fields are not read yet.

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Found<'a> {
    activations: Raw<'a>,
    element: Raw<'a>,
    estimator: Raw<'a>,
    format: Raw<'a>,
    settings: Raw<'a>,
    training: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct FoundSettings<'a> {
    batch_order: Raw<'a>,
    clip_norm: Raw<'a>,
    decay_power: Raw<'a>,
    dropout: Raw<'a>,
    eta: Raw<'a>,
    init: Raw<'a>,
    l1: Raw<'a>,
    label_weights: Raw<'a>,
    label_smoothing: Raw<'a>,
    loss: Raw<'a>,
    max_epochs: Raw<'a>,
    max_norm: Raw<'a>,
    min_updates: Raw<'a>,
    minibatch_size: Raw<'a>,
    momentum: Raw<'a>,
    optimizer: Raw<'a>,
    positive_weights: Raw<'a>,
    regularization: Raw<'a>,
    regularize_biases: Raw<'a>,
    schedule: Raw<'a>,
    seed: Raw<'a>,
    softmax: Raw<'a>,
    threshold: Raw<'a>,
    verbose: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct FoundInit<'a> {
    kind: Raw<'a>,
    low: Raw<'a>,
    high: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct FoundOptimizer<'a> {
    kind: Raw<'a>,
    beta1: Raw<'a>,
    beta2: Raw<'a>,
    epsilon: Raw<'a>,
    rho: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct FoundTraining<'a> {
    all_updates: Raw<'a>,
    effective_eta: Raw<'a>,
    generator: Raw<'a>,
    iterations: Raw<'a>,
    plateau: Raw<'a>,
    position: Raw<'a>,
    updates: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct FoundPlateau<'a> {
    before_last: Raw<'a>,
    best: Raw<'a>,
    factor: Raw<'a>,
    last: Raw<'a>,
    waited: Raw<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct FoundGenerator<'a> {
    kind: Raw<'a>,
    seed: Raw<'a>,
    stream: Raw<'a>,
    word: Raw<'a>,
}

impl Header {
    /// The header of a file of this kind, with a network of at most `most_layers` layers and `most_outputs` outputs.
    ///
    /// # Errors
    /// [`FileError::Kind`] for another kind; [`FileError::Malformed`] names the key that is missing or wrong.
    pub(super) fn from_json(
        text: &str,
        kind: Kind,
        most_layers: usize,
        most_outputs: usize,
    ) -> Result<Self, Error> {
        let root: Found<'_> = object(ROOT.0, text)?;
        // First: in another format everything else may be different.
        let format: u64 = ROOT.integer("format", root.format)?;
        if !(1..=FORMAT).contains(&format) {
            return Err(FileError::Format { expected: FORMAT, found: format }.into());
        }
        let estimator = match root.estimator.get() {
            None => None,
            Some(_) => Some(Summary::from_json(ROOT, root.estimator)?),
        };
        let found = estimator.as_ref().map_or(Kind::Network, |estimator| estimator.kind);
        if found != kind {
            return Err(FileError::Kind { expected: kind.name(), found: found.name() }.into());
        }
        let place = Place("ndarray_dnn.training");
        let training: FoundTraining<'_> = ROOT.object("training", root.training)?;
        let effective_eta = place.optional_number("effective_eta", training.effective_eta)?;
        if effective_eta.is_some_and(|eta| eta < 0.0) {
            return Err(place.malformed("effective_eta", "must be at least 0"));
        }
        let iterations = place.count("iterations", training.iterations)?;
        let updates = place.count("updates", training.updates)?;
        let (all_updates, position, plateau) = if format == 1 {
            // It numbers the masks of dropout, which there were not yet.
            (iterations.max(updates) as u64, 0.0, Plateau::NEW)
        } else {
            let all_updates = place.integer("all_updates", training.all_updates)?;
            let position = place.number("position", training.position)?;
            if position < 0.0 {
                return Err(place.malformed("position", "must be at least 0"));
            }
            (all_updates, position, plateau(&place.object("plateau", training.plateau)?)?)
        };
        Ok(Self {
            format,
            element: ROOT.name("element", root.element)?,
            activations: activations(root.activations, most_layers)?,
            config: config(&ROOT.object("settings", root.settings)?, format, most_layers, most_outputs)?,
            iterations,
            effective_eta,
            updates,
            all_updates,
            position,
            plateau,
            permutations: generator(&place.object("generator", training.generator)?)?,
            estimator,
        })
    }
}

fn activations(list: Raw<'_>, most: usize) -> Result<Vec<Activation>, Error> {
    let list = ROOT.list("activations", list, most)?;
    list.into_iter().map(|name| parse(ROOT, "activations", name)).collect()
}

/// The value of a name.
fn parse<T: FromStr<Err: Display>>(place: Place<'_>, key: &str, raw: Raw<'_>) -> Result<T, Error> {
    place.name(key, raw)?.parse().map_err(|error| place.malformed(key, error))
}

fn config(
    settings: &FoundSettings<'_>,
    format: u64,
    most_layers: usize,
    most_outputs: usize,
) -> Result<Config, Error> {
    let place = Place("ndarray_dnn.settings");
    let new = match format {
        1 => Config::default(),
        _ => Config {
            schedule: parse(place, "schedule", settings.schedule)?,
            clip_norm: place.optional_number("clip_norm", settings.clip_norm)?,
            l1: place.number("l1", settings.l1)?,
            max_norm: place.optional_number("max_norm", settings.max_norm)?,
            dropout: dropout(place, settings.dropout, most_layers)?,
            ..Config::default()
        },
    };
    // Only networks with weights of labels have them.
    let weights = |key, list: Raw<'_>| -> Result<Option<Arc<[f64]>>, Error> {
        if list.get().is_none() {
            return Ok(None);
        }
        let list = place.list(key, list, most_outputs)?;
        list.into_iter().map(|weight| place.number(key, weight)).collect::<Result<_, _>>().map(Some)
    };
    Ok(Config {
        eta: place.number("eta", settings.eta)?,
        threshold: place.number("threshold", settings.threshold)?,
        max_epochs: place.limit("max_epochs", settings.max_epochs)?,
        // Older files have none.
        min_updates: match settings.min_updates.get() {
            None => 0,
            Some(_) => place.limit("min_updates", settings.min_updates)?,
        },
        regularization: place.number("regularization", settings.regularization)?,
        minibatch_size: place.limit("minibatch_size", settings.minibatch_size)?,
        momentum: place.number("momentum", settings.momentum)?,
        decay_power: place.number("decay_power", settings.decay_power)?,
        verbose: place.flag("verbose", settings.verbose)?,
        seed: place.integer("seed", settings.seed)?,
        batch_order: parse(place, "batch_order", settings.batch_order)?,
        init: init(&place.object("init", settings.init)?)?,
        regularize_biases: place.flag("regularize_biases", settings.regularize_biases)?,
        loss: loss(place, settings)?,
        label_weights: weights("label_weights", settings.label_weights)?,
        positive_weights: weights("positive_weights", settings.positive_weights)?,
        // Older files have none.
        label_smoothing: place.number_or("label_smoothing", settings.label_smoothing, 0.0)?,
        optimizer: optimizer(&place.object("optimizer", settings.optimizer)?)?,
        ..new
    })
}

/// The loss, which files say as the builder does: cross-entropy is the article's loss with softmax.
fn loss(place: Place<'_>, settings: &FoundSettings<'_>) -> Result<Loss, Error> {
    let loss = match &place.name("loss", settings.loss)?[..] {
        // The name of the article's loss in older files.
        "document" => Loss::Article,
        _ => parse(place, "loss", settings.loss)?,
    };
    if place.flag("softmax", settings.softmax)? { loss.with_softmax() } else { Ok(loss) }
}

fn dropout(place: Place<'_>, list: Raw<'_>, most: usize) -> Result<Vec<f64>, Error> {
    let list = place.list("dropout", list, most)?;
    list.into_iter().map(|rate| place.number("dropout", rate)).collect()
}

fn init(init: &FoundInit<'_>) -> Result<Init, Error> {
    let place = Place("ndarray_dnn.settings.init");
    match &place.name("kind", init.kind)?[..] {
        "uniform" => {
            Ok(Init::Uniform { low: place.number("low", init.low)?, high: place.number("high", init.high)? })
        }
        _ => parse(place, "kind", init.kind),
    }
}

fn optimizer(optimizer: &FoundOptimizer<'_>) -> Result<Optimizer, Error> {
    let place = Place("ndarray_dnn.settings.optimizer");
    let [beta1, beta2, epsilon, rho] = [
        ("beta1", optimizer.beta1),
        ("beta2", optimizer.beta2),
        ("epsilon", optimizer.epsilon),
        ("rho", optimizer.rho),
    ]
    .map(|(key, raw)| move || place.number(key, raw));
    match &place.name("kind", optimizer.kind)?[..] {
        "adam" => Ok(Optimizer::Adam { beta1: beta1()?, beta2: beta2()?, epsilon: epsilon()? }),
        "adam_w" => Ok(Optimizer::AdamW { beta1: beta1()?, beta2: beta2()?, epsilon: epsilon()? }),
        "rms_prop" => Ok(Optimizer::RmsProp { rho: rho()?, epsilon: epsilon()? }),
        _ => parse(place, "kind", optimizer.kind),
    }
}

fn plateau(plateau: &FoundPlateau<'_>) -> Result<Plateau, Error> {
    let place = Place("ndarray_dnn.training.plateau");
    let factor = place.number("factor", plateau.factor)?;
    if !(factor > 0.0 && factor <= 1.0) {
        return Err(place.malformed("factor", "must be greater than 0 and at most 1"));
    }
    let before_last = place.optional_number("before_last", plateau.before_last)?;
    let recent = [before_last, place.optional_number("last", plateau.last)?];
    let best = place.optional_number("best", plateau.best)?;
    Ok(Plateau { factor, recent, best, waited: place.count("waited", plateau.waited)? })
}

fn generator(generator: &FoundGenerator<'_>) -> Result<ChaCha8Rng, Error> {
    let place = Place("ndarray_dnn.training.generator");
    let kind = place.name("kind", generator.kind)?;
    if kind != "chacha8" {
        return Err(place.malformed("kind", format_args!("must be \"chacha8\", found {kind:?}")));
    }
    let seed = seed(&place.name("seed", generator.seed)?);
    let seed = seed.ok_or_else(|| place.malformed("seed", "must be 64 hexadecimal digits"))?;
    let word = place.name("word", generator.word)?;
    // Digits alone: `parse` would take a sign too.
    let digits = Some(word).filter(|word| word.bytes().all(|digit| digit.is_ascii_digit()));
    let word = digits.and_then(|digits| digits.parse::<u128>().ok()).filter(|word| word >> 68 == 0);
    let word = word.ok_or_else(|| place.malformed("word", "must be a whole number below 2^68"))?;
    let mut permutations = ChaCha8Rng::from_seed(seed);
    permutations.set_stream(place.integer("stream", generator.stream)?);
    permutations.set_word_pos(word);
    Ok(permutations)
}

/// The bytes of 64 hexadecimal digits.
fn seed(text: &str) -> Option<[u8; 32]> {
    let mut seed = [0; 32];
    // Digits alone: `from_str_radix` would take a sign too.
    if text.len() != 2 * seed.len() || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    for (i, byte) in seed.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * i..2 * i + 2)?, 16).ok()?;
    }
    Some(seed)
}
