//! Errors in an epoch: they name what is wrong, and the network is in the state of the last finite epoch.

use std::error::Error as _;
use std::io;

use ndarray::{Array1, Array2};
use ndarray_dnn::error::{Extent, Place};
use ndarray_dnn::training::Source;
use ndarray_dnn::{BatchOrder, Dnn, Error};

use super::Parts;
use crate::common::errors::{assert_refused, out_of_range, wrong_shape};
use crate::common::runs::{ROWS, plain};

fn in_block(block: usize, inner: Error) -> Error {
    Error::Block { block, source: Box::new(inner) }
}

/// Checks that a run on the source is refused, that the network is then as after `epochs` epochs on the whole data set,
/// and that it can be trained further.
#[track_caller]
fn refuses(
    net: &Dnn,
    source: impl Source,
    [x, y]: [&Array2<f64>; 2],
    epochs: usize,
    expected: &Error,
    text: &str,
) {
    let [mut refused, mut whole] = [net.clone(), net.clone()];
    assert_refused(refused.training_on(source).run().map(drop), expected, text);
    if epochs > 0 {
        whole.training(x, y).max_epochs(epochs).run().unwrap();
    }
    assert_eq!(refused, whole);
    let further =
        [&mut refused, &mut whole].map(|net| net.training(x, y).resume().max_epochs(1).run().unwrap());
    assert_eq!(further[0], further[1]);
    assert_eq!(refused, whole);
}

#[test]
fn bad_values_are_named_by_block_row_and_column() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    for order in [BatchOrder::Sequential, BatchOrder::Shuffled] {
        // Blocks of 3 rows: the bad row is in a mini-batch of its block, or waits for the next block, or is in the last
        // mini-batch, which is short.
        for (minibatch_size, row) in [(1, 4), (2, 5), (3, 4), (4, 0), (4, 7), (5, 10), (ROWS, 6), (100, 10)] {
            let net = builder.clone().batch_order(order).minibatch_size(minibatch_size).max_epochs(2);
            let net = net.build().unwrap();
            for value in [f64::NAN, f64::INFINITY] {
                let (mut bad_x, mut bad_y) = (x.clone(), y.clone());
                bad_x[[row, 2]] = value;
                bad_y[[row, 1]] = value;
                let cases = [(&bad_x, &y, "x", 2), (&x, &bad_y, "y", 1), (&bad_x, &bad_y, "x", 2)];
                for (x_of_source, y_of_source, what, column) in cases {
                    let expected = in_block(row / 3, Error::NonFinite { what, row: row % 3, column });
                    let text = format!(
                        "block {}: {what} must be finite, found NaN or infinity in row {}, column {column}",
                        row / 3,
                        row % 3
                    );
                    let source = Parts::of_size(x_of_source, y_of_source, 3);
                    refuses(&net, source, [&x, &y], 0, &expected, &text);
                    // The values of rows of weight 0 too.
                    let weights = Array1::from_shape_fn(ROWS, |other| f64::from(u8::from(other != row)));
                    let mut source = Parts::of_size(x_of_source, y_of_source, 3);
                    (source.weights, source.mean_weight) = (Some(&weights), Some(1.0));
                    refuses(&net, source, [&x, &y], 0, &expected, &text);
                }
            }
        }
    }
}

#[test]
fn a_bad_value_in_a_later_epoch_goes_back_to_the_epoch_before() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let net = builder.max_epochs(9).build().unwrap();
    let mut bad = ndarray::concatenate![ndarray::Axis(0), x, x];
    let twice = ndarray::concatenate![ndarray::Axis(0), y, y];
    bad[[ROWS + 9, 0]] = f64::NAN;
    // From epoch 2 on, the blocks have the second half.
    let source = Parts::new(&bad, &twice, |epoch| {
        let first = if epoch < 2 { 0 } else { ROWS };
        vec![first..first + 5, first + 5..first + ROWS]
    });
    let expected = in_block(1, Error::NonFinite { what: "x", row: 4, column: 0 });
    let text = "block 1: x must be finite, found NaN or infinity in row 4, column 0";
    refuses(&net, source, [&x, &y], 2, &expected, text);
}

#[test]
fn targets_must_be_those_of_the_link() {
    let (builder, x, _) = plain(BatchOrder::Shuffled);
    let mut y = Array2::from_elem((ROWS, 2), 0.5);
    let net = builder.softmax(true).max_epochs(2).build().unwrap();
    let good = y.clone();
    y[[7, 0]] = 0.75;
    let inner = Error::NotADistribution { what: "y", row: 2, sum: 1.25, minimum: 0.5, tolerance: 1e-6 };
    let text = format!("block 1: {inner}");
    refuses(&net, Parts::of_size(&x, &y, 5), [&x, &good], 0, &in_block(1, inner), &text);
}

/// Blocks whose arrays do not belong together.
struct Odd {
    x: Array2<f64>,
    y: Array2<f64>,
    weights: Option<Array1<f64>>,
    left: usize,
}

impl Source for Odd {
    fn begin(&mut self, _: usize) {
        self.left = 2;
    }

    fn next(
        &mut self,
    ) -> Result<Option<ndarray_dnn::training::Block<'_>>, Box<dyn std::error::Error + Send + Sync>> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        let block = ndarray_dnn::training::Block::new(&self.x, &self.y);
        Ok(Some(match &self.weights {
            Some(weights) => block.weights(weights),
            None => block,
        }))
    }

    fn mean_weight(&self) -> Option<f64> {
        Some(1.0)
    }
}

#[test]
fn bad_shapes_and_weights() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let net = builder.max_epochs(2).build().unwrap();
    let check = |of_x, of_y, weights: Option<Vec<f64>>, inner: Error| {
        let weights = weights.map(Array1::from);
        let source = Odd { x: Array2::ones(of_x), y: Array2::ones(of_y), weights, left: 0 };
        refuses(&net, source, [&x, &y], 0, &in_block(0, inner.clone()), &format!("block 0: {inner}"));
    };
    check((4, 3), (3, 2), None, wrong_shape("y", Extent::Rows, 4, 3));
    check((0, 3), (3, 2), None, wrong_shape("y", Extent::Rows, 0, 3));
    check((3, 3), (0, 2), None, wrong_shape("y", Extent::Rows, 3, 0));
    check((4, 2), (4, 2), None, wrong_shape("x", Extent::Columns, 3, 2));
    check((4, 3), (4, 1), None, wrong_shape("y", Extent::Columns, 2, 1));
    check((4, 0), (4, 2), None, Error::Empty { what: "x", rows: 4, columns: 0 });
    check((2, 3), (2, 2), Some(vec![1.0; 3]), wrong_shape("weights", Extent::Elements, 2, 3));
    let range = "at least 0 and finite in f64";
    let negative = out_of_range("weights", Place::Index(1), range, -1.0);
    check((2, 3), (2, 2), Some(vec![1.0, -1.0]), negative);
}

#[test]
fn settings_that_do_not_go_together_with_a_source() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let net = builder.clone().max_epochs(2).build().unwrap();
    let source = || Parts::of_size(&x, &y, 3);
    let other = "a source of blocks".to_owned();

    let cyclic = builder.batch_order(BatchOrder::Cyclic).build().unwrap();
    let found = "BatchOrder::Cyclic, the default of a builder,".to_owned();
    let expected = Error::Conflict { name: "batch_order", found, other: other.clone().into() };
    let text = "BatchOrder::Cyclic, the default of a builder, cannot be combined with a source of blocks";
    refuses(&cyclic, source(), [&x, &y], 0, &expected, text);

    let weights = Array1::ones(ROWS);
    let mut refused = net.clone();
    let run = refused.training_on(source()).sample_weights(&weights).run().map(drop);
    let expected =
        Error::Conflict { name: "sample_weights", found: "sample_weights".to_owned(), other: other.into() };
    assert_refused(run, &expected, "sample_weights cannot be combined with a source of blocks");
    assert_eq!(refused, net);

    let run = refused.training_on(source()).batches_per_epoch(3).run().map(drop);
    let (name, found) = ("batches_per_epoch", "batches_per_epoch".to_owned());
    let expected = Error::Conflict { name, found, other: "a source of blocks".into() };
    assert_refused(run, &expected, "batches_per_epoch cannot be combined with a source of blocks");
    assert_eq!(refused, net);

    let run = refused.training_on(source()).metric("m", |_, _| 0.0).run().map(drop);
    let expected = Error::NotSet { name: "validation", needed_by: "a metric of a run on a source" };
    assert_refused(run, &expected, "validation must be set: a metric of a run on a source needs it");
    assert_eq!(refused, net);

    for mean in [0.0, -1.0, f64::INFINITY] {
        let range = "greater than 0 and finite in f64";
        let expected = out_of_range("mean_weight", Place::Whole, range, mean);
        let mut source = source();
        source.mean_weight = Some(mean);
        refuses(&net, source, [&x, &y], 0, &expected, &expected.to_string());
    }
}

#[test]
fn a_source_without_rows_is_empty() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let net = builder.max_epochs(9).build().unwrap();
    let expected = Error::Empty { what: "the source", rows: 0, columns: 3 };
    let text = "the source must not be empty, found 0 rows of 3 columns";
    refuses(&net, Parts::new(&x, &y, |_| Vec::new()), [&x, &y], 0, &expected, text);
    refuses(&net, Parts::new(&x, &y, |_| vec![3..3, 4..4]), [&x, &y], 0, &expected, text);
    // A source that cannot begin again.
    let once = Parts::new(&x, &y, |epoch| if epoch == 0 { vec![0..5, 5..ROWS] } else { Vec::new() });
    refuses(&net, once, [&x, &y], 1, &expected, text);
}

#[test]
fn another_number_of_rows_than_the_source_says() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let net = builder.max_epochs(9).build().unwrap();
    for (said, found) in [(10, 11), (12, 11), (5, 8), (usize::MAX, 11), (0, 4)] {
        let mut source = Parts::of_size(&x, &y, 4);
        source.rows = Some(said);
        let expected = wrong_shape("the source", Extent::Rows, said, found);
        refuses(&net, source, [&x, &y], 0, &expected, &expected.to_string());
    }
}

#[test]
fn an_error_of_the_source_is_the_cause() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let net = builder.max_epochs(9).build().unwrap();
    for (epoch, block) in [(0, 0), (0, 2), (0, 3), (2, 0), (3, 1)] {
        let source = || {
            let mut source = Parts::of_size(&x, &y, 4);
            source.failure = Some((epoch, block));
            source
        };
        let error = net.clone().training_on(source()).run().unwrap_err();
        assert_eq!(error.to_string(), "Source::next failed: the disk is on strike");
        assert!(matches!(error, Error::Callback { name: "Source::next", .. }));
        let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>()).unwrap();
        assert_eq!(cause.kind(), io::ErrorKind::Other);
        refuses(&net, source(), [&x, &y], epoch, &error, &error.to_string());
    }
}

#[test]
fn training_that_diverges_goes_back_to_the_last_finite_epoch() {
    let (builder, x, y) = plain(BatchOrder::Sequential);
    let net = builder.max_epochs(9).build().unwrap();
    let mut diverged = net.clone();
    let rate = |progress: &ndarray_dnn::training::Progress| if progress.epoch() < 3 { 1.0 } else { 1e300 };
    let error = diverged.training_on(Parts::of_size(&x, &y, 4)).eta_schedule(rate).run().unwrap_err();
    assert!(matches!(error, Error::Diverged { epoch: 3, .. }), "{error}");
    let mut whole = net.clone();
    whole.training(&x, &y).max_epochs(2).run().unwrap();
    assert_eq!(diverged, whole);
    // A bad value that comes later in the block matters more.
    let mut bad = x.clone();
    bad[[10, 1]] = f64::NAN;
    let run = diverged.training_on(Parts::of_size(&bad, &y, ROWS)).eta_schedule(|_| 1e300).run();
    assert_eq!(run.unwrap_err(), in_block(0, Error::NonFinite { what: "x", row: 10, column: 1 }));
    assert_eq!(diverged, whole);
}
