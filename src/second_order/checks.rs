//! Checks of the settings and the data of a run of Levenberg-Marquardt.

use ndarray::{ArrayRef1, ArrayRef2};

use super::levenberg_marquardt::LevenbergMarquardt;
use crate::activation::Link;
use crate::descent::{RowWeights, Samples, WeightNames};
use crate::error::Error;
use crate::kernel::Scalar;
use crate::model::{Config, Loss};
use crate::validate::{ABOVE_0, AT_LEAST_0, check_count, check_finite, check_range};

/// Checks all settings of the run and of the network.
pub(super) fn check_settings<F: Scalar>(settings: &LevenbergMarquardt<'_, F>) -> Result<(), Error> {
    check_network(&settings.net.config)?;
    check_count("max_iterations", settings.max_iterations)?;
    check_range::<f64>("gradient_tolerance", AT_LEAST_0, settings.gradient_tolerance)?;
    check_range::<f64>("step_tolerance", AT_LEAST_0, settings.step_tolerance)?;
    check_range::<f64>("damping", ABOVE_0, settings.damping)?;
    if let Some(early_stopping) = &settings.early_stopping {
        early_stopping.check::<F>(&[])?;
    }
    let needed_by = match settings {
        LevenbergMarquardt { validation: Some(_), .. } => return Ok(()),
        LevenbergMarquardt { early_stopping: Some(_), .. } => "early_stopping",
        LevenbergMarquardt { validation_weights: Some(_), .. } => "validation_weights",
        _ => return Ok(()),
    };
    Err(Error::NotSet { name: "validation", needed_by })
}

/// Checks that the objective of the network is a sum of squares.
fn check_network(config: &Config) -> Result<(), Error> {
    let other = "levenberg_marquardt, which minimises squares and L2 alone";
    let conflict = |name, found: String| Err(Error::conflict(name, found, other));
    match (config.link(), config.loss()) {
        (Link::Identity, Loss::Article | Loss::Squared) => {}
        (Link::Softmax, _) => return conflict("softmax", "softmax(true)".to_owned()),
        (_, loss) => return conflict("loss", format!("loss({loss:?})")),
    }
    if config.l1() > 0.0 {
        return conflict("l1", format!("l1({:?})", config.l1()));
    }
    if let Some(max_norm) = config.max_norm() {
        return conflict("max_norm", format!("max_norm({max_norm:?})"));
    }
    if config.dropout().iter().any(|rate| *rate > 0.0) {
        return conflict("dropout", format!("dropout({:?})", config.dropout()));
    }
    Ok(())
}

/// A data set whose shapes are checked, with its values checked.
pub(super) fn samples<'a, F: Scalar>(
    [x, y]: [&'a ArrayRef2<F>; 2],
    weights: Option<&'a ArrayRef1<F>>,
    names: WeightNames,
) -> Result<Samples<'a, F>, Error> {
    let weights = match weights {
        None => RowWeights::Equal,
        Some(weights) => RowWeights::new(names, weights, x.nrows(), None)?,
    };
    check_finite("x", x)?;
    check_finite("y", y)?;
    Ok(Samples::checked(x, y, weights))
}
