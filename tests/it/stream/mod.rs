//! Training on a source of blocks.

mod continued;
mod errors;
mod laws;
mod weights;

use std::error::Error;
use std::ops::Range;

use ndarray::{Array1, Array2, s};
use ndarray_dnn::Scalar;
use ndarray_dnn::training::{Block, Source};

/// A data set in blocks of given rows, which may differ from epoch to epoch.
struct Parts<'a, F> {
    x: &'a Array2<F>,
    y: &'a Array2<F>,
    weights: Option<&'a Array1<F>>,
    mean_weight: Option<f64>,
    rows: Option<usize>,
    /// The rows of the blocks of an epoch.
    blocks: Box<dyn Fn(usize) -> Vec<Range<usize>> + 'a>,
    /// The epochs that were begun.
    begun: Vec<usize>,
    left: std::vec::IntoIter<Range<usize>>,
    /// The epoch and the block that fail.
    failure: Option<(usize, usize)>,
    handed_out: usize,
}

impl<'a, F> Parts<'a, F> {
    fn new(x: &'a Array2<F>, y: &'a Array2<F>, blocks: impl Fn(usize) -> Vec<Range<usize>> + 'a) -> Self {
        Self {
            x,
            y,
            weights: None,
            mean_weight: None,
            rows: None,
            blocks: Box::new(blocks),
            begun: Vec::new(),
            left: Vec::new().into_iter(),
            failure: None,
            handed_out: 0,
        }
    }

    /// Blocks of `size` rows, and perhaps a short one.
    fn of_size(x: &'a Array2<F>, y: &'a Array2<F>, size: usize) -> Self {
        let rows = x.nrows();
        Self::new(x, y, move |_| (0..rows).step_by(size).map(|first| first..rows.min(first + size)).collect())
    }
}

impl<F: Scalar> Source<F> for Parts<'_, F> {
    fn begin(&mut self, epoch: usize) {
        self.begun.push(epoch);
        self.left = (self.blocks)(epoch).into_iter();
        self.handed_out = 0;
    }

    fn next(&mut self) -> Result<Option<Block<'_, F>>, Box<dyn Error + Send + Sync>> {
        if self.failure == Some((*self.begun.last().unwrap(), self.handed_out)) {
            Err(std::io::Error::other("the disk is on strike"))?;
        }
        self.handed_out += 1;
        let Some(rows) = self.left.next() else { return Ok(None) };
        let weights = self.weights.map(|weights| weights.slice(s![rows.clone()]));
        let mut block = Block::new(self.x.slice(s![rows.clone(), ..]), self.y.slice(s![rows, ..]));
        block.weights = weights;
        Ok(Some(block))
    }

    fn mean_weight(&self) -> Option<f64> {
        self.mean_weight
    }

    fn rows(&self) -> Option<usize> {
        self.rows
    }
}
