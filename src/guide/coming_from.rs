//! Coming from scikit-learn, Keras or PyTorch: their names and settings here.
//!
//! The examples `from_keras` and `from_sklearn` are whole scripts, ported line by line; the Python files are next to
//! them.
//!
//! # Names
//!
//! | scikit-learn | Keras | PyTorch | here |
//! |---|---|---|---|
//! | `MLPClassifier` | `Sequential`, `Dense` | `Sequential`, `Linear` | [`Classifier`](crate::Classifier), [`Dnn::classifier`](crate::Dnn::classifier) |
//! | `MLPRegressor` | the same with `"mse"` | the same with `MSELoss` | [`Regressor`](crate::Regressor), [`Dnn::regressor`](crate::Dnn::regressor) |
//! | `fit(x, y)` | `fit(x, y)` | a loop of one's own | [`fit`](crate::Dnn::fit), [`training`](crate::Dnn::training) |
//! | `partial_fit` | `train_on_batch` | `step()` | [`partial_fit`](crate::Dnn::partial_fit); by hand [`update`](crate::Dnn::update) |
//! | `predict` | `predict` | `module(x)` | [`predict`](crate::Dnn::predict), [`predict_classes`](crate::Dnn::predict_classes) |
//! | `predict_proba` | `predict` | `softmax` of it | [`predict`](crate::Dnn::predict), [`probabilities`](crate::TrainedClassifier::probabilities) |
//! | `score` | `evaluate` | | [`score`](crate::TrainedClassifier::score), [`mean_loss`](crate::Dnn::mean_loss), [`metrics`](crate::metrics) |
//! | `coefs_`, transposed | `get_weights`, transposed | `weight`, `bias` | [`layers`](crate::Dnn::layers), [`weights`](crate::Layer::weights), [`biases`](crate::Layer::biases) |
//! | `loss_curve_` | `history.history` | | [`Report::losses`](crate::Report::losses) |
//! | `max_iter` | `epochs` | a loop | [`max_epochs`](crate::DnnBuilder::max_epochs), `threshold(0.0)`; with a preset `min_updates(0)` too |
//! | `batch_size` | `batch_size` | `batch_size` | [`minibatch_size`](crate::DnnBuilder::minibatch_size) |
//! | `shuffle=True` | `shuffle=True` | `shuffle` | [`batch_order(Shuffled)`](crate::DnnBuilder::batch_order) |
//! | `learning_rate_init` | `learning_rate` | `lr` | [`eta`](crate::DnnBuilder::eta), and `decay_power(0.0)` |
//! | `alpha` | `l2` | `weight_decay` | [`regularization`](crate::DnnBuilder::regularization), see below |
//! | `early_stopping`, `n_iter_no_change` | `EarlyStopping` | | [`early_stopping`](crate::training::Training::early_stopping) |
//! | `validation_fraction` | `validation_split` | `random_split` | [`validation_fraction`](crate::Classifier::validation_fraction) |
//! | `"adaptive"` | `ReduceLROnPlateau` | `ReduceLROnPlateau` | [`reduce_on_plateau`](crate::training::Training::reduce_on_plateau) |
//! | | `CosineDecay` | `OneCycleLR`, `StepLR` | [`schedule`](crate::DnnBuilder::schedule) |
//! | `warm_start` | `initial_epoch` | | [`resume`](crate::training::Training::resume) |
//! | `random_state` | `set_random_seed` | `manual_seed` | [`seed`](crate::DnnBuilder::seed) |
//! | | `sample_weight`, `class_weight` | `weight`, `pos_weight` | [`sample_weights`](crate::training::Training::sample_weights), [`positive_weights`](crate::DnnBuilder::positive_weights) |
//! | | `Dropout(0.2)` | `Dropout(0.2)` | [`dropout([0.2])`](crate::DnnBuilder::dropout) |
//! | | `Callback` | | [`on_epoch`](crate::training::Training::on_epoch), [`try_on_epoch`](crate::training::Training::try_on_epoch) |
//! | | `clipnorm`, global | `clip_grad_norm_` | [`clip_norm`](crate::DnnBuilder::clip_norm) |
//! | `StandardScaler` | `Normalization` | | [`StandardScaler`](crate::StandardScaler) |
//! | `LabelEncoder` | `to_categorical` | `one_hot` | [`LabelEncoder`](crate::LabelEncoder), [`one_hot`](crate::one_hot) |
//! | `StratifiedKFold`, `cross_val_score` | | | [`stratified_k_fold`](crate::stratified_k_fold), [`cross_validate`](crate::cross_validate) |
//! | `joblib.dump` | `save`, `load_model` | `state_dict()` | `save`, `load`; see [`serving`](super::serving) |
//!
//! Trained networks of other libraries can be read too, see [`serving`](super::serving#to-and-from-pytorch). Initial
//! weights differ: Keras' are `Init::Glorot` with biases of 0, and those of scikit-learn and PyTorch are uniform
//! with bounds of their own. The presets have `Init::He`.
//!
//! # The same numbers
//!
//! Libraries scale losses and penalties in different ways, so that the same number means different things. This
//! table is what the test `coming_from` does: it trains networks in each library, and here with converted settings,
//! and compares all parameters after 50 steps. They agree to 1e-10, and to 1e-6 with Keras, which rounds its rates
//! to f32.
//!
//! The letters: the gradient of this crate is `∇J + λ θ`, where J is the mean over the rows of the
//! [`Loss`](crate::Loss) of a row, *summed* over its k outputs. b is the number of rows of a mini-batch.
//!
//! | their loss | its relation to J | loss here |
//! |---|---|---|
//! | `MLPClassifier` of three or more classes, `categorical_crossentropy`, `CrossEntropyLoss` | J | `softmax(true)` |
//! | `MLPRegressor` | J in the gradient, although it reports J / k | `Loss::Squared` |
//! | `"mse"`, `MSELoss` | c J with c = 2 / k | `Loss::Squared` |
//! | `"mae"`, `L1Loss` | c J with c = 1 / k | `Loss::Absolute` |
//! | `"binary_crossentropy"`, `BCEWithLogitsLoss` | c J with c = 1 / k | `Loss::BinaryCrossEntropy` |
//!
//! Where c is not given, it is 1. The mean of the squares is over rows and outputs, `Σ‖d‖² / (b k)`, and J is `Σ
//! ½‖d‖² / b`, so c is 2 / k. For a single output, the `"mse"` that Keras prints is twice the loss that is printed
//! here.
//!
//! | their L2 | what they add to the gradient | λ, `regularization(λ)` | biases |
//! |---|---|---|---|
//! | scikit-learn's `alpha` | `(alpha / b) W` | alpha / b | `regularize_biases(false)` |
//! | Keras' `kernel_regularizer=l2(a)`, which is `a ‖W‖²` without ½ | `2 a W` | 2 a / c | `regularize_biases(false)` |
//! | PyTorch's `weight_decay=a` of `SGD`, `Adam` | `a θ` | a / c | `regularize_biases(true)` |
//! | `weight_decay=a` of `AdamW`, in both | nothing; they shrink θ by `η a θ` | a, with `Optimizer::AdamW` | `regularize_biases(true)` |
//!
//! So scikit-learn's `alpha` is λ · b. Keras' `l2(a)` is λ = k·a with `"mse"`, and λ = 2·a with the cross-entropy.
//!
//! **Why λ is divided by c.** Their gradient is `c ∇J + a θ = c (∇J + (a / c) θ)`: the direction is that of this
//! crate with λ = a / c, and its length is c times as large.
//!
//! | their optimizer | `eta` | the rest |
//! |---|---|---|
//! | `SGD(rate, momentum)` | c · rate, because a step is proportional to the gradient | `momentum(μ)` |
//! | `Adam(rate)` | rate, because a step does not depend on the scale of the gradient | ε / c |
//! | `AdamW(rate)` | rate | ε / c |
//!
//! So gradient descent on Keras' `"mse"` with one output and the rate η / 2 makes the steps of this crate with the
//! rate η. PyTorch adds Adam's ε as this crate does; Keras and scikit-learn add it before they correct the bias of
//! v, which is visible only in the first steps and for tiny gradients.
//!
//! A network as in Keras with `Dense(2, kernel_regularizer=l2(0.01))`, `"mse"` and `SGD(0.05, momentum=0.9)`, in
//! batches of 32:
//!
//! ```
//! use ndarray_dnn::{Activation::{Identity, Relu}, BatchOrder, Dnn, Init, Loss};
//!
//! let (k, rate, l2) = (2.0, 0.05, 0.01);
//! let c = 2.0 / k;
//! let net: Dnn = Dnn::builder()
//!     .input_shape(10).shape([64, 2]).activations([Relu, Identity]).init(Init::Glorot)
//!     .loss(Loss::Squared).eta(c * rate).momentum(0.9).decay_power(0.0)
//!     .regularization(2.0 * l2 / c).regularize_biases(false)
//!     .batch_order(BatchOrder::Shuffled).minibatch_size(32).max_epochs(50).threshold(0.0)
//!     .build()?;
//! assert_eq!(net.config().regularization(), k * l2);
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```
//!
//! And `MLPClassifier((64,), alpha=1e-4, batch_size=200)`, whose optimizer is Adam with a rate of 0.001:
//!
//! ```
//! use ndarray_dnn::{Dnn, Optimizer};
//!
//! let (alpha, batch) = (1e-4, 200);
//! let net: Dnn = Dnn::classifier(10, &[64], 3)
//!     .optimizer(Optimizer::adam()).eta(0.001).decay_power(0.0)
//!     .regularization(alpha / batch as f64).regularize_biases(false)
//!     .minibatch_size(batch).max_epochs(200)
//!     .build()?;
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```
//!
//! # What has another meaning
//!
//! * **An epoch.** With the defaults of [`Dnn::builder`](crate::Dnn::builder) it is the article's: as many
//!   mini-batches as there are rows. The presets, the estimators, and every [`BatchOrder`](crate::BatchOrder) but
//!   `Cyclic` make one pass, as the libraries do.
//! * **The learning rate** decays by default, `η / t^p`. Set `decay_power(0.0)` for a constant rate.
//! * **`threshold`** stops training when the loss is small. The presets set it to 0, and the builder to 1e-5.
//! * **Sample weights** count as repetitions, also in small mini-batches: they are divided by their mean over the
//!   whole data set. PyTorch's `CrossEntropyLoss(weight)` divides by their sum in each mini-batch.
//! * **Metrics** of a run are computed after the epoch, of the validation data, Keras' for the training data during
//!   the epoch too.
