//! Unusual input that is legal.

use approx::assert_abs_diff_eq;
use ndarray_dnn::Activation::{Identity, Relu};
use ndarray_dnn::ndarray::{Array2, array, s};
use ndarray_dnn::training::StopReason;
use ndarray_dnn::{Dnn, Gradients, Layer, Loss, Pass};

use super::support::{Bench, ORDERS, builder};

#[test]
fn the_objective_is_finite_if_the_output_is() {
    // ‖θ‖² overflows, but 0 times it is 0.
    let layer = Layer::new(array![[1e200]], array![0.0], Identity).unwrap();
    let net = Dnn::builder().regularization(0.0).build_from([layer]).unwrap();
    assert_eq!(net.objective(&array![[0.0]], &array![[2.0]]), Ok(2.0));
    // The difference of two logits overflows, but its y is 0.
    let layer = Layer::new(array![[3e38_f32], [-3e38]], array![0.0, 0.0], Identity).unwrap();
    let net = Dnn::builder().softmax(true).regularization(0.0).build_from([layer]).unwrap();
    assert_eq!(net.objective(&array![[1.0]], &array![[1.0, 0.0]]), Ok(0.0));
    let pass = net.compute(&array![[1.0]]).unwrap();
    assert_eq!(net.loss(&pass, &array![[1.0, 0.0]]), Ok(0.0));
}

#[test]
fn empty_buffers_are_filled() {
    let bench = Bench::new(false);
    let (mut pass, mut gradients) = (Pass::default(), Gradients::default());
    assert_eq!((pass.rows(), pass.output().dim(), gradients.weight()), (0, (0, 0), 0.0));
    assert!(pass.outputs(0).is_none() && pass.outputs(usize::MAX).is_none());
    assert!(gradients.weights(0).is_none() && gradients.biases(usize::MAX).is_none());
    bench.net.compute_into(&bench.x, &mut pass).unwrap();
    // A d of another layout, larger than necessary.
    let mut d = Array2::ones((9, 7)).slice_move(s![..;-2, 1..6;-1]);
    bench.net.error_into(&pass, &bench.y, &mut d).unwrap();
    bench.net.bp_into(&pass, &d, &mut gradients).unwrap();
    assert_eq!((&d, &gradients), (&bench.d, &bench.gradients));
    let mut merged = Gradients::default();
    merged.merge(&gradients).unwrap();
    assert_eq!(merged, gradients);
    merged = Gradients::default();
    merged.merge(&Gradients::default()).unwrap();
    assert_eq!(merged, Gradients::default());
    // Another network fills them too.
    let small: Dnn =
        Dnn::builder().input_shape(1).shape([1]).activations([Relu]).loss(Loss::Poisson).build().unwrap();
    small.compute_into(&array![[1.0]], &mut pass).unwrap();
    small.bp_into(&pass, &array![[1.0]], &mut gradients).unwrap();
    let power = small.layers()[0].weights()[[0, 0]] + small.layers()[0].biases()[0];
    assert_abs_diff_eq!(pass.output()[[0, 0]], power.exp(), epsilon = 1e-15);
    assert_eq!((pass.output().dim(), gradients.weights(0).unwrap().dim()), ((1, 1), (1, 1)));
}

#[test]
fn merging_empty_gradients_changes_nothing() {
    let mut gradients = Bench::new(false).gradients;
    let before = gradients.clone();
    assert_eq!(gradients.merge(&Gradients::default()), Ok(()));
    assert_eq!(gradients, before);
}

#[test]
fn the_smallest_data_sets_and_the_largest_counts_work() {
    for order in ORDERS {
        for rows in [1, 2, 7] {
            let (x, y) = (Array2::<f64>::ones((rows, 1)), Array2::zeros((rows, 1)));
            let mut net = Dnn::builder()
                .input_shape(1)
                .shape([1])
                .activations([Identity])
                .batch_order(order)
                .minibatch_size(usize::MAX)
                .max_epochs(usize::MAX)
                .threshold(1e-2)
                .seed(u64::MAX)
                .build()
                .unwrap();
            let report = net.fit(&x, &y).unwrap();
            assert_eq!(report.stop_reason(), StopReason::Threshold);
            assert!(report.losses().last() < Some(&1e-2));
            assert_eq!(net.predict(&Array2::zeros((0, 1))).unwrap().dim(), (0, 1));
        }
    }
    // A threshold above every loss, a decay to 0 at once, a rate without effect.
    for tiny in [f64::from_bits(1), 1e-300] {
        let mut net: Dnn = builder().threshold(f64::MAX).decay_power(f64::MAX).eta(tiny).build().unwrap();
        let report = net.fit(&Array2::ones((2, 2)), &Array2::ones((2, 2))).unwrap();
        assert_eq!((report.epochs(), report.stop_reason()), (1, StopReason::Threshold));
    }
}

#[test]
fn views_with_negative_strides_equal_their_copies() {
    let bench = Bench::new(false);
    let (x, y) = (bench.x.slice(s![..;-1, ..;-1]), bench.y.slice(s![..;-1, ..;-1]));
    assert_eq!(bench.net.predict(&x), bench.net.predict(&x.to_owned()));
    for order in ORDERS {
        let fresh = builder::<f64>().batch_order(order).minibatch_size(2).max_epochs(3).build().unwrap();
        let (mut by_view, mut by_copy) = (fresh.clone(), fresh);
        let losses = by_view.fit(&x, &y).unwrap();
        assert_eq!(losses.losses(), by_copy.fit(&x.to_owned(), &y.to_owned()).unwrap().losses());
        assert_eq!(by_view, by_copy);
    }
    let weights = array![[1.0, 2.0], [3.0, 4.0]].slice_move(s![..;-1, ..;-1]);
    let layer = Layer::new(weights, array![1.0, 0.0, 2.0].slice_move(s![..;-2]), Identity).unwrap();
    assert_eq!(layer.weights(), array![[4.0, 3.0], [2.0, 1.0]]);
    assert_eq!(layer.biases(), array![2.0, 1.0]);
}
