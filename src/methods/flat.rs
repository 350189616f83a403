//! All parameters as one flat array, and the objective as a function of them, for optimizers of other crates.

use ndarray::{Array1, ArrayRef1, ArrayRef2};

use crate::descent::{self, ObjectiveScratch};
use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::Scalar;

impl<F: Scalar> Dnn<F> {
    /// All parameters θ as a flat array `(p)`, with p = [`parameter_count`](Self::parameter_count): layer by layer, the
    /// weights `(fan_out, fan_in)` row by row and then the biases. PyTorch's `parameters_to_vector` has the same order.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::{Identity, Tanh}, Dnn, Layer};
    ///
    /// let hidden = Layer::new(array![[1.0, 2.0], [3.0, 4.0]], array![5.0, 6.0], Tanh)?;
    /// let output = Layer::new(array![[7.0, 8.0]], array![9.0], Identity)?;
    /// let mut net = Dnn::builder().build_from([hidden, output])?;
    /// assert_eq!(net.parameters(), array![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    ///
    /// let doubled = net.parameters() * 2.0;
    /// net.set_parameters(&doubled)?;
    /// assert_eq!(net.layers()[1].biases(), array![18.0]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn parameters(&self) -> Array1<F> {
        Array1::from_iter(self.network().flat())
    }

    /// Replaces all parameters by `theta` `(p)`, in the order of [`parameters`](Self::parameters). The velocity, the
    /// number of updates and all other state stay as they are.
    ///
    /// # Errors
    /// [`Error::Shape`] unless `theta` has [`parameter_count`](Self::parameter_count) values; [`Error::NonFinite`] for
    /// a value that is not finite, with its index as the row.
    ///
    /// # Examples
    /// See [`parameters`](Self::parameters).
    pub fn set_parameters(&mut self, theta: &ArrayRef1<F>) -> Result<(), Error> {
        descent::set_parameters(&mut self.state.network, theta)
    }

    /// The [`objective`](Self::objective) of a network like this one with the parameters `theta` `(p)`; writes its
    /// gradient to `g` `(p)`. The order is that of [`parameters`](Self::parameters). The network itself does not
    /// change.
    ///
    /// The objective is the mean over the rows of the loss that training minimises, plus `½·λ‖θ‖² + λ₁ Σ|θ|`. The
    /// gradient is that of [`bp`](Self::bp) for all rows of `x` `(n, n₀)` and `y` `(n, n_L)` as one mini-batch, plus
    /// `λ θ + λ₁ sign θ`, with `sign 0 = 0`. Without [`regularize_biases`](crate::DnnBuilder::regularize_biases),
    /// biases have no such terms. Up to 256 rows, the objective has the bits of [`objective`](Self::objective); beyond,
    /// its sum has another order.
    ///
    /// The scratch holds the outputs and deltas of all rows, about `2 n (n₁ + … + n_L)` values. Calls with the same
    /// network and at most as many rows as before allocate nothing. A row-major `x` is read in place.
    ///
    /// Optimizers of other crates need this function, such as L-BFGS of the crate `argmin`: the package
    /// `examples/lbfgs` in the repository shows it. [`Training`](crate::training::Training) descends by mini-batches
    /// instead.
    ///
    /// # Errors
    /// [`Error::Shape`] unless `theta` and `g` have [`parameter_count`](Self::parameter_count) values;
    /// [`Error::NonFinite`] for a value of `theta` or of the gradient, with its index as the row, and for an output;
    /// those of [`objective`](Self::objective). After an error, `g` is unchanged.
    ///
    /// # Examples
    /// Descent along the gradient, without the network's own `update`:
    /// ```
    /// use ndarray_dnn::ndarray::{Array1, array};
    /// use ndarray_dnn::training::ObjectiveScratch;
    /// use ndarray_dnn::{Activation::{Identity, Tanh}, Dnn, Init};
    ///
    /// let (x, y) = (array![[0.0], [0.5], [1.0]], array![[0.0], [0.25], [1.0]]);
    /// let mut net = Dnn::builder().input_shape(1).shape([4, 1]).activations([Tanh, Identity])
    ///     .init(Init::Glorot).regularization(1e-4).build()?;
    /// let (mut g, mut scratch) = (Array1::zeros(net.parameter_count()), ObjectiveScratch::default());
    /// let mut theta = net.parameters();
    /// for _ in 0..200 {
    ///     net.objective_and_gradient(&theta, &x, &y, &mut g, &mut scratch)?;
    ///     theta.scaled_add(-0.5, &g);
    /// }
    /// net.set_parameters(&theta)?;
    /// assert!(net.objective(&x, &y)? < 0.01);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn objective_and_gradient(
        &self,
        theta: &ArrayRef1<F>,
        x: &ArrayRef2<F>,
        y: &ArrayRef2<F>,
        g: &mut ArrayRef1<F>,
        scratch: &mut ObjectiveScratch<F>,
    ) -> Result<f64, Error> {
        descent::objective_and_gradient(self.config(), self.network(), theta, [x, y], g, scratch)
    }
}
