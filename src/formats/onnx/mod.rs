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

concrete!(
    /// Writes the model of [`Dnn::write_onnx`].
    pub(crate) fn write_model<'a, F>(net: &'a Dnn<F>, out: &'a mut dyn Write) -> Result<(), Error> {
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
