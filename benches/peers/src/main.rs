//! Times one contestant at one workload for a short time. `run.py` runs this program for all contestants in turn.
//!
//! ```sh
//! peers ours mnist 1          # trains for about a second
//! peers ours mnist 1 1024     # predicts 1,024 rows at a time for about a second
//! ```
//!
//! The contestants are `ours` (by hand), `ours-fit`, `candle`, `burn`, `anofox` and `rust-mlp` (f32 alone); the
//! workloads are those of `workloads.json`. The program prints one line of JSON: `us` holds the microseconds per
//! mini-batch (or per prediction) of each repeat. After training, `losses` holds the loss before the first mini-batch
//! and after `check` mini-batches; after predictions, it holds the loss twice.
//!
//! The program may panic if a contestant cannot run, so it uses `unwrap`.

use ndarray_dnn::Scalar;

mod anofox;
mod burn_flex;
mod candle;
mod contest;
mod ours;
mod rust_mlp_f32;
mod workload;

use contest::Contestant;
use workload::{Element, Workload};

/// The learning rate, momentum and L2 of all contestants that support them.
const ETA: f64 = 0.01;
const MOMENTUM: f64 = 0.9;
const L2: f64 = 1e-4;

fn main() {
    contest::run(|name, workload| match workload.dtype {
        Element::F32 => contestant::<f32>(name, workload),
        Element::F64 => contestant::<f64>(name, workload),
    });
}

fn contestant<F>(name: &str, workload: Workload) -> Box<dyn Contestant>
where
    F: Scalar + anofox_ml_core::Float,
{
    match name {
        "ours" => Box::new(ours::Ours::<F>::by_hand(workload)),
        "ours-fit" => Box::new(ours::Ours::<F>::by_fit(workload)),
        "candle" => Box::new(candle::Candle::new(workload)),
        "burn" => Box::new(burn_flex::Burn::new(workload)),
        "anofox" => Box::new(anofox::Anofox::<F>::new(workload)),
        "rust-mlp" => Box::new(rust_mlp_f32::RustMlp::new(workload)),
        _ => panic!("unknown contestant {name}"),
    }
}
