//! What a mini-batch is judged by: a loss of the network, or the function of a run.

use std::iter::once;

use super::forward::Outputs;
use crate::error::Error;
use crate::kernel::{self, Factors, Matrix, Scalar, Sum};
use crate::model::{Config, LabelWeights, Loss, Predicted, smooth_labels};

/// A loss of the user's own: from a row's answer and targets to its loss, with minus its derivative in the last
/// argument, which is 0 at first.
pub(crate) type LossFn<'a, F> = dyn Fn(&[F], &[F], &mut [F]) -> f64 + Sync + 'a;

/// What a mini-batch is judged by.
pub(crate) enum Criterion<'a, F> {
    /// A loss of the network.
    Loss(Loss),
    /// Cross-entropy with label smoothing ε.
    Smoothed { epsilon: f64 },
    /// Binary cross-entropy with weights of labels.
    Weighted(LabelWeights),
    /// The user's own function.
    Own {
        function: &'a LossFn<'a, F>,
        /// The memory for the targets of one row, `(1, n_L)`.
        target: Matrix<F>,
    },
}

impl<F: Scalar> Criterion<'static, F> {
    /// The loss that training minimises.
    pub(crate) fn minimised(config: &Config) -> Self {
        Self::of(config.loss().minimised(), config)
    }

    /// The loss that training reports.
    pub(crate) fn reported(config: &Config) -> Self {
        Self::of(config.loss(), config)
    }

    /// A loss with the settings that belong to it.
    fn of(loss: Loss, config: &Config) -> Self {
        if let Some(weights) = LabelWeights::new([&config.label_weights, &config.positive_weights]) {
            Self::Weighted(weights)
        } else if config.label_smoothing() > 0.0 {
            Self::Smoothed { epsilon: config.label_smoothing() }
        } else {
            Self::Loss(loss)
        }
    }
}

impl<'a, F: Scalar> Criterion<'a, F> {
    /// A function for rows of `outputs` values, in place of a loss with the identity link.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(crate) fn of_function(function: &'a LossFn<'a, F>, outputs: usize) -> Result<Self, Error> {
        Ok(Self::Own { function, target: Matrix::zeros("the targets of a row", 1, outputs)? })
    }

    /// Whether it is the user's own function.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self, Self::Own { .. })
    }

    /// The name of the loss for [`Error::Diverged`].
    pub(super) fn what(&self) -> &'static str {
        if self.is_own() { "the loss of loss_fn or its derivative" } else { "the loss" }
    }

    /// Turns `d`, which holds the targets Y, into the error D, minus the derivative of the loss with respect to A_L;
    /// returns the sum of the rows' losses, each multiplied by its factor.
    pub(crate) fn error_and_losses(
        &mut self,
        outputs: &Outputs<F>,
        d: &mut Matrix<F>,
        factors: Factors<'_>,
    ) -> Sum {
        let predicted = outputs.predicted();
        match self {
            Self::Loss(loss) => loss.error_and_losses(predicted, d, factors),
            Self::Smoothed { epsilon } => {
                smooth_labels(d, *epsilon);
                Loss::CrossEntropy.error_and_losses(predicted, d, factors)
            }
            Self::Weighted(weights) => {
                let losses = weights.losses(predicted, d, factors);
                weights.differentiate(predicted, d);
                losses
            }
            Self::Own { function, target } => {
                own_losses(function, target.values_mut(), predicted, d, factors)
            }
        }
    }

    /// Turns `d`, which holds the targets Y, into the error D.
    pub(crate) fn error(&mut self, outputs: &Outputs<F>, d: &mut Matrix<F>) {
        let predicted = outputs.predicted();
        match self {
            Self::Loss(loss) => loss.error(predicted, d),
            Self::Smoothed { epsilon } => {
                smooth_labels(d, *epsilon);
                Loss::CrossEntropy.error(predicted, d);
            }
            Self::Weighted(weights) => weights.differentiate(predicted, d),
            Self::Own { function, target } => {
                let factors = Factors::Ones(d.rows());
                own_losses(function, target.values_mut(), predicted, d, factors);
            }
        }
    }
}

/// Turns `d`, which holds the targets Y, into D by the user's own `function`, row by row; returns the sum of the
/// losses. Rows with the factor 0 are left out. A derivative that is not finite makes the sum NaN. `target` is memory
/// for the targets of a row.
#[inline(never)]
fn own_losses<F: Scalar>(
    function: &LossFn<'_, F>,
    target: &mut [F],
    predicted: Predicted<'_, F>,
    d: &mut Matrix<F>,
    factors: Factors<'_>,
) -> Sum {
    let columns = d.columns().max(1);
    let mut sum = Sum::ZERO;
    let rows = predicted.answer.each_row().zip(d.values_mut().chunks_exact_mut(columns));
    for ((answer, d), factor) in rows.zip(factors.each()).filter(|(_, factor)| *factor > 0.0) {
        target.copy_from_slice(d);
        d.fill(F::zero());
        let loss = function(answer, target, d);
        let loss = if kernel::all_finite(d) { loss } else { f64::NAN };
        sum.add(Sum::of(once((factor, loss))));
    }
    sum
}
