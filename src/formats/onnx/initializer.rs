//! The parameters in an ONNX model: initializers, each with a name, a shape and values.

use ndarray::ArrayViewD;

use super::protobuf::Message;
use crate::formats::bytes::{is_f32, put};
use crate::kernel::Scalar;
use crate::model::Layer;

/// An initializer that borrows its values.
pub(super) struct Initializer<'a, F> {
    pub(super) head: Message,
    pub(super) values: ArrayViewD<'a, F>,
}

impl<'a, F: Scalar> Initializer<'a, F> {
    pub(super) fn new(name: &str, values: ArrayViewD<'a, F>) -> Self {
        let tensor = tensor_head::<F>(name, values.shape(), bytes_of(&values));
        let head = Message::default().head(5, tensor.length().saturating_add(bytes_of(&values)));
        Self { head: head.append(tensor.as_bytes()), values }
    }

    fn length(&self) -> u64 {
        self.head.length().saturating_add(bytes_of(&self.values))
    }
}

/// The parameters of all layers, with PyTorch's names.
pub(super) fn initializers<'a, F: Scalar>(layers: &'a [Layer<F>]) -> Vec<Initializer<'a, F>> {
    let of_layer = |(l, layer): (usize, &'a Layer<F>)| {
        [
            Initializer::new(&format!("layers.{l}.weight"), layer.weights().into_dyn()),
            Initializer::new(&format!("layers.{l}.bias"), layer.biases().into_dyn()),
        ]
    };
    layers.iter().enumerate().flat_map(of_layer).collect()
}

/// An initializer of a single value, without dimensions.
pub(super) fn scalar<F: Scalar>(name: &str, value: F) -> Message {
    let mut bytes = Vec::new();
    put(value, &mut bytes);
    tensor_head::<F>(name, &[], bytes.len() as u64).append(&bytes)
}

/// A TensorProto up to its values: dims = 1, data_type = 2, name = 8, raw_data = 9.
fn tensor_head<F: Scalar>(name: &str, shape: &[usize], bytes: u64) -> Message {
    let dims = shape.iter().fold(Message::default(), |tensor, &n| tensor.int(1, n as u64));
    dims.int(2, data_type::<F>()).text(8, name).head(9, bytes)
}

/// FLOAT = 1, DOUBLE = 11.
pub(super) fn data_type<F: Scalar>() -> u64 {
    if is_f32::<F>() { 1 } else { 11 }
}

fn bytes_of<F>(values: &ArrayViewD<'_, F>) -> u64 {
    (values.len() as u64).saturating_mul(size_of::<F>() as u64)
}

/// The length of a message that ends with the tensors.
pub(super) fn with_initializers<F: Scalar>(length: u64, initializers: &[Initializer<'_, F>]) -> u64 {
    initializers.iter().map(Initializer::length).fold(length, u64::saturating_add)
}
