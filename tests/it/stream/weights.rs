//! Weights of the rows of blocks.

use std::error::Error;

use ndarray::{Array1, array, s};
use ndarray_dnn::training::{Block, Source};
use ndarray_dnn::{BatchOrder, Error as DnnError};

use super::Parts;
use crate::common::runs::{ROWS, plain};

/// Weights with zeros, whose mean is not 1.
fn weights() -> Array1<f64> {
    Array1::from_shape_fn(ROWS, |row| (row % 4) as f64 * 0.75)
}

#[test]
fn every_division_has_the_bits_of_sample_weights() {
    let weights = weights();
    let mean = weights.sum() / ROWS as f64;
    for minibatch_size in [1, 4, ROWS] {
        let (builder, mut x, mut y) = plain(BatchOrder::Sequential);
        // Rows of weight 0 may hold anything finite.
        x[[4, 0]] = 1e300;
        y[[8, 1]] = -1e300;
        let net = builder.minibatch_size(minibatch_size).max_epochs(3).build().unwrap();
        let mut whole = net.clone();
        let expected = whole.training(&x, &y).sample_weights(&weights).mean_weight(mean).run().unwrap();
        for size in 1..=ROWS {
            let [mut of_source, mut of_run] = [net.clone(), net.clone()];
            let mut source = Parts::of_size(&x, &y, size);
            source.weights = Some(&weights);
            // That of the run replaces that of the source.
            source.mean_weight = Some(17.0);
            let report = of_run.training_on(&mut source).mean_weight(mean).run().unwrap();
            assert_eq!(report, expected);
            source.mean_weight = Some(mean);
            assert_eq!(of_source.training_on(source).run().unwrap(), expected);
            assert_eq!(of_source, whole);
            assert_eq!(of_run, whole);
        }
    }
}

#[test]
fn weights_of_1_have_the_bits_of_no_weights() {
    let (builder, x, y) = plain(BatchOrder::Shuffled);
    let net = builder.max_epochs(3).build().unwrap();
    let [mut plain, mut weighted, mut divided] = [(); 3].map(|()| net.clone());
    let expected = plain.training_on(Parts::of_size(&x, &y, 3)).run().unwrap();
    let ones = Array1::ones(ROWS);
    let mut source = Parts::of_size(&x, &y, 3);
    (source.weights, source.mean_weight) = (Some(&ones), Some(1.0));
    assert_eq!(weighted.training_on(source).run().unwrap(), expected);
    // Without weights, but with a mean weight of 1.
    assert_eq!(divided.training_on(Parts::of_size(&x, &y, 3)).mean_weight(1.0).run().unwrap(), expected);
    assert_eq!([weighted, divided], [plain.clone(), plain]);
}

/// Blocks of which only some have weights.
struct Mixed<'a>(Parts<'a, f64>);

impl Source for Mixed<'_> {
    fn begin(&mut self, epoch: usize) {
        self.0.begin(epoch);
    }

    fn next(&mut self) -> Result<Option<Block<'_>>, Box<dyn Error + Send + Sync>> {
        let is_weighted = matches!(self.0.handed_out, 0 | 2);
        let mut block = self.0.next()?;
        if let Some(block) = &mut block {
            block.weights = block.weights.filter(|_| is_weighted);
        }
        Ok(block)
    }
}

#[test]
fn a_block_without_weights_has_weights_of_1() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let mut whole = builder.max_epochs(3).build().unwrap();
    let mut mixed = whole.clone();
    let weights = weights();
    let mut source = Parts::of_size(&x, &y, 3);
    source.weights = Some(&weights);
    let report = mixed.training_on(Mixed(source)).mean_weight(0.9).run().unwrap();
    let mut effective = weights.clone();
    effective.slice_mut(s![3..6]).fill(1.0);
    effective.slice_mut(s![9..]).fill(1.0);
    let expected = whole.training(&x, &y).sample_weights(&effective).mean_weight(0.9).run().unwrap();
    assert_eq!(report, expected);
    assert_eq!(mixed, whole);
}

#[test]
fn an_epoch_of_weight_0_is_no_convergence() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let mut net = builder.threshold(1e9).max_epochs(2).build().unwrap();
    let zeros = Array1::zeros(ROWS);
    let mut source = Parts::of_size(&x, &y, 3);
    (source.weights, source.mean_weight) = (Some(&zeros), Some(1.0));
    let report = net.training_on(source).run().unwrap();
    assert_eq!(report.losses(), [0.0, 0.0]);
}

#[test]
fn a_weight_needs_a_mean_weight() -> Result<(), DnnError> {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let mut net = builder.max_epochs(1).build()?;
    let before = net.clone();
    let weights = array![1.0, 1.0, 1.0];
    let (x, y) = (x.slice(s![..3, ..]).to_owned(), y.slice(s![..3, ..]).to_owned());
    let mut source = Parts::of_size(&x, &y, 3);
    source.weights = Some(&weights);
    let inner = DnnError::NotSet { name: "mean_weight", needed_by: "a block with weights" };
    let error = net.training_on(&mut source).run().unwrap_err();
    assert_eq!(error, DnnError::Block { block: 0, source: Box::new(inner) });
    assert_eq!(error.to_string(), "block 0: mean_weight must be set: a block with weights needs it");
    assert_eq!(net, before);
    source.mean_weight = Some(1.0);
    net.training_on(&mut source).run().map(drop)
}
