//! Networks as ONNX models: `Zₗ = Aₗ₋₁ Wₗᵀ + bₗ` and `Aₗ = fₗ(Zₗ)` for every layer, then `Ŷ = g(A_L)`.

mod activation;
mod graph;
mod initializer;
mod protobuf;

use std::io::{self, Write};

use graph::graph;
use initializer::{Initializer, initializers, with_initializers};
use protobuf::Message;

use crate::dnn::Dnn;
use crate::error::{Error, FileError};
use crate::formats::bytes::put;
use crate::kernel::{Scalar, concrete};

/// The oldest opset with today's Softmax, over a single axis; of November 2020, with the IR version of that time. In
/// later opsets the operators of a network only take more types.
const OPSET: u64 = 13;
const IR_VERSION: u64 = 7;

/// The most bytes of a protobuf message.
const LIMIT: u64 = i32::MAX as u64;

/// The size of the chunks that are written.
const CHUNK: usize = 1 << 15;

impl<F: Scalar> Dnn<F> {
    /// Writes an ONNX model that computes what [`predict`](Self::predict) does: `Aₗ = fₗ(Aₗ₋₁ Wₗᵀ + bₗ)` for every layer,
    /// then the link.
    ///
    /// The model has an input `x` (batch, n₀) and an output `y` (batch, n_L), both of the network's element type, and
    /// takes any number of rows. Its parameters have PyTorch's names for `nn.Linear` in a `ModuleList` called `layers`:
    /// `layers.0.weight` (fan_out, fan_in), `layers.0.bias` (fan_out), `layers.1.weight`, … It has opset 13 and IR
    /// version 7, of ONNX 1.8 in 2020. Settings and velocity are not in it.
    ///
    /// The model takes the data that `predict` takes. If those were scaled, merge the scaler with
    /// [`with_input_scaler`](Self::with_input_scaler) first; the model then takes raw data.
    ///
    /// | runtime | f32 | f64 |
    /// |---|---|---|
    /// | onnxruntime 1.17 to 1.32 | yes | yes |
    /// | tract 0.23 | yes | yes |
    ///
    /// Both were run with every activation and link, on 1,650 networks of one and three layers whose outputs are below 4:
    /// their answers are within 5e-7 of `predict` in f32 and 1e-15 in f64. Many other runtimes know f32 alone, and refuse
    /// an f64 model or answer wrongly; write the model of `net.cast::<f32>()?` for them, which is half as large.
    ///
    /// In Python:
    ///
    /// ```python
    /// import numpy, onnxruntime
    /// session = onnxruntime.InferenceSession("net.onnx")
    /// (y,) = session.run(["y"], {"x": numpy.zeros((1, 2), "float64")})  # for an f32 network "float32"
    /// ```
    ///
    /// In Rust, with the package `tract-onnx`:
    ///
    /// ```text
    /// let model = tract_onnx::onnx().model_for_path("net.onnx")?.into_optimized()?.into_runnable()?;
    /// let y = model.run(tvec![Tensor::from_shape(&[1, 2], &[0.0_f64; 2])?.into()])?;
    /// ```
    ///
    /// `out` may be a bare file: the parameters are written in chunks, without a copy of them.
    ///
    /// # Errors
    /// [`Error::NonFinite`] for parameters that are not finite, and [`FileError::TooManyBytes`] for a model of 2³¹ bytes
    /// or more, which protobuf does not allow; then nothing is written. [`FileError::Io`] if `out` fails; it may hold a
    /// part of the model then.
    ///
    /// # Examples
    /// ```
    /// use ndarray_dnn::{Activation::{Identity, Relu}, Dnn};
    ///
    /// let net: Dnn = Dnn::builder()
    ///     .input_shape(2).shape([8, 1]).activations([Relu, Identity])
    ///     .build()?;
    /// let mut model = Vec::new();
    /// net.write_onnx(&mut model)?;
    ///
    /// let path = std::env::temp_dir().join("ndarray-dnn-example.onnx");
    /// net.write_onnx(std::fs::File::create(&path)?)?;
    /// assert_eq!(std::fs::read(&path)?, model);
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_onnx(&self, out: impl Write) -> Result<(), Error> {
        write_model(self, &mut { out })
    }
}

concrete!(
    fn write_model<'a, F>(net: &'a Dnn<F>, out: &'a mut dyn Write) -> Result<(), Error> {
        net.network().check_finite()?;
        let initializers = initializers(net.layers());
        let head = model(&graph(net), &initializers);
        check_length(with_initializers(head.length(), &initializers))?;
        let written = write(&head, &initializers, out);
        written.map_err(|error| FileError::io("could not write the ONNX model", error).into())
    }
);

/// A ModelProto without its initializers, which follow: ir_version = 1, producer_name = 2, producer_version = 3,
/// opset_import = 8, graph = 7. The order of fields is free, so the largest one is last.
fn model<F: Scalar>(graph: &Message, initializers: &[Initializer<'_, F>]) -> Message {
    Message::default()
        .int(1, IR_VERSION)
        .text(2, env!("CARGO_PKG_NAME"))
        .text(3, env!("CARGO_PKG_VERSION"))
        .message(8, &Message::default().text(1, "").int(2, OPSET))
        .head(7, with_initializers(graph.length(), initializers))
        .append(graph.as_bytes())
}

/// Checks that protobuf allows a message of this length.
fn check_length(length: u64) -> Result<(), Error> {
    if length <= LIMIT {
        Ok(())
    } else {
        Err(FileError::TooManyBytes { what: "the ONNX model", limit: LIMIT, found: length }.into())
    }
}

/// Writes the head and each initializer, in chunks.
fn write<F: Scalar>(
    head: &Message,
    initializers: &[Initializer<'_, F>],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut bytes = head.as_bytes().to_vec();
    for initializer in initializers {
        bytes.extend_from_slice(initializer.head.as_bytes());
        for &value in initializer.values.rows().into_iter().flatten() {
            put(value, &mut bytes);
            if bytes.len() >= CHUNK {
                out.write_all(&bytes)?;
                bytes.clear();
            }
        }
    }
    out.write_all(&bytes)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use ndarray::aview0;

    use super::*;

    #[test]
    fn lengths_beyond_protobuf_s_are_refused() {
        assert_eq!(check_length(2_147_483_647), Ok(()));
        let error = check_length(2_147_483_648).unwrap_err();
        let (limit, found) = (2_147_483_647, 2_147_483_648);
        assert_eq!(error, FileError::TooManyBytes { what: "the ONNX model", limit, found }.into());
        let text = "the ONNX model must be at most 2147483647 bytes, found 2147483648";
        assert_eq!(error.to_string(), text);
    }

    /// Large arrays of one value in memory.
    #[test]
    fn lengths_are_counted_without_the_values_and_do_not_overflow() {
        let value = 0.5_f64;
        let of = |rows: usize, columns: usize| {
            let values = aview0(&value);
            let values = values.broadcast((rows, columns)).unwrap().into_dyn();
            with_initializers(0, &[Initializer::new("w", values)])
        };
        let mut written = Vec::new();
        let values = aview0(&value);
        let initializer = Initializer::new("w", values.broadcast((300, 5)).unwrap().into_dyn());
        write(&Message::default(), &[initializer], &mut written).unwrap();
        assert_eq!(of(300, 5), written.len() as u64);
        assert!(check_length(of(16_000, 16_000)).is_ok());
        assert!(check_length(of(16_384, 16_384)).is_err());
        assert!(check_length(of(usize::MAX / 4, 2)).is_err());
    }
}
