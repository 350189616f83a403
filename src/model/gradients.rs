//! The gradients of one mini-batch: `∇Wₗ = −Δₗᵀ Aₗ₋₁ / b`, `∇bₗ = −(column means of Δₗ)`.

use ndarray::{ArrayView1, ArrayView2};

use crate::model::layer::{Affine, sizes};
use crate::{Error, Layer, Place, Scalar};

/// The mean gradient of the data loss over the rows of a mini-batch, L2 not yet in; made by
/// [`Dnn::bp`](crate::Dnn::bp).
///
/// It is a value and a buffer: [`Gradients::default`] is empty, and [`Dnn::bp_into`](crate::Dnn::bp_into)
/// fills it without allocating once it has the network's shape.
///
/// # Examples
/// A mini-batch can be computed in parts, anywhere, and merged:
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
    pub(crate) layers: Vec<Affine<F>>,
    pub(crate) weight: f64,
}

impl<F: Scalar> Default for Gradients<F> {
    fn default() -> Self {
        Self { layers: Vec::new(), weight: 0.0 }
    }
}

impl<F: Scalar> Gradients<F> {
    /// ∇W of `net.layers()[l]`, `(fan_out, fan_in)`; `None` past the last layer.
    pub fn weights(&self, l: usize) -> Option<ArrayView2<'_, F>> {
        self.layers.get(l).map(Affine::weights)
    }

    /// ∇b of `net.layers()[l]`, `(fan_out)`; `None` past the last layer.
    pub fn biases(&self, l: usize) -> Option<ArrayView1<'_, F>> {
        self.layers.get(l).map(Affine::biases)
    }

    /// What these gradients count for in [`merge`](Self::merge): the number of rows b, or the sum of their sample
    /// weights; 0 when empty.
    pub fn weight(&self) -> f64 {
        self.weight
    }

    /// Takes in other gradients: `∇ ← (w ∇ + w′ ∇′) / (w + w′)` with both [`weight`](Self::weight)s,
    /// `w ← w + w′`. Empty gradients become a copy of the others, and add nothing to them.
    ///
    /// The result is the gradient of both mini-batches in one, up to rounding.
    ///
    /// # Errors
    /// [`Error::Foreign`] if `other` comes from a network of another shape, [`Error::OutOfRange`] if the sum of
    /// the weights overflows.
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
        if !sizes(self.layers.iter()).eq(sizes(other.layers.iter())) {
            return Err(Error::Foreign {
                what: "other",
                expected: sizes(self.layers.iter()).collect(),
                found: sizes(other.layers.iter()).collect(),
            });
        }
        let weight = self.weight + other.weight;
        if !weight.is_finite() {
            return Err(Error::OutOfRange {
                name: "the sum of the weights",
                at: Place::Whole,
                range: "finite".into(),
                value: weight,
            });
        }
        if weight > 0.0 {
            let (own, others) = (F::from_f64(self.weight / weight), F::from_f64(other.weight / weight));
            for (layer, other) in self.layers.iter_mut().zip(&other.layers) {
                for (gradient, other) in layer.slices_mut().into_iter().zip(other.slices()) {
                    gradient.iter_mut().zip(other).for_each(|(g, &other)| *g = own * *g + others * other);
                }
            }
        }
        self.weight = weight;
        Ok(())
    }

    /// Gives it the shape of `layers`; allocates only if it had another.
    pub(crate) fn shape_like(&mut self, layers: &[Layer<F>]) -> Result<(), Error> {
        let shapes = layers.iter().map(|layer| &layer.affine);
        if !sizes(self.layers.iter()).eq(sizes(shapes.clone())) {
            *self = Self::default();
            let zeros = shapes.map(|like| Affine::zeros("the gradients", like.fan_out(), like.fan_in()));
            self.layers = zeros.collect::<Result<_, _>>()?;
        }
        Ok(())
    }
}
