//! Other settings for a network that is trained already.

use crate::model::velocity::Velocity;
use crate::{Dnn, DnnBuilder, Error, Scalar};

impl<F: Scalar> Dnn<F> {
    /// Gives the network other settings and keeps its state: parameters, velocity, iterations, generator.
    ///
    /// `change` gets a builder that has the present settings as its defaults, so what it does not set stays as it
    /// is. The state changes with two of them: another `seed` seeds the generator of the permutations anew,
    /// and another optimizer puts the velocity at rest where it would mean something else: from or to
    /// [`Optimizer::Adam`](crate::Optimizer::Adam), or for other β₁ and β₂. `init` has no effect any more.
    ///
    /// # Errors
    /// [`Error::Conflict`] if `input_shape`, `shape` or `activations` are set and are not the network's;
    /// [`Error::OutOfRange`] and [`Error::Conflict`] as by [`build`](DnnBuilder::build), for Adam only if `change`
    /// itself sets a momentum; [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(2).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// net.fit(&x, &y)?;
    /// net.reconfigure(|builder| builder.eta(0.01).minibatch_size(1))?;
    /// net.training(&x, &y).resume().run()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn reconfigure(&mut self, change: impl FnOnce(DnnBuilder<F>) -> DnnBuilder<F>) -> Result<(), Error> {
        let builder = change(DnnBuilder::of(self.config.clone()));
        let config = builder.settings()?;
        builder.check_agreement(self.layers())?;
        let state = &mut self.state;
        if !config.optimizer.goes_on_from(self.config.optimizer) {
            state.velocity = Velocity::zeros(&state.layers, config.optimizer)?;
            self.buffers = Default::default();
        }
        if config.seed != self.config.seed {
            state.permutations = crate::dnn::verbs::permutations(config.seed);
        }
        self.config = config;
        Ok(())
    }
}
