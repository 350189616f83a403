//! Serving: save and load, ONNX, one row at a time, and many threads.
//!
//! # Save and load
//!
//! With the feature `safetensors`, [`TrainedClassifier::save`](crate::TrainedClassifier) and
//! `TrainedRegressor::save` write one file with the network, the scalers, the labels and the state of training.
//! `Dnn::save` writes a network with its state. A file is replaced as a whole or not at all, also when the process
//! or the machine stops. Every later version of this crate loads the files of this one.
//!
//! ```
//! # #[cfg(feature = "safetensors")]
//! fn main() -> Result<(), ndarray_dnn::Error> {
//!     use ndarray_dnn::ndarray::Array2;
//!     use ndarray_dnn::Dnn;
//!
//!     let x = Array2::from_shape_fn((60, 2), |(i, j)| ((i * 2 + j) as f64).sin());
//!     let y = Array2::from_shape_fn((60, 1), |(i, _)| x[[i, 0]] * x[[i, 1]]);
//!     let path = std::env::temp_dir().join("ndarray-dnn-serving.safetensors");
//!
//!     let mut net: Dnn = Dnn::regressor(2, &[16], 1).max_epochs(5).build()?;
//!     net.fit(&x, &y)?;
//!     net.save(&path)?;
//!
//!     // In another process, or next year: the bits of ten epochs in one run.
//!     let mut net: Dnn = Dnn::load(&path)?;
//!     net.training(&x, &y).resume().run()?;
//!     # std::fs::remove_file(path).unwrap();
//!     Ok(())
//! }
//! # #[cfg(not(feature = "safetensors"))]
//! # fn main() {}
//! ```
//!
//! A program can carry its model: `Dnn::from_safetensors(include_bytes!("net.safetensors"))`. `save` in
//! [`try_on_epoch`](crate::training::Training::try_on_epoch) makes checkpoints; the example `checkpoint` is killed
//! half-way and continues.
//!
//! # One row at a time
//!
//! [`predict_row`](crate::Dnn::predict_row) takes a slice. In a loop that must not allocate,
//! [`predict_row_into`](crate::Dnn::predict_row_into) writes into your memory:
//!
//! ```
//! use ndarray_dnn::{Dnn, Pass};
//!
//! let net: Dnn = Dnn::classifier(4, &[16], 3).build()?;
//! let probabilities = net.predict_row(&[0.1, -0.4, 0.7, 0.2])?;
//! assert_eq!(probabilities.len(), 3);
//!
//! // Allocates for the first row only.
//! let (mut answer, mut pass) = ([0.0; 3], Pass::default());
//! for row in [[0.1, -0.4, 0.7, 0.2], [0.3, 0.3, -0.1, 0.0]] {
//!     net.predict_row_into(&row, &mut answer, &mut pass)?;
//! }
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```
//!
//! A row takes 0.08 µs for a network 2-8-1 and 4.6 µs for 784-128-64-10 in `f32`; many rows in one
//! [`predict`](crate::Dnn::predict) are faster for each row. The bits of an answer do not depend on the other rows
//! of the call.
//!
//! # Many threads, and a new model while they run
//!
//! A network is `Send + Sync`, and predicting needs only `&self`: any number of threads can share one network
//! without a lock. To exchange it while they run, put an `Arc` of it behind a lock that is held for the time of a
//! clone of the `Arc`:
//!
//! ```
//! use std::sync::{Arc, RwLock};
//! use std::thread;
//! use ndarray_dnn::Dnn;
//!
//! let net: Dnn = Dnn::regressor(2, &[8], 1).build()?;
//! let current = RwLock::new(Arc::new(net));
//!
//! thread::scope(|threads| {
//!     for worker in 0..4 {
//!         let current = &current;
//!         threads.spawn(move || {
//!             for request in 0..100 {
//!                 // The lock is free again at the end of this line.
//!                 let net = current.read().map(|net| Arc::clone(&net)).unwrap();
//!                 let answer = net.predict_row(&[worker as f64, request as f64 / 100.0]);
//!                 assert!(answer.is_ok());
//!             }
//!         });
//!     }
//!     // A better network: a request that has begun finishes with the old one.
//!     let better = Dnn::regressor(2, &[8], 1).seed(7).build();
//!     *current.write().unwrap() = Arc::new(better.unwrap());
//! });
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```
//!
//! For a network that goes on learning, train a clone in a thread of its own and exchange it after each block of new
//! rows.
//!
//! The feature `rayon` shares large products among threads, with the same bits. For small networks it changes
//! nothing, and in a service that answers many requests at once, a thread for each request is better than many
//! threads for one.
//!
//! # Raw rows
//!
//! A network behind a scaler answers wrongly if somebody forgets the scaler. The estimators keep both together. For
//! a `Dnn`, [`with_input_scaler`](crate::Dnn::with_input_scaler) and
//! [`with_output_scaler`](crate::Dnn::with_output_scaler) merge the scalers into the first and the last layer:
//!
//! ```
//! use ndarray_dnn::ndarray::{Array2, array};
//! use ndarray_dnn::{Dnn, StandardScaler};
//!
//! let x = Array2::from_shape_fn((100, 2), |(i, j)| 500.0 + ((i * 2 + j) as f64).sin());
//! let scaler = StandardScaler::fit(&x)?;
//! let net: Dnn = Dnn::regressor(2, &[8], 1).build()?;
//! let raw = net.with_input_scaler(&scaler)?;
//! let difference = raw.predict(&x)? - net.predict(&scaler.transform(&x)?)?;
//! assert!(difference.iter().all(|difference| difference.abs() < 1e-9));
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```
//!
//! # ONNX
//!
//! [`write_onnx`](crate::Dnn::write_onnx) needs no feature and writes a model with an input `x` (batch, n₀) and an
//! output `y`, for onnxruntime, tract and others. The estimators have it too; their models take raw rows.
//!
//! ```
//! use ndarray_dnn::Dnn;
//!
//! let net: Dnn = Dnn::regressor(2, &[16], 1).build()?;
//! let path = std::env::temp_dir().join("ndarray-dnn-serving.onnx");
//! net.write_onnx(std::fs::File::create(&path)?)?;
//! # std::fs::remove_file(path)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ```python
//! import numpy, onnxruntime
//! session = onnxruntime.InferenceSession("ndarray-dnn-serving.onnx")
//! (y,) = session.run(["y"], {"x": numpy.zeros((1, 2), "float64")})
//! ```
//!
//! Scripts in the tests run every activation with every link in onnxruntime and tract, and allow differences of 1e-6
//! in f32 and 1e-12 in f64. Many other runtimes take f32 alone: write `net.cast::<f32>()?` for them.
//!
//! # To and from PyTorch
//!
//! The tensors of a saved file have the names and the layout of `nn.Linear` in a `ModuleList` called `layers`:
//!
//! ```python
//! tensors = safetensors.torch.load_file(path).items()
//! state = {k: v for k, v in tensors if k.startswith("layers.")}
//! module.load_state_dict(state)
//! ```
//!
//! In the other direction, the package `safetensors` reads the weights of `nn.Sequential(Linear(2, 3), ReLU(),
//! Linear(3, 1))`:
//!
//! ```
//! use ndarray_dnn::{Activation::{self, Identity, Relu}, Dnn, Layer, ndarray::Array2};
//! use safetensors::SafeTensors;
//!
//! let bytes = std::fs::read("tests/files/sequential.safetensors")?;
//! let file = SafeTensors::deserialize(&bytes)?;
//! let values = |name: &str| -> Result<Vec<f32>, safetensors::SafeTensorError> {
//!     let values = file.tensor(name)?.data().chunks_exact(4);
//!     Ok(values.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
//! };
//! type Loaded = Result<Layer<f32>, Box<dyn std::error::Error>>;
//! let layer = |key: &str, activation: Activation| -> Loaded {
//!     let biases = values(&format!("{key}.bias"))?;
//!     let weights = values(&format!("{key}.weight"))?;
//!     let shape = (biases.len(), weights.len() / biases.len());
//!     let weights = Array2::from_shape_vec(shape, weights)?;
//!     Ok(Layer::new(weights, biases.into(), activation)?)
//! };
//! let net = Dnn::builder().build_from([layer("0", Relu)?, layer("2", Identity)?])?;
//! assert_eq!(net.predict_row(&[1.0, 0.5])?, [-1.625]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
