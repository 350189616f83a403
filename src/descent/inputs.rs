//! Derivatives with respect to the inputs: of the outputs of one row, and of a loss for each of many rows.

use ndarray::{Array2, ArrayRef2};

use super::activations::times_derivative;
use super::backward::fill_deltas;
use super::blocks::ROWS_OF_A_BLOCK;
use super::evaluate::{BlockMemory, for_each_block};
use super::forward::Outputs;
use super::predict::as_row;
use super::row_weights::RowWeights;
use super::samples::Samples;
use crate::activation::Link;
use crate::error::Error;
use crate::kernel::{self, Matrix, Rows, Scalar, concrete};
use crate::model::Network;
use crate::validate::{
    check_columns, check_finite, check_length, check_not_empty, check_rows, first_not_finite,
};

concrete!(
    /// `J = ∂ŷ/∂x`, `(n_L, n₀)`, for the row `x` `(n₀)`: `G ⊙ f′_L W_L ⊙ f′_{L−1} W_{L−1} …` with the derivative G of
    /// the link.
    ///
    /// # Errors
    /// Those of [`Dnn::jacobian`](crate::Dnn::jacobian).
    pub(crate) fn jacobian<'a, F>(network: &'a Network<F>, x: &'a [F]) -> Result<Array2<F>, Error> {
        check_length("x", x.len(), network.inputs())?;
        let row = as_row(x);
        check_finite("x", &row)?;
        const WHAT: &str = "the jacobian";
        let (mut input, mut outputs) = (Matrix::default(), Outputs::default());
        input.load("x", &row, &Rows::Window(0..1))?;
        outputs.forward(network, input.by_ref())?;
        outputs.check(0)?;
        let answer = outputs.answer().values();
        let mut derivative = of_link(network.link(), answer)?;
        for (layer, basis) in network.layers().iter().zip(outputs.bases()).rev() {
            for row in derivative.values_mut().chunks_exact_mut(layer.fan_out().max(1)) {
                times_derivative(row, basis.values(), layer.activation());
            }
            let mut below = Matrix::zeros_of_array(WHAT, answer.len(), layer.fan_in())?;
            kernel::times_transposed(derivative.by_ref(), &layer.parameters.weights, below.values_mut());
            derivative = below;
        }
        check_derivatives(WHAT, &derivative)?;
        Ok(derivative.into_array())
    }
);

/// The derivative of the link, `∂ŷ/∂a`, `(n_L, n_L)`, from its output ŷ.
fn of_link<F: Scalar>(link: Link, answer: &[F]) -> Result<Matrix<F>, Error> {
    let mut derivative = Matrix::zeros("the derivative of the link", answer.len(), answer.len())?;
    let rows = derivative.values_mut().chunks_exact_mut(answer.len().max(1));
    for ((k, row), &of_row) in rows.enumerate().zip(answer) {
        for ((j, value), &of_column) in row.iter_mut().enumerate().zip(answer) {
            let unit = if j == k { F::one() } else { F::zero() };
            *value = match link {
                Link::Identity => unit,
                Link::Logistic => unit * (of_row * (F::one() - of_row)),
                Link::Log => unit * of_row,
                Link::Softmax => of_row * (unit - of_column),
            };
        }
    }
    Ok(derivative)
}

concrete!(
    /// `−Δ₁ W₁`, `(b, n₀)`, for the rows of `x` `(b, n₀)` and their errors `d` `(b, n_L)`.
    ///
    /// # Errors
    /// Those of [`Dnn::input_gradient`](crate::Dnn::input_gradient).
    pub(crate) fn input_gradient<'a, F>(
        network: &'a Network<F>,
        x: &'a ArrayRef2<F>,
        d: &'a ArrayRef2<F>,
    ) -> Result<Array2<F>, Error> {
        check_not_empty("x", x)?;
        check_columns("x", x, network.inputs())?;
        check_rows("d", d, x.nrows())?;
        check_columns("d", d, network.outputs())?;
        // Allocate before reading the values: a broadcast array can have more rows than can ever be read.
        let mut gradient = Matrix::zeros_of_array("the input gradient", x.nrows(), x.ncols())?;
        check_finite("x", x)?;
        check_finite("d", d)?;
        let (rows, inputs) = (x.nrows(), x.ncols());
        let samples = Samples::checked(x, d, RowWeights::Equal);
        let mut deltas = Vec::from_iter(network.layers().iter().map(|_| Matrix::default()));
        let mut parts = gradient.values_mut().chunks_mut(ROWS_OF_A_BLOCK * inputs.max(1));
        let of_block = network.cost(rows.min(ROWS_OF_A_BLOCK));
        for_each_block(network, &samples, &mut BlockMemory::default(), |block, outputs, factors, _| {
            outputs.check(block.start)?;
            for (delta, layer) in deltas.iter_mut().zip(network.layers()) {
                delta.resize("the delta of a layer", block.len(), layer.fan_out())?;
            }
            if let Some(last) = deltas.last_mut() {
                samples.load_targets(&Rows::Window(block.clone()), factors, last)?;
            }
            fill_deltas(network, outputs, block.len(), &mut deltas);
            if let (Some(delta), Some(part)) = (deltas.first(), parts.next()) {
                let weights = &network.first().parameters.weights;
                kernel::by_rows(part, &mut [], inputs, of_block, |rows, part, _| {
                    kernel::times_transposed(delta.by_ref().part(rows), weights, part);
                });
                part.iter_mut().for_each(|value| *value = -*value);
            }
            Ok(())
        })?;
        check_derivatives("the input gradient", &gradient)?;
        Ok(gradient.into_array())
    }
);

fn check_derivatives<F: Scalar>(what: &'static str, derivatives: &Matrix<F>) -> Result<(), Error> {
    let columns = derivatives.columns().max(1);
    match first_not_finite(derivatives.values()) {
        None => Ok(()),
        Some(i) => Err(Error::NonFinite { what, row: i / columns, column: i % columns }),
    }
}
