//! The gradients of one mini-batch: `∇Wₗ = −Δₗᵀ Aₗ₋₁ / b`, `∇bₗ = −(column means of Δₗ)`.

use ndarray::{ArrayView1, ArrayView2};

use super::network::Network;
use super::parameters::{Parameters, sizes};
use super::scratch::Scratch;
use crate::error::Error;
use crate::kernel::{Matrix, Norm, Scalar, concrete};
use crate::validate::{AT_LEAST_0, check_range};

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

    /// The gradients as slices: for each layer ∇W and then ∇b. The order of the values within ∇W is that of the
    /// memory, Wᵀ row by row, and the same for all gradients of a network. Empty gradients have no slices.
    pub fn slices(&self) -> impl Iterator<Item = &[F]> {
        self.layers.iter().flat_map(Parameters::slices)
    }

    /// [`slices`](Self::slices) that can be changed, for example to add those of other machines.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build()?;
    /// # let pass = net.compute(&array![[1.0]])?;
    /// # let mut gradients = net.bp(&pass, &array![[0.5]])?;
    /// for slice in gradients.slices_mut() {
    ///     slice.iter_mut().for_each(|g| *g = f64::clamp(*g, -0.1, 0.1));
    /// }
    /// net.update(&gradients)?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn slices_mut(&mut self) -> impl Iterator<Item = &mut [F]> {
        self.layers.iter_mut().flat_map(Parameters::slices_mut)
    }

    /// The Euclidean norm of all gradients together, summed in f64; 0 for empty gradients. NaN or infinite if a
    /// gradient is, or if the norm is too large.
    ///
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build()?;
    /// let pass = net.compute(&array![[0.75]])?;
    /// let mut gradients = net.bp(&pass, &array![[4.0]])?; // ∇W = [[−3]], ∇b = [−4]
    /// assert_eq!(gradients.norm(), 5.0);
    /// // As `clip_norm(1.0)` does:
    /// gradients.scale(1.0 / gradients.norm());
    /// assert!((gradients.norm() - 1.0).abs() < 1e-15);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn norm(&self) -> f64 {
        norm(&self.layers)
    }

    /// Multiplies all gradients by `factor`, rounded to F. If they overflow, [`update`](crate::Dnn::update) returns the
    /// error.
    ///
    /// See [`norm`](Self::norm) for an example.
    pub fn scale(&mut self, factor: f64) {
        let factor = F::from_f64(factor);
        self.slices_mut().for_each(|slice| slice.iter_mut().for_each(|g| *g *= factor));
    }

    /// Sets the weight with which these gradients enter [`merge`](Self::merge), such as the number of rows that other
    /// machines have added.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] unless it is at least 0 and finite.
    pub fn set_weight(&mut self, weight: f64) -> Result<(), Error> {
        check_range::<f64>("weight", AT_LEAST_0, weight)?;
        self.weight = weight;
        Ok(())
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

    /// Sets all gradients to 0 and the weight to 0: the gradients of no rows.
    pub(crate) fn clear(&mut self) {
        self.slices_mut().for_each(|slice| slice.fill(F::zero()));
        self.weight = 0.0;
    }

    /// The sizes n₀ … n_L of the network; none for empty gradients.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = usize> + Clone {
        sizes(self.layers.iter())
    }

    /// Gives the gradients the shape of the network, and the deltas `rows` rows; returns the memory for D
    /// `(rows, n_L)`.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; the gradients are then empty.
    pub(crate) fn reserve(&mut self, network: &Network<F>, rows: usize) -> Result<&mut Matrix<F>, Error> {
        let reserved = self.try_reserve(network, rows);
        if reserved.is_err() {
            *self = Self::default();
        }
        reserved?;
        // There is one delta for each layer, and a network has at least one layer.
        self.deltas.0.last_mut().ok_or(Error::Empty { what: "layers", rows: 0, columns: 0 })
    }

    /// Does the work of [`reserve`](Self::reserve); after an error, the buffers have mixed shapes.
    fn try_reserve(&mut self, network: &Network<F>, rows: usize) -> Result<(), Error> {
        if !self.sizes().eq(network.sizes()) {
            self.layers.clear();
            self.deltas.0.clear();
            self.layers = network.zeros("the gradients")?;
        }
        self.deltas.0.resize_with(network.layers().len(), Matrix::default);
        for (delta, layer) in self.deltas.0.iter_mut().zip(network.layers()) {
            delta.resize("the delta of a layer", rows, layer.fan_out())?;
        }
        Ok(())
    }
}

concrete!(
    /// The norm of the gradients of all layers.
    fn norm<'a, F>(layers: &'a [Parameters<F>]) -> f64 {
        Norm::of(layers.iter().flat_map(Parameters::slices)).value()
    }
);

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
