//! The forward pass: `Aₗ = fₗ(Aₗ₋₁ Wₗᵀ + bₗ)` for every layer, and softmax over the last where it is on.

use ndarray::{ArrayRef2, ArrayView2};

use crate::kernel::{self, Matrix, MatrixView, Rows};
use crate::layer::Affine;
use crate::{Error, Layer, Scalar};

/// What every layer put out for one mini-batch of `b` rows; made by [`Dnn::compute`](crate::Dnn::compute).
///
/// A pass owns its copy of the mini-batch. It is a value and a buffer: [`Pass::default`] is empty, and
/// [`Dnn::compute_into`](crate::Dnn::compute_into) fills it again and again without allocating, a short
/// mini-batch included.
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
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Pass<F: Scalar = f64> {
    /// A₀ = X: (b, n₀)
    input: Matrix<F>,
    /// A₁ … A_L: (b, nₗ); none in an empty pass.
    outputs: Vec<Matrix<F>>,
    softmax: Option<Softmax<F>>,
    /// Δ₁ … Δ_L: (b, nₗ), scratch of the backward pass; the last one is D before it.
    deltas: Vec<Matrix<F>>,
}

/// Softmax of each row of A_L.
#[derive(Clone, Debug, Default)]
struct Softmax<F> {
    /// Ŷ: (b, n_L)
    probabilities: Matrix<F>,
    /// max a and Σ e^(a − max a) over each row a of A_L: (b, 2)
    maxima_and_sums: Matrix<F>,
}

impl<F: Scalar> Default for Pass<F> {
    fn default() -> Self {
        Self { input: Matrix::default(), outputs: Vec::new(), softmax: None, deltas: Vec::new() }
    }
}

impl<F: Scalar> Pass<F> {
    /// The network's answer Ŷ, `(b, n_L)`: A_L, or softmax of each row of it where softmax is on.
    ///
    /// `(0, 0)` of an empty pass.
    pub fn output(&self) -> ArrayView2<'_, F> {
        self.answer().view()
    }

    /// Aₗ, `(b, nₗ)`: the mini-batch for `l = 0`, f(Z) of the layers for `l = 1 … L`; `None` past L and of an
    /// empty pass. `outputs(L)` is taken before softmax.
    ///
    /// The layer `net.layers()[l]` takes `outputs(l)` and puts out `outputs(l + 1)`.
    pub fn outputs(&self, l: usize) -> Option<ArrayView2<'_, F>> {
        match l {
            0 if self.outputs.is_empty() => None,
            0 => Some(self.input.view()),
            l => self.outputs.get(l - 1).map(Matrix::view),
        }
    }

    /// The number of rows b; 0 of an empty pass.
    pub fn rows(&self) -> usize {
        self.answer().rows()
    }

    /// Ŷ; of an empty pass a matrix without rows.
    pub(crate) fn answer(&self) -> &Matrix<F> {
        match &self.softmax {
            Some(softmax) => &softmax.probabilities,
            None => self.outputs.last().unwrap_or(Matrix::EMPTY),
        }
    }

    /// The rows a of the logits A_L, each with max a and Σ e^(a − max a); `None` without softmax.
    pub(crate) fn logits(&self) -> Option<impl Iterator<Item = (&[F], &[F])>> {
        let maxima_and_sums = self.softmax.as_ref()?.maxima_and_sums.each_row();
        Some(self.outputs.last()?.each_row().zip(maxima_and_sums))
    }

    /// The sizes n₀ … n_L that were computed; none of an empty pass.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = usize> {
        let input = self.outputs.first().map(|_| self.input.columns());
        input.into_iter().chain(self.outputs.iter().map(Matrix::columns))
    }

    /// Where the backward pass takes D from.
    pub(crate) fn error_mut(&mut self) -> &mut Matrix<F> {
        self.deltas.resize_with(self.outputs.len().max(1), Matrix::default);
        // Not empty: it was just given its length.
        self.deltas.last_mut().expect("a delta for each output")
    }

    pub(crate) fn is_softmax(&self) -> bool {
        self.softmax.is_some()
    }

    /// A₀, then A₁ … A_L, then the buffers of the backward pass.
    pub(crate) fn parts_mut(&mut self) -> (&Matrix<F>, &[Matrix<F>], &mut Vec<Matrix<F>>) {
        (&self.input, &self.outputs, &mut self.deltas)
    }

    /// A₀, then A₁ … A_L.
    pub(crate) fn parts(&self) -> (&Matrix<F>, &[Matrix<F>]) {
        (&self.input, &self.outputs)
    }

    /// Makes it an empty pass, so that what could not be computed is not used.
    pub(crate) fn clear(&mut self) {
        self.outputs.clear();
        self.softmax = None;
    }

    /// Makes sure that the memory for a mini-batch is there, and changes nothing else.
    pub(crate) fn reserve(&mut self, x: &ArrayRef2<F>) -> Result<(), Error> {
        self.input.reserve("the mini-batch", x.nrows(), x.ncols()).map(drop)
    }

    /// Computes the given rows of `x`, which are checked already.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; the pass is then an empty one.
    pub(crate) fn forward(
        &mut self,
        layers: &[Layer<F>],
        softmax: bool,
        x: &ArrayRef2<F>,
        rows: &Rows<'_>,
    ) -> Result<(), Error> {
        let mut input = std::mem::take(&mut self.input);
        let done = match input.load("the mini-batch", x, rows) {
            Ok(()) => self.forward_from(layers, softmax, input.by_ref()),
            refused => refused,
        };
        self.input = input;
        if done.is_err() {
            self.clear();
        }
        done
    }

    /// Computes a mini-batch that stands elsewhere: the pass then holds all but A₀.
    pub(crate) fn forward_from(
        &mut self,
        layers: &[Layer<F>],
        softmax: bool,
        input: MatrixView<'_, F>,
    ) -> Result<(), Error> {
        let rows = input.rows();
        self.outputs.resize_with(layers.len(), Matrix::default);
        for (layer, output) in layers.iter().zip(&mut self.outputs) {
            output.resize("the output of a layer", rows, layer.fan_out())?;
        }
        self.softmax = softmax.then(|| self.softmax.take().unwrap_or_default());
        if let (Some(softmax), Some(logits)) = (&mut self.softmax, self.outputs.last()) {
            softmax.probabilities.resize("the output", rows, logits.columns())?;
            softmax.maxima_and_sums.resize("the output", rows, 2)?;
        }
        let softmax = self.softmax.iter_mut();
        let softmax = softmax.flat_map(|softmax| [&mut softmax.probabilities, &mut softmax.maxima_and_sums]);
        let matrices = self.outputs.iter_mut().chain(softmax);
        kernel::by_rows_of_all(matrices, rows, cost(layers, rows), |rows, parts| {
            forward_rows(layers, input.part(rows), parts);
        });
        Ok(())
    }
}

/// The multiplications of a forward pass over so many rows.
pub(crate) fn cost<F: Scalar>(layers: &[Layer<F>], rows: usize) -> usize {
    layers.iter().map(|layer| layer.fan_in() * layer.fan_out()).sum::<usize>().saturating_mul(rows)
}

/// Computes some rows: `parts` are those of A₁ … A_L and, with softmax, of Ŷ and of its maxima and sums.
fn forward_rows<'a, F: Scalar>(
    layers: &[Layer<F>],
    mut input: MatrixView<'a, F>,
    parts: &mut dyn Iterator<Item = &'a mut [F]>,
) {
    for (layer, output) in layers.iter().zip(&mut *parts) {
        let Affine { weights, biases } = &layer.affine;
        kernel::product_nn(input, weights, biases, output);
        kernel::activate(output, layer.activation());
        input = MatrixView::of_values(output, layer.fan_out());
    }
    if let (Some(probabilities), Some(maxima_and_sums)) = (parts.next(), parts.next()) {
        kernel::softmax(input.values(), input.columns(), probabilities, maxima_and_sums);
    }
}
