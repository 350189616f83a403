//! Data: from files, vectors and slices to arrays; labels, scaling, splits, and more rows than memory.
//!
//! # Arrays
//!
//! Rows are samples and columns are features. x has the shape (n, n₀) and y the shape (n, n_L), also where n_L is 1.
//! Every method takes `&ArrayRef2<F>`: a reference to an owned array, to a view, or to a slice of any memory layout.
//! Nothing is copied.
//!
//! ```
//! use ndarray_dnn::ndarray::{Array1, Array2, ArrayView2, Axis, array, s};
//!
//! // Rows as vectors:
//! let rows = vec![vec![1.0, 2.0], vec![3.0, 4.0], vec![5.0, 6.0]];
//! let x = Array2::from_shape_vec((rows.len(), 2), rows.concat())?;
//! assert_eq!(x, array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
//!
//! // One long slice, row by row, without a copy:
//! let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
//! let same = ArrayView2::from_shape((3, 2), &values)?;
//! assert_eq!(x, same);
//!
//! // A vector of targets becomes a column, (3) → (3, 1):
//! let targets = vec![10.0, 20.0, 30.0];
//! let y = Array1::from(targets).insert_axis(Axis(1));
//! assert_eq!(y.dim(), (3, 1));
//!
//! // Every column but the last, without a copy:
//! assert_eq!(x.slice(s![.., ..-1]).dim(), (3, 1));
//! # Ok::<(), ndarray_dnn::ndarray::ShapeError>(())
//! ```
//!
//! # CSV files
//!
//! Tables of numbers need no package. `text.lines()` also takes the line ends of Windows:
//!
//! ```
//! use ndarray_dnn::ndarray::Array2;
//!
//! let text = "width,height,name\r\n1.5,2,oak\r\n,4,birch\r\n";
//! let (mut values, mut names) = (Vec::new(), Vec::new());
//! for line in text.lines().skip(1) {
//!     let cells = Vec::from_iter(line.split(',').map(str::trim));
//!     let [numbers @ .., name] = &cells[..] else { continue };
//!     for cell in numbers {
//!         // A gap: NaN for now.
//!         values.push(if cell.is_empty() { f64::NAN } else { cell.parse()? });
//!     }
//!     names.push(name.to_string());
//! }
//! let mut x = Array2::from_shape_vec((names.len(), 2), values)?;
//!
//! // The mean of the values that are there. NaN is refused by `fit`.
//! for mut column in x.columns_mut() {
//!     let known = Vec::from_iter(column.iter().copied().filter(|value| !value.is_nan()));
//!     let mean = known.iter().sum::<f64>() / known.len() as f64;
//!     column.mapv_inplace(|value| if value.is_nan() { mean } else { value });
//! }
//! assert_eq!(x[[1, 0]], 1.5);
//! assert_eq!(names, ["oak", "birch"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Cells with quotation marks, or commas inside, need a parser such as the package `csv`. A column of categories,
//! such as a colour, becomes a column for each category with [`one_hot`](crate::one_hot). Fill gaps with the mean of
//! the *training* rows, as the scaler takes theirs.
//!
//! # Labels
//!
//! [`Classifier`](crate::Classifier) takes labels as they are: texts, integers, `bool`. With [`Dnn`](crate::Dnn)
//! itself, a [`LabelEncoder`](crate::LabelEncoder) numbers them, and [`one_hot`](crate::one_hot) makes y:
//!
//! ```
//! use ndarray_dnn::ndarray::array;
//! use ndarray_dnn::{LabelEncoder, one_hot};
//!
//! let names = ["spam", "ham", "spam"];
//! let encoder = LabelEncoder::fit(&names)?;
//! let numbers = encoder.transform(&names)?;
//! assert_eq!(numbers, array![1, 0, 1]); // ham 0, spam 1
//! assert_eq!(one_hot::<f64>(&numbers, 2)?, array![[0.0, 1.0], [1.0, 0.0], [0.0, 1.0]]);
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```
//!
//! Yes or no can also be one column of 0 and 1, for [`Dnn::classifier`](crate::Dnn::classifier) with `classes = 1`.
//! If a row can have several labels, y has a column of 0 and 1 for each label; see
//! [`Dnn::multilabel`](crate::Dnn::multilabel).
//!
//! # Scaling
//!
//! A network learns well if every column has a mean of about 0 and a deviation of about 1. The estimators see to
//! that. With `Dnn`, use a [`StandardScaler`](crate::StandardScaler), and fit it to the training rows alone:
//!
//! ```
//! use ndarray_dnn::StandardScaler;
//! use ndarray_dnn::ndarray::array;
//!
//! let (train, test) = (array![[1.0, 500.0], [3.0, 700.0]], array![[2.0, 800.0]]);
//! let scaler = StandardScaler::fit(&train)?;
//! assert_eq!(scaler.transform(&train)?, array![[-1.0, -1.0], [1.0, 1.0]]);
//! assert_eq!(scaler.transform(&test)?, array![[0.0, 2.0]]);
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```
//!
//! What it is worth, measured on data whose columns differ by orders of magnitude (`benches/presets`): without
//! scaling, the R² of the diabetes data is 0.000 instead of 0.485, and the median accuracy for wine is 0.917 instead
//! of 1.000. Pixels from 0 to 16 are learnt as well without scaling. Targets need it as much as inputs: a network
//! that has to predict values near 1,000 spends its first updates on the bias of the last layer. The columns of x
//! that are constant become 0.
//!
//! # Splits and folds
//!
//! Splits are row numbers, so that they serve x, y, labels and weights alike:
//!
//! | function | gives |
//! |---|---|
//! | [`train_test_split(n, f, seed)`](crate::train_test_split) | two parts at random |
//! | [`stratified_split(labels, f, seed)`](crate::stratified_split) | two parts with the same share of each class |
//! | [`k_fold(n, k, seed)`](crate::k_fold), [`stratified_k_fold`](crate::stratified_k_fold) | k pairs of training and test rows |
//! | [`permutation(n, seed)`](crate::permutation) | all rows in a random order |
//!
//! [`cross_validate`](crate::cross_validate) runs a function for each fold, with the feature `rayon` side by side:
//!
//! ```
//! use ndarray_dnn::ndarray::{Array2, Axis};
//! use ndarray_dnn::{Classifier, Error, cross_validate, stratified_k_fold};
//!
//! let x = Array2::from_shape_fn((120, 2), |(i, j)| ((i * 2 + j) as f64 * 1.7).sin());
//! let labels = Vec::from_iter(x.rows().into_iter().map(|row| row[0] > row[1]));
//!
//! let folds = stratified_k_fold(&labels, 5, 42)?;
//! let scores = cross_validate(&folds, |train, test| -> Result<f64, Error> {
//!     let labels_of = |rows: &[usize]| Vec::from_iter(rows.iter().map(|row| labels[*row]));
//!     let model = Classifier::new([8]).fit(&x.select(Axis(0), train), &labels_of(train))?;
//!     model.score(&x.select(Axis(0), test), &labels_of(test))
//! })?;
//! let mean = scores.iter().sum::<f64>() / 5.0;
//! println!("{mean:.3}: {scores:.3?}");
//! assert!(mean > 0.9);
//! # Ok::<(), Error>(())
//! ```
//!
//! Rows that belong together, such as several measurements of one patient, must be in the same part: split the
//! patients, and collect their rows. A series in time is split at a date and not at random.
//!
//! # More rows than memory
//!
//! **A memory map is an array.** `ArrayView2::from_shape` makes a view of any slice, so also of a file that is
//! mapped into memory: training reads the rows where they are, and the system loads and drops the pages as it needs
//! them. Take the rows in order, since rows at random places of a file are slow to read. Here the file is one of
//! NumPy, with f32 numbers:
//!
//! ```
//! use ndarray_dnn::{BatchOrder, Dnn, ndarray::{Array2, ArrayView2}};
//! # let name = format!("ndarray-dnn-guide-map-{}.npy", std::process::id());
//! # let path = std::env::temp_dir().join(name);
//! # let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
//! # bytes.resize(128, b' ');
//! # bytes.extend((0..640).flat_map(|i| (i as f32).sin().to_le_bytes()));
//! # std::fs::write(&path, bytes)?;
//! # let (rows, y) = (20, Array2::zeros((20, 1)));
//!
//! let file = std::fs::File::open(&path)?;
//! // SAFETY: nobody changes the file in the meantime.
//! let map = unsafe { memmap2::Mmap::map(&file)? };
//! // NumPy's header, whose length is in the bytes 8 and 9, then (rows, 32) numbers.
//! let start = 10 + usize::from(u16::from_le_bytes([map[8], map[9]]));
//! // SAFETY: every pattern of bits is a number.
//! let (_, values, _) = unsafe { map[start..].align_to::<f32>() };
//! let x = ArrayView2::from_shape((rows, 32), values)?;
//!
//! let builder = Dnn::<f32>::regressor(32, &[16], 1).max_epochs(2);
//! let mut net = builder.batch_order(BatchOrder::Sequential).build()?;
//! net.fit(&x, &y)?;
//! # std::fs::remove_file(&path)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! **Blocks with everything.** [`Dnn::training_on`](crate::Dnn::training_on) trains on a
//! [`Source`](crate::training::Source) of blocks, with validation, weights and early stopping as for arrays.
//! [`Shards`](crate::Shards) is a source for blocks that a function reads, and
//! [`StandardScaler::fit_blocks`](crate::StandardScaler::fit_blocks) scales them:
//!
//! ```
//! use ndarray_dnn::ndarray::Array2;
//! use ndarray_dnn::{Dnn, Error, Shards};
//!
//! // A function that reads a file, a table of a database, …
//! let read = |shard: usize| -> Result<(Array2<f64>, Array2<f64>), Error> {
//!     let number = |(i, j)| ((shard * 2000 + i * 2 + j) as f64 * 1.7).sin();
//!     let x = Array2::from_shape_fn((1000, 2), number);
//!     let y = Array2::from_shape_fn((1000, 1), |(i, _)| x[[i, 0]] * x[[i, 1]]);
//!     Ok((x, y))
//! };
//! let mut net: Dnn = Dnn::regressor(2, &[16], 1).max_epochs(5).build()?;
//! // The blocks come in a new order for each epoch, and so do the rows in them.
//! let report = net.training_on(Shards::new(20, read).shuffled(42)).run()?;
//! assert!(report.losses()[4] < 0.1);
//! # Ok::<(), Error>(())
//! ```
//!
//! **Online.** [`Dnn::partial_fit`](crate::Dnn::partial_fit) makes one pass over the rows it gets, and keeps
//! velocity, learning rate and memory from call to call, also for one row at a time:
//!
//! ```
//! use ndarray_dnn::Dnn;
//! use ndarray_dnn::ndarray::Array2;
//!
//! let mut net: Dnn = Dnn::regressor(1, &[8], 1).build()?;
//! let mut loss = 0.0;
//! for block in 0..200 {
//!     let x = Array2::from_shape_fn((50, 1), |(row, _)| ((block * 50 + row) as f64 * 0.7).sin());
//!     let y = x.mapv(|x| x * x);
//!     loss = net.partial_fit(&x, &y)?;
//! }
//! assert!(loss < 0.02, "{loss}");
//! # Ok::<(), ndarray_dnn::Error>(())
//! ```
//!
//! # Other versions of ndarray
//!
//! An array of another version of `ndarray` has another type. Convert it by way of a slice, with the version that
//! this crate re-exports:
//!
//! ```
//! use ndarray_dnn::{Dnn, ndarray::ArrayView2};
//!
//! let net: Dnn = Dnn::regressor(3, &[8], 1).build()?;
//! // Of your array: array.as_slice().
//! let (rows, values) = (2, vec![0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
//! let answer = net.predict(&ArrayView2::from_shape((rows, 3), &values)?)?;
//! let plain: Vec<f64> = answer.into_raw_vec_and_offset().0;
//! assert_eq!(plain.len(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
