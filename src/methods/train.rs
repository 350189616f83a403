//! Training on arrays, and on blocks of rows.

use ndarray::ArrayRef2;

use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::training::{Data, Report, Source, Training};

impl<F: Scalar> Dnn<F> {
    /// Trains on `x` `(n, n₀)` and `y` `(n, n_L)` until `max_epochs`, or until the mean loss is below `threshold`.
    ///
    /// A vector of targets becomes a column by `Array1::from(targets).insert_axis(Axis(1))`, as in the example; labels
    /// become a column for each class by [`one_hot`](crate::one_hot). The columns of x, and of y for a regression,
    /// should be standardised, for example by a [`StandardScaler`](crate::StandardScaler).
    ///
    /// **The trap:** with the defaults of [`builder`](Self::builder) this is the article's loop. One epoch is not one
    /// pass through the data. It has as many *mini-batches* as there are rows: 10,000 mini-batches for 10,000 rows. For
    /// your own data, use [`batch_order(BatchOrder::Shuffled)`](crate::DnnBuilder::batch_order), as the presets do: an
    /// epoch is then one pass, in a new random order.
    ///
    /// `fit` is [`training(x, y).run()`](Self::training), which also accepts validation data, early stopping and
    /// more. Each mini-batch is [`compute`](Self::compute), [`error`](Self::error), [`bp`](Self::bp) and
    /// [`update`](Self::update), bit for bit, with [`iterations`](Self::iterations) starting at 0. The data set is
    /// never copied, and memory is allocated once: apart from the data, `fit` holds three times the parameters
    /// (the gradients and a snapshot of the state; with Adam four times), the outputs and deltas of a mini-batch,
    /// and for [`BatchOrder::Shuffled`](crate::BatchOrder::Shuffled) one index per row. After the first mini-batch
    /// nothing is allocated. For layers of some 100,000 weights or more, each thread that computes keeps up to
    /// 2.4 MB.
    ///
    /// The values of `x` and `y` are checked in the first epoch, when each row is used for the first time, and not in a
    /// pass of their own. A bad value is still the error, whatever else it causes, and the network is then as it was.
    ///
    /// With the feature `rayon`, an epoch of large mini-batches runs on the threads of the pool, with the same
    /// bits. The other threads then stay awake between the parts of a step. Unless a step has more than 100 million
    /// multiplications forward, a trial of 8 steps in 512 shows whether sharing is faster; if it is not, as on a busy
    /// machine, one thread goes on alone. Sharing allocates some small vectors in each step.
    ///
    /// These quirks of the article are kept. Weights and velocity are not reset, so a second `fit` continues from
    /// the end of the first one. But [`iterations`](Self::iterations), and so the learning rate, start again.
    /// (Call [`reset_velocity`](Self::reset_velocity) to clear the velocity, or [`Training::resume`] to continue
    /// the iterations too.) In the article's [`BatchOrder::Cyclic`](crate::BatchOrder::Cyclic) the window of rows
    /// wraps modulo n, and training stops before the update of the last mini-batch. L2 applies to the biases too.
    /// Without softmax, the loss that is reported and compared with `threshold` is the mean of the norms
    /// `‖y − ŷ‖`, but training minimises the [`objective`](Self::objective).
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Shape`] and [`Error::NonFinite`] for `x` and `y`, with softmax
    /// [`Error::NotADistribution`], with binary cross-entropy or Poisson [`Error::OutOfRange`]; [`Error::TooLarge`].
    /// [`Error::Diverged`] if a loss, a parameter or a velocity is no longer finite: the network is then in the
    /// state of the last finite epoch, or as it was before `fit`. If that state was not finite either, after
    /// updates by hand, the error is [`Error::NonFinite`].
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::{Array1, Array2, Axis};
    /// use ndarray_dnn::{Activation::{Identity, Sigmoid}, BatchOrder, Dnn};
    ///
    /// let x = Array2::from_shape_fn((100, 1), |(i, _)| i as f64 / 50.0 - 1.0);
    /// let targets = Vec::from_iter(x.iter().map(|x| (3.0 * x).sin()));
    /// let y = Array1::from(targets).insert_axis(Axis(1)); // (100) → (100, 1)
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

    /// A run of training on `x` `(n, n₀)` and `y` `(n, n_L)`: chain the settings, then call
    /// [`run`](Training::run).
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::{Array2, Axis};
    /// use ndarray_dnn::{Activation::{Identity, Tanh}, BatchOrder, Dnn, EarlyStopping};
    ///
    /// let x = Array2::from_shape_fn((90, 1), |(i, _)| i as f64 / 45.0 - 1.0);
    /// let y = x.mapv(|x| (3.0 * x).sin());
    /// let (held_out, others) = (0..90).partition::<Vec<usize>, _>(|i| i % 3 == 0);
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
        Training::new(self, Data::Arrays(x, y))
    }

    /// A run of training on the blocks of a [`Source`](crate::training::Source), which may be borrowed: chain the
    /// settings, then call [`run`](Training::run). It is the same run as [`training`](Self::training), for rows that do
    /// not fit in memory. Apart from one block, memory does not grow with the rows.
    ///
    /// These settings differ. The article's order [`BatchOrder::Cyclic`](crate::BatchOrder::Cyclic), which is the
    /// default of [`builder`](Self::builder), and [`Training::sample_weights`] cannot be combined with a source. A
    /// [`Training::metric`] needs validation data. With [`min_updates`](crate::DnnBuilder::min_updates), the run ends
    /// after the first epoch by whose end it has both its epochs and its mini-batches.
    ///
    /// The values of a block are checked while it is used. Any error, also one of the source, leaves the network in the
    /// state of the end of the last finite epoch, or as it was before the run.
    ///
    /// # Examples
    /// Rows that are in memory, as blocks of 100 rows:
    /// ```
    /// use ndarray_dnn::ndarray::{Array2, s};
    /// use ndarray_dnn::{Dnn, EarlyStopping, Error, Shards};
    ///
    /// let x = Array2::from_shape_fn((800, 1), |(i, _)| i as f64 / 400.0 - 1.0);
    /// let y = x.mapv(|x| x * x);
    /// let source = Shards::new(8, |block| -> Result<_, Error> {
    ///     let rows = s![block * 100..(block + 1) * 100, ..];
    ///     Ok((x.slice(rows).to_owned(), y.slice(rows).to_owned()))
    /// });
    /// let mut net: Dnn = Dnn::regressor(1, &[8], 1).build()?;
    /// let report = net.training_on(source.shuffled(7))
    ///     .validation(&x.slice(s![..;10, ..]), &y.slice(s![..;10, ..]))
    ///     .early_stopping(EarlyStopping::new(5))
    ///     .run()?;
    /// println!("{report}");
    /// # assert!(report.losses().last() < Some(&1e-2));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn training_on<'a>(&'a mut self, source: impl Source<F> + 'a) -> Training<'a, F> {
        Training::new(self, Data::Source(Box::new(source)))
    }
}
