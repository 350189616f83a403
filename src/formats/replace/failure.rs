//! What was tried, and why it failed.

use std::io::{self, ErrorKind};

/// A step of a save, and the error of the system.
#[derive(Debug, thiserror::Error)]
#[error("{step}: {source}")]
struct Failed {
    step: String,
    source: io::Error,
}

pub(super) fn failed(step: String, source: io::Error) -> io::Error {
    io::Error::new(source.kind(), Failed { step, source })
}

pub(super) fn not_renamed(error: io::Error) -> io::Error {
    let reason = match error.kind() {
        ErrorKind::ResourceBusy => ", which may be a mount point",
        _ => "",
    };
    failed(format!("a new file cannot be renamed over this one{reason}"), error)
}

/// Something is there that is never replaced, such as a device. The bytes can still be written into it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{0}, which is never replaced")]
pub(in crate::formats) struct Refused(&'static str);

impl Refused {
    pub(super) fn error(reason: &'static str) -> io::Error {
        io::Error::new(ErrorKind::InvalidInput, Self(reason))
    }
}
