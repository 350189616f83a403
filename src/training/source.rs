//! Training on blocks of rows that a source hands out, one after the other.

use ndarray::{ArrayView1, ArrayView2};

use crate::kernel::Scalar;

/// The rows of a data set that does not fit in memory, block by block: a trait for types of your own, which read files,
/// a database or a network connection. [`Dnn::training_on`](crate::Dnn::training_on) trains on it, and
/// [`Shards`](crate::Shards) is one for blocks that a function reads.
///
/// At the start of each epoch, training calls [`begin`](Self::begin), and then [`next`](Self::next) until it returns
/// `None`. A block is borrowed from the source until the next call, so that the source can reuse its memory, and only
/// one block has to be in memory. The number of blocks and their sizes may differ from block to block and from epoch to
/// epoch. A block without rows is passed over. An epoch without rows is an [`Error::Empty`](crate::Error::Empty).
///
/// # The same bits
/// Blocks are only the way in which rows come. Mini-batches run on from block to block, and only the rows at the end of
/// a block that fill no mini-batch are copied. With [`BatchOrder::Sequential`](crate::BatchOrder::Sequential), every
/// division into blocks gives the bits of [`Dnn::training`](crate::Dnn::training) on all rows at once. With
/// [`BatchOrder::Shuffled`](crate::BatchOrder::Shuffled), the rows of each block are shuffled, and the bits are those
/// of `training` if there is a single block. For a better mixture, hand out the blocks in another order in each epoch.
///
/// For blocks with weights, and for a learning rate that changes during an epoch, this needs
/// [`mean_weight`](Self::mean_weight) and [`rows`](Self::rows).
///
/// A run and a run with [`Training::resume`](crate::training::Training::resume) are together one run, bit for bit, if
/// what the source hands out depends on the argument of [`begin`](Self::begin) alone, and not on what it has handed out
/// before.
///
/// # Examples
/// Blocks of 100 numbers and their squares, in a new order for each epoch:
/// ```
/// use ndarray_dnn::ndarray::Array2;
/// use ndarray_dnn::training::{Block, Source};
/// use ndarray_dnn::{Dnn, permutation};
/// use std::error::Error;
///
/// struct Squares {
///     order: Vec<usize>,
///     x: Array2<f64>,
///     y: Array2<f64>,
/// }
///
/// impl Source<f64> for Squares {
///     fn begin(&mut self, epoch: usize) {
///         self.order = permutation(8, epoch as u64);
///     }
///
///     fn next(&mut self) -> Result<Option<Block<'_, f64>>, Box<dyn Error + Send + Sync>> {
///         let Some(block) = self.order.pop() else { return Ok(None) };
///         // Here, a file would be read; `?` hands its error on.
///         let number = |(row, _)| (block * 100 + row) as f64 / 400.0 - 1.0;
///         self.x = Array2::from_shape_fn((100, 1), number);
///         self.y = self.x.mapv(|x| x * x);
///         Ok(Some(Block::new(&self.x, &self.y)))
///     }
/// }
///
/// let empty = Array2::zeros((0, 1));
/// let source = Squares { order: Vec::new(), x: empty.clone(), y: empty };
/// let mut net: Dnn = Dnn::regressor(1, &[8], 1).build()?;
/// let report = net.training_on(source).max_epochs(40).run()?;
/// assert!(report.losses().last() < Some(&1e-2), "{report}");
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
pub trait Source<F: Scalar = f64> {
    /// Starts an epoch from its first block. `epoch` is the number of the epoch, from 0: the epochs since the start of
    /// the last run that was not resumed, as [`Dnn::schedule_position`](crate::Dnn::schedule_position) counts them. A
    /// resumed run goes on counting.
    ///
    /// A failure, for example to open a file, can be returned by [`next`](Self::next).
    fn begin(&mut self, epoch: usize);

    /// The next block; `None` after the last one of the epoch.
    ///
    /// # Errors
    /// Any error ends the run, which returns it as the source of an [`Error::Callback`](crate::Error::Callback).
    fn next(&mut self) -> Result<Option<Block<'_, F>>, Box<dyn std::error::Error + Send + Sync>>;

    /// The mean weight w̄ of all rows of the epoch, by which the [`weights`](Block::weights) are divided; greater than
    /// 0 and finite. Default: `None`, which is an [`Error::NotSet`](crate::Error::NotSet) at a block with weights. It
    /// is asked for after each [`begin`](Self::begin).
    /// [`Training::mean_weight`](crate::training::Training::mean_weight) replaces it.
    fn mean_weight(&self) -> Option<f64> {
        None
    }

    /// The number of rows of the epoch, if it is known. Default: `None`. It is asked for after each
    /// [`begin`](Self::begin).
    ///
    /// Only the position in a [`Schedule`](crate::Schedule), and in the progress of
    /// [`Training::eta_schedule`](crate::training::Training::eta_schedule), depends on it: without it the position is
    /// the number of finished epochs, for the whole epoch; so a warm-up begins with a whole epoch at its first rate.
    /// Another number of rows than this one is an [`Error::Shape`](crate::Error::Shape).
    fn rows(&self) -> Option<usize> {
        None
    }
}

/// A block of rows of a [`Source`].
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::array;
/// use ndarray_dnn::training::Block;
///
/// let (x, y) = (array![[1.0], [2.0]], array![[2.0], [4.0]]);
/// let mut block: Block = Block::new(&x, y.view());
/// assert_eq!((block.x, block.weights), (x.view(), None));
/// let weights = array![1.0, 0.5];
/// assert_eq!(block.weights(&weights).weights, Some(weights.view()));
/// # Ok::<(), ndarray_dnn::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Block<'a, F: Scalar = f64> {
    /// The inputs, `(rows, n₀)`.
    pub x: ArrayView2<'a, F>,
    /// The targets, `(rows, n_L)`.
    pub y: ArrayView2<'a, F>,
    /// The weight of each row, `(rows)`; at least 0 and finite. `None` is a weight of 1 for each. See
    /// [`Training::sample_weights`](crate::training::Training::sample_weights).
    pub weights: Option<ArrayView1<'a, F>>,
}

impl<'a, F: Scalar> Block<'a, F> {
    /// A block of rows without weights; x and y are views or references to arrays.
    pub fn new(x: impl Into<ArrayView2<'a, F>>, y: impl Into<ArrayView2<'a, F>>) -> Self {
        Self { x: x.into(), y: y.into(), weights: None }
    }

    /// The block with a weight for each row.
    pub fn weights(mut self, weights: impl Into<ArrayView1<'a, F>>) -> Self {
        self.weights = Some(weights.into());
        self
    }
}

impl<F: Scalar, S: Source<F> + ?Sized> Source<F> for &mut S {
    fn begin(&mut self, epoch: usize) {
        (**self).begin(epoch);
    }

    fn next(&mut self) -> Result<Option<Block<'_, F>>, Box<dyn std::error::Error + Send + Sync>> {
        (**self).next()
    }

    fn mean_weight(&self) -> Option<f64> {
        (**self).mean_weight()
    }

    fn rows(&self) -> Option<usize> {
        (**self).rows()
    }
}
