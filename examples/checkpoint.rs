//! Training that survives its process: a checkpoint after each epoch.
//!
//! ```text
//! cargo run --release --features safetensors --example checkpoint
//! ```
//!
//! The program starts itself as a worker, which saves the network after each epoch; kills it half-way; starts
//! another one, which goes on from the file; and holds what comes of it against a training that nobody
//! disturbed: the same bits.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;
use std::{env, fs, thread};

use ndarray_dnn::ndarray::Array2;
use ndarray_dnn::{Dnn, StopReason};

const EPOCHS: usize = 40;
/// As if an epoch took so long.
const PAUSE: Duration = Duration::from_millis(20);

fn main() -> Result<(), Box<dyn Error>> {
    match env::args_os().nth(1) {
        Some(file) => work(Path::new(&file), PAUSE),
        None => watch(),
    }
}

fn data() -> [Array2<f64>; 2] {
    let x = Array2::from_shape_fn((400, 2), |(i, j)| ((2 * i + j) as f64).sin());
    let y = Array2::from_shape_fn((400, 1), |(i, _)| x[[i, 0]] * x[[i, 1]]);
    [x, y]
}

/// Trains until `EPOCHS` are made in all, from where the file says that it was left, and saves after each.
fn work(file: &Path, pause: Duration) -> Result<(), Box<dyn Error>> {
    let [x, y] = data();
    let mut net: Dnn = if file.exists() { Dnn::load(file)? } else { Dnn::regressor(2, &[16], 1).build()? };
    let done = epochs(&net);
    if done < EPOCHS {
        println!("worker: goes on after epoch {done}");
        let mut failure = None;
        let report = net.training(&x, &y).resume().max_epochs(EPOCHS - done).on_epoch(|e| {
            thread::sleep(pause);
            match e.net().save(file) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
        let report = report.run()?;
        if let (StopReason::Callback, Some(error)) = (report.stop_reason(), failure) {
            return Err(error.into());
        }
    }
    Ok(())
}

/// The epochs that a network was trained for: each is one pass.
fn epochs(net: &Dnn) -> usize {
    net.iterations() / data()[0].nrows().div_ceil(net.config().minibatch_size())
}

fn watch() -> Result<(), Box<dyn Error>> {
    let file = env::temp_dir().join(format!("ndarray-dnn-checkpoint-{}.safetensors", std::process::id()));
    let mut worker = start(&file)?;
    while epochs_in(&file)? < EPOCHS / 2 {
        if let Some(status) = worker.try_wait()? {
            return Err(format!("the worker ended by itself: {status}").into());
        }
        thread::sleep(PAUSE / 4);
    }
    worker.kill()?;
    worker.wait()?;
    println!("killed it after epoch {}", epochs_in(&file)?);

    let status = start(&file)?.wait()?;
    let net = Dnn::load(&file)?;
    println!("another one has done the rest ({status}): {} epochs", epochs(&net));

    let undisturbed = file.with_extension("undisturbed");
    work(&undisturbed, Duration::ZERO)?;
    let is_same = net == Dnn::load(&undisturbed)?;
    for file in [file, undisturbed] {
        fs::remove_file(file)?;
    }
    if !is_same {
        return Err("it is not the network that an undisturbed training makes".into());
    }
    println!("the same, bit for bit, as a training that nobody disturbed");
    Ok(())
}

fn start(file: &PathBuf) -> Result<Child, Box<dyn Error>> {
    Ok(Command::new(env::current_exe()?).arg(file).spawn()?)
}

fn epochs_in(file: &Path) -> Result<usize, ndarray_dnn::Error> {
    // There is a whole file or none, whenever one looks.
    if file.exists() { Dnn::load(file).map(|net| epochs(&net)) } else { Ok(0) }
}
