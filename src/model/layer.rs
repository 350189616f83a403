//! One layer: `A = f(A₋₁ Wᵀ + b)`.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

use super::parameters::Parameters;
use crate::activation::Activation;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::validate::{check_activation, check_length};

/// A layer of a network: `Aₗ = f(Aₗ₋₁ Wᵀ + b)`, row by row.
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::array;
/// use ndarray_dnn::{Activation, Dnn, Layer};
///
/// let hidden = Layer::new(array![[1.0, -1.0], [0.5, 2.0]], array![0.0, 0.1], Activation::Relu)?;
/// assert_eq!(hidden.weights().dim(), (2, 2));
/// let output = Layer::new(array![[1.0, 1.0]], array![0.0], Activation::Identity)?;
/// let net = Dnn::builder().build_from([hidden, output])?;
/// assert_eq!(net.predict(&array![[1.0, 2.0]])?, array![[4.6]]);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Layer<F: Scalar = f64> {
    pub(crate) parameters: Parameters<F>,
    activation: Activation,
}

impl<F: Scalar> Layer<F> {
    /// Creates a layer from `weights` `(fan_out, fan_in)` and `biases` `(fan_out)`.
    ///
    /// # Errors
    /// [`Error::Empty`] for weights without elements, [`Error::Shape`] unless there are fan_out biases,
    /// [`Error::NonFinite`] for a NaN or an infinity, [`Error::OutOfRange`] for the slope of
    /// [`Activation::LeakyRelu`].
    pub fn new(weights: Array2<F>, biases: Array1<F>, activation: Activation) -> Result<Self, Error> {
        let (rows, columns) = weights.dim();
        if rows == 0 || columns == 0 {
            return Err(Error::Empty { what: "weights", rows, columns });
        }
        check_length("biases", biases.len(), rows)?;
        check_activation::<F>(activation)?;
        let parameters = Parameters::from_arrays(weights, biases);
        parameters.check_finite(["weights", "biases"])?;
        Ok(Self { parameters, activation })
    }

    /// A layer with finite parameters and a checked activation.
    pub(crate) fn from_parts(parameters: Parameters<F>, activation: Activation) -> Self {
        Self { parameters, activation }
    }

    /// The weights W, `(fan_out, fan_in)`; column-major in memory.
    pub fn weights(&self) -> ArrayView2<'_, F> {
        self.parameters.weights()
    }

    /// The biases b, `(fan_out)`.
    pub fn biases(&self) -> ArrayView1<'_, F> {
        self.parameters.biases()
    }

    /// The activation f.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// The number of inputs.
    pub fn fan_in(&self) -> usize {
        self.parameters.fan_in()
    }

    /// The number of outputs, which is the number of neurons.
    pub fn fan_out(&self) -> usize {
        self.parameters.fan_out()
    }
}
