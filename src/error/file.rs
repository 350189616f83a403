//! Errors of files.

use std::io;

use super::cause::Cause;

/// What is wrong with a file that is written or read; [`Error::File`](crate::Error::File) holds it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// The system cannot write or read.
    #[error("{what}: {source}")]
    Io {
        /// The file's path, or the failed action.
        what: String,
        /// The kind of failure.
        kind: io::ErrorKind,
        /// The system's error, an [`io::Error`].
        source: Cause,
    },
    /// A file that is not a safetensors file: a text, a picture, an empty file.
    #[error("not a safetensors file")]
    NotSafetensors,
    /// A safetensors file that this crate did not write, such as one of PyTorch.
    #[error("a safetensors file, but not of this crate: its metadata have no \"ndarray_dnn\"")]
    OtherProgram,
    /// A file of another version of the format.
    #[error("the file's format must be {expected}, found {found}")]
    Format {
        /// The latest format that this version of the crate reads; a later version of the crate wrote a larger one.
        expected: u64,
        /// The file's.
        found: u64,
    },
    /// A file of the other element type.
    #[error("the file's element type must be {expected}, found {found}: load it as that, and cast it")]
    Element {
        /// The network's element type.
        expected: &'static str,
        /// The file's.
        found: String,
    },
    /// A file with contents that this crate does not write.
    #[error("malformed file, {part}: {reason}")]
    Malformed {
        /// The name of a tensor, or the path of a setting.
        part: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More bytes than the format can hold.
    #[error("{what} must be at most {limit} bytes, found {found}")]
    TooManyBytes {
        /// What was to be written.
        what: &'static str,
        /// The most bytes that the format allows.
        limit: u64,
        /// The number of bytes.
        found: u64,
    },
}

impl FileError {
    /// The failure of writing or reading `what`.
    pub(crate) fn io(what: impl Into<String>, error: io::Error) -> Self {
        Self::Io { what: what.into(), kind: error.kind(), source: Cause::new(error) }
    }
}
