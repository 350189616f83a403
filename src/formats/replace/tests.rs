//! Savers that overtake each other, files that vanish, full disks.

use std::fs;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process;

use super::target::Target;
use super::temporary::Temporaries;
use super::{replace, replace_by};

fn folder(test: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("ndarray-dnn-replace-{}-{test}", process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn temporary_files(folder: &Path, tag: &str) -> Vec<PathBuf> {
    Temporaries { folder, tag: tag.to_owned() }.all()
}

/// A file that a killed saver of this path left.
fn leave(path: &Path) -> PathBuf {
    Temporaries::of(&Target::of(path).unwrap()).unwrap().create(false).unwrap().0
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
    let leftover = leave(&path);
    replace_by(&path, |file| if leftover.exists() { Err(full()) } else { file.write_all(b"new") }).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn leftovers_of_this_file_are_removed_and_those_of_others_stay() {
    let folder = folder("leftovers");
    let [own, other] = ["file", "other"].map(|name| folder.join(name));
    for path in [&own, &own, &other] {
        leave(path);
    }
    assert_eq!(temporary_files(&folder, ".").len(), 3);
    replace(&own, b"new").unwrap();
    assert_eq!(temporary_files(&folder, ".").len(), 1);
    replace(&other, b"new").unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    fs::remove_dir_all(folder).unwrap();
}
