//! Online learning: one pass over new rows.

use ndarray::{ArrayRef1, ArrayRef2};

use crate::descent::{
    Criterion, Functions, RowWeights, Samples, Share, WeightNames, Workspace, finite_epoch,
};
use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::{Scalar, concrete};
use crate::model::{BatchOrder, Scratch};

impl<F: Scalar> Dnn<F> {
    /// Makes one pass over the rows of `x` `(n, n₀)` and `y` `(n, n_L)`, with an update after each mini-batch.
    /// Returns the mean loss over the rows; the loss of a row is computed before the update of its mini-batch.
    ///
    /// It continues where the last call, or `fit`, ended: [`iterations`](Self::iterations), learning rate,
    /// velocity and generator are kept, as with [`Training::resume`](crate::training::Training::resume). It takes the rows
    /// in their given order, or with [`BatchOrder::Shuffled`] and `ShuffledByEpoch` in a new random order. `max_epochs` and
    /// `threshold` have no effect. With one row per call this is the article's online learning. For a
    /// [`Schedule`](crate::Schedule), each call is an epoch.
    ///
    /// The network keeps the working memory, so a call with no more rows than the last one allocates nothing. A
    /// clone starts without this memory.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit); the network is then as it was before the call.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Identity, Dnn};
    ///
    /// let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity])
    ///     .decay_power(0.0).regularization(0.0)
    ///     .build()?;
    /// for i in 0..1000 {
    ///     let x = (i % 7) as f64 / 7.0;
    ///     net.partial_fit(&array![[x]], &array![[2.0 * x + 1.0]])?;
    /// }
    /// assert!((net.predict(&array![[0.5]])?[[0, 0]] - 2.0).abs() < 1e-3);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn partial_fit(&mut self, x: &ArrayRef2<F>, y: &ArrayRef2<F>) -> Result<f64, Error> {
        partial_fit(self, x, y, None)
    }

    /// [`partial_fit`](Self::partial_fit) with a weight for each row, `(n)`; at least 0 and finite.
    ///
    /// Row i of the error D is multiplied by `wᵢ`, so the gradient of a mini-batch of b rows is `Σ w·g / b`. To
    /// give the rows of a data set the weights of [`sample_weights`](crate::training::Training::sample_weights), divide
    /// these by their mean. The result is the mean loss `Σ w·l / Σ w`, or 0 if all weights are 0.
    ///
    /// # Errors
    /// Those of [`partial_fit`](Self::partial_fit); [`Error::Shape`] and [`Error::OutOfRange`] for the weights.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Identity, Dnn};
    ///
    /// let mut net: Dnn = Dnn::builder()
    ///     .input_shape(1).shape([1]).activations([Identity])
    ///     .build()?;
    /// let mut twin = net.clone();
    /// // The second row counts twice as much; the third one does not count.
    /// let (x, y) = (array![[1.0], [2.0], [9.0]], array![[2.0], [4.0], [0.0]]);
    /// net.partial_fit_weighted(&x, &y, &array![1.0, 2.0, 0.0])?;
    /// twin.partial_fit(&array![[1.0], [2.0], [2.0]], &array![[2.0], [4.0], [4.0]])?;
    /// let difference = net.layers()[0].weights()[[0, 0]] - twin.layers()[0].weights()[[0, 0]];
    /// assert!(difference.abs() < 1e-12);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn partial_fit_weighted(
        &mut self,
        x: &ArrayRef2<F>,
        y: &ArrayRef2<F>,
        sample_weights: &ArrayRef1<F>,
    ) -> Result<f64, Error> {
        partial_fit(self, x, y, Some(sample_weights))
    }
}

concrete!(
    fn partial_fit<'a, F>(
        net: &'a mut Dnn<F>,
        x: &'a ArrayRef2<F>,
        y: &'a ArrayRef2<F>,
        weights: Option<&'a ArrayRef1<F>>,
    ) -> Result<f64, Error> {
        net.check_shapes(x, y)?;
        let order = match net.config.batch_order() {
            // An epoch of the article's order is not one pass over the rows.
            BatchOrder::Cyclic => BatchOrder::Sequential,
            order => order,
        };
        let weights = match weights {
            None => RowWeights::Equal,
            Some(weights) => RowWeights::new(WeightNames::OF_SAMPLES, weights, x.nrows(), Some(1.0))?,
        };
        let samples = Samples::unchecked(x, y, weights, net.config.loss());
        let Dnn { config, state, workspace: Scratch(workspace) } = net;
        let workspace = match workspace {
            Some(workspace) => {
                workspace.restart(config, state, order, x.nrows())?;
                workspace
            }
            none => none.insert(Box::new(Workspace::new(config, state, order, x.nrows(), Share::default())?)),
        };
        let mut functions = Functions { criterion: Criterion::reported(config), eta_schedule: None };
        finite_epoch(config, state, workspace, &mut functions, &samples, None)
            .map_err(|error| workspace.restore(state, error))
    }
);
