//! The tensors of a safetensors file as they are written.

use std::borrow::Cow;

use ::safetensors::{Dtype, View};

use crate::formats::bytes::{is_f32, put};
use crate::model::layer::Affine;
use crate::scalar::Scalar;

/// The tensor of a name.
pub(super) enum Tensor<'a, F: Scalar> {
    Weight(&'a Affine<F>, [usize; 2]),
    Bias(&'a Affine<F>, [usize; 1]),
}

impl<F: Scalar> View for Tensor<'_, F> {
    fn dtype(&self) -> Dtype {
        dtype::<F>()
    }

    fn shape(&self) -> &[usize] {
        match self {
            Self::Weight(_, shape) => shape,
            Self::Bias(_, shape) => shape,
        }
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let mut bytes = Vec::with_capacity(self.data_len());
        match self {
            Self::Weight(affine, _) => affine.weights().iter().for_each(|&value| put(value, &mut bytes)),
            Self::Bias(affine, _) => affine.biases.iter().for_each(|&value| put(value, &mut bytes)),
        }
        bytes.into()
    }

    fn data_len(&self) -> usize {
        self.shape().iter().product::<usize>() * size_of::<F>()
    }
}

fn dtype<F: Scalar>() -> Dtype {
    if is_f32::<F>() { Dtype::F32 } else { Dtype::F64 }
}
