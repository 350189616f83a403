//! The parts of a network: layers, settings, and the state of its training.

use super::dnn::Dnn;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::model::{Config, Layer, Network, Velocity};
use crate::validate::{AT_LEAST_0, check_range};

impl<F: Scalar> Dnn<F> {
    /// The layers and the link.
    pub(crate) fn network(&self) -> &Network<F> {
        &self.state.network
    }

    /// The layers, from the first to the last.
    pub fn layers(&self) -> &[Layer<F>] {
        self.network().layers()
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The number of columns n₀ of x.
    pub fn input_shape(&self) -> usize {
        self.network().inputs()
    }

    /// The number of columns n_L of y and of the output.
    pub fn output_shape(&self) -> usize {
        self.network().outputs()
    }

    /// The numbers of columns of x and of y.
    pub(crate) fn shape(&self) -> [usize; 2] {
        [self.input_shape(), self.output_shape()]
    }

    /// The number of weights and biases.
    pub fn parameter_count(&self) -> usize {
        self.network().parameter_count()
    }

    /// The number of updates t since the start of the last run that was not resumed, or since the network was
    /// built.
    pub fn iterations(&self) -> usize {
        self.state.iterations
    }

    /// The learning rate of the last update, or `eta` before the first one. A second `fit` does not reset it.
    pub fn effective_eta(&self) -> f64 {
        self.state.effective_eta.unwrap_or(self.config.eta)
    }

    /// The position in the [`Schedule`](crate::Schedule): the number of epochs since the start of the last run that
    /// was not resumed.
    pub fn schedule_position(&self) -> f64 {
        self.state.position
    }

    /// Sets the position in the [`Schedule`](crate::Schedule) for updates by hand, which do not move it: the number of
    /// finished epochs, plus the share of the present epoch's updates that are made. At least 0 and finite.
    ///
    /// [`partial_fit`](Self::partial_fit) and a resumed run start at this position; a run that is not resumed starts
    /// at 0.
    ///
    /// # Errors
    /// [`Error::OutOfRange`].
    ///
    /// # Examples
    /// One epoch by hand, of mini-batches that are the rows, with the same bits as `fit`:
    /// ```
    /// # use ndarray_dnn::{ndarray::{array, s}, Activation::Identity, BatchOrder, Dnn, Schedule};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(1)
    /// #     .batch_order(BatchOrder::Sequential).minibatch_size(1).schedule(Schedule::one_cycle(1)).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// # let mut fitted = net.clone();
    /// for i in 0..2 {
    ///     net.set_schedule_position(i as f64 / 2.0)?;
    ///     let pass = net.compute(&x.slice(s![i..=i, ..]))?;
    ///     let d = net.error(&pass, &y.slice(s![i..=i, ..]))?;
    ///     net.update(&net.bp(&pass, &d)?)?;
    /// }
    /// # fitted.fit(&x, &y)?;
    /// # assert_eq!(fitted.layers(), net.layers());
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn set_schedule_position(&mut self, position: f64) -> Result<(), Error> {
        check_range::<f64>("position", AT_LEAST_0, position)?;
        self.state.position = position;
        Ok(())
    }

    /// The velocity V of momentum; a second `fit` continues with it. With Adam and AdamW it is the mean gradient,
    /// with RMSProp 0.
    pub fn velocity(&self) -> &Velocity<F> {
        &self.state.velocity
    }

    /// Sets the velocity to 0, and with Adam, AdamW and RMSProp the mean squares too. A second `fit` then starts without velocity.
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::{array, Array2}, Activation::Identity, Dnn, Gradients, Layer, Pass};
    /// # let layer = Layer::new(array![[2.0, 1.0]], array![0.5], Identity)?;
    /// # let mut net = Dnn::builder().regularization(0.0).momentum(0.5).build_from([layer])?;
    /// net.fit(&array![[1.0, 3.0]], &array![[6.0]])?;
    /// net.reset_velocity();
    /// assert_eq!(net.velocity().biases(0).unwrap(), array![0.0]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn reset_velocity(&mut self) {
        self.state.velocity.reset();
    }
}
