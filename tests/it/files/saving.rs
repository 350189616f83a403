//! Saving: what is refused, and what is kept of the old file.

use std::error::Error as _;
use std::path::Path;
use std::{fs, io, thread};

use ndarray_dnn::error::FileError;
use ndarray_dnn::{Dnn, Error};

use super::{example, folder};

/// Checks that an error is the system's, with the path, and with the system's own error as its source.
#[track_caller]
fn assert_io(result: Result<(), Error>, path: &Path, kind: io::ErrorKind) -> String {
    let error = result.unwrap_err();
    let Error::File(FileError::Io { what, kind: found, source: cause }) = &error else { panic!("{error}") };
    assert_eq!((what, *found), (&path.display().to_string(), kind));
    assert_eq!(error.to_string(), format!("{what}: {cause}"));
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>()).unwrap();
    assert_eq!((source.kind(), source.to_string()), (kind, cause.to_string()));
    error.to_string()
}

#[test]
fn missing_folders_and_folders_in_the_way() {
    let folder = folder("io");
    let net = example();
    let missing = folder.join("missing").join("net.safetensors");
    let text = assert_io(net.save(&missing), &missing, io::ErrorKind::NotFound);
    // It names the folder.
    assert!(text.contains(&format!("in the folder {}", folder.join("missing").display())), "{text}");
    assert_io(Dnn::<f64>::load(&missing).map(drop), &missing, io::ErrorKind::NotFound);
    let taken = folder.join("taken");
    fs::create_dir_all(taken.join("inside")).unwrap();
    assert_io(net.save(&taken), &taken, io::ErrorKind::IsADirectory);
    assert!(matches!(Dnn::<f64>::load(&taken), Err(Error::File(FileError::Io { .. }))));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    for path in ["..", "/", ""] {
        assert_io(net.save(path), Path::new(path), io::ErrorKind::InvalidInput);
    }
}

#[test]
fn threads_that_save_the_same_file_leave_one_whole_file() {
    let folder = folder("threads");
    let path = folder.join("net.safetensors");
    let nets = [1.0, 2.0, 3.0, 4.0].map(|eta| {
        let mut net = example();
        net.reconfigure(|builder| builder.eta(eta)).unwrap();
        net
    });
    thread::scope(|scope| {
        for net in &nets {
            scope.spawn(|| {
                for _ in 0..50 {
                    net.save(&path).unwrap();
                    assert!(nets.contains(&Dnn::load(&path).unwrap()));
                }
            });
        }
    });
    assert_eq!(fs::read_dir(folder).unwrap().count(), 1);
}

/// The header of a saved file is short enough to be read: a network of too many layers is refused.
#[test]
fn a_header_beyond_the_limit_is_not_written() {
    let layer = || {
        ndarray_dnn::Layer::new(ndarray::array![[1.0]], ndarray::array![1.0], ndarray_dnn::Activation::Tanh)
    };
    let net = |layers| Dnn::builder().build_from((0..layers).map(|_| layer().unwrap())).unwrap();
    let large: Dnn = net(12_000);
    assert_eq!(Dnn::from_safetensors(&large.to_safetensors().unwrap()), Ok(large));
    let error = net(40_000).to_safetensors().unwrap_err();
    let Error::File(FileError::TooManyBytes { what, limit, found }) = error else { panic!("{error}") };
    assert_eq!((what, limit), ("the header of the file", 10_000_000));
    assert!(found > limit);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown, symlink};
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_file_keeps_its_permissions() {
        let path = folder("permissions").join("net.safetensors");
        example().save(&path).unwrap();
        for mode in [0o600, 0o640, 0o444] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            example().save(&path).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
        }
    }

    #[test]
    fn a_file_keeps_its_owner_where_that_is_permitted() {
        let path = folder("owner").join("net.safetensors");
        example().save(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        if let Err(error) = chown(&path, Some(12345), Some(54321)) {
            println!("skipped: the owner of a file cannot be changed here: {error}");
            return;
        }
        example().save(&path).unwrap();
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!((metadata.uid(), metadata.gid(), metadata.mode() & 0o7777), (12345, 54321, 0o640));
    }

    #[test]
    fn pipes_sockets_and_devices_are_refused_and_stay() {
        let folder = folder("special");
        let [pipe, socket, device] = ["pipe", "socket", "device"].map(|name| folder.join(name));
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _listener = UnixListener::bind(&socket).unwrap();
        let is_node = Command::new("mknod").arg(&device).args(["c", "1", "3"]).status().unwrap().success();
        if !is_node {
            println!("skipped: a device cannot be made here");
        }
        for path in [&pipe, &socket, &device].into_iter().filter(|path| path.exists()) {
            let before = fs::symlink_metadata(path).unwrap();
            let link = folder.join("link");
            symlink(path, &link).unwrap();
            for path in [path, &link] {
                let text = assert_io(example().save(path), path, io::ErrorKind::InvalidInput);
                assert!(text.contains("not a regular file") && text.contains("to_safetensors"), "{text}");
            }
            fs::remove_file(link).unwrap();
            let after = fs::symlink_metadata(path).unwrap();
            assert_eq!((after.ino(), after.file_type()), (before.ino(), before.file_type()));
            assert!(!after.file_type().is_file());
        }
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
        assert_eq!(fs::read_dir(folder).unwrap().count(), if is_node { 3 } else { 2 });
    }

    /// The standard output of a test may be a pipe, a terminal or a file.
    #[test]
    fn open_files_are_refused() {
        for path in ["/proc/self/fd/1", "/dev/fd/1", "/dev/stdout"].map(Path::new) {
            if fs::canonicalize("/proc/self/fd").is_err() {
                println!("skipped: there is no /proc here");
                continue;
            }
            let text = assert_io(example().save(path), path, io::ErrorKind::InvalidInput);
            assert!(text.contains("an open file") && text.contains("to_safetensors"), "{text}");
        }
    }

    #[test]
    fn links_are_followed_and_stay() {
        let folder = folder("links");
        fs::create_dir_all(folder.join("runs")).unwrap();
        let file = folder.join("runs").join("net.safetensors");
        let [latest, twice, absolute] = ["latest", "twice", "absolute"].map(|name| folder.join(name));
        symlink("runs/net.safetensors", &latest).unwrap();
        symlink("latest", &twice).unwrap();
        symlink(&file, &absolute).unwrap();
        // The first one leads to nothing yet.
        for path in [&latest, &twice, &absolute] {
            example().save(path).unwrap();
            assert!(fs::symlink_metadata(path).unwrap().is_symlink());
            assert_eq!(Dnn::load(&file), Ok(example()));
            fs::write(&file, "old").unwrap();
        }
        let [to_folder, circle] = ["folder", "circle"].map(|name| folder.join(name));
        symlink("runs", &to_folder).unwrap();
        symlink("circle", &circle).unwrap();
        assert_io(example().save(&to_folder), &to_folder, io::ErrorKind::IsADirectory);
        let text = assert_io(example().save(&circle), &circle, io::ErrorKind::InvalidInput);
        assert!(text.ends_with("too many links lead on from here"), "{text}");
        assert!([&to_folder, &circle].iter().all(|path| fs::symlink_metadata(path).unwrap().is_symlink()));
        assert_eq!(fs::read_dir(folder.join("runs")).unwrap().count(), 1);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 6);
    }
}
