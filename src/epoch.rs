//! One epoch: the verbs over mini-batches, in buffers that are allocated once.

use ndarray::{ArrayRef1, ArrayRef2};

use crate::backprop::{Weighting, backward};
use crate::batches::Batches;
use crate::kernel::{self, Matrix, MatrixView, Rows};
use crate::pass::cost;
use crate::state::State;
use crate::weights::share_out;
use crate::{BatchOrder, Dnn, Error, Gradients, Pass, Scalar, loss};

/// The rows to train on: x `(n, n₀)`, y `(n, n_L)`, and a weight for each where there are weights `(n)`.
#[derive(Clone, Copy)]
pub(crate) struct Samples<'a, F> {
    pub(crate) x: &'a ArrayRef2<F>,
    pub(crate) y: &'a ArrayRef2<F>,
    pub(crate) weights: Option<&'a ArrayRef1<F>>,
}

impl<F: Scalar> Dnn<F> {
    /// An epoch after which loss, parameters and velocity are finite; returns the mean loss.
    pub(crate) fn finite_epoch(
        &mut self,
        samples: &Samples<'_, F>,
        workspace: &mut Workspace<F>,
    ) -> Result<f64, Error> {
        let rows = samples.x.nrows();
        let of_an_epoch = cost(self.layers(), rows);
        let of_a_mini_batch = cost(self.layers(), self.config.minibatch_size.min(rows));
        workspace.tally.begin_epoch();
        // It may run on a thread of the pool. What is the caller's, like a lock on what is printed to, stays with
        // the caller's thread.
        kernel::in_pool(of_an_epoch, of_a_mini_batch, || self.epoch(samples, workspace))?;
        let loss = workspace.tally.mean_loss();
        if !self.state.is_finite() || !loss.is_finite() {
            return Err(workspace.tally.diverged(self.effective_eta()));
        }
        Ok(loss)
    }

    /// The mini-batches of an epoch. In the document's batch order the update of the last one is due then: an epoch is
    /// judged before it.
    fn epoch(&mut self, samples: &Samples<'_, F>, workspace: &mut Workspace<F>) -> Result<(), Error> {
        let Samples { x, y, weights } = *samples;
        if std::mem::take(&mut workspace.is_update_due) {
            self.descend(x, workspace)?;
        }
        loop {
            let Workspace { batches, gathered, pass, shares, weighting, tally, is_update_due, .. } =
                &mut *workspace;
            batches.advance(&mut self.state.permutations);
            let rows = batches.rows();
            let is_epoch_over = batches.is_epoch_over();
            if let Some(weights) = weights {
                let sum = share_out(weights, &rows, shares);
                *weighting = Weighting::Shares(sum);
                if sum == 0.0 {
                    // No row counts for anything: only time goes on.
                    self.state.iterations = self.state.iterations.saturating_add(1);
                    tally.skip();
                    if is_epoch_over {
                        return Ok(());
                    }
                    continue;
                }
            }
            // A window of an array that is row-major is read where it stands.
            let input = match MatrixView::of_rows(x, &rows) {
                Some(window) => window,
                None => {
                    gathered.load("the mini-batch", x, &rows)?;
                    gathered.by_ref()
                }
            };
            pass.forward_from(&self.state.layers, self.config.link(), input)?;
            let loss = take_error(pass, y, &rows, self.config.loss.reported(), weights.map(|_| &shares[..]))?;
            tally.take(loss);
            if !loss.is_finite() {
                return Err(tally.diverged(self.effective_eta()));
            }
            *is_update_due = is_epoch_over && batches.is_judged_before_update();
            if !*is_update_due {
                self.descend(x, workspace)?;
            }
            if is_epoch_over {
                return Ok(());
            }
        }
    }

    /// `bp` and `update` of the mini-batch that was computed last.
    fn descend(&mut self, x: &ArrayRef2<F>, workspace: &mut Workspace<F>) -> Result<(), Error> {
        let Workspace { batches, gathered, pass, weighting, sums, gradients, .. } = workspace;
        let input = MatrixView::of_rows(x, &batches.rows()).unwrap_or(gathered.by_ref());
        let (_, outputs, deltas) = pass.parts_mut();
        backward(&self.state.layers, input, outputs, deltas, *weighting, sums, gradients)?;
        self.apply(gradients);
        Ok(())
    }
}

/// Gives the pass its error D for the given rows of `y`, each times its share where there are shares; returns the
/// mini-batch's mean loss.
fn take_error<F: Scalar>(
    pass: &mut Pass<F>,
    y: &ArrayRef2<F>,
    rows: &Rows<'_>,
    of_rows: loss::OfRows<F>,
    shares: Option<&[f64]>,
) -> Result<f64, Error> {
    let mut d = std::mem::take(pass.error_mut());
    let loaded = d.load("d", y, rows);
    let loss = loaded.map(|()| {
        let sum = loss::error_and_loss(pass, &mut d, of_rows, shares);
        match shares {
            None => sum / rows.len() as f64,
            Some(shares) => {
                let columns = d.columns();
                kernel::scale_rows(d.values_mut(), columns, shares);
                sum
            }
        }
    });
    *pass.error_mut() = d;
    loss
}

/// What training needs besides the network, allocated once.
pub(crate) struct Workspace<F: Scalar> {
    batches: Batches,
    /// The rows of a mini-batch that cannot be read where they stand.
    gathered: Matrix<F>,
    pass: Pass<F>,
    /// Each row's share of the mini-batch's weight, and what goes with them; empty without weights.
    shares: Vec<f64>,
    weighting: Weighting,
    /// The sums of the gradients of a mini-batch of many rows.
    sums: Matrix<f64>,
    gradients: Gradients<F>,
    /// Whether the mini-batch that was computed last still has to be descended.
    is_update_due: bool,
    pub(crate) tally: Tally,
    /// The network's state at the end of the last finite epoch, to go back to when training diverges.
    pub(crate) last_finite: State<F>,
}

impl<F: Scalar> Workspace<F> {
    /// For `rows` rows in this order.
    pub(crate) fn new(net: &Dnn<F>, order: BatchOrder, rows: usize) -> Result<Self, Error> {
        Ok(Self {
            batches: Batches::new(order, net.config.minibatch_size, rows)?,
            gathered: Matrix::default(),
            pass: Pass::default(),
            shares: Vec::new(),
            weighting: Weighting::Even,
            sums: Matrix::default(),
            gradients: Gradients::default(),
            is_update_due: false,
            tally: Tally::default(),
            last_finite: net.state.try_clone()?,
        })
    }

    /// Takes the network back to its last finite state, and returns the error to report: another one if that state was
    /// not finite either, which training by hand can make it.
    pub(crate) fn go_back(&self, net: &mut Dnn<F>, error: Error) -> Error {
        net.state.copy_from(&self.last_finite);
        match (&error, net.state.check_finite()) {
            (Error::Diverged { .. }, Err(not_finite)) => not_finite,
            _ => error,
        }
    }

    /// For another set of rows of the same network, in the memory of this one.
    pub(crate) fn restart(&mut self, net: &Dnn<F>, order: BatchOrder, rows: usize) -> Result<(), Error> {
        self.batches.restart(order, net.config.minibatch_size, rows)?;
        self.is_update_due = false;
        self.tally = Tally::default();
        self.last_finite.copy_from(&net.state);
        Ok(())
    }
}

/// What has been done so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) epochs: usize,
    pub(crate) iterations: usize,
    /// The sum of the losses of this epoch's mini-batches, and how many there were.
    loss_sum: f64,
    loss_count: usize,
}

impl Tally {
    fn begin_epoch(&mut self) {
        self.epochs = self.epochs.saturating_add(1);
        (self.loss_sum, self.loss_count) = (0.0, 0);
    }

    fn take(&mut self, loss: f64) {
        self.skip();
        self.loss_sum += loss;
        self.loss_count += 1;
    }

    /// A mini-batch without a loss.
    fn skip(&mut self) {
        self.iterations = self.iterations.saturating_add(1);
    }

    /// The error of this iteration's having diverged, after an update at the rate `eta`.
    fn diverged(&self, eta: f64) -> Error {
        Error::Diverged { epoch: self.epochs, iteration: self.iterations, eta }
    }

    /// The mean loss of this epoch's mini-batches; infinite if their sum is.
    fn mean_loss(&self) -> f64 {
        self.loss_sum / self.loss_count as f64
    }
}
