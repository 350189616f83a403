//! Other settings, another element type, merged scalers.

use crate::data::StandardScaler;
use crate::dnn::{Dnn, DnnBuilder, reconfigure};
use crate::error::Error;
use crate::kernel::Scalar;

impl<F: Scalar> Dnn<F> {
    /// Changes settings of the network and keeps its state: parameters, velocity, iterations, generator.
    ///
    /// `change` gets a builder with the present settings as defaults, and sets the new values. Two settings also
    /// change the state. A new `seed` seeds the generator of the permutations again, and gives other masks of
    /// dropout. A new optimizer sets the velocity to 0 if it cannot continue with the old one: that of momentum and
    /// Nesterov momentum, of Adam and AdamW with the same β₁ and β₂, or of RMSProp with the same ρ. `init` has no
    /// effect.
    ///
    /// # Errors
    /// [`Error::Conflict`] if `input_shape`, `shape` or `activations` contradict the network; [`Error::Shape`] unless
    /// `dropout`, if it is set, has a rate for each hidden layer; [`Error::OutOfRange`] and [`Error::Conflict`] as for
    /// [`build`](DnnBuilder::build); [`Error::TooLarge`]. With Adam, AdamW and RMSProp, only a momentum that `change`
    /// sets is a conflict.
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn};
    /// # let mut net = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).max_epochs(2).build()?;
    /// # let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
    /// net.fit(&x, &y)?;
    /// net.reconfigure(|builder| builder.eta(0.01).minibatch_size(1))?;
    /// net.training(&x, &y).resume().run()?;
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn reconfigure(&mut self, change: impl FnOnce(DnnBuilder<F>) -> DnnBuilder<F>) -> Result<(), Error> {
        reconfigure(self, change)
    }

    /// Converts the network to the element type G. Every parameter and every velocity is rounded to the nearest
    /// value. Settings, iterations and generator stay the same. From f32 to f64, the conversion is exact.
    ///
    /// # Errors
    /// [`Error::NonFinite`] for a parameter, a velocity or a mean square beyond the range of G;
    /// [`Error::OutOfRange`] for a setting that leaves its range when it is rounded to G; [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::{Activation::Identity, Dnn};
    ///
    /// let net: Dnn = Dnn::builder().input_shape(2).shape([1]).activations([Identity]).build()?;
    /// let small: Dnn<f32> = net.cast()?;
    /// assert_eq!(small.layers()[0].biases()[0], net.layers()[0].biases()[0] as f32);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn cast<G: Scalar>(&self) -> Result<Dnn<G>, Error> {
        self.config.check::<G>()?;
        Ok(Dnn::from_state(self.config.clone(), self.state.cast()?))
    }

    /// Returns a network for raw data: its output for `x` is this network's output for `scaler.transform(x)`.
    ///
    /// Its first layer has the weights `W / s`, column by column, and the biases `b − W (m / s)`, where m and s
    /// are the scaler's means and scales, `(n₀)`. The settings stay, and the velocity is 0. Use the new network to
    /// predict, to save or to export; to train further, keep this one and scale the data.
    ///
    /// The merged weights lose accuracy where a column's mean is much larger than its scale: the error is about
    /// `m / s` times the rounding of F. In f32 that is 0.004 of a deviation at `m / s = 10,000`;
    /// [`cast`](Self::cast) the network to f64 first if this matters.
    ///
    /// # Errors
    /// [`Error::Shape`] unless the scaler has n₀ columns; [`Error::NonFinite`] for a weight or a bias that
    /// overflows.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Tanh, Dnn, StandardScaler};
    ///
    /// let x = array![[1.0, 500.0], [3.0, 700.0], [2.0, 900.0]];
    /// let net: Dnn = Dnn::builder().input_shape(2).shape([3]).activations([Tanh]).build()?;
    /// let scaler = StandardScaler::fit(&x)?;
    /// let raw = net.with_input_scaler(&scaler)?;
    /// let difference = raw.predict(&x)? - net.predict(&scaler.transform(&x)?)?;
    /// assert!(difference.iter().all(|difference| difference.abs() < 1e-14));
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn with_input_scaler(&self, scaler: &StandardScaler) -> Result<Self, Error> {
        self.with_network(|network| network.merge_input_scaler(scaler))
    }

    /// Returns a network with outputs in raw units: where this network's output is z, its output is
    /// `scaler.inverse_transform(z)`. Use it if the network was trained on targets that the scaler transformed.
    ///
    /// Its last layer has the weights `s W`, row by row, and the biases `s b + m`, where m and s are the scaler's
    /// means and scales, `(n_L)`. The settings stay, and the velocity is 0.
    ///
    /// # Errors
    /// [`Error::Conflict`] unless the last layer's activation is [`Activation::Identity`](crate::Activation::Identity)
    /// and the link is [`Link::Identity`](crate::Link::Identity); [`Error::Shape`] unless the scaler has n_L columns;
    /// [`Error::NonFinite`] for a weight or a bias that overflows.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Identity, Dnn, StandardScaler};
    ///
    /// let net: Dnn = Dnn::builder().input_shape(2).shape([1]).activations([Identity]).build()?;
    /// let (x, y) = (array![[1.0, 2.0], [3.0, 4.0]], array![[100.0], [300.0]]);
    /// let (of_x, of_y) = (StandardScaler::fit(&x)?, StandardScaler::fit(&y)?);
    /// let raw = net.with_input_scaler(&of_x)?.with_output_scaler(&of_y)?;
    /// let answer = of_y.inverse_transform(&net.predict(&of_x.transform(&x)?)?)?;
    /// assert!((raw.predict(&x)? - answer).iter().all(|difference| difference.abs() < 1e-12));
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn with_output_scaler(&self, scaler: &StandardScaler) -> Result<Self, Error> {
        self.with_network(|network| network.merge_output_scaler(scaler))
    }
}
