//! The operations of training: forward, loss, backward, update, and the epoch that combines them.

mod answers;
mod backward;
mod batches;
mod carry;
mod criterion;
mod epoch;
mod evaluate;
mod forward;
mod label_weights;
mod loss;
mod pace;
mod pass;
mod row_weights;
mod samples;
mod step;
mod stream;
mod sum;
mod tally;

pub use pace::Progress;
pub use pass::Pass;

pub(crate) use answers::answers;
pub(crate) use backward::backward;
pub(crate) use criterion::{Criterion, LossFn};
pub(crate) use epoch::{Workspace, finite_epoch};
pub(crate) use evaluate::{Blocks, for_each_output, mean_loss};
pub(crate) use forward::cost;
pub(crate) use loss::{error, error_and_loss, penalty};
pub(crate) use pace::EtaSchedule;
pub(crate) use row_weights::{Factors, RowWeights, WeightNames};
pub(crate) use samples::Samples;
pub(crate) use step::update;
pub(crate) use stream::BlockEpoch;
pub(crate) use tally::Tally;
