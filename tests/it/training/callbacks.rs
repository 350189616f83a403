//! `try_on_epoch`: an error ends the run, with its cause; and the time that a report counts.

use std::error::Error as _;
use std::io;
use std::ops::ControlFlow::{Break, Continue};
use std::time::Duration;

use ndarray_dnn::BatchOrder::{Cyclic, Sequential, Shuffled};
use ndarray_dnn::error::Cause;
use ndarray_dnn::training::StopReason;
use ndarray_dnn::{EarlyStopping, Error};

use crate::common::runs::plain;

#[test]
fn an_error_ends_the_run_and_is_its_source() {
    for order in [Cyclic, Sequential, Shuffled] {
        let (builder, x, y) = plain(order);
        let mut net = builder.max_epochs(10).build().unwrap();
        let mut at_the_end = None;
        let training = net.training(&x, &y).validation(&x, &y).early_stopping(EarlyStopping::new(10));
        let error = training
            .try_on_epoch(|e| {
                if e.report().epoch() < 3 {
                    return Ok(Continue(()));
                }
                at_the_end = Some(e.net().clone());
                Err(io::Error::new(io::ErrorKind::StorageFull, "the disk is full"))
            })
            .run()
            .unwrap_err();
        assert_eq!(error.to_string(), "try_on_epoch failed: the disk is full");
        let source = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
        assert_eq!(source.kind(), io::ErrorKind::StorageFull);
        let same = Error::Callback { name: "try_on_epoch", source: Cause::new("the disk is full") };
        let other = Error::Callback { name: "try_on_epoch", source: Cause::new("another message") };
        assert_eq!(error, same);
        assert_ne!(error, other);
        assert_eq!(Some(net), at_the_end, "{order:?}");
    }
}

#[test]
fn without_an_error_it_is_on_epoch() {
    let (builder, x, y) = plain(Shuffled);
    let mut net = builder.max_epochs(10).build().unwrap();
    let mut twin = net.clone();
    let stop = |epoch: usize| if epoch < 4 { Continue(()) } else { Break(()) };
    let by_result = net.training(&x, &y).try_on_epoch(|e| Ok::<_, Error>(stop(e.report().epoch())));
    let by_result = by_result.run().unwrap();
    assert_eq!((by_result.epochs(), by_result.stop_reason()), (4, StopReason::Callback));
    assert_eq!(twin.training(&x, &y).on_epoch(|e| stop(e.report().epoch())).run().unwrap(), by_result);
    assert_eq!(net, twin);
    // The later one of the two is called.
    let training = net.training(&x, &y).try_on_epoch(|_| Err("it is called"));
    assert_eq!(training.on_epoch(|_| Break(())).run().unwrap().epochs(), 1);
    let training = net.training(&x, &y).on_epoch(|_| Break(())).try_on_epoch(|_| Err("it is called"));
    assert_eq!(training.run().unwrap_err().to_string(), "try_on_epoch failed: it is called");
}

/// An error of this crate keeps its type.
#[test]
fn an_error_of_the_crate_is_the_source() {
    let (builder, x, y) = plain(Shuffled);
    let mut net = builder.build().unwrap();
    let inner = Error::Empty { what: "x", rows: 0, columns: 3 };
    let training = net.training(&x, &y).try_on_epoch(|e| {
        e.net().mean_loss(&ndarray::Array2::zeros((0, 3)), &y)?;
        Ok::<_, Error>(Continue(()))
    });
    let error = training.run().unwrap_err();
    assert_eq!(error.source().unwrap().downcast_ref::<Error>(), Some(&inner));
}

#[test]
fn the_time_of_a_run_counts_metrics_and_callbacks() {
    let (builder, x, y) = plain(Shuffled);
    let mut net = builder.max_epochs(2).build().unwrap();
    let pause = Duration::from_millis(20);
    let mut seen = Vec::new();
    let report = net
        .training(&x, &y)
        .metric("slow", |_, _| {
            std::thread::sleep(pause);
            0.0
        })
        .on_epoch(|e| {
            seen.push(e.elapsed());
            std::thread::sleep(pause);
            Continue(())
        })
        .run()
        .unwrap();
    assert!(seen[0] >= pause && seen[1] >= 3 * pause && report.elapsed() >= 4 * pause, "{seen:?}, {report}");
}
