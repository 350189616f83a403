//! The forward pass: `Aₗ = fₗ(Aₗ₋₁ Wₗᵀ + bₗ)` for every layer, and the link over the last.

use ndarray::{ArrayRef2, ArrayView2};

use crate::kernel::{self, Matrix, MatrixView, Rows};
use crate::layer::Affine;
use crate::{Activation, Error, Layer, Link, Scalar};

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
    linked: Linked<F>,
    /// Δ₁ … Δ_L: (b, nₗ), scratch of the backward pass; the last one is D before it.
    deltas: Vec<Matrix<F>>,
}

/// What the link makes of A_L.
#[derive(Clone, Debug)]
struct Linked<F> {
    link: Link,
    /// Ŷ: (b, n_L); without a link A_L is the answer, and this is not looked at.
    probabilities: Matrix<F>,
    /// Of softmax, max a and Σ e^(a − max a) over each row a of A_L: (b, 2)
    maxima_and_sums: Matrix<F>,
}

impl<F: Scalar> Default for Pass<F> {
    fn default() -> Self {
        let linked = Linked {
            link: Link::Identity,
            probabilities: Matrix::default(),
            maxima_and_sums: Matrix::default(),
        };
        Self { input: Matrix::default(), outputs: Vec::new(), linked, deltas: Vec::new() }
    }
}

impl<F: Scalar> Pass<F> {
    /// The network's answer Ŷ, `(b, n_L)`: A_L, or what the [`Link`] makes of it.
    ///
    /// `(0, 0)` of an empty pass.
    pub fn output(&self) -> ArrayView2<'_, F> {
        self.answer().view()
    }

    /// Aₗ, `(b, nₗ)`: the mini-batch for `l = 0`, f(Z) of the layers for `l = 1 … L`; `None` past L and of an
    /// empty pass. `outputs(L)` is taken before the link.
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
        match self.linked.link {
            Link::Identity => self.outputs.last().unwrap_or(Matrix::EMPTY),
            Link::Softmax | Link::Logistic => &self.linked.probabilities,
        }
    }

    /// The rows a of A_L, what the link is made of.
    pub(crate) fn logits(&self) -> impl Iterator<Item = &[F]> {
        self.outputs.last().unwrap_or(Matrix::EMPTY).each_row()
    }

    /// max a and Σ e^(a − max a) of each row a of A_L, if the link is softmax.
    pub(crate) fn maxima_and_sums(&self) -> impl Iterator<Item = &[F]> {
        self.linked.maxima_and_sums.each_row()
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

    pub(crate) fn link(&self) -> Link {
        self.linked.link
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
        self.linked.link = Link::Identity;
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
        link: Link,
        x: &ArrayRef2<F>,
        rows: &Rows<'_>,
    ) -> Result<(), Error> {
        let mut input = std::mem::take(&mut self.input);
        let done = match input.load("the mini-batch", x, rows) {
            Ok(()) => self.forward_from(layers, link, input.by_ref()),
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
        link: Link,
        input: MatrixView<'_, F>,
    ) -> Result<(), Error> {
        let rows = input.rows();
        self.outputs.resize_with(layers.len(), Matrix::default);
        for (layer, output) in layers.iter().zip(&mut self.outputs) {
            output.resize("the output of a layer", rows, layer.fan_out())?;
        }
        self.linked.link = link;
        let Linked { probabilities, maxima_and_sums, .. } = &mut self.linked;
        let columns = layers.last().map_or(0, Layer::fan_out);
        let [answers, statistics] = match link {
            Link::Identity => [0, 0],
            Link::Logistic => [columns, 0],
            Link::Softmax => [columns, 2],
        };
        probabilities.resize("the output", rows, answers)?;
        maxima_and_sums.resize("the output", rows, statistics)?;
        let others = [probabilities, maxima_and_sums];
        kernel::by_rows_of_all(
            self.outputs.iter_mut(),
            others,
            rows,
            cost(layers, rows),
            |rows, outputs, others| {
                let [probabilities, maxima_and_sums] = others;
                forward_rows(layers, link, input.part(rows), outputs, probabilities, maxima_and_sums);
            },
        );
        Ok(())
    }
}

/// `z ← f(z)`
fn activate<F: Scalar>(z: &mut [F], activation: Activation) {
    match activation {
        Activation::Sigmoid => kernel::activate(z, kernel::Sigmoid),
        Activation::Identity => {}
        Activation::Relu => kernel::activate(z, kernel::Relu),
        Activation::Tanh => kernel::activate(z, kernel::Tanh),
        Activation::LeakyRelu { slope } => {
            kernel::activate(z, kernel::LeakyRelu { slope: F::from_f64(slope) });
        }
    }
}

/// The multiplications of a forward pass over so many rows.
pub(crate) fn cost<F: Scalar>(layers: &[Layer<F>], rows: usize) -> usize {
    layers.iter().map(|layer| layer.fan_in() * layer.fan_out()).sum::<usize>().saturating_mul(rows)
}

/// Computes some rows of A₁ … A_L, which are `outputs`, with a link of Ŷ, and with softmax of its maxima and sums.
fn forward_rows<'a, F: Scalar>(
    layers: &[Layer<F>],
    link: Link,
    mut input: MatrixView<'a, F>,
    outputs: &mut dyn Iterator<Item = &'a mut [F]>,
    probabilities: &mut [F],
    maxima_and_sums: &mut [F],
) {
    for (layer, output) in layers.iter().zip(outputs) {
        let Affine { weights, biases } = &layer.affine;
        kernel::forward(input, weights, biases, output);
        activate(output, layer.activation());
        input = MatrixView::of_values(output, layer.fan_out());
    }
    match link {
        Link::Identity => {}
        Link::Softmax => kernel::softmax(input.values(), input.columns(), probabilities, maxima_and_sums),
        Link::Logistic => {
            probabilities.copy_from_slice(input.values());
            kernel::activate(probabilities, kernel::Sigmoid);
        }
    }
}
