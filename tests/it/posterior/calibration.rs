//! The bands hold as many new points as they say, and the deviation grows outside the data.

use ndarray_dnn::ndarray::{Array2, Axis, concatenate};
use ndarray_dnn::{Dnn, Posterior};

use super::{builder, generator, normal, places};

/// The data sets, with the seeds from this one on.
const SETS: u64 = 30;
const FIRST_SEED: u64 = 1000;
/// The rows of a data set, and the new points that its bands are compared with.
const ROWS: usize = 60;
const NEW: usize = 1000;

/// A function of one input, and the deviation of its noise.
struct Truth {
    value: fn(f64) -> f64,
    noise: f64,
}

const TRUTHS: [Truth; 3] = [
    Truth { value: |x| (3.0 * x).sin(), noise: 0.2 },
    Truth { value: |x| x * x, noise: 0.05 },
    Truth { value: |x| (-4.0 * x * x).exp() - 0.5 * x, noise: 0.5 },
];

fn noisy(truth: &Truth, x: &Array2<f64>, generator: &mut rand_chacha::ChaCha8Rng) -> Array2<f64> {
    x.mapv(|x| (truth.value)(x) + truth.noise * normal(generator))
}

/// The network and the posterior for the data set of a seed, with 10 hidden neurons.
fn fitted(truth: &Truth, seed: u64) -> (Dnn, Posterior) {
    let generator = &mut generator(seed);
    let x = places(ROWS, -1.0, 1.0, generator);
    let y = noisy(truth, &x, generator);
    let mut net = builder(1, 10, 1).seed(seed).build().unwrap();
    let (_, posterior) = net.levenberg_marquardt(&x, &y).evidence(true).max_iterations(300).run().unwrap();
    (net, posterior)
}

#[test]
fn the_bands_hold_their_share_of_new_points() {
    for (number, truth) in TRUTHS.iter().enumerate() {
        let mut shares = [0.0; 2];
        for seed in FIRST_SEED..FIRST_SEED + SETS {
            let (net, posterior) = fitted(truth, seed);
            let generator = &mut generator(seed + SETS);
            let x = places(NEW, -1.0, 1.0, generator);
            let y = noisy(truth, &x, generator);
            let (mean, deviation) = posterior.predict(&net, &x).unwrap();
            assert_eq!(mean, net.predict(&x).unwrap());
            for (share, width) in shares.iter_mut().zip([0.994_457_883_2, 1.959_963_984_5]) {
                // The quantiles of the normal distribution for 68 % and 95 %.
                let inside = y
                    .iter()
                    .zip(&mean)
                    .zip(&deviation)
                    .filter(|((y, mean), deviation)| (*y - *mean).abs() <= width * **deviation);
                *share += 100.0 * inside.count() as f64 / (NEW as f64 * SETS as f64);
            }
        }
        println!("function {number}: {:.1} % and {:.1} %", shares[0], shares[1]);
        assert!((shares[0] - 68.0).abs() <= 4.0 && (shares[1] - 95.0).abs() <= 2.0, "{number}: {shares:?}");
    }
}

#[test]
fn one_range_outside_the_data_the_deviation_exceeds_the_largest_inside() {
    for (number, truth) in TRUTHS.iter().enumerate() {
        for seed in FIRST_SEED..FIRST_SEED + SETS {
            let (net, posterior) = fitted(truth, seed);
            let inside = Array2::from_shape_fn((201, 1), |(i, _)| i as f64 / 100.0 - 1.0);
            // The data have a range of 2.
            let outside = Array2::from_shape_vec((2, 1), vec![-3.0, 3.0]).unwrap();
            let x = concatenate(Axis(0), &[inside.view(), outside.view()]).unwrap();
            let deviation = posterior.deviation_of_mean(&net, &x).unwrap();
            let largest = deviation.iter().take(201).fold(0.0, |largest: f64, value| largest.max(*value));
            assert!(
                deviation.iter().skip(201).all(|value| *value > largest),
                "{number}, {seed}: {largest}, {:?}",
                &deviation.as_slice().unwrap()[201..]
            );
        }
    }
}

/// The noise that the runs estimate.
#[test]
fn the_noise_is_found() {
    for truth in &TRUTHS {
        let of_seed = |seed| fitted(truth, seed).1.noise_variance().unwrap();
        let mean = (FIRST_SEED..FIRST_SEED + SETS).map(of_seed).sum::<f64>() / SETS as f64;
        assert!((mean.sqrt() / truth.noise - 1.0).abs() < 0.06, "{} instead of {}", mean.sqrt(), truth.noise);
    }
}
