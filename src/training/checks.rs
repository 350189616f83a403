//! Checks of the settings and the data of a run, before anything is changed.

use super::settings::{Data, Machines};
use super::training::Training;
use crate::activation::Link;
use crate::descent::{Criterion, LossFn, RowWeights, Samples, WeightNames};
use crate::error::{Error, Rival};
use crate::kernel::Scalar;
use crate::model::{BatchOrder, Config};
use crate::validate::{ABOVE_0, check_count, check_range, check_shapes_of_share};

/// Checks the settings, and the shapes of the data.
pub(super) fn check<F: Scalar>(training: &Training<'_, F>) -> Result<(), Error> {
    let net = &*training.net;
    check_count("max_epochs", training.stopping.max_epochs.unwrap_or(1))?;
    let Machines { on_gradients, share } = &training.machines;
    check_batches_per_epoch(&net.config, share.batches_per_epoch)?;
    match training.data {
        // The number of steps is known without rows.
        Data::Arrays(x, y) if on_gradients.is_some() && share.batches_per_epoch.is_some() => {
            check_shapes_of_share(x, y, net.network().shape())
                .map_err(|error| net.network().explain(error))?;
        }
        Data::Arrays(x, y) => net.network().check_shapes(x, y)?,
        Data::Source(_) => check_source(training)?,
    }
    if let Some([x, y]) = training.validation.data {
        net.network().check_shapes(x, y).map_err(of_validation)?;
    } else if let Some(needed_by) = needs_validation(training) {
        return Err(Error::NotSet { name: "validation", needed_by });
    }
    if let Some(early_stopping) = &training.stopping.early {
        let names = Vec::from_iter(training.callbacks.metrics.iter().map(|metric| metric.name.clone()));
        early_stopping.check::<F>(&names)?;
    }
    if let Some(reduce_on_plateau) = &training.rates.on_plateau {
        reduce_on_plateau.check::<F>()?;
    }
    if let Some(mean_weight) = training.weighting.mean {
        check_range::<f64>("mean_weight", ABOVE_0, mean_weight)?;
    }
    Ok(())
}

/// Checks the number of mini-batches of an epoch, if it is set.
fn check_batches_per_epoch(config: &Config, batches_per_epoch: Option<usize>) -> Result<(), Error> {
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
fn needs_validation<F: Scalar>(training: &Training<'_, F>) -> Option<&'static str> {
    if training.stopping.early.is_some() {
        Some("early_stopping")
    } else if training.validation.weights.is_some() {
        Some("validation_weights")
    } else if !training.callbacks.metrics.is_empty() && matches!(training.data, Data::Source(_)) {
        Some("a metric of a run on a source")
    } else {
        None
    }
}

/// Checks that the settings go together with a source.
fn check_source<F: Scalar>(training: &Training<'_, F>) -> Result<(), Error> {
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
    let mut samples = Samples::unchecked(x, y, weights, training.net.config.loss());
    samples.check().map_err(of_validation)?;
    samples.set_checked();
    Ok(Some(samples))
}

/// Marks an error as one of the validation data.
fn of_validation(error: Error) -> Error {
    Error::Validation(Box::new(error))
}
