//! Files that are replaced in one step.
//!
//! A save writes a temporary file in the folder of the target, flushes it, renames it over the target, and flushes the
//! folder. So there is a whole file at every moment, the old one or the new one, whatever crashes.
//!
//! The name of a temporary file has two parts: a tag, which is the same for every save of the same file, and a random
//! number, which no other save ever has. This is enough for any number of savers, in threads, in processes and on
//! machines that share a disk, without a lock:
//!
//! * Nobody writes or renames a temporary file but the saver that created it, since its name is never used again. So no
//!   file is ever mixed from two savers.
//! * A save lists the temporary files of its target before it begins, and removes them after it has renamed its own. So
//!   the files of killed savers are gone after the next save. On a full disk it removes them and tries again.
//! * A saver that is alive may lose its file this way, but only to a save that began later and is complete, at a time
//!   when its own save has not returned. The target then is as if the older save had been the first of the two, and it
//!   returns without an error. It can tell: its file is gone and the target has changed. If the target has not changed,
//!   something else removed the file, and it writes it again.

use std::collections::hash_map::RandomState;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions};
use std::hash::BuildHasher;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process;

/// How often a save begins anew if its temporary file is removed.
const ATTEMPTS: usize = 5;

/// The most links that lead to a file, as in Linux.
const LINKS: usize = 40;

/// Puts a file of these bytes at `path`, in one step. Links are followed; anything but a regular file is refused.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_by(path, |file| file.write_all(bytes))
}

fn replace_by(path: &Path, mut write: impl FnMut(&mut File) -> io::Result<()>) -> io::Result<()> {
    let target = target_of(path)?;
    let nameless =
        || io::Error::new(ErrorKind::InvalidInput, "the path does not end with the name of a file");
    let name = target.file_name().ok_or_else(nameless)?;
    let folder = folder_of(&target);
    let tag = format!(".ndarray-dnn-{:016x}-", hash(name));
    let mut attempt = 1;
    loop {
        let before = regular_file(&target)?;
        let leftovers = temporary_files(folder, &tag);
        let (temporary, mut file) = create(folder, &tag, before.is_some())?;
        let written = before.as_ref().map_or(Ok(()), |old| keep_owner_and_permissions(&file, old));
        let written = written.and_then(|()| write(&mut file)).and_then(|()| file.sync_all());
        drop(file);
        let renamed = written.and_then(|()| fs::rename(&temporary, &target).map_err(not_renamed));
        let Err(error) = renamed else {
            // The new name has to be on the disk as well. Where a folder cannot be opened, the system sees to it.
            let _ = File::open(folder).and_then(|folder| folder.sync_all());
            leftovers.iter().for_each(|leftover| drop(fs::remove_file(leftover)));
            return Ok(());
        };
        let is_full = matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
        let is_lost = fs::remove_file(&temporary).is_err_and(|error| error.kind() == ErrorKind::NotFound);
        if is_lost && is_replaced(&target, before.as_ref()) {
            return Ok(());
        }
        if is_full {
            // Perhaps by what killed savers left. A saver that is alive writes its file again.
            leftovers.iter().for_each(|leftover| drop(fs::remove_file(leftover)));
        }
        let may_succeed = is_lost || (is_full && !leftovers.is_empty());
        if !may_succeed || attempt == ATTEMPTS {
            return Err(error);
        }
        attempt += 1;
    }
}

/// The path of the file itself, after all links; the last one may lead to nothing.
fn target_of(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..LINKS {
        if !fs::symlink_metadata(&target).is_ok_and(|metadata| metadata.is_symlink()) {
            return Ok(target);
        }
        // Its links are open files: to replace the file would leave the open one as it is.
        if fs::canonicalize(folder_of(&target)).is_ok_and(|folder| folder.starts_with("/proc")) {
            return Err(refusal("this is an open file"));
        }
        target = folder_of(&target).join(fs::read_link(&target)?);
    }
    Err(io::Error::new(ErrorKind::InvalidInput, "too many links lead on from here"))
}

/// What is at `target`, or nothing; an error unless it is a regular file.
fn regular_file(target: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(target) {
        Ok(metadata) if metadata.is_file() => Ok(Some(metadata)),
        Ok(metadata) if metadata.is_dir() => Err(io::Error::new(ErrorKind::IsADirectory, "this is a folder")),
        Ok(_) => Err(refusal("this is not a regular file")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether there is another file at `target` than `before`.
fn is_replaced(target: &Path, before: Option<&Metadata>) -> bool {
    let stamp = |metadata: &Metadata| (metadata.modified().ok(), metadata.len(), inode(metadata));
    fs::symlink_metadata(target).is_ok_and(|now| before.map(stamp) != Some(stamp(&now)))
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> Option<u64> {
    Some(std::os::unix::fs::MetadataExt::ino(metadata))
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> Option<u64> {
    None
}

/// The temporary files of a target; none if the folder cannot be listed.
fn temporary_files(folder: &Path, tag: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_temporary = |name: &OsStr| name.as_encoded_bytes().starts_with(tag.as_bytes());
    entries.filter(|entry| is_temporary(&entry.file_name())).map(|entry| entry.path()).collect()
}

/// A new temporary file. If it is to replace another file, nobody else may read it before it has the permissions of
/// that file.
fn create(folder: &Path, tag: &str, is_private: bool) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = is_private;
    loop {
        let temporary = folder.join(format!("{tag}{:016x}.tmp", random()));
        match options.open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                let step = format!("a new file cannot be created in the folder {}", folder.display());
                return Err(failed(step, error));
            }
        }
    }
}

/// Gives a file the owner, the group and the permissions of another one; those that the system refuses stay as they
/// are.
#[cfg(unix)]
fn keep_owner_and_permissions(file: &File, old: &Metadata) -> io::Result<()> {
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
fn keep_owner_and_permissions(file: &File, old: &Metadata) -> io::Result<()> {
    let _ = file.set_permissions(old.permissions());
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// FNV-1a, which is the same in every version of every program.
fn hash(name: &OsStr) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    name.as_encoded_bytes().iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// 64 bits from the keys of a hash map, which the system draws; names are no part of any result.
fn random() -> u64 {
    RandomState::new().hash_one(process::id())
}

// Errors

/// What was tried, and why it failed.
#[derive(Debug, thiserror::Error)]
#[error("{step}: {source}")]
struct Failed {
    step: String,
    source: io::Error,
}

fn failed(step: String, source: io::Error) -> io::Error {
    io::Error::new(source.kind(), Failed { step, source })
}

fn not_renamed(error: io::Error) -> io::Error {
    let reason = match error.kind() {
        ErrorKind::ResourceBusy => ", which may be a mount point",
        _ => "",
    };
    failed(format!("a new file cannot be renamed over this one{reason}"), error)
}

fn refusal(reason: &str) -> io::Error {
    let reason = format!("{reason}, which is never replaced: write the bytes of to_safetensors into it");
    io::Error::new(ErrorKind::InvalidInput, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(test: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ndarray-dnn-replace-{}-{test}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn remove_temporary_files(folder: &Path) -> usize {
        let files = temporary_files(folder, ".ndarray-dnn-");
        files.iter().for_each(|file| fs::remove_file(file).unwrap());
        files.len()
    }

    #[test]
    fn a_save_that_a_later_one_overtakes_is_the_first_of_the_two() {
        let folder = folder("overtaken");
        let path = folder.join("file");
        replace(&path, b"old").unwrap();
        let mut writes = 0;
        replace_by(&path, |file| {
            writes += 1;
            // Another saver, from beginning to end.
            replace(&path, b"later").unwrap();
            assert_eq!(temporary_files(&folder, ".").len(), 0);
            file.write_all(b"earlier")
        })
        .unwrap();
        assert_eq!((writes, &fs::read(&path).unwrap()[..]), (1, &b"later"[..]));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_temporary_file_that_something_else_removes_is_written_again() {
        let folder = folder("removed");
        let path = folder.join("file");
        for old in [None, Some("old")] {
            if let Some(old) = old {
                fs::write(&path, old).unwrap();
            }
            let mut removals = 3;
            replace_by(&path, |file| {
                if removals > 0 {
                    removals -= 1;
                    assert_eq!(remove_temporary_files(&folder), 1);
                }
                file.write_all(b"new")
            })
            .unwrap();
            assert_eq!((removals, &fs::read(&path).unwrap()[..]), (0, &b"new"[..]));
        }
        let always = replace_by(&path, |file| {
            remove_temporary_files(&folder);
            file.write_all(b"never")
        });
        assert_eq!(always.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(fs::read(&path).unwrap(), b"new");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = folder("failed");
        let path = folder.join("file");
        replace(&path, b"old").unwrap();
        let full = || io::Error::new(ErrorKind::StorageFull, "full");
        let failed = replace_by(&path, |_| Err(full()));
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        // Of a killed saver: without it there is room.
        let tag = format!(".ndarray-dnn-{:016x}-", hash(path.file_name().unwrap()));
        let (leftover, _) = create(&folder, &tag, false).unwrap();
        replace_by(&path, |file| if leftover.exists() { Err(full()) } else { file.write_all(b"new") })
            .unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn leftovers_of_this_file_are_removed_and_those_of_others_stay() {
        let folder = folder("leftovers");
        let [own, other] = ["file", "other"].map(|name| folder.join(name));
        for path in [&own, &own, &other] {
            let tag = format!(".ndarray-dnn-{:016x}-", hash(path.file_name().unwrap()));
            drop(create(&folder, &tag, false).unwrap());
        }
        assert_eq!(temporary_files(&folder, ".").len(), 3);
        replace(&own, b"new").unwrap();
        assert_eq!(temporary_files(&folder, ".").len(), 1);
        replace(&other, b"new").unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        fs::remove_dir_all(folder).unwrap();
    }
}
