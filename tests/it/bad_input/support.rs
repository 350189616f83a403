//! A network with data, and the expected errors.

use ndarray_dnn::Activation::{Identity, Sigmoid};
use ndarray_dnn::error::Place;
use ndarray_dnn::ndarray::{Array2, array};
use ndarray_dnn::{BatchOrder, Dnn, DnnBuilder, Error, Gradients, Pass, Scalar};

pub(crate) use crate::common::ORDERS;
pub(crate) use crate::common::errors::{assert_refused, number, out_of_range, soon, wrong_shape};

/// 2 inputs, 3 hidden neurons, 2 outputs.
pub(crate) fn builder<F: Scalar>() -> DnnBuilder<F> {
    Dnn::builder().input_shape(2).shape([3, 2]).activations([Sigmoid, Identity])
}

/// A trained network with everything that its verbs take and fill.
#[derive(Clone, Debug)]
pub(crate) struct Bench {
    pub(crate) net: Dnn,
    pub(crate) x: Array2<f64>,
    pub(crate) y: Array2<f64>,
    pub(crate) pass: Pass,
    pub(crate) d: Array2<f64>,
    pub(crate) gradients: Gradients,
}

impl Bench {
    pub(crate) fn new(softmax: bool) -> Self {
        let x = array![[0.0, 1.0], [1.0, 0.0], [-1.0, 2.0]];
        let y = array![[1.0, 0.0], [0.25, 0.75], [0.0, 1.0]];
        let mut net =
            builder().softmax(softmax).batch_order(BatchOrder::Shuffled).max_epochs(2).build().unwrap();
        net.fit(&x, &y).unwrap();
        let pass = net.compute(&x).unwrap();
        let d = net.error(&pass, &y).unwrap();
        let gradients = net.bp(&pass, &d).unwrap();
        Self { net, x, y, pass, d, gradients }
    }

    /// Checks that a call is refused with this error and this text, and that it changes nothing.
    #[track_caller]
    pub(crate) fn refuses(
        &self,
        expected: &Error,
        text: &str,
        call: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) {
        let mut after = self.clone();
        assert_refused(call(&mut after), expected, text);
        assert_eq!(after.net, self.net);
        assert_eq!(after.gradients, self.gradients);
        assert_eq!(after.d, self.d);
        assert_eq!(format!("{:?}", after.pass), format!("{:?}", self.pass));
    }

    /// Checks every verb that takes a data set.
    #[track_caller]
    pub(crate) fn refuses_data(&self, x: &Array2<f64>, y: &Array2<f64>, expected: &Error, text: &str) {
        self.refuses(expected, text, |bench| bench.net.fit(x, y).map(drop));
        self.refuses(expected, text, |bench| bench.net.partial_fit(x, y).map(drop));
        self.refuses(expected, text, |bench| bench.net.objective(x, y).map(drop));
    }

    /// Checks every verb that takes x alone and needs rows.
    #[track_caller]
    pub(crate) fn refuses_batch(&self, x: &Array2<f64>, expected: &Error, text: &str) {
        self.refuses(expected, text, |bench| bench.net.compute(x).map(drop));
        self.refuses(expected, text, |bench| bench.net.compute_into(x, &mut bench.pass));
    }

    /// Checks every verb that takes x alone.
    #[track_caller]
    pub(crate) fn refuses_input(&self, x: &Array2<f64>, expected: &Error, text: &str) {
        self.refuses_batch(x, expected, text);
        self.refuses(expected, text, |bench| bench.net.predict(x).map(drop));
    }

    /// Checks every verb that takes a pass and y.
    #[track_caller]
    pub(crate) fn refuses_targets(&self, pass: &Pass, y: &Array2<f64>, expected: &Error, text: &str) {
        self.refuses(expected, text, |bench| bench.net.error(pass, y).map(drop));
        self.refuses(expected, text, |bench| bench.net.error_into(pass, y, &mut bench.d));
        self.refuses(expected, text, |bench| bench.net.loss(pass, y).map(drop));
    }

    /// Checks every verb that takes a pass and d.
    #[track_caller]
    pub(crate) fn refuses_error(&self, pass: &Pass, d: &Array2<f64>, expected: &Error, text: &str) {
        self.refuses(expected, text, |bench| bench.net.bp(pass, d).map(drop));
        self.refuses(expected, text, |bench| bench.net.bp_into(pass, d, &mut bench.gradients));
    }
}

/// A copy of `array` with one value replaced.
pub(crate) fn with(array: &Array2<f64>, at: [usize; 2], value: f64) -> Array2<f64> {
    let mut array = array.clone();
    array[at] = value;
    array
}

/// A setting that must be at least 1 and is 0.
pub(crate) fn zero(name: &'static str) -> Error {
    out_of_range(name, Place::Whole, "at least 1", 0.0)
}

/// Two things that cannot be combined.
pub(crate) fn conflict(name: &'static str, found: &str, other: &str) -> Error {
    Error::Conflict { name, found: found.into(), other: other.into() }
}
