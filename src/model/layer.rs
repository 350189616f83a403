//! One layer: `A = f(A₋₁ Wᵀ + b)`.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::kernel::Matrix;
use crate::validate::{check_finite, check_length};
use crate::{Activation, Error, Scalar};

/// Weights and biases, or anything else that has a value for each of them: gradients, velocity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Affine<F> {
    /// Wᵀ: (fan_in, fan_out). So the forward pass and the gradients read it as it stands, and only the backward
    /// pass, which stops above the first layer, has to transpose.
    pub(crate) weights: Matrix<F>,
    /// (fan_out)
    pub(crate) biases: Vec<F>,
}

impl<F: Scalar> Affine<F> {
    pub(crate) fn zeros(what: &'static str, fan_out: usize, fan_in: usize) -> Result<Self, Error> {
        let too_large = |_| Error::TooLarge { what, rows: fan_out, columns: fan_in };
        let weights = Matrix::zeros(what, fan_in, fan_out).map_err(too_large)?;
        let mut biases = Vec::new();
        let too_large = |_| Error::TooLarge { what, rows: fan_out, columns: 1 };
        biases.try_reserve_exact(fan_out).map_err(too_large)?;
        biases.resize(fan_out, F::zero());
        Ok(Self { weights, biases })
    }

    /// Of weights `(fan_out, fan_in)` and as many biases.
    pub(crate) fn of(weights: Array2<F>, biases: Array1<F>) -> Self {
        let weights = Matrix::from_array(weights.reversed_axes());
        Self { weights, biases: biases.iter().copied().collect() }
    }

    pub(crate) fn fan_in(&self) -> usize {
        self.weights.rows()
    }

    pub(crate) fn fan_out(&self) -> usize {
        self.weights.columns()
    }

    /// Of W: (fan_out, fan_in)
    pub(crate) fn weights(&self) -> ArrayView2<'_, F> {
        self.weights.view().reversed_axes()
    }

    /// (fan_out)
    pub(crate) fn biases(&self) -> ArrayView1<'_, F> {
        ArrayView1::from(&self.biases[..])
    }

    /// That every value is finite; `what` names weights and biases.
    pub(crate) fn check_finite(&self, what: [&'static str; 2]) -> Result<(), Error> {
        check_finite(what[0], &self.weights())?;
        check_finite(what[1], &self.biases().insert_axis(Axis(1)))
    }

    /// Takes over the values of one of the same shape.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.weights.copy_from(&other.weights);
        self.biases.copy_from_slice(&other.biases);
    }

    /// Weights, then biases.
    pub(crate) fn slices(&self) -> [&[F]; 2] {
        [self.weights.values(), &self.biases]
    }

    /// Weights, then biases.
    pub(crate) fn slices_mut(&mut self) -> [&mut [F]; 2] {
        [self.weights.values_mut(), &mut self.biases]
    }
}

/// The sizes n₀ … n_L of layers that chain; empty for none.
pub(crate) fn sizes<'a, F: Scalar>(
    mut layers: impl Iterator<Item = &'a Affine<F>> + Clone,
) -> impl Iterator<Item = usize> + Clone {
    let rest = layers.clone().map(Affine::fan_out);
    layers.next().map(Affine::fan_in).into_iter().chain(rest)
}

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
    pub(crate) affine: Affine<F>,
    activation: Activation,
}

impl<F: Scalar> Layer<F> {
    /// A layer of `weights` `(fan_out, fan_in)` and `biases` `(fan_out)`.
    ///
    /// # Errors
    /// [`Error::Empty`] for weights without elements, [`Error::Shape`] for biases of another length than
    /// fan_out, [`Error::NonFinite`] for a NaN or an infinity, [`Error::OutOfRange`] for the slope of
    /// [`Activation::LeakyRelu`].
    pub fn new(weights: Array2<F>, biases: Array1<F>, activation: Activation) -> Result<Self, Error> {
        let (rows, columns) = weights.dim();
        if rows == 0 || columns == 0 {
            return Err(Error::Empty { what: "weights", rows, columns });
        }
        check_length("biases", biases.len(), rows)?;
        activation.check::<F>()?;
        let affine = Affine::of(weights, biases);
        affine.check_finite(["weights", "biases"])?;
        Ok(Self { affine, activation })
    }

    /// A layer whose parts were made to fit, and are finite.
    pub(crate) fn from_parts(affine: Affine<F>, activation: Activation) -> Self {
        Self { affine, activation }
    }

    /// The weights W, `(fan_out, fan_in)`; in memory column by column.
    pub fn weights(&self) -> ArrayView2<'_, F> {
        self.affine.weights()
    }

    /// The biases b, `(fan_out)`.
    pub fn biases(&self) -> ArrayView1<'_, F> {
        self.affine.biases()
    }

    /// The activation f.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// The number of columns that the layer takes.
    pub fn fan_in(&self) -> usize {
        self.affine.fan_in()
    }

    /// The number of columns that the layer puts out: its neurons.
    pub fn fan_out(&self) -> usize {
        self.affine.fan_out()
    }
}
