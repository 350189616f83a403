//! The problem of least squares: a data set, and what a network has to do with it.

use super::jacobian::{Derivatives, Jacobian};
use crate::descent::{Samples, blocks};
use crate::error::Error;
use crate::kernel::{self, PANEL_WIDTH, TrianglePanels};
use crate::model::{Network, Parameters};

/// A data set in f64, and memory to evaluate networks of one shape on it.
pub(super) struct Problem<'a> {
    pub(super) samples: Samples<'a, f64>,
    jacobian: Jacobian,
    /// Σ w, the number of rows if each row counts as its weight.
    pub(super) observations: f64,
}

impl<'a> Problem<'a> {
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn new(samples: Samples<'a, f64>, network: &Network<f64>) -> Result<Self, Error> {
        let jacobian = Jacobian::new(network, samples.x.nrows())?;
        let observations = samples.weights.total(samples.x.nrows());
        Ok(Self { samples, jacobian, observations })
    }

    /// The number of rows and outputs that count: Σ w · n_L.
    pub(super) fn values(&self) -> f64 {
        self.observations * self.samples.y.ncols() as f64
    }

    /// The mean of ½‖ŷ − y‖² over the rows; not finite if an output is not.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn loss(&mut self, network: &Network<f64>) -> Result<f64, Error> {
        let Self { samples, jacobian, .. } = self;
        mean_loss(jacobian, network, samples)
    }

    /// [`loss`](Self::loss) for another data set.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn loss_of(
        &mut self,
        network: &Network<f64>,
        samples: &Samples<'_, f64>,
    ) -> Result<f64, Error> {
        mean_loss(&mut self.jacobian, network, samples)
    }

    /// Replaces the lower triangle by that of `[J r]ᵀ [J r]`, with the residuals `r = ŷ − y`, where each row is
    /// multiplied by the root of its factor `w / w̄`. So the row p is Jᵀr.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn accumulate(
        &mut self,
        network: &Network<f64>,
        products: &mut TrianglePanels,
    ) -> Result<(), Error> {
        let (rows, outputs, block) = (self.samples.x.nrows(), self.samples.y.ncols(), self.jacobian.block);
        products.values_mut().fill(0.0);
        let of_rows = |rows: usize| products.values().len().saturating_mul(rows * outputs);
        let (all, part) = (of_rows(rows), of_rows(block));
        kernel::in_pool(all, part, || {
            self.for_each_block(network, |block| {
                kernel::add_gram(products, block.panels, block.rows, block.stride);
            })
        })
    }

    /// Replaces `into` by the gradient of the [`loss`](Self::loss); `memory` has the shape of the parameters.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn gradient(
        &mut self,
        network: &Network<f64>,
        memory: &mut [Parameters<f64>],
        into: &mut [f64],
    ) -> Result<(), Error> {
        let Self { samples, jacobian, .. } = self;
        let rows = samples.x.nrows();
        into.fill(0.0);
        for block in blocks(0..rows, jacobian.block) {
            jacobian.evaluate(network, samples, block)?.gradient(memory)?;
            let of_block = memory.iter().flat_map(Parameters::slices).flatten();
            into.iter_mut().zip(of_block).for_each(|(sum, value)| *sum += value);
        }
        into.iter_mut().for_each(|value| *value /= rows as f64);
        Ok(())
    }

    /// Calls `work` for each block of rows with J and the residuals.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn for_each_block(
        &mut self,
        network: &Network<f64>,
        mut work: impl FnMut(Derivatives<'_>),
    ) -> Result<(), Error> {
        let Self { samples, jacobian, .. } = self;
        for block in blocks(0..samples.x.nrows(), jacobian.block) {
            work(jacobian.evaluate(network, samples, block)?.differentiate()?);
        }
        Ok(())
    }
}

fn mean_loss(
    jacobian: &mut Jacobian,
    network: &Network<f64>,
    samples: &Samples<'_, f64>,
) -> Result<f64, Error> {
    let rows = samples.x.nrows();
    kernel::in_pool(network.cost(rows), network.cost(jacobian.block), || {
        let mut sum = 0.0;
        for block in blocks(0..rows, jacobian.block) {
            let residuals = jacobian.evaluate(network, samples, block)?.residuals;
            let squares = residuals.each_row().map(|row| row.iter().map(|r| r * r).sum::<f64>());
            sum = squares.fold(sum, |sum, square| sum + square);
        }
        Ok(0.5 * sum / rows as f64)
    })
}

/// The number of rows of the matrix of products: the parameters, and the residuals.
pub(super) fn size_of_products(parameters: usize) -> usize {
    parameters.saturating_add(1).next_multiple_of(PANEL_WIDTH)
}
