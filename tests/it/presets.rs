//! Presets: how long they train, and several labels for each row.

use ndarray_dnn::Activation::Identity;
use ndarray_dnn::BatchOrder::{self, Cyclic, Sequential, Shuffled};
use ndarray_dnn::ndarray::{Array2, array, s};
use ndarray_dnn::{Dnn, DnnBuilder, one_hot};

#[test]
fn a_classifier_learns_xor_by_fit_alone() {
    // On at least 9 of 10 seeds, for inputs of 0 and 1 and of ±1, with one output and with two.
    let x = array![[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]];
    let labels = [0, 1, 1, 0];
    for x in [x.clone(), 2.0 * &x - 1.0] {
        let learnt = |seed: u64, classes: usize| {
            let y = one_hot(labels, 2).unwrap();
            let y = y.slice(s![.., 2 - classes..]);
            let mut net: Dnn = Dnn::classifier(2, &[8], classes).seed(seed).build().unwrap();
            let report = net.fit(&x, &y).unwrap();
            assert_eq!((report.epochs(), report.iterations()), (1_000, 1_000));
            net.predict_classes(&x).unwrap().to_vec() == labels
        };
        for classes in [1, 2] {
            let count = (0..100).filter(|&seed| learnt(seed, classes)).count();
            assert!(count >= 95, "{count} of 100");
        }
    }
}

#[test]
fn few_rows_get_more_epochs() {
    let epochs = |rows: usize, order: BatchOrder, size, change: fn(DnnBuilder) -> DnnBuilder| {
        let (x, y) = (Array2::from_shape_fn((rows, 1), |(i, _)| (i as f64).sin()), Array2::zeros((rows, 1)));
        let builder = Dnn::builder().input_shape(1).shape([1]).activations([Identity]).threshold(0.0);
        let builder = change(builder.batch_order(order).minibatch_size(size)).eta(0.01);
        builder.build().unwrap().fit(&x, &y).unwrap().epochs()
    };
    let set: fn(DnnBuilder) -> DnnBuilder = |builder| builder.max_epochs(4).min_updates(50);
    for (rows, order, size, expected) in [
        (10, Shuffled, 10, 50),
        (10, Shuffled, 100, 50),
        (10, Shuffled, 3, 13), // 4 mini-batches
        (100, Shuffled, 10, 5),
        (101, Shuffled, 8, 4),
        (10, Sequential, 5, 25),
        (5, Cyclic, 2, 10), // as many mini-batches as rows
    ] {
        assert_eq!(epochs(rows, order, size, set), expected, "{rows} {order:?} {size}");
    }
    // The order of the two does not matter.
    assert_eq!(epochs(10, Shuffled, 10, |builder| builder.min_updates(50).max_epochs(4)), 50);
    assert_eq!(epochs(10, Shuffled, 10, |builder| builder.min_updates(50).max_epochs(4).min_updates(6)), 6);
    assert_eq!(epochs(10, Shuffled, 10, |builder| builder.min_updates(50).max_epochs(4).min_updates(0)), 4);
    assert_eq!(epochs(10, Shuffled, 10, |builder| builder.max_epochs(4)), 4);
    let (x, y) = (array![[0.5], [1.0]], array![[1.0], [0.0]]);
    let mut net: Dnn = Dnn::regressor(1, &[2], 1).build().unwrap();
    // A run has exactly its own number of epochs.
    assert_eq!(net.training(&x, &y).max_epochs(7).run().unwrap().epochs(), 7);
    assert_eq!(net.config().min_updates(), 1_000);
    net.reconfigure(|builder| builder.eta(0.001)).unwrap();
    assert_eq!(net.fit(&x, &y).unwrap().epochs(), 1_000);
    net.reconfigure(|builder| builder.max_epochs(3)).unwrap();
    assert_eq!((net.fit(&x, &y).unwrap().epochs(), net.config().min_updates()), (1_000, 1_000));
    net.reconfigure(|builder| builder.min_updates(0)).unwrap();
    assert_eq!((net.fit(&x, &y).unwrap().epochs(), net.config().min_updates()), (3, 0));
}
