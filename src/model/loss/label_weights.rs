//! Weights of labels: the binary cross-entropy of column j is multiplied by w_j, and its part of the yes by p_j too.

use std::sync::Arc;

use super::rule::Predicted;
use crate::kernel::{Factors, Matrix, Scalar, Sum};

/// The weights w and p of each column; 1 for each without a list.
#[derive(Clone, Debug)]
pub(crate) struct LabelWeights {
    labels: Option<Arc<[f64]>>,
    positive: Option<Arc<[f64]>>,
}

impl LabelWeights {
    /// The weights w and p; `None` if all are 1.
    pub(crate) fn new([labels, positive]: [&Option<Arc<[f64]>>; 2]) -> Option<Self> {
        let other_than_1 = |weights: &&Arc<[f64]>| weights.iter().any(|weight| *weight != 1.0);
        let [labels, positive] = [labels, positive].map(|list| list.as_ref().filter(other_than_1).cloned());
        (labels.is_some() || positive.is_some()).then_some(Self { labels, positive })
    }

    /// The factors `w_j·p_j` of the yes and `w_j` of the no, for each of `columns` columns.
    fn factors(&self, columns: usize) -> impl Iterator<Item = [f64; 2]> + Clone {
        let weight = |list: &Option<Arc<[f64]>>, column: usize| {
            list.as_ref().and_then(|list| list.get(column)).copied().unwrap_or(1.0)
        };
        (0..columns).map(move |column| {
            let of_label = weight(&self.labels, column);
            [of_label * weight(&self.positive, column), of_label]
        })
    }

    /// `−Σ w (p·y·ln ŷ + (1 − y)·ln(1 − ŷ))` of each row, multiplied by its factor; computed from the logits a, with
    /// `−ln ŷ = max(−a, 0) + ln(1 + e^−|a|)` and `−ln(1 − ŷ) = max(a, 0) + ln(1 + e^−|a|)`.
    pub(crate) fn losses<F: Scalar>(
        &self,
        predicted: Predicted<'_, F>,
        y: &Matrix<F>,
        factors: Factors<'_>,
    ) -> Sum {
        let of_row = |(a, y): (&[F], &[F])| -> f64 {
            let of_column = |((a, y), [yes, no]): ((&F, &F), [f64; 2])| {
                let (a, y) = (a.as_f64(), y.as_f64());
                let rest = libm::log1p(libm::exp(-a.abs()));
                let [of_yes, of_no] = if a > 0.0 { [rest, a + rest] } else { [rest - a, rest] };
                yes * y * of_yes + no * (1.0 - y) * of_no
            };
            a.iter().zip(y).zip(self.factors(y.len())).map(of_column).sum()
        };
        factors.weigh(predicted.logits.each_row().zip(y.each_row()).map(of_row))
    }

    /// Turns `d`, which holds the targets Y, into `D = w (p·y·(1 − ŷ) − (1 − y)·ŷ)`, minus the derivative of the loss
    /// with respect to the logits.
    pub(crate) fn differentiate<F: Scalar>(&self, predicted: Predicted<'_, F>, d: &mut Matrix<F>) {
        let columns = d.columns();
        let rows = d.values_mut().chunks_exact_mut(columns.max(1)).zip(predicted.answer.each_row());
        for (d, answer) in rows {
            for ((d, answer), [yes, no]) in d.iter_mut().zip(answer).zip(self.factors(columns)) {
                let of_yes = F::from_f64(yes) * *d * (F::one() - *answer);
                let of_no = F::from_f64(no) * (F::one() - *d) * *answer;
                *d = of_yes - of_no;
            }
        }
    }
}
