//! Flat parameters: their order, the objective and its gradient, scratch memory, errors.

use ndarray_dnn::Activation::{Gelu, Identity, Sigmoid, Tanh};
use ndarray_dnn::error::Extent;
use ndarray_dnn::ndarray::{Array1, Array2, array, s};
use ndarray_dnn::training::ObjectiveScratch;
use ndarray_dnn::{Dnn, DnnBuilder, Error, Layer, Loss, Scalar};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::common::allocator::count;
use crate::common::errors::{assert_refused, wrong_shape};
use crate::common::layouts::layouts;
use crate::common::{
    ACTIVATIONS, Head, assert_close, bits, flat_gradients, gradients, network, parameters, uniform,
};

/// The seed of networks and data.
const SEED: u64 = 41;
/// The step of the differences, and their error: STEP² times a third derivative, and a rounding divided by STEP.
const STEP: f64 = 1e-5;
const TOLERANCE: f64 = 1e-9;

fn generator() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(SEED)
}

/// The objective at θ, and its gradient.
fn evaluate<F: Scalar>(net: &Dnn<F>, theta: &Array1<F>, x: &Array2<F>, y: &Array2<F>) -> (f64, Array1<F>) {
    let mut g = Array1::zeros(theta.len());
    let objective =
        net.objective_and_gradient(theta, x, y, &mut g, &mut ObjectiveScratch::default()).unwrap();
    (objective, g)
}

/// Every objective, with L2 and L1, and with weights of labels.
fn builders() -> Vec<(Head, DnnBuilder)> {
    let plain = Head::ALL.into_iter().flat_map(|head| {
        let builder = || head.set(Dnn::builder());
        [
            (head, builder().regularization(0.0)),
            (head, builder().regularization(0.3).l1(0.2)),
            (head, builder().regularization(0.3).l1(0.2).regularize_biases(false)),
        ]
    });
    let of_labels =
        Head::BinaryCrossEntropy.set(Dnn::builder()).label_weights([2.0, 0.5]).positive_weights([3.0, 1.0]);
    plain.chain([(Head::BinaryCrossEntropy, of_labels)]).collect()
}

#[test]
fn parameters_are_flat_in_the_order_of_pytorch() {
    let sizes = [3, 5, 4, 2];
    let net: Dnn = network(Dnn::builder(), &sizes, &[Tanh, Sigmoid, Identity], &mut generator());
    assert_eq!(net.parameters(), parameters(net.layers()));
    assert_eq!(net.parameters().len(), net.parameter_count());

    let before = net.clone();
    let theta = net.parameters() + &Array1::linspace(1.0, 2.0, net.parameter_count());
    let mut changed = net.clone();
    changed.set_parameters(&theta).unwrap();
    assert_eq!((changed.parameters(), parameters(changed.layers())), (theta.clone(), theta));
    assert_ne!(changed, before);
    changed.set_parameters(&before.parameters()).unwrap();
    assert_eq!(changed, before);
    // A view that is not contiguous, in reverse order.
    let reversed = Array1::from_iter(before.parameters().iter().rev().copied());
    changed.set_parameters(&reversed.slice(s![..;-1])).unwrap();
    assert_eq!(changed, before);
}

#[test]
fn replaced_parameters_leave_the_rest_of_the_state() {
    let x = array![[0.0, 1.0], [1.0, 0.0]];
    let builder = Dnn::builder().input_shape(2).shape([1]).activations([Identity]);
    let mut net = builder.max_epochs(3).build().unwrap();
    net.fit(&x, &array![[1.0], [2.0]]).unwrap();
    let before = net.clone();
    net.set_parameters(&array![1.0, 2.0, 3.0]).unwrap();
    assert_eq!(net.velocity(), before.velocity());
    assert_eq!((net.iterations(), net.effective_eta()), (before.iterations(), before.effective_eta()));
}

#[test]
fn the_objective_and_its_gradient_are_those_of_the_verbs() {
    for (head, builder) in builders() {
        let generator = &mut generator();
        for rows in [1, 7, 200, 300, 5000] {
            let net = network(builder.clone(), &[3, 4, 2], &[Tanh, Identity], generator);
            let (x, y) = (uniform(rows, 3, generator), head.targets(rows, 2, generator));
            let theta = net.parameters();
            let (objective, g) = evaluate(&net, &theta, &x, &y);
            let expected = net.objective(&x, &y).unwrap();
            if rows <= 256 {
                assert_eq!(objective.to_bits(), expected.to_bits(), "{head:?}");
            }
            assert!((objective - expected).abs() <= 1e-13 * expected.abs(), "{head:?}");
            let data = flat_gradients(&gradients(&net, &x, &y));
            let config = net.config();
            let penalty = if config.regularization() == 0.0 {
                Array1::zeros(theta.len())
            } else {
                let mut penalty = theta.mapv(|t| config.regularization() * t + config.l1() * f64::signum(t));
                if !config.regularize_biases() {
                    penalty.slice_mut(s![12..16]).fill(0.0);
                    penalty.slice_mut(s![24..26]).fill(0.0);
                }
                penalty
            };
            assert_eq!(bits(&g), bits(&(data + penalty)), "{head:?}");
        }
    }
}

#[test]
fn the_gradient_is_the_derivative_of_the_objective() {
    for (head, builder) in builders() {
        for hidden in ACTIVATIONS {
            let generator = &mut generator();
            let net = network(builder.clone(), &[3, 4, 2], &[hidden, Identity], generator);
            let (x, y) = (uniform(6, 3, generator), head.targets(6, 2, generator));
            let theta = net.parameters();
            let (_, g) = evaluate(&net, &theta, &x, &y);
            let at = |i: usize, step: f64| {
                let mut moved = theta.clone();
                moved[i] += step;
                evaluate(&net, &moved, &x, &y).0
            };
            let slopes = |step: f64| {
                Array1::from_shape_fn(theta.len(), |i| (at(i, step) - at(i, -step)) / (2.0 * step))
            };
            let numeric = slopes(STEP);
            // A kink between the points of a difference shows in the difference of half the step.
            let is_smooth = (&numeric - &slopes(STEP / 2.0)).iter().all(|d| d.abs() < TOLERANCE);
            assert!(is_smooth, "{head:?}, {hidden:?}: another seed is needed");
            assert_close(&format!("{head:?}, {hidden:?}"), &g, &numeric, TOLERANCE);
        }
    }
}

#[test]
fn the_network_and_the_layout_of_the_data_do_not_matter() {
    let generator = &mut generator();
    let net: Dnn = network(Dnn::builder(), &[3, 4, 2], &[Gelu, Identity], generator);
    let (x, y) = (uniform(9, 3, generator), uniform(9, 2, generator));
    let theta = uniform(1, net.parameter_count(), generator).row(0).to_owned();
    let before = net.clone();
    let (objective, g) = evaluate(&net, &theta, &x, &y);
    assert_eq!(net, before);
    let mut moved = net.clone();
    moved.set_parameters(&theta).unwrap();
    assert_eq!(objective, moved.objective(&x, &y).unwrap());
    for ((layout, x), (_, y)) in layouts(&x).into_iter().zip(layouts(&y)) {
        let (mut into, mut scratch) = (Array1::zeros(2 * g.len()), ObjectiveScratch::default());
        let mut every_second = into.slice_mut(s![..;2]);
        let found = net.objective_and_gradient(&theta, &x, &y, &mut every_second, &mut scratch).unwrap();
        assert_eq!((found.to_bits(), bits(&every_second)), (objective.to_bits(), bits(&g)), "{layout}");
    }
}

#[test]
fn one_scratch_serves_networks_of_all_shapes_and_activations() {
    let generator = &mut generator();
    let mut scratch = ObjectiveScratch::default();
    assert_eq!(format!("{scratch:?}"), "ObjectiveScratch { sizes: [], .. }");
    for activations in [[Tanh, Identity], [Gelu, Identity], [Tanh, Sigmoid]] {
        for sizes in [[2, 3, 1], [3, 2, 2]] {
            for rows in [4, 2, 8] {
                let net: Dnn = network(Dnn::builder(), &sizes, &activations, generator);
                let (x, y) = (uniform(rows, sizes[0], generator), uniform(rows, sizes[2], generator));
                let theta = net.parameters();
                let expected = evaluate(&net, &theta, &x, &y);
                let mut g = Array1::zeros(theta.len());
                let found = net.objective_and_gradient(&theta, &x, &y, &mut g, &mut scratch).unwrap();
                assert_eq!((found, g), expected);
                assert_eq!(format!("{scratch:?}"), format!("ObjectiveScratch {{ sizes: {sizes:?}, .. }}"));
            }
        }
    }
}

fn allocations<F: Scalar>() {
    for (head, loss) in [(Head::Squared, None), (Head::Softmax, None), (Head::Huber, Some(Loss::Absolute))] {
        let generator = &mut generator();
        let mut builder = head.set(Dnn::<F>::builder().regularization(0.1).l1(0.1));
        if let Some(loss) = loss {
            builder = builder.loss(loss);
        }
        let net = network(builder, &[3, 40, 5, 2], &[Tanh, Gelu, Identity], generator);
        let (x, y) = (uniform(50, 3, generator), head.targets(50, 2, generator));
        let x_by_columns = x.t().as_standard_layout().reversed_axes().to_owned();
        let (mut theta, mut g) = (net.parameters(), Array1::zeros(net.parameter_count()));
        let mut scratch = ObjectiveScratch::default();
        let mut call = |x: &Array2<F>, rows: std::ops::Range<usize>| {
            theta[0] += F::from_f64(0.01);
            let (x, y) = (x.slice(s![rows.clone(), ..]), y.slice(s![rows, ..]));
            net.objective_and_gradient(&theta, &x, &y, &mut g, &mut scratch).unwrap();
        };
        assert!(count(|| call(&x_by_columns, 0..50)) > 0, "nothing is counted");
        for rows in [0..50, 20..21, 10..40, 0..50] {
            assert_eq!(count(|| call(&x, rows.clone())), 0, "{rows:?}");
            assert_eq!(count(|| call(&x_by_columns, rows.clone())), 0, "{rows:?}");
        }
    }
}

#[test]
fn the_objective_with_its_gradient_allocates_nothing_once_warm() {
    allocations::<f64>();
    allocations::<f32>();
}

/// Checks that a call is refused, and that the gradient keeps its values.
#[track_caller]
fn refuses(
    net: &Dnn,
    (theta, x, y): (&Array1<f64>, &Array2<f64>, &Array2<f64>),
    length: usize,
    expected: &Error,
    text: &str,
) {
    let mut g = Array1::from_elem(length, 7.0);
    let (before, mut scratch) = (net.clone(), ObjectiveScratch::default());
    let refused = net.objective_and_gradient(theta, x, y, &mut g, &mut scratch);
    assert_refused(refused, expected, text);
    assert_eq!((net, g), (&before, Array1::from_elem(length, 7.0)));
}

#[test]
fn bad_arguments_are_refused() {
    let mut net = Dnn::builder().input_shape(2).shape([3, 2]).activations([Tanh, Identity]).build().unwrap();
    let before = net.clone();
    let (theta, x, y) = (net.parameters(), Array2::zeros((3, 2)), Array2::zeros((3, 2)));
    for found in [0, 16, 18] {
        let short = Array1::zeros(found);
        let expected = |what| wrong_shape(what, Extent::Elements, 17, found);
        let text = |what| format!("{what} must have 17 elements, found {found}");
        assert_refused(net.set_parameters(&short), &expected("theta"), &text("theta"));
        refuses(&net, (&short, &x, &y), 17, &expected("theta"), &text("theta"));
        refuses(&net, (&theta, &x, &y), found, &expected("g"), &text("g"));
    }
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut bad = theta.clone();
        bad[16] = value;
        let expected = Error::NonFinite { what: "theta", row: 16, column: 0 };
        let text = "theta must be finite, found NaN or infinity in row 16, column 0";
        assert_refused(net.set_parameters(&bad), &expected, text);
        refuses(&net, (&bad, &x, &y), 17, &expected, text);
        let mut bad = x.clone();
        bad[[2, 1]] = value;
        for (what, x, y) in [("x", &bad, &y), ("y", &x, &bad)] {
            let expected = Error::NonFinite { what, row: 2, column: 1 };
            let text = format!("{what} must be finite, found NaN or infinity in row 2, column 1");
            refuses(&net, (&theta, x, y), 17, &expected, &text);
        }
    }
    let none = Array2::zeros((0, 2));
    let empty = Error::Empty { what: "x", rows: 0, columns: 2 };
    refuses(&net, (&theta, &none, &none), 17, &empty, "x must not be empty, found 0 rows of 2 columns");
    let wide = Array2::zeros((3, 4));
    let expected = |what| wrong_shape(what, Extent::Columns, 2, 4);
    refuses(&net, (&theta, &wide, &y), 17, &expected("x"), "x must have 2 columns, found 4");
    refuses(&net, (&theta, &x, &wide), 17, &expected("y"), "y must have 2 columns, found 4");
    let long = Array2::zeros((4, 2));
    let expected = wrong_shape("y", Extent::Rows, 3, 4);
    refuses(&net, (&theta, &x, &long), 17, &expected, "y must have 3 rows, found 4");
    // More rows than can ever be read.
    let row = Array2::zeros((1, 2));
    let endless = row.broadcast((usize::MAX / 64, 2)).unwrap();
    let (mut g, mut scratch) = (Array1::zeros(17), ObjectiveScratch::default());
    let refused = net.objective_and_gradient(&theta, &endless, &endless, &mut g, &mut scratch);
    assert!(matches!(refused, Err(Error::TooLarge { .. })), "{refused:?}");
    assert_eq!(net, before);
    assert!(net.set_parameters(&theta).is_ok());
}

#[test]
fn what_overflows_is_refused() {
    let layer = Layer::new(array![[1.0], [1.0]], array![0.0, 0.0], Identity).unwrap();
    let net = Dnn::builder().regularization(0.0).build_from([layer]).unwrap();
    let theta = array![1.0, 1e308, 0.0, 0.0];
    let (x, y) = (array![[1.0], [100.0]], array![[0.0, 0.0], [0.0, 0.0]]);
    let output = Error::NonFinite { what: "the output", row: 1, column: 1 };
    let text = "the output must be finite, found NaN or infinity in row 1, column 1";
    refuses(&net, (&theta, &x, &y), 4, &output, text);
    // Half the square of the error overflows.
    let objective = net.objective(&array![[1e200]], &array![[0.0, 0.0]]).unwrap_err();
    let large = (array![1.0, 1.0, 0.0, 0.0], array![[1e200]], array![[0.0, 0.0]]);
    refuses(&net, (&large.0, &large.1, &large.2), 4, &objective, &objective.to_string());
    // ‖d‖² is finite, but d · x is not.
    let (theta, x, y) = (array![0.0, 0.0, 0.0, 0.0], array![[1e200]], array![[0.0, 1e150]]);
    let gradient = Error::NonFinite { what: "the gradient", row: 1, column: 0 };
    let text = "the gradient must be finite, found NaN or infinity in row 1, column 0";
    refuses(&net, (&theta, &x, &y), 4, &gradient, text);
}
