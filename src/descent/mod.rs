//! The operations of training: forward, loss, backward, update, and the epoch that combines them.

mod activations;
mod answers;
mod backward;
mod batches;
mod blocks;
mod by_hand;
mod carry;
mod criterion;
mod epoch;
mod evaluate;
mod forward;
mod inputs;
mod layers;
mod mini_batch;
mod objective;
mod pace;
mod pass;
mod penalty;
mod predict;
mod row_weights;
mod samples;
mod step;
mod stream;
mod tally;

pub use mini_batch::MiniBatch;
pub use objective::ObjectiveScratch;
pub use pace::Progress;
pub use pass::Pass;

pub(crate) use answers::answers;
pub(crate) use backward::backward_rows;
pub(crate) use blocks::blocks;
pub(crate) use by_hand::{bp, compute, error, loss, update_by_hand};
pub(crate) use criterion::{Criterion, LossFn};
pub(crate) use epoch::{Functions, Share, Workspace, finite_epoch};
pub(crate) use evaluate::{BlockMemory, for_each_output, mean_loss, objective, reported_loss};
pub(crate) use forward::Outputs;
pub(crate) use inputs::{input_gradient, jacobian};
pub(crate) use mini_batch::{Hook, OnGradients};
pub(crate) use objective::{objective_and_gradient, set_parameters};
pub(crate) use pace::EtaSchedule;
pub(crate) use predict::{predict, predict_classes, predict_row, predict_row_into};
pub(crate) use row_weights::{RowWeights, WeightNames};
pub(crate) use samples::Samples;
pub(crate) use stream::BlockEpoch;
pub(crate) use tally::Tally;
