//! Online learning: samples as they come, from a source that drifts.
//!
//! ```text
//! cargo run --release --example online
//! ```
//!
//! A machine answers `y = sin(3 x + φ) + noise`, and φ moves on by a hundredth of a full turn every 200 samples.
//! Each sample is first predicted and then learnt, by [`Dnn::partial_fit`], and thrown away. Beside it stands a
//! network that was trained on the first 2,000 samples and left alone, and the best that anyone could do: the noise.

use std::error::Error;
use std::f64::consts::TAU;
use std::io::Write;
use std::time::{Duration, Instant};

use ndarray_dnn::ndarray::Array2;
use ndarray_dnn::{Activation, Dnn, Init, Optimizer};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SAMPLES: usize = 40_000;
/// The samples after which one of the networks is left alone.
const HEAD_START: usize = 2_000;
/// The samples of a line of the table.
const WINDOW: usize = 4_000;
const NOISE: f64 = 0.05;

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut std::io::stdout().lock()).map(drop)
}

/// Root mean square errors of the last window, each sample predicted before it was learnt.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) online: f64,
    pub(crate) left_alone: f64,
    pub(crate) noise: f64,
}

/// Sums of squared errors of a window.
#[derive(Default)]
struct Errors {
    online: f64,
    left_alone: f64,
    noise: f64,
}

/// Learns 40,000 samples, and reports to `out` what the errors were.
///
/// # Errors
/// If training diverges, or something cannot be written.
pub(crate) fn run(out: &mut impl Write) -> Result<Figures, Box<dyn Error>> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut online: Dnn = Dnn::builder()
        .input_shape(1)
        .shape([16, 16, 1])
        .activations([Activation::Tanh, Activation::Tanh, Activation::Identity])
        .init(Init::Glorot)
        .optimizer(Optimizer::adam())
        // A constant rate: what decays would stop following.
        .eta(0.003)
        .decay_power(0.0)
        .regularization(0.0)
        .build()?;
    let mut left_alone = online.clone();

    writeln!(out, "samples          rmse, learning on   left alone   noise")?;
    let (mut errors, mut learning) = (Errors::default(), Duration::ZERO);
    let mut figures = Figures { online: f64::NAN, left_alone: f64::NAN, noise: f64::NAN };
    for i in 1..=SAMPLES {
        let phase = TAU * (i / 200) as f64 / 100.0;
        let x = random.random_range(-1.0..1.0);
        let noise = NOISE * random.random_range(-1.0..1.0_f64);
        let (x, y) = (Array2::from_elem((1, 1), x), (3.0 * x + phase).sin() + noise);

        errors.online += (online.predict(&x)?[[0, 0]] - y).powi(2);
        errors.left_alone += (left_alone.predict(&x)?[[0, 0]] - y).powi(2);
        errors.noise += noise.powi(2);

        let began = Instant::now();
        online.partial_fit(&x, &Array2::from_elem((1, 1), y))?;
        learning += began.elapsed();
        if i == HEAD_START {
            left_alone = online.clone();
        }
        if i % WINDOW == 0 {
            let rmse = |sum: f64| (sum / WINDOW as f64).sqrt();
            let Errors { online, left_alone, noise } = std::mem::take(&mut errors);
            figures = Figures { online: rmse(online), left_alone: rmse(left_alone), noise: rmse(noise) };
            let Figures { online, left_alone, noise } = figures;
            writeln!(
                out,
                "{:6} to {i:6}  {online:.3}               {left_alone:.3}        {noise:.3}",
                i - WINDOW + 1
            )?;
        }
    }
    writeln!(out, "\n{:.2} µs to learn a sample", learning.as_secs_f64() / SAMPLES as f64 * 1e6)?;
    Ok(figures)
}
