//! One epoch: forward, loss, backward and update for each mini-batch, in buffers that are allocated once.

use super::backward::backward;
use super::batches::{Batch, Batches, Division};
use super::carry::Carry;
use super::criterion::Criterion;
use super::forward::Outputs;
use super::mini_batch::{Hook, MiniBatch};
use super::pace::{EtaSchedule, Pace};
use super::samples::Samples;
use super::tally::Tally;
use crate::error::Error;
use crate::kernel::{self, Matrix, Scalar, Sum, Team};
use crate::model::{BatchOrder, Config, Gradients, Network, State};

/// What distinguishes a run on a share of the rows, of which other machines have the rest.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Share {
    /// The number of mini-batches of an epoch; `None` if `minibatch_size` determines it.
    pub(crate) batches_per_epoch: Option<usize>,
    /// The number of the machine, from 0.
    pub(crate) rank: usize,
}

impl Share {
    fn division(self, config: &Config) -> Division {
        self.batches_per_epoch.map_or(Division::Rows(config.minibatch_size()), Division::Parts)
    }
}

/// The working memory of training, allocated once.
pub(crate) struct Workspace<F: Scalar> {
    pub(super) batches: Batches,
    pub(super) buffers: Buffers<F>,
    /// The gradients of a postponed update, which must be made before the next mini-batch.
    pub(super) postponed: Option<Gradients<F>>,
    pub(super) team: Team,
    /// The rows between two blocks of a source; empty for a data set.
    pub(super) carry: Carry<F>,
    pub(crate) tally: Tally,
    /// The state at the end of the last finite epoch, which is restored if training diverges.
    last_finite: State<F>,
}

impl<F: Scalar> Workspace<F> {
    /// Allocates the permutation of `rows` rows, if the order needs one, and the snapshot of the state. The first
    /// mini-batch allocates the other buffers.
    pub(crate) fn new(
        config: &Config,
        state: &State<F>,
        order: BatchOrder,
        rows: usize,
        share: Share,
    ) -> Result<Self, Error> {
        Ok(Self {
            batches: Batches::new(order, share.division(config), rows)?,
            buffers: Buffers::new(config, share.rank),
            postponed: None,
            team: Team::default(),
            carry: Carry::default(),
            tally: Tally::new(order),
            last_finite: state.snapshot()?,
        })
    }

    /// The number of mini-batches of an epoch.
    pub(crate) fn minibatches_per_epoch(&self) -> usize {
        self.batches.per_epoch()
    }

    /// Prepares for another data set of the same network, all of whose rows are here, and reuses the memory.
    pub(crate) fn restart(
        &mut self,
        config: &Config,
        state: &State<F>,
        order: BatchOrder,
        rows: usize,
    ) -> Result<(), Error> {
        self.batches.restart(order, Share::default().division(config), rows)?;
        self.buffers.masks = masks(config, 0);
        self.postponed = None;
        self.tally = Tally::new(order);
        self.last_finite.copy_from(state);
        Ok(())
    }

    /// Takes a snapshot of a finite state.
    pub(crate) fn keep(&mut self, state: &State<F>) {
        self.last_finite.copy_from(state);
    }

    /// Takes a snapshot of what is judged after an epoch.
    pub(crate) fn keep_plateau(&mut self, state: &State<F>) {
        self.last_finite.plateau = state.plateau;
    }

    /// Restores the last finite state after `error`, and returns the error to report. If that state is not finite
    /// either, as it can be after updates by hand, this is an [`Error::NonFinite`] that names the value.
    pub(crate) fn restore(&self, state: &mut State<F>, error: Error) -> Error {
        state.copy_from(&self.last_finite);
        match (&error, state.check_finite()) {
            (Error::Diverged { .. }, Err(not_finite)) => not_finite,
            _ => error,
        }
    }
}

/// The memory of one mini-batch.
pub(super) struct Buffers<F: Scalar> {
    /// Rows that cannot be read in place.
    gathered: Matrix<F>,
    /// The factors of the rows; empty without weights.
    factors: Vec<f64>,
    /// The key of the masks of dropout of all updates.
    masks: u64,
    outputs: Outputs<F>,
    gradients: Gradients<F>,
}

/// The masks of dropout come from their own stream of the seed, and those of every machine but the first from a stream
/// of another one.
const MASKS: u64 = 2;
const MASKS_OF_RANKS: u64 = 3;

/// The key of the masks of all updates.
fn masks(config: &Config, rank: usize) -> u64 {
    match rank {
        0 => kernel::stream(config.seed(), MASKS),
        rank => kernel::stream(kernel::stream(config.seed(), MASKS_OF_RANKS), rank as u64),
    }
}

impl<F: Scalar> Buffers<F> {
    fn new(config: &Config, rank: usize) -> Self {
        Self {
            gathered: Matrix::default(),
            factors: Vec::new(),
            masks: masks(config, rank),
            outputs: Outputs::default(),
            gradients: Gradients::default(),
        }
    }

    /// Computes the gradients of a mini-batch, and checks the values of rows that are new; returns the sums `Σ f·l` of
    /// their losses and `Σ f` of their factors.
    fn descend(
        &mut self,
        config: &Config,
        state: &State<F>,
        samples: &Samples<'_, F>,
        criterion: &mut Criterion<'_, F>,
        Batch { rows, is_new, .. }: &Batch<'_>,
    ) -> Result<[Sum; 2], Error> {
        let Self { gathered, factors, masks, outputs, gradients } = self;
        if rows.len() == 0 {
            gradients.reserve(&state.network, 0)?;
            gradients.clear();
            return Ok([Sum::ZERO; 2]);
        }
        let factors = samples.weights.factors(rows, factors);
        let unchecked = is_new.then_some(config.loss());
        let input = samples.input(rows, factors, unchecked, gathered)?;
        outputs.drop_out(config.dropout(), kernel::stream(*masks, state.updates));
        outputs.forward(&state.network, input)?;

        let d = gradients.reserve(&state.network, input.rows())?;
        samples.load_targets(rows, factors, unchecked, d)?;
        let loss = criterion.error_and_losses(outputs, d, factors);
        factors.scale(d);
        outputs.clear_absent_rows(factors);
        backward(&state.network, input, outputs, gradients)?;
        Ok([loss, factors.sum()])
    }
}

/// Trains for one epoch and returns its loss. Afterwards loss, parameters and velocity are finite. The values of
/// `samples` are checked in the mini-batches in which they are used for the first time, so that data that do not fit in
/// memory are not read once more.
///
/// # Errors
/// Those of [`Samples::check`]; [`Error::Diverged`], [`Error::TooLarge`], [`Error::OutOfRange`] for a factor of
/// `eta_schedule`, and those of `hook`. The caller must then restore the state.
pub(crate) fn finite_epoch<F: Scalar>(
    config: &Config,
    state: &mut State<F>,
    samples: &Samples<'_, F>,
    criterion: &mut Criterion<'_, F>,
    workspace: &mut Workspace<F>,
    eta_schedule: Option<&mut EtaSchedule<'_>>,
    hook: Option<&mut Hook<'_, F>>,
) -> Result<f64, Error> {
    let has_unchecked_rows = workspace.batches.has_unseen();
    let per_epoch = Some(workspace.batches.per_epoch());
    let cost_of_epoch = state.network.cost(workspace.batches.rows_per_epoch());
    let cost = state.network.cost(workspace.batches.most_rows());
    let pace = Pace::new(state.position, per_epoch, eta_schedule);
    let Workspace { batches, buffers, postponed, team, tally, .. } = workspace;
    let mut steps =
        Steps { config, state, criterion, buffers, postponed, team, tally, pace, per_epoch, cost };
    // The epoch may run on a thread of the pool. Printing and callbacks stay on the caller's thread, which may
    // hold a lock on the standard output. So with a hook, each mini-batch enters the pool anew.
    let trained = match hook {
        None => Team::enter(cost_of_epoch, cost, || {
            steps.epoch(batches, samples, &mut |_: &mut MiniBatch<'_, F>, _: &Network<F>| Ok(()))
        }),
        Some(hook) => {
            steps.epoch(batches, samples, &mut |batch: &mut MiniBatch<'_, F>, network: &Network<F>| {
                hook.call(batch, network)
            })
        }
    };
    match trained {
        Ok(()) => steps.finish(),
        Err(error) if has_unchecked_rows && may_follow(&error) => {
            samples.check(config.loss()).and(Err(error))
        }
        Err(error) => Err(error),
    }
}

/// Whether an error may follow from bad values, which then matter more.
pub(super) fn may_follow(error: &Error) -> bool {
    !matches!(error, Error::TooLarge { .. } | Error::Callback { .. })
}

/// The steps of an epoch: one for each mini-batch.
pub(super) struct Steps<'a, 'b, 'c, F: Scalar> {
    pub(super) config: &'a Config,
    pub(super) state: &'a mut State<F>,
    pub(super) criterion: &'a mut Criterion<'b, F>,
    pub(super) buffers: &'a mut Buffers<F>,
    pub(super) postponed: &'a mut Option<Gradients<F>>,
    pub(super) team: &'a mut Team,
    pub(super) tally: &'a mut Tally,
    pub(super) pace: Pace<'a, 'c>,
    /// The number of mini-batches of the epoch, if it is known.
    pub(super) per_epoch: Option<usize>,
    /// The number of multiplications of a forward pass over a mini-batch.
    pub(super) cost: usize,
}

impl<F: Scalar> Steps<'_, '_, '_, F> {
    /// Makes all steps of an epoch on `samples`.
    fn epoch(
        &mut self,
        batches: &mut Batches,
        samples: &Samples<'_, F>,
        inspect: &mut impl FnMut(&mut MiniBatch<'_, F>, &Network<F>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.begin()?;
        let (seed, epoch) = (self.config.seed(), self.state.position as u64);
        batches.begin_epoch(&mut self.state.permutations, seed, epoch);
        while let Some(batch) = batches.next() {
            self.make(samples, &batch, inspect)?;
        }
        Ok(())
    }

    /// Begins the epoch, with the update that the last one left.
    pub(super) fn begin(&mut self) -> Result<(), Error> {
        let Self { config, state, buffers, postponed, tally, pace, .. } = self;
        tally.begin_epoch();
        if let Some(due) = postponed.take() {
            pace.update(state, config, &due, tally)?;
            // The next mini-batches reuse its memory.
            buffers.gradients = due;
        }
        Ok(())
    }

    /// Makes a step with some rows of `samples`. Calls `inspect` before the update, then checks the loss, but not the
    /// parameters.
    pub(super) fn make(
        &mut self,
        samples: &Samples<'_, F>,
        batch: &Batch<'_>,
        inspect: &mut impl FnMut(&mut MiniBatch<'_, F>, &Network<F>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Self { config, state, criterion, buffers, postponed, team, tally, pace, per_epoch, cost } = self;
        let (per_epoch, cost) = (*per_epoch, *cost);
        let mut step = team.step(batch.rows.len(), cost);
        let sums = step.run(|| buffers.descend(config, state, samples, criterion, batch))?;
        let mut batch_of_epoch = MiniBatch {
            gradients: &mut buffers.gradients,
            sums,
            epoch: tally.epochs,
            iteration: tally.iterations.saturating_add(1),
            per_epoch,
            max_epochs: 0,
        };
        inspect(&mut batch_of_epoch, &state.network)?;
        let sums = batch_of_epoch.sums;
        if !tally.add(sums, buffers.gradients.weight) {
            let what = state.not_finite().unwrap_or(criterion.what());
            return Err(diverged(config, state, tally, what));
        }

        if batch.is_postponed {
            **postponed = Some(std::mem::take(&mut buffers.gradients));
        } else {
            step.finish(|| pace.update(state, config, &buffers.gradients, tally))?;
        }
        Ok(())
    }

    /// Ends the epoch, and returns its loss.
    ///
    /// # Errors
    /// [`Error::Diverged`] unless loss, parameters and velocity are finite.
    pub(super) fn finish(self) -> Result<f64, Error> {
        let Self { config, state, tally, pace, .. } = self;
        pace.finish(state);
        let loss = tally.loss();
        match not_finite(state, loss) {
            None => Ok(loss),
            Some(what) => Err(diverged(config, state, tally, what)),
        }
    }
}

/// Names the part that is not finite after an epoch. The loss comes last, since it follows from the parameters.
fn not_finite<F: Scalar>(state: &State<F>, loss: f64) -> Option<&'static str> {
    let of_loss = if loss.is_finite() { None } else { Some("the loss") };
    state.not_finite().or(of_loss)
}

fn diverged<F: Scalar>(config: &Config, state: &State<F>, tally: &Tally, what: &'static str) -> Error {
    let eta = state.effective_eta.unwrap_or(config.eta());
    Error::Diverged { epoch: tally.epochs, iteration: tally.iterations, eta, what }
}
