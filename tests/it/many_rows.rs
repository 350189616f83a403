//! Mini-batches of so many rows that sums in f32 would lose digits.

use ndarray_dnn::ndarray::{Array2, array};
use ndarray_dnn::{
    Activation::{Identity, Tanh},
    BatchOrder, Dnn, Gradients, Layer, Pass, Scalar,
};

#[test]
fn equal_errors_of_a_million_rows_give_their_mean() {
    let layer = Layer::new(array![[0.0_f32]], array![0.0], Identity).unwrap();
    let net = Dnn::builder().build_from([layer]).unwrap();
    let x = Array2::from_elem((1 << 20, 1), 1.0_f32);
    let d = Array2::from_elem((1 << 20, 1), 0.1_f32);
    let gradients = net.bp(&net.compute(&x).unwrap(), &d).unwrap();
    for mean in [gradients.biases(0).unwrap()[0], gradients.weights(0).unwrap()[[0, 0]]] {
        assert!((f64::from(mean) + f64::from(0.1_f32)).abs() < 1e-6 * 0.1, "{mean}");
    }
}

/// A network, and 5,000 rows for it, which are one mini-batch.
fn network<F: Scalar>() -> (Dnn<F>, Array2<F>, Array2<F>) {
    let x = Array2::from_shape_fn((5000, 40), |(i, j)| F::from_f64(((i * 40 + j) as f64).sin()));
    let y = Array2::from_shape_fn((5000, 3), |(i, j)| F::from_f64(((i * 3 + j) as f64).cos()));
    let builder = Dnn::builder().input_shape(40).shape([50, 3]).activations([Tanh, Identity]);
    let builder = builder.batch_order(BatchOrder::Sequential).minibatch_size(5000).max_epochs(3);
    (builder.threshold(0.0).build().unwrap(), x, y)
}

fn check_fit<F: Scalar>() {
    let (mut by_hand, x, y) = network::<F>();
    let mut fitted = by_hand.clone();
    fitted.fit(&x, &y).unwrap();
    let (mut pass, mut d, mut gradients) = (Pass::default(), Array2::default((0, 0)), Gradients::default());
    for _ in 0..3 {
        by_hand.compute_into(&x, &mut pass).unwrap();
        by_hand.error_into(&pass, &y, &mut d).unwrap();
        by_hand.bp_into(&pass, &d, &mut gradients).unwrap();
        by_hand.update(&gradients).unwrap();
    }
    assert_eq!(by_hand.layers(), fitted.layers());
}

#[test]
fn the_verbs_give_the_bits_of_fit() {
    check_fit::<f32>();
    check_fit::<f64>();
}

#[cfg(feature = "rayon")]
#[test]
fn the_bits_do_not_depend_on_the_number_of_threads() {
    fn on<F: Scalar>(threads: usize) -> Dnn<F> {
        let (mut net, x, y) = network::<F>();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| net.fit(&x, &y)).unwrap();
        net
    }
    for threads in [2, 3, 8] {
        assert!(on::<f32>(threads) == on::<f32>(1), "{threads} threads");
        assert!(on::<f64>(threads) == on::<f64>(1), "{threads} threads");
    }
}
