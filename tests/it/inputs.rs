//! Derivatives with respect to the inputs: `jacobian` and `input_gradient`.

use ndarray_dnn::Activation::{Identity, Sigmoid, Tanh};
use ndarray_dnn::error::Extent;
use ndarray_dnn::ndarray::{Array1, Array2, Axis, array, concatenate, s};
use ndarray_dnn::{Dnn, Error, Layer, Link, Scalar};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::common::errors::{assert_refused, wrong_shape};
use crate::common::layouts::layouts;
use crate::common::{ACTIVATIONS, Head, assert_close, bits, network, uniform, with_link};

const LINKS: [Link; 4] = [Link::Identity, Link::Softmax, Link::Logistic, Link::Log];
/// The first seed to try for a network and its data.
const SEED: u64 = 43;
/// The step of the differences, and their error: STEP² times a third derivative, and a rounding divided by STEP.
const STEP: f64 = 1e-5;
const TOLERANCE: f64 = 1e-9;

/// The central differences of a function of `x`, one for each value of x.
fn differences(x: &Array1<f64>, of: impl Fn(&Array1<f64>) -> Array1<f64>, step: f64) -> Array2<f64> {
    let columns = (0..x.len()).map(|i| {
        let moved = |step: f64| {
            let mut moved = x.clone();
            moved[i] += step;
            of(&moved)
        };
        ((moved(step) - moved(-step)) / (2.0 * step)).insert_axis(Axis(1))
    });
    let columns = Vec::from_iter(columns);
    concatenate(Axis(1), &Vec::from_iter(columns.iter().map(|column| column.view()))).unwrap()
}

/// Differences that cross no kink; `None` if one does, which the differences of half the step show.
fn smooth(x: &Array1<f64>, of: impl Fn(&Array1<f64>) -> Array1<f64>) -> Option<Array2<f64>> {
    let (whole, half) = (differences(x, &of, STEP), differences(x, &of, STEP / 2.0));
    (&whole - &half).iter().all(|d| d.abs() < TOLERANCE).then_some(whole)
}

#[test]
fn the_jacobian_is_the_derivative_of_the_output_for_every_activation_and_link() {
    for link in LINKS {
        for hidden in ACTIVATIONS {
            for last in ACTIVATIONS {
                if link == Link::Logistic && last == Sigmoid {
                    continue;
                }
                for sizes in [vec![3, 2], vec![3, 4, 2], vec![2, 4, 4, 3]] {
                    let mut activations = vec![hidden; sizes.len() - 1];
                    activations[sizes.len() - 2] = last;
                    let check = |seed| {
                        let generator = &mut ChaCha8Rng::seed_from_u64(seed);
                        let net = network(with_link(link), &sizes, &activations, generator);
                        let x = uniform(1, sizes[0], generator).row(0).to_owned();
                        let output =
                            |x: &Array1<f64>| Array1::from(net.predict_row(x.as_slice().unwrap()).unwrap());
                        let expected = smooth(&x, output)?;
                        let found = net.jacobian(x.as_slice().unwrap()).unwrap();
                        assert_close(&format!("{link}, {activations:?}"), &found, &expected, TOLERANCE);
                        Some(())
                    };
                    (SEED..).find_map(check).unwrap();
                }
            }
        }
    }
}

#[test]
fn the_input_gradient_is_the_derivative_of_the_loss_of_each_row() {
    for head in Head::ALL {
        for hidden in ACTIVATIONS {
            let check = |seed| {
                let generator = &mut ChaCha8Rng::seed_from_u64(seed);
                let builder = head.set(Dnn::builder()).regularization(0.0);
                let net = network(builder, &[3, 4, 2], &[hidden, Identity], generator);
                let (x, y) = (uniform(5, 3, generator), head.targets(5, 2, generator));
                let d = net.error(&net.compute(&x).unwrap(), &y).unwrap();
                let found = net.input_gradient(&x, &d).unwrap();
                assert_eq!(found.dim(), (5, 3));
                for (row, found) in found.rows().into_iter().enumerate() {
                    let y = y.slice(s![row..=row, ..]);
                    let loss =
                        |x: &Array1<f64>| array![net.objective(&x.view().insert_axis(Axis(0)), &y).unwrap()];
                    let expected = smooth(&x.row(row).to_owned(), loss)?.row(0).to_owned();
                    assert_close(&format!("{head:?}, {hidden:?}"), &found, &expected, TOLERANCE);
                }
                Some(())
            };
            (SEED..).find_map(check).unwrap();
        }
    }
}

#[test]
fn both_agree_and_do_not_depend_on_layout_or_neighbours() {
    fn check<F: Scalar>() {
        let generator = &mut ChaCha8Rng::seed_from_u64(SEED);
        let net = network(Dnn::<F>::builder(), &[3, 5, 2], &[Tanh, Sigmoid], generator);
        // More than one block of rows.
        let (x, d) = (uniform::<F>(600, 3, generator), uniform::<F>(600, 2, generator));
        let all = net.input_gradient(&x, &d).unwrap();
        for ((layout, x), (_, d)) in layouts(&x).into_iter().zip(layouts(&d)) {
            assert_eq!(bits(&net.input_gradient(&x, &d).unwrap()), bits(&all), "{layout}");
        }
        for row in [0, 255, 256, 599] {
            let (x, d) = (x.slice(s![row..=row, ..]), d.slice(s![row..=row, ..]));
            let one = net.input_gradient(&x, &d).unwrap();
            assert_eq!(bits(&one.row(0)), bits(&all.row(row)));
            // −Δ₁W₁ = −Σ d_k J_k
            let x = x.row(0).to_vec();
            let jacobian = net.jacobian(&x).unwrap().mapv(F::as_f64);
            let expected = -d.row(0).mapv(F::as_f64).dot(&jacobian);
            assert_close("d J", &one.row(0), &expected, 8.0 * F::epsilon().as_f64());
        }
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn values_by_hand() {
    let hidden = Layer::new(array![[2.0, 0.0], [1.0, -1.0]], array![0.0, 0.0], Identity).unwrap();
    let output = Layer::new(array![[1.0, 3.0], [0.0, 1.0]], array![0.0, 0.0], Identity).unwrap();
    let net = |link| with_link(link).build_from([hidden.clone(), output.clone()]).unwrap();
    let product = array![[5.0, -3.0], [1.0, -1.0]]; // W₂ W₁
    assert_eq!(net(Link::Identity).jacobian(&[7.0, 8.0]).unwrap(), product);
    // At x = 0, every rate is 1 and every probability ½.
    assert_eq!(net(Link::Log).jacobian(&[0.0, 0.0]).unwrap(), product);
    assert_eq!(net(Link::Logistic).jacobian(&[0.0, 0.0]).unwrap(), &product / 4.0);
    let of_softmax = array![[1.0, -0.5], [-1.0, 0.5]]; // ¼ (row 0 − row 1), and its opposite
    assert_eq!(net(Link::Softmax).jacobian(&[0.0, 0.0]).unwrap(), of_softmax);
    let gradient = net(Link::Identity).input_gradient(&array![[7.0, 8.0]], &array![[1.0, -2.0]]).unwrap();
    assert_eq!(gradient, array![[-3.0, 1.0]]);
}

#[test]
fn bad_arguments_are_refused() {
    let net: Dnn = Dnn::builder().input_shape(2).shape([3, 2]).activations([Tanh, Identity]).build().unwrap();
    let (x, d) = (Array2::zeros((3, 2)), Array2::zeros((3, 2)));
    for found in [0, 1, 3] {
        let expected = wrong_shape("x", Extent::Elements, 2, found);
        let text = format!("x must have 2 elements, found {found}");
        assert_refused(net.jacobian(&vec![0.0; found]), &expected, &text);
    }
    for value in [f64::NAN, f64::INFINITY] {
        let expected = Error::NonFinite { what: "x", row: 0, column: 1 };
        let text = "x must be finite, found NaN or infinity in row 0, column 1";
        assert_refused(net.jacobian(&[0.0, value]), &expected, text);
        let mut bad = x.clone();
        bad[[2, 1]] = value;
        for (what, x, d) in [("x", &bad, &d), ("d", &x, &bad)] {
            let expected = Error::NonFinite { what, row: 2, column: 1 };
            let text = format!("{what} must be finite, found NaN or infinity in row 2, column 1");
            assert_refused(net.input_gradient(x, d), &expected, &text);
        }
    }
    let none = Array2::zeros((0, 2));
    let empty = Error::Empty { what: "x", rows: 0, columns: 2 };
    assert_refused(
        net.input_gradient(&none, &none),
        &empty,
        "x must not be empty, found 0 rows of 2 columns",
    );
    let (wide, long) = (Array2::zeros((3, 4)), Array2::zeros((4, 2)));
    let columns = |what| wrong_shape(what, Extent::Columns, 2, 4);
    assert_refused(net.input_gradient(&wide, &d), &columns("x"), "x must have 2 columns, found 4");
    assert_refused(net.input_gradient(&x, &wide), &columns("d"), "d must have 2 columns, found 4");
    let rows = wrong_shape("d", Extent::Rows, 3, 4);
    assert_refused(net.input_gradient(&x, &long), &rows, "d must have 3 rows, found 4");
    // More rows than can ever be read.
    let row = Array2::zeros((1, 2));
    let endless = row.broadcast((usize::MAX / 64, 2)).unwrap();
    let error = net.input_gradient(&endless, &endless).unwrap_err();
    assert_eq!(error, Error::TooLarge { what: "the input gradient", rows: usize::MAX / 64, columns: 2 });
}

#[test]
fn what_overflows_is_refused() {
    let layer = |weight: f64| Layer::new(array![[weight]], array![0.0], Identity).unwrap();
    let net = Dnn::builder().build_from([layer(1e200), layer(1e200)]).unwrap();
    // The output at 0 is 0, but the derivative is 1e400.
    let jacobian = Error::NonFinite { what: "the jacobian", row: 0, column: 0 };
    let text = "the jacobian must be finite, found NaN or infinity in row 0, column 0";
    assert_refused(net.jacobian(&[0.0]), &jacobian, text);
    let x = Array2::zeros((300, 1));
    let mut d = Array2::zeros((300, 1));
    d[[299, 0]] = 1.0;
    let gradient = Error::NonFinite { what: "the input gradient", row: 299, column: 0 };
    let text = "the input gradient must be finite, found NaN or infinity in row 299, column 0";
    assert_refused(net.input_gradient(&x, &d), &gradient, text);
    let output = |row| Error::NonFinite { what: "the output", row, column: 0 };
    let text = |row| format!("the output must be finite, found NaN or infinity in row {row}, column 0");
    assert_refused(net.jacobian(&[1.0]), &output(0), &text(0));
    let mut x = x.clone();
    x[[280, 0]] = 1.0;
    assert_refused(net.input_gradient(&x, &d), &output(280), &text(280));
}
