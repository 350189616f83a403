//! The article's verbs by hand: `compute`, `error`, `bp` and `update`.

use ndarray::{Array2, ArrayRef2};

use crate::descent::{self, Pass};
use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::model::Gradients;

impl<F: Scalar> Dnn<F> {
    /// The forward pass over the rows of `x` `(b, n₀)`: `Aₗ = fₗ(Aₗ₋₁ Wₗᵀ + bₗ)` for every layer.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Shape`] and [`Error::NonFinite`] for `x`, [`Error::NonFinite`] for an
    /// output that is not finite, [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::{array, Array2}, Activation::Identity, Dnn, Gradients, Layer, Pass};
    /// # let layer = Layer::new(array![[2.0, 1.0]], array![0.5], Identity)?;
    /// # let mut net = Dnn::builder().regularization(0.0).momentum(0.5).build_from([layer])?;
    /// // W = [[2, 1]], b = [0.5], f = identity
    /// let pass = net.compute(&array![[1.0, 3.0], [0.0, 0.0]])?;
    /// assert_eq!(pass.output(), array![[5.5], [0.5]]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn compute(&self, x: &ArrayRef2<F>) -> Result<Pass<F>, Error> {
        let mut pass = Pass::default();
        self.compute_into(x, &mut pass)?;
        Ok(pass)
    }

    /// [`compute`](Self::compute) into an existing pass, which may come from any network and have any number of
    /// rows. It allocates only if the memory of the pass is too small, or for the first large product of a thread,
    /// which keeps up to 2.4 MB. Use it to predict without allocating.
    ///
    /// # Errors
    /// Those of [`compute`](Self::compute). If the output is not finite, the pass is empty afterwards; after
    /// [`Error::TooLarge`] it can be empty too.
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn, Pass};
    /// # let net = Dnn::builder().input_shape(2).shape([1]).activations([Identity]).build()?;
    /// let mut pass = Pass::default();
    /// for x in [array![[0.0, 1.0]], array![[2.0, 3.0]]] {
    ///     net.compute_into(&x, &mut pass)?;
    ///     println!("{}", pass.output());
    /// }
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn compute_into(&self, x: &ArrayRef2<F>, pass: &mut Pass<F>) -> Result<(), Error> {
        descent::compute(self.network(), x, pass)
    }

    /// The error D, `(b, n_L)`: minus the derivative of the loss of a row that training minimises, with respect to the
    /// last layer's output A_L. It is `Y − Ŷ` for every link, with label smoothing for the smoothed Y. For the other
    /// losses it is, with `d = y − ŷ`, the sign of d for `Absolute`, d limited to ±δ for `Huber`, and τ or τ − 1, by
    /// the sign of d, for `Quantile`; see [`Loss`](crate::Loss).
    ///
    /// # Errors
    /// [`Error::Foreign`] if the pass comes from a network of another shape, [`Error::Conflict`] for another link;
    /// [`Error::Shape`] if the shape of `y` does not match the pass; for the values of `y` [`Error::NonFinite`],
    /// with softmax [`Error::NotADistribution`], with binary cross-entropy or Poisson [`Error::OutOfRange`];
    /// [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::{array, Array2}, Activation::Identity, Dnn, Gradients, Layer, Pass};
    /// # let layer = Layer::new(array![[2.0, 1.0]], array![0.5], Identity)?;
    /// # let mut net = Dnn::builder().regularization(0.0).momentum(0.5).build_from([layer])?;
    /// let pass = net.compute(&array![[1.0, 3.0]])?;
    /// assert_eq!(net.error(&pass, &array![[6.0]])?, array![[0.5]]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn error(&self, pass: &Pass<F>, y: &ArrayRef2<F>) -> Result<Array2<F>, Error> {
        let mut d = Array2::default((0, 0));
        self.error_into(pass, y, &mut d)?;
        Ok(d)
    }

    /// [`error`](Self::error) into an existing array of any shape. It allocates only if the memory of the array is
    /// too small.
    ///
    /// # Errors
    /// Those of [`error`](Self::error).
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::{array, Array2}, Activation::Identity, Dnn, Gradients, Layer, Pass};
    /// # let layer = Layer::new(array![[2.0, 1.0]], array![0.5], Identity)?;
    /// # let mut net = Dnn::builder().regularization(0.0).momentum(0.5).build_from([layer])?;
    /// let mut d = Array2::default((0, 0));
    /// let pass = net.compute(&array![[1.0, 3.0]])?;
    /// net.error_into(&pass, &array![[6.0]], &mut d)?;
    /// assert_eq!(d, array![[0.5]]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn error_into(&self, pass: &Pass<F>, y: &ArrayRef2<F>, d: &mut Array2<F>) -> Result<(), Error> {
        descent::error(self.network(), self.config(), pass, y, d)
    }

    /// The loss of a pass, as `fit` reports it. With softmax it is the mean over the rows of the cross-entropy
    /// `−Σ y·ln ŷ`, without softmax the mean of the Euclidean norms `‖y − ŷ‖`, not squared; or the mean of another
    /// [`Loss`](crate::Loss). Training does not minimise the norm but the [`objective`](Self::objective). This
    /// method allocates a copy of `y`.
    ///
    /// # Errors
    /// Those of [`error`](Self::error); [`Error::OutOfRange`] for a loss that is not finite.
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn, Layer};
    /// let layer = Layer::new(array![[1.0], [1.0]], array![0.0, 0.0], Identity)?;
    /// let net = Dnn::builder().build_from([layer])?;
    /// let pass = net.compute(&array![[1.0]])?;
    /// assert_eq!(net.loss(&pass, &array![[4.0, 5.0]])?, 5.0);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn loss(&self, pass: &Pass<F>, y: &ArrayRef2<F>) -> Result<f64, Error> {
        descent::loss(self.network(), self.config(), pass, y)
    }

    /// The gradients of a mini-batch from its pass and its error `d` `(b, n_L)`:
    /// `Δ_L = D ⊙ f′_L`, `Δₗ = (Δₗ₊₁ Wₗ₊₁) ⊙ f′ₗ`, `∇Wₗ = −Δₗᵀ Aₗ₋₁ / b`, `∇bₗ = −(column means of Δₗ)`.
    ///
    /// The pass must come from this network with its present parameters, which is not checked. If gradients
    /// overflow, [`update`](Self::update) returns the error.
    ///
    /// # Errors
    /// [`Error::Foreign`] if the pass comes from a network of another shape, [`Error::Conflict`] for another link;
    /// [`Error::Shape`] if the shape of `d` does not match the pass; [`Error::NonFinite`] for `d`;
    /// [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::{array, Array2}, Activation::Identity, Dnn, Gradients, Layer, Pass};
    /// # let layer = Layer::new(array![[2.0, 1.0]], array![0.5], Identity)?;
    /// # let mut net = Dnn::builder().regularization(0.0).momentum(0.5).build_from([layer])?;
    /// let pass = net.compute(&array![[1.0, 3.0]])?;
    /// let gradients = net.bp(&pass, &array![[0.5]])?;
    /// // ∇W = −Δᵀ A₀ / b, ∇b = −Δ / b, with Δ = D here
    /// assert_eq!(gradients.weights(0).unwrap(), array![[-0.5, -1.5]]);
    /// assert_eq!(gradients.biases(0).unwrap(), array![-0.5]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn bp(&self, pass: &Pass<F>, d: &ArrayRef2<F>) -> Result<Gradients<F>, Error> {
        let mut gradients = Gradients::default();
        self.bp_into(pass, d, &mut gradients)?;
        Ok(gradients)
    }

    /// [`bp`](Self::bp) into existing gradients, which may come from any network. It allocates only if their
    /// memory is too small.
    ///
    /// # Errors
    /// Those of [`bp`](Self::bp). If there is not enough memory, the gradients are empty afterwards.
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::{array, Array2}, Activation::Identity, Dnn, Gradients, Layer, Pass};
    /// # let layer = Layer::new(array![[2.0, 1.0]], array![0.5], Identity)?;
    /// # let mut net = Dnn::builder().regularization(0.0).momentum(0.5).build_from([layer])?;
    /// let (mut pass, mut gradients) = (Pass::default(), Gradients::default());
    /// net.compute_into(&array![[1.0, 3.0]], &mut pass)?;
    /// net.bp_into(&pass, &array![[0.5]], &mut gradients)?;
    /// assert_eq!(gradients.biases(0).unwrap(), array![-0.5]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn bp_into(
        &self,
        pass: &Pass<F>,
        d: &ArrayRef2<F>,
        gradients: &mut Gradients<F>,
    ) -> Result<(), Error> {
        descent::bp(self.network(), pass, d, gradients)
    }

    /// One step of descent, `V ← μ V − η_t (∇ + λ θ)`, `θ ← θ + V` for every weight and every bias, with
    /// `η_t = η / t^p` and t = [`iterations`](Self::iterations) + 1; or the step of another
    /// [`Optimizer`](crate::Optimizer). Afterwards `iterations` is t.
    ///
    /// With the settings [`clip_norm`](crate::DnnBuilder::clip_norm), [`l1`](crate::DnnBuilder::l1) and
    /// [`max_norm`](crate::DnnBuilder::max_norm), a step is in this order: the gradient is clipped, L2 and L1 are
    /// added (AdamW: subtracted from the parameters), the optimizer makes its step, the weights are limited. η_t has
    /// the factor of a [`Schedule`](crate::Schedule) at the
    /// [`schedule_position`](Self::schedule_position), which an update by hand does not move.
    ///
    /// A step that is too large for the element type makes parameters infinite. [`fit`](Self::fit) detects this
    /// and restores the network. By hand, the next [`compute`](Self::compute) returns [`Error::NonFinite`]. With
    /// Adam, gradients whose squares overflow make the mean squares infinite. The parameters then no longer change
    /// until [`reset_velocity`](Self::reset_velocity).
    ///
    /// # Errors
    /// [`Error::Foreign`] if the gradients come from a network of another shape, [`Error::NonFinite`] if they
    /// are not finite.
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::{array, Array2}, Activation::Identity, Dnn, Gradients, Layer, Pass};
    /// # let layer = Layer::new(array![[2.0, 1.0]], array![0.5], Identity)?;
    /// # let mut net = Dnn::builder().regularization(0.0).momentum(0.5).build_from([layer])?;
    /// let pass = net.compute(&array![[1.0, 3.0]])?;
    /// let gradients = net.bp(&pass, &array![[0.5]])?;
    /// net.update(&gradients)?; // η₁ = 0.1
    /// assert_eq!(net.layers()[0].biases(), array![0.5 + 0.1 * 0.5]);
    /// assert_eq!((net.iterations(), net.effective_eta()), (1, 0.1));
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn update(&mut self, gradients: &Gradients<F>) -> Result<(), Error> {
        descent::update_by_hand(&mut self.state, &self.config, gradients)
    }
}
