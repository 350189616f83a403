//! The parts of a posterior that a file holds; the rest follows from them.

use super::penalty::Penalty;
use super::posterior::Posterior;
use super::steps::Model;
use crate::error::Error;
use crate::kernel::{PANEL_WIDTH, Scalar, TrianglePanels};
use crate::model::Network;

/// Everything that makes a posterior.
#[derive(Debug)]
pub(crate) struct Stored<F: Scalar> {
    pub(crate) network: Network<F>,
    /// Whether biases have a penalty.
    pub(crate) regularize_biases: bool,
    /// The number of rows, of any weight.
    pub(crate) rows: usize,
    /// The lower triangle of `[J r]ᵀ [J r]`, row by row.
    pub(crate) products: Vec<f64>,
    pub(crate) numbers: Numbers,
}

/// The numbers of a posterior.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers {
    /// λ
    pub(crate) regularization: f64,
    /// n
    pub(crate) observations: f64,
    pub(crate) loss: f64,
    pub(crate) gradient_norm: f64,
    /// γ
    pub(crate) effective_parameters: Option<f64>,
    /// 1/β
    pub(crate) noise_variance: Option<f64>,
    pub(crate) leave_one_out_loss: Option<f64>,
    pub(crate) smallest_curvature: Option<f64>,
}

/// The number of values of the lower triangle for so many parameters and the residuals; `None` if it is too large.
pub(crate) fn count_of_products(parameters: usize) -> Option<usize> {
    let rows = parameters.checked_add(1)?;
    rows.checked_mul(rows.checked_add(1)?).map(|twice| twice / 2)
}

impl<F: Scalar> Posterior<F> {
    /// The parts for a file.
    pub(crate) fn stored(&self) -> Stored<F> {
        Stored {
            network: self.network.clone(),
            regularize_biases: self.penalty.count() == self.parameter_count(),
            rows: (1.0 / self.scale).round() as usize,
            products: (0..=self.parameter_count()).flat_map(|row| self.products.row(row)).collect(),
            numbers: Numbers {
                regularization: self.penalty.strength,
                observations: self.observations,
                loss: self.loss,
                gradient_norm: self.gradient_norm,
                effective_parameters: self.effective_parameters,
                noise_variance: self.noise_variance,
                leave_one_out_loss: self.leave_one_out,
                smallest_curvature: self.smallest_curvature,
            },
        }
    }

    /// The posterior of parts, which must have as many products as the network needs; the factor is computed again.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(crate) fn from_stored(stored: Stored<F>) -> Result<Self, Error> {
        let Stored { network, regularize_biases, rows, products, numbers } = stored;
        let penalty = Penalty::new(&network, regularize_biases, numbers.regularization);
        let mut model = Model::new(network.parameter_count(), rows)?;
        let mut values = products.into_iter();
        for row in 0..=model.size {
            for (column, value) in (0..=row).zip(values.by_ref()) {
                // A block on the diagonal holds both triangles.
                let twin =
                    if row / PANEL_WIDTH == column / PANEL_WIDTH { (column, row) } else { (row, column) };
                for (row, column) in [(row, column), twin] {
                    let place = TrianglePanels::place(row, column);
                    model.products.values_mut().iter_mut().skip(place).take(1).for_each(|to| *to = value);
                }
            }
        }
        let determined = model.determine(&penalty);
        let Model { products, factor, scale, .. } = model;
        let effective_parameters = determined.ok().and(numbers.effective_parameters);
        Ok(Self {
            network,
            penalty,
            products,
            scale,
            effective_parameters,
            noise_variance: effective_parameters.and(numbers.noise_variance),
            factor: determined.map(|_| factor),
            observations: numbers.observations,
            loss: numbers.loss,
            leave_one_out: numbers.leave_one_out_loss,
            gradient_norm: numbers.gradient_norm,
            smallest_curvature: numbers.smallest_curvature,
        })
    }
}
