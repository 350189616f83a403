//! An epoch on the blocks of a source.

use ndarray::{ArrayRef1, ArrayView1};

use super::source::{Block, Source};
use crate::descent::{BlockEpoch, Functions, Hook, RowWeights, Samples, WeightNames, Workspace};
use crate::dnn::Dnn;
use crate::error::{Cause, Error, Extent, Place};
use crate::kernel::Scalar;
use crate::validate::{ABOVE_0, check_range, check_rows, check_shapes};

/// The name of the mean weight in errors.
const MEAN_WEIGHT: &str = "mean_weight";

/// Trains for one epoch and returns its loss. `mean_weight` is that of the run.
///
/// # Errors
/// Those of [`Training::run`](super::training::Training::run) for a source. The caller must then restore the state.
pub(super) fn source_epoch<F: Scalar>(
    net: &mut Dnn<F>,
    source: &mut dyn Source<F>,
    mean_weight: Option<f64>,
    workspace: &mut Workspace<F>,
    functions: &mut Functions<'_, F>,
    hook: Option<&mut Hook<'_, F>>,
) -> Result<f64, Error> {
    let (shape, loss) = (net.network().shape(), net.config.loss());
    let Dnn { config, state, .. } = net;
    // The position counts the epochs that are finished.
    source.begin(state.position as usize);
    let mean_weight = mean_weight.or_else(|| source.mean_weight());
    if let Some(mean_weight) = mean_weight {
        check_range::<f64>(MEAN_WEIGHT, ABOVE_0, mean_weight)?;
    }
    let expected = source.rows();
    let mut epoch = BlockEpoch::begin(config, state, workspace, functions, expected, hook)?;
    let (mut blocks, mut rows) = (0, 0_usize);
    let failed = |error| Error::Callback { name: "Source::next", source: Cause::new(error) };
    while let Some(Block { x, y, weights }) = source.next().map_err(failed)? {
        let block = blocks;
        blocks += 1;
        let in_block = |error| Error::Block { block, source: Box::new(error) };
        check_rows("y", &y, x.nrows()).map_err(in_block)?;
        if x.nrows() == 0 {
            continue;
        }
        check_shapes(&x, &y, shape).map_err(in_block)?;
        rows = rows.saturating_add(x.nrows());
        check_total(rows, expected.filter(|expected| rows > *expected))?;
        let one = [F::one()];
        let one = ArrayView1::from(&one);
        // With a mean weight, the rows of a block without weights have the weight 1.
        let given = weights.or_else(|| mean_weight.and_then(|_| one.broadcast(x.nrows())));
        let weights = match &given {
            None => RowWeights::Equal,
            Some(weights) => row_weights(weights, x.nrows(), mean_weight).map_err(in_block)?,
        };
        epoch.take(&Samples::unchecked(&x, &y, weights, loss), in_block)?;
    }
    if rows == 0 {
        return Err(Error::Empty { what: "the source", rows, columns: shape[0] });
    }
    check_total(rows, expected)?;
    epoch.finish()
}

/// The weights of a block, checked.
fn row_weights<F: Scalar>(
    weights: &ArrayRef1<F>,
    rows: usize,
    mean_weight: Option<f64>,
) -> Result<RowWeights<'_, F>, Error> {
    let names = WeightNames { weights: "weights", mean: MEAN_WEIGHT };
    match mean_weight {
        Some(mean_weight) => RowWeights::new(names, weights, rows, Some(mean_weight)),
        None => Err(Error::NotSet { name: MEAN_WEIGHT, needed_by: "a block with weights" }),
    }
}

/// Checks that an epoch has the number of rows that the source named, if it did.
fn check_total(rows: usize, expected: Option<usize>) -> Result<(), Error> {
    match expected {
        Some(expected) if rows != expected => {
            let (at, extent) = (Place::Whole, Extent::Rows);
            Err(Error::Shape { what: "the source", at, extent, expected, found: rows })
        }
        _ => Ok(()),
    }
}
