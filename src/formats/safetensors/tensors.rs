//! The tensors of a safetensors file as they are written.

use std::borrow::Cow;

use ::safetensors::{Dtype, View};

use crate::formats::bytes::{is_f32, put};
use crate::kernel::Scalar;
use crate::model::Parameters;

/// The tensor of a name.
pub(super) enum Tensor<'a, F: Scalar> {
    Weight(&'a Parameters<F>, [usize; 2]),
    Bias(&'a Parameters<F>, [usize; 1]),
    /// Values that are f64 for every F.
    Exact(&'a [f64], [usize; 1]),
}

impl<F: Scalar> View for Tensor<'_, F> {
    fn dtype(&self) -> Dtype {
        match self {
            Self::Weight(..) | Self::Bias(..) => dtype::<F>(),
            Self::Exact(..) => Dtype::F64,
        }
    }

    fn shape(&self) -> &[usize] {
        match self {
            Self::Weight(_, shape) => shape,
            Self::Bias(_, shape) | Self::Exact(_, shape) => shape,
        }
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let mut bytes = Vec::with_capacity(self.data_len());
        match self {
            Self::Weight(parameters, _) => {
                parameters.weights().iter().for_each(|&value| put(value, &mut bytes))
            }
            Self::Bias(parameters, _) => parameters.biases.iter().for_each(|&value| put(value, &mut bytes)),
            Self::Exact(values, _) => values.iter().for_each(|&value| put(value, &mut bytes)),
        }
        bytes.into()
    }

    fn data_len(&self) -> usize {
        let size = if self.dtype() == Dtype::F64 { size_of::<f64>() } else { size_of::<F>() };
        self.shape().iter().product::<usize>() * size
    }
}

/// The type of the values in F.
pub(super) fn dtype<F: Scalar>() -> Dtype {
    if is_f32::<F>() { Dtype::F32 } else { Dtype::F64 }
}
