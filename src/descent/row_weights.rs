//! Sample weights: what each row of a mini-batch counts for.

use ndarray::{ArrayRef1, ArrayRef2};

use crate::descent::backward::Weighting;
use crate::kernel::Rows;
use crate::validate::{ABOVE_0, AT_LEAST_0, Range, check_length};
use crate::{Dnn, Error, Gradients, Pass, Place, Scalar};

/// Checks that there is a weight for each row, at least 0 and finite; returns their sum.
pub(crate) fn check_weights<F: Scalar>(weights: &ArrayRef1<F>, rows: usize) -> Result<f64, Error> {
    check_length("sample_weights", weights.len(), rows)?;
    let (range, is_legal) = AT_LEAST_0;
    if let Some((row, weight)) = weights.iter().enumerate().find(|(_, weight)| !is_legal(weight.as_f64())) {
        let at = Place::Index(row);
        return Err(Error::OutOfRange {
            name: "sample_weights",
            at,
            range: range.into(),
            value: weight.as_f64(),
        });
    }
    Ok(weights.iter().map(|weight| weight.as_f64()).sum())
}

/// Checks that a sum of weights can be divided by.
pub(crate) fn check_weight_sum(sum: f64) -> Result<(), Error> {
    check_sum(ABOVE_0, sum)
}

/// Checks that a sum of weights is in a range.
fn check_sum((range, is_legal): Range, sum: f64) -> Result<(), Error> {
    if is_legal(sum) {
        Ok(())
    } else {
        let name = "the sum of sample_weights";
        Err(Error::OutOfRange { name, at: Place::Whole, range: range.into(), value: sum })
    }
}

/// Fills `shares` with what part of the sum of their weights each of the rows has, 0 where that is 0; returns the sum.
pub(crate) fn share_out<F: Scalar>(weights: &ArrayRef1<F>, rows: &Rows<'_>, shares: &mut Vec<f64>) -> f64 {
    // Every row has a weight: their number was checked.
    let weight = |row: usize| weights.get(row).map_or(0.0, |weight| weight.as_f64());
    shares.clear();
    match rows {
        Rows::Window(window) => shares.extend(window.clone().map(weight)),
        Rows::Indices(rows) => shares.extend(rows.iter().copied().map(weight)),
    }
    let sum: f64 = shares.iter().sum();
    if sum > 0.0 {
        shares.iter_mut().for_each(|share| *share /= sum);
    }
    sum
}

impl<F: Scalar> Dnn<F> {
    /// [`bp`](Self::bp) with a sample weight w for each row: `∇Wₗ = −Δₗᵀ (w ⊙ Aₗ₋₁) / Σw`, and the biases likewise.
    /// A weight of 2 is the row twice. [`Gradients::weight`] is then Σw; where that is 0, so are the gradients.
    ///
    /// # Errors
    /// Those of [`bp`](Self::bp); [`Error::Shape`] unless there is a weight for each row, [`Error::OutOfRange`] for
    /// a weight that is negative or not finite, and for weights whose sum is infinite.
    ///
    /// # Examples
    /// ```
    /// # use ndarray_dnn::{ndarray::array, Activation::Identity, Dnn, Layer};
    /// # let layer = Layer::new(array![[2.0, 1.0]], array![0.5], Identity)?;
    /// # let net = Dnn::builder().build_from([layer])?;
    /// let pass = net.compute(&array![[1.0, 3.0], [0.0, 1.0]])?;
    /// let gradients = net.bp_weighted(&pass, &array![[0.5], [1.0]], &array![3.0, 1.0])?;
    /// // −(3·0.5·[1, 3] + 1·1·[0, 1]) / 4
    /// assert_eq!(gradients.weights(0).unwrap(), array![[-0.375, -1.375]]);
    /// assert_eq!(gradients.weight(), 4.0);
    /// # Ok::<(), ndarray_dnn::Error>(())
    /// ```
    pub fn bp_weighted(
        &self,
        pass: &Pass<F>,
        d: &ArrayRef2<F>,
        sample_weights: &ArrayRef1<F>,
    ) -> Result<Gradients<F>, Error> {
        self.check_error(pass, d)?;
        let sum = check_weights(sample_weights, pass.rows())?;
        check_sum(AT_LEAST_0, sum)?;
        let mut shares = Vec::new();
        let weighting =
            Weighting::Shares(share_out(sample_weights, &Rows::Window(0..pass.rows()), &mut shares));
        self.gradients(pass, d, weighting, &shares)
    }
}
