//! The file that is replaced.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::failure::Refused;

/// The most links that lead to a file, as in Linux.
const LINKS: usize = 40;

/// The path of a file itself, after all links; there need not be a file.
pub(super) struct Target(PathBuf);

impl Target {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let mut target = path.to_owned();
        for _ in 0..LINKS {
            if !fs::symlink_metadata(&target).is_ok_and(|metadata| metadata.is_symlink()) {
                return Ok(Self(target));
            }
            // Its links are open files: to replace the file would leave the open one as it is.
            if fs::canonicalize(folder_of(&target)).is_ok_and(|folder| folder.starts_with("/proc")) {
                return Err(Refused::error("this is an open file"));
            }
            target = folder_of(&target).join(fs::read_link(&target)?);
        }
        Err(io::Error::new(ErrorKind::InvalidInput, "too many links lead on from here"))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn folder(&self) -> &Path {
        folder_of(&self.0)
    }

    pub(super) fn name(&self) -> io::Result<&OsStr> {
        let nameless =
            || io::Error::new(ErrorKind::InvalidInput, "the path does not end with the name of a file");
        self.0.file_name().ok_or_else(nameless)
    }

    /// The file that is there now, or nothing; an error unless it is a regular file.
    pub(super) fn regular_file(&self) -> io::Result<Option<Metadata>> {
        match fs::symlink_metadata(&self.0) {
            Ok(metadata) if metadata.is_file() => Ok(Some(metadata)),
            Ok(metadata) if metadata.is_dir() => {
                Err(io::Error::new(ErrorKind::IsADirectory, "this is a folder"))
            }
            Ok(_) => Err(Refused::error("this is not a regular file")),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether there is another file now than `before`.
    pub(super) fn is_replaced(&self, before: Option<&Metadata>) -> bool {
        let stamp = |metadata: &Metadata| (metadata.modified().ok(), metadata.len(), inode(metadata));
        fs::symlink_metadata(&self.0).is_ok_and(|now| before.map(stamp) != Some(stamp(&now)))
    }
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> Option<u64> {
    Some(std::os::unix::fs::MetadataExt::ino(metadata))
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> Option<u64> {
    None
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
