//! The network: the document's verbs `compute`, `bp` and `update`, as values.

use ndarray::{Array2, ArrayRef2};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::backprop::{Weighting, backward};
use crate::kernel::{self, Matrix, Rows};
use crate::online::Buffers;
use crate::pass::cost;
use crate::state::State;
use crate::update::{learning_rate, step};
use crate::validate::{check_columns, check_finite, check_not_empty};
use crate::{Config, DnnBuilder, Error, Gradients, Layer, Pass, Scalar, Velocity, loss};

/// Permutations come from a stream of the seed of their own, so that they do not depend on the shape.
const PERMUTATIONS: u64 = 1;

/// A multilayer perceptron with the state of its training.
///
/// F is the element type, `f64` or `f32`. Rows are samples everywhere. Arguments are
/// [`&ArrayRef2<F>`](ArrayRef2): owned arrays, views and slices of any memory layout go in without a copy by
/// the caller, and give the same bits.
///
/// The document's verbs are here by hand, as values, so that none can be called before the one it needs:
///
/// | verb | takes | gives |
/// |---|---|---|
/// | [`compute`](Self::compute) | x | a [`Pass`]: what every layer put out |
/// | [`error`](Self::error) | pass, y | D = Y − Ŷ |
/// | [`bp`](Self::bp) | pass, D | [`Gradients`] |
/// | [`update`](Self::update) | gradients | one step of descent |
///
/// [`fit`](Self::fit) is these over mini-batches. By hand, from a new network, and by `fit` give the same bits.
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::array;
/// use ndarray_dnn::{Activation::{Identity, Sigmoid}, Dnn};
///
/// let (x, y) = (array![[0.0, 1.0], [1.0, 0.0]], array![[1.0], [-1.0]]);
/// let mut net = Dnn::builder().input_shape(2).shape([3, 1]).activations([Sigmoid, Identity]).build()?;
/// let before = net.objective(&x, &y)?;
/// for _ in 0..10 {
///     let pass = net.compute(&x)?;
///     let d = net.error(&pass, &y)?;
///     let gradients = net.bp(&pass, &d)?;
///     net.update(&gradients)?;
/// }
/// assert!(net.objective(&x, &y)? < before);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dnn<F: Scalar = f64> {
    pub(crate) config: Config,
    pub(crate) state: State<F>,
    /// What `partial_fit` keeps from call to call.
    pub(crate) buffers: Buffers<F>,
}

impl<F: Scalar> Dnn<F> {
    /// A builder with the document's defaults.
    ///
    /// ```
    /// use ndarray_dnn::{Activation::Identity, Dnn};
    ///
    /// let net = Dnn::<f32>::builder().input_shape(2).shape([1]).activations([Identity]).build()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn builder() -> DnnBuilder<F> {
        DnnBuilder::default()
    }

    /// A network of layers that chain.
    pub(crate) fn from_parts(config: Config, layers: Vec<Layer<F>>) -> Result<Self, Error> {
        let velocity = Velocity::zeros(&layers, config.optimizer)?;
        let permutations = permutations(config.seed);
        let state = State { layers, velocity, iterations: 0, effective_eta: None, permutations };
        Ok(Self { config, state, buffers: Buffers::default() })
    }

    /// The forward pass over the rows of `x` `(b, n₀)`: `Aₗ = fₗ(Aₗ₋₁ Wₗᵀ + bₗ)` for every layer.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::ColumnCount`] and [`Error::NonFinite`] for `x`, [`Error::NonFinite`] for an
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

    /// [`compute`](Self::compute) into a pass that is there already, of any network and any number of rows; it
    /// allocates only what the pass lacks. This is the way to predict without allocating.
    ///
    /// # Errors
    /// Those of [`compute`](Self::compute). If the output is not finite or does not fit in memory, the pass
    /// is an empty one.
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
        check_not_empty("x", x)?;
        check_columns("x", x, self.input_shape())?;
        // Before the values are looked at: a broadcast array can have more rows than could ever be read.
        pass.reserve(x)?;
        check_finite("x", x)?;
        let rows = 0..x.nrows();
        let layers = &self.state.layers;
        let cost = cost(layers, rows.len());
        kernel::in_pool(cost, cost, || {
            pass.forward(layers, self.config.link(), x, &Rows::Window(rows.clone()))
        })?;
        let finite = check_finite("the output", &pass.output());
        if finite.is_err() {
            pass.clear();
        }
        finite
    }

    /// The error `D = Y − Ŷ`, `(b, n_L)`: minus the derivative of the row's objective by the last layer's output,
    /// with every link and every [`Loss`](crate::Loss).
    ///
    /// # Errors
    /// [`Error::Foreign`] if the pass is of a network of another shape, [`Error::ForeignLink`];
    /// [`Error::RowCount`] and [`Error::ColumnCount`] if `y` does not go with the pass, [`Error::NonFinite`],
    /// with softmax [`Error::NotADistribution`], with binary cross-entropy [`Error::NotAProbability`].
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

    /// [`error`](Self::error) into an array that is there already, of any shape; it allocates only if that
    /// has less memory than is needed.
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
        self.check_targets_of(pass, y)?;
        let mut difference = Matrix::from_array(std::mem::take(d));
        let loaded = difference.load("d", y, &Rows::Window(0..y.nrows()));
        if loaded.is_ok() {
            kernel::subtract(difference.values_mut(), pass.answer().values());
        }
        *d = difference.into_array();
        loaded
    }

    /// The loss of a pass that `fit` reports: with softmax the mean over the rows of the cross-entropy
    /// `−Σ y·ln ŷ`, without it the mean of the Euclidean norms `‖y − ŷ‖`, not squared; or what another
    /// [`Loss`](crate::Loss) says. The norm is not what the steps descend; [`objective`](Self::objective) is.
    /// It allocates a copy of `y`.
    ///
    /// # Errors
    /// Those of [`error`](Self::error).
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
        self.check_targets_of(pass, y)?;
        let mut d = Matrix::default();
        d.load("d", y, &Rows::Window(0..y.nrows()))?;
        let of_rows = self.config.loss.reported();
        Ok(loss::error_and_loss(pass, &mut d, of_rows, None) / pass.rows() as f64)
    }

    /// The gradients of a mini-batch from its pass and its error `d` `(b, n_L)`:
    /// `Δ_L = D ⊙ f′_L`, `Δₗ = (Δₗ₊₁ Wₗ₊₁) ⊙ f′ₗ`, `∇Wₗ = −Δₗᵀ Aₗ₋₁ / b`, `∇bₗ = −(column means of Δₗ)`.
    ///
    /// The pass must be of this network with its present parameters. Gradients that overflow are refused by
    /// [`update`](Self::update).
    ///
    /// # Errors
    /// [`Error::Foreign`] if the pass is of a network of another shape, [`Error::ForeignLink`];
    /// [`Error::RowCount`] and [`Error::ColumnCount`] if `d` does not go with the pass, [`Error::NonFinite`]
    /// for `d`, [`Error::TooLarge`].
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
        self.check_error(pass, d)?;
        self.gradients(pass, d, Weighting::Even, &[])
    }

    /// The gradients of an error that goes with the pass, each row of it times its share.
    pub(crate) fn gradients(
        &self,
        pass: &Pass<F>,
        d: &ArrayRef2<F>,
        weighting: Weighting,
        shares: &[f64],
    ) -> Result<Gradients<F>, Error> {
        let mut deltas = Vec::from_iter(self.state.layers.iter().map(|_| Matrix::default()));
        let mut gradients = Gradients::default();
        let (input, outputs) = pass.parts();
        load_error(&mut deltas, d)?;
        if let Some(delta) = deltas.last_mut() {
            kernel::scale_rows(delta.values_mut(), d.ncols(), shares);
        }
        self.backward(input, outputs, &mut deltas, weighting, &mut gradients)?;
        Ok(gradients)
    }

    /// [`bp`](Self::bp) into gradients that are there already, of any network; it allocates only what they and
    /// the pass lack. The pass is taken by `&mut` for its scratch memory alone.
    ///
    /// # Errors
    /// Those of [`bp`](Self::bp). If memory is lacking, the gradients are empty.
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::{array, Array2}, Activation::Identity, Dnn, Gradients, Layer, Pass};
    /// # let layer = Layer::new(array![[2.0, 1.0]], array![0.5], Identity)?;
    /// # let mut net = Dnn::builder().regularization(0.0).momentum(0.5).build_from([layer])?;
    /// let (mut pass, mut gradients) = (Pass::default(), Gradients::default());
    /// net.compute_into(&array![[1.0, 3.0]], &mut pass)?;
    /// net.bp_into(&mut pass, &array![[0.5]], &mut gradients)?;
    /// assert_eq!(gradients.biases(0).unwrap(), array![-0.5]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn bp_into(
        &self,
        pass: &mut Pass<F>,
        d: &ArrayRef2<F>,
        gradients: &mut Gradients<F>,
    ) -> Result<(), Error> {
        self.check_error(pass, d)?;
        pass.error_mut();
        let (input, outputs, deltas) = pass.parts_mut();
        load_error(deltas, d)?;
        self.backward(input, outputs, deltas, Weighting::Even, gradients)
    }

    /// The backward pass, the last of the deltas being the error.
    fn backward(
        &self,
        input: &Matrix<F>,
        outputs: &[Matrix<F>],
        deltas: &mut [Matrix<F>],
        weighting: Weighting,
        gradients: &mut Gradients<F>,
    ) -> Result<(), Error> {
        let layers = &self.state.layers;
        let cost = cost(layers, input.rows());
        let input = input.by_ref();
        let mut sums = Matrix::default();
        let sums = &mut sums;
        kernel::in_pool(cost, cost, || backward(layers, input, outputs, deltas, weighting, sums, gradients))
    }

    /// One step of descent, `V ← μ V − η_t (∇ + λ θ)`, `θ ← θ + V` for every weight and every bias, with
    /// `η_t = η / t^p` and t = [`iterations`](Self::iterations) + 1, which it counts; or that of another
    /// [`Optimizer`](crate::Optimizer).
    ///
    /// A step that is too large for the element type makes parameters infinite; what looks for that, and takes it
    /// back, is [`fit`](Self::fit). By hand the next [`compute`](Self::compute) answers [`Error::NonFinite`]. With
    /// Adam, gradients whose squares overflow make the mean squares infinite: the parameters stay where they are until
    /// [`reset_velocity`](Self::reset_velocity).
    ///
    /// # Errors
    /// [`Error::Foreign`] if the gradients are of a network of another shape, [`Error::NonFinite`] if they
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
        self.check_gradients(gradients)?;
        self.apply(gradients);
        Ok(())
    }

    /// [`update`](Self::update) with gradients of this network.
    pub(crate) fn apply(&mut self, gradients: &Gradients<F>) {
        let State { layers, velocity, iterations, effective_eta, .. } = &mut self.state;
        *iterations = iterations.saturating_add(1);
        let eta = learning_rate(&self.config, *iterations);
        *effective_eta = Some(eta);
        step(layers, velocity, gradients, &self.config, eta);
    }

    /// The layers, the first one first.
    pub fn layers(&self) -> &[Layer<F>] {
        &self.state.layers
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The number of columns n₀ of x.
    pub fn input_shape(&self) -> usize {
        self.state.layers.first().map_or(0, Layer::fan_in)
    }

    /// The number of columns n_L of y and of the output.
    pub fn output_shape(&self) -> usize {
        self.state.layers.last().map_or(0, Layer::fan_out)
    }

    /// The number of weights and biases.
    pub fn parameter_count(&self) -> usize {
        self.state.layers.iter().flat_map(|layer| layer.affine.slices()).map(<[F]>::len).sum()
    }

    /// The number of updates, t, since the last run that was not resumed began, or since the network is new. It
    /// counts mini-batches whose sample weights are all 0, though these update nothing.
    pub fn iterations(&self) -> usize {
        self.state.iterations
    }

    /// The learning rate of the last update, `eta` before the first one; a second `fit` does not reset it.
    pub fn effective_eta(&self) -> f64 {
        self.state.effective_eta.unwrap_or(self.config.eta)
    }

    /// The velocity V that momentum keeps; a second `fit` goes on with it. With Adam it is the mean gradient.
    pub fn velocity(&self) -> &Velocity<F> {
        &self.state.velocity
    }

    /// Sets the velocity to 0, and with Adam the mean squares too, for a second `fit` that starts from rest.
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

/// What draws the permutations of the rows.
pub(crate) fn permutations(seed: u64) -> ChaCha8Rng {
    let mut permutations = ChaCha8Rng::seed_from_u64(seed);
    permutations.set_stream(PERMUTATIONS);
    permutations
}

/// Makes `d` the last of the deltas.
fn load_error<F: Scalar>(deltas: &mut [Matrix<F>], d: &ArrayRef2<F>) -> Result<(), Error> {
    match deltas.last_mut() {
        Some(last) => last.load("d", d, &Rows::Window(0..d.nrows())),
        None => Ok(()),
    }
}
