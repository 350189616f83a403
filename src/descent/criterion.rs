//! What a mini-batch is judged by: a loss of the network, or the function of a run.

use std::iter::once;

use super::forward::Outputs;
use super::label_weights::LabelWeights;
use crate::error::Error;
use crate::kernel::{self, Factors, Matrix, Scalar, Sum};
use crate::model::{Config, Loss};

/// A loss of the user's own: from a row's answer and targets to its loss, with minus its derivative in the last
/// argument, which is 0 at first.
pub(crate) type LossFn<'a, F> = dyn Fn(&[F], &[F], &mut [F]) -> f64 + Sync + 'a;

/// The loss of a row with the identity link, as a function of `d = y − ŷ`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Measure {
    /// `‖d‖`, with the derivative of `½‖d‖²`
    Norm,
    /// `½‖d‖²`
    HalfSquare,
    /// `Σ |d|`
    Absolute,
    /// `Σ ½d²` where `|d| ≤ δ`, else `δ(|d| − ½δ)`
    Huber { delta: f64 },
    /// `Σ τ·d` where `d ≥ 0`, else `(τ − 1)·d`
    Quantile { tau: f64 },
}

impl Measure {
    /// The measure that training minimises; another link than the identity does not use it.
    fn descended(loss: Loss) -> Self {
        match loss {
            Loss::Article | Loss::Squared | Loss::BinaryCrossEntropy | Loss::Poisson => Self::HalfSquare,
            Loss::Absolute => Self::Absolute,
            Loss::Huber { delta } => Self::Huber { delta },
            Loss::Quantile { tau } => Self::Quantile { tau },
        }
    }

    /// Turns the differences `y − ŷ` into minus the derivative with respect to ŷ. A NaN stays NaN.
    pub(super) fn differentiate<F: Scalar>(self, d: &mut [F]) {
        match self {
            Self::Norm | Self::HalfSquare => {}
            Self::Absolute => slopes(d, -F::one(), F::one()),
            Self::Huber { delta } => clamp(d, F::from_f64(delta)),
            Self::Quantile { tau } => slopes(d, F::from_f64(tau - 1.0), F::from_f64(tau)),
        }
    }
}

/// Replaces each value below 0 by `below`, and each one above 0 by `above`.
fn slopes<F: Scalar>(d: &mut [F], below: F, above: F) {
    for d in d {
        *d = if *d > F::zero() {
            above
        } else if *d < F::zero() {
            below
        } else {
            *d
        };
    }
}

/// Replaces each value beyond `±limit` by that limit.
fn clamp<F: Scalar>(d: &mut [F], limit: F) {
    for d in d {
        *d = if *d > limit {
            limit
        } else if *d < -limit {
            -limit
        } else {
            *d
        };
    }
}

/// What a mini-batch is judged by.
pub(crate) struct Criterion<'a, F> {
    measure: Measure,
    /// ε of label smoothing; 0 without softmax.
    label_smoothing: f64,
    label_weights: Option<LabelWeights>,
    own: Option<&'a LossFn<'a, F>>,
    /// The targets of one row, `(1, n_L)`, for `own`.
    target: Matrix<F>,
}

impl<F: Scalar> Criterion<'static, F> {
    /// The loss that training minimises.
    pub(crate) fn descended(config: &Config) -> Self {
        let (measure, label_smoothing) = (Measure::descended(config.loss()), config.label_smoothing());
        let label_weights = LabelWeights::of(config);
        Self { measure, label_smoothing, label_weights, own: None, target: Matrix::default() }
    }

    /// The loss that training reports.
    pub(crate) fn reported(config: &Config) -> Self {
        let descended = Self::descended(config);
        match config.loss() {
            Loss::Article => Self { measure: Measure::Norm, ..descended },
            _ => descended,
        }
    }
}

impl<'a, F: Scalar> Criterion<'a, F> {
    /// A function for rows of `outputs` values, in place of a loss with the identity link.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(crate) fn of_function(own: &'a LossFn<'a, F>, outputs: usize) -> Result<Self, Error> {
        let target = Matrix::zeros("the targets of a row", 1, outputs)?;
        let (measure, label_smoothing, label_weights) = (Measure::HalfSquare, 0.0, None);
        Ok(Self { measure, label_smoothing, label_weights, own: Some(own), target })
    }

    pub(super) fn measure(&self) -> Measure {
        self.measure
    }

    /// The weights of labels; `None` if all are 1.
    pub(super) fn label_weights(&self) -> Option<&LabelWeights> {
        self.label_weights.as_ref()
    }

    /// Whether it is the user's own function.
    pub(crate) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// The name of the loss for [`Error::Diverged`].
    pub(super) fn what(&self) -> &'static str {
        if self.own.is_some() { "the loss of loss_fn or its derivative" } else { "the loss" }
    }

    /// Replaces the targets by `(1 − ε) y + ε / k`, if there is label smoothing.
    #[inline]
    pub(super) fn smooth(&self, y: &mut Matrix<F>) {
        if self.label_smoothing > 0.0 {
            smooth(y, self.label_smoothing);
        }
    }

    /// Turns `d`, which holds the targets Y, into D by the user's own function, row by row; returns the sum of the
    /// losses as [`error_and_loss`](super::loss::error_and_loss) does, or `None` if there is no such function. Rows with
    /// the factor 0 are left out. A derivative that is not finite makes the sum NaN.
    #[inline]
    pub(super) fn own(
        &mut self,
        outputs: &Outputs<F>,
        d: &mut Matrix<F>,
        factors: Factors<'_>,
    ) -> Option<Sum> {
        self.own.map(|own| own_losses(own, self.target.values_mut(), outputs, d, factors))
    }
}

/// `y ← (1 − ε) y + ε / k`
#[inline(never)]
fn smooth<F: Scalar>(y: &mut Matrix<F>, label_smoothing: f64) {
    let keep = F::from_f64(1.0 - label_smoothing);
    let share = F::from_f64(label_smoothing / y.columns().max(1) as f64);
    y.values_mut().iter_mut().for_each(|y| *y = keep * *y + share);
}

/// The sum of the losses by the function `own`; see [`Criterion::own`]. `target` is memory for the targets of a row.
#[inline(never)]
fn own_losses<F: Scalar>(
    own: &LossFn<'_, F>,
    target: &mut [F],
    outputs: &Outputs<F>,
    d: &mut Matrix<F>,
    factors: Factors<'_>,
) -> Sum {
    let columns = d.columns().max(1);
    let mut sum = Sum::ZERO;
    let rows = outputs.answer().each_row().zip(d.values_mut().chunks_exact_mut(columns));
    for ((answer, d), factor) in rows.zip(factors.each()).filter(|(_, factor)| *factor > 0.0) {
        target.copy_from_slice(d);
        d.fill(F::zero());
        let loss = own(answer, target, d);
        let loss = if kernel::all_finite(d) { loss } else { f64::NAN };
        sum.add(Sum::of(once((factor, loss))));
    }
    sum
}
