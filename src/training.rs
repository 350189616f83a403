//! `fit`: the verbs over mini-batches, until the document's loop would stop.

use std::io::Write;
use std::time::Instant;

use ndarray::ArrayRef2;

use crate::backprop::backward;
use crate::batches::Batches;
use crate::kernel::{self, Matrix, MatrixView, Rows};
use crate::pass::cost;
use crate::state::State;
use crate::{Dnn, EpochReport, Error, Gradients, Pass, Report, Scalar, StopReason, loss};

impl<F: Scalar> Dnn<F> {
    /// Trains on `x` `(n, n₀)` and `y` `(n, n_L)` until `max_epochs` or a mean loss below `threshold`.
    ///
    /// **The trap:** out of the box this is the document's loop, whose epoch is not one pass through the data
    /// but as many *mini-batches* as there are rows: with 10,000 rows one epoch is 10,000 mini-batches. For
    /// your own data, [`batch_order(BatchOrder::Shuffled)`](crate::DnnBuilder::batch_order) is what you want:
    /// there an epoch is one pass, in a fresh random order.
    ///
    /// Each mini-batch is [`compute`](Self::compute), [`error`](Self::error), [`bp`](Self::bp) and
    /// [`update`](Self::update), bit for bit, beginning with [`iterations`](Self::iterations) at 0. The data set is never
    /// copied, and buffers are allocated once: beside the data, what `fit` holds is three times the parameters (the
    /// gradients, and a state to go back to), the outputs and errors of a mini-batch, and for
    /// [`BatchOrder::Shuffled`](crate::BatchOrder::Shuffled) an index a row.
    ///
    /// With the feature `rayon` an epoch of large mini-batches runs on the pool's threads; the bits are the same.
    ///
    /// Of the document's quirks these are kept. Weights and velocity stay, so a second `fit` goes on where the
    /// first one ended, with [`iterations`](Self::iterations), and so the learning rate, starting over (see
    /// [`reset_velocity`](Self::reset_velocity) to start from rest). In the document's
    /// [`BatchOrder::Cyclic`](crate::BatchOrder::Cyclic) the window of rows wraps modulo n, and training stops
    /// before the update of the last mini-batch. L2 counts the biases. Without softmax the loss that is
    /// reported, and compared with `threshold`, is the mean of the norms `‖y − ŷ‖`, while the steps descend
    /// [`objective`](Self::objective).
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::RowCount`], [`Error::ColumnCount`] and [`Error::NonFinite`] for `x` and `y`,
    /// with softmax [`Error::NotADistribution`]; [`Error::TooLarge`]. [`Error::Diverged`] if a loss or a
    /// parameter stops being finite: the network is then what it was at the end of the last finite epoch, or
    /// before `fit`.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::Array2;
    /// use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    ///
    /// let x = Array2::from_shape_fn((100, 1), |(i, _)| i as f64 / 50.0 - 1.0);
    /// let y = x.mapv(|x| (3.0 * x).sin());
    /// let mut net = Dnn::builder()
    ///     .input_shape(1).shape([8, 1]).activations([Sigmoid, Identity])
    ///     .batch_order(BatchOrder::Shuffled).minibatch_size(10).max_epochs(2000)
    ///     .eta(0.5).decay_power(0.0).regularization(0.0)
    ///     .build()?;
    /// let report = net.fit(&x, &y)?;
    /// assert!(report.losses().last() < Some(&0.1));
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn fit(&mut self, x: &ArrayRef2<F>, y: &ArrayRef2<F>) -> Result<Report, Error> {
        self.check_shapes(x, y)?;
        // Before the values are looked at: a broadcast array can have more rows than could ever be read.
        let mut workspace = Workspace::new(self, x.nrows())?;
        self.check_values(x, y)?;
        let fitted = self.epochs(x, y, &mut workspace);
        if fitted.is_err() {
            self.state.copy_from(&workspace.last_finite);
        }
        fitted
    }

    /// Epoch after epoch, until it is time to stop.
    fn epochs(
        &mut self,
        x: &ArrayRef2<F>,
        y: &ArrayRef2<F>,
        workspace: &mut Workspace<F>,
    ) -> Result<Report, Error> {
        let began = Instant::now();
        let of_an_epoch = cost(self.layers(), x.nrows());
        let of_a_mini_batch = cost(self.layers(), self.config.minibatch_size.min(x.nrows()));
        self.state.iterations = 0;
        loop {
            // An epoch may run on a thread of the pool. What is the caller's, like a lock on what is printed to, stays
            // with the caller's thread.
            kernel::in_pool(of_an_epoch, of_a_mini_batch, || self.epoch(x, y, workspace))?;
            let Workspace { progress, last_finite, .. } = workspace;
            if !self.state.is_finite() || !progress.mean_loss().is_finite() {
                return Err(progress.diverged(self.state.effective_eta));
            }
            last_finite.copy_from(&self.state);
            let epoch = progress.end_epoch(self.state.effective_eta);
            if self.config.verbose {
                // A reader that has gone away is no reason to stop training.
                let _ = writeln!(std::io::stdout().lock(), "{epoch}");
            }
            if let Some(reason) = self.stop_reason(&epoch) {
                return Ok(std::mem::take(progress).report(reason, began));
            }
        }
    }

    /// The mini-batches of an epoch. In the document's batch order the update of the last one is due then: an epoch is
    /// judged before it.
    fn epoch(
        &mut self,
        x: &ArrayRef2<F>,
        y: &ArrayRef2<F>,
        workspace: &mut Workspace<F>,
    ) -> Result<(), Error> {
        if workspace.is_update_due {
            self.descend(x, workspace)?;
        }
        loop {
            let Workspace { batches, gathered, pass, progress, is_update_due, .. } = &mut *workspace;
            batches.advance(&mut self.state.permutations);
            let rows = batches.rows();
            // A window of an array that is row-major is read where it stands.
            let input = match MatrixView::of_rows(x, &rows) {
                Some(window) => window,
                None => {
                    gathered.load("the mini-batch", x, &rows)?;
                    gathered.by_ref()
                }
            };
            pass.forward_from(&self.state.layers, self.config.softmax, input)?;
            let loss = take_error(pass, y, &rows)?;
            progress.take(loss);
            if !loss.is_finite() {
                return Err(progress.diverged(self.state.effective_eta));
            }
            let is_epoch_over = batches.is_epoch_over();
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
        let Workspace { batches, gathered, pass, gradients, .. } = workspace;
        let input = MatrixView::of_rows(x, &batches.rows()).unwrap_or(gathered.by_ref());
        let (_, outputs, deltas) = pass.parts_mut();
        backward(&self.state.layers, input, outputs, deltas, gradients)?;
        self.apply(gradients);
        Ok(())
    }

    fn stop_reason(&self, epoch: &EpochReport) -> Option<StopReason> {
        if epoch.epoch >= self.config.max_epochs {
            Some(StopReason::MaxEpochs)
        } else if epoch.loss < self.config.threshold {
            Some(StopReason::Threshold)
        } else {
            None
        }
    }
}

/// Gives the pass its error D for the given rows of `y`; returns the mini-batch's mean loss.
fn take_error<F: Scalar>(pass: &mut Pass<F>, y: &ArrayRef2<F>, rows: &Rows<'_>) -> Result<f64, Error> {
    let mut d = std::mem::take(pass.error_mut());
    let loaded = d.load("d", y, rows);
    let loss = loaded.map(|()| loss::error_and_loss(pass, &mut d, loss::norms) / rows.len() as f64);
    *pass.error_mut() = d;
    loss
}

/// What a fit needs besides the network, allocated once.
struct Workspace<F: Scalar> {
    batches: Batches,
    /// The rows of a mini-batch that cannot be read where they stand.
    gathered: Matrix<F>,
    pass: Pass<F>,
    gradients: Gradients<F>,
    /// Whether the mini-batch that was computed last still has to be descended.
    is_update_due: bool,
    progress: Progress,
    /// The network's state at the end of the last finite epoch, to go back to when training diverges.
    last_finite: State<F>,
}

impl<F: Scalar> Workspace<F> {
    fn new(net: &Dnn<F>, rows: usize) -> Result<Self, Error> {
        Ok(Self {
            batches: Batches::new(&net.config, rows)?,
            gathered: Matrix::default(),
            pass: Pass::default(),
            gradients: Gradients::default(),
            is_update_due: false,
            progress: Progress::default(),
            last_finite: net.state.try_clone()?,
        })
    }
}

/// What has been done so far.
#[derive(Default)]
struct Progress {
    iterations: usize,
    /// The sum of the losses of this epoch's mini-batches, and how many there were.
    loss_sum: f64,
    loss_count: usize,
    losses: Vec<f64>,
    history: Vec<EpochReport>,
}

impl Progress {
    fn take(&mut self, loss: f64) {
        self.iterations = self.iterations.saturating_add(1);
        self.loss_sum += loss;
        self.loss_count += 1;
    }

    /// The error of this iteration's having diverged, after an update at the rate `eta`.
    fn diverged(&self, eta: f64) -> Error {
        Error::Diverged { epoch: self.history.len() + 1, iteration: self.iterations, eta }
    }

    /// The mean loss of this epoch's mini-batches; infinite if their sum is.
    fn mean_loss(&self) -> f64 {
        self.loss_sum / self.loss_count as f64
    }

    fn end_epoch(&mut self, eta: f64) -> EpochReport {
        let loss = self.mean_loss();
        (self.loss_sum, self.loss_count) = (0.0, 0);
        let epoch = EpochReport { epoch: self.history.len() + 1, loss, eta };
        self.losses.push(loss);
        self.history.push(epoch);
        epoch
    }

    fn report(self, stop_reason: StopReason, began: Instant) -> Report {
        let Self { iterations, losses, history, .. } = self;
        Report { iterations, losses, history, stop_reason, elapsed: began.elapsed() }
    }
}
