//! With `verbose` on, `fit` prints the article's line after each epoch, whoever reads the lines.
//!
//! To read what a test prints, the test runs itself in another process, the child.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write, stdin, stdout};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ndarray_dnn::ndarray::{Array2, array};
use ndarray_dnn::training::EpochReport;
use ndarray_dnn::{
    Activation::{Identity, Sigmoid},
    BatchOrder, Dnn, Error, Layer,
};

/// The variable that is set in a child.
const CHILD: &str = "NDARRAY_DNN_TEST_CHILD";
/// Printed before and after the tested lines, since the harness prints too.
const BEGIN: &str = "<begin>";
const END: &str = "<end>";
const LIMIT: Duration = Duration::from_secs(60);

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// Runs a test of this file as a child, which must succeed before the limit; returns the lines between the marks.
fn lines_of_child(test: &str) -> Vec<String> {
    let mut child = spawn(test);
    let output = read(&mut child);
    wait(&mut child, 0);
    let output = output.join().unwrap();
    let between = output.lines().skip_while(|line| !line.ends_with(BEGIN)).skip(1);
    let lines = Vec::from_iter(between.take_while(|&line| line != END).map(str::to_owned));
    assert!(output.contains(END), "{output}");
    lines
}

fn spawn(test: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Reads the output of the child in a thread, so that the child never waits for a reader.
fn read(child: &mut Child) -> std::thread::JoinHandle<String> {
    let mut stdout = child.stdout.take().unwrap();
    std::thread::spawn(move || {
        let mut output = String::new();
        stdout.read_to_string(&mut output).unwrap();
        output
    })
}

/// Waits until the child ends with this status; kills it after the limit.
fn wait(child: &mut Child, expected: i32) {
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if began.elapsed() > LIMIT {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(status.code(), Some(expected), "the child ended with {status} after {:?}", began.elapsed());
}

/// A small network and its data.
fn tiny(verbose: bool, max_epochs: usize, eta: f64) -> (Dnn, Array2<f64>, Array2<f64>) {
    let net = Dnn::builder()
        .input_shape(2)
        .shape([3, 1])
        .activations([Sigmoid, Identity])
        .minibatch_size(2)
        .max_epochs(max_epochs)
        .eta(eta)
        .verbose(verbose)
        .build()
        .unwrap();
    (net, array![[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, -0.5]], array![[1.0], [-1.0], [0.25], [2.0]])
}

/// A network and data that are large enough for threads.
fn large(verbose: bool) -> (Dnn, Array2<f64>, Array2<f64>) {
    let x = Array2::from_shape_fn((128, 784), |(i, j)| ((i * 784 + j) as f64).sin());
    let y = Array2::from_shape_fn((128, 10), |(i, j)| if i % 10 == j { 1.0 } else { 0.0 });
    let net = Dnn::builder()
        .input_shape(784)
        .shape([400, 10])
        .activations([Sigmoid, Identity])
        .batch_order(BatchOrder::Sequential)
        .minibatch_size(64)
        .max_epochs(3)
        .eta(0.01)
        .verbose(verbose)
        .build()
        .unwrap();
    (net, x, y)
}

/// The article's lines.
fn formatted(history: &[EpochReport]) -> Vec<String> {
    let line = |epoch: &EpochReport| {
        format!("epoch: {}. mean loss: {:.6}. learning rate: {:.8}", epoch.epoch(), epoch.loss(), epoch.eta())
    };
    history.iter().map(line).collect()
}

#[test]
fn prints_a_line_after_each_epoch() {
    if is_child() {
        let (mut net, x, y) = tiny(true, 4, 0.1);
        println!("{BEGIN}");
        net.fit(&x, &y).unwrap();
        println!("{END}");
        return;
    }
    let (mut net, x, y) = tiny(false, 4, 0.1);
    let report = net.fit(&x, &y).unwrap();
    let lines = lines_of_child("prints_a_line_after_each_epoch");
    assert_eq!(lines, formatted(report.history()));
    assert_eq!(lines, Vec::from_iter(report.history().iter().map(EpochReport::to_string)));
    assert_eq!(lines.len(), 4);
    // The first epoch ends before its fourth update, so that its learning rate is 0.1 / √3.
    assert!(lines[0].starts_with("epoch: 1. mean loss: "), "{}", lines[0]);
    assert!(lines[0].ends_with(". learning rate: 0.05773503"), "{}", lines[0]);
}

#[test]
fn prints_nothing_by_default() {
    if is_child() {
        let (mut net, x, y) = tiny(false, 4, 0.1);
        println!("{BEGIN}");
        net.fit(&x, &y).unwrap();
        println!("{END}");
        return;
    }
    assert_eq!(lines_of_child("prints_nothing_by_default"), [""; 0]);
}

/// Each line is printed after its epoch, so that a fit that fails has printed the epochs before.
#[test]
fn prints_the_epochs_before_one_that_diverges() {
    /// The first two epochs are finite.
    const ETA: f64 = 1e20;
    if is_child() {
        let (mut net, x, y) = tiny(true, 1000, ETA);
        println!("{BEGIN}");
        net.fit(&x, &y).unwrap_err();
        println!("{END}");
        return;
    }
    let (mut net, x, y) = tiny(false, 1000, ETA);
    let diverged = net.fit(&x, &y);
    assert!(matches!(diverged, Err(Error::Diverged { epoch: 3.., .. })), "{diverged:?}");
    let finite = match diverged {
        Err(Error::Diverged { epoch, .. }) => epoch - 1,
        _ => 0,
    };
    let (mut net, x, y) = tiny(false, finite, ETA);
    let report = net.fit(&x, &y).unwrap();
    let lines = lines_of_child("prints_the_epochs_before_one_that_diverges");
    assert_eq!(lines, Vec::from_iter(report.history().iter().map(EpochReport::to_string)));
    let last = lines.last().unwrap();
    assert!(last.contains("e1") && last.len() < 80, "{last}");
}

/// With one row x = 0, the loss is the target, and the rate of the first update is η.
#[test]
fn extreme_numbers_have_six_significant_digits() {
    let line = |target: f64, eta: f64| {
        let layer = Layer::new(array![[0.0]], array![0.0], Identity).unwrap();
        let builder =
            Dnn::builder().eta(eta).batch_order(BatchOrder::Sequential).max_epochs(1).threshold(0.0);
        let mut net = builder.build_from([layer]).unwrap();
        net.fit(&array![[0.0]], &array![[target]]).unwrap().history()[0].to_string()
    };
    assert_eq!(
        line(1.234_567_8e24, 1.0 / 3e20),
        "epoch: 1. mean loss: 1.23457e24. learning rate: 3.33333e-21"
    );
    assert_eq!(line(0.5, 1e-9), "epoch: 1. mean loss: 0.500000. learning rate: 1.00000e-9");
    assert_eq!(line(1.5e-9, 0.015_625), "epoch: 1. mean loss: 1.50000e-9. learning rate: 0.01562500");
}

#[test]
fn continues_training_when_nobody_reads() {
    /// The status of a child that has trained; the harness does not use it.
    const TRAINED: i32 = 40;
    /// The status of a child that could still print, so that nothing is tested.
    const NOT_CLOSED: i32 = 41;
    const FAILED: i32 = 42;
    if is_child() {
        println!("{BEGIN}");
        // When its input ends, the output is closed too.
        stdin().read_to_end(&mut Vec::new()).unwrap();
        let closed = writeln!(stdout()).and_then(|()| stdout().flush());
        let (mut net, x, y) = tiny(true, 4, 0.1);
        let is_trained = net.fit(&x, &y).is_ok_and(|report| report.epochs() == 4);
        // Without the harness, which would print.
        std::process::exit(match (closed, is_trained) {
            (Ok(()), _) => NOT_CLOSED,
            (Err(_), true) => TRAINED,
            (Err(_), false) => FAILED,
        });
    }
    let mut child = spawn("continues_training_when_nobody_reads");
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.trim_end().ends_with(BEGIN) {
        line.clear();
        assert_ne!(output.read_line(&mut line).unwrap(), 0, "the child has not begun");
    }
    drop(output);
    drop(child.stdin.take());
    wait(&mut child, TRAINED);
}

/// The thread that trains must not wait for a lock that the caller of `fit` holds.
#[test]
fn prints_while_the_caller_holds_stdout() {
    if is_child() {
        let (mut net, x, y) = large(true);
        let mut stdout = stdout().lock();
        writeln!(stdout, "{BEGIN}").unwrap();
        net.fit(&x, &y).unwrap();
        writeln!(stdout, "{END}").unwrap();
        return;
    }
    let (mut net, x, y) = large(false);
    let report = net.fit(&x, &y).unwrap();
    assert_eq!(report.epochs(), 3);
    assert_eq!(lines_of_child("prints_while_the_caller_holds_stdout"), formatted(report.history()));
}
