//! Saving in several processes, in processes that are killed, on a full disk, and without permission; and training that
//! another process continues.
//!
//! It has a `main` of its own, since it starts itself. A variable names the role of a started process: `save` saves for
//! ever, `try` saves once and prints the outcome, `train` loads the file or begins anew, trains some epochs and saves.

#![allow(clippy::panic, clippy::unwrap_used)]

#[allow(dead_code)] // `it` uses all of it.
mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::ndarray::{Array1, Array2};
use ndarray_dnn::{BatchOrder, Dnn, Init, Layer, Optimizer};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The variable that names the role of a started process; the rest is in its arguments.
const ROLE: &str = "NDARRAY_DNN_TEST_ROLE";

fn main() {
    let arguments = Vec::from_iter(env::args().skip(1));
    match (env::var(ROLE).as_deref(), &Vec::from_iter(arguments.iter().map(String::as_str))[..]) {
        (Ok("save"), [file]) => save_for_ever(Path::new(file)),
        (Ok("try"), [file]) => match uniform(1.0).save(file) {
            Ok(()) => println!("saved"),
            Err(error) => println!("{error}"),
        },
        (Ok("train"), [file, optimizer, epochs]) => {
            train(Path::new(file), optimizer, epochs.parse().unwrap());
        }
        // Options of cargo's own tests, if any.
        _ => {
            let tests: [(&str, fn()); 8] = [
                ("a killed saver leaves a whole file", a_killed_saver_leaves_a_whole_file),
                ("the next save removes the files of killed savers", the_next_save_removes_leftovers),
                ("concurrent savers never tear a file", concurrent_savers_never_tear_a_file),
                ("a file in a folder without permission", a_file_in_a_folder_without_permission),
                ("a file that is a mount point", a_file_that_is_a_mount_point),
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
    common::folder(&format!("processes/{test}"))
}

fn this_program(role: &str) -> Command {
    let mut program = Command::new(env::current_exe().unwrap());
    program.env(ROLE, role);
    program
}

// Crashes

/// A network whose parameters are all this number: a mixture of two networks shows.
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
    // Not for ever, so that the process ends if a test fails.
    (1..100_000).for_each(|number| uniform(f64::from(number)).save(file).unwrap());
}

fn a_killed_saver_leaves_a_whole_file() {
    let file = folder("killed").join("net.safetensors");
    let generator = &mut ChaCha8Rng::seed_from_u64(1);
    for _ in 0..60 {
        uniform(0.0).save(&file).unwrap();
        let mut saver = this_program("save").arg(&file).spawn().unwrap();
        // After the first save, at any moment.
        while assert_uniform(&Dnn::load(&file).unwrap()) == 0.0 {
            assert!(saver.try_wait().unwrap().is_none(), "the saver ended");
        }
        thread::sleep(Duration::from_micros(generator.random_range(0..20_000)));
        saver.kill().unwrap();
        saver.wait().unwrap();
        assert!(assert_uniform(&Dnn::load(&file).unwrap()) > 0.0);
    }
}

/// The files next to `file`: those of killed savers.
fn leftovers(file: &Path) -> Vec<PathBuf> {
    let folder = fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    folder.filter(|path| path != file).collect()
}

#[cfg(not(unix))]
fn the_next_save_removes_leftovers() {}

#[cfg(unix)]
fn the_next_save_removes_leftovers() {
    let file = folder("leftovers").join("net.safetensors");
    let other = file.with_file_name("other.safetensors");
    uniform(-1.0).save(&file).unwrap();
    for blocks in limits(&file) {
        save_with_limit(&file, blocks, false);
    }
    save_with_limit(&other, 1, false);
    assert!(leftovers(&file).len() > 40, "{:?}", leftovers(&file));
    uniform(-2.0).save(&file).unwrap();
    assert_eq!(assert_uniform(&Dnn::load(&file).unwrap()), -2.0);
    assert_eq!(leftovers(&file).len(), 1, "that of the other file: {:?}", leftovers(&file));
    uniform(-3.0).save(&other).unwrap();
    assert_eq!(leftovers(&file), [other]);
}

/// Four savers, of which one after the other is killed and replaced.
fn concurrent_savers_never_tear_a_file() {
    let file = folder("concurrent").join("net.safetensors");
    let generator = &mut ChaCha8Rng::seed_from_u64(2);
    uniform(0.0).save(&file).unwrap();
    let start = || this_program("save").arg(&file).spawn().unwrap();
    let mut savers = [0; 4].map(|_: i32| start());
    for round in 0..40 {
        for _ in 0..10 {
            assert_uniform(&Dnn::load(&file).unwrap());
        }
        thread::sleep(Duration::from_micros(generator.random_range(0..20_000)));
        for saver in &mut savers {
            assert!(saver.try_wait().unwrap().is_none(), "a saver failed");
        }
        let saver = &mut savers[round % 4];
        saver.kill().unwrap();
        saver.wait().unwrap();
        *saver = start();
    }
    for saver in &mut savers {
        saver.kill().unwrap();
        saver.wait().unwrap();
    }
    assert!(assert_uniform(&Dnn::load(&file).unwrap()) > 0.0);
    uniform(-1.0).save(&file).unwrap();
    assert_eq!(assert_uniform(&Dnn::load(&file).unwrap()), -1.0);
    assert_eq!(leftovers(&file), [""; 0].map(PathBuf::from));
}

// Permissions and mounts, where a test may make them

/// A folder that everybody may enter, for processes of other users.
fn public_folder(test: &str) -> PathBuf {
    let folder = env::temp_dir().join(format!("ndarray-dnn-{test}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// What a program prints that runs this one in the role `try`; `None` where it cannot be run.
fn outcome(program: &str, arguments: &[&str], file: &Path) -> Option<String> {
    let command = Command::new(program).args(arguments).arg(file).env(ROLE, "try").output();
    match command {
        Ok(output) if output.status.success() => Some(String::from_utf8(output.stdout).unwrap()),
        output => {
            println!("skipped: {program} cannot be run here: {output:?}");
            None
        }
    }
}

/// A user without privileges, and a folder of another user with a file that everybody may write.
fn a_file_in_a_folder_without_permission() {
    let folder = public_folder("permission");
    let [file, program] = ["net.safetensors", "program"].map(|name| folder.join(name));
    fs::copy(env::current_exe().unwrap(), &program).unwrap();
    uniform(-1.0).save(&file).unwrap();
    for (mode, is_allowed) in [("755", false), ("777", true)] {
        let _ = Command::new("chmod").arg(mode).arg(&folder).status();
        let _ = Command::new("chmod").arg("666").arg(&file).status();
        let user = ["--reuid=65534", "--regid=65534", "--clear-groups", program.to_str().unwrap()];
        let Some(text) = outcome("setpriv", &user, &file) else { break };
        if is_allowed {
            assert_eq!(text, "saved\n");
        } else {
            let (file, folder) = (file.display(), folder.display());
            let step =
                format!("{file}: a new file cannot be created in the folder {folder}: Permission denied");
            assert!(text.starts_with(&step), "{text}");
        }
        assert_eq!(assert_uniform(&Dnn::load(&file).unwrap()), if is_allowed { 1.0 } else { -1.0 });
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::MetadataExt::mode(&fs::metadata(&file).unwrap()) & 0o777, 0o666);
    }
    fs::remove_dir_all(folder).unwrap();
}

/// A file that is mounted, as in a container, cannot be replaced.
fn a_file_that_is_a_mount_point() {
    let folder = public_folder("mount");
    let [file, mounted] = ["net.safetensors", "mounted"].map(|name| folder.join(name));
    uniform(-1.0).save(&file).unwrap();
    uniform(-2.0).save(&mounted).unwrap();
    let script = format!("mount --bind '{}' '{}' && exec \"$0\" \"$1\"", mounted.display(), file.display());
    let program = env::current_exe().unwrap();
    let arguments = ["-m", "sh", "-c", &script, program.to_str().unwrap()];
    if let Some(text) = outcome("unshare", &arguments, &file) {
        let expected = format!(
            "{}: a new file cannot be renamed over this one, which may be a mount point: ",
            file.display()
        );
        assert!(text.starts_with(&expected), "{text}");
    }
    for (path, number) in [(&file, -1.0), (&mounted, -2.0)] {
        assert_eq!(assert_uniform(&Dnn::load(path).unwrap()), number);
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    fs::remove_dir_all(folder).unwrap();
}

/// The unit of `ulimit -f` in sh.
const BLOCK: usize = 512;

/// Saves for ever under a limit on the size of files: beyond it there is a signal that kills, or an error.
#[cfg(unix)]
fn save_with_limit(file: &Path, blocks: usize, is_signal_ignored: bool) -> std::process::Output {
    let trap = if is_signal_ignored { "trap '' XFSZ; " } else { "" };
    let script = format!("{trap}ulimit -f {blocks}; exec \"$0\" \"$1\"");
    let mut shell = Command::new("sh");
    let shell = shell.env(ROLE, "save").args(["-c", &script]).arg(env::current_exe().unwrap()).arg(file);
    shell.stdin(Stdio::null()).output().unwrap()
}

/// Limits in blocks below the size of the file, from 0 to the largest.
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
        // The new file has reached the limit.
        let left = leftovers(&file);
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
        // `save` returned the error and removed its temporary file.
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(101) && text.contains("FileTooLarge"),
            "{blocks} blocks: {text}"
        );
        assert_eq!(assert_uniform(&Dnn::load(&file).unwrap()), -1.0, "{blocks} blocks");
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }
}

// Training in turns

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
