//! A sample weight is a repetition, in expectation, for mini-batches of every size.

use std::ops::ControlFlow::Continue;

use ndarray::{Array1, Array2, Axis, array};
use ndarray_dnn::Activation::Identity;
use ndarray_dnn::{BatchOrder, Dnn, DnnBuilder, EarlyStopping, Layer, Optimizer, balanced_weights, one_hot};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::common::{Head, ORDERS, uniform};

/// The answers to `x`, averaged over the last half of the epochs.
fn mean_answer(
    net: &mut Dnn,
    [x, y]: [&Array2<f64>; 2],
    weights: Option<&Array1<f64>>,
    epochs: usize,
    question: &Array2<f64>,
) -> Array2<f64> {
    let mut sum = Array2::zeros((question.nrows(), net.output_shape()));
    let mut count = 0.0;
    let training = net.training(x, y).max_epochs(epochs).on_epoch(|epoch| {
        if epoch.report().epoch() > epochs / 2 {
            sum += &epoch.net().predict(question).unwrap();
            count += 1.0;
        }
        Continue(())
    });
    match weights {
        Some(weights) => training.sample_weights(weights).run().unwrap(),
        None => training.run().unwrap(),
    };
    sum / count
}

/// Ten positive rows in 10,000, a network of biases alone, and balanced weights: the right probability is one half.
#[test]
fn balanced_weights_balance_mini_batches_of_every_size() {
    let labels = Vec::from_iter((0..10_000).map(|row| usize::from(row % 1000 == 7)));
    let (x, y) = (Array2::zeros((10_000, 1)), one_hot::<f64>(&labels, 2).unwrap());
    let weights = balanced_weights::<f64>(&labels);
    // The rate is small next to the weight of a positive row, and large enough for the number of steps.
    for (size, eta, epochs) in [(1, 2e-5, 12), (32, 5e-4, 30), (256, 4e-3, 100), (10_000, 0.1, 400)] {
        for optimizer in [Optimizer::Momentum, Optimizer::Nesterov] {
            let layer = Layer::new(array![[0.0], [0.0]], array![1.5, -1.5], Identity).unwrap();
            let builder = Dnn::builder().softmax(true).optimizer(optimizer).eta(eta).decay_power(0.0);
            let builder = builder.batch_order(BatchOrder::Shuffled).minibatch_size(size).threshold(0.0);
            let mut net = builder.regularization(0.0).build_from([layer]).unwrap();
            let answer = mean_answer(&mut net, [&x, &y], Some(&weights), epochs, &array![[0.0]]);
            let p = answer[[0, 1]];
            assert!((p - 0.5).abs() < 0.03, "mini-batches of {size}, {optimizer:?}: p = {p}");
        }
    }
}

/// A single layer, whose objective has one minimum.
fn convex(head: Head, optimizer: Optimizer, order: BatchOrder, size: usize) -> DnnBuilder {
    let builder = Dnn::builder().input_shape(2).shape([2]).activations([Identity]).threshold(0.0);
    let builder = builder.optimizer(optimizer).batch_order(order).minibatch_size(size).decay_power(0.0);
    head.set(builder.regularization(1e-3).eta(0.0003 * (size as f64).sqrt()))
}

#[test]
fn mini_batches_with_weights_answer_as_with_repeated_rows() {
    let generator = &mut ChaCha8Rng::seed_from_u64(11);
    let x = uniform::<f64>(40, 2, generator);
    // 80 rows when repeated, so that no mini-batch is short.
    let counts = Vec::from_iter((0..40).map(|row| [1, 0, 5, 2][row % 4]));
    let rows = Vec::from_iter((0..40).flat_map(|row| vec![row; counts[row]]));
    let weights = Array1::from_iter(counts.iter().map(|count| *count as f64));
    let question = array![[0.5, -0.5], [-0.5, 0.25]];
    for head in Head::ALL {
        let y = head.targets::<f64>(40, 2, generator);
        let repeated = [x.select(Axis(0), &rows), y.select(Axis(0), &rows)];
        for order in ORDERS {
            for optimizer in [Optimizer::Momentum, Optimizer::Nesterov] {
                for size in [1, 5, 8] {
                    let mut net = convex(head, optimizer, order, size).build().unwrap();
                    let mut twin = net.clone();
                    // The article's epochs have as many mini-batches as rows.
                    let epochs = |rows: usize| match order {
                        BatchOrder::Cyclic => 16_000 / rows,
                        _ => 16_000 * size.min(2) / rows,
                    };
                    let weighted = mean_answer(&mut net, [&x, &y], Some(&weights), epochs(40), &question);
                    let expected =
                        mean_answer(&mut twin, [&repeated[0], &repeated[1]], None, epochs(80), &question);
                    let difference = (&weighted - &expected).mapv(f64::abs);
                    assert!(
                        difference.iter().all(|difference| *difference < 0.02),
                        "{head:?}, {order:?}, {optimizer:?}, {size}: {weighted}, not {expected}"
                    );
                }
            }
        }
    }
}

/// Early stopping judges by the loss that training descends, so it does not give up the rare class.
#[test]
fn early_stopping_with_validation_weights_finds_rare_rows() {
    let generator = &mut ChaCha8Rng::seed_from_u64(5);
    let x = uniform::<f64>(4_000, 2, generator);
    let labels = Vec::from_iter(x.rows().into_iter().map(|row| usize::from(row[0] + row[1] > 1.65)));
    let rare = labels.iter().sum::<usize>();
    assert!((30..100).contains(&rare), "{rare}");
    let (y, weights) = (one_hot::<f64>(&labels, 2).unwrap(), balanced_weights::<f64>(&labels));
    let mut net = Dnn::<f64>::classifier(2, &[8], 2).max_epochs(60).min_updates(0).seed(3).build().unwrap();
    let training = net.training(&x, &y).sample_weights(&weights);
    let training = training.validation(&x, &y).validation_weights(&weights);
    let report = training.early_stopping(EarlyStopping::new(20)).run().unwrap();
    // The network has the parameters of the best epoch, so this is its validation loss.
    let p = net.predict(&x).unwrap();
    let losses = p.rows().into_iter().zip(&labels).map(|(p, label)| -p[*label].ln());
    let expected = losses.zip(&weights).map(|(loss, weight)| weight * loss).sum::<f64>() / weights.sum();
    let found = report.validation_losses()[report.best_epoch().unwrap() - 1];
    assert!((found - expected).abs() < 1e-9, "{found}, not {expected}");
    let predicted = net.predict_classes(&x).unwrap();
    let found = predicted.iter().zip(&labels).filter(|(predicted, label)| **predicted == 1 && **label == 1);
    let found = found.count();
    assert!(found * 10 >= rare * 9, "{found} of {rare}");
}
