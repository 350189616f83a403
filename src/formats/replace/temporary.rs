//! The temporary files of a target.

use std::collections::hash_map::RandomState;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::hash::BuildHasher;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process;

use super::failure::failed;
use super::target::Target;
use crate::kernel::Hash;

/// The temporary files of a target: those in its folder whose names begin with its tag.
pub(super) struct Temporaries<'a> {
    pub(super) folder: &'a Path,
    pub(super) tag: String,
}

impl<'a> Temporaries<'a> {
    pub(super) fn of(target: &'a Target) -> io::Result<Self> {
        let mut hash = Hash::NEW;
        hash.add(target.name()?.as_encoded_bytes());
        Ok(Self { folder: target.folder(), tag: format!(".ndarray-dnn-{:016x}-", hash.value()) })
    }

    /// All that there are now; none if the folder cannot be listed.
    pub(super) fn all(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder).into_iter().flatten().flatten();
        let is_temporary = |name: &OsStr| name.as_encoded_bytes().starts_with(self.tag.as_bytes());
        entries.filter(|entry| is_temporary(&entry.file_name())).map(|entry| entry.path()).collect()
    }

    /// A new one. If it is to replace another file, nobody else may read it before it has the permissions of that
    /// file.
    pub(super) fn create(&self, is_private: bool) -> io::Result<(PathBuf, File)> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        if is_private {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        #[cfg(not(unix))]
        let _ = is_private;
        loop {
            let temporary = self.folder.join(format!("{}{:016x}.tmp", self.tag, random()));
            match options.open(&temporary) {
                Ok(file) => return Ok((temporary, file)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => {
                    let step =
                        format!("a new file cannot be created in the folder {}", self.folder.display());
                    return Err(failed(step, error));
                }
            }
        }
    }
}

/// Gives a file the owner, the group and the permissions of another one; those that the system refuses stay as they
/// are.
#[cfg(unix)]
pub(super) fn keep_owner_and_permissions(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};

    let own = file.metadata()?;
    if own.gid() != old.gid() {
        let _ = fchown(file, None, Some(old.gid()));
    }
    // After the group: an owner without privileges cannot change it any more.
    if own.uid() != old.uid() {
        let _ = fchown(file, Some(old.uid()), None);
    }
    // Last: a change of the owner takes some permissions away.
    let _ = file.set_permissions(old.permissions());
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn keep_owner_and_permissions(file: &File, old: &Metadata) -> io::Result<()> {
    let _ = file.set_permissions(old.permissions());
    Ok(())
}

/// 64 bits from the keys of a hash map, which the system draws; names are no part of any result.
fn random() -> u64 {
    RandomState::new().hash_one(process::id())
}
