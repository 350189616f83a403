//! A run of training: epoch after epoch, and what is done between them.

use std::fmt;
use std::io::Write;
use std::ops::ControlFlow;
use std::time::Instant;

use ndarray::{ArrayRef1, ArrayRef2};

use crate::descent::epoch::{Samples, Workspace};
use crate::descent::row_weights::{check_weight_sum, check_weights};
use crate::dnn::predict::Scratch;
use crate::training::early_stopping::Best;
#[cfg(feature = "progress")]
use crate::training::progress::Bar;
use crate::validate::check_count;
use crate::{Dnn, EarlyStopping, Epoch, EpochReport, Error, Report, Scalar, StopReason};

impl<F: Scalar> Dnn<F> {
    /// Trains on `x` `(n, n₀)` and `y` `(n, n_L)` until `max_epochs` or a mean loss below `threshold`.
    ///
    /// **The trap:** out of the box this is the document's loop, whose epoch is not one pass through the data
    /// but as many *mini-batches* as there are rows: with 10,000 rows one epoch is 10,000 mini-batches. For
    /// your own data, [`batch_order(BatchOrder::Shuffled)`](crate::DnnBuilder::batch_order) is what you want:
    /// there an epoch is one pass, in a fresh random order.
    ///
    /// It is [`training(x, y).run()`](Self::training), which takes validation data, early stopping and the
    /// like. Each mini-batch is [`compute`](Self::compute), [`error`](Self::error), [`bp`](Self::bp) and
    /// [`update`](Self::update), bit for bit, beginning with [`iterations`](Self::iterations) at 0. The data
    /// set is never copied, and buffers are allocated once: beside the data, what `fit` holds is three times
    /// the parameters (the gradients, and a state to go back to; with Adam four times), the outputs and errors
    /// of a mini-batch, and for [`BatchOrder::Shuffled`](crate::BatchOrder::Shuffled) an index a row.
    ///
    /// With the feature `rayon` an epoch of large mini-batches runs on the pool's threads; the bits are the same.
    ///
    /// Of the document's quirks these are kept. Weights and velocity stay, so a second `fit` goes on where the
    /// first one ended, with [`iterations`](Self::iterations), and so the learning rate, starting over (see
    /// [`reset_velocity`](Self::reset_velocity) to start from rest, and [`Training::resume`] to go on
    /// altogether). In the document's [`BatchOrder::Cyclic`](crate::BatchOrder::Cyclic) the window of rows
    /// wraps modulo n, and training stops before the update of the last mini-batch. L2 counts the biases.
    /// Without softmax the loss that is reported, and compared with `threshold`, is the mean of the norms
    /// `‖y − ŷ‖`, while the steps descend [`objective`](Self::objective).
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Shape`] and [`Error::NonFinite`] for `x` and `y`, with softmax
    /// [`Error::NotADistribution`], with binary cross-entropy [`Error::OutOfRange`] for `y`; [`Error::TooLarge`].
    /// [`Error::Diverged`] if the loss, a parameter, the velocity or a mean square stops being finite: the network
    /// is then what it was at the end of the last finite epoch, or before `fit`.
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
        self.training(x, y).run()
    }

    /// A run of training on `x` `(n, n₀)` and `y` `(n, n_L)`, to be configured in a chain and started with
    /// [`run`](Training::run).
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::{Array2, Axis};
    /// use ndarray_dnn::{Activation::{Identity, Tanh}, BatchOrder, Dnn, EarlyStopping};
    ///
    /// let x = Array2::from_shape_fn((90, 1), |(i, _)| i as f64 / 45.0 - 1.0);
    /// let y = x.mapv(|x| (3.0 * x).sin());
    /// let (held_out, others) = x.axis_iter(Axis(0)).enumerate().map(|(i, _)| i).partition::<Vec<_>, _>(|i| i % 3 == 0);
    /// let rows = |array: &Array2<f64>, rows: &[usize]| array.select(Axis(0), rows);
    ///
    /// let mut net = Dnn::builder().input_shape(1).shape([8, 1]).activations([Tanh, Identity])
    ///     .batch_order(BatchOrder::Shuffled).eta(0.05).decay_power(0.0).regularization(0.0)
    ///     .build()?;
    /// let report = net.training(&rows(&x, &others), &rows(&y, &others))
    ///     .validation(&rows(&x, &held_out), &rows(&y, &held_out))
    ///     .early_stopping(EarlyStopping::new(20))
    ///     .run()?;
    /// println!("{report}");
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn training<'a>(&'a mut self, x: &'a ArrayRef2<F>, y: &'a ArrayRef2<F>) -> Training<'a, F> {
        Training {
            net: self,
            samples: Samples { x, y, weights: None },
            validation: None,
            early_stopping: None,
            on_epoch: None,
            max_epochs: None,
            is_resumed: false,
            #[cfg(feature = "progress")]
            is_shown: false,
        }
    }
}

type OnEpoch<'a, F> = Box<dyn FnMut(&Epoch<'_, F>) -> ControlFlow<()> + 'a>;

/// A run of training; made by [`Dnn::training`] and started by [`run`](Self::run), which checks everything.
///
/// Without any of its settings it is the document's [`fit`](Dnn::fit), bit for bit.
#[must_use = "a training does nothing before `run`"]
pub struct Training<'a, F: Scalar = f64> {
    net: &'a mut Dnn<F>,
    samples: Samples<'a, F>,
    validation: Option<[&'a ArrayRef2<F>; 2]>,
    early_stopping: Option<EarlyStopping>,
    on_epoch: Option<OnEpoch<'a, F>>,
    max_epochs: Option<usize>,
    is_resumed: bool,
    #[cfg(feature = "progress")]
    is_shown: bool,
}

impl<F: Scalar> fmt::Debug for Training<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { net, early_stopping, max_epochs, is_resumed, .. } = self;
        let mut debug = f.debug_struct("Training");
        debug.field("net", net).field("early_stopping", early_stopping).field("max_epochs", max_epochs);
        debug.field("is_resumed", is_resumed).finish_non_exhaustive()
    }
}

impl<'a, F: Scalar> Training<'a, F> {
    /// Data to judge each epoch by, `x` `(m, n₀)` and `y` `(m, n_L)`, which are not trained on. Default: none.
    ///
    /// The loss over them, the one that training reports, without sample weights, is in the report. It is computed
    /// with the parameters at the epoch's end, in blocks of rows. A validation loss that is not finite is no
    /// error as long as the training is finite: it is reported, and never better than another.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// let (x, y, xv, yv) = (array![[1.0], [2.0]], array![[2.0], [4.0]], array![[3.0]], array![[6.0]]);
    /// let report = net.training(&x, &y).validation(&xv, &yv).run()?;
    /// assert_eq!(report.validation_losses().len(), 3);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn validation(mut self, x: &'a ArrayRef2<F>, y: &'a ArrayRef2<F>) -> Self {
        self.validation = Some([x, y]);
        self
    }

    /// Stops when the validation loss no longer falls, and whatever ends the run, restores the parameters of the
    /// best epoch. Default: off; it needs [`validation`](Self::validation) data.
    ///
    /// Unless the best epoch is the last one, the velocity is then 0. [`Report::best_epoch`] says which it was.
    /// [`Error::Diverged`] restores the last finite epoch, as without it.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn, EarlyStopping};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// # let (x, y, xv, yv) = (array![[1.0], [2.0]], array![[2.0], [4.0]], array![[3.0]], array![[6.0]]);
    /// let early_stopping = EarlyStopping::new(20).min_delta(1e-4);
    /// let report = net.training(&x, &y).validation(&xv, &yv).early_stopping(early_stopping).run()?;
    /// assert!(report.best_epoch().is_some());
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn early_stopping(mut self, early_stopping: EarlyStopping) -> Self {
        self.early_stopping = Some(early_stopping);
        self
    }

    /// What each row counts for, `(n)`; at least 0, finite, and not all 0. Default: 1 for each.
    ///
    /// The loss and the gradients of a mini-batch are then `Σ w·(…) / Σ w` over its rows, so that a weight of 2 is the
    /// row twice in it. A mini-batch in which all weights are 0 updates nothing and is left out of the epoch's mean
    /// loss, but counts as an iteration.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(3).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// net.training(&x, &y).sample_weights(&array![1.0, 0.5]).run()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn sample_weights(mut self, weights: &'a ArrayRef1<F>) -> Self {
        self.samples.weights = Some(weights);
        self
    }

    /// A function to be called after each epoch, on the thread that called `run`; it stops the run by returning
    /// [`ControlFlow::Break`]. Default: none.
    ///
    /// ```
    /// use std::ops::ControlFlow::{Break, Continue};
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn, StopReason};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    ///
    /// let report = net.training(&x, &y)
    ///     .on_epoch(|e| {
    ///         println!("{e}, {} parameters, after {:?}", e.net().parameter_count(), e.elapsed());
    ///         if e.epoch() < 5 { Continue(()) } else { Break(()) }
    ///     })
    ///     .run()?;
    /// assert_eq!((report.epochs(), report.stop_reason()), (5, StopReason::Callback));
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn on_epoch(mut self, on_epoch: impl FnMut(&Epoch<'_, F>) -> ControlFlow<()> + 'a) -> Self {
        self.on_epoch = Some(Box::new(on_epoch));
        self
    }

    /// The number of epochs after which this run stops. Default: the network's
    /// [`max_epochs`](crate::DnnBuilder::max_epochs); at least 1.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// assert_eq!(net.training(&x, &y).max_epochs(7).run()?.epochs(), 7);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn max_epochs(mut self, max_epochs: usize) -> Self {
        self.max_epochs = Some(max_epochs);
        self
    }

    /// Goes on where the last run ended, with its iteration and so its learning rate, instead of starting these over.
    /// Default: off.
    ///
    /// Velocity and generator are kept in any case, so a run of n epochs and then one that is resumed for m are
    /// one of n + m, bit for bit, with [`BatchOrder::Sequential`](crate::BatchOrder::Sequential) and
    /// `Shuffled`. With `Cyclic` the update that the document leaves out at the end of a run stays left out.
    /// After a run whose best epoch was restored it goes on from those parameters at rest, with the iterations
    /// and the generator as they were at that run's end. The report counts the epochs of this run alone, and
    /// early stopping begins anew.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, BatchOrder, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(4)
    /// #     .batch_order(BatchOrder::Shuffled).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// # let mut at_once = net.clone();
    /// net.fit(&x, &y)?;
    /// net.training(&x, &y).resume().max_epochs(4).run()?;
    /// # at_once.training(&x, &y).max_epochs(8).run()?;
    /// # assert_eq!(at_once, net);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn resume(mut self) -> Self {
        self.is_resumed = true;
        self
    }

    /// Shows a bar on standard error with the epoch, the losses and the time that is left, if that is a terminal;
    /// otherwise nothing is written. Default: off. Only with the feature `progress`.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// net.training(&x, &y).progress().run()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    #[cfg(feature = "progress")]
    pub fn progress(mut self) -> Self {
        self.is_shown = true;
        self
    }

    /// Trains.
    ///
    /// # Errors
    /// Those of [`fit`](Dnn::fit), for the validation data as [`Error::Validation`]; [`Error::NotSet`] for early
    /// stopping without validation data; [`Error::OutOfRange`] for `max_epochs`, `patience`, `min_delta`, a sample
    /// weight or the sum of the sample weights; [`Error::Shape`] unless there is a sample weight for each row.
    pub fn run(mut self) -> Result<Report, Error> {
        let Samples { x, y, weights } = self.samples;
        let net = &*self.net;
        let max_epochs = self.max_epochs.unwrap_or(net.config.max_epochs);
        check_count("max_epochs", max_epochs)?;
        net.check_shapes(x, y)?;
        if let Some([x, y]) = self.validation {
            net.check_shapes(x, y).map_err(of_validation)?;
        }
        if let Some(early_stopping) = self.early_stopping {
            early_stopping.check::<F>()?;
            if self.validation.is_none() {
                return Err(Error::NotSet { name: "validation", needed_by: "early_stopping" });
            }
        }
        // Before the values are looked at: a broadcast array can have more rows than could ever be read.
        let mut workspace = Workspace::new(net, net.config.batch_order, x.nrows())?;
        let best = self.early_stopping.map(|settings| Best::new(settings, net.layers())).transpose()?;
        net.check_values(x, y)?;
        if let Some([x, y]) = self.validation {
            net.check_values(x, y).map_err(of_validation)?;
        }
        if let Some(weights) = weights {
            check_weight_sum(check_weights(weights, x.nrows())?)?;
        }
        self.epochs(max_epochs, best, &mut workspace).map_err(|error| workspace.go_back(self.net, error))
    }

    /// Epoch after epoch, until it is time to stop.
    fn epochs(
        &mut self,
        max_epochs: usize,
        mut best: Option<Best<F>>,
        workspace: &mut Workspace<F>,
    ) -> Result<Report, Error> {
        let began = Instant::now();
        let mut history = Vec::new();
        let mut scratch = Scratch::default();
        #[cfg(feature = "progress")]
        let bar = self.is_shown.then(|| Bar::new(max_epochs));
        if !self.is_resumed {
            self.net.state.iterations = 0;
        }
        let stop_reason = loop {
            let loss = self.net.finite_epoch(&self.samples, workspace)?;
            workspace.last_finite.copy_from(&self.net.state);
            let validation_loss = self.validation_loss(&mut scratch)?;
            let eta = self.net.effective_eta();
            let report = EpochReport { epoch: workspace.tally.epochs, loss, validation_loss, eta };
            history.push(report);
            if self.net.config.verbose {
                // A reader that has gone away is no reason to stop training.
                let _ = writeln!(std::io::stdout().lock(), "{report}");
            }
            #[cfg(feature = "progress")]
            if let Some(bar) = &bar {
                bar.show(&report);
            }
            let is_patience_over = match (&mut best, validation_loss) {
                (Some(best), Some(loss)) => best.judge(&report, loss, self.net.layers()),
                _ => false,
            };
            let epoch = Epoch { report, net: &*self.net, elapsed: began.elapsed() };
            let is_stopped = self.on_epoch.as_mut().is_some_and(|on_epoch| on_epoch(&epoch).is_break());
            if report.epoch >= max_epochs {
                break StopReason::MaxEpochs;
            } else if loss < self.net.config.threshold {
                break StopReason::Threshold;
            } else if is_patience_over {
                break StopReason::EarlyStopping;
            } else if is_stopped {
                break StopReason::Callback;
            }
        };
        let best_epoch = best.as_ref().and_then(|best| best.epoch);
        if let Some(best) = best.filter(|best| best.epoch.is_some_and(|epoch| epoch < history.len())) {
            best.restore(&mut self.net.state);
        }
        Ok(Report {
            iterations: workspace.tally.iterations,
            losses: history.iter().map(EpochReport::loss).collect(),
            validation_losses: history.iter().filter_map(EpochReport::validation_loss).collect(),
            history,
            best_epoch,
            stop_reason,
            elapsed: began.elapsed(),
        })
    }

    fn validation_loss(&self, scratch: &mut Scratch<F>) -> Result<Option<f64>, Error> {
        let Some([x, y]) = self.validation else { return Ok(None) };
        let of_rows = self.net.config.loss.reported();
        // An output that is not finite makes a loss that is not: it is judged, and no error.
        self.net.mean_loss(x, y, of_rows, None, scratch).map(Some)
    }
}

fn of_validation(error: Error) -> Error {
    Error::Validation(Box::new(error))
}
