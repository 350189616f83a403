//! The Jacobian matrix of the outputs, a block of rows at a time.

use std::iter::once;
use std::ops::Range;

use crate::descent::{Outputs, Samples, backward_rows};
use crate::error::Error;
use crate::kernel::{self, Matrix, MatrixView, OuterRows, PANEL_WIDTH, Rows};
use crate::model::{Layer, Network, Parameters};

/// The bytes of a block of J, which should stay in the second-level cache.
const BYTES: usize = 384 << 10;
/// The least and the most rows of J in a block, unless one row of the data set has more outputs.
const LEAST_ROWS: usize = 64;
const MOST_ROWS: usize = 256;

/// The working memory for a block of rows. A block is evaluated, and then J is filled.
pub(super) struct Jacobian {
    /// The rows of the data set in a block.
    pub(super) block: usize,
    /// Rows of X that cannot be read in place: (rows, n₀)
    gathered: Matrix<f64>,
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
    pub(super) fn new(network: &Network<f64>, rows: usize) -> Result<Self, Error> {
        let (outputs, columns) = (network.outputs(), network.parameter_count().saturating_add(1));
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
            gathered: Matrix::default(),
            residuals: Matrix::default(),
            factors: Vec::new(),
            roots: Vec::new(),
            outputs: Outputs::default(),
            deltas,
            panels,
            row,
        })
    }

    /// Computes the outputs and the residuals of some rows, at most a block.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn evaluate<'a>(
        &'a mut self,
        network: &'a Network<f64>,
        samples: &'a Samples<'_, f64>,
        rows: Range<usize>,
    ) -> Result<Evaluation<'a>, Error> {
        let Self { block, gathered, residuals, factors, roots, outputs, deltas, panels, row } = self;
        let rows = Rows::Window(rows);
        let factors = samples.weights.factors(&rows, factors);
        let input = samples.input(&rows, factors, gathered)?;
        outputs.forward(network, input)?;
        outputs.clear_absent_rows(factors);
        samples.load_targets(&rows, factors, residuals)?;
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
        let stride = *block * panels.columns() / PANEL_WIDTH;
        let residuals = Residuals { residuals, roots };
        Ok(Evaluation { network, input, residuals, outputs, deltas, panels, stride, row })
    }
}

/// The residuals of a block of rows.
#[derive(Clone, Copy)]
pub(super) struct Residuals<'a> {
    residuals: &'a Matrix<f64>,
    roots: &'a [f64],
}

impl<'a> Residuals<'a> {
    /// √f of each row.
    pub(super) fn roots(self) -> &'a [f64] {
        self.roots
    }

    /// √f · (Ŷ − Y) of each row.
    pub(super) fn each_row(self) -> impl ExactSizeIterator<Item = &'a [f64]> {
        self.residuals.each_row()
    }

    /// √f · (ŷ − y) of one row.
    pub(super) fn row(self, row: usize) -> &'a [f64] {
        self.each_row().nth(row).unwrap_or_default()
    }
}

/// A block of rows whose outputs are those of a network.
pub(super) struct Evaluation<'a> {
    network: &'a Network<f64>,
    /// X: (rows, n₀)
    input: MatrixView<'a, f64>,
    pub(super) residuals: Residuals<'a>,
    outputs: &'a Outputs<f64>,
    deltas: &'a mut [Matrix<f64>],
    panels: &'a mut Matrix<f64>,
    /// The rows of J from one panel to the next.
    stride: usize,
    row: &'a mut [f64],
}

impl<'a> Evaluation<'a> {
    /// Fills J: for each output, the derivatives of each row, multiplied by √f. Column p has the residuals.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn differentiate(self) -> Result<Derivatives<'a>, Error> {
        let Self { network, input, residuals, outputs, deltas, panels, stride, row } = self;
        reserve(deltas, network, input.rows())?;
        let (values, columns) = (residuals.residuals.values(), network.outputs());
        for output in 0..columns {
            if let Some(last) = deltas.last_mut() {
                last.values_mut().fill(0.0);
                let of_output = last.values_mut().iter_mut().skip(output).step_by(columns);
                of_output.zip(residuals.roots).for_each(|(delta, root)| *delta = *root);
            }
            send_back(network, outputs, deltas);
            let of_layers = inputs_of_layers(input, outputs)
                .zip(&*deltas)
                .map(|(inputs, deltas)| OuterRows { inputs, deltas: deltas.by_ref() });
            let of_output = values.get(output..).unwrap_or_default();
            let first = output * input.rows();
            kernel::fill_panels(of_layers, of_output, columns, row, panels.values_mut(), [first, stride]);
        }
        let rows = input.rows() * columns;
        Ok(Derivatives { residuals, panels: panels.values(), stride, rows })
    }

    /// Computes `Σ f·jᵀ(ŷ − y)` over the rows, for each layer.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn gradient(self, gradients: &mut [Parameters<f64>]) -> Result<(), Error> {
        let Self { network, input, residuals: Residuals { residuals, roots }, outputs, deltas, .. } = self;
        reserve(deltas, network, input.rows())?;
        if let Some(last) = deltas.last_mut() {
            let columns = last.columns().max(1);
            last.copy_from(residuals);
            for (row, root) in last.values_mut().chunks_exact_mut(columns).zip(roots) {
                row.iter_mut().for_each(|delta| *delta *= root);
            }
        }
        send_back(network, outputs, deltas);
        let mut sums = Matrix::default();
        for ((input, delta), gradient) in inputs_of_layers(input, outputs).zip(&*deltas).zip(gradients) {
            kernel::transposed_times(input, delta.by_ref(), 1.0, &mut gradient.weights, &mut sums)?;
            kernel::column_sums(delta.values(), 1.0, &mut gradient.biases);
        }
        Ok(())
    }
}

/// Gives Δ₁ … Δ_L this number of rows.
fn reserve(deltas: &mut [Matrix<f64>], network: &Network<f64>, rows: usize) -> Result<(), Error> {
    let mut layers = deltas.iter_mut().zip(network.layers());
    layers.try_for_each(|(delta, layer)| delta.resize("the deltas", rows, layer.fan_out()))
}

/// Computes Δ_L … Δ₁ from the errors in Δ_L.
fn send_back(network: &Network<f64>, outputs: &Outputs<f64>, deltas: &mut [Matrix<f64>]) {
    let bases = outputs.bases().map(Matrix::by_ref);
    backward_rows(network, bases, outputs, 0, &mut deltas.iter_mut().rev().map(Matrix::values_mut));
}

/// A₀ … A_L
fn inputs_of_layers<'a>(
    input: MatrixView<'a, f64>,
    outputs: &'a Outputs<f64>,
) -> impl Iterator<Item = MatrixView<'a, f64>> + Clone {
    once(input).chain(outputs.layers().iter().map(Matrix::by_ref))
}

/// J and the residuals of a block of rows.
#[derive(Clone, Copy)]
pub(super) struct Derivatives<'a> {
    pub(super) residuals: Residuals<'a>,
    /// All panels of J.
    pub(super) panels: &'a [f64],
    /// The rows of J from one panel to the next.
    pub(super) stride: usize,
    /// The rows of J: for output 0 those of the block, then for output 1, …
    pub(super) rows: usize,
}

impl<'a> Derivatives<'a> {
    /// The derivatives in a row of J, and what follows them.
    pub(super) fn row(self, row: usize) -> impl Iterator<Item = &'a f64> {
        let panels = self.panels.chunks_exact(self.stride * PANEL_WIDTH);
        panels
            .flat_map(move |panel| panel.get(row * PANEL_WIDTH..(row + 1) * PANEL_WIDTH).unwrap_or_default())
    }
}
