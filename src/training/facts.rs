//! What the data of a run say about its result: the scale of the columns, and the loss of a constant answer.

use ndarray::{Array2, ArrayRef2};

use super::hint::Hint;
use super::report::Report;
use crate::activation::{Activation, Link};
use crate::data::{Moments, moments};
use crate::descent::{Blocks, Criterion, RowWeights, Samples, mean_loss};
use crate::error::Error;
use crate::kernel::{Matrix, Rows, Scalar};
use crate::model::{Config, Layer, Parameters};

/// The most rows, and the most values, that are looked at.
const MOST_ROWS: usize = 4_096;
const MOST_VALUES: usize = 1 << 20;

/// A root mean square above which, and a largest deviation below which, columns are out of scale.
const LARGEST: f64 = 20.0;
const SMALLEST: f64 = 0.02;

/// What the data of a run say.
#[derive(Default)]
pub(super) struct Facts {
    inputs: Option<(usize, Moments)>,
    targets: Option<(usize, Moments)>,
    /// The loss of the constant answer.
    constant: Option<f64>,
    rows: usize,
}

impl Facts {
    /// Looks at some rows of the data. `is_own` tells that the loss is a function of the user, which is not called.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn of<F: Scalar>(
        config: &Config,
        samples: &Samples<'_, F>,
        last: Option<&Layer<F>>,
        is_own: bool,
    ) -> Result<Self, Error> {
        let [x, y] = [samples.x, samples.y];
        let most = MOST_ROWS.min(MOST_VALUES / x.ncols().max(y.ncols()).max(1)).max(2);
        let step = x.nrows().div_ceil(most).max(1);
        let rows = (0..x.nrows()).step_by(step).filter(|row| samples.weights.counts(*row));
        let rows = Vec::from_iter(rows);
        if rows.is_empty() {
            return Ok(Self::default());
        }
        let (x, y) = (select(x, &rows)?, select(y, &rows)?);
        let is_linear = last.is_some_and(|last| last.activation() == Activation::Identity);
        let has_units = config.link() == Link::Identity && is_linear && !is_own;
        Ok(Self {
            inputs: out_of_scale(moments("x", &x)?),
            targets: if has_units { out_of_scale(moments("y", &y)?) } else { None },
            constant: if is_own { None } else { Some(constant(config, &y)?) },
            rows: samples.x.nrows(),
        })
    }

    /// The hints for a report whose other fields are set.
    pub(super) fn hints(self, report: &Report) -> Vec<Hint> {
        let losses = report.losses();
        let of_best = report.best_epoch().and_then(|best| losses.get(best.checked_sub(1)?));
        let loss = of_best.or(losses.last()).copied().unwrap_or(0.0);
        let constant = self.constant.filter(|constant| *constant > 0.0 && constant.is_finite());
        let (first, later) = losses.split_first().unwrap_or((&0.0, &[]));
        let is_worse = !later.is_empty() && constant.is_some_and(|constant| loss > 2.0 * constant);
        let has_learnt = constant.is_some_and(|constant| loss < 0.1 * constant);
        let never_fell = !later.is_empty() && later.iter().all(|loss| loss >= first) && *first > 0.0;
        let mut hints = Vec::new();
        if let (Some((column, Moments { mean, deviation, .. })), false) = (self.inputs, has_learnt) {
            hints.push(Hint::InputScale { column, mean, deviation });
        }
        if let (Some((column, Moments { mean, deviation, .. })), false) = (self.targets, has_learnt) {
            hints.push(Hint::TargetScale { column, mean, deviation });
        }
        match constant {
            Some(constant) if is_worse => hints.push(Hint::WorseThanConstant { loss, constant }),
            _ if never_fell => hints.push(Hint::NeverFell),
            _ => {}
        }
        let is_cut_short = report.is_cut_short();
        let is_poor = is_worse || never_fell || is_cut_short;
        if is_poor && self.rows > 1 && report.iterations() == report.epochs() {
            hints.push(Hint::OneUpdatePerEpoch { rows: self.rows });
        }
        if is_cut_short {
            hints.push(Hint::CutShort { minibatches: report.iterations() });
        }
        hints
    }
}

fn select<F: Scalar>(array: &ArrayRef2<F>, rows: &[usize]) -> Result<Array2<F>, Error> {
    let mut selected = Matrix::zeros_of_array("the rows for the hints", rows.len(), array.ncols())?;
    selected.load("the rows for the hints", array, &Rows::Indices(rows))?;
    Ok(selected.into_array())
}

/// The column that is the farthest out of scale; `None` if no column is.
fn out_of_scale(columns: Vec<Moments>) -> Option<(usize, Moments)> {
    let farthest = |size: fn(&Moments) -> f64| {
        let first = |best: Option<(usize, Moments)>, (column, moments): (usize, &Moments)| match best {
            Some((_, ref other)) if size(moments) <= size(other) => best,
            _ => Some((column, moments.clone())),
        };
        columns.iter().enumerate().fold(None, first)
    };
    let root_mean_square = |moments: &Moments| moments.mean.hypot(moments.deviation);
    let largest = farthest(root_mean_square).filter(|(_, moments)| root_mean_square(moments) > LARGEST);
    // A column of zeros says nothing; a constant one is no reason for a hint.
    let widest = || {
        let (column, moments) = farthest(|moments| moments.deviation)?;
        (moments.deviation > 0.0 && moments.deviation < SMALLEST).then_some((column, moments))
    };
    largest.or_else(widest)
}

/// The loss of the mean of `y` as the answer for every row: that of a layer with weights of 0 and these biases.
fn constant<F: Scalar>(config: &Config, y: &Array2<F>) -> Result<f64, Error> {
    let link = config.link();
    let bias = |mean: f64| match link {
        Link::Identity => mean,
        Link::Softmax | Link::Log => libm::log(mean.max(1e-12)),
        Link::Logistic => {
            let mean = mean.clamp(1e-12, 1.0 - 1e-12);
            libm::log(mean / (1.0 - mean))
        }
    };
    let means = moments("y", y)?;
    let mut parameters = Parameters::zeros("the constant answer", y.ncols(), 1)?;
    for (target, moments) in parameters.biases.iter_mut().zip(means) {
        *target = F::from_f64(bias(moments.mean));
    }
    let layers = [Layer::from_parts(parameters, Activation::Identity)];
    let x = Matrix::zeros_of_array("the constant answer", y.nrows(), 1)?.into_array();
    let samples = Samples { x: &x, y, weights: RowWeights::Equal };
    let (mut criterion, mut blocks) = (Criterion::reported(config), Blocks::default());
    mean_loss(&layers, link, &mut criterion, &samples, false, &mut blocks, &mut |_, _| {})
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::Dnn;

    #[test]
    fn the_constant_answer_has_the_known_losses() {
        let config = |builder: crate::DnnBuilder<f64>| builder.settings().unwrap();
        let half = array![[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]];
        let softmax = constant(&config(Dnn::builder().softmax(true)), &half).unwrap();
        assert!((softmax - 2.0_f64.ln()).abs() < 1e-12, "{softmax}");
        let logistic = config(Dnn::builder().loss(crate::Loss::BinaryCrossEntropy));
        assert!((constant(&logistic, &half).unwrap() - 2.0 * 2.0_f64.ln()).abs() < 1e-12);
        let y = array![[1.0], [5.0]];
        assert_eq!(constant(&config(Dnn::builder()), &y), Ok(2.0));
        assert_eq!(constant(&config(Dnn::builder().loss(crate::Loss::Squared)), &y), Ok(2.0));
        let poisson = constant(&config(Dnn::builder().loss(crate::Loss::Poisson)), &y).unwrap();
        let expected = (3.0 - 1.0 + (1.0_f64 / 3.0).ln() + 3.0 - 5.0 + 5.0 * (5.0_f64 / 3.0).ln()) / 2.0;
        assert!((poisson - expected).abs() < 1e-12, "{poisson}");
    }

    #[test]
    fn columns_are_out_of_scale_at_the_documented_sizes() {
        let column = |x: Array2<f64>| out_of_scale(moments("x", &x).unwrap()).map(|(column, _)| column);
        assert_eq!(column(array![[19.0, 0.0], [-19.0, 0.0]]), None);
        assert_eq!(column(array![[19.0, 21.0, -30.0], [-19.0, 20.0, -29.0]]), Some(2));
        assert_eq!(column(array![[0.01, 7.0], [0.0, 7.0]]), Some(0));
        assert_eq!(column(array![[0.01, 0.1], [0.0, 0.0]]), None);
        assert_eq!(column(array![[7.0, 0.0], [7.0, 0.0]]), None);
    }
}
