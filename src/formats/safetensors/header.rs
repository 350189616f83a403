//! Settings and counters of a network, read from the JSON in the metadata of a file.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

use super::estimator::{Kind, Summary};
use super::json::{Raw, Section, object};
use super::settings;
use crate::activation::Activation;
use crate::error::{Error, FileError};
use crate::model::{Config, Plateau};

/// The version of the format that is written; it and the older ones are read.
///
/// | version | new |
/// |---|---|
/// | 2 | settings `clip_norm`, `dropout`, `l1`, `max_norm`, `schedule`; state `all_updates`, `plateau`, `position` |
/// | 3 | settings `init` and `optimizer` are texts, and cross-entropy is a `loss`; no velocity of an optimizer without one |
pub(super) const FORMAT: u64 = 3;

/// The path of the header, for messages.
const ROOT: Section<'_> = Section("ndarray_dnn");

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
struct FoundHeader<'a> {
    activations: Raw<'a>,
    element: Raw<'a>,
    estimator: Raw<'a>,
    format: Raw<'a>,
    settings: Raw<'a>,
    training: Raw<'a>,
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
        let root: FoundHeader<'_> = object(ROOT.0, text)?;
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
        let place = Section("ndarray_dnn.training");
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
            config: settings::read(ROOT, root.settings, format, [most_layers, most_outputs])?,
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
    list.into_iter().map(|name| ROOT.parse("activations", name)).collect()
}

fn plateau(plateau: &FoundPlateau<'_>) -> Result<Plateau, Error> {
    let place = Section("ndarray_dnn.training.plateau");
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
    let place = Section("ndarray_dnn.training.generator");
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
