//! Prediction and the objective, in blocks of rows, so that memory does not grow with the rows.

use ndarray::{Array2, ArrayRef2};

use crate::kernel::{self, Matrix, MatrixView, Rows};
use crate::pass::cost;
use crate::validate::{check_columns, check_finite};
use crate::{Dnn, Error, Pass, Scalar, loss};

/// The rows of a block.
const BLOCK: usize = 256;

impl<F: Scalar> Dnn<F> {
    /// The network's answer Ŷ `(m, n_L)` to `x` `(m, n₀)`; without rows, none.
    ///
    /// Memory beside the answer does not grow with m. To predict without allocating, see
    /// [`compute_into`](Self::compute_into).
    ///
    /// # Errors
    /// [`Error::ColumnCount`] and [`Error::NonFinite`] for `x`, [`Error::NonFinite`] for an output that is
    /// not finite, [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::{array, Array2};
    /// use ndarray_dnn::{Activation::Identity, Dnn, Layer};
    ///
    /// let net = Dnn::builder().build_from([Layer::new(array![[2.0, -1.0]], array![0.5], Identity)?])?;
    /// assert_eq!(net.predict(&array![[1.0, 1.0], [0.0, 3.0]])?, array![[1.5], [-2.5]]);
    /// assert_eq!(net.predict(&Array2::zeros((0, 2)))?.dim(), (0, 1));
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn predict(&self, x: &ArrayRef2<F>) -> Result<Array2<F>, Error> {
        check_columns("x", x, self.input_shape())?;
        let mut answer = Matrix::zeros("the output", x.nrows(), self.output_shape())?;
        let columns = self.output_shape();
        let mut pass = Pass::default();
        check_finite("x", x)?;
        let (of_all, of_a_block) = (cost(self.layers(), x.nrows()), cost(self.layers(), BLOCK));
        kernel::in_pool(of_all, of_a_block, || {
            let targets = answer.values_mut().chunks_mut(BLOCK * columns);
            for (rows, target) in blocks(x.nrows()).zip(targets) {
                self.forward_block(x, rows, &mut pass)?;
                target.copy_from_slice(pass.answer().values());
            }
            Ok(())
        })?;
        Ok(answer.into_array())
    }

    /// What the steps descend: the mean over the rows of `½‖y − ŷ‖²`, with softmax of the cross-entropy
    /// `−Σ y·ln ŷ`, plus `½·λ‖θ‖²` over all weights and biases.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::RowCount`], [`Error::ColumnCount`] and [`Error::NonFinite`] for `x` and `y`,
    /// with softmax [`Error::NotADistribution`]; [`Error::NonFinite`] for an output that is not finite,
    /// [`Error::TooLarge`].
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::ndarray::array;
    /// use ndarray_dnn::{Activation::Identity, Dnn, Layer};
    ///
    /// let layer = Layer::new(array![[2.0]], array![0.0], Identity)?;
    /// let net = Dnn::builder().regularization(0.5).build_from([layer])?;
    /// // ½·3² of the data, ½·0.5·2² of the weight
    /// assert_eq!(net.objective(&array![[1.0]], &array![[5.0]])?, 5.5);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn objective(&self, x: &ArrayRef2<F>, y: &ArrayRef2<F>) -> Result<f64, Error> {
        self.check_shapes(x, y)?;
        self.check_values(x, y)?;
        let mut pass = Pass::default();
        let mut d = Matrix::default();
        let mut sum = 0.0;
        let (of_all, of_a_block) = (cost(self.layers(), x.nrows()), cost(self.layers(), BLOCK));
        kernel::in_pool(of_all, of_a_block, || {
            for rows in blocks(x.nrows()) {
                self.forward_block(x, rows.clone(), &mut pass)?;
                d.load("d", y, &Rows::Window(rows))?;
                sum += loss::error_and_loss(&pass, &mut d, loss::half_squares);
            }
            Ok(())
        })?;
        Ok(sum / x.nrows() as f64 + loss::penalty(&self.state.layers, self.config.regularization))
    }

    /// The forward pass over a window of `x`, its output found finite.
    fn forward_block(
        &self,
        x: &ArrayRef2<F>,
        rows: std::ops::Range<usize>,
        pass: &mut Pass<F>,
    ) -> Result<(), Error> {
        let first = rows.start;
        let rows = Rows::Window(rows);
        match MatrixView::of_rows(x, &rows) {
            // Where the array is row-major the block is read where it stands.
            Some(block) => pass.forward_from(self.layers(), self.config.softmax, block)?,
            None => pass.forward(self.layers(), self.config.softmax, x, &rows)?,
        }
        check_finite("the output", &pass.output()).map_err(|error| match error {
            Error::NonFinite { what, row, column } => Error::NonFinite { what, row: first + row, column },
            other => other,
        })
    }
}

/// 0..rows in blocks.
fn blocks(rows: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..rows).step_by(BLOCK).map(move |start| start..rows.min(start + BLOCK))
}
