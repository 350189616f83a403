//! What both estimators share before training: the settings, the split of the rows, the scaling, and the run.

use ndarray::{Array1, Array2, ArrayRef1, ArrayRef2, Axis};

use super::trained::Trained;
use crate::activation::{Activation, Link};
use crate::data::StandardScaler;
use crate::descent::{RowWeights, WeightNames};
use crate::dnn::{Dnn, DnnBuilder};
use crate::error::{Error, Place};
use crate::kernel::{Matrix, Rows, Scalar, concrete};
use crate::training::EarlyStopping;
use crate::validate::{BETWEEN_0_AND_1, check_count_at, check_finite, check_length, check_range, collect};

/// The share of the rows for validation if early stopping is set, and no validation data.
const FRACTION: f64 = 0.1;

/// The settings of an estimator, and the data that it borrows.
#[derive(Clone, Debug)]
pub(super) struct Recipe<'a, F: Scalar> {
    /// The name of the estimator's type.
    estimator: &'static str,
    hidden: Vec<usize>,
    /// The preset with the user's settings. Its sizes are set by `net`.
    builder: DnnBuilder<F>,
    pub(super) validation_fraction: Option<f64>,
    pub(super) early_stopping: Option<EarlyStopping>,
    pub(super) sample_weights: Option<&'a ArrayRef1<F>>,
    pub(super) validation_weights: Option<&'a ArrayRef1<F>>,
    column_names: Option<Vec<String>>,
    /// Whether a bar shows the progress.
    pub(super) is_shown: bool,
}

/// A preset: a builder for numbers of inputs, of hidden neurons and of outputs.
type Preset<F> = fn(usize, &[usize], usize) -> DnnBuilder<F>;

impl<'a, F: Scalar> Recipe<'a, F> {
    pub(super) fn new(
        estimator: &'static str,
        hidden: impl IntoIterator<Item = usize>,
        preset: Preset<F>,
    ) -> Self {
        let sizes = collect(hidden);
        // Two outputs: the preset for a single one has another loss.
        let builder = preset(1, &sizes, 2);
        Self {
            estimator,
            hidden: sizes,
            builder,
            validation_fraction: None,
            early_stopping: None,
            sample_weights: None,
            validation_weights: None,
            column_names: None,
            is_shown: false,
        }
    }

    /// Changes settings of the network.
    pub(super) fn change(self, change: impl FnOnce(DnnBuilder<F>) -> DnnBuilder<F>) -> Self {
        Self { builder: change(self.builder), ..self }
    }

    pub(super) fn name_columns(&mut self, names: impl IntoIterator<Item = impl Into<String>>) {
        self.column_names = Some(collect(names.into_iter().map(Into::into)));
    }

    /// Builds the network for so many columns and outputs.
    fn net(&self, inputs: usize, outputs: usize) -> Result<Dnn<F>, Error> {
        for (layer, width) in self.hidden.iter().enumerate() {
            check_count_at("hidden", Place::Index(layer), *width)?;
        }
        let shape = |outputs| Vec::from_iter(self.hidden.iter().copied().chain([outputs]));
        if !self.builder.has_sizes(1, &shape(2)) {
            let found = "settings with input_shape or shape";
            let other =
                format!("{}::new, which has the hidden layers; the data have the rest", self.estimator);
            return Err(Error::conflict("settings", found, other));
        }
        self.builder.clone().input_shape(inputs).shape(shape(outputs)).build()
    }

    /// The share of the rows that is split off for validation.
    pub(super) fn fraction(&self, has_validation: bool) -> Result<Option<f64>, Error> {
        if self.validation_weights.is_some() && !has_validation {
            return Err(Error::NotSet { name: "validation", needed_by: "validation_weights" });
        }
        match (self.validation_fraction, has_validation) {
            (Some(fraction), true) => {
                let found = format!("validation_fraction({fraction:?})");
                let other = "validation, which gives the validation data";
                Err(Error::conflict("validation_fraction", found, other))
            }
            (Some(fraction), false) => {
                check_range::<f64>("validation_fraction", BETWEEN_0_AND_1, fraction).map(|()| Some(fraction))
            }
            (None, false) => Ok(self.early_stopping.as_ref().map(|_| FRACTION)),
            (None, true) => Ok(None),
        }
    }

    /// Checks everything that does not depend on the kind of estimator, and builds the network for `outputs` outputs.
    /// It checks the values before they are split, so that an error names the row of the user's array.
    pub(super) fn prepare(&self, x: &ArrayRef2<F>, outputs: usize) -> Result<Dnn<F>, Error> {
        check_finite("x", x)?;
        if let Some(names) = &self.column_names {
            check_length("column_names", names.len(), x.ncols())?;
        }
        if let Some(weights) = self.sample_weights {
            RowWeights::new(WeightNames::OF_SAMPLES, weights, x.nrows(), None)?;
        }
        self.net(x.ncols(), outputs)
    }

    /// Scales the data and trains the network.
    pub(super) fn train<'b>(&'b self, net: Dnn<F>, plan: Plan<'b, F>) -> Result<Trained<F>, Error> {
        train(self, net, plan)
    }
}

/// Rows x with their targets and weights.
pub(super) struct Part<'a, F> {
    pub(super) x: &'a ArrayRef2<F>,
    pub(super) y: &'a ArrayRef2<F>,
    pub(super) weights: Option<&'a ArrayRef1<F>>,
}

/// Rows of its own.
struct Selected<F> {
    x: Array2<F>,
    y: Array2<F>,
    weights: Option<Array1<F>>,
}

impl<F: Scalar> Part<'_, F> {
    /// Copies some of the rows.
    fn select(&self, rows: &[usize]) -> Result<Selected<F>, Error> {
        let select = |array: &ArrayRef2<F>| -> Result<Array2<F>, Error> {
            let what = "the rows of a split";
            let mut selected = Matrix::zeros_of_array(what, rows.len(), array.ncols())?;
            selected.load(what, array, &Rows::Indices(rows))?;
            Ok(selected.into_array())
        };
        let weights = self.weights.map(|weights| weights.select(Axis(0), rows));
        Ok(Selected { x: select(self.x)?, y: select(self.y)?, weights })
    }
}

impl<F: Scalar> Selected<F> {
    fn part(&self) -> Part<'_, F> {
        Part { x: &self.x, y: &self.y, weights: self.weights.as_deref() }
    }
}

/// The rows of a run.
pub(super) struct Plan<'a, F> {
    pub(super) all: Part<'a, F>,
    /// Validation data of the user.
    pub(super) validation: Option<Part<'a, F>>,
    /// The rows for training and those for validation.
    pub(super) split: Option<(Vec<usize>, Vec<usize>)>,
    pub(super) scales_targets: bool,
}

concrete!(
    fn train<'a, F>(recipe: &'a Recipe<'a, F>, net: Dnn<F>, plan: Plan<'a, F>) -> Result<Trained<F>, Error> {
        let mut net = net;
        let Plan { all, validation, split, scales_targets } = plan;
        let selected = match &split {
            Some((train, test)) => Some((all.select(train)?, all.select(test)?)),
            None => None,
        };
        let (part, held_out) = match &selected {
            Some((train, test)) => (train.part(), Some(test.part())),
            None => (all, None),
        };
        let scaler = StandardScaler::fit(part.x)?;
        let target_scaler = scales_targets.then(|| StandardScaler::fit(part.y)).transpose()?;
        let scaled = |part: &Part<'_, F>| -> Result<_, Error> {
            let y = target_scaler.as_ref().map(|scaler| scaler.transform(part.y));
            Ok((scaler.transform(part.x)?, y.transpose()?))
        };
        let of_validation =
            |error| if validation.is_some() { Error::Validation(Box::new(error)) } else { error };
        let (x, y) = scaled(&part)?;
        let y = y.as_deref().unwrap_or(part.y);
        let other = validation.as_ref().or(held_out.as_ref());
        let other_scaled = other.map(|part| scaled(part).map_err(of_validation)).transpose()?;
        let other = other.zip(other_scaled.as_ref()).map(|(part, (x, y))| {
            let y = y.as_deref().unwrap_or(part.y);
            (x, y, part.weights)
        });

        let mut training = net.training(&x, y);
        if let Some(weights) = part.weights {
            training = training.sample_weights(weights);
        }
        if let Some((x, y, weights)) = other {
            training = training.validation(x, y);
            if let Some(weights) = weights {
                training = training.validation_weights(weights);
            }
        }
        if let Some(early_stopping) = &recipe.early_stopping {
            training = training.early_stopping(early_stopping.clone());
        }
        let report = training.shown(recipe.is_shown).run()?;
        Ok(Trained { net, scaler, target_scaler, report, column_names: recipe.column_names.clone() })
    }
);

/// Whether an output scaler can be merged into the network: only then are targets standardised.
pub(super) fn is_linear<F: Scalar>(net: &Dnn<F>) -> bool {
    let network = net.network();
    network.link() == Link::Identity && network.last().activation() == Activation::Identity
}
