mod bytes;
pub(crate) mod onnx;
#[cfg(feature = "safetensors")]
mod replace;
#[cfg(feature = "safetensors")]
pub(crate) mod safetensors;
