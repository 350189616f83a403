//! An epoch over blocks of rows that come one after the other.

use super::batches::{Batch, Batches, Division};
use super::carry::Carry;
use super::criterion::Criterion;
use super::epoch::{Steps, Workspace, may_follow};
use super::mini_batch::{Hook, MiniBatch};
use super::pace::{EtaSchedule, Pace};
use super::samples::Samples;
use crate::error::Error;
use crate::kernel::{self, Rows, Scalar, Team};
use crate::model::{Config, Network, State};

/// An epoch whose rows come in blocks. Mini-batches run on from block to block: the rows at the end of a block that fill
/// none are copied, and begin the first one of the next block. The order of the rows is that of
/// [`BatchOrder`](crate::BatchOrder) within each block.
pub(crate) struct BlockEpoch<'a, 'b, 'c, 'd, F: Scalar> {
    steps: Steps<'a, 'b, 'c, F>,
    batches: &'a mut Batches,
    carry: &'a mut Carry<F>,
    hook: Option<&'a mut Hook<'d, F>>,
    /// The number of blocks so far.
    blocks: u64,
}

impl<'a, 'b, 'c, 'd, F: Scalar> BlockEpoch<'a, 'b, 'c, 'd, F> {
    /// Begins an epoch of so many rows, if that is known.
    pub(crate) fn begin(
        config: &'a Config,
        state: &'a mut State<F>,
        criterion: &'a mut Criterion<'b, F>,
        workspace: &'a mut Workspace<F>,
        rows: Option<usize>,
        eta_schedule: Option<&'a mut EtaSchedule<'c>>,
        hook: Option<&'a mut Hook<'d, F>>,
    ) -> Result<Self, Error> {
        let Workspace { batches, buffers, postponed, team, carry, tally, .. } = workspace;
        let per_epoch = rows.map(|rows| rows.div_ceil(config.minibatch_size()));
        let pace = Pace::new(state.position, per_epoch, eta_schedule);
        let mut steps =
            Steps { config, state, criterion, buffers, postponed, team, tally, pace, per_epoch, cost: 0 };
        steps.begin()?;
        carry.clear();
        Ok(Self { steps, batches, carry, hook, blocks: 0 })
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
        let Self { steps, batches, carry, hook, blocks } = self;
        let Config { minibatch_size: size, seed, .. } = *steps.config;
        batches.restart(steps.config.batch_order(), Division::Rows(size), block.x.nrows())?;
        // The order of a block of a given number; the first one has that of a data set.
        let seed = if *blocks == 0 { seed } else { kernel::stream(seed, *blocks) };
        *blocks += 1;
        batches.begin_epoch(&mut steps.state.permutations, seed, steps.state.position as u64);
        let rows = block.x.nrows();
        let [of_block, of_mini_batch] = [rows, size.min(rows)].map(|rows| steps.state.network.cost(rows));
        steps.cost = of_mini_batch;
        // As in an epoch on a data set, a function of the caller stays on its thread.
        let trained = match hook {
            None => Team::enter(of_block, of_mini_batch, || {
                steps.block(batches, carry, block, &mut |_: &mut MiniBatch<'_, F>, _: &Network<F>| Ok(()))
            }),
            Some(hook) => steps.block(
                batches,
                carry,
                block,
                &mut |batch: &mut MiniBatch<'_, F>, network: &Network<F>| hook.call(batch, network),
            ),
        };
        match trained {
            Err(error) if may_follow(&error) => {
                block.check(steps.config.loss()).map_err(in_block).and(Err(error))
            }
            other => other,
        }
    }

    /// Trains on the rows that are left, ends the epoch, and returns its loss.
    ///
    /// # Errors
    /// Those of [`finite_epoch`](super::finite_epoch); the caller must then restore the state.
    pub(crate) fn finish(self) -> Result<f64, Error> {
        let Self { mut steps, carry, mut hook, .. } = self;
        if carry.rows() > 0 {
            steps.cost = steps.state.network.cost(carry.rows());
            steps.carried(
                carry,
                &mut |batch: &mut MiniBatch<'_, F>, network: &Network<F>| match &mut hook {
                    None => Ok(()),
                    Some(hook) => hook.call(batch, network),
                },
            )?;
        }
        steps.finish()
    }
}

impl<F: Scalar> Steps<'_, '_, '_, F> {
    /// Makes the steps for which there are rows, in the order of `batches`; the other rows go to `carry`.
    fn block(
        &mut self,
        batches: &Batches,
        carry: &mut Carry<F>,
        block: &Samples<'_, F>,
        inspect: &mut impl FnMut(&mut MiniBatch<'_, F>, &Network<F>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (size, rows) = (self.config.minibatch_size(), block.x.nrows());
        let mut first = 0;
        while first < rows {
            let end = rows.min(first.saturating_add(size - carry.rows()));
            let batch = Batch { rows: batches.rows(first..end), is_postponed: false, is_new: true };
            if batch.rows.len() == size {
                self.make(block, &batch, inspect)?;
            } else {
                carry.take(block, &batch.rows, self.config.loss(), size)?;
                if carry.rows() == size {
                    self.carried(carry, inspect)?;
                }
            }
            first = end;
        }
        Ok(())
    }

    /// Makes a step with the rows of `carry`, and removes them.
    fn carried(
        &mut self,
        carry: &mut Carry<F>,
        inspect: &mut impl FnMut(&mut MiniBatch<'_, F>, &Network<F>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let batch = Batch { rows: Rows::Window(0..carry.rows()), is_postponed: false, is_new: false };
        carry.with_samples(|samples| self.make(samples, &batch, inspect))?;
        carry.clear();
        Ok(())
    }
}
