//! Writers that fail, and parameters that are not finite.

use std::io::{self, ErrorKind, Write};

use ndarray_dnn::Activation::{Identity, Relu};
use ndarray_dnn::error::{Cause, FileError};
use ndarray_dnn::ndarray::{Array2, array};
use ndarray_dnn::{Dnn, Error, Layer, Link, Scalar};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{SEED, model, three_layers};
use crate::common::network;

/// A writer that takes `room` bytes, and then fails.
struct Full {
    taken: Vec<u8>,
    room: usize,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.taken.len() == self.room {
            return Err(io::Error::new(ErrorKind::StorageFull, "no room"));
        }
        let count = bytes.len().min(self.room - self.taken.len());
        self.taken.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_failing_writer_is_an_error_at_every_byte() {
    // 120,000 bytes of weights: several chunks.
    let large: Dnn =
        network(Dnn::builder(), &[150, 100, 1], &[Relu, Identity], &mut ChaCha8Rng::seed_from_u64(SEED));
    let whole = model(&large);
    let expected = Error::File(FileError::Io {
        what: "could not write the ONNX model".into(),
        kind: ErrorKind::StorageFull,
        source: Cause::new("no room"),
    });
    for room in (0..whole.len()).step_by(997).chain([whole.len() - 1]) {
        let mut out = Full { taken: Vec::new(), room };
        let error = large.write_onnx(&mut out).unwrap_err();
        assert_eq!(error, expected);
        assert_eq!(error.to_string(), "could not write the ONNX model: no room");
        assert_eq!(out.taken, whole[..room], "all bytes until it fails, and none after");
    }
    let mut out = Full { taken: Vec::new(), room: whole.len() };
    large.write_onnx(&mut out).unwrap();
    assert_eq!(out.taken, whole);
}

/// A writer that takes everything, and fails to flush it.
struct NoFlush;

impl Write for NoFlush {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(ErrorKind::BrokenPipe.into())
    }
}

/// The caller's buffer may fail last.
#[test]
fn a_failing_flush_is_an_error() {
    let error = three_layers::<f64>(Link::Identity, [Relu; 3]).write_onnx(NoFlush).unwrap_err();
    assert!(matches!(error, Error::File(FileError::Io { kind: ErrorKind::BrokenPipe, .. })), "{error}");
}

#[test]
fn parameters_that_are_not_finite_are_refused_before_anything_is_written() {
    fn check<F: Scalar>(huge: f64) {
        // Two inputs, two neurons. With λ = 2 and a rate of `huge`, one step takes 10 beyond the largest number.
        let (zero, ten) = (F::zero(), F::from_f64(10.0));
        let zeros = [[zero; 2]; 2];
        let cases = [
            ([[zero, zero], [ten, zero]], [zero, zero], "the weights of a layer", 1, 0),
            ([[zero, ten], [ten, zero]], [ten, zero], "the weights of a layer", 0, 1),
            (zeros, [zero, ten], "the biases of a layer", 1, 0),
        ];
        for (weights, biases, what, row, column) in cases {
            let first = Layer::new(Array2::from(zeros.to_vec()), array![zero, zero], Relu).unwrap();
            let last = Layer::new(Array2::from(weights.to_vec()), biases.to_vec().into(), Identity).unwrap();
            let builder = Dnn::builder().eta(huge).regularization(2.0);
            let mut net = builder.build_from([first, last]).unwrap();
            let pass = net.compute(&Array2::zeros((1, 2))).unwrap();
            let gradients = net.bp(&pass, &Array2::zeros((1, 2))).unwrap();
            net.update(&gradients).unwrap();
            let mut out = Vec::new();
            assert_eq!(net.write_onnx(&mut out), Err(Error::NonFinite { what, row, column }));
            assert!(out.is_empty());
        }
    }
    check::<f32>(1e38);
    check::<f64>(1e308);
}
