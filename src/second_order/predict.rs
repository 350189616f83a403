//! Predictions with their deviations: the linearised Laplace approximation.

use std::fmt;

use ndarray::{Array2, ArrayRef2, s};

use super::exact::rows_in_f64;
use super::jacobian::Jacobian;
use super::penalty::parameters_of;
use super::point::converted;
use super::posterior::Posterior;
use crate::activation::Link;
use crate::descent::{RowWeights, Samples, answers, blocks};
use crate::dnn::Dnn;
use crate::error::{Error, Place};
use crate::kernel::{Matrix, PANEL_WIDTH, Scalar, concrete};
use crate::model::Layer;
use crate::validate::{check_columns, check_finite, first_not_finite};

impl<F: Scalar> Posterior<F> {
    /// The prediction for each row of `x` `(m, n₀)`, and the deviation of a new observation from it: both `(m, n_L)`. m
    /// may be 0.
    ///
    /// The mean is [`net.predict(x)`](Dnn::predict), with the same bits. With the derivatives j of an output with
    /// respect to the parameters, and H as in [`Posterior`], the variance is that of the noise and that of the mean:
    ///
    /// `deviation = √(1/β + j H⁻¹ jᵀ)`
    ///
    /// Where data are near, the first part dominates; far from all data the second one grows. If the model fits, about
    /// 68 % of new observations are within one deviation of the mean, and 95 % within 1.96. The output is taken as
    /// linear in the parameters, and the noise as equal everywhere.
    ///
    /// It takes about p² / 2 multiplications for each value, and memory for a block of rows.
    ///
    /// # Sources
    /// - D. J. C. MacKay, *A practical Bayesian framework for backpropagation networks*, Neural Computation 4, 1992
    /// - C. M. Bishop, *Pattern recognition and machine learning*, 2006, section 5.7.1
    ///
    /// # Errors
    /// [`Error::Foreign`] if the network has another shape than that of the run; [`Error::Conflict`] if it has another
    /// link, other activations or other parameters: a later `fit` changes these. [`Error::Singular`] if the run had no
    /// L2 and left a parameter undetermined; [`Error::OutOfRange`] if the parameters use up all observed values, so
    /// that the noise is unknown. [`Error::Shape`] and [`Error::NonFinite`] for `x`; [`Error::NonFinite`] for an output
    /// or a deviation that is not finite; [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::{Array2, array};
    /// use ndarray_dnn::{Activation::{Identity, Tanh}, Dnn, Init, Loss};
    ///
    /// let x = Array2::from_shape_fn((60, 1), |(i, _)| i as f64 / 30.0 - 1.0);
    /// // A sine, and a noise of 0.1 that a formula draws
    /// let noise = |i: usize| 0.1 * 2.0_f64.sqrt() * (i as f64 * i as f64).sin();
    /// let y = Array2::from_shape_fn((60, 1), |(i, _)| (3.0 * x[[i, 0]]).sin() + noise(i));
    /// let mut net = Dnn::builder().input_shape(1).shape([8, 1]).activations([Tanh, Identity])
    ///     .init(Init::Glorot).loss(Loss::Squared).build()?;
    /// let (_, posterior) = net.levenberg_marquardt(&x, &y).evidence(true).run()?;
    ///
    /// let (mean, deviation) = posterior.predict(&net, &array![[0.0], [3.0]])?;
    /// // Between the data the noise is all; far outside, nobody knows.
    /// assert!(0.08 < deviation[[0, 0]] && deviation[[0, 0]] < 0.12);
    /// assert!(deviation[[1, 0]] > 0.3);
    /// println!("{:.2} ± {:.2}", mean[[0, 0]], 1.96 * deviation[[0, 0]]);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn predict(&self, net: &Dnn<F>, x: &ArrayRef2<F>) -> Result<(Array2<F>, Array2<F>), Error> {
        self.check_network(net)?;
        self.predict_with_deviation(x)
    }

    /// [`predict`](Self::predict) by the posterior alone, which has a copy of the network: the prediction for each row
    /// of `x` `(m, n₀)` and the deviation of a new observation from it, both `(m, n_L)`.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict), but for the network.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::{Array2, array};
    /// use ndarray_dnn::{Activation::Identity, Dnn};
    ///
    /// let x = Array2::from_shape_fn((20, 1), |(i, _)| i as f64 / 9.5 - 1.0);
    /// let y = Array2::from_shape_fn((20, 1), |(i, _)| x[[i, 0]] + if i % 2 == 0 { 0.1 } else { -0.1 });
    /// let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).build()?;
    /// let (_, posterior) = net.levenberg_marquardt(&x, &y).run()?;
    ///
    /// let (mean, deviation) = posterior.predict_with_deviation(&array![[0.0], [2.0]])?;
    /// assert_eq!((mean, deviation), posterior.predict(&net, &array![[0.0], [2.0]])?);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn predict_with_deviation(&self, x: &ArrayRef2<F>) -> Result<(Array2<F>, Array2<F>), Error> {
        predict(self, x)
    }

    /// The deviation of the mean for each row of `x` `(m, n₀)`, `√(j H⁻¹ jᵀ)`, `(m, n_L)`: how far the prediction
    /// itself may be from the true function. See [`predict`](Self::predict), whose deviation contains the noise too.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict).
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::{Array2, array};
    /// use ndarray_dnn::{Activation::Identity, Dnn};
    ///
    /// // A straight line through noisy points: the mean is known best in their middle.
    /// let x = Array2::from_shape_fn((20, 1), |(i, _)| i as f64 / 9.5 - 1.0);
    /// let y = Array2::from_shape_fn((20, 1), |(i, _)| x[[i, 0]] + if i % 2 == 0 { 0.1 } else { -0.1 });
    /// let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).regularization(0.0).build()?;
    /// let (_, posterior) = net.levenberg_marquardt(&x, &y).run()?;
    /// let deviation = posterior.deviation_of_mean(&net, &array![[0.0], [1.0], [5.0]])?;
    /// // Those of linear regression: s √(1/n + x² / Σx²)
    /// let s = posterior.noise_variance().unwrap().sqrt();
    /// let expected = |at: f64| s * (1.0 / 20.0 + at * at / x.iter().map(|x| x * x).sum::<f64>()).sqrt();
    /// for (found, at) in deviation.iter().zip([0.0, 1.0, 5.0]) {
    ///     assert!((found - expected(at)).abs() < 1e-9);
    /// }
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn deviation_of_mean(&self, net: &Dnn<F>, x: &ArrayRef2<F>) -> Result<Array2<F>, Error> {
        self.check_network(net)?;
        deviations(self, x, false)
    }

    /// Checks that the network is that of the run, with the parameters that the run has found.
    fn check_network(&self, net: &Dnn<F>) -> Result<(), Error> {
        let network = net.network();
        network.check_sizes("posterior", self.network.sizes())?;
        let conflict = |found: String| Err(Error::conflict("net", found, "the posterior of another one"));
        let link = network.link();
        if link != Link::Identity {
            return conflict(format!("a network with the link {link}"));
        }
        let [found, expected] =
            [network, &self.network].map(|network| network.layers().iter().map(Layer::activation));
        if !found.eq(expected) {
            return conflict("a network of other activations".to_owned());
        }
        if !parameters_of(network).eq(parameters_of(&self.network)) {
            return conflict("a network of other parameters".to_owned());
        }
        Ok(())
    }
}

concrete!(
    fn predict<'a, F>(
        posterior: &'a Posterior<F>,
        x: &'a ArrayRef2<F>,
    ) -> Result<(Array2<F>, Array2<F>), Error> {
        let deviation = deviations(posterior, x, true)?;
        let mut mean = Matrix::zeros_of_array("the output", x.nrows(), posterior.network.outputs())?;
        answers(&posterior.network, x, 0..x.nrows(), mean.values_mut())?;
        Ok((mean.into_array(), deviation))
    }
);

concrete!(
    fn deviations<'a, F>(
        posterior: &'a Posterior<F>,
        x: &'a ArrayRef2<F>,
        with_noise: bool,
    ) -> Result<Array2<F>, Error> {
        const WHAT: &str = "the deviation";
        check_columns("x", x, posterior.network.inputs())?;
        let (rows, outputs) = (x.nrows(), posterior.network.outputs());
        let mut deviations = Matrix::zeros_of_array(WHAT, rows, outputs)?;
        check_finite("x", x)?;
        let noise = noise_of(posterior, outputs)?;
        let of_mean = noise / posterior.observations;
        if rows > 0 {
            let of_new = if with_noise { noise } else { 0.0 };
            squares(posterior, x, |at, square| {
                if let Some(place) = deviations.values_mut().get_mut(at) {
                    *place = F::from_f64((of_new + of_mean * square).sqrt());
                }
            })?;
        }
        match first_not_finite(deviations.values()) {
            None => Ok(deviations.into_array()),
            Some(at) => Err(Error::NonFinite { what: WHAT, row: at / outputs, column: at % outputs }),
        }
    }
);

/// The variance 1/β of the noise.
fn noise_of<F: Scalar>(posterior: &Posterior<F>, outputs: usize) -> Result<f64, Error> {
    posterior.factor()?;
    let gamma = posterior.effective_parameters().unwrap_or(f64::NAN);
    posterior.noise_variance().ok_or_else(|| Error::OutOfRange {
        name: "the number of observed values",
        at: Place::Whole,
        range: format!("greater than {gamma:.4}, the effective number of parameters").into(),
        value: posterior.observations * outputs as f64,
    })
}

/// Calls `take` with the place of each output of each row of `x`, and with `‖L⁻¹ jᵀ‖² = j (JᵀJ/n + λR)⁻¹ jᵀ`.
fn squares<F: Scalar>(
    posterior: &Posterior<F>,
    x: &ArrayRef2<F>,
    mut take: impl FnMut(usize, f64),
) -> Result<(), Error> {
    let (factor, size) = (posterior.factor()?, posterior.parameter_count());
    let network = converted(&posterior.network)?;
    let outputs = network.outputs();
    let mut jacobian = Jacobian::new(&network, x.nrows())?;
    // The derivatives do not depend on the targets.
    let y = Matrix::zeros_of_array("the targets", jacobian.block, outputs)?.into_array();
    // Several right sides side by side.
    let mut columns = Matrix::zeros("the derivatives of a row", factor.padded(), PANEL_WIDTH)?;
    for rows in blocks(0..x.nrows(), jacobian.block) {
        let first = rows.start;
        let x = x.slice(s![rows, ..]);
        let (x, y) = (rows_in_f64(&x)?, y.slice(s![..x.nrows(), ..]));
        let (samples, count) = (Samples::checked(&x, &y, RowWeights::Equal), x.nrows());
        let block = jacobian.evaluate(&network, &samples, 0..count)?.differentiate()?;
        // In J, the rows of output 0 come first, then those of output 1, …
        for here in blocks(0..block.rows, PANEL_WIDTH) {
            let columns = columns.values_mut();
            columns.fill(0.0);
            for (column, row) in here.clone().enumerate() {
                let places = columns.iter_mut().skip(column).step_by(PANEL_WIDTH);
                places.zip(block.row(row)).take(size).for_each(|(place, value)| *place = *value);
            }
            factor.half_solve(columns, 0);
            for (column, row) in here.enumerate() {
                let square =
                    columns.iter().skip(column).step_by(PANEL_WIDTH).map(|value| value * value).sum();
                take((first + row % count) * outputs + row / count, square);
            }
        }
    }
    Ok(())
}

/// What a run knows about its result, in a line.
impl<F: Scalar> fmt::Display for Posterior<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parameters: {}", self.parameter_count())?;
        if let Some(gamma) = self.effective_parameters() {
            write!(f, ", {gamma:.1} of them effective")?;
        }
        write!(f, ". λ: {:.3e}. loss: {:.5e}. ", self.regularization(), self.loss())?;
        if let Some(loss) = self.leave_one_out_loss() {
            write!(f, "leave-one-out loss: {loss:.5e}. ")?;
        }
        if let Some(noise) = self.noise_variance() {
            write!(f, "noise: ±{:.3e}. ", noise.sqrt())?;
        }
        write!(f, "gradient: {:.2e}", self.gradient_norm())?;
        self.smallest_curvature()
            .map_or(Ok(()), |curvature| write!(f, ". smallest curvature: {curvature:.3e}"))
    }
}
