//! The regressor before training: its settings, and `fit`.

use ndarray::{ArrayRef1, ArrayRef2, ArrayView2};

use super::checks::check_targets;
use super::recipe::{Part, Plan, Recipe, is_linear};
use super::setters::setters;
use super::trained_regressor::TrainedRegressor;
use crate::data::{Targets, train_test_split};
use crate::dnn::{Dnn, DnnBuilder};
use crate::error::Error;
use crate::kernel::Scalar;
use crate::training::EarlyStopping;
use crate::validate::{check_columns, check_finite};

/// A regressor that learns values in their own units from raw rows. [`fit`](Self::fit) returns the
/// [`TrainedRegressor`].
///
/// It puts together what one would otherwise keep together oneself: a [`StandardScaler`](crate::StandardScaler) of x,
/// one of y, a network of [`Dnn::regressor`], and one file for all of them. F is the element type, which follows from
/// the arguments of `fit`.
///
/// Targets that are not standardised are the most frequent reason why a network does not learn: with targets near
/// 1,000, the first thousand updates only move the bias of the last layer. The regressor standardises them, and its
/// predictions have the unit of the targets again.
///
/// # Default
/// All rows are for training, for the number of epochs of [`Dnn::regressor`], without early stopping. See
/// [`validation_fraction`](Self::validation_fraction) for what was measured.
///
/// # Examples
/// ```
/// use ndarray_dnn::Regressor;
/// use ndarray_dnn::ndarray::Array2;
///
/// // A price of about 1,000 for a size and an age.
/// let x = Array2::from_shape_fn((200, 2), |(i, j)| if j == 0 { 50.0 + i as f64 } else { (i % 7) as f64 });
/// let prices = Vec::from_iter(x.rows().into_iter().map(|row| 400.0 + 6.0 * row[0] - 20.0 * row[1]));
/// let model = Regressor::new([16]).seed(7).fit(&x, &prices)?;
/// assert!(model.score(&x, &prices)? > 0.99);
/// let price = model.predict_row(&[100.0, 3.0])?;
/// assert!((price[0] - 940.0).abs() < 30.0, "{price:?}");
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
///
/// `fit` saves these lines, and gives the same bits:
/// ```
/// use ndarray_dnn::ndarray::array;
/// use ndarray_dnn::{Dnn, Regressor, StandardScaler};
///
/// let (x, y) = (array![[1.0], [2.0], [3.0]], array![[100.0], [300.0], [600.0]]);
/// let (of_x, of_y) = (StandardScaler::fit(&x)?, StandardScaler::fit(&y)?);
/// let mut net = Dnn::regressor(x.ncols(), &[16], y.ncols()).seed(7).build()?;
/// net.fit(&of_x.transform(&x)?, &of_y.transform(&y)?)?;
/// let answers = of_y.inverse_transform(&net.predict(&of_x.transform(&x)?)?)?;
///
/// let model = Regressor::new([16]).seed(7).fit(&x, &y)?;
/// assert_eq!(*model.net(), net);
/// assert_eq!(model.predict(&x)?, answers);
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a regressor does nothing before `fit`"]
pub struct Regressor<'a, F: Scalar = f64> {
    recipe: Recipe<'a, F>,
    /// x and y of the user
    validation: Option<(&'a ArrayRef2<F>, ArrayView2<'a, F>)>,
}

impl<'a, F: Scalar> Regressor<'a, F> {
    /// A regressor with hidden layers of these numbers of neurons, each at least 1. Without hidden layers,
    /// `Regressor::new([])`, it is linear regression with L2.
    pub fn new(hidden: impl IntoIterator<Item = usize>) -> Self {
        Self { recipe: Recipe::new("Regressor", hidden, Dnn::regressor), validation: None }
    }

    setters!(regressor);

    /// Changes any setting of the network, on the builder of [`Dnn::regressor`]. Two of them are not for this:
    /// `input_shape` and `shape`, which follow from [`new`](Self::new) and the data.
    ///
    /// The network sees standardised targets, so the δ of [`Loss::Huber`](crate::Loss::Huber) is in standard deviations
    /// of y, and so are the losses of the report. With [`Loss::Poisson`](crate::Loss::Poisson) or
    /// [`Loss::BinaryCrossEntropy`](crate::Loss::BinaryCrossEntropy), or another last activation than the identity, the
    /// targets stay as they are.
    ///
    /// ```
    /// use ndarray_dnn::{Loss, Regressor};
    /// # use ndarray_dnn::ndarray::array;
    /// # let (x, y) = (array![[0.0], [1.0]], array![100.0, 200.0]);
    ///
    /// let regressor = Regressor::new([16]).settings(|builder| builder.loss(Loss::Absolute).eta(0.01));
    /// assert_eq!(regressor.fit(&x, &y)?.net().config().loss(), Loss::Absolute);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn settings(self, change: impl FnOnce(DnnBuilder<F>) -> DnnBuilder<F>) -> Self {
        Self { recipe: self.recipe.change(change), ..self }
    }

    /// The share of the rows that is held out for validation, as [`train_test_split`] with the seed of the network
    /// draws it. Default: none, or 0.1 with [`early_stopping`](Self::early_stopping); greater than 0 and less than 1.
    ///
    /// The scalers are those of the other rows.
    ///
    /// The default was measured: R² on a quarter of the rows that was kept apart, the mean over 8 seeds, with
    /// `Regressor::new([16])`; in brackets the number of epochs. Early stopping saves time, but the rows that it holds
    /// out are missed in training; only with much noise, as in the diabetes data, it predicts a little better.
    ///
    /// | | all rows | `EarlyStopping::new(10)` | `EarlyStopping::new(20)` | `EarlyStopping::new(50)` |
    /// |---|---|---|---|---|
    /// | diabetes, 442 rows | 0.471 (100) | 0.482 (20) | 0.481 (48) | 0.480 (75) |
    /// | Friedman's first problem, 200 rows | 0.810 (100) | 0.774 (66) | 0.800 (99) | 0.804 (109) |
    /// | Friedman's first problem, 2,000 rows | 0.929 (100) | 0.923 (46) | 0.926 (83) | 0.926 (98) |
    ///
    /// ```
    /// use ndarray_dnn::{EarlyStopping, Regressor};
    /// use ndarray_dnn::ndarray::Array2;
    ///
    /// let x = Array2::from_shape_fn((100, 1), |(i, _)| i as f64);
    /// let y = x.mapv(|x| 1000.0 + (0.1 * x).sin());
    /// let model = Regressor::new([16]).early_stopping(EarlyStopping::new(20)).fit(&x, &y)?;
    /// assert!(model.report().best_epoch().is_some());
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn validation_fraction(mut self, fraction: f64) -> Self {
        self.recipe.validation_fraction = Some(fraction);
        self
    }

    /// The validation data, in the same units as the training data: `x` `(m, columns)` and `y` `(m, k)`, or `(m)` for a
    /// single column. Default: none, or a part of the training data with
    /// [`validation_fraction`](Self::validation_fraction).
    pub fn validation(mut self, x: &'a ArrayRef2<F>, y: &'a (impl Targets<F> + ?Sized)) -> Self {
        self.validation = Some((x, y.columns()));
        self
    }

    /// The weight of each row, `(n)`; at least 0, finite, and not all 0. Default: 1 for each. See
    /// [`Training::sample_weights`](crate::training::Training::sample_weights). The scalers do not use the weights. The
    /// rows that are held out for validation keep theirs.
    pub fn sample_weights(mut self, weights: &'a ArrayRef1<F>) -> Self {
        self.recipe.sample_weights = Some(weights);
        self
    }

    /// The weight of each row of the data of [`validation`](Self::validation). Default: 1 for each.
    pub fn validation_weights(mut self, weights: &'a ArrayRef1<F>) -> Self {
        self.recipe.validation_weights = Some(weights);
        self
    }

    /// Trains a new network on `x` `(n, columns)` and `y` `(n, k)`, or `(n)` for a single column, both in their own
    /// units. Nothing about the regressor changes, so it can be used again.
    ///
    /// x and y are standardised, which takes a copy of each. Constant columns become 0; see
    /// [`StandardScaler`](crate::StandardScaler#constant-columns).
    ///
    /// # Errors
    /// [`Error::Empty`] for `x` and `y`; [`Error::Shape`] unless `y` has a row for each row of `x`, and there is a name
    /// and a weight, if they are set; [`Error::NonFinite`] for `x` and `y`, with the row and the column;
    /// [`Error::OutOfRange`] for a hidden layer without neurons, weights and `validation_fraction`; [`Error::Split`] if
    /// a split would leave a part without rows; [`Error::Conflict`] for `validation_fraction` with `validation`, and
    /// `input_shape` and `shape` in `settings`; an error of the validation data inside an [`Error::Validation`]; the
    /// errors of [`build`](DnnBuilder::build) and of [`run`](crate::training::Training::run).
    pub fn fit(
        &self,
        x: &ArrayRef2<F>,
        y: &(impl Targets<F> + ?Sized),
    ) -> Result<TrainedRegressor<F>, Error> {
        let y = y.columns();
        check_targets(x, &y)?;
        let net = self.recipe.prepare(x, y.ncols())?;
        check_finite("y", &y)?;
        let fraction = self.recipe.fraction(self.validation.is_some())?;
        let validation = match &self.validation {
            None => None,
            Some((x_other, y_other)) => {
                let checked = check_targets(x_other, y_other)
                    .and_then(|()| check_columns("x", x_other, x.ncols()))
                    .and_then(|()| check_columns("y", y_other, y.ncols()))
                    .and_then(|()| check_finite("x", x_other))
                    .and_then(|()| check_finite("y", y_other));
                checked.map_err(|error| Error::Validation(Box::new(error)))?;
                Some(Part { x: x_other, y: y_other, weights: self.recipe.validation_weights })
            }
        };
        let split = fraction.map(|fraction| train_test_split(x.nrows(), fraction, net.config().seed()));
        let scales_targets = is_linear(&net);
        let all = Part { x, y: &y, weights: self.recipe.sample_weights };
        let plan = Plan { all, validation, split: split.transpose()?, scales_targets };
        Ok(TrainedRegressor { trained: self.recipe.train(net, plan)? })
    }
}
