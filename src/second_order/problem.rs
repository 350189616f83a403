//! The problem of least squares: data, network and penalty, in f64.

use super::jacobian::Jacobian;
use crate::descent::Samples;
use crate::error::Error;
use crate::kernel::{self, PANEL_WIDTH, Scalar, TrianglePanels};
use crate::model::{Config, Layer, Network, Parameters};

/// A data set and a network whose parameters change. The order of the parameters is that of
/// [`Parameters::slices`]: for each layer Wᵀ row by row, then b.
pub(super) struct Problem<'a, F> {
    pub(super) samples: Samples<'a, F>,
    /// The network in f64, with the parameters that were set last.
    network: Network<f64>,
    jacobian: Jacobian,
    /// Whether each parameter is part of the penalty.
    pub(super) is_penalized: Vec<bool>,
    /// Σ w, the number of rows if each row counts as its weight.
    pub(super) observations: f64,
}

impl<'a, F: Scalar> Problem<'a, F> {
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn new(samples: Samples<'a, F>, network: &Network<F>, config: &Config) -> Result<Self, Error> {
        let network = network.try_map(in_f64)?;
        let size = network.parameter_count();
        let jacobian = Jacobian::new(&network, samples.x.nrows(), size.saturating_add(1))?;
        let mut is_penalized = Vec::with_capacity(size);
        for parameters in network.parameters() {
            let [weights, biases] = parameters.slices().map(<[f64]>::len);
            is_penalized.extend(std::iter::repeat_n(true, weights));
            is_penalized.extend(std::iter::repeat_n(config.regularize_biases(), biases));
        }
        let observations = samples.weights.total(samples.x.nrows());
        Ok(Self { samples, network, jacobian, is_penalized, observations })
    }

    /// The parameters that were set last.
    pub(super) fn parameters(&self) -> impl Iterator<Item = f64> {
        self.network.parameters().flat_map(Parameters::slices).flatten().copied()
    }

    /// Sets all parameters.
    pub(super) fn set(&mut self, theta: &[f64]) {
        let mut rest = theta;
        for slice in self.network.parameters_mut().flat_map(Parameters::slices_mut) {
            let (values, others) = rest.split_at(slice.len().min(rest.len()));
            slice.copy_from_slice(values);
            rest = others;
        }
    }

    /// The number of rows and outputs that count: Σ w · n_L.
    pub(super) fn values(&self) -> f64 {
        self.observations * self.samples.y.ncols() as f64
    }

    /// The mean of ½‖ŷ − y‖² over the rows; not finite if an output is not.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn loss(&mut self) -> Result<f64, Error> {
        let Self { samples, network, jacobian, .. } = self;
        mean_loss(jacobian, network, samples)
    }

    /// [`loss`](Self::loss) for another data set.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn loss_of(&mut self, samples: &Samples<'_, F>) -> Result<f64, Error> {
        mean_loss(&mut self.jacobian, &self.network, samples)
    }

    /// Replaces the lower triangle by that of `[J r]ᵀ [J r]`, with the residuals `r = ŷ − y`, where each row is
    /// multiplied by the root of its factor `w / w̄`. So the row p is Jᵀr.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn accumulate(&mut self, products: &mut TrianglePanels) -> Result<(), Error> {
        let Self { samples, network, jacobian, .. } = self;
        let rows = samples.x.nrows();
        products.values_mut().fill(0.0);
        let of_rows = |rows: usize| products.values().len().saturating_mul(rows * samples.y.ncols());
        let (all, part) = (of_rows(rows), of_rows(jacobian.block));
        kernel::in_pool(all, part, || {
            for start in (0..rows).step_by(jacobian.block) {
                jacobian.forward(network, samples, start..rows.min(start + jacobian.block))?;
                let filled = jacobian.fill(network)?;
                kernel::add_gram(products, jacobian.panels(), filled, jacobian.stride());
            }
            Ok(())
        })
    }

    /// Zeros in the shape of the parameters.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn zeros(&self) -> Result<Vec<Parameters<f64>>, Error> {
        self.network.zeros("a gradient")
    }

    /// Replaces `into` by the gradient of the [`loss`](Self::loss); `memory` is that of [`zeros`](Self::zeros).
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn gradient(&mut self, memory: &mut [Parameters<f64>], into: &mut [f64]) -> Result<(), Error> {
        let Self { samples, network, jacobian, .. } = self;
        let rows = samples.x.nrows();
        into.fill(0.0);
        for start in (0..rows).step_by(jacobian.block) {
            jacobian.forward(network, samples, start..rows.min(start + jacobian.block))?;
            jacobian.gradient(network, memory)?;
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
    pub(super) fn for_each_block(&mut self, mut work: impl FnMut(&Jacobian)) -> Result<(), Error> {
        let Self { samples, network, jacobian, .. } = self;
        let rows = samples.x.nrows();
        for start in (0..rows).step_by(jacobian.block) {
            jacobian.forward(network, samples, start..rows.min(start + jacobian.block))?;
            jacobian.fill(network)?;
            work(jacobian);
        }
        Ok(())
    }
}

fn mean_loss<F: Scalar>(
    jacobian: &mut Jacobian,
    network: &Network<f64>,
    samples: &Samples<'_, F>,
) -> Result<f64, Error> {
    let rows = samples.x.nrows();
    kernel::in_pool(network.cost(rows), network.cost(jacobian.block), || {
        let mut sum = 0.0;
        for start in (0..rows).step_by(jacobian.block) {
            jacobian.forward(network, samples, start..rows.min(start + jacobian.block))?;
            let squares = jacobian.residuals().each_row().map(|row| row.iter().map(|r| r * r).sum::<f64>());
            sum = squares.fold(sum, |sum, square| sum + square);
        }
        Ok(0.5 * sum / rows as f64)
    })
}

/// A layer with the same parameters in f64.
fn in_f64<F: Scalar>(layer: &Layer<F>) -> Result<Layer<f64>, Error> {
    let mut parameters = Parameters::zeros("the parameters", layer.fan_out(), layer.fan_in())?;
    for (to, from) in parameters.slices_mut().into_iter().zip(layer.parameters.slices()) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = from.as_f64());
    }
    Ok(Layer::from_parts(parameters, layer.activation()))
}

/// The number of rows of the matrix of products: the parameters, and the residuals.
pub(super) fn size_of_products(parameters: usize) -> usize {
    parameters.saturating_add(1).next_multiple_of(PANEL_WIDTH)
}
