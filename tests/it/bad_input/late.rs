//! Bad values that training meets late: they are named as if all values were checked before the first mini-batch.

use ndarray_dnn::ndarray::{Array1, Array2};
use ndarray_dnn::{BatchOrder, Dnn, Error};

use super::support::{ORDERS, builder, with};

const ROWS: usize = 30;

fn data() -> (Array2<f64>, Array2<f64>) {
    let x = Array2::from_shape_fn((ROWS, 2), |(i, j)| ((i * 2 + j) as f64).sin());
    let y = Array2::from_shape_fn((ROWS, 2), |(i, j)| ((i + j) as f64).cos());
    (x, y)
}

/// Checks that `fit`, `partial_fit` and the losses name this value, and change nothing.
#[track_caller]
fn refuses(net: &Dnn, x: &Array2<f64>, y: &Array2<f64>, expected: &Error) {
    let by_columns = x.t().as_standard_layout().reversed_axes().to_owned();
    for x in [x, &by_columns] {
        let mut after = net.clone();
        assert_eq!(&after.fit(x, y).unwrap_err(), expected);
        assert_eq!(&after.partial_fit(x, y).unwrap_err(), expected);
        assert_eq!(&after.mean_loss(x, y).unwrap_err(), expected);
        assert_eq!(&after.objective(x, y).unwrap_err(), expected);
        let mut weights = Array1::ones(ROWS);
        // The values of rows of weight 0 must be finite too.
        weights[20] = 0.0;
        let weighted = after.training(x, y).sample_weights(&weights).run();
        assert_eq!(&weighted.unwrap_err(), expected);
        assert_eq!(&after, net);
    }
}

#[test]
fn the_first_bad_value_of_the_rows_is_named_in_every_order() {
    let (x, y) = data();
    for order in ORDERS {
        for minibatch_size in [1, 4, ROWS] {
            let net = builder::<f64>().batch_order(order).minibatch_size(minibatch_size).max_epochs(2);
            let net = net.build().unwrap();
            let bad_x = with(&with(&x, [20, 1], f64::NAN), [29, 0], f64::INFINITY);
            refuses(&net, &bad_x, &y, &Error::NonFinite { what: "x", row: 20, column: 1 });
            let bad_y = with(&with(&y, [20, 0], f64::NAN), [3, 1], f64::INFINITY);
            refuses(&net, &x, &bad_y, &Error::NonFinite { what: "y", row: 3, column: 1 });
            // x comes first.
            refuses(&net, &bad_x, &bad_y, &Error::NonFinite { what: "x", row: 20, column: 1 });
        }
    }
}

#[test]
fn a_bad_value_matters_more_than_what_comes_before_it() {
    let (x, y) = data();
    for order in ORDERS {
        let net = builder().batch_order(order).minibatch_size(3).eta(1e300).build().unwrap();
        assert!(matches!(net.clone().fit(&x, &y), Err(Error::Diverged { epoch: 1, .. })));
        let bad = with(&x, [29, 0], f64::NAN);
        refuses(&net, &bad, &y, &Error::NonFinite { what: "x", row: 29, column: 0 });

        let mut after = net.clone();
        let run = after.training(&bad, &y).eta_schedule(|_| f64::NAN).run();
        assert_eq!(run.unwrap_err(), Error::NonFinite { what: "x", row: 29, column: 0 });
        // With good values, the factor is the error.
        let run = after.training(&x, &y).eta_schedule(|_| -1.0).run();
        assert!(matches!(run, Err(Error::OutOfRange { name: "the result of eta_schedule", .. })));
        assert_eq!(after, net);
    }
}

#[test]
fn after_the_first_epoch_no_value_is_bad_any_more() {
    let (x, y) = data();
    let mut net: Dnn = builder().batch_order(BatchOrder::Shuffled).max_epochs(9).build().unwrap();
    let mut twin = net.clone();
    let run =
        net.training(&x, &y).eta_schedule(|progress| if progress.epoch() < 4 { 1.0 } else { -1.0 }).run();
    assert!(matches!(run, Err(Error::OutOfRange { name: "the result of eta_schedule", .. })));
    twin.training(&x, &y).max_epochs(3).run().unwrap();
    assert_eq!(net, twin);
}
