//! An epoch over blocks of rows that come one after the other.

use super::batches::{Batch, Batches};
use super::carry::Carry;
use super::criterion::Criterion;
use super::epoch::{Steps, Workspace};
use super::forward::cost;
use super::pace::{EtaSchedule, Pace};
use super::samples::Samples;
use crate::error::Error;
use crate::kernel::{self, Rows, Scalar};
use crate::model::{Config, State};

/// An epoch whose rows come in blocks. Mini-batches run on from block to block: the rows at the end of a block that fill
/// none are copied, and begin the first one of the next block. The order of the rows is that of
/// [`BatchOrder`](crate::BatchOrder) within each block.
pub(crate) struct BlockEpoch<'a, 'b, 'c, F: Scalar> {
    steps: Steps<'a, 'b, 'c, F>,
    batches: &'a mut Batches,
    carry: &'a mut Carry<F>,
}

impl<'a, 'b, 'c, F: Scalar> BlockEpoch<'a, 'b, 'c, F> {
    /// Begins an epoch of so many rows, if that is known.
    pub(crate) fn begin(
        config: &'a Config,
        state: &'a mut State<F>,
        criterion: &'a mut Criterion<'b, F>,
        workspace: &'a mut Workspace<F>,
        rows: Option<usize>,
        eta_schedule: Option<&'a mut EtaSchedule<'c>>,
    ) -> Result<Self, Error> {
        let Workspace { batches, memory, carry, tally, .. } = workspace;
        let updates = rows.map(|rows| rows.div_ceil(config.minibatch_size()));
        let pace = Pace::new(state.position, updates, eta_schedule);
        let mut steps = Steps { config, state, criterion, memory, tally, pace };
        steps.begin()?;
        carry.clear();
        Ok(Self { steps, batches, carry })
    }

    /// Trains on the next block, which has at least one row and the right shapes and weights. Its values are checked in
    /// the mini-batches.
    ///
    /// # Errors
    /// Those of [`finite_epoch`](super::finite_epoch); the caller must then restore the state. An error in the values
    /// of the block is given to `in_block`.
    pub(crate) fn take(
        &mut self,
        block: &Samples<'_, F>,
        in_block: impl FnOnce(Error) -> Error,
    ) -> Result<(), Error> {
        let Self { steps, batches, carry } = self;
        let (link, size, rows) = (steps.config.link(), steps.config.minibatch_size(), block.x.nrows());
        batches.restart(steps.config.batch_order(), size, rows)?;
        let [of_block, of_mini_batch] = [rows, size.min(rows)].map(|rows| cost(&steps.state.layers, rows));
        let trained = kernel::in_pool(of_block, of_mini_batch, || {
            batches.begin_epoch(&mut steps.state.permutations);
            let mut first = 0;
            while first < rows {
                let end = rows.min(first.saturating_add(size - carry.rows()));
                let batch = Batch { rows: batches.rows(first..end), is_postponed: false, is_new: true };
                if batch.rows.len() == size {
                    steps.make(block, &batch)?;
                } else {
                    carry.take(block, &batch.rows, link, size)?;
                    if carry.rows() == size {
                        make_carried(steps, carry)?;
                    }
                }
                first = end;
            }
            Ok(())
        });
        match trained {
            Err(error) if !matches!(error, Error::TooLarge { .. }) => {
                block.check(link).map_err(in_block).and(Err(error))
            }
            other => other,
        }
    }

    /// Trains on the rows that are left, ends the epoch, and returns its loss.
    ///
    /// # Errors
    /// Those of [`finite_epoch`](super::finite_epoch); the caller must then restore the state.
    pub(crate) fn finish(mut self) -> Result<f64, Error> {
        let Self { steps, carry, .. } = &mut self;
        if carry.rows() > 0 {
            let cost = cost(&steps.state.layers, carry.rows());
            kernel::in_pool(cost, cost, || make_carried(steps, carry))?;
        }
        self.steps.finish()
    }
}

/// Makes a step with the rows of `carry`, and removes them.
fn make_carried<F: Scalar>(steps: &mut Steps<'_, '_, '_, F>, carry: &mut Carry<F>) -> Result<(), Error> {
    let batch = Batch { rows: Rows::Window(0..carry.rows()), is_postponed: false, is_new: false };
    carry.with_samples(|samples| steps.make(samples, &batch))?;
    carry.clear();
    Ok(())
}
