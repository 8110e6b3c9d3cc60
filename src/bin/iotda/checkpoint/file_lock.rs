//! A lock that one process at a time has. The operating system releases it when the process ends, also by SIGKILL.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A locked file, which is removed when the lock is dropped.
pub(super) struct FileLock {
    path: PathBuf,
    file: Option<File>,
}

impl FileLock {
    /// Creates and locks the file; `None` if another process has locked it. On a file system without locks, it is not locked.
    pub(super) fn acquire(path: PathBuf) -> io::Result<Option<Self>> {
        let file = open_locked(&path)?;
        Ok(file.map(|file| Self { path, file: Some(file) }))
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // On Windows, an open file cannot be removed. Elsewhere, a removed file must not be unlocked before.
        let file = self.file.take().filter(|_| !cfg!(windows));
        let _ = fs::remove_file(&self.path);
        drop(file);
    }
}

#[cfg(unix)]
fn open_locked(path: &Path) -> io::Result<Option<File>> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;

    loop {
        let file = options().open(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) if is_at(path, &file)? => return Ok(Some(file)),
            // The process that had locked it removed it before.
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            // For example NFS without a lock service.
            Err(Errno::NOLCK | Errno::NOTSUP | Errno::NOSYS) => return Ok(Some(file)),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Returns true if the path is still that of the file.
#[cfg(unix)]
fn is_at(path: &Path, file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let file = file.metadata()?;
    match fs::metadata(path) {
        Ok(other) => Ok((file.dev(), file.ino()) == (other.dev(), other.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// On Windows, a file that is not shared is locked while it is open.
#[cfg(windows)]
fn open_locked(path: &Path) -> io::Result<Option<File>> {
    use std::os::windows::fs::OpenOptionsExt;

    const ERROR_SHARING_VIOLATION: i32 = 32;
    match options().share_mode(0).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) => Ok(None),
        Err(error) => Err(error),
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    options
}
