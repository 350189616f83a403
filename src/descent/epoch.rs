//! One epoch: forward, loss, backward and update for each mini-batch, in buffers that are allocated once.

use super::backward::backward;
use super::batches::{Batch, Batches, Division};
use super::carry::Carry;
use super::criterion::Criterion;
use super::forward::Outputs;
use super::mini_batch::Hook;
use super::pace::{EtaSchedule, Pace};
use super::samples::Samples;
use super::tally::Tally;
use crate::error::Error;
use crate::kernel::{self, Matrix, Rows, Scalar, Sum, Team};
use crate::model::{BatchOrder, Config, Gradients, State};

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
    pub(super) steps: Steps<F>,
    /// The rows between two blocks of a source; empty for a data set.
    pub(super) carry: Carry<F>,
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
            steps: Steps::new(config, order, share.rank),
            carry: Carry::default(),
            last_finite: state.snapshot()?,
        })
    }

    /// The counters of the run, and the loss of its last epoch.
    pub(crate) fn tally(&self) -> &Tally {
        &self.steps.tally
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
        self.steps.restart(config, order);
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

/// What one step leaves to the next: memory, threads, counters and a postponed update.
pub(super) struct Steps<F: Scalar> {
    buffers: Buffers<F>,
    team: Team,
    tally: Tally,
    /// Whether the update by the gradients in `buffers` is left to the next epoch.
    is_update_due: bool,
}

impl<F: Scalar> Steps<F> {
    fn new(config: &Config, order: BatchOrder, rank: usize) -> Self {
        let (buffers, team, tally) = (Buffers::new(config, rank), Team::default(), Tally::new(order));
        Self { buffers, team, tally, is_update_due: false }
    }

    /// Prepares for another run, on all rows; the memory and the threads are kept.
    fn restart(&mut self, config: &Config, order: BatchOrder) {
        self.buffers.masks = masks(config, 0);
        self.tally = Tally::new(order);
        self.is_update_due = false;
    }
}

/// The memory of one mini-batch.
struct Buffers<F: Scalar> {
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

    /// Computes the gradients of a mini-batch; returns the sums `Σ f·l` of the losses of its rows and `Σ f` of their
    /// factors.
    fn descend(
        &mut self,
        config: &Config,
        state: &State<F>,
        samples: &Samples<'_, F>,
        rows: &Rows<'_>,
        criterion: &mut Criterion<'_, F>,
    ) -> Result<[Sum; 2], Error> {
        let Self { gathered, factors, masks, outputs, gradients } = self;
        let network = &state.network;
        if rows.len() == 0 {
            gradients.reserve(network, 0)?;
            gradients.clear();
            return Ok([Sum::ZERO; 2]);
        }
        let factors = samples.weights.factors(rows, factors);
        let input = samples.input(rows, factors, gathered)?;
        outputs.drop_out(config.dropout(), kernel::stream(*masks, state.updates));
        outputs.forward(network, input)?;

        let d = gradients.reserve(network, input.rows())?;
        samples.load_targets(rows, factors, d)?;
        let loss = criterion.error_and_losses(outputs, d, factors);
        factors.scale(d);
        outputs.clear_absent_rows(factors);
        backward(network, input, outputs, gradients)?;
        Ok([loss, factors.sum()])
    }
}

/// What a run computes by: its loss, and the caller's function for the learning rate, if any. Both are called on any
/// thread.
pub(crate) struct Functions<'f, F> {
    pub(crate) criterion: Criterion<'f, F>,
    pub(crate) eta_schedule: Option<EtaSchedule<'f>>,
}

/// Trains for one epoch and returns its loss. Afterwards loss, parameters and velocity are finite. Values of `samples`
/// that are not checked are checked in the mini-batches, so that data that do not fit in memory are not read once more.
///
/// # Errors
/// Those of [`Samples::check`]; [`Error::Diverged`], [`Error::TooLarge`], [`Error::OutOfRange`] for a factor of
/// `eta_schedule`, and those of `hook`. The caller must then restore the state.
pub(crate) fn finite_epoch<F: Scalar>(
    config: &Config,
    state: &mut State<F>,
    workspace: &mut Workspace<F>,
    functions: &mut Functions<'_, F>,
    samples: &Samples<'_, F>,
    hook: Option<&mut Hook<'_, F>>,
) -> Result<f64, Error> {
    let Workspace { batches, steps, .. } = workspace;
    let [of_epoch, of_a_step] =
        [batches.rows_per_epoch(), batches.most_rows()].map(|rows| state.network.cost(rows));
    let mut descent = Descent::new(config, state, steps, functions);
    // The epoch may run on a thread of the pool. Printing and callbacks stay on the caller's thread, which may
    // hold a lock on the standard output. So with a hook, each mini-batch enters the pool anew.
    let trained = match hook {
        None => Team::enter(of_epoch, of_a_step, || descent.epoch(batches, samples, None)),
        hook => descent.epoch(batches, samples, hook),
    };
    match trained {
        Ok(()) => descent.finish(),
        Err(error) => Err(samples.cause(&error).unwrap_or(error)),
    }
}

/// An epoch of descent, step by step, on whatever rows come.
pub(super) struct Descent<'a, 'f, F: Scalar> {
    pub(super) config: &'a Config,
    pub(super) state: &'a mut State<F>,
    steps: &'a mut Steps<F>,
    functions: &'a mut Functions<'f, F>,
    pace: Pace,
}

impl<'a, 'f, F: Scalar> Descent<'a, 'f, F> {
    pub(super) fn new(
        config: &'a Config,
        state: &'a mut State<F>,
        steps: &'a mut Steps<F>,
        functions: &'a mut Functions<'f, F>,
    ) -> Self {
        let pace = Pace::new(state.position);
        Self { config, state, steps, functions, pace }
    }

    /// Makes all steps of an epoch on `samples`.
    fn epoch(
        &mut self,
        batches: &mut Batches,
        samples: &Samples<'_, F>,
        mut hook: Option<&mut Hook<'_, F>>,
    ) -> Result<(), Error> {
        self.begin(Some(batches.per_epoch()))?;
        let (seed, epoch) = (self.config.seed(), self.state.position as u64);
        batches.begin_epoch(&mut self.state.permutations, seed, epoch);
        while let Some(batch) = batches.next() {
            self.step(samples, &batch, hook.as_deref_mut())?;
        }
        Ok(())
    }

    /// Begins an epoch of so many mini-batches, if that is known, with the update that the last one left.
    pub(super) fn begin(&mut self, minibatches: Option<usize>) -> Result<(), Error> {
        let Self { config, state, steps, functions, pace } = self;
        let Steps { buffers, tally, is_update_due, .. } = &mut **steps;
        tally.begin_epoch(minibatches);
        if std::mem::take(is_update_due) {
            pace.update(state, config, &buffers.gradients, tally, &mut functions.eta_schedule)?;
        }
        Ok(())
    }

    /// Makes a step with some rows of `samples`: forward, loss, backward, then the update, which may be postponed.
    /// Calls `hook` before the update, and checks the loss, but not the parameters.
    pub(super) fn step(
        &mut self,
        samples: &Samples<'_, F>,
        batch: &Batch<'_>,
        hook: Option<&mut Hook<'_, F>>,
    ) -> Result<(), Error> {
        let Self { config, state, steps, functions, pace } = self;
        let Steps { buffers, team, tally, is_update_due } = &mut **steps;
        let Functions { criterion, eta_schedule } = &mut **functions;
        let rows = batch.rows.len();
        let mut step = team.step(rows, state.network.cost(rows));
        let mut sums = step.run(|| buffers.descend(config, state, samples, &batch.rows, criterion))?;
        if let Some(hook) = hook {
            sums = hook.call(&state.network, &mut buffers.gradients, sums, tally)?;
        }
        if !tally.add(sums, buffers.gradients.weight) {
            let what = state.not_finite().unwrap_or(criterion.what());
            return Err(diverged(config, state, tally, what));
        }

        if batch.is_postponed {
            *is_update_due = true;
            return Ok(());
        }
        step.finish(|| pace.update(state, config, &buffers.gradients, tally, eta_schedule))
    }

    /// Ends the epoch, and returns its loss.
    ///
    /// # Errors
    /// [`Error::Diverged`] unless loss, parameters and velocity are finite.
    pub(super) fn finish(self) -> Result<f64, Error> {
        let Self { config, state, steps, pace, .. } = self;
        pace.finish(state);
        let loss = steps.tally.loss();
        match not_finite(state, loss) {
            None => Ok(loss),
            Some(what) => Err(diverged(config, state, &steps.tally, what)),
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
