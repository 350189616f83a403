//! The digits of the cross-entropy and of the Poisson loss, and losses that are large.

use ndarray::{Array2, array};
use ndarray_dnn::{Dnn, Error, Loss, Scalar};

use super::passing_on;
use crate::common::assert_near;

/// The loss of a row whose class has nearly all of the probability is that of the others: `1 − ŷ` would have no digits.
#[test]
fn the_cross_entropy_of_confident_rows_keeps_its_digits() {
    fn check<F: Scalar>(relative: f64) {
        let net = passing_on::<F>(Dnn::builder().softmax(true), 3);
        for (a, class, expected) in CROSS_ENTROPY {
            let a = Array2::from_shape_fn((1, 3), |(_, j)| F::from_f64(a[j]));
            let y = Array2::from_shape_fn((1, 3), |(_, j)| F::from_f64(f64::from(u8::from(j == class))));
            // An exponential that underflows in F is lost.
            let lost = F::min_positive_value().as_f64();
            for loss in [net.loss(&net.compute(&a).unwrap(), &y), net.mean_loss(&a, &y)] {
                let error = (loss.unwrap() - expected).abs();
                assert!(error <= relative * expected + lost, "{a}, {class}: off by {error:e}");
            }
        }
    }
    // An exponential has 4 units in the last place, the quotient of two answers one more.
    check::<f64>(2e-15);
    check::<f32>(1e-6);
}

fn poisson<F: Scalar>(a: F, y: F) -> Result<f64, Error> {
    let net = passing_on::<F>(Dnn::builder().loss(Loss::Poisson), 1);
    let pass = net.compute(&Array2::from_elem((1, 1), a))?;
    net.loss(&pass, &Array2::from_elem((1, 1), y))
}

/// The error is that of `r = a − ln y`, not that of `eᵃ` or `y·a`.
#[test]
fn the_poisson_loss_keeps_its_digits() {
    for (a, y, expected) in POISSON {
        let found = poisson(a, y).unwrap();
        let rounding = 4e-16 * (1.0 + y.ln().abs());
        let of_r = if y == 0.0 { 0.0 } else { y * rounding * ((a - y.ln()).abs() + rounding) };
        assert!((found - expected).abs() <= 1e-15 * expected + of_r, "{a}, {y}: {found}");
    }
    for (a, ..) in POISSON.into_iter().filter(|(_, y, _)| *y == 0.0) {
        assert_near(poisson(a as f32, 0.0).unwrap(), f64::from(a as f32).exp(), 1e-15);
    }
}

#[test]
fn the_poisson_loss_is_never_negative_and_0_at_the_target() {
    for y in [1e-300, 0.1, 1.0, 3.0, 7.0, 1e5, 1e300] {
        let a: f64 = libm::log(y);
        assert_eq!(poisson(a, y), Ok(0.0), "{y}");
        for i in -400..400 {
            let a = a + f64::from(i).powi(3) * 1e-9;
            let loss = poisson(a, y).unwrap();
            assert!(loss >= 0.0, "{a}, {y}: {loss}");
        }
    }
}

#[test]
fn poisson_outputs_are_powers() {
    let net = passing_on::<f64>(Dnn::builder().loss(Loss::Poisson), 3);
    let y = net.predict(&array![[0.0, -1000.0, 2.0], [709.0, 1.0, -2.0]]).unwrap();
    let expected = array![[1.0, 0.0, 2.0_f64.exp()], [709.0_f64.exp(), 1.0_f64.exp(), (-2.0_f64).exp()]];
    y.iter().zip(&expected).for_each(|(y, expected)| assert_near(*y, *expected, 1e-15));
    let error = net.predict(&array![[0.0, 1.0, 710.0]]).unwrap_err();
    assert_eq!(error, Error::NonFinite { what: "the output", row: 0, column: 2 });
    let pass = net.compute(&array![[0.0, 1.0, 2.0]]).unwrap();
    assert_eq!(pass.outputs(1).unwrap(), array![[0.0, 1.0, 2.0]]);
}

/// The square of such an error would be infinite.
#[test]
fn losses_of_huge_errors_are_finite() {
    let (a, y) = (array![[1e200, -1e200]], array![[-1e200, 1e200]]);
    for (loss, expected, d) in [
        (Loss::Absolute, 4e200, [-1.0, 1.0]),
        (Loss::Huber { delta: 0.5 }, 2e200, [-0.5, 0.5]),
        (Loss::Huber { delta: 1e100 }, 4e300, [-1e100, 1e100]),
        (Loss::Quantile { tau: 0.75 }, 2e200, [-0.25, 0.75]),
    ] {
        let net = passing_on(Dnn::builder().loss(loss), 2);
        let pass = net.compute(&a).unwrap();
        assert_near(net.loss(&pass, &y).unwrap(), expected, 1e-15);
        assert_eq!(net.error(&pass, &y).unwrap(), array![d], "{loss}");
    }
}

/// A median and two quantiles of skewed numbers, found by a network of a bias alone.
#[test]
fn the_best_outputs_are_the_quantiles() {
    let y = Array2::from_shape_fn((999, 1), |(i, _)| ((i as f64 + 1.0) / 1000.0).powi(3));
    let x = Array2::zeros((999, 1));
    for (loss, quantile) in [
        (Loss::Absolute, 0.5),
        (Loss::Quantile { tau: 0.5 }, 0.5),
        (Loss::Quantile { tau: 0.1 }, 0.1),
        (Loss::Quantile { tau: 0.9 }, 0.9),
    ] {
        let mut net = passing_on(Dnn::builder().loss(loss).momentum(0.0).eta(0.5), 1);
        net.reconfigure(|builder| {
            let builder = builder.batch_order(ndarray_dnn::BatchOrder::Sequential).threshold(0.0);
            builder.minibatch_size(usize::MAX).max_epochs(4000)
        })
        .unwrap();
        net.fit(&x, &y).unwrap();
        let answer = net.predict(&array![[0.0]]).unwrap()[[0, 0]];
        assert!((answer - f64::powi(quantile, 3)).abs() < 2e-3, "{loss}: {answer}");
    }
}

/// Logits a, the class, and the cross-entropy `ln(1 + Σ exp(a_j − a_class))` over the other j, by Python's `decimal`
/// with 60 digits.
const CROSS_ENTROPY: [([f64; 3], usize, f64); 10] = [
    ([0.0, 0.0, 0.0], 0, 1.0986122886681098),
    ([3.0, 1.0, -2.0], 0, 0.13284523372757556),
    ([3.0, 1.0, -2.0], 2, 5.132845233727576),
    ([20.0, 0.0, -1.0], 0, 2.819409661255213e-09),
    ([-5.0, 40.0, 2.5], 1, 5.178417524382418e-17),
    ([-5.0, 40.0, 2.5], 2, 37.5),
    ([100.0, 30.0, 0.0], 0, 3.975449735909019e-31),
    ([50.0, 50.0, -10.0], 1, std::f64::consts::LN_2),
    ([0.0, -80.0, -85.0], 0, 1.8170123808379435e-35),
    ([1.0, 600.0, -3.0], 1, 7.336480262628485e-261),
];

/// Outputs a of the last layer, targets y, and the losses `exp(a) - y - y * (a - ln(y))` by Python's `decimal` with 60
/// digits.
const POISSON: [(f64, f64, f64); 12] = [
    (0.5, 0.0, 1.6487212707001282),
    (-700.0, 0.0, 9.85967654375977e-305),
    (0.0, 1.0, 0.0),
    (1e-09, 1.0, 5.000000001666667e-19),
    (1e-05, 1.0, 5.000016666708334e-11),
    (1.9459101090932196, 7.0, 5.5893911927364785e-15),
    (1.946, 7.0, 2.825701921407675e-08),
    (13.815510557964274, 1000000.0, 1.1229207664009154e-25),
    (-30.0, 5.0, 153.0471895621706),
    (30.0, 5.0, 10686474581377.51),
    (0.1, 1e-310, 1.1051709180756477),
    (700.0, 1e+300, 1.0132096075248259e+304),
];
