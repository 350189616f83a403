//! The first model: from a CSV file to a model that is saved and loaded.
//!
//! # A new program
//!
//! ```sh
//! cargo new digits
//! cd digits
//! cargo add ndarray-dnn --features safetensors
//! ```
//!
//! The feature `safetensors` is for `save` and `load`. Without it the crate has 12 packages less.
//!
//! Run your program with `cargo run --release`. A plain `cargo run` compiles the crate without optimisation, and
//! training is then 100 to 260 times slower (`benches/user_build/measure.sh`). If you prefer debug builds, add these
//! two lines to your `Cargo.toml`; training then takes about 1.2 times as long as in a release build:
//!
//! ```toml
//! [profile.dev.package.ndarray-dnn]
//! opt-level = 3
//! ```
//!
//! # Classes
//!
//! The file `examples/data/digits.csv` of the repository has a header line, and then a line for each of 1,797
//! handwritten digits: 64 pixels and, in the last column, the digit.
//!
//! ```
//! use ndarray_dnn::ndarray::{Array2, Axis, s};
//! use ndarray_dnn::{Classifier, train_test_split};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // The numbers of all lines, without the 65 words of the header.
//!     let text = std::fs::read_to_string("examples/data/digits.csv")?;
//!     let cells = text.split_terminator([',', '\n']).skip(65).map(str::parse::<f64>);
//!     let table = Array2::from_shape_vec((1797, 65), cells.collect::<Result<_, _>>()?)?;
//!
//!     // A fifth of the rows is held out. The split gives row numbers, in a random order.
//!     let (train, test) = train_test_split(table.nrows(), 0.2, 7)?;
//!     let [train, test] = [train, test].map(|rows| table.select(Axis(0), &rows));
//!     let digits = |table: &Array2<f64>| table.column(64).mapv(|digit| digit as u8);
//!
//!     // One hidden layer of 64 neurons.
//!     let classifier = Classifier::new([64]).seed(7);
//!     let model = classifier.fit(&train.slice(s![.., ..64]), &digits(&train))?;
//!     println!("{model}");
//!
//!     let score = model.score(&test.slice(s![.., ..64]), &digits(&test))?;
//!     println!("{:.1} % of the unseen digits are right", 100.0 * score);
//!     # assert!(score > 0.97);
//!     Ok(())
//! }
//! ```
//!
//! It prints
//!
//! ```text
//! classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9
//! network in f64
//!   64 → 64, relu: 4160 parameters
//!   64 → 10, identity: 650 parameters
//!   softmax
//! 4810 parameters
//! epochs: 100. mini-batches: 4500. time: 456.58ms. mean loss: 0.656105 to 0.008954. reached max_epochs
//! 97.8 % of the unseen digits are right
//! ```
//!
//! The last line is what counts. The loss of the rows from which the network learnt always falls; only rows that it
//! has not seen show how good it is. With ten other seeds between 97.2 and 99.7 % are right.
//!
//! [`Classifier`](crate::Classifier) does what every classification needs: it numbers the labels, standardises the
//! columns of x, builds a network with settings that were chosen by measurement, and trains it. Labels are integers,
//! texts, or any other ordered type. Its page shows the lines that it saves.
//!
//! # Numbers
//!
//! For values instead of classes there is the [`Regressor`](crate::Regressor). It standardises the targets too, and
//! its predictions are in their unit again. The file `diabetes.csv` has ten columns about each of 442 patients, and
//! in the last one the progression of the disease, from 25 to 346:
//!
//! ```
//! use ndarray_dnn::Regressor;
//! use ndarray_dnn::ndarray::{Array2, Axis, s};
//! use ndarray_dnn::train_test_split;
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let text = std::fs::read_to_string("examples/data/diabetes.csv")?;
//!     let cells = text.split_terminator([',', '\n']).skip(11).map(str::parse::<f64>);
//!     let table = Array2::from_shape_vec((442, 11), cells.collect::<Result<_, _>>()?)?;
//!     let (train, test) = train_test_split(table.nrows(), 0.2, 7)?;
//!     let [train, test] = [train, test].map(|rows| table.select(Axis(0), &rows));
//!
//!     let model = Regressor::new([16]).seed(7).fit(&train.slice(s![.., ..10]), &train.column(10))?;
//!     let score = model.score(&test.slice(s![.., ..10]), &test.column(10))?;
//!     println!("R² = {score:.3}");
//!     # assert!(score > 0.5);
//!
//!     // A single patient.
//!     let patient = test.slice(s![0, ..10]).to_vec();
//!     println!("{:.0}, and it was {}", model.predict_row(&patient)?[0], test[[0, 10]]);
//!     Ok(())
//! }
//! ```
//!
//! It prints `R² = 0.579`. R² is 1 for exact predictions, and 0 for a model that always predicts the mean.
//!
//! # Saving
//!
//! `save` writes one file with everything that the model needs: the network, the scalers, the labels, and the state
//! of the training.
//!
//! ```
//! # #[cfg(feature = "safetensors")]
//! fn main() -> Result<(), ndarray_dnn::Error> {
//!     use ndarray_dnn::ndarray::array;
//!     use ndarray_dnn::{Classifier, TrainedClassifier};
//!
//!     let x = array![[4.1, 9.0], [3.9, 8.0], [0.5, 0.4], [0.4, 0.3]];
//!     let model = Classifier::new([8]).fit(&x, &["horse", "horse", "cat", "cat"])?;
//!     let path = std::env::temp_dir().join("animals.safetensors");
//!     model.save(&path)?;
//!
//!     // In another program:
//!     let model: TrainedClassifier<String> = TrainedClassifier::load(&path)?;
//!     assert_eq!(model.predict_row(&[4.0, 9.5])?, "horse");
//!     # std::fs::remove_file(path).unwrap();
//!     Ok(())
//! }
//! # #[cfg(not(feature = "safetensors"))]
//! # fn main() {}
//! ```
//!
//! # Where next
//!
//! * Your file has texts, gaps, other separators, or millions of rows: [`data`](super::data).
//! * The score is not good enough: [`tuning`](super::tuning).
//! * The model has to answer requests, or to run in Python: [`serving`](super::serving).
