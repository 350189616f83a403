//! The result of a forward pass by hand.

use ndarray::{ArrayRef2, ArrayView2};

use super::forward::Outputs;
use crate::error::Error;
use crate::kernel::{Matrix, Rows, Scalar};
use crate::model::Network;

/// The outputs of every layer for one mini-batch of `b` rows; computed by [`Dnn::compute`](crate::Dnn::compute).
///
/// A pass owns a copy of the mini-batch. It can be reused as a buffer: [`Pass::default`] is empty, and
/// [`Dnn::compute_into`](crate::Dnn::compute_into) fills it without allocating, unless the mini-batch has more
/// rows than before.
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::array;
/// use ndarray_dnn::{Activation, Dnn};
///
/// let net = Dnn::builder().input_shape(2).shape([3, 1])
///     .activations([Activation::Sigmoid, Activation::Identity]).build()?;
/// let pass = net.compute(&array![[0.5, -0.5], [1.0, 2.0]])?;
/// assert_eq!(pass.rows(), 2);
/// assert_eq!(pass.outputs(0).unwrap(), array![[0.5, -0.5], [1.0, 2.0]]);
/// assert_eq!(pass.outputs(1).unwrap().dim(), (2, 3));
/// assert_eq!(pass.outputs(2).unwrap(), pass.output());
/// assert!(pass.outputs(3).is_none());
/// assert!(pass.layers().eq([pass.outputs(1).unwrap(), pass.output()]));
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Pass<F: Scalar = f64> {
    /// A₀ = X: (b, n₀)
    input: Matrix<F>,
    outputs: Outputs<F>,
}

impl<F: Scalar> Default for Pass<F> {
    fn default() -> Self {
        Self { input: Matrix::default(), outputs: Outputs::default() }
    }
}

impl<F: Scalar> Pass<F> {
    /// The network's output Ŷ, `(b, n_L)`: A_L, or the result of the [`Link`](crate::Link) for it.
    ///
    /// `(0, 0)` for an empty pass.
    pub fn output(&self) -> ArrayView2<'_, F> {
        self.outputs.answer().view()
    }

    /// A₁ … A_L, each `(b, nₗ)`: the output of each layer, before the link; none for an empty pass.
    pub fn layers(&self) -> impl ExactSizeIterator<Item = ArrayView2<'_, F>> {
        self.outputs.layers().iter().map(Matrix::view)
    }

    /// Aₗ, `(b, nₗ)`: the mini-batch for `l = 0`, the output f(Z) of a layer for `l = 1 … L`; `None` past L and
    /// for an empty pass. `outputs(L)` is the output before the link.
    ///
    /// The layer `net.layers()[l]` has the input `outputs(l)` and the output `outputs(l + 1)`.
    pub fn outputs(&self, l: usize) -> Option<ArrayView2<'_, F>> {
        match l {
            0 if self.outputs.layers().is_empty() => None,
            0 => Some(self.input.view()),
            l => self.outputs.layers().get(l - 1).map(Matrix::view),
        }
    }

    /// The number of rows b; 0 for an empty pass.
    pub fn rows(&self) -> usize {
        self.outputs.answer().rows()
    }

    /// The sizes n₀ … n_L of the network that computed the pass; none for an empty pass.
    fn sizes(&self) -> impl Iterator<Item = usize> + Clone + '_ {
        let layers = self.outputs.layers();
        let input = layers.first().map(|_| self.input.columns());
        input.into_iter().chain(layers.iter().map(Matrix::columns))
    }

    /// A₀, and A₁ … A_L with Ŷ.
    pub(crate) fn parts(&self) -> (&Matrix<F>, &Outputs<F>) {
        (&self.input, &self.outputs)
    }

    /// Makes the pass empty.
    pub(crate) fn clear(&mut self) {
        self.input.clear();
        self.outputs.clear();
    }

    /// Allocates the memory for the mini-batch `x`; changes nothing else.
    pub(crate) fn reserve(&mut self, x: &ArrayRef2<F>) -> Result<(), Error> {
        self.input.reserve("the mini-batch", x.nrows(), x.ncols()).map(drop)
    }

    /// Computes the pass for all rows of `x`, which the caller has checked.
    ///
    /// # Errors
    /// [`Error::NonFinite`] for an output that is not finite, [`Error::TooLarge`]; the pass is then empty.
    #[inline]
    pub(crate) fn compute(&mut self, network: &Network<F>, x: &ArrayRef2<F>) -> Result<(), Error> {
        let loaded = self.input.load("the mini-batch", x, &Rows::Window(0..x.nrows()));
        let computed = loaded.and_then(|()| self.outputs.forward(network, self.input.by_ref()));
        let checked = computed.and_then(|()| self.outputs.check(0));
        if checked.is_err() {
            self.clear();
        }
        checked
    }

    /// Checks that the pass comes from a network with the sizes and the link of this one.
    pub(crate) fn check(&self, network: &Network<F>) -> Result<(), Error> {
        network.check_sizes("pass", self.sizes())?;
        let link = network.link();
        match self.outputs.link() {
            found if found == link => Ok(()),
            found => {
                let other = format!("a network with the link {link}");
                Err(Error::conflict("pass", format!("a pass with the link {found}"), other))
            }
        }
    }
}
