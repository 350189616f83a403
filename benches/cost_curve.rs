//! The time of a training step over the sizes of networks and mini-batches, as CSV on the standard output:
//!
//! ```text
//! type,width,batch,microseconds,picoseconds_per_row_and_parameter
//! ```
//!
//! The networks have two layers, as many inputs as hidden and output neurons, and relu. A step is one mini-batch by
//! hand, with the `_into` verbs. Its time is the minimum of many short repeats in two turns, so that a short
//! disturbance of the machine does not look like a bump.
//!
//! `cargo bench --bench cost_curve > curve.csv`; with `-- WIDTH…` for these widths alone; with `-- --test` for a few
//! cells.
#![allow(clippy::unwrap_used)] // a benchmark that cannot run may panic

use std::time::{Duration, Instant};

use ndarray_dnn::ndarray::Array2;
use ndarray_dnn::{Activation, BatchOrder, Dnn, Gradients, Pass, Scalar};

const WIDTHS: [usize; 33] = [
    3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 17, 20, 24, 31, 32, 33, 40, 48, 63, 64, 65, 96, 100, 127, 128, 129,
    192, 256, 384, 512, 1024, 2048,
];
const BATCHES: [usize; 12] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048];
/// The time for a cell in each of the two turns, unless a step takes longer.
const TIME: Duration = Duration::from_millis(8);

/// A cell of the table.
struct Cell {
    name: &'static str,
    width: usize,
    batch: usize,
    seconds: f64,
}

fn main() {
    let arguments = Vec::from_iter(std::env::args().skip(1));
    let is_test = arguments.iter().any(|argument| argument == "--test");
    let only = Vec::from_iter(arguments.iter().filter_map(|argument| argument.parse::<usize>().ok()));
    let mut cells = Vec::new();
    for name in ["f32", "f64"] {
        for width in WIDTHS {
            let is_wanted = if is_test { width < 5 } else { only.is_empty() || only.contains(&width) };
            for batch in BATCHES {
                if is_wanted && (!is_test || batch < 4) {
                    cells.push(Cell { name, width, batch, seconds: f64::INFINITY });
                }
            }
        }
    }
    for _turn in 0..2 {
        for cell in &mut cells {
            let seconds = match cell.name {
                "f32" => step::<f32>(cell.width, cell.batch),
                _ => step::<f64>(cell.width, cell.batch),
            };
            cell.seconds = cell.seconds.min(seconds);
        }
    }
    println!("type,width,batch,microseconds,picoseconds_per_row_and_parameter");
    for Cell { name, width, batch, seconds } in cells {
        let parameters = 2 * width * (width + 1);
        let of_a_parameter = seconds * 1e12 / (batch * parameters) as f64;
        println!("{name},{width},{batch},{:.3},{of_a_parameter:.1}", seconds * 1e6);
    }
}

/// The shortest time of a step, in seconds.
fn step<F: Scalar>(width: usize, batch: usize) -> f64 {
    let mut net: Dnn<F> = Dnn::builder()
        .input_shape(width)
        .shape([width, width])
        .activations([Activation::Relu, Activation::Identity])
        .seed(1)
        .batch_order(BatchOrder::Sequential)
        .eta(1e-3)
        .decay_power(0.0)
        .regularization(1e-4)
        .build()
        .unwrap();
    let value = |i: usize, j: usize| F::from_f64(((i * 31 + j * 17) % 64) as f64 / 32.0 - 1.0);
    let x = Array2::from_shape_fn((batch, width), |(i, j)| value(i, j));
    let y = Array2::from_shape_fn((batch, width), |(i, j)| value(j, i));
    let (mut pass, mut d, mut gradients) = (Pass::default(), Array2::default((0, 0)), Gradients::default());
    let mut steps = |count: usize| {
        let began = Instant::now();
        for _ in 0..count {
            net.compute_into(&x, &mut pass).unwrap();
            net.error_into(&pass, &y, &mut d).unwrap();
            net.bp_into(&pass, &d, &mut gradients).unwrap();
            net.update(&gradients).unwrap();
        }
        began.elapsed().as_secs_f64() / count as f64
    };
    steps(1);
    let mut shortest = steps(1);
    // Repeats of about 0.1 ms.
    let count = (1e-4 / shortest).clamp(1.0, 1e4) as usize;
    let end = Instant::now() + TIME;
    while shortest < TIME.as_secs_f64() && Instant::now() < end {
        shortest = shortest.min(steps(count));
    }
    shortest
}
