//! Other ways to train: online, and by Levenberg-Marquardt.

use ndarray::{ArrayRef1, ArrayRef2};

use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::second_order::LevenbergMarquardt;
use crate::training::partial_fit;

impl<F: Scalar> Dnn<F> {
    /// Makes one pass over the rows of `x` `(n, n₀)` and `y` `(n, n_L)`, with an update after each mini-batch.
    /// Returns the mean loss over the rows; the loss of a row is computed before the update of its mini-batch.
    ///
    /// It continues where the last call, or `fit`, ended: [`iterations`](Self::iterations), learning rate, velocity and
    /// generator are kept, as with [`Training::resume`](crate::training::Training::resume). It takes the rows in their
    /// given order, or with [`BatchOrder::Shuffled`](crate::BatchOrder::Shuffled) and `ShuffledByEpoch` in a new random
    /// order. `max_epochs` and `threshold` have no effect. With one row per call this is the article's online learning.
    /// For a [`Schedule`](crate::Schedule), each call is an epoch.
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

    /// A run of the Levenberg-Marquardt method on `x` `(n, n₀)` and `y` `(n, n_L)`: chain the settings, then call
    /// [`run`](LevenbergMarquardt::run). For small networks and smooth functions it needs a few dozen iterations where
    /// descent needs thousands of epochs.
    ///
    /// It minimises the [`objective`](Self::objective) `F(θ)`, the mean over the rows of `½‖ŷ − y‖²` plus `½·λ‖θ‖²`,
    /// for [`Loss::Squared`](crate::Loss::Squared), and for [`Loss::Article`](crate::Loss::Article) without softmax. An
    /// iteration uses all rows. With the Jacobian matrix J of the outputs, the residuals `r = ŷ − y`, and R the
    /// diagonal matrix that is 1 for each parameter with L2 and else 0, it computes
    ///
    /// `g = Jᵀr/n + λRθ`, `(JᵀJ/n + λR + μI) h = −g`, and `θ ← θ + h` if that lowers F.
    ///
    /// Otherwise the damping μ grows, and the equations are solved again. The first μ is
    /// [`damping`](LevenbergMarquardt::damping) times the largest element of the diagonal of `JᵀJ/n + λR`. With the
    /// gain ϱ, the decrease of F over that of its quadratic model, Nielsen's rule is `μ ← μ·max(⅓, 1 − (2ϱ − 1)³)`,
    /// `ν ← 2` after a step that lowers F, and `μ ← μν`, `ν ← 2ν` after another one.
    ///
    /// All arithmetic is in f64. For a network of f32, x and y are copied to f64 once, the parameters are rounded to
    /// f32 after each step, and F is that of the rounded parameters. JᵀJ is summed in the order of the rows, a block of
    /// them at a time. Together with its Cholesky factor it takes 8 · p² bytes for p parameters, and an iteration takes
    /// about ½·n·n_L·p² + p³/6 multiplications for each step that is tried: up to a few thousand parameters that is
    /// fast. With the feature `rayon`, the threads share it, with the same bits. Nothing is allocated after the first
    /// iteration but for the history.
    ///
    /// Momentum, learning rate, mini-batches and the other settings of descent have no effect, nor have `threshold` and
    /// `max_epochs`. With [`verbose`](crate::DnnBuilder::verbose), each iteration prints a line.
    ///
    /// # Sources
    /// - K. Levenberg, *A method for the solution of certain non-linear problems in least squares*, Quarterly of
    ///   Applied Mathematics 2, 1944
    /// - D. W. Marquardt, *An algorithm for least-squares estimation of nonlinear parameters*, SIAM Journal 11, 1963
    /// - K. Madsen, H. B. Nielsen and O. Tingleff, *Methods for non-linear least squares problems*, 2nd edition, 2004,
    ///   algorithm 3.16
    /// - M. T. Hagan and M. B. Menhaj, *Training feedforward networks with the Marquardt algorithm*, IEEE Transactions
    ///   on Neural Networks 5, 1994
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::Array2;
    /// use ndarray_dnn::{Activation::{Identity, Tanh}, Dnn, Init, Loss};
    ///
    /// // 100 points of x₁·x₂
    /// let x = Array2::from_shape_fn((100, 2), |(i, j)| [i % 10, i / 10][j] as f64 / 4.5 - 1.0);
    /// let y = Array2::from_shape_fn((100, 1), |(i, _)| x[[i, 0]] * x[[i, 1]]);
    /// let mut net = Dnn::builder()
    ///     .input_shape(2).shape([8, 1]).activations([Tanh, Identity]).init(Init::Glorot)
    ///     .loss(Loss::Squared).regularization(0.0)
    ///     .build()?;
    /// let (report, posterior) = net.levenberg_marquardt(&x, &y).max_iterations(50).run()?;
    /// println!("{report:#}");
    /// assert!(net.objective(&x, &y)? < 1e-6);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn levenberg_marquardt<'a>(
        &'a mut self,
        x: &'a ArrayRef2<F>,
        y: &'a ArrayRef2<F>,
    ) -> LevenbergMarquardt<'a, F> {
        LevenbergMarquardt::new(self, x, y)
    }
}
