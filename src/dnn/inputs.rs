//! Derivatives of the network with respect to its inputs.

use ndarray::{Array2, ArrayRef2};

use super::dnn::Dnn;
use super::predict::as_row;
use crate::descent;
use crate::error::Error;
use crate::kernel::{Matrix, Scalar, concrete};
use crate::validate::{check_columns, check_finite, check_length, check_not_empty, check_rows};

impl<F: Scalar> Dnn<F> {
    /// The Jacobian `J = ∂ŷ/∂x` `(n_L, n₀)` of the network's output at the row `x` `(n₀)`: `J[[k, i]]` is the derivative of
    /// output k, after the [`Link`](crate::Link), with respect to input i.
    ///
    /// `J = G · diag(f′_L) W_L · … · diag(f′₁) W₁` with the derivative G of the link: 1 for the identity, `ŷ_k (δ_kj − ŷ_j)`
    /// for softmax, `ŷ_k (1 − ŷ_k)` for logistic, `ŷ_k` for the logarithm. At a kink of an
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
        jacobian(self, x)
    }

    /// The gradient of a loss with respect to the inputs, `(b, n₀)`: `−Δ₁W₁` for the rows of `x` `(b, n₀)` and their
    /// error `d` `(b, n_L)`, with `Δ_L = D ⊙ f′_L` and `Δₗ = (Δₗ₊₁ Wₗ₊₁) ⊙ f′ₗ`.
    ///
    /// `d` is as in [`bp`](Self::bp): minus the derivative of a row's loss with respect to the last layer's output. With
    /// `d` from [`error`](Self::error), row i of the result is the gradient of the loss of row i. It is not divided by
    /// b, since each row has its own inputs. With `d` = −1 in one column and 0 elsewhere, it is the gradient of that
    /// column of A_L. Memory, apart from the result, does not grow with b.
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
        input_gradient(self, x, d)
    }
}

concrete!(
    fn jacobian<'a, F>(net: &'a Dnn<F>, x: &'a [F]) -> Result<Array2<F>, Error> {
        check_length("x", x.len(), net.input_shape())?;
        let row = as_row(x);
        check_finite("x", &row)?;
        Ok(descent::jacobian(net.network(), &row)?.into_array())
    }
);

concrete!(
    fn input_gradient<'a, F>(
        net: &'a Dnn<F>,
        x: &'a ArrayRef2<F>,
        d: &'a ArrayRef2<F>,
    ) -> Result<Array2<F>, Error> {
        check_not_empty("x", x)?;
        check_columns("x", x, net.input_shape())?;
        check_rows("d", d, x.nrows())?;
        check_columns("d", d, net.output_shape())?;
        // Allocate before reading the values: a broadcast array can have more rows than can ever be read.
        let mut gradient = Matrix::zeros_of_array("the input gradient", x.nrows(), x.ncols())?;
        check_finite("x", x)?;
        check_finite("d", d)?;
        descent::input_gradient(net.network(), x, d, &mut gradient)?;
        Ok(gradient.into_array())
    }
);
