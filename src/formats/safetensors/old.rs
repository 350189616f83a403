//! Settings that are objects in formats 1 and 2, and texts since.

use serde::Deserialize;

use super::json::{Fields, Raw, Section};
use crate::error::Error;
use crate::model::{Init, Loss, Optimizer};

/// The flag beside the article's loss that means cross-entropy.
pub(super) const SOFTMAX: &str = "softmax";

/// The text of a setting that is written in another way; `None` for the others. `place` is that of the settings.
pub(super) fn text(place: Section<'_>, name: &str, fields: &Fields<'_>) -> Result<Option<String>, Error> {
    Ok(match name {
        "init" => Some(init(&place.object(name, fields.get(name))?)?.to_string()),
        "optimizer" => Some(optimizer(&place.object(name, fields.get(name))?)?.to_string()),
        "loss" => Some(loss(place, fields)?.to_string()),
        _ => None,
    })
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct FoundInit<'a> {
    kind: Raw<'a>,
    low: Raw<'a>,
    high: Raw<'a>,
}

fn init(init: &FoundInit<'_>) -> Result<Init, Error> {
    let place = Section("ndarray_dnn.settings.init");
    match &place.name("kind", init.kind)?[..] {
        "uniform" => {
            Ok(Init::Uniform { low: place.number("low", init.low)?, high: place.number("high", init.high)? })
        }
        _ => place.parse("kind", init.kind),
    }
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

fn optimizer(optimizer: &FoundOptimizer<'_>) -> Result<Optimizer, Error> {
    let place = Section("ndarray_dnn.settings.optimizer");
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
        _ => place.parse("kind", optimizer.kind),
    }
}

/// Cross-entropy is the article's loss with softmax, as the builder says it.
fn loss(place: Section<'_>, fields: &Fields<'_>) -> Result<Loss, Error> {
    let raw = fields.get("loss");
    let loss = match &place.name("loss", raw)?[..] {
        // The name of the article's loss in the oldest files.
        "document" => Loss::Article,
        _ => place.parse("loss", raw)?,
    };
    if place.flag(SOFTMAX, fields.get(SOFTMAX))? { loss.with_softmax() } else { Ok(loss) }
}
