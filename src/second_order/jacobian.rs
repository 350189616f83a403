//! The Jacobian matrix of the outputs, a block of rows at a time.

use std::iter::once;
use std::ops::Range;

use crate::descent::{Outputs, Samples, backward_rows};
use crate::error::Error;
use crate::kernel::{self, Matrix, OuterRows, PANEL_WIDTH, Rows, Scalar};
use crate::model::{Layer, Network, Parameters};

/// The bytes of a block of J, which should stay in the second-level cache.
const BYTES: usize = 384 << 10;
/// The least and the most rows of J in a block, unless one row of the data set has more outputs.
const LEAST_ROWS: usize = 64;
const MOST_ROWS: usize = 256;

/// The working memory for a block of rows. All of it is f64.
pub(super) struct Jacobian {
    /// The rows of the data set in a block.
    pub(super) block: usize,
    /// X: (rows, n₀)
    input: Matrix<f64>,
    /// √f · (Ŷ − Y) of the factors f of the rows: (rows, n_L)
    residuals: Matrix<f64>,
    factors: Vec<f64>,
    /// √f of each row
    roots: Vec<f64>,
    outputs: Outputs<f64>,
    /// Δ₁ … Δ_L: (rows, nₗ)
    deltas: Vec<Matrix<f64>>,
    /// J and the residuals in panels; empty for a run that only evaluates.
    panels: Matrix<f64>,
    row: Vec<f64>,
}

impl Jacobian {
    /// Memory for this network and at most this number of rows.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn new(network: &Network<f64>, rows: usize, columns: usize) -> Result<Self, Error> {
        let outputs = network.outputs();
        let width = columns.next_multiple_of(PANEL_WIDTH);
        let rows_of_j = (BYTES / size_of::<f64>() / width).clamp(LEAST_ROWS, MOST_ROWS);
        let block = (rows_of_j / outputs).clamp(1, rows.max(1));
        let what = "a block of the Jacobian matrix";
        let too_large = |_| Error::TooLarge { what, rows: block.saturating_mul(outputs), columns };
        let panels = Matrix::zeros(
            what,
            (width / PANEL_WIDTH).saturating_mul(block),
            outputs.saturating_mul(PANEL_WIDTH),
        )
        .map_err(too_large)?;
        let of_layer = |layer: &Layer<f64>| Matrix::zeros("the deltas", block, layer.fan_out());
        let deltas = network.layers().iter().map(of_layer).collect::<Result<_, _>>()?;
        let mut row = Vec::new();
        row.try_reserve_exact(width).map_err(|_| Error::TooLarge { what, rows: 1, columns })?;
        row.resize(width, 0.0);
        Ok(Self {
            block,
            input: Matrix::default(),
            residuals: Matrix::default(),
            factors: Vec::new(),
            roots: Vec::new(),
            outputs: Outputs::default(),
            deltas,
            panels,
            row,
        })
    }

    /// The rows of J from one panel to the next.
    pub(super) fn stride(&self) -> usize {
        self.block * self.panels.columns() / PANEL_WIDTH
    }

    /// The panels of J, of which [`fill`](Self::fill) has filled some rows.
    pub(super) fn panels(&self) -> &[f64] {
        self.panels.values()
    }

    /// The derivatives in a row of J, and what follows them.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = f64> + '_ {
        let panels = self.panels().chunks_exact(self.stride() * PANEL_WIDTH);
        panels
            .flat_map(move |panel| panel.get(row * PANEL_WIDTH..(row + 1) * PANEL_WIDTH).unwrap_or_default())
            .copied()
    }

    /// √f of each row of the block.
    pub(super) fn roots(&self) -> &[f64] {
        &self.roots
    }

    /// √f · (Ŷ − Y) of each row of the block.
    pub(super) fn residuals(&self) -> &Matrix<f64> {
        &self.residuals
    }

    /// Computes the outputs and the residuals of some rows, at most a block.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn forward<F: Scalar>(
        &mut self,
        network: &Network<f64>,
        samples: &Samples<'_, F>,
        rows: Range<usize>,
    ) -> Result<(), Error> {
        let Self { input, residuals, factors, roots, outputs, .. } = self;
        load(input, samples.x, rows.clone())?;
        load(residuals, samples.y, rows.clone())?;
        let factors = samples.weights.factors(&Rows::Window(rows), factors);
        factors.clear_absent_rows(input);
        outputs.forward(network, input.by_ref())?;
        outputs.clear_absent_rows(factors);
        factors.clear_absent_rows(residuals);
        for (residual, answer) in residuals.values_mut().iter_mut().zip(outputs.answer().values()) {
            *residual = answer - *residual;
        }
        roots.clear();
        roots.extend(factors.each().map(f64::sqrt));
        let columns = residuals.columns().max(1);
        if roots.iter().any(|root| *root != 1.0) {
            for (row, root) in residuals.values_mut().chunks_exact_mut(columns).zip(&*roots) {
                row.iter_mut().for_each(|residual| *residual *= root);
            }
        }
        Ok(())
    }

    /// Fills J for the rows of the last [`forward`](Self::forward): for each output, the derivatives of each row,
    /// multiplied by √f. Column p has the residuals. Returns the number of rows of J.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn fill(&mut self, network: &Network<f64>) -> Result<usize, Error> {
        let stride = self.stride();
        let Self { input, residuals, roots, outputs, deltas, panels, row, .. } = self;
        let (rows, columns) = (input.rows(), residuals.columns());
        for (delta, layer) in deltas.iter_mut().zip(network.layers()) {
            delta.resize("the deltas", rows, layer.fan_out())?;
        }
        for output in 0..columns {
            if let Some(last) = deltas.last_mut() {
                last.values_mut().fill(0.0);
                let of_output = last.values_mut().iter_mut().skip(output).step_by(columns);
                of_output.zip(&*roots).for_each(|(delta, root)| *delta = *root);
            }
            let bases = outputs.bases().map(Matrix::by_ref);
            backward_rows(network, bases, outputs, 0, &mut deltas.iter_mut().rev().map(Matrix::values_mut));
            let inputs = once(input.by_ref()).chain(outputs.layers().iter().map(Matrix::by_ref));
            let of_layers =
                inputs.zip(&*deltas).map(|(inputs, deltas)| OuterRows { inputs, deltas: deltas.by_ref() });
            let residuals = residuals.values().get(output..).unwrap_or_default();
            let panels = panels.values_mut();
            kernel::fill_panels(of_layers, residuals, columns, row, panels, [output * rows, stride]);
        }
        Ok(rows * columns)
    }

    /// Computes `Σ f·jᵀ(ŷ − y)` over the rows of the last [`forward`](Self::forward), for each layer.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn gradient(
        &mut self,
        network: &Network<f64>,
        gradients: &mut [Parameters<f64>],
    ) -> Result<(), Error> {
        let Self { input, residuals, roots, outputs, deltas, .. } = self;
        for (delta, layer) in deltas.iter_mut().zip(network.layers()) {
            delta.resize("the deltas", input.rows(), layer.fan_out())?;
        }
        if let Some(last) = deltas.last_mut() {
            let columns = last.columns().max(1);
            last.copy_from(residuals);
            for (row, root) in last.values_mut().chunks_exact_mut(columns).zip(&*roots) {
                row.iter_mut().for_each(|delta| *delta *= root);
            }
        }
        let bases = outputs.bases().map(Matrix::by_ref);
        backward_rows(network, bases, outputs, 0, &mut deltas.iter_mut().rev().map(Matrix::values_mut));
        let inputs = once(input.by_ref()).chain(outputs.layers().iter().map(Matrix::by_ref));
        let mut sums = Matrix::default();
        for ((input, delta), gradient) in inputs.zip(&*deltas).zip(gradients) {
            kernel::transposed_times(input, delta.by_ref(), 1.0, &mut gradient.weights, &mut sums)?;
            kernel::column_sums(delta.values(), 1.0, &mut gradient.biases);
        }
        Ok(())
    }
}

/// Copies some rows of an array of any memory layout, as f64.
fn load<F: Scalar>(
    target: &mut Matrix<f64>,
    source: &ndarray::ArrayRef2<F>,
    rows: Range<usize>,
) -> Result<(), Error> {
    let columns = source.ncols();
    target.resize("a block of rows", rows.len(), columns)?;
    let whole = source.as_slice().and_then(|all| all.get(rows.start * columns..rows.end * columns));
    if let Some(values) = whole {
        target.values_mut().iter_mut().zip(values).for_each(|(to, from)| *to = from.as_f64());
    } else {
        for (to, row) in target.values_mut().chunks_exact_mut(columns.max(1)).zip(rows) {
            to.iter_mut().zip(source.row(row)).for_each(|(to, from)| *to = from.as_f64());
        }
    }
    Ok(())
}
