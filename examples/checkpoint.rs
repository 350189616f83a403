//! Training that survives the end of its process: a checkpoint after each epoch.
//!
//! ```text
//! cargo run --release --features safetensors --example checkpoint
//! ```
//!
//! The program starts itself as a worker, which saves the network after each epoch. It kills this worker half-way
//! and starts another one, which continues from the file. At last it compares the result with an uninterrupted
//! training: the bits are the same.

use std::error::Error;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;
use std::{env, fs, thread};

use ndarray_dnn::Dnn;
use ndarray_dnn::ndarray::Array2;
use ndarray_dnn::training::StopReason;

const EPOCHS: usize = 40;
/// The argument that makes a worker wait half-way, until it is killed.
const WAIT: &str = "wait";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    match arguments.next() {
        Some(file) => work(Path::new(&file), arguments.next().is_some_and(|argument| argument == WAIT)),
        None => watch(),
    }
}

fn data() -> [Array2<f64>; 2] {
    let x = Array2::from_shape_fn((400, 2), |(i, j)| ((2 * i + j) as f64).sin());
    let y = Array2::from_shape_fn((400, 1), |(i, _)| x[[i, 0]] * x[[i, 1]]);
    [x, y]
}

/// Continues from the file, if there is one, until the network has `EPOCHS` epochs; saves after each.
fn work(file: &Path, waits: bool) -> Result<(), Box<dyn Error>> {
    let [x, y] = data();
    let mut net: Dnn = if file.exists() { Dnn::load(file)? } else { Dnn::regressor(2, &[16], 1).build()? };
    let done = epochs(&net);
    if done < EPOCHS {
        println!("worker: continues after epoch {done}");
        let mut failure = None;
        let report =
            net.training(&x, &y).resume().max_epochs(EPOCHS - done).on_epoch(|e| match e.net().save(file) {
                Ok(()) => {
                    while waits && epochs(e.net()) == EPOCHS / 2 {
                        thread::sleep(Duration::from_secs(1));
                    }
                    ControlFlow::Continue(())
                }
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            });
        let report = report.run()?;
        if let (StopReason::Callback, Some(error)) = (report.stop_reason(), failure) {
            return Err(error.into());
        }
    }
    Ok(())
}

/// The number of epochs that a network was trained for; an epoch is one pass.
fn epochs(net: &Dnn) -> usize {
    net.iterations() / data()[0].nrows().div_ceil(net.config().minibatch_size())
}

fn watch() -> Result<(), Box<dyn Error>> {
    let folder = env::temp_dir().join(format!("ndarray-dnn-checkpoint-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let watched = watch_in(&folder);
    fs::remove_dir_all(&folder)?;
    watched
}

fn watch_in(folder: &Path) -> Result<(), Box<dyn Error>> {
    let [file, uninterrupted] =
        ["net.safetensors", "uninterrupted.safetensors"].map(|name| folder.join(name));
    let mut worker = start(&file, &[WAIT])?;
    let waited = wait_for_half(&file, &mut worker);
    worker.kill()?;
    worker.wait()?;
    waited?;
    println!("killed the worker after epoch {} of {EPOCHS}", epochs_in(&file)?);

    let status = start(&file, &[])?.wait()?;
    println!("another worker completed the training ({status}): {} epochs", epochs_in(&file)?);

    work(&uninterrupted, false)?;
    if Dnn::<f64>::load(&file)? != Dnn::load(&uninterrupted)? {
        return Err("the network differs from that of an uninterrupted training".into());
    }
    println!("the network has the bits of an uninterrupted training");
    Ok(())
}

fn wait_for_half(file: &Path, worker: &mut Child) -> Result<(), Box<dyn Error>> {
    while epochs_in(file)? < EPOCHS / 2 {
        if let Some(status) = worker.try_wait()? {
            return Err(format!("the worker ended by itself: {status}").into());
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn start(file: &Path, arguments: &[&str]) -> Result<Child, Box<dyn Error>> {
    Ok(Command::new(env::current_exe()?).arg(file).args(arguments).spawn()?)
}

/// The epochs in the file, 0 without one. Another process may save at the same time: a file is always whole.
fn epochs_in(file: &Path) -> Result<usize, ndarray_dnn::Error> {
    if file.exists() { Dnn::load(file).map(|net| epochs(&net)) } else { Ok(0) }
}
