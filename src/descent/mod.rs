//! The operations of training: forward, loss, backward, update, and the epoch that combines them.

mod answers;
mod backward;
mod batches;
mod epoch;
mod evaluate;
mod forward;
mod loss;
mod pass;
mod row_weights;
mod step;
mod sum;
mod tally;

pub use pass::Pass;

pub(crate) use answers::answers;
pub(crate) use backward::backward;
pub(crate) use epoch::{Samples, Workspace, finite_epoch};
pub(crate) use evaluate::{Blocks, mean_loss};
pub(crate) use forward::cost;
pub(crate) use loss::{Measure, error_and_loss, penalty};
pub(crate) use row_weights::{Factors, RowWeights, WeightNames};
pub(crate) use step::update;
