//! The weights and biases of a layer, or one value for each of them: gradients, velocities, mean squares.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use crate::error::Error;
use crate::kernel::{Matrix, Scalar, all_finite};
use crate::validate::check_finite;

/// One value for each weight and each bias of a layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameters<F> {
    /// Wᵀ: (fan_in, fan_out). The forward pass and the gradients use this layout. Only the backward pass has to
    /// transpose it, and it does not need the first layer's.
    pub(crate) weights: Matrix<F>,
    /// (fan_out)
    pub(crate) biases: Vec<F>,
}

impl<F: Scalar> Parameters<F> {
    /// Creates zeros for a layer with `fan_in` inputs and `fan_out` neurons.
    ///
    /// # Errors
    /// [`Error::TooLarge`] with the name `what`.
    pub(crate) fn zeros(what: &'static str, fan_out: usize, fan_in: usize) -> Result<Self, Error> {
        let too_large = |_| Error::TooLarge { what, rows: fan_out, columns: fan_in };
        let weights = Matrix::zeros(what, fan_in, fan_out).map_err(too_large)?;
        let mut biases = Vec::new();
        let too_large = |_| Error::TooLarge { what, rows: fan_out, columns: 1 };
        biases.try_reserve_exact(fan_out).map_err(too_large)?;
        biases.resize(fan_out, F::zero());
        Ok(Self { weights, biases })
    }

    /// Converts `weights` `(fan_out, fan_in)` and `biases` `(fan_out)`.
    pub(crate) fn from_arrays(weights: Array2<F>, biases: Array1<F>) -> Self {
        let weights = Matrix::from_array(weights.reversed_axes());
        Self { weights, biases: biases.iter().copied().collect() }
    }

    pub(crate) fn fan_in(&self) -> usize {
        self.weights.rows()
    }

    pub(crate) fn fan_out(&self) -> usize {
        self.weights.columns()
    }

    /// The number of weights and biases.
    pub(crate) fn count(&self) -> usize {
        self.weights.values().len() + self.biases.len()
    }

    /// The values for the weights W: (fan_out, fan_in)
    pub(crate) fn weights(&self) -> ArrayView2<'_, F> {
        self.weights.view().reversed_axes()
    }

    /// The values for the biases b: (fan_out)
    pub(crate) fn biases(&self) -> ArrayView1<'_, F> {
        ArrayView1::from(&self.biases[..])
    }

    /// The results of [`weights`](Self::weights) and [`biases`](Self::biases).
    pub(crate) fn views(&self) -> (ArrayView2<'_, F>, ArrayView1<'_, F>) {
        (self.weights(), self.biases())
    }

    /// Takes the next values of a flat list: W row by row, then b.
    pub(crate) fn read_flat(&mut self, values: &mut impl Iterator<Item = F>) {
        let (fan_in, fan_out) = (self.fan_in(), self.fan_out());
        for neuron in 0..fan_out {
            let weights = self.weights.values_mut().iter_mut().skip(neuron).step_by(fan_out);
            weights.zip(values.by_ref().take(fan_in)).for_each(|(weight, value)| *weight = value);
        }
        self.biases.iter_mut().zip(values).for_each(|(bias, value)| *bias = value);
    }

    /// The values as a flat list: W row by row, then b.
    pub(crate) fn flat(&self) -> impl Iterator<Item = F> + '_ {
        let fan_out = self.fan_out();
        let weights =
            (0..fan_out).flat_map(move |neuron| self.weights.values().iter().skip(neuron).step_by(fan_out));
        weights.chain(&self.biases).copied()
    }

    /// Whether every value is finite.
    pub(crate) fn all_finite(&self) -> bool {
        self.slices().into_iter().all(all_finite)
    }

    /// Checks that every value is finite; `what` contains the names of weights and biases for the error.
    pub(crate) fn check_finite(&self, what: [&'static str; 2]) -> Result<(), Error> {
        check_finite(what[0], &self.weights())?;
        check_finite(what[1], &self.biases().insert_axis(Axis(1)))
    }

    /// Copies the values of `other`, which has the same shape.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.weights.copy_from(&other.weights);
        self.biases.copy_from_slice(&other.biases);
    }

    /// The weights, then the biases.
    pub(crate) fn slices(&self) -> [&[F]; 2] {
        [self.weights.values(), &self.biases]
    }

    /// The weights, then the biases.
    pub(crate) fn slices_mut(&mut self) -> [&mut [F]; 2] {
        [self.weights.values_mut(), &mut self.biases]
    }
}

/// The sizes n₀ … n_L of layers that chain; empty without layers.
pub(crate) fn sizes<'a, F: Scalar>(
    mut layers: impl Iterator<Item = &'a Parameters<F>> + Clone,
) -> impl Iterator<Item = usize> + Clone {
    let rest = layers.clone().map(Parameters::fan_out);
    layers.next().map(Parameters::fan_in).into_iter().chain(rest)
}
