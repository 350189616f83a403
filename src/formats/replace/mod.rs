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

mod failure;
mod target;
mod temporary;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

pub(super) use failure::Refused;
use failure::not_renamed;
use target::Target;
use temporary::{Temporaries, keep_owner_and_permissions};

/// How often a save begins anew if its temporary file is removed.
const ATTEMPTS: usize = 5;

/// Puts a file of these bytes at `path`, in one step. Links are followed; anything but a regular file is refused.
///
/// # Errors
/// Those of the system, and a folder. An error with a [`Refused`] inside for any other thing that is no regular file.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_by(path, |file| file.write_all(bytes))
}

fn replace_by(path: &Path, mut write: impl FnMut(&mut File) -> io::Result<()>) -> io::Result<()> {
    let target = Target::of(path)?;
    let temporaries = Temporaries::of(&target)?;
    let mut attempt = 1;
    loop {
        let before = target.regular_file()?;
        let leftovers = temporaries.all();
        let (temporary, mut file) = temporaries.create(before.is_some())?;
        let written = before.as_ref().map_or(Ok(()), |old| keep_owner_and_permissions(&file, old));
        let written = written.and_then(|()| write(&mut file)).and_then(|()| file.sync_all());
        drop(file);
        let renamed = written.and_then(|()| fs::rename(&temporary, target.path()).map_err(not_renamed));
        let Err(error) = renamed else {
            // The new name has to be on the disk as well. Where a folder cannot be opened, the system sees to it.
            let _ = File::open(target.folder()).and_then(|folder| folder.sync_all());
            leftovers.iter().for_each(|leftover| drop(fs::remove_file(leftover)));
            return Ok(());
        };
        let is_full = matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
        let is_lost = fs::remove_file(&temporary).is_err_and(|error| error.kind() == ErrorKind::NotFound);
        if is_lost && target.is_replaced(before.as_ref()) {
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
