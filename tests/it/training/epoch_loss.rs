//! The loss of an epoch whose last mini-batch is smaller than the others.

use ndarray::{Array1, Array2, s};
use ndarray_dnn::Activation::Identity;
use ndarray_dnn::BatchOrder::{self, Cyclic, Sequential, Shuffled};
use ndarray_dnn::{Dnn, Layer, Loss, Scalar};

use crate::common::assert_near;

const ROWS: usize = 33;
const BATCH: usize = 32;
/// A few roundings.
const ROUNDING: f64 = 1e-14;

/// A network whose parameters stay close to 0, and rows of which the last one has a large loss.
fn example<F: Scalar>(order: BatchOrder, loss: Loss) -> (Dnn<F>, Array2<F>, Array2<F>) {
    let layer = Layer::new(Array2::zeros((1, 1)), Array1::zeros(1), Identity).unwrap();
    let builder =
        Dnn::builder().loss(loss).batch_order(order).minibatch_size(BATCH).eta(1e-30).threshold(0.0);
    let x = Array2::ones((ROWS, 1));
    let y = Array2::from_shape_fn((ROWS, 1), |(row, _)| match (row, loss) {
        (32, Loss::BinaryCrossEntropy) => F::one(),
        (32, _) => F::from_f64(50.0),
        _ => F::from_f64(row as f64 / 64.0),
    });
    (builder.max_epochs(3).build_from([layer]).unwrap(), x, y)
}

fn check_rows_weigh_alike<F: Scalar>() {
    let others = [Loss::Absolute, Loss::Huber { delta: 0.5 }, Loss::Quantile { tau: 0.3 }, Loss::Poisson];
    for loss in [Loss::Article, Loss::Squared, Loss::BinaryCrossEntropy].into_iter().chain(others) {
        for order in [Sequential, Shuffled] {
            let (mut net, x, y) = example::<F>(order, loss);
            let expected = net.mean_loss(&x, &y).unwrap();
            let report = net.fit(&x, &y).unwrap();
            assert_eq!(report.epochs(), 3);
            report.losses().iter().for_each(|found| assert_near(*found, expected, ROUNDING));
            assert_near(net.partial_fit(&x, &y).unwrap(), expected, ROUNDING);
        }
    }
}

#[test]
fn every_row_counts_alike() {
    check_rows_weigh_alike::<f64>();
    check_rows_weigh_alike::<f32>();
    // Of 32 rows without loss and one of loss 50; the mean of the two mini-batches is 25.
    let (mut net, x, mut y) = example::<f64>(Sequential, Loss::Article);
    y.slice_mut(s![..BATCH, ..]).fill(0.0);
    let report = net.fit(&x, &y).unwrap();
    report.losses().iter().for_each(|found| assert_near(*found, 50.0 / 33.0, ROUNDING));
}

#[test]
fn every_row_counts_by_its_weight() {
    let weights = Array1::from_shape_fn(ROWS, |row| [0.5, 0.0, 2.0, 3.0][row % 4]);
    for order in [Sequential, Shuffled] {
        let (mut net, x, y) = example::<f64>(order, Loss::Squared);
        let training = net.training(&x, &y).sample_weights(&weights);
        let report = training.validation(&x, &y).validation_weights(&weights).run().unwrap();
        for (found, expected) in report.losses().iter().zip(report.validation_losses()) {
            assert_near(*found, *expected, ROUNDING);
        }
        let expected = report.losses()[0];
        assert_near(net.partial_fit_weighted(&x, &y, &weights).unwrap(), expected, ROUNDING);
    }
}

#[test]
fn the_article_s_order_keeps_the_mean_of_the_means() {
    let (mut net, x, y) = example::<f64>(Cyclic, Loss::Article);
    let of_batch = |i: usize| {
        let start = i * BATCH % ROWS;
        let rows = s![start..ROWS.min(start + BATCH), ..];
        net.mean_loss(&x.slice(rows), &y.slice(rows)).unwrap()
    };
    let expected = (0..ROWS).map(of_batch).sum::<f64>() / ROWS as f64;
    assert!(expected > 1.5 * net.mean_loss(&x, &y).unwrap(), "nothing is tested");
    let report = net.fit(&x, &y).unwrap();
    report.losses().iter().for_each(|found| assert_near(*found, expected, ROUNDING));
}
