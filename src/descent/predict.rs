//! Predictions, with their checks: of many rows, of one, and of classes.

use ndarray::{Array1, Array2, ArrayRef2, ArrayView1, ArrayView2, Axis};

use super::answers::answers;
use super::blocks::blocks;
use super::by_hand::check_and_compute;
use super::pass::Pass;
use crate::error::{Error, Rival};
use crate::kernel::{Matrix, Scalar, concrete};
use crate::model::{Loss, Network};
use crate::validate::{check_inputs, check_length};

/// The rows whose classes are computed at a time: enough for several threads.
const ROWS: usize = 4096;

concrete!(
    /// Ŷ for the rows of `x`.
    pub(crate) fn predict<'a, F>(network: &'a Network<F>, x: &'a ArrayRef2<F>) -> Result<Array2<F>, Error> {
        check_inputs(x, network.inputs())?;
        let mut answer = Matrix::zeros_of_array("the output", x.nrows(), network.outputs())?;
        answers(network, x, 0..x.nrows(), answer.values_mut())?;
        Ok(answer.into_array())
    }
);

concrete!(
    /// ŷ for the row `x`.
    pub(crate) fn predict_row<'a, F>(network: &'a Network<F>, x: &'a [F]) -> Result<Vec<F>, Error> {
        check_length("x", x.len(), network.inputs())?;
        // As long as the biases of the last layer, so it fits in memory.
        let mut answer = vec![F::zero(); network.outputs()];
        answers(network, &as_row(x), 0..1, &mut answer)?;
        Ok(answer)
    }
);

concrete!(
    /// ŷ for the row `x` into `y`, in the memory of `pass`.
    pub(crate) fn predict_row_into<'a, F>(
        network: &'a Network<F>,
        x: &'a [F],
        y: &'a mut [F],
        pass: &'a mut Pass<F>,
    ) -> Result<(), Error> {
        check_length("x", x.len(), network.inputs())?;
        check_length("y", y.len(), network.outputs())?;
        check_and_compute(network, &as_row(x), pass)?;
        let (_, outputs) = pass.parts();
        y.copy_from_slice(outputs.answer().values());
        Ok(())
    }
);

/// A row as a matrix, `(1, n)`.
pub(super) fn as_row<F>(values: &[F]) -> ArrayView2<'_, F> {
    ArrayView1::from(values).insert_axis(Axis(0))
}

concrete!(
    /// The class of each row of `x`.
    pub(crate) fn predict_classes<'a, F>(
        network: &'a Network<F>,
        loss: Loss,
        x: &'a ArrayRef2<F>,
    ) -> Result<Array1<usize>, Error> {
        check_classes(loss, network.outputs())?;
        check_inputs(x, network.inputs())?;
        let mut classes = Vec::new();
        let too_large = |_| Error::TooLarge { what: "the classes", rows: x.nrows(), columns: 1 };
        classes.try_reserve_exact(x.nrows()).map_err(too_large)?;
        let mut answer = Matrix::default();
        for rows in blocks(0..x.nrows(), ROWS) {
            answer.resize("the output", rows.len(), network.outputs())?;
            answers(network, x, rows, answer.values_mut())?;
            classes.extend(answer.each_row().map(class));
        }
        Ok(Array1::from(classes))
    }
);

/// An error for a network that predicts values.
fn check_classes(loss: Loss, outputs: usize) -> Result<(), Error> {
    if loss.is_of_values(outputs) {
        let loss = format!("{loss:?}");
        return Err(Error::conflict("predict_classes", "predict_classes", Rival::Values { outputs, loss }));
    }
    Ok(())
}

/// The class of a row of the output.
fn class<F: Scalar>(output: &[F]) -> usize {
    if let [output] = output {
        return usize::from(output.as_f64() >= 0.5);
    }
    let first_largest =
        |best: (usize, F), (column, &value)| if value > best.1 { (column, value) } else { best };
    output.iter().enumerate().fold((0, F::neg_infinity()), first_largest).0
}
