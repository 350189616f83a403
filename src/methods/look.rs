//! A look inside: layers, settings, the state of training, derivatives with respect to the inputs.

use ndarray::{Array2, ArrayRef2};

use crate::descent;
use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::model::{Config, Layer, Velocity, fingerprint};

impl<F: Scalar> Dnn<F> {
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
        self.state.effective_eta.unwrap_or(self.config.eta())
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
        self.state.set_position(position)
    }

    /// The velocity V of momentum; a second `fit` continues with it. With Adam and AdamW it is the mean gradient,
    /// with RMSProp 0.
    pub fn velocity(&self) -> &Velocity<F> {
        &self.state.velocity
    }

    /// Sets the velocity to 0, and with Adam, AdamW and RMSProp the mean squares too. A second `fit` then starts
    /// without velocity.
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

    /// A number for the parameters: two networks with the same shape, element type and parameters have the same
    /// fingerprint, on every processor. Programs that train in different places compare it instead of files.
    ///
    /// It is the hash FNV-1a of 64 bits (Fowler, Noll and Vo; RFC 9923) of these bytes, every number with the lowest
    /// byte first:
    ///
    /// * as integers of 8 bytes, the bits of an element (32 or 64), the number L of layers, and n₀ … n_L;
    /// * for each layer, the weights (fan_out, fan_in) row by row, and then the biases, as floating-point numbers of
    ///   4 or 8 bytes.
    ///
    /// Settings, activations and the state of the training do not enter, nor does the memory layout. A change of a
    /// single byte always changes the fingerprint. Otherwise two different networks have the same one with a
    /// probability of about 2⁻⁶⁴. 0 and −0 are different.
    ///
    /// **It is no cryptographic hash**: it finds accidents, and it is easy to make another network with a given
    /// fingerprint. It takes about 1 ns for each byte.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Identity, Dnn, Layer};
    ///
    /// let layer = Layer::new(array![[1.0, -2.0]], array![0.5], Identity)?;
    /// let net = Dnn::builder().build_from([layer])?;
    /// assert_eq!(net.fingerprint(), 0xfd94_18b4_8880_61d7);
    /// assert_eq!(net.clone().fingerprint(), net.fingerprint());
    /// assert_ne!(net.cast::<f32>()?.fingerprint(), net.fingerprint());
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn fingerprint(&self) -> u64 {
        fingerprint(self.network())
    }

    /// The gradient of a loss with respect to the inputs, `(b, n₀)`: `−Δ₁W₁` for the rows of `x` `(b, n₀)` and their
    /// error `d` `(b, n_L)`, with `Δ_L = D ⊙ f′_L` and `Δₗ = (Δₗ₊₁ Wₗ₊₁) ⊙ f′ₗ`.
    ///
    /// `d` is as in [`bp`](Self::bp): minus the derivative of a row's loss with respect to the last layer's output.
    /// With `d` from [`error`](Self::error), row i of the result is the gradient of the loss of row i. It is not
    /// divided by b, since each row has its own inputs. With `d` = −1 in one column and 0 elsewhere, it is the gradient
    /// of that column of A_L. Memory, apart from the result, does not grow with b.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Shape`] and [`Error::NonFinite`] for `x` and `d`, [`Error::NonFinite`] for an output
    /// and for a derivative, [`Error::TooLarge`].
    ///
    /// # Examples
    /// Saliency: the inputs that move the score of class 0 most.
    /// ```
    /// use ndarray_dnn::ndarray::{Array2, array};
    /// use ndarray_dnn::{Activation::Identity, Dnn, Layer};
    ///
    /// let weights = array![[0.0, 3.0, -1.0], [1.0, 0.0, 0.5]];
    /// let net = Dnn::builder().softmax(true).build_from([Layer::new(weights, array![0.0, 0.0], Identity)?])?;
    /// let x = array![[0.2, 0.4, 0.1], [0.9, 0.0, 0.3]];
    /// let mut d = Array2::zeros((2, 2));
    /// d.column_mut(0).fill(-1.0);
    /// let saliency = net.input_gradient(&x, &d)?.mapv(f64::abs);
    /// assert_eq!(saliency, array![[0.0, 3.0, 1.0], [0.0, 3.0, 1.0]]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    ///
    /// The gradient of each row's loss:
    /// ```
    /// # use ndarray_dnn::ndarray::array;
    /// # use ndarray_dnn::{Activation::Identity, Dnn, Layer};
    /// let net = Dnn::builder().build_from([Layer::new(array![[2.0]], array![0.0], Identity)?])?;
    /// let (x, y) = (array![[1.0], [3.0]], array![[5.0], [5.0]]);
    /// let d = net.error(&net.compute(&x)?, &y)?;
    /// // The loss ½(y − 2x)² has the derivative −2(y − 2x).
    /// assert_eq!(net.input_gradient(&x, &d)?, array![[-6.0], [2.0]]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn input_gradient(&self, x: &ArrayRef2<F>, d: &ArrayRef2<F>) -> Result<Array2<F>, Error> {
        descent::input_gradient(self.network(), x, d)
    }

    /// The Jacobian `J = ∂ŷ/∂x` `(n_L, n₀)` of the network's output at the row `x` `(n₀)`: `J[[k, i]]` is the
    /// derivative of output k, after the [`Link`](crate::Link), with respect to input i.
    ///
    /// `J = G · diag(f′_L) W_L · … · diag(f′₁) W₁` with the derivative G of the link: 1 for the identity,
    /// `ŷ_k (δ_kj − ŷ_j)` for softmax, `ŷ_k (1 − ŷ_k)` for logistic, `ŷ_k` for the logarithm. At a kink of an
    /// [`Activation`](crate::Activation), f′ is what its documentation says. The product is computed from the left,
    /// which costs about n_L backward passes of one row.
    ///
    /// # Errors
    /// [`Error::Shape`] unless `x` has n₀ values; [`Error::NonFinite`] for a value of `x`, in row 0, for an output, and
    /// for a derivative; [`Error::TooLarge`].
    ///
    /// # Examples
    /// Control: a model of a room gives its temperature y after an hour, from the temperature now and the power of the
    /// heater. One step of Newton's method finds the power for 21 degrees:
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Identity, Dnn, Layer};
    ///
    /// // In practice, a trained network. This one is linear, so that one step is enough.
    /// let model = Dnn::builder().build_from([Layer::new(array![[0.9, 2.0]], array![1.0], Identity)?])?;
    /// let (now, power) = (18.0, 0.5);
    /// let slope = model.jacobian(&[now, power])?[[0, 1]]; // ∂y/∂power
    /// let power = power + (21.0 - model.predict_row(&[now, power])?[0]) / slope;
    /// let reached: f64 = model.predict_row(&[now, power])?[0];
    /// assert!((reached - 21.0).abs() < 1e-12);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    ///
    /// Pricing: the derivative of a price with respect to the price of the asset, called delta, is the number of assets
    /// that hedges it. Prices of a network with a softplus are convex in the asset:
    /// ```
    /// # use ndarray_dnn::ndarray::array;
    /// # use ndarray_dnn::{Activation::{Identity, Softplus}, Dnn, Layer};
    /// # let hidden = Layer::new(array![[20.0]], array![-20.0], Softplus)?;
    /// # let output = Layer::new(array![[0.05]], array![0.0], Identity)?;
    /// # let price = Dnn::builder().build_from([hidden, output])?;
    /// let delta = |asset: f64| Ok::<_, ndarray_dnn::Error>(price.jacobian(&[asset])?[[0, 0]]);
    /// assert!(delta(0.5)? < 0.01 && (delta(1.0)? - 0.5).abs() < 1e-12 && delta(1.5)? > 0.99);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn jacobian(&self, x: &[F]) -> Result<Array2<F>, Error> {
        descent::jacobian(self.network(), x)
    }
}
