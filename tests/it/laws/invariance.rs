//! Changes that must not change the result: the memory layout, the rows of a call, their order, parts of a mini-batch.

use ndarray::{Array2, Axis, aview1, concatenate, s};
use ndarray_dnn::BatchOrder::{Cyclic, Sequential};
use ndarray_dnn::{Dnn, Gradients, Scalar};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{ROUNDING, ROUNDING_F32, SEED, example};
use crate::common::layouts::layouts;
use crate::common::{ORDERS, assert_close, bits, flat_gradients, gradients, parameters, state};

fn check_layouts<F: Scalar>(softmax: bool) {
    let builder = |order| Dnn::builder().softmax(softmax).batch_order(order).minibatch_size(4).max_epochs(2);
    let (net, x, y) = example::<F>(builder(Cyclic), softmax, 11);
    // All results for x and y; the error is passed to `bp` in the layout of `buffer`.
    let answers = |x: &Array2<F>, y: &Array2<F>, buffer: &Array2<F>| {
        let pass = net.compute(x).unwrap();
        let mut d = buffer.clone();
        net.error_into(&pass, y, &mut d).unwrap();
        let mut laid_out = buffer.clone();
        laid_out.assign(&d);
        let gradients = flat_gradients(&net.bp(&pass, &laid_out).unwrap());
        let numbers = aview1(&[net.loss(&pass, y).unwrap(), net.objective(x, y).unwrap()]).to_owned();
        let predictions = net.predict(x).unwrap();
        let mut answers =
            vec![bits(&pass.output()), bits(&d), bits(&gradients), bits(&numbers), bits(&predictions)];
        for order in ORDERS {
            let mut net = builder(order).build_from(net.layers().to_vec()).unwrap();
            net.fit(x, y).unwrap();
            answers.push(state(&net));
        }
        answers
    };
    let expected = answers(&x, &y, &y);
    for (x_layout, x) in layouts(&x) {
        for ((y_layout, y), (d_layout, d)) in layouts(&y).into_iter().zip(layouts(&y).into_iter().rev()) {
            let context = format!("softmax {softmax}, x {x_layout}, y {y_layout}, d {d_layout}");
            assert_eq!(answers(&x, &y, &d), expected, "{context}");
        }
    }
}

#[test]
fn every_memory_layout_gives_the_same_bits() {
    for softmax in [false, true] {
        check_layouts::<f64>(softmax);
        check_layouts::<f32>(softmax);
    }
}

/// More rows than two of the blocks in which `predict` and `objective` work.
const MANY_ROWS: usize = 600;

fn check_row_by_row<F: Scalar>(softmax: bool, tolerance: f64) {
    let (net, x, y) = example::<F>(Dnn::builder().regularization(0.0), softmax, MANY_ROWS);
    let as_f64 = |array: Array2<F>| array.mapv(F::as_f64);
    let predictions = as_f64(net.predict(&x).unwrap());
    assert_close("computed", &net.compute(&x).unwrap().output(), &predictions, tolerance);
    let mut objectives = Vec::new();
    for i in 0..MANY_ROWS {
        let [x, y] = [&x, &y].map(|data| data.slice(s![i..=i, ..]));
        let expected = predictions.slice(s![i..=i, ..]);
        assert_close(&format!("row {i}"), &net.predict(&x).unwrap(), &expected, tolerance);
        objectives.push(net.objective(&x, &y).unwrap());
    }
    let mean = objectives.iter().sum::<f64>() / MANY_ROWS as f64;
    let objective = net.objective(&x, &y).unwrap();
    assert!((objective - mean).abs() < tolerance, "objective {objective}, row by row {mean}");
}

#[test]
fn answers_and_losses_of_single_rows_equal_those_of_all_rows() {
    for softmax in [false, true] {
        check_row_by_row::<f64>(softmax, ROUNDING);
        check_row_by_row::<f32>(softmax, ROUNDING_F32);
    }
}

/// The parameters after 20 steps over a full batch, and the losses.
fn fit_full_batch(softmax: bool, x: &Array2<f64>, y: &Array2<f64>) -> (Vec<f64>, Vec<f64>) {
    let builder =
        Dnn::builder().batch_order(Sequential).minibatch_size(usize::MAX).max_epochs(20).threshold(0.0);
    let (mut net, ..) = example(builder, softmax, 1);
    let report = net.fit(x, y).unwrap();
    assert_eq!(report.iterations(), 20);
    (parameters(net.layers()).to_vec(), report.losses().to_vec())
}

#[test]
fn full_batches_of_doubled_or_reordered_rows_train_alike() {
    for softmax in [false, true] {
        let (_, x, y) = example(Dnn::builder(), softmax, 11);
        let mut order = Vec::from_iter(0..11);
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(SEED));
        let (expected, losses) = fit_full_batch(softmax, &x, &y);
        let twice = [&x, &y].map(|data| concatenate![Axis(0), *data, *data]);
        let reordered = [&x, &y].map(|data| data.select(Axis(0), &order));
        for (what, [x, y]) in [("twice", twice), ("reordered", reordered)] {
            let found = fit_full_batch(softmax, &x, &y);
            let context = format!("{what}, softmax {softmax}");
            assert_close(&context, &aview1(&found.0), &aview1(&expected), ROUNDING);
            assert_close(&context, &aview1(&found.1), &aview1(&losses), ROUNDING);
        }
    }
}

#[test]
fn merged_gradients_of_parts_equal_those_of_the_whole() {
    for softmax in [false, true] {
        let (net, x, y) = example::<f64>(Dnn::builder(), softmax, 11);
        let of_rows = |start: usize, end: usize| {
            let rows = s![start..end, ..];
            gradients(&net, &x.slice(rows), &y.slice(rows))
        };
        let mut merged = Gradients::default();
        for (start, end) in [(0, 1), (1, 7), (7, 11)] {
            merged.merge(&of_rows(start, end)).unwrap();
            assert_eq!(merged.weight(), end as f64);
        }
        merged.merge(&of_rows(0, 11)).unwrap();
        assert_eq!(merged.weight(), 22.0);
        assert_close("merged", &flat_gradients(&merged), &flat_gradients(&of_rows(0, 11)), ROUNDING);
    }
}
