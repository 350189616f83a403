//! Files that are replaced in one step.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

/// Puts a file of these bytes at `path`, in one step: it is written beside it, flushed to the disk, and renamed.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.file_name().is_none() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "this names no file"));
    }
    let (beside, mut file) = create_beside(path)?;
    let written = match fs::metadata(path) {
        Ok(old) => file.set_permissions(old.permissions()),
        Err(_) => Ok(()),
    };
    let written = written.and_then(|()| file.write_all(bytes)).and_then(|()| file.sync_all());
    drop(file);
    let renamed = written.and_then(|()| fs::rename(&beside, path));
    if renamed.is_err() {
        // What went wrong before is what the caller wants to know.
        let _ = fs::remove_file(&beside);
        return renamed;
    }
    // That the new name is on the disk as well; where a folder cannot be opened, the system sees to it.
    if let Ok(folder) = File::open(folder_of(path)) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// A new file in the folder of `path`, of a name that no other thread and no other process uses.
fn create_beside(path: &Path) -> io::Result<(PathBuf, File)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);

    loop {
        // Short, so that it is legal where the file's own name is.
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let beside = folder_of(path).join(format!(".{}.{count}.tmp", process::id()));
        match File::create_new(&beside) {
            // Left over from a process of the same number that was killed.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            created => return created.map(|file| (beside, file)),
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
