//! Prediction and the objective, in blocks of rows, so that memory does not grow with the rows.

use std::ops::Range;

use ndarray::{Array2, ArrayRef2};

use crate::descent::pass::cost;
use crate::kernel::{self, Matrix, MatrixView, Rows};
use crate::model::loss;
use crate::validate::{check_columns, check_finite};
use crate::{Config, Dnn, Error, Pass, Scalar};

/// The rows of a block.
const BLOCK: usize = 256;

impl<F: Scalar> Dnn<F> {
    /// The network's answer Ŷ `(m, n_L)` to `x` `(m, n₀)`; without rows, none.
    ///
    /// Memory beside the answer does not grow with m. To predict without allocating, see
    /// [`compute_into`](Self::compute_into).
    ///
    /// # Errors
    /// [`Error::Shape`] and [`Error::NonFinite`] for `x`, [`Error::NonFinite`] for an output that is
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
        let columns = self.output_shape();
        let mut answer = Matrix::zeros("the output", x.nrows(), columns)?;
        let mut targets = answer.values_mut().chunks_mut(BLOCK * columns);
        self.for_each_block(x, |output| {
            if let Some(target) = targets.next() {
                target.copy_from_slice(output.values());
            }
        })?;
        Ok(answer.into_array())
    }

    /// Calls `take` with the answer to each block of rows of `x`, in their order; only the columns of `x` are
    /// checked already.
    pub(crate) fn for_each_block(
        &self,
        x: &ArrayRef2<F>,
        mut take: impl FnMut(&Matrix<F>) + Send,
    ) -> Result<(), Error> {
        check_finite("x", x)?;
        let mut pass = Pass::default();
        let (of_all, of_a_block) = (cost(self.layers(), x.nrows()), cost(self.layers(), BLOCK));
        kernel::in_pool(of_all, of_a_block, || {
            for rows in blocks(x.nrows()) {
                self.forward_block(x, rows.clone(), &mut pass)?;
                check_block("the output", rows.start, &pass)?;
                take(pass.answer());
            }
            Ok(())
        })
    }

    /// What the steps descend: the mean over the rows of `½‖y − ŷ‖²`, with softmax of the cross-entropy
    /// `−Σ y·ln ŷ`, with [`Loss::BinaryCrossEntropy`](crate::Loss) of that, plus `½·λ‖θ‖²` over all weights,
    /// and over all biases unless `regularize_biases` is off.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Shape`] and [`Error::NonFinite`] for `x` and `y`, with softmax
    /// [`Error::NotADistribution`], with binary cross-entropy [`Error::OutOfRange`] for `y`;
    /// [`Error::NonFinite`] for an output that is not finite, [`Error::TooLarge`].
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
        let mut scratch = Scratch::default();
        let check = Some("the output");
        let loss = self.mean_loss(x, y, loss::half_squares, check, &mut scratch)?;
        let Config { regularization: lambda, regularize_biases, .. } = self.config;
        Ok(loss + loss::penalty(&self.state.layers, lambda, regularize_biases))
    }

    /// The mean over the rows of the loss; where `finite` names it, the output must be finite.
    pub(crate) fn mean_loss(
        &self,
        x: &ArrayRef2<F>,
        y: &ArrayRef2<F>,
        of_rows: loss::OfRows<F>,
        finite: Option<&'static str>,
        scratch: &mut Scratch<F>,
    ) -> Result<f64, Error> {
        let Scratch { pass, d } = scratch;
        let mut sum = 0.0;
        let (of_all, of_a_block) = (cost(self.layers(), x.nrows()), cost(self.layers(), BLOCK));
        kernel::in_pool(of_all, of_a_block, || {
            for rows in blocks(x.nrows()) {
                self.forward_block(x, rows.clone(), pass)?;
                if let Some(what) = finite {
                    check_block(what, rows.start, pass)?;
                }
                d.load("d", y, &Rows::Window(rows))?;
                sum += loss::error_and_loss(pass, d, of_rows, None);
            }
            Ok::<(), Error>(())
        })?;
        Ok(sum / x.nrows() as f64)
    }

    /// The forward pass over a window of `x`.
    fn forward_block(&self, x: &ArrayRef2<F>, rows: Range<usize>, pass: &mut Pass<F>) -> Result<(), Error> {
        let rows = Rows::Window(rows);
        match MatrixView::of_rows(x, &rows) {
            // Where the array is row-major the block is read where it stands.
            Some(block) => pass.forward_from(self.layers(), self.config.link(), block),
            None => pass.forward(self.layers(), self.config.link(), x, &rows),
        }
    }
}

/// What a loss over blocks of rows is computed in.
#[derive(Default)]
pub(crate) struct Scratch<F: Scalar> {
    pass: Pass<F>,
    d: Matrix<F>,
}

/// That the output of the block that begins at row `first` is finite.
fn check_block<F: Scalar>(what: &'static str, first: usize, pass: &Pass<F>) -> Result<(), Error> {
    check_finite(what, &pass.output()).map_err(|error| match error {
        Error::NonFinite { what, row, column } => Error::NonFinite { what, row: first + row, column },
        other => other,
    })
}

/// 0..rows in blocks.
fn blocks(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows).step_by(BLOCK).map(move |start| start..rows.min(start + BLOCK))
}
