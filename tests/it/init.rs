//! The distributions of initial parameters: their bounds and their text form.

use ndarray::Array2;
use ndarray_dnn::Activation::{Identity, Selu};
use ndarray_dnn::{Dnn, Init, Scalar};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// 10,000 parameters.
fn drawn<F: Scalar>(low: f64, high: f64) -> Vec<F> {
    let builder = Dnn::<F>::builder().input_shape(99).shape([100]).activations([Identity]);
    let net = builder.init(Init::Uniform { low, high }).seed(7).build().unwrap();
    let layer = &net.layers()[0];
    layer.weights().iter().chain(layer.biases()).copied().collect()
}

fn four_values<F: Scalar>() {
    let epsilon = F::epsilon().as_f64();
    for (low, high) in
        [(1.0, 1.0 + 4.0 * epsilon), (-1.0 - 4.0 * epsilon, -1.0), (-2.0, -2.0 + 4.0 * epsilon)]
    {
        let step = (high - low) / 4.0;
        let mut counts = [0; 4];
        for value in drawn::<F>(low, high) {
            let place = (value.as_f64() - low) / step;
            assert!((0.0..4.0).contains(&place) && place.fract() == 0.0, "{value} in [{low}, {high})");
            counts[place as usize] += 1;
        }
        // The mean is 2,500 and the deviation 43; the seed is fixed.
        assert!(counts.iter().all(|count| (2_300..2_700).contains(count)), "{counts:?}");
    }
}

#[test]
fn low_is_drawn_and_high_is_not() {
    four_values::<f64>();
    four_values::<f32>();
    // Only one value of the element type lies in the range, even if f64 has more between the bounds.
    assert!(drawn::<f64>(1.0, 1.0 + f64::EPSILON).iter().all(|value| *value == 1.0));
    assert!(drawn::<f32>(1.0, 1.0 + 1e-10).iter().all(|value| *value == 1.0));
    assert!(drawn::<f32>(1.0 - 1e-10, 1.0).iter().all(|value| *value == 1.0));
    assert!(drawn::<f64>(0.25, 0.25).iter().all(|value| *value == 0.25));
}

#[test]
fn the_widest_ranges_are_drawn_from() {
    for (low, high) in [(0.0, f64::MAX), (-f64::MAX, 0.0), (-f64::MAX / 2.0, f64::MAX / 2.0)] {
        let values = drawn::<f64>(low, high);
        assert!(values.iter().all(|value| (low..high).contains(value)));
        let above = values.iter().filter(|value| **value > low / 2.0 + high / 2.0).count();
        assert!((4_800..5_200).contains(&above), "{above}");
    }
}

#[test]
fn the_default_is_that_of_the_article() {
    assert_eq!(Init::default(), Init::Uniform { low: 0.0, high: 0.01 });
    let builder = || Dnn::<f64>::builder().input_shape(3).shape([4]).activations([Identity]);
    let net = builder().build().unwrap();
    assert_eq!(net.config().init(), Init::default());
}

#[test]
fn the_text_form_is_read_back() {
    let uniform = |low, high| Init::Uniform { low, high };
    for (init, text) in [
        (Init::default(), "uniform(0.0, 0.01)"),
        (uniform(-0.1, 1.0 / 3.0), "uniform(-0.1, 0.3333333333333333)"),
        (uniform(1e-300, 1e300), "uniform(1e-300, 1e300)"),
        (Init::Glorot, "glorot"),
        (Init::He, "he"),
    ] {
        assert_eq!(init.to_string(), text);
        assert_eq!(text.parse(), Ok(init));
    }
    assert_eq!("uniform(-1,1)".parse(), Ok(uniform(-1.0, 1.0)));
    assert_eq!(format!("[{:>8}]", Init::Glorot), "[  glorot]");
}

#[test]
fn other_texts_are_refused() {
    for text in [
        "",
        "He",
        "glorot ",
        "uniform",
        "uniform()",
        "uniform(1.0)",
        "uniform(1.0, 2.0",
        "uniform(1, 2, 3)",
        "uniform(a, b)",
    ] {
        let error = text.parse::<Init>().unwrap_err();
        assert_eq!((error.kind, &error.text[..]), ("init", text));
        assert_eq!(error.expected, ["glorot", "he", "lecun", "uniform(low, high)"]);
    }
    let error = "xavier".parse::<Init>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown init \"xavier\": expected one of glorot, he, lecun, uniform(low, high)"
    );
}

#[test]
fn lecun_s_distribution_is_normal_with_variance_1_over_fan_in() {
    let (fan_in, fan_out) = (50, 200);
    let builder = Dnn::<f64>::builder().input_shape(fan_in).shape([fan_out]).activations([Identity]);
    let net = builder.init(Init::LeCun).seed(7).build().unwrap();
    assert!(net.layers()[0].biases().iter().all(|bias| *bias == 0.0));
    let deviation = (1.0 / fan_in as f64).sqrt();
    let values = Vec::from_iter(net.layers()[0].weights().iter().map(|w| w / deviation));
    // Box and Muller's numbers of the seed's generator, row by row.
    let generator = &mut ChaCha8Rng::seed_from_u64(7);
    for value in &values {
        let [u, v]: [f64; 2] = [generator.random(), generator.random()];
        let expected = (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos();
        assert!((value - expected).abs() < 1e-14, "{value}, not {expected}");
    }
    // Within 4 standard errors of 10,000 draws.
    let mean_of = |f: fn(f64) -> f64| values.iter().map(|value| f(*value)).sum::<f64>() / 1e4;
    assert!(mean_of(|value| value).abs() < 0.04);
    assert!((mean_of(|value| value * value) - 1.0).abs() < 0.057);
    assert!((mean_of(|value| f64::from(u8::from(value.abs() > 2.0))) - 0.0455).abs() < 0.0083);
}

/// Klambauer et al.: means and variances of the outputs stay near 0 and 1 through many layers.
#[test]
fn selu_with_lecun_keeps_mean_and_variance() {
    let generator = &mut ChaCha8Rng::seed_from_u64(7);
    let x =
        Array2::from_shape_simple_fn((500, 100), || generator.random_range(-3.0_f64.sqrt()..3.0_f64.sqrt()));
    let builder = Dnn::<f64>::builder().input_shape(100).shape([100; 20]).activations([Selu; 20]);
    let net = builder.init(Init::LeCun).build().unwrap();
    for outputs in net.compute(&x).unwrap().layers() {
        let mean = outputs.mean().unwrap();
        let variance = outputs.mapv(|a| (a - mean).powi(2)).mean().unwrap();
        assert!(mean.abs() < 0.2 && (0.7..1.4).contains(&variance), "{mean}, {variance}");
    }
}
