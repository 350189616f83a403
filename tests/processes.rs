//! Saving in a process that is killed, on a disk that is full, and going on in another process.
//!
//! It has a `main` of its own, for it starts itself: `save FILE` saves for ever, `train FILE EPOCHS` loads what
//! is there or begins anew, trains so many epochs more, and saves.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::ndarray::{Array1, Array2};
use ndarray_dnn::{BatchOrder, Dnn, Init, Layer, Optimizer};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() {
    let arguments = Vec::from_iter(env::args());
    match &Vec::from_iter(arguments.iter().map(String::as_str))[1..] {
        ["save", file] => save_for_ever(Path::new(file)),
        ["train", file, optimizer, epochs] => train(Path::new(file), optimizer, epochs.parse().unwrap()),
        // Options of cargo's own tests, if any.
        _ => {
            let tests: [(&str, fn()); 4] = [
                ("a saver that is killed leaves a whole file", a_saver_that_is_killed_leaves_a_whole_file),
                ("a full disk leaves the old file", a_full_disk_leaves_the_old_file),
                ("a crash at any byte leaves the old file", a_crash_at_any_byte_leaves_the_old_file),
                ("five epochs and five in another process are ten", five_epochs_and_five_are_ten),
            ];
            for (name, test) in tests {
                test();
                println!("test {name} ... ok");
            }
        }
    }
}

fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("processes").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn this_program() -> Command {
    Command::new(env::current_exe().unwrap())
}

// Crashes

/// A network whose parameters are all this number, so that half of one and half of another would be seen.
fn uniform(number: f64) -> Dnn {
    let layer = Layer::new(Array2::from_elem((150, 150), number), Array1::from_elem(150, number), Identity);
    Dnn::builder().build_from([layer.unwrap()]).unwrap()
}

#[track_caller]
fn assert_uniform(net: &Dnn) -> f64 {
    let layer = &net.layers()[0];
    let number = layer.biases()[0];
    assert!(layer.weights().iter().chain(&layer.biases()).all(|value| *value == number));
    number
}

fn save_for_ever(file: &Path) {
    let mut number = 0.0;
    loop {
        number += 1.0;
        uniform(number).save(file).unwrap();
    }
}

fn a_saver_that_is_killed_leaves_a_whole_file() {
    let file = folder("killed").join("net.safetensors");
    uniform(0.0).save(&file).unwrap();
    let generator = &mut ChaCha8Rng::seed_from_u64(1);
    let mut saved = 0;
    for _ in 0..60 {
        let mut saver = this_program().arg("save").arg(&file).spawn().unwrap();
        thread::sleep(Duration::from_micros(generator.random_range(2_000..30_000)));
        saver.kill().unwrap();
        saver.wait().unwrap();
        saved += usize::from(assert_uniform(&Dnn::load(&file).unwrap()) > 0.0);
    }
    assert!(saved > 0, "no saver came to save anything");
}

/// Saves for ever under a limit of the size of a file, in blocks of 512 bytes (of 1,024 where the shell is bash).
fn save_with_limit(file: &Path, blocks: usize, is_signal_ignored: bool) {
    let trap = if is_signal_ignored { "trap '' XFSZ; " } else { "" };
    let script = format!("{trap}ulimit -f {blocks}; exec \"$0\" save \"$1\"");
    let program = env::current_exe().unwrap();
    let mut shell = Command::new("sh");
    let shell = shell.args(["-c", &script]).arg(program).arg(file);
    let status = shell.stderr(Stdio::null()).stdout(Stdio::null()).status().unwrap();
    assert!(!status.success());
}

fn a_crash_at_any_byte_leaves_the_old_file() {
    if !cfg!(unix) {
        return;
    }
    let file = folder("crash").join("net.safetensors");
    uniform(-1.0).save(&file).unwrap();
    let blocks = fs::metadata(&file).unwrap().len() as usize / 1024;
    assert!(blocks > 300);
    for blocks in (0..blocks).step_by(blocks / 40) {
        save_with_limit(&file, blocks, false);
        assert_eq!(assert_uniform(&Dnn::load(&file).unwrap()), -1.0, "{blocks} blocks");
    }
}

fn a_full_disk_leaves_the_old_file() {
    if !cfg!(unix) {
        return;
    }
    let file = folder("full").join("net.safetensors");
    uniform(-1.0).save(&file).unwrap();
    for blocks in [0, 1, 2, 100, 300] {
        save_with_limit(&file, blocks, true);
        assert_eq!(assert_uniform(&Dnn::load(&file).unwrap()), -1.0, "{blocks} blocks");
        // The error was returned, and what was begun is gone.
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }
}

// Going on

fn data() -> [Array2<f64>; 2] {
    let x = Array2::from_shape_fn((103, 3), |(i, j)| ((i * 3 + j) as f64).sin());
    let y = Array2::from_shape_fn((103, 2), |(i, j)| x[[i, j]] * x[[i, 2]]);
    [x, y]
}

fn new_network(optimizer: &str) -> Dnn {
    let builder =
        Dnn::builder().input_shape(3).shape([10, 2]).activations([Tanh, Identity]).init(Init::Glorot);
    let builder = builder.batch_order(BatchOrder::Shuffled).minibatch_size(8).eta(0.01).threshold(0.0);
    let builder = match optimizer {
        "adam" => builder.optimizer(Optimizer::adam()),
        "nesterov" => builder.optimizer(Optimizer::Nesterov),
        _ => builder,
    };
    builder.build().unwrap()
}

fn train(file: &Path, optimizer: &str, epochs: usize) {
    let mut net = if file.exists() { Dnn::load(file).unwrap() } else { new_network(optimizer) };
    let [x, y] = data();
    net.training(&x, &y).resume().max_epochs(epochs).run().unwrap();
    net.save(file).unwrap();
}

fn five_epochs_and_five_are_ten() {
    let [x, y] = data();
    for optimizer in ["momentum", "nesterov", "adam"] {
        let file = folder(optimizer).join("net.safetensors");
        for _ in 0..2 {
            let status = this_program().arg("train").arg(&file).args([optimizer, "5"]).status().unwrap();
            assert!(status.success());
        }
        let mut net = new_network(optimizer);
        net.training(&x, &y).max_epochs(10).run().unwrap();
        assert_eq!(Dnn::load(&file).unwrap(), net, "{optimizer}");
    }
}
