//! The forward pass: `Aₗ = fₗ(Aₗ₋₁ Wₗᵀ + bₗ)` for every layer, then the link.

use super::row_weights::Factors;
use crate::activation::Link;
use crate::error::Error;
use crate::kernel::{self, Dense, Linked, Matrix, MatrixView, Scalar};
use crate::model::{Layer, Parameters};
use crate::validate::check_finite;

/// The outputs of all layers for some rows, and the network's output.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outputs<F: Scalar> {
    /// A₁ … A_L: (b, nₗ); none before the first pass.
    layers: Vec<Matrix<F>>,
    link: Link,
    /// Ŷ: (b, n_L); (0, 0) with the identity link, where Ŷ is A_L.
    probabilities: Matrix<F>,
    /// For softmax, max a and Σ e^(a − max a) of each row a of A_L: (b, 2); else (0, 0).
    maxima_and_sums: Matrix<F>,
}

impl<F: Scalar> Default for Outputs<F> {
    fn default() -> Self {
        let (probabilities, maxima_and_sums) = Default::default();
        Self { layers: Vec::new(), link: Link::Identity, probabilities, maxima_and_sums }
    }
}

impl<F: Scalar> Outputs<F> {
    /// Computes the outputs for the rows of `input` `(b, n₀)`.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; the outputs are then empty.
    pub(crate) fn forward(
        &mut self,
        layers: &[Layer<F>],
        link: Link,
        input: MatrixView<'_, F>,
    ) -> Result<(), Error> {
        let rows = input.rows();
        let reserved = self.reserve(layers, link, rows);
        if reserved.is_err() {
            self.clear();
            return reserved;
        }
        let others = [&mut self.probabilities, &mut self.maxima_and_sums];
        kernel::by_rows_of_all(
            self.layers.iter_mut(),
            others,
            rows,
            cost(layers, rows),
            |rows, outputs, linked| forward_rows(layers, link, input.part(rows), outputs, linked),
        );
        Ok(())
    }

    /// Gives every matrix its shape.
    fn reserve(&mut self, layers: &[Layer<F>], link: Link, rows: usize) -> Result<(), Error> {
        self.layers.resize_with(layers.len(), Matrix::default);
        for (layer, output) in layers.iter().zip(&mut self.layers) {
            output.resize("the output of a layer", rows, layer.fan_out())?;
        }
        self.link = link;
        let columns = layers.last().map_or(0, Layer::fan_out);
        let (answer, softmax) = match link {
            Link::Identity => ((0, 0), (0, 0)),
            Link::Logistic => ((rows, columns), (0, 0)),
            Link::Softmax => ((rows, columns), (rows, 2)),
        };
        self.probabilities.resize("the output", answer.0, answer.1)?;
        self.maxima_and_sums.resize("the output", softmax.0, softmax.1)
    }

    /// Makes the outputs empty.
    pub(crate) fn clear(&mut self) {
        let Self { layers, link, probabilities, maxima_and_sums } = self;
        layers.clear();
        *link = Link::Identity;
        probabilities.clear();
        maxima_and_sums.clear();
    }

    /// Sets the rows of A₁ … A_L with the factor 0 to 0. Their deltas are 0, and 0 · ∞ would be NaN in a gradient.
    pub(crate) fn clear_absent_rows(&mut self, factors: Factors<'_>) {
        if factors.has_absent_rows() {
            self.layers.iter_mut().for_each(|output| factors.clear_absent_rows(output));
        }
    }

    /// A₁ … A_L
    pub(crate) fn layers(&self) -> &[Matrix<F>] {
        &self.layers
    }

    /// Checks that Ŷ is finite.
    ///
    /// # Errors
    /// [`Error::NonFinite`], with rows counted from `first`.
    #[inline]
    pub(crate) fn check(&self, first: usize) -> Result<(), Error> {
        if kernel::all_finite(self.answer().values()) { Ok(()) } else { self.find_not_finite(first) }
    }

    #[inline(never)]
    fn find_not_finite(&self, first: usize) -> Result<(), Error> {
        check_finite("the output", &self.answer().view()).map_err(|error| match error {
            Error::NonFinite { what, row, column } => Error::NonFinite { what, row: first + row, column },
            other => other,
        })
    }

    pub(crate) fn link(&self) -> Link {
        self.link
    }

    /// Ŷ: (b, n_L); (0, 0) if empty.
    pub(crate) fn answer(&self) -> &Matrix<F> {
        match self.link {
            Link::Identity => self.layers.last().unwrap_or(Matrix::EMPTY),
            Link::Softmax | Link::Logistic => &self.probabilities,
        }
    }

    /// The rows a of A_L, the input of the link.
    pub(crate) fn logits(&self) -> impl Iterator<Item = &[F]> + Clone {
        self.layers.last().unwrap_or(Matrix::EMPTY).each_row()
    }

    /// max a and Σ e^(a − max a) of each row a of A_L, if the link is softmax.
    pub(crate) fn maxima_and_sums(&self) -> impl Iterator<Item = &[F]> + Clone {
        self.maxima_and_sums.each_row()
    }
}

/// The number of multiplications in a forward pass over `rows` rows.
pub(crate) fn cost<F: Scalar>(layers: &[Layer<F>], rows: usize) -> usize {
    layers.iter().map(|layer| layer.fan_in() * layer.fan_out()).sum::<usize>().saturating_mul(rows)
}

/// Computes some rows of A₁ … A_L and of Ŷ.
fn forward_rows<'a, F: Scalar>(
    layers: &'a [Layer<F>],
    link: Link,
    input: MatrixView<'a, F>,
    outputs: impl Iterator<Item = &'a mut [F]>,
    [probabilities, maxima_and_sums]: [&'a mut [F]; 2],
) {
    let layers = layers.iter().zip(outputs).map(|(layer, output)| {
        let Parameters { weights, biases } = &layer.parameters;
        Dense { weights, panels: None, biases, activation: layer.activation(), output }
    });
    kernel::forward(input, layers, link, Linked { probabilities, maxima_and_sums });
}
