//! The parts of a posterior that a file holds; the rest follows from them.

use super::evidence::Estimate;
use super::posterior::Posterior;
use super::steps::Model;
use crate::activation::Activation;
use crate::error::Error;
use crate::kernel::{PANEL_WIDTH, Scalar, TrianglePanels};

/// The number of [`Stored::numbers`].
pub(crate) const NUMBERS: usize = 9;

/// Everything that makes a posterior.
#[derive(Debug)]
pub(crate) struct Stored<F> {
    /// n₀ … n_L
    pub(crate) sizes: Vec<usize>,
    pub(crate) activations: Vec<Activation>,
    /// Whether biases have a penalty.
    pub(crate) regularize_biases: bool,
    /// The number of rows, of any weight.
    pub(crate) rows: usize,
    /// θ
    pub(crate) parameters: Vec<F>,
    /// The lower triangle of `[J r]ᵀ [J r]`, row by row.
    pub(crate) products: Vec<f64>,
    /// λ, n, the loss, the norm of the gradient; and, NaN if there is none, γ, its part of the penalty, the noise, the
    /// leave-one-out loss, the smallest curvature.
    pub(crate) numbers: [f64; NUMBERS],
}

/// The number of parameters of a network of these sizes; `None` if they are too many to be counted.
pub(crate) fn count_of_sizes(sizes: &[usize]) -> Option<usize> {
    let of_layers = sizes.iter().zip(sizes.iter().skip(1));
    of_layers
        .map(|(fan_in, fan_out)| fan_in.checked_add(1)?.checked_mul(*fan_out))
        .try_fold(0_usize, |sum, n| sum.checked_add(n?))
}

/// The number of values of the lower triangle for so many parameters and the residuals; `None` if it is too large.
pub(crate) fn count_of_products(parameters: usize) -> Option<usize> {
    let rows = parameters.checked_add(1)?;
    rows.checked_mul(rows.checked_add(1)?).map(|twice| twice / 2)
}

impl<F: Scalar> Posterior<F> {
    /// The parts for a file.
    pub(crate) fn stored(&self) -> Stored<F> {
        let or_nan = |value: Option<f64>| value.unwrap_or(f64::NAN);
        let estimate = self.estimate;
        let numbers = [
            self.regularization,
            self.observations,
            self.loss,
            self.gradient_norm,
            or_nan(estimate.map(|estimate| estimate.gamma)),
            or_nan(estimate.map(|estimate| estimate.penalized)),
            or_nan(estimate.and_then(|estimate| estimate.noise)),
            or_nan(self.leave_one_out),
            or_nan(self.smallest_curvature),
        ];
        Stored {
            sizes: self.sizes.clone(),
            activations: self.activations.clone(),
            regularize_biases: self.is_penalized.iter().all(|is_penalized| *is_penalized),
            rows: (1.0 / self.scale).round() as usize,
            parameters: self.parameters.clone(),
            products: (0..=self.parameters.len()).flat_map(|row| self.products.row(row)).collect(),
            numbers,
        }
    }

    /// The posterior of parts, which must have the numbers of values that the sizes say; the factor is computed again.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(crate) fn from_stored(stored: Stored<F>) -> Result<Self, Error> {
        let Stored { sizes, activations, regularize_biases, rows, parameters, products, numbers } = stored;
        let mut is_penalized = Vec::with_capacity(parameters.len());
        for (fan_in, fan_out) in sizes.iter().zip(sizes.iter().skip(1)) {
            is_penalized.extend(std::iter::repeat_n(true, fan_in * fan_out));
            is_penalized.extend(std::iter::repeat_n(regularize_biases, *fan_out));
        }
        let mut model = Model::new(parameters.len(), rows)?;
        let mut values = products.into_iter();
        for row in 0..=parameters.len() {
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
        let [
            regularization,
            observations,
            loss,
            gradient_norm,
            gamma,
            penalized,
            noise,
            leave_one_out,
            curvature,
        ] = numbers;
        let or_none = |value: f64| Some(value).filter(|value| !value.is_nan());
        let determined = model.determine(regularization, &is_penalized);
        let estimate = Estimate { gamma, penalized, noise: or_none(noise) };
        let Model { products, factor, scale, .. } = model;
        Ok(Self {
            sizes,
            activations,
            parameters,
            is_penalized,
            products,
            scale,
            estimate: determined.ok().and(or_none(gamma)).map(|_| estimate),
            factor: determined.map(|_| factor),
            regularization,
            observations,
            loss,
            leave_one_out: or_none(leave_one_out),
            gradient_norm,
            smallest_curvature: or_none(curvature),
        })
    }
}
