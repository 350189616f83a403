//! An epoch over blocks of rows that come one after the other.

use super::batches::{Batch, Batches, Division};
use super::carry::Carry;
use super::epoch::{Descent, Functions, Workspace};
use super::mini_batch::Hook;
use super::samples::Samples;
use crate::error::Error;
use crate::kernel::{self, Rows, Scalar, Team};
use crate::model::{Config, State};

/// An epoch whose rows come in blocks. Mini-batches run on from block to block: the rows at the end of a block that
/// fill none are copied, and begin the first one of the next block. The order of the rows is that of
/// [`BatchOrder`](crate::BatchOrder) within each block.
pub(crate) struct BlockEpoch<'a, 'f, 'h, F: Scalar> {
    descent: Descent<'a, 'f, F>,
    batches: &'a mut Batches,
    carry: &'a mut Carry<F>,
    hook: Option<&'a mut Hook<'h, F>>,
    /// The number of blocks so far.
    blocks: u64,
}

impl<'a, 'f, 'h, F: Scalar> BlockEpoch<'a, 'f, 'h, F> {
    /// Begins an epoch of so many rows, if that is known.
    pub(crate) fn begin(
        config: &'a Config,
        state: &'a mut State<F>,
        workspace: &'a mut Workspace<F>,
        functions: &'a mut Functions<'f, F>,
        rows: Option<usize>,
        hook: Option<&'a mut Hook<'h, F>>,
    ) -> Result<Self, Error> {
        let Workspace { batches, steps, carry, .. } = workspace;
        let mut descent = Descent::new(config, state, steps, functions);
        descent.begin(rows.map(|rows| rows.div_ceil(config.minibatch_size())))?;
        carry.clear();
        Ok(Self { descent, batches, carry, hook, blocks: 0 })
    }

    /// Trains on the next block, which has at least one row. Its values are checked in the mini-batches.
    ///
    /// # Errors
    /// Those of [`finite_epoch`](super::finite_epoch); the caller must then restore the state. An error in the values
    /// of the block is given to `in_block`.
    pub(crate) fn take(
        &mut self,
        block: &Samples<'_, F>,
        in_block: impl FnOnce(Error) -> Error,
    ) -> Result<(), Error> {
        let Self { descent, batches, carry, hook, blocks } = self;
        let Config { minibatch_size: size, seed, .. } = *descent.config;
        let rows = block.x.nrows();
        batches.restart(descent.config.batch_order(), Division::Rows(size), rows)?;
        // The order of a block of a given number; the first one has that of a data set.
        let seed = if *blocks == 0 { seed } else { kernel::stream(seed, *blocks) };
        *blocks += 1;
        batches.begin_epoch(&mut descent.state.permutations, seed, descent.state.position as u64);
        let [of_block, of_a_step] = [rows, size.min(rows)].map(|rows| descent.state.network.cost(rows));
        // As in an epoch on a data set, a function of the caller stays on its thread.
        let trained = match hook {
            None => Team::enter(of_block, of_a_step, || descent.block(batches, carry, block, None)),
            Some(hook) => descent.block(batches, carry, block, Some(hook)),
        };
        trained.map_err(|error| block.cause(&error).map_or(error, in_block))
    }

    /// Trains on the rows that are left, ends the epoch, and returns its loss.
    ///
    /// # Errors
    /// Those of [`finite_epoch`](super::finite_epoch); the caller must then restore the state.
    pub(crate) fn finish(self) -> Result<f64, Error> {
        let Self { mut descent, carry, hook, .. } = self;
        if carry.rows() > 0 {
            descent.carried(carry, hook)?;
        }
        descent.finish()
    }
}

impl<F: Scalar> Descent<'_, '_, F> {
    /// Makes the steps for which there are rows, in the order of `batches`; the other rows go to `carry`.
    fn block(
        &mut self,
        batches: &Batches,
        carry: &mut Carry<F>,
        block: &Samples<'_, F>,
        mut hook: Option<&mut Hook<'_, F>>,
    ) -> Result<(), Error> {
        let (size, rows) = (self.config.minibatch_size(), block.x.nrows());
        let mut first = 0;
        while first < rows {
            let end = rows.min(first.saturating_add(size - carry.rows()));
            let batch = Batch { rows: batches.rows(first..end), is_postponed: false };
            if batch.rows.len() == size {
                self.step(block, &batch, hook.as_deref_mut())?;
            } else {
                carry.take(block, &batch.rows, size)?;
                if carry.rows() == size {
                    self.carried(carry, hook.as_deref_mut())?;
                }
            }
            first = end;
        }
        Ok(())
    }

    /// Makes a step with the rows of `carry`, and removes them.
    fn carried(&mut self, carry: &mut Carry<F>, hook: Option<&mut Hook<'_, F>>) -> Result<(), Error> {
        let batch = Batch { rows: Rows::Window(0..carry.rows()), is_postponed: false };
        carry.with_samples(|samples| self.step(samples, &batch, hook))?;
        carry.clear();
        Ok(())
    }
}
