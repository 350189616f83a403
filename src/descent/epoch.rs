//! One epoch: forward, loss, backward and update for each mini-batch, in buffers that are allocated once.

use super::backward::backward;
use super::batches::{Batch, Batches};
use super::carry::Carry;
use super::criterion::Criterion;
use super::forward::{Outputs, cost};
use super::loss::error_and_loss;
use super::pace::{EtaSchedule, Pace};
use super::samples::Samples;
use super::tally::Tally;
use crate::error::Error;
use crate::kernel::{self, Matrix, Scalar};
use crate::model::{BatchOrder, Config, Gradients, State};

/// The working memory of training, allocated once.
pub(crate) struct Workspace<F: Scalar> {
    pub(super) batches: Batches,
    pub(super) memory: Memory<F>,
    /// The rows between two blocks of a source; empty for a data set.
    pub(super) carry: Carry<F>,
    pub(crate) tally: Tally,
    /// The state at the end of the last finite epoch, which is restored if training diverges.
    last_finite: State<F>,
}

/// The working memory of the steps.
pub(super) struct Memory<F: Scalar> {
    /// The rows of a mini-batch that cannot be read in place.
    gathered: Matrix<F>,
    /// The factors of the rows of a mini-batch; empty without weights.
    factors: Vec<f64>,
    outputs: Outputs<F>,
    gradients: Gradients<F>,
    /// The gradients of a postponed update, which must be made before the next mini-batch.
    postponed: Option<Gradients<F>>,
}

impl<F: Scalar> Workspace<F> {
    /// Allocates the permutation of `rows` rows, if the order needs one, and the snapshot of the state. The first
    /// mini-batch allocates the other buffers.
    pub(crate) fn new(
        config: &Config,
        state: &State<F>,
        order: BatchOrder,
        rows: usize,
    ) -> Result<Self, Error> {
        Ok(Self {
            batches: Batches::new(order, config.minibatch_size(), rows)?,
            memory: Memory {
                gathered: Matrix::default(),
                factors: Vec::new(),
                outputs: Outputs::default(),
                gradients: Gradients::default(),
                postponed: None,
            },
            carry: Carry::default(),
            tally: Tally::new(order),
            last_finite: state.snapshot()?,
        })
    }

    /// The number of mini-batches of an epoch.
    pub(crate) fn minibatches_per_epoch(&self) -> usize {
        self.batches.per_epoch()
    }

    /// Prepares for another data set of the same network and reuses the memory.
    pub(crate) fn restart(
        &mut self,
        config: &Config,
        state: &State<F>,
        order: BatchOrder,
        rows: usize,
    ) -> Result<(), Error> {
        self.batches.restart(order, config.minibatch_size(), rows)?;
        self.memory.postponed = None;
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

/// Trains for one epoch and returns its loss. Afterwards loss, parameters and velocity are finite. The values of
/// `samples` are checked in the mini-batches in which they are used for the first time, so that data that do not fit in
/// memory are not read once more.
///
/// # Errors
/// Those of [`Samples::check`]; [`Error::Diverged`], [`Error::TooLarge`], and [`Error::OutOfRange`] for a factor of
/// `eta_schedule`. The caller must then restore the state.
pub(crate) fn finite_epoch<F: Scalar>(
    config: &Config,
    state: &mut State<F>,
    samples: &Samples<'_, F>,
    criterion: &mut Criterion<'_, F>,
    workspace: &mut Workspace<F>,
    eta_schedule: Option<&mut EtaSchedule<'_>>,
) -> Result<f64, Error> {
    let rows = samples.x.nrows();
    let Workspace { batches, memory, tally, .. } = workspace;
    let of_an_epoch = cost(&state.layers, batches.rows_per_epoch());
    let of_a_mini_batch = cost(&state.layers, config.minibatch_size().min(rows));
    let pace = Pace::new(state.position, Some(batches.per_epoch()), eta_schedule);
    let has_unchecked_rows = batches.has_unseen();
    let mut steps = Steps { config, state, criterion, memory, tally, pace };
    // The epoch may run on a thread of the pool. Printing and callbacks stay on the caller's thread, which may
    // hold a lock on the standard output.
    let trained = kernel::in_pool(of_an_epoch, of_a_mini_batch, || {
        steps.begin()?;
        batches.begin_epoch(&mut steps.state.permutations);
        while let Some(batch) = batches.next() {
            steps.make(samples, &batch)?;
        }
        Ok(())
    });
    match trained {
        Ok(()) => steps.finish(),
        // Bad values matter more than their consequences.
        Err(error) if has_unchecked_rows && !matches!(error, Error::TooLarge { .. }) => {
            samples.check(config.link()).and(Err(error))
        }
        Err(error) => Err(error),
    }
}

/// The masks of dropout come from their own stream of the seed.
const MASKS: u64 = 2;

/// The steps of an epoch: one for each mini-batch.
pub(super) struct Steps<'a, 'b, 'c, F: Scalar> {
    pub(super) config: &'a Config,
    pub(super) state: &'a mut State<F>,
    pub(super) criterion: &'a mut Criterion<'b, F>,
    pub(super) memory: &'a mut Memory<F>,
    pub(super) tally: &'a mut Tally,
    pub(super) pace: Pace<'a, 'c>,
}

impl<F: Scalar> Steps<'_, '_, '_, F> {
    /// Begins the epoch, with the update that the last one left.
    pub(super) fn begin(&mut self) -> Result<(), Error> {
        let Self { config, state, memory, tally, pace, .. } = self;
        tally.begin_epoch();
        if let Some(due) = memory.postponed.take() {
            pace.update(state, config, &due, tally)?;
            // The next mini-batches reuse its memory.
            memory.gradients = due;
        }
        Ok(())
    }

    /// Makes a step with some rows of `samples`. Checks the loss, but not the parameters.
    pub(super) fn make(&mut self, samples: &Samples<'_, F>, batch: &Batch<'_>) -> Result<(), Error> {
        let Self { config, state, criterion, memory, tally, pace } = self;
        let Memory { gathered, factors, outputs, gradients, postponed } = &mut **memory;
        let link = config.link();
        let unchecked = batch.is_new.then_some(link);
        let factors = samples.weights.factors(&batch.rows, factors);
        let input = samples.input(&batch.rows, factors, unchecked, gathered)?;
        outputs
            .drop_out(config.dropout(), kernel::stream(kernel::stream(config.seed(), MASKS), state.updates));
        outputs.forward(&state.layers, link, input)?;

        let d = gradients.reserve(&state.layers, input.rows())?;
        samples.load_targets(&batch.rows, factors, unchecked, d)?;
        let loss = error_and_loss(outputs, d, criterion, factors);
        factors.scale(d);
        outputs.clear_absent_rows(factors);
        if !tally.add(loss, factors) {
            let what = state.not_finite().unwrap_or(criterion.what());
            return Err(diverged(config, state, tally, what));
        }

        backward(&state.layers, input, outputs, gradients)?;
        if batch.is_postponed {
            *postponed = Some(std::mem::take(gradients));
            Ok(())
        } else {
            pace.update(state, config, gradients, tally)
        }
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
