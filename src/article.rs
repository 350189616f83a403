//! How the crate relates to the article, in detail.
//!
//! The article is 神經網絡反向傳播算法 (“The backpropagation algorithm of neural networks”, 奇技指南, by the author of the library
//! [mentat](https://github.com/zhangjuefei/mentat)). Its listing is a class `DNN` for NumPy before version 2.
//! [`Dnn::builder`](crate::Dnn::builder) has the settings of the listing as defaults, and computes its numbers. Only
//! the documentation has this module: the library contains nothing of it.
//!
//! # Names
//!
//! | the listing | here |
//! |---|---|
//! | `DNN(input_shape, shape, activations, …)` | [`Dnn::builder()`](crate::Dnn::builder) with a setter for each argument, `.build()?` |
//! | `"sigmoid"`, `"identity"`, `"relu"` | [`Activation::{Sigmoid, Identity, Relu}`](crate::Activation); `"relu".parse()?` |
//! | `compute(x)`, a column per sample | [`compute(&x)?`](crate::Dnn::compute), a row per sample |
//! | `outputs[l]`, kept in the object | [`pass.outputs(l)`](crate::Pass::outputs), in the value that `compute` returns |
//! | `activity_levels`, `deltas` | not kept: derivatives are computed from the outputs |
//! | `bp(d)`, `update()` | [`bp(&pass, &d)?`](crate::Dnn::bp), [`update(&gradients)?`](crate::Dnn::update) |
//! | `fit(x, y)`, `predict(x)` | [`fit(&x, &y)?`](crate::Dnn::fit), [`predict(&x)?`](crate::Dnn::predict) |
//! | `weights`, `biases` | [`net.layers()[l].weights()`](crate::Layer::weights), [`.biases()`](crate::Layer::biases) |
//! | `acc_weights_delta`, `acc_biases_delta` | [`net.velocity().weights(l)`](crate::training::Velocity::weights), [`.biases(l)`](crate::training::Velocity::biases) |
//! | `iterations`, `epochs` | [`report.iterations()`](crate::Report::iterations), [`report.epochs()`](crate::Report::epochs) |
//! | `effective_eta` | [`net.effective_eta()`](crate::Dnn::effective_eta) |
//!
//! # What is kept
//!
//! * The mini-batch is a window of rows whose start moves modulo the number of rows: 100 rows in batches of 40 are
//!   0..40, 40..80, 80..100, 20..60, …; [`batch_order`](crate::DnnBuilder::batch_order) sets another order.
//! * An epoch has as many mini-batches as there are rows, and ends before the update of the last one; `batch_order`
//!   sets another epoch.
//! * L2 applies to the biases as well as to the weights;
//!   [`regularize_biases(false)`](crate::DnnBuilder::regularize_biases) changes that.
//! * A second `fit` continues with weights and velocity, and its learning rate starts again.
//!   [`reset_velocity()`](crate::Dnn::reset_velocity) clears the velocity; [`training(&x,
//!   &y).resume()`](crate::training::Training::resume) continues the learning rate too.
//! * Without softmax, the loss that is reported and compared with `threshold` is the mean of the norms `‖y − ŷ‖`,
//!   although the steps descend half their squares; [`loss(Loss::Squared)`](crate::DnnBuilder::loss) reports these.
//!
//! # What is mended
//!
//! The numbers are the same wherever the listing's are finite and not clipped.
//!
//! * Sigmoid and softmax cannot overflow or become 0/0; cross-entropy is computed from the logits, and 0 · ln 0 is
//!   0.
//! * `update` by hand counts first, so that the learning rate is never divided by 0.
//! * Bad input is an [`Error`](crate::Error) with the name of the argument and the numbers, and changes nothing.
//! * Training that diverges is an `Error` too; the network is then as it was at the end of the last finite epoch.
//!
//! # How exact it is
//!
//! The tests compare every layer, gradient, velocity and parameter with the output of the listing: single steps to
//! 1e-12; whole fits, including the nine of the article's figure 4.1, to 1e-10 in the losses and 1e-9 in the
//! parameters. The example `fit_surfaces` draws that figure.
//!
//! # The network of figure 4.1
//!
//! ```
//! use ndarray_dnn::ndarray::Array2;
//! use ndarray_dnn::{Activation::{Identity, Sigmoid}, Dnn};
//!
//! // 100 points of x₁² + x₂², here in a grid.
//! let x = Array2::from_shape_fn((100, 2), |(i, j)| [i % 10, i / 10][j] as f64 / 2.25 - 2.0);
//! let y = Array2::from_shape_fn((100, 1), |(i, _)| x[[i, 0]].powi(2) + x[[i, 1]].powi(2));
//!
//! let mut net: Dnn = Dnn::builder()
//!     .input_shape(2).shape([8, 1]).activations([Sigmoid, Identity])
//!     .eta(0.4).decay_power(0.2).momentum(0.6).regularization(1e-4)
//!     .minibatch_size(40).max_epochs(200).threshold(1e-3)
//!     .build()?;
//! let report = net.fit(&x, &y)?;
//! assert!(report.losses().last() < Some(&0.5), "{report}");
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```
