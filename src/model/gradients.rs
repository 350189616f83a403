//! The gradients of one mini-batch: `∇Wₗ = −Δₗᵀ Aₗ₋₁ / b`, `∇bₗ = −(column means of Δₗ)`.

use ndarray::{ArrayView1, ArrayView2};

use super::layer::Layer;
use super::parameters::{Parameters, sizes};
use super::scratch::Scratch;
use crate::error::Error;
use crate::kernel::{Matrix, Scalar};

/// The mean gradient of the data loss over the rows of a mini-batch, without L2; computed by
/// [`Dnn::bp`](crate::Dnn::bp).
///
/// Gradients can be reused as a buffer: [`Gradients::default`] is empty, and [`Dnn::bp_into`](crate::Dnn::bp_into)
/// fills them without allocating once they have the shape of the network and enough rows. They also contain the
/// working memory for the deltas Δ₁ … Δ_L, which `==` ignores and `clone` does not copy.
///
/// # Examples
/// The gradients of the parts of a mini-batch can be computed separately, and then merged:
/// ```
/// use std::ops::Range;
/// use ndarray_dnn::ndarray::{array, s};
/// use ndarray_dnn::{Activation::Identity, Dnn, Error, Gradients};
///
/// let net: Dnn = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build()?;
/// let (x, y) = (array![[1.0], [2.0], [3.0]], array![[2.0], [4.0], [6.0]]);
/// let part = |rows: Range<usize>| -> Result<Gradients, Error> {
///     let pass = net.compute(&x.slice(s![rows.clone(), ..]))?;
///     let d = net.error(&pass, &y.slice(s![rows, ..]))?;
///     net.bp(&pass, &d)
/// };
/// let mut merged = part(0..2)?;
/// merged.merge(&part(2..3)?)?;
/// assert_eq!(merged.weight(), 3.0);
/// let difference = &merged.weights(0).unwrap() - &part(0..3)?.weights(0).unwrap();
/// assert!(difference.iter().all(|difference| difference.abs() < 1e-12));
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients<F: Scalar = f64> {
    pub(crate) layers: Vec<Parameters<F>>,
    pub(crate) weight: f64,
    /// Δ₁ … Δ_L: (b, nₗ); the last one holds D before the backward pass.
    pub(crate) deltas: Scratch<Vec<Matrix<F>>>,
    /// The f64 sums of the gradient of one layer: (fan_in, fan_out); empty up to 4,096 rows.
    pub(crate) sums: Scratch<Matrix<f64>>,
}

impl<F: Scalar> Default for Gradients<F> {
    fn default() -> Self {
        Self { layers: Vec::new(), weight: 0.0, deltas: Scratch::default(), sums: Scratch::default() }
    }
}

impl<F: Scalar> Gradients<F> {
    /// ∇W `(fan_out, fan_in)` and ∇b `(fan_out)` of each layer, the first layer first.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build()?;
    /// # let pass = net.compute(&array![[1.0]])?;
    /// # let gradients = net.bp(&pass, &array![[0.5]])?;
    /// assert_eq!(gradients.layers().len(), net.layers().len());
    /// for (weights, biases) in gradients.layers() {
    ///     println!("{weights} {biases}");
    /// }
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn layers(&self) -> impl ExactSizeIterator<Item = (ArrayView2<'_, F>, ArrayView1<'_, F>)> {
        self.layers.iter().map(Parameters::views)
    }

    /// ∇W of `net.layers()[l]`, `(fan_out, fan_in)`; `None` past the last layer.
    pub fn weights(&self, l: usize) -> Option<ArrayView2<'_, F>> {
        self.layers.get(l).map(Parameters::weights)
    }

    /// ∇b of `net.layers()[l]`, `(fan_out)`; `None` past the last layer.
    pub fn biases(&self, l: usize) -> Option<ArrayView1<'_, F>> {
        self.layers.get(l).map(Parameters::biases)
    }

    /// The number of rows b of the mini-batch, which [`merge`](Self::merge) uses as the weight; 0 for empty
    /// gradients.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// Merges the gradients of another mini-batch into these: `∇ ← (b ∇ + b′ ∇′) / (b + b′)`, `b ← b + b′` with
    /// the [`weight`](Self::weight)s b and b′. Empty gradients become a copy of `other`. If `other` is empty,
    /// nothing changes.
    ///
    /// Up to rounding, the result is the gradient of both mini-batches together.
    ///
    /// # Errors
    /// [`Error::Foreign`] if `other` comes from a network of another shape.
    ///
    /// # Examples
    /// See [`Gradients`].
    pub fn merge(&mut self, other: &Self) -> Result<(), Error> {
        if other.layers.is_empty() {
            return Ok(());
        }
        if self.layers.is_empty() {
            self.clone_from(other);
            return Ok(());
        }
        if !self.sizes().eq(other.sizes()) {
            let (expected, found) = (self.sizes().collect(), other.sizes().collect());
            return Err(Error::Foreign { what: "other", expected, found });
        }
        let weight = self.weight + other.weight;
        if weight == 0.0 {
            // Gradients of no rows add nothing, and 0/0 is not a share.
            return Ok(());
        }
        let (own, others) = (F::from_f64(self.weight / weight), F::from_f64(other.weight / weight));
        for (layer, other) in self.layers.iter_mut().zip(&other.layers) {
            for (gradient, other) in layer.slices_mut().into_iter().zip(other.slices()) {
                gradient.iter_mut().zip(other).for_each(|(g, &other)| *g = own * *g + others * other);
            }
        }
        self.weight = weight;
        Ok(())
    }

    /// The sizes n₀ … n_L of the network; none for empty gradients.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = usize> + Clone {
        sizes(self.layers.iter())
    }

    /// Gives the gradients the shape of `layers`, and the deltas `rows` rows; returns the memory for D
    /// `(rows, n_L)`.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; the gradients are then empty.
    pub(crate) fn reserve(&mut self, layers: &[Layer<F>], rows: usize) -> Result<&mut Matrix<F>, Error> {
        let reserved = self.try_reserve(layers, rows);
        if reserved.is_err() {
            *self = Self::default();
        }
        reserved?;
        // There is one delta for each layer, and a network has at least one layer.
        self.deltas.0.last_mut().ok_or(Error::Empty { what: "layers", rows: 0, columns: 0 })
    }

    /// Does the work of [`reserve`](Self::reserve); after an error, the buffers have mixed shapes.
    fn try_reserve(&mut self, layers: &[Layer<F>], rows: usize) -> Result<(), Error> {
        if !self.sizes().eq(Layer::sizes(layers)) {
            self.layers.clear();
            self.deltas.0.clear();
            for layer in layers {
                self.layers.push(Parameters::zeros("the gradients", layer.fan_out(), layer.fan_in())?);
            }
        }
        self.deltas.0.resize_with(layers.len(), Matrix::default);
        for (delta, layer) in self.deltas.0.iter_mut().zip(layers) {
            delta.resize("the delta of a layer", rows, layer.fan_out())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_gradients_of_weight_0_changes_nothing() {
        let layers = vec![Parameters::<f64>::zeros("g", 2, 3).unwrap()];
        let of_nothing = Gradients { layers, ..Gradients::default() };
        let mut merged = of_nothing.clone();
        merged.merge(&of_nothing).unwrap();
        assert_eq!(merged, of_nothing);
    }
}
