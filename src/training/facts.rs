//! What the data of a run say about its result: the scale of the columns, and the loss of a constant answer.

use ndarray::{ArrayRef2, ArrayView2, ShapeBuilder, s};

use super::hint::Hint;
use super::report::Outcome;
use crate::activation::{Activation, Link};
use crate::descent::{BlockMemory, Criterion, RowWeights, Samples, mean_loss};
use crate::error::Error;
use crate::kernel::Scalar;
use crate::model::{Config, Layer, Network, Parameters};

/// The most rows, and the most values, that are looked at.
const MOST_ROWS: usize = 4_096;
const MOST_VALUES: usize = 1 << 20;

/// A root mean square above which, and a largest deviation below which, columns are out of scale.
const LARGEST: f64 = 20.0;
const SMALLEST: f64 = 0.02;

/// What the data of a run say.
#[derive(Default)]
pub(super) struct Facts {
    inputs: Option<Column>,
    targets: Option<Column>,
    /// The loss of the constant answer.
    constant: Option<f64>,
    rows: usize,
}

/// The mean and the standard deviation of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Column {
    column: usize,
    mean: f64,
    deviation: f64,
}

impl Column {
    fn root_mean_square(&self) -> f64 {
        self.mean.hypot(self.deviation)
    }
}

impl Facts {
    /// Looks at some rows of the data, without a copy of them. `is_own` tells that the loss is a function of the user,
    /// which is not called.
    ///
    /// # Errors
    /// [`Error::TooLarge`].
    pub(super) fn of<F: Scalar>(
        config: &Config,
        samples: &Samples<'_, F>,
        network: &Network<F>,
        is_own: bool,
    ) -> Result<Self, Error> {
        let [x, y] = [samples.x, samples.y];
        let most = MOST_ROWS.min(MOST_VALUES / x.ncols().max(y.ncols()).max(1)).max(2);
        let step = x.nrows().div_ceil(most).max(1);
        let rows = (0..x.nrows()).step_by(step).filter(|row| samples.weights.counts(*row));
        let is_linear = network.last().activation() == Activation::Identity;
        let has_units = network.link() == Link::Identity && is_linear && !is_own;
        let of_y = columns(y, rows.clone());
        // A loss of rounding is no measure.
        let varies = of_y.iter().any(|column| column.deviation > 1e-9 * column.mean.abs());
        let constant = if is_own || !varies { None } else { Some(constant(config, samples, step, &of_y)?) };
        Ok(Self {
            inputs: out_of_scale(&columns(x, rows)),
            targets: if has_units { out_of_scale(&of_y) } else { None },
            constant,
            rows: x.nrows(),
        })
    }

    /// The hints for the report of a run with this outcome.
    pub(super) fn hints(self, outcome: &Outcome<'_>) -> Vec<Hint> {
        let losses = outcome.losses;
        let Some((first, later)) = losses.split_first() else { return Vec::new() };
        let of_best = outcome.best_epoch.and_then(|best| losses.get(best.checked_sub(1)?));
        let loss = *of_best.or(later.last()).unwrap_or(first);
        let constant = self.constant.filter(|constant| *constant > 0.0 && constant.is_finite());
        let is_worse = !later.is_empty() && constant.is_some_and(|constant| loss > 2.0 * constant);
        let has_learnt = constant.is_some_and(|constant| loss < 0.1 * constant);
        // A network that is trained already has losses that rise and fall by chance.
        let is_telling = constant.map_or(losses.len() >= 10, |constant| loss > 0.9 * constant);
        let never_fell = is_telling && !later.is_empty() && later.iter().all(|loss| loss >= first);
        // One allocation, whatever the hints.
        let mut hints = Vec::with_capacity(5);
        if let (Some(Column { column, mean, deviation }), false) = (self.inputs, has_learnt) {
            hints.push(Hint::InputScale { column, mean, deviation });
        }
        if let (Some(Column { column, mean, deviation }), false) = (self.targets, has_learnt) {
            hints.push(Hint::TargetScale { column, mean, deviation });
        }
        match constant {
            _ if never_fell => hints.push(Hint::NeverFell),
            Some(constant) if is_worse => hints.push(Hint::WorseThanConstant { loss, constant }),
            _ => {}
        }
        let is_cut_short = outcome.is_cut_short();
        let is_poor = is_worse || never_fell || is_cut_short;
        if is_poor && self.rows > 1 && outcome.iterations == losses.len() {
            hints.push(Hint::OneUpdatePerEpoch { rows: self.rows });
        }
        if is_cut_short {
            hints.push(Hint::CutShort { minibatches: outcome.iterations });
        }
        hints
    }
}

/// The mean and the standard deviation of each column over some rows. A rough measure is enough, so a sum that
/// overflows is the largest number.
fn columns<F: Scalar>(array: &ArrayRef2<F>, rows: impl Iterator<Item = usize> + Clone) -> Vec<Column> {
    let of_column = |column| Column { column, ..Column::default() };
    let mut columns = Vec::from_iter((0..array.ncols()).map(of_column));
    let n = rows.clone().count().max(1) as f64;
    for row in rows.clone() {
        for (column, value) in columns.iter_mut().zip(array.row(row)) {
            column.mean += value.as_f64() / n;
        }
    }
    for row in rows {
        for (column, value) in columns.iter_mut().zip(array.row(row)) {
            column.deviation += (value.as_f64() - column.mean).powi(2) / n;
        }
    }
    columns.iter_mut().for_each(|column| column.deviation = column.deviation.sqrt().min(f64::MAX));
    columns
}

/// The column that is the farthest out of scale; `None` if no column is.
fn out_of_scale(columns: &[Column]) -> Option<Column> {
    let farthest = |size: fn(&Column) -> f64| {
        let larger = |best: Column, column: &Column| if size(column) > size(&best) { *column } else { best };
        columns.iter().fold(Column::default(), larger)
    };
    let largest = farthest(Column::root_mean_square);
    // A column of zeros says nothing, and constant columns are no reason for a hint. Rounding is no deviation.
    let widest = farthest(|column| column.deviation);
    let is_narrow = widest.deviation < SMALLEST && widest.deviation > 1e-12 * widest.mean.abs();
    if largest.root_mean_square() > LARGEST { Some(largest) } else { is_narrow.then_some(widest) }
}

/// The loss of the mean of y as the answer for every row: that of a layer with weights of 0 and these biases.
fn constant<F: Scalar>(
    config: &Config,
    samples: &Samples<'_, F>,
    step: usize,
    of_y: &[Column],
) -> Result<f64, Error> {
    let link = config.link();
    let bias = |mean: f64| match link {
        Link::Identity => mean,
        Link::Softmax | Link::Log => libm::log(mean.max(1e-12)),
        Link::Logistic => {
            let mean = mean.clamp(1e-12, 1.0 - 1e-12);
            libm::log(mean / (1.0 - mean))
        }
    };
    let mut parameters = Parameters::zeros("the constant answer", of_y.len(), 1)?;
    for (target, column) in parameters.biases.iter_mut().zip(of_y) {
        *target = F::from_f64(bias(column.mean));
    }
    let network = Network::new(vec![Layer::from_parts(parameters, Activation::Identity)], link)?;
    let y = samples.y.slice(s![..;step, ..]);
    let zero = [F::zero()];
    let x = ArrayView2::from_shape((y.nrows(), 1).strides((0, 0)), &zero);
    let x = x.map_err(|_| Error::TooLarge { what: "the constant answer", rows: y.nrows(), columns: 1 })?;
    let weights = match samples.weights {
        RowWeights::Equal => None,
        RowWeights::Given { weights, mean } => Some((weights.slice(s![..;step]), mean)),
    };
    let weights = match &weights {
        None => RowWeights::Equal,
        Some((weights, mean)) => RowWeights::Given { weights, mean: *mean },
    };
    let samples = Samples::checked(&x, &y, weights);
    let (mut criterion, mut memory) = (Criterion::reported(config), BlockMemory::default());
    mean_loss(&network, &mut criterion, &samples, &mut memory, &mut |_, _| {})
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::dnn::{Dnn, DnnBuilder};
    use crate::model::Loss;

    /// The loss of the mean of `y`.
    fn constant_of(builder: DnnBuilder<f64>, y: &Array2<f64>) -> f64 {
        let samples = Samples::checked(y, y, RowWeights::Equal);
        constant(&builder.settings().unwrap(), &samples, 1, &columns(y, 0..y.nrows())).unwrap()
    }

    #[test]
    fn the_constant_answer_has_the_known_losses() {
        let half = array![[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]];
        let softmax = constant_of(Dnn::builder().softmax(true), &half);
        assert!((softmax - 2.0_f64.ln()).abs() < 1e-12, "{softmax}");
        let logistic = constant_of(Dnn::builder().loss(Loss::BinaryCrossEntropy), &half);
        assert!((logistic - 2.0 * 2.0_f64.ln()).abs() < 1e-12, "{logistic}");
        let y = array![[1.0], [5.0]];
        assert_eq!(constant_of(Dnn::builder(), &y), 2.0);
        assert_eq!(constant_of(Dnn::builder().loss(Loss::Squared), &y), 2.0);
        let poisson = constant_of(Dnn::builder().loss(Loss::Poisson), &y);
        let expected = (3.0 - 1.0 + (1.0_f64 / 3.0).ln() + 3.0 - 5.0 + 5.0 * (5.0_f64 / 3.0).ln()) / 2.0;
        assert!((poisson - expected).abs() < 1e-12, "{poisson}");
    }

    #[test]
    fn columns_are_out_of_scale_at_the_documented_sizes() {
        let column = |x: Array2<f64>| out_of_scale(&columns(&x, 0..x.nrows())).map(|column| column.column);
        assert_eq!(column(array![[19.0, 0.0], [-19.0, 0.0]]), None);
        assert_eq!(column(array![[19.0, 21.0, -30.0], [-19.0, 20.0, -29.0]]), Some(2));
        assert_eq!(column(array![[0.01, 7.0], [0.0, 7.0]]), Some(0));
        assert_eq!(column(array![[0.01, 0.1], [0.0, 0.0]]), None);
        assert_eq!(column(array![[7.0, 0.0], [7.0, 0.0]]), None);
        assert_eq!(column(array![[0.1, 0.0], [0.1, 0.0], [0.1, 0.0]]), None);
        assert_eq!(column(array![[1e300, 0.0], [-1e300, 0.0]]), Some(0));
    }
}
