//! A source of blocks that a function reads.

use std::fmt;

use ndarray::Array2;

use super::source::{Block, Source};
use crate::data::try_permutation;
use crate::error::Error;
use crate::kernel::{Known, Scalar, stream};

/// A [`Source`] of numbered blocks that a function reads, such as files, in their order or in a new random order for
/// each epoch.
///
/// # Examples
/// ```
/// use ndarray_dnn::ndarray::Array2;
/// use ndarray_dnn::{Dnn, Shards};
///
/// # let folder = std::env::temp_dir().join(format!("ndarray-dnn-shards-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # for shard in 0..3 { std::fs::write(folder.join(format!("{shard}.csv")), "1,2\n3,4\n")?; }
/// // Files of lines "x,y".
/// let source = Shards::new(3, |shard| -> Result<_, Box<dyn std::error::Error + Send + Sync>> {
///     let text = std::fs::read_to_string(folder.join(format!("{shard}.csv")))?;
///     let numbers = text.lines().flat_map(|line| line.split(',')).map(str::parse);
///     let numbers = numbers.collect::<Result<Vec<f64>, _>>()?;
///     let table = Array2::from_shape_vec((numbers.len() / 2, 2), numbers)?;
///     let (x, y) = table.view().split_at(ndarray_dnn::ndarray::Axis(1), 1);
///     Ok((x.to_owned(), y.to_owned()))
/// });
/// let mut net: Dnn = Dnn::regressor(1, &[4], 1).build()?;
/// net.training_on(source.shuffled(42)).max_epochs(5).run()?;
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Shards<F, R> {
    count: usize,
    read: R,
    seed: Option<u64>,
    /// The order of the blocks in this epoch; `None` if they are not shuffled.
    order: Option<Result<Vec<usize>, Error>>,
    /// The number of blocks of this epoch that were read.
    read_blocks: usize,
    /// x and y of the present block.
    present: Option<(Array2<F>, Array2<F>)>,
}

impl<F, R> fmt::Debug for Shards<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, seed, .. } = self;
        f.debug_struct("Shards").field("count", count).field("seed", seed).finish_non_exhaustive()
    }
}

impl<F: Scalar, R> Shards<F, R> {
    /// A source of `count` blocks. `read` is called with the number of a block, from 0, and returns x `(rows, n₀)` and
    /// y `(rows, n_L)`, or any error.
    pub fn new<E>(count: usize, read: R) -> Self
    where
        R: FnMut(usize) -> Result<(Array2<F>, Array2<F>), E>,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Self { count, read, seed: None, order: None, read_blocks: 0, present: None }
    }

    /// Hands out the blocks in a random order, which is a function of `seed` and the number of the epoch alone.
    /// Default: in the order of their numbers.
    #[must_use]
    pub fn shuffled(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

impl<F, E, R> Source<F> for Shards<F, R>
where
    F: Scalar,
    R: FnMut(usize) -> Result<(Array2<F>, Array2<F>), E>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn begin(&mut self, epoch: usize) {
        self.read_blocks = 0;
        self.order = self.seed.map(|seed| try_permutation(self.count, stream(seed, epoch as u64)));
    }

    fn next(&mut self) -> Result<Option<Block<'_, F>>, Box<dyn std::error::Error + Send + Sync>> {
        // The memory of the last block is free before the next one is read.
        self.present = None;
        if self.read_blocks >= self.count {
            return Ok(None);
        }
        let block = match &self.order {
            None => self.read_blocks,
            Some(order) => order.as_ref().map_err(Error::clone)?.get(self.read_blocks).copied().known(),
        };
        self.read_blocks += 1;
        let (x, y) = self.present.insert((self.read)(block).map_err(Into::into)?);
        Ok(Some(Block::new(&*x, &*y)))
    }
}
