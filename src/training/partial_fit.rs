//! Online learning: samples as they come.

use std::fmt;

use ndarray::ArrayRef2;

use crate::descent::epoch::{Samples, Workspace};
use crate::{BatchOrder, Dnn, Error, Scalar};

impl<F: Scalar> Dnn<F> {
    /// One pass over the rows of `x` `(n, n₀)` and `y` `(n, n_L)`, in mini-batches that are all updated; returns the
    /// mean of their losses, each as it was before its update.
    ///
    /// It goes on where the last call, or `fit`, ended: [`iterations`](Self::iterations), learning rate, velocity
    /// and generator are kept, as by [`Training::resume`](crate::Training::resume). The rows are taken as they
    /// stand, or with [`BatchOrder::Shuffled`] in a fresh random order; each counts for 1, and `max_epochs` and
    /// `threshold` are not looked at. With one row at a time this is the document's online learning.
    ///
    /// The network keeps the buffers, so that a call that needs no larger ones allocates nothing; a clone has none.
    ///
    /// # Errors
    /// Those of [`fit`](Self::fit); the network is then what it was before the call.
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
        self.check_shapes(x, y)?;
        let order = match self.config.batch_order {
            // The document's order is no pass.
            BatchOrder::Cyclic => BatchOrder::Sequential,
            order => order,
        };
        let mut workspace = match self.buffers.0.take() {
            Some(mut workspace) => {
                workspace.restart(self, order, x.nrows())?;
                workspace
            }
            None => Box::new(Workspace::new(self, order, x.nrows())?),
        };
        let checked = self.check_values(x, y);
        let samples = Samples { x, y, weights: None };
        let loss = checked.and_then(|()| {
            let loss = self.finite_epoch(&samples, &mut workspace);
            loss.map_err(|error| workspace.go_back(self, error))
        });
        self.buffers = Buffers(Some(workspace));
        loss
    }
}

/// What [`Dnn::partial_fit`] keeps from call to call. It is no part of what a network is: all are equal, and a
/// clone has none.
pub(crate) struct Buffers<F: Scalar>(Option<Box<Workspace<F>>>);

impl<F: Scalar> Default for Buffers<F> {
    fn default() -> Self {
        Self(None)
    }
}

impl<F: Scalar> Clone for Buffers<F> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<F: Scalar> PartialEq for Buffers<F> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<F: Scalar> fmt::Debug for Buffers<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Buffers" } else { "None" })
    }
}
