//! Saving in a process that is killed, on a disk that is full, and going on in another process.
//!
//! It has a `main` of its own, for it starts itself, with a variable that says what to do: `save` saves for ever, `train`
//! loads what is there or begins anew, trains so many epochs more, and saves.

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

/// Says what a process that was started here does; the rest is in its arguments.
const ROLE: &str = "NDARRAY_DNN_TEST_ROLE";

fn main() {
    let arguments = Vec::from_iter(env::args().skip(1));
    match (env::var(ROLE).as_deref(), &Vec::from_iter(arguments.iter().map(String::as_str))[..]) {
        (Ok("save"), [file]) => save_for_ever(Path::new(file)),
        (Ok("train"), [file, optimizer, epochs]) => {
            train(Path::new(file), optimizer, epochs.parse().unwrap());
        }
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

fn this_program(role: &str) -> Command {
    let mut program = Command::new(env::current_exe().unwrap());
    program.env(ROLE, role);
    program
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
    // Not quite for ever, so that none is left over if a test fails.
    (1..100_000).for_each(|number| uniform(f64::from(number)).save(file).unwrap());
}

fn a_saver_that_is_killed_leaves_a_whole_file() {
    let file = folder("killed").join("net.safetensors");
    let generator = &mut ChaCha8Rng::seed_from_u64(1);
    for _ in 0..60 {
        uniform(0.0).save(&file).unwrap();
        let mut saver = this_program("save").arg(&file).spawn().unwrap();
        // However slow the machine is: until it has saved something, and then at any moment.
        while assert_uniform(&Dnn::load(&file).unwrap()) == 0.0 {
            assert!(saver.try_wait().unwrap().is_none(), "the saver ended by itself");
        }
        thread::sleep(Duration::from_micros(generator.random_range(0..20_000)));
        saver.kill().unwrap();
        saver.wait().unwrap();
        assert!(assert_uniform(&Dnn::load(&file).unwrap()) > 0.0);
    }
}

/// The unit of `ulimit -f` in sh.
const BLOCK: usize = 512;

/// Saves for ever under a limit of the size of a file, which is a signal that kills, or else an error.
#[cfg(unix)]
fn save_with_limit(file: &Path, blocks: usize, is_signal_ignored: bool) -> std::process::Output {
    let trap = if is_signal_ignored { "trap '' XFSZ; " } else { "" };
    let script = format!("{trap}ulimit -f {blocks}; exec \"$0\" \"$1\"");
    let mut shell = Command::new("sh");
    let shell = shell.env(ROLE, "save").args(["-c", &script]).arg(env::current_exe().unwrap()).arg(file);
    shell.stdin(Stdio::null()).output().unwrap()
}

/// Limits in blocks that are less than the file, the first one and the last one among them.
fn limits(file: &Path) -> impl Iterator<Item = usize> {
    let last = (fs::metadata(file).unwrap().len() as usize - 1) / BLOCK;
    assert!(last > 600);
    (0..last).step_by(last / 40).chain([last])
}

#[cfg(not(unix))]
fn a_crash_at_any_byte_leaves_the_old_file() {}

#[cfg(unix)]
fn a_crash_at_any_byte_leaves_the_old_file() {
    use std::os::unix::process::ExitStatusExt;

    let file = folder("crash").join("net.safetensors");
    uniform(-1.0).save(&file).unwrap();
    for blocks in limits(&file) {
        let output = save_with_limit(&file, blocks, false);
        assert!(output.status.signal().is_some(), "{blocks} blocks: {output:?}");
        assert_eq!(assert_uniform(&Dnn::load(&file).unwrap()), -1.0, "{blocks} blocks");
        // It got as far as that.
        let folder = fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
        let left = Vec::from_iter(folder.filter(|path| *path != file));
        assert_eq!(left.len(), 1, "{left:?}");
        assert_eq!(fs::metadata(&left[0]).unwrap().len() as usize, blocks * BLOCK);
        fs::remove_file(&left[0]).unwrap();
    }
}

#[cfg(not(unix))]
fn a_full_disk_leaves_the_old_file() {}

#[cfg(unix)]
fn a_full_disk_leaves_the_old_file() {
    let file = folder("full").join("net.safetensors");
    uniform(-1.0).save(&file).unwrap();
    for blocks in limits(&file) {
        let output = save_with_limit(&file, blocks, true);
        // The error was returned, and what was begun is gone.
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(101) && text.contains("FileTooLarge"),
            "{blocks} blocks: {text}"
        );
        assert_eq!(assert_uniform(&Dnn::load(&file).unwrap()), -1.0, "{blocks} blocks");
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
            let status = this_program("train").arg(&file).args([optimizer, "5"]).status().unwrap();
            assert!(status.success());
        }
        let mut net = new_network(optimizer);
        net.training(&x, &y).max_epochs(10).run().unwrap();
        assert_eq!(Dnn::load(&file).unwrap(), net, "{optimizer}");
    }
}
