//! Online learning: samples arrive one by one from a source that drifts.
//!
//! ```text
//! cargo run --release --example online
//! ```
//!
//! A machine answers `y = sin(3 x + φ) + noise`, and φ increases by a hundredth of a full turn every 200 samples.
//! The network predicts each sample, then learns it by [`Dnn::partial_fit`], and never sees it again. The program
//! compares it with a network that stopped learning after 2,000 samples, and with the best possible result: the
//! noise itself.

use std::error::Error;
use std::f64::consts::TAU;
use std::io::Write;
use std::time::{Duration, Instant};

use ndarray_dnn::ndarray::Array2;
use ndarray_dnn::{Activation, Dnn, Init, Optimizer};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SAMPLES: usize = 40_000;
/// The number of samples after which one of the networks stops learning.
const HEAD_START: usize = 2_000;
/// The number of samples per line of the table.
const WINDOW: usize = 4_000;
const NOISE: f64 = 0.05;

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut std::io::stdout().lock()).map(drop)
}

/// Root mean square errors over the last window; each sample is predicted before it is learnt.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) online: f64,
    pub(crate) stopped: f64,
    pub(crate) noise: f64,
}

/// Sums of squared errors over a window.
#[derive(Default)]
struct Errors {
    online: f64,
    stopped: f64,
    noise: f64,
}

/// Learns 40,000 samples and writes the errors to `out`.
///
/// # Errors
/// If training diverges, or the report cannot be written.
pub(crate) fn run(out: &mut impl Write) -> Result<Figures, Box<dyn Error>> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut online: Dnn = Dnn::builder()
        .input_shape(1)
        .shape([16, 16, 1])
        .activations([Activation::Tanh, Activation::Tanh, Activation::Identity])
        .init(Init::Glorot)
        .optimizer(Optimizer::adam())
        // A constant rate: with a decay, the network would stop following the drift.
        .eta(0.003)
        .decay_power(0.0)
        .regularization(0.0)
        .build()?;
    let mut stopped = online.clone();

    writeln!(out, "samples          rmse: online   stopped   noise")?;
    let (mut errors, mut learning) = (Errors::default(), Duration::ZERO);
    let mut figures = Figures { online: f64::NAN, stopped: f64::NAN, noise: f64::NAN };
    for i in 1..=SAMPLES {
        let phase = TAU * (i / 200) as f64 / 100.0;
        let x = random.random_range(-1.0..1.0);
        let noise = NOISE * random.random_range(-1.0..1.0_f64);
        let (x, y) = (Array2::from_elem((1, 1), x), (3.0 * x + phase).sin() + noise);

        errors.online += (online.predict(&x)?[[0, 0]] - y).powi(2);
        errors.stopped += (stopped.predict(&x)?[[0, 0]] - y).powi(2);
        errors.noise += noise.powi(2);

        let began = Instant::now();
        online.partial_fit(&x, &Array2::from_elem((1, 1), y))?;
        learning += began.elapsed();
        if i == HEAD_START {
            stopped = online.clone();
        }
        if i % WINDOW == 0 {
            let rmse = |sum: f64| (sum / WINDOW as f64).sqrt();
            let Errors { online, stopped, noise } = std::mem::take(&mut errors);
            figures = Figures { online: rmse(online), stopped: rmse(stopped), noise: rmse(noise) };
            let Figures { online, stopped, noise } = figures;
            writeln!(out, "{:6} to {i:6}        {online:.3}    {stopped:.3}   {noise:.3}", i - WINDOW + 1)?;
        }
    }
    writeln!(out, "\n{:.2} µs per sample learnt", learning.as_secs_f64() / SAMPLES as f64 * 1e6)?;
    Ok(figures)
}
