//! Checks of the settings and the data of a run, before anything is changed.

use super::metric::Metric;
use super::settings::Data;
use super::training::Training;
use crate::activation::Link;
use crate::descent::{Criterion, LossFn, RowWeights, Samples, WeightNames};
use crate::error::{Error, Rival};
use crate::kernel::Scalar;
use crate::model::{BatchOrder, Config};
use crate::validate::check_count;

/// Checks the number of mini-batches of an epoch, if it is set.
pub(super) fn check_batches_per_epoch(
    config: &Config,
    batches_per_epoch: Option<usize>,
) -> Result<(), Error> {
    let Some(batches) = batches_per_epoch else { return Ok(()) };
    check_count("batches_per_epoch", batches)?;
    match config.batch_order() {
        order @ BatchOrder::Cyclic => {
            let other = format!("batch_order({order:?}), whose epoch has as many mini-batches as rows");
            Err(Error::conflict("batches_per_epoch", format!("batches_per_epoch({batches})"), other))
        }
        _ => Ok(()),
    }
}

/// The function of the run, or the loss of the network.
pub(super) fn criterion<'a, F: Scalar>(
    config: &Config,
    loss_fn: Option<&'a LossFn<'a, F>>,
    outputs: usize,
) -> Result<Criterion<'a, F>, Error> {
    match (loss_fn, config.link()) {
        (None, _) => Ok(Criterion::reported(config)),
        (Some(loss_fn), Link::Identity) => Criterion::of_function(loss_fn, outputs),
        (Some(_), link) => {
            Err(Error::conflict("loss_fn", "loss_fn", Rival::LinkBesideLossFn(link.to_string())))
        }
    }
}

/// The first setting that needs validation data; `None` if no setting does.
pub(super) fn needs_validation<F: Scalar>(
    training: &Training<'_, F>,
    metrics: &[Metric<'_, F>],
) -> Option<&'static str> {
    if training.stopping.early.is_some() {
        Some("early_stopping")
    } else if training.validation.weights.is_some() {
        Some("validation_weights")
    } else if !metrics.is_empty() && matches!(training.data, Data::Source(_)) {
        Some("a metric of a run on a source")
    } else {
        None
    }
}

/// Checks that the settings go together with a source.
pub(super) fn check_source<F: Scalar>(training: &Training<'_, F>) -> Result<(), Error> {
    let conflict = |name, found: &str| Err(Error::conflict(name, found, "a source of blocks"));
    if training.net.config.batch_order() == BatchOrder::Cyclic {
        conflict("batch_order", "BatchOrder::Cyclic, the default of a builder,")
    } else if training.weighting.weights.is_some() {
        conflict("sample_weights", "sample_weights")
    } else if training.machines.share.batches_per_epoch.is_some() {
        conflict("batches_per_epoch", "batches_per_epoch")
    } else {
        Ok(())
    }
}

/// The weights of the rows, checked; those of a source come in its blocks.
pub(super) fn weights<'a, F: Scalar>(training: &Training<'a, F>) -> Result<RowWeights<'a, F>, Error> {
    match (training.weighting.weights, &training.data) {
        (Some(weights), Data::Arrays(x, _)) => {
            RowWeights::new(WeightNames::OF_SAMPLES, weights, x.nrows(), training.weighting.mean)
        }
        _ => Ok(RowWeights::Equal),
    }
}

/// The validation data, checked.
pub(super) fn validation<'a, F: Scalar>(training: &Training<'a, F>) -> Result<Option<Samples<'a, F>>, Error> {
    let Some([x, y]) = training.validation.data else { return Ok(None) };
    let weights = match training.validation.weights {
        None => RowWeights::Equal,
        Some(weights) => {
            RowWeights::new(WeightNames::OF_VALIDATION, weights, x.nrows(), None).map_err(of_validation)?
        }
    };
    let samples = Samples { x, y, weights };
    samples.check(training.net.config.loss()).map_err(of_validation)?;
    Ok(Some(samples))
}

/// Marks an error as one of the validation data.
pub(super) fn of_validation(error: Error) -> Error {
    Error::Validation(Box::new(error))
}
