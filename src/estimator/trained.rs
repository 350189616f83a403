//! What both trained estimators share: the network, the scalers, the report, and the names of the columns.

use std::fmt;
use std::io::Write;

use ndarray::{Array2, ArrayRef2, ArrayView1, ArrayView2, Axis};

use crate::data::StandardScaler;
use crate::dnn::Dnn;
use crate::error::Error;
use crate::kernel::Scalar;
use crate::training::Report;
use crate::validate::{check_inputs, check_length};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trained<F: Scalar> {
    /// Takes scaled rows.
    pub(super) net: Dnn<F>,
    /// Of x.
    pub(super) scaler: StandardScaler,
    /// Of y, if the targets are standardised.
    pub(super) target_scaler: Option<StandardScaler>,
    pub(super) report: Report,
    pub(super) column_names: Option<Vec<String>>,
}

impl<F: Scalar> Trained<F> {
    /// Raw rows as the network takes them.
    pub(super) fn scaled(&self, x: &ArrayRef2<F>) -> Result<Array2<F>, Error> {
        check_inputs(x, self.net.input_shape())?;
        self.scaler.transform(x)
    }

    /// The output for raw rows, in the unit of the raw targets.
    pub(super) fn outputs(&self, x: &ArrayRef2<F>) -> Result<Array2<F>, Error> {
        let outputs = self.net.predict(&self.scaled(x)?)?;
        match &self.target_scaler {
            Some(scaler) => scaler.inverse_transform(&outputs),
            None => Ok(outputs),
        }
    }

    /// A single row, checked, as an array of one row.
    pub(super) fn row<'x>(&self, x: &'x [F]) -> Result<ArrayView2<'x, F>, Error> {
        check_length("x", x.len(), self.net.input_shape())?;
        Ok(ArrayView1::from(x).insert_axis(Axis(0)))
    }

    /// A network that takes raw rows and returns raw targets.
    fn raw(&self) -> Result<Dnn<F>, Error> {
        let raw = self.net.with_input_scaler(&self.scaler)?;
        match &self.target_scaler {
            Some(scaler) => raw.with_output_scaler(scaler),
            None => Ok(raw),
        }
    }

    pub(super) fn write_onnx(&self, out: impl Write) -> Result<(), Error> {
        self.raw()?.write_onnx(out)
    }
}

impl<F: Scalar> fmt::Display for Trained<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(names) = &self.column_names {
            writeln!(f, "columns: {}", names.join(", "))?;
        }
        writeln!(f, "{}", self.net)?;
        write!(f, "{}", self.report)
    }
}
