//! With the feature `rayon`, where the system cannot start a thread: work that is large enough for the pool is done by
//! the caller.
//!
//! It has its own `main`, since it starts itself as a process that must not start a second thread.

#![allow(clippy::panic, clippy::unwrap_used)]

use std::process::{Command, ExitCode};
use std::{env, str, thread};

use ndarray_dnn::Activation::{Identity, Tanh};
use ndarray_dnn::ndarray::{Array2, Axis};
use ndarray_dnn::{Dnn, Error, cross_validate, k_fold};

/// The variable that is set in such a process.
const ROLE: &str = "NDARRAY_DNN_TEST_ROLE";
/// The crate is the first to ask for the pool; or the program has asked before and has ignored the error.
const ROLES: [&str; 2] = ["first", "second"];
/// Its exit code if it could start a second thread.
const UNLIMITED: u8 = 77;
/// Its exit code after a panic.
const PANIC: i32 = 101;

fn main() -> ExitCode {
    match env::var(ROLE) {
        Ok(role) => alone(&role),
        Err(_) => {
            ROLES.into_iter().for_each(check);
            ExitCode::SUCCESS
        }
    }
}

fn check(role: &str) {
    // The limit does not hold for root, which becomes another user; other users need not.
    let as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    for user in [&as_nobody[..], &[]] {
        let words = Vec::from_iter(user.iter().chain(&["prlimit", "--nproc=1", "--"]));
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).arg(env::current_exe().unwrap()).env(ROLE, role);
        let Ok(output) = command.output() else { continue };
        match output.status.code() {
            Some(0) => {
                assert_eq!(str::from_utf8(&output.stdout).unwrap().trim(), fingerprint());
                println!("test large work is done without threads, {role} to ask ... ok");
                return;
            }
            Some(PANIC) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
            _ => {}
        }
    }
    println!(
        "test {role} ... skipped: setpriv and prlimit could not start a process without a second thread"
    );
}

/// Works without a second thread.
fn alone(role: &str) -> ExitCode {
    if thread::Builder::new().spawn(|| ()).is_ok() {
        return ExitCode::from(UNLIMITED);
    }
    if role == ROLES[1] {
        assert!(rayon::ThreadPoolBuilder::new().build_global().is_err());
    }
    println!("{}", fingerprint());
    ExitCode::SUCCESS
}

/// The bits of a network after `fit`, of its answers, and of scores of folds, all large enough for the pool.
fn fingerprint() -> String {
    let x = Array2::from_shape_fn((2000, 100), |(i, j)| ((i * 100 + j) as f32).sin());
    let y = Array2::from_shape_fn((2000, 5), |(i, j)| ((i * 5 + j) as f32).cos());
    let mut net = Dnn::<f32>::builder()
        .input_shape(100)
        .shape([300, 5])
        .activations([Tanh, Identity])
        .minibatch_size(200)
        .max_epochs(2)
        .build()
        .unwrap();
    net.fit(&x, &y).unwrap();
    let answers = net.predict(&x).unwrap();
    let scores = cross_validate(&k_fold(2000, 3, 1).unwrap(), |train, test| -> Result<_, Error> {
        let mut of_fold = net.clone();
        of_fold.training(&x.select(Axis(0), train), &y.select(Axis(0), train)).max_epochs(1).run()?;
        of_fold.mean_loss(&x.select(Axis(0), test), &y.select(Axis(0), test))
    });
    let bits = answers.iter().map(|y| u64::from(y.to_bits()));
    let bits = bits.chain(scores.unwrap().into_iter().map(f64::to_bits));
    format!("{:x}", bits.fold(0, |hash: u64, bits| (hash ^ bits).wrapping_mul(0x100_0000_01b3)))
}
