//! Networks for other programs.

use std::io::Write;

use crate::dnn::Dnn;
use crate::error::Error;
use crate::formats::onnx;
use crate::kernel::Scalar;

impl<F: Scalar> Dnn<F> {
    /// Writes an ONNX model that computes what [`predict`](Self::predict) does: `Aₗ = fₗ(Aₗ₋₁ Wₗᵀ + bₗ)` for every
    /// layer, then the link.
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
    /// Both were run with every activation and link, on 1,650 networks of one and three layers whose outputs are below
    /// 4: their answers are within 5e-7 of `predict` in f32 and 1e-15 in f64. Many other runtimes know f32 alone, and
    /// refuse an f64 model or answer wrongly; write the model of `net.cast::<f32>()?` for them, which is half as large.
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
    /// [`Error::NonFinite`] for parameters that are not finite, and
    /// [`FileError::TooManyBytes`](crate::error::FileError::TooManyBytes) for a model of 2³¹ bytes or more, which
    /// protobuf does not allow; then nothing is written. [`FileError::Io`](crate::error::FileError::Io) if `out` fails;
    /// it may hold a part of the model then.
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
        onnx::write_model(self, &mut { out })
    }
}
