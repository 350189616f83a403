//! A data set in f64.

use std::marker::PhantomData;

use ndarray::{Array, ArrayRef, ArrayView2, CowArray, Dimension, Ix1, Ix2};

use crate::descent::{RowWeights, Samples};
use crate::error::Error;
use crate::kernel::{Concrete, Scalar};

/// A data set in f64: the caller's own arrays if they are in f64, else copies of them.
pub(super) struct Exact<'a> {
    x: CowArray<'a, f64, Ix2>,
    y: CowArray<'a, f64, Ix2>,
    /// The weights of the rows and their mean; `None` if all are 1.
    weights: Option<(CowArray<'a, f64, Ix1>, f64)>,
}

impl<'a> Exact<'a> {
    /// # Errors
    /// [`Error::TooLarge`] for the copies of a data set in f32.
    pub(super) fn new<F: Scalar>(samples: &Samples<'a, F>) -> Result<Self, Error> {
        let weights = match samples.weights {
            RowWeights::Equal => None,
            RowWeights::Given { weights, mean } => Some((in_f64("the weights in f64", weights)?, mean)),
        };
        Ok(Self { x: in_f64("x in f64", samples.x)?, y: in_f64("y in f64", samples.y)?, weights })
    }

    pub(super) fn samples(&self) -> Samples<'_, f64> {
        let weights = match &self.weights {
            None => RowWeights::Equal,
            Some((weights, mean)) => RowWeights::Given { weights, mean: *mean },
        };
        Samples::checked(&self.x, &self.y, weights)
    }
}

/// The values in f64: those of the array itself if it is in f64, else a copy.
///
/// # Errors
/// [`Error::TooLarge`] with the name `what`.
fn in_f64<'a, F: Scalar, D: Dimension>(
    what: &'static str,
    values: &'a ArrayRef<F, D>,
) -> Result<CowArray<'a, f64, D>, Error> {
    F::concrete::<InF64<'a, D>>((what, values))
}

/// [`in_f64`] for each type.
struct InF64<'a, D>(PhantomData<(&'a (), D)>);

impl<'a, D: Dimension + 'a> Concrete for InF64<'a, D> {
    type Call<F: Scalar> = (&'static str, &'a ArrayRef<F, D>);
    type Output<F: Scalar> = Result<CowArray<'a, f64, D>, Error>;

    fn in_f32((what, values): Self::Call<f32>) -> Self::Output<f32> {
        let rows = values.shape().first().copied().unwrap_or(1);
        let too_large = || Error::TooLarge { what, rows, columns: values.len() / rows.max(1) };
        let mut copy = Vec::new();
        copy.try_reserve_exact(values.len()).map_err(|_| too_large())?;
        copy.extend(values.iter().map(|value| f64::from(*value)));
        let copy = Array::from_shape_vec(values.raw_dim(), copy).map_err(|_| too_large())?;
        Ok(copy.into())
    }

    fn in_f64((_, values): Self::Call<f64>) -> Self::Output<f64> {
        Ok(values.view().into())
    }
}

/// Some rows of x in f64, of which [`in_f64`] copies no more than these.
///
/// # Errors
/// [`Error::TooLarge`].
pub(super) fn rows_in_f64<'a, F: Scalar>(x: &'a ArrayView2<'_, F>) -> Result<CowArray<'a, f64, Ix2>, Error> {
    in_f64("a block of x in f64", x)
}
