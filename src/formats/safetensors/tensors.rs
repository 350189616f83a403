//! The tensors of a safetensors file, as they are written and read.

use std::borrow::Cow;

use ::safetensors::tensor::Metadata;
use ::safetensors::{Dtype, View};
use ndarray::{Array1, Array2};

use super::header::malformed;
use crate::error::Error;
use crate::formats::bytes::{is_f32, put, values};
use crate::model::layer::Affine;
use crate::scalar::Scalar;

/// The bytes before the header, which say how long it is.
const LENGTH: usize = 8;

/// The most bytes of a header, as the format has it.
const MOST_OF_A_HEADER: u64 = 100_000_000;

/// What is to be written under a name.
pub(crate) enum Tensor<'a, F: Scalar> {
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

/// The parts of a file.
pub(crate) struct Tensors<'a> {
    metadata: Metadata,
    data: &'a [u8],
}

impl<'a> Tensors<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Result<Self, Error> {
        let cut = || malformed("the header", "the file ends within it");
        let (length, rest) = bytes.split_first_chunk::<LENGTH>().ok_or_else(cut)?;
        let length = u64::from_le_bytes(*length);
        if length > MOST_OF_A_HEADER {
            let reason = format!("it must be at most {MOST_OF_A_HEADER} bytes, found {length}");
            return Err(malformed("the header", reason));
        }
        let (header, data) = rest.split_at_checked(length as usize).ok_or_else(cut)?;
        // Not by the library's own reading of a whole file, where a sum of its numbers can overflow; what it checks of the
        // header cannot.
        let metadata: Metadata =
            serde_json::from_slice(header).map_err(|error| malformed("the header", error))?;
        if metadata.data_len() != data.len() {
            let reason =
                format!("the tensors are {} bytes, and {} are there", metadata.data_len(), data.len());
            return Err(malformed("the header", reason));
        }
        Ok(Self { metadata, data })
    }

    /// A text of the metadata.
    pub(crate) fn text(&self, key: &str) -> Result<&str, Error> {
        let texts = self.metadata.metadata().as_ref();
        let text = texts.and_then(|texts| texts.get(key)).map(String::as_str);
        text.ok_or_else(|| malformed("the metadata", format!("there is no {key}: no file of this crate")))
    }

    pub(crate) fn count(&self) -> usize {
        self.metadata.tensors().len()
    }

    /// A tensor's shape and values.
    fn get<F: Scalar, const N: usize>(&self, name: &str) -> Result<([usize; N], &'a [u8]), Error> {
        let info = self.metadata.info(name).ok_or_else(|| malformed(name, "there is no such tensor"))?;
        if info.dtype != dtype::<F>() {
            return Err(malformed(
                name,
                format!("its type must be {:?}, found {:?}", dtype::<F>(), info.dtype),
            ));
        }
        let shape = <[usize; N]>::try_from(&info.shape[..]);
        let shape = shape
            .map_err(|_| malformed(name, format!("it must have {N} dimensions, found {:?}", info.shape)))?;
        let data = self.data.get(info.data_offsets.0..info.data_offsets.1);
        Ok((shape, data.ok_or_else(|| malformed(name, "it is not in the file"))?))
    }

    pub(crate) fn matrix<F: Scalar>(&self, name: &str) -> Result<Array2<F>, Error> {
        let (shape, data) = self.get::<F, 2>(name)?;
        Array2::from_shape_vec(shape, values(data).collect()).map_err(|error| malformed(name, error))
    }

    pub(crate) fn vector<F: Scalar>(&self, name: &str) -> Result<Array1<F>, Error> {
        let (_, data) = self.get::<F, 1>(name)?;
        Ok(values(data).collect())
    }
}
