//! Tuning: what to change first when a model is not good enough, and what each change was worth where it was
//! measured.
//!
//! The figures are from `benches/presets` in the repository, which trained thousands of networks on 13 data sets.
//! They are scores of held-out rows.
//!
//! # First look at the curves
//!
//! Train with validation data and print the report. There are three pictures:
//!
//! | training loss | validation loss | what it means | what to change |
//! |---|---|---|---|
//! | falls too slowly, or not at all | the same | nothing is learnt yet | scaling, learning rate, more epochs |
//! | low | much higher, or rising | the network learns the rows by heart | early stopping, more `regularization`, `dropout`, fewer neurons, more rows |
//! | high, and no longer falls | as high | the network is too small, or the columns do not say more | more neurons, less `regularization`, better columns |
//!
//! ```
//! use ndarray_dnn::ndarray::Array2;
//! use ndarray_dnn::{EarlyStopping, Regressor};
//!
//! let x = Array2::from_shape_fn((300, 2), |(i, j)| (1.7 * (i * 2 + j) as f64).sin());
//! let y = Array2::from_shape_fn((300, 1), |(i, _)| 1000.0 + 50.0 * x[[i, 0]] * x[[i, 1]]);
//!
//! let regressor = Regressor::new([16])
//!     // Every fifth row is held out. Training stops after 20 epochs without a lower
//!     // loss of these rows, and the best epoch is restored.
//!     .validation_fraction(0.2)
//!     .early_stopping(EarlyStopping::new(20))
//!     // Any setting of the network.
//!     .settings(|builder| builder.regularization(0.001).max_epochs(500));
//! let model = regressor.fit(&x, &y)?;
//! println!("{:#}", model.report()); // a line for each epoch
//! assert!(model.score(&x, &y)? > 0.9);
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```
//!
//! If a run cannot have learnt, [`Report::hints`](crate::Report::hints) says why, and so does the printed report:
//! columns or targets that are not scaled, a loss that never fell, or a model that is worse than a constant.
//!
//! # In this order
//!
//! 1. **Scale x, and y of a regressor.** The estimators do. Without it the R² of the diabetes data is 0.000, with it
//!    0.485; see [`data`](super::data#scaling).
//! 2. **Start from `classifier` or `regressor`,** by the estimators or by
//!    [`Dnn::classifier`](crate::Dnn::classifier). Their settings were chosen as those that do well on every data
//!    set. [`Dnn::builder`](crate::Dnn::builder) has the article's defaults, which are made for the article's three
//!    surfaces.
//! 3. **The learning rate `eta`,** by factors of 3 up and down. With momentum, a rate of 0.1 diverged on some of the
//!    data; Adam never diverged. Too large a rate shows as a loss that jumps, too small a one as a loss that still
//!    falls at the end.
//! 4. **`regularization`,** by factors of 3. For values, the preset's 0.01 suits few rows with noise: with 0.001, a
//!    network with `[64, 32]` falls 0.2 of R² behind the best on the diabetes data. With thousands of rows and
//!    little noise, less is better: Friedman's problem with 5,000 rows reaches 0.932 with 0.01 and 0.944 with 0.005.
//! 5. **The size.** Often it hardly matters: the digits have 0.973 with `[16]`, 0.979 with `[64]`, 0.980 with
//!    `[256]`, and 0.978 with `[64, 32]`. Smooth functions gain from a second layer: Friedman's problem with 500
//!    rows has 0.912 with `[16]` and 0.931 with `[64, 32]`.
//! 6. **More epochs, or early stopping.** The presets train for 100 epochs, and for at least 1,000 mini-batches.
//! 7. **A schedule,** if the number of epochs is fixed: one cycle gained 0.005 on the digits and 0.008 on a data set
//!    of visits to doctors; 16 of 28 tasks changed by less than 0.003.
//!
//! What did not matter there: AdamW was chosen for no family of data sets, and Tanh instead of Relu changed a score
//! by at most 0.01 in both directions where the data are scaled.
//!
//! # Schedules
//!
//! ```
//! use ndarray_dnn::{Dnn, Schedule};
//!
//! let builder = Dnn::<f64>::classifier(64, &[64], 10).max_epochs(60);
//! // Up to 0.03 and down again within 60 epochs.
//! let net = builder.eta(0.03).decay_power(0.0).schedule(Schedule::one_cycle(60)).build()?;
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```
//!
//! The rate of update t is `η / t^p`, times the factor of the [`Schedule`](crate::Schedule), times that of
//! [`ReduceOnPlateau`](crate::ReduceOnPlateau). The presets have a decay of p = 0.2 or 0.3, which needs no fixed
//! end; set `decay_power(0.0)` with a schedule. `ReduceOnPlateau` compares medians of three losses, so that one
//! lucky epoch does not ruin it. A schedule of your own is a function:
//! [`Training::eta_schedule`](crate::training::Training::eta_schedule).
//!
//! # A run with everything
//!
//! With [`Dnn`](crate::Dnn) itself, a run has more settings than the estimators show:
//!
//! ```
//! use ndarray_dnn::ndarray::{Array1, Array2, s};
//! use ndarray_dnn::{Dnn, EarlyStopping, ReduceOnPlateau, metrics};
//! use std::ops::ControlFlow::Continue;
//!
//! let x = Array2::from_shape_fn((200, 2), |(i, j)| (1.7 * (i * 2 + j) as f64).sin());
//! let y = Array2::from_shape_fn((200, 1), |(i, _)| x[[i, 0]] * x[[i, 1]]);
//! let (x, xv) = (x.slice(s![..150, ..]), x.slice(s![150.., ..]));
//! let (y, yv) = (y.slice(s![..150, ..]), y.slice(s![150.., ..]));
//! let weights = Array1::ones(150);
//!
//! let mut net: Dnn = Dnn::regressor(2, &[16], 1).build()?;
//! let report = net.training(&x, &y)
//!     .validation(&xv, &yv)
//!     .early_stopping(EarlyStopping::new(20))
//!     .reduce_on_plateau(ReduceOnPlateau::new(5).factor(0.5))
//!     // A row of weight 2 counts as two rows.
//!     .sample_weights(&weights)
//!     // After each epoch, of the validation data.
//!     .metric("r2", metrics::r2)
//!     // Sees the network after each epoch, and may stop the run.
//!     .on_epoch(|epoch| {
//!         println!("{epoch}");
//!         Continue(())
//!     })
//!     .max_epochs(300)
//!     .run()?;
//! println!("{report}");
//!
//! // Continue with the whole state; change settings and keep the state.
//! net.training(&x, &y).resume().max_epochs(10).run()?;
//! net.reconfigure(|builder| builder.eta(1e-4))?;
//! net.partial_fit(&x, &y)?;
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```
//!
//! # Regularization
//!
//! | setting | does | try |
//! |---|---|---|
//! | `regularization(λ)` | adds `½·λ‖θ‖²` to the objective | 0.0001 to 0.1 |
//! | `l1(λ₁)` | adds `λ₁ Σ|θ|`, which makes weights exactly or nearly 0 | 0.0001 to 0.01 |
//! | `dropout([0.2, 0.2])` | leaves out a random share of each hidden layer at each step | 0.1 to 0.5, with more neurons and epochs |
//! | `max_norm(c)` | limits the norm of each neuron's weights | 2 to 4, with dropout |
//! | `label_smoothing(ε)` | makes the targets less certain, with softmax | 0.05 to 0.1 |
//! | `clip_norm(c)` | limits the norm of the gradient, against single bad mini-batches | 1 to 10 |
//!
//! The values to try are the usual ones; only those of `regularization` were measured here. Dropout and the largest
//! norm are from N. Srivastava and others, *Dropout: a simple way to prevent neural networks from overfitting*, JMLR
//! 15, 2014, which is about large networks.
//!
//! # Rare classes
//!
//! [`Classifier::balanced`](crate::Classifier::balanced) gives each class the same total weight, and
//! [`balanced_weights`](crate::balanced_weights) returns the weights of the rows for `sample_weights`. For several
//! labels per row there is [`positive_weights`](crate::DnnBuilder::positive_weights). Judge such models by
//! [`metrics::balanced_accuracy`](crate::metrics::balanced_accuracy), [`metrics::roc_auc`](crate::metrics::roc_auc)
//! or the report of each class, [`metrics::classification_report`](crate::metrics::classification_report): if 1 % of
//! the rows are ill, the answer “healthy” is right for 99 %.
//!
//! # Is a difference real?
//!
//! Scores depend on the split and on the seed. On the digits, ten seeds give 97.2 to 99.7 %. Compare two settings on
//! the same folds and seeds, as [`data`](super::data#splits-and-folds) shows, and look at the differences, not at
//! two single scores.
//!
//! # Small and smooth: Levenberg-Marquardt
//!
//! For a network with up to a few thousand parameters, a smooth function and all data in memory,
//! [`Dnn::levenberg_marquardt`](crate::Dnn::levenberg_marquardt) reaches in a few dozen iterations what descent does
//! not reach in thousands of epochs, and can choose λ by itself.
