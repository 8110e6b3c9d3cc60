//! The checkpoint of `--out FILE`: a run that was killed at any moment continues without losing or repeating a record.
//!
//! Each page is written to the file first and to the checkpoint second. A resumed run truncates the file to the length in
//! the checkpoint, because it requests the following pages again. The checkpoint is removed when everything was read. A lock
//! prevents two runs from writing the file at the same time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use huaweicloud_iotda::types::Marker;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

mod file_lock;

use file_lock::FileLock;

/// The content of a file. Two runs with different values cannot share a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    /// Endpoint, project and instance, because a marker is valid only there.
    pub(crate) service: String,
    /// Format, filters and columns.
    pub(crate) options: String,
    pub(crate) certificates: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Position {
    Start,
    After {
        marker: Marker,
        /// The service's count on the first page.
        counted: Option<u64>,
    },
    Done,
    /// All records were read, but fewer than the service counts.
    Incomplete {
        counted: Option<u64>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Checkpoint {
    content: Content,
    /// The position in each certificate's listing.
    positions: Vec<Position>,
    /// The number of records before each position.
    read: Vec<u64>,
    /// The length of the file at these positions.
    file_bytes: u64,
}

impl Checkpoint {
    /// Returns the checkpoint of an empty file.
    fn start(content: Content) -> Self {
        let certificates = content.certificates.len();
        Self { content, positions: vec![Position::Start; certificates], read: vec![0; certificates], file_bytes: 0 }
    }

    fn has_all_positions(&self) -> bool {
        let certificates = self.content.certificates.len();
        self.positions.len() == certificates && self.read.len() == certificates
    }

    /// Returns true if nothing is left to read.
    fn is_at_end(&self) -> bool {
        self.positions.iter().all(|position| matches!(position, Position::Done | Position::Incomplete { .. }))
    }

    fn is_incomplete(&self) -> bool {
        self.positions.iter().any(|position| matches!(position, Position::Incomplete { .. }))
    }
}

/// A file that is being written, and the checkpoint of its progress.
pub(crate) struct CheckpointedFile {
    path: PathBuf,
    /// It contains the length that was written, which may be more than the saved one.
    checkpoint: Checkpoint,
    saved_bytes: u64,
    file: File,
    _lock: FileLock,
}

impl CheckpointedFile {
    /// Starts or resumes a run. A complete file, and the checkpoint of another run, are errors: nothing is overwritten. With
    /// `strict`, a file with an incomplete listing is written again from its start, because that listing must be read again.
    pub(crate) fn open(path: &Path, content: Content, strict: bool) -> Result<Self, Failure> {
        let lock = lock(path)?;
        let (shown, checkpoint_path) = (path.display(), checkpoint_path(path));
        let unusable = |reason: &str| {
            let checkpoint = checkpoint_path.display();
            Failure::Usage(format!(
                "--out {shown}: {reason}; use another file, or remove {shown} and {checkpoint} to start again"
            ))
        };
        let length = fs::metadata(path).map(|file| file.len()).ok();
        let mut checkpoint = match fs::read(&checkpoint_path) {
            Ok(text) => {
                serde_json::from_slice::<Checkpoint>(&text).map_err(|_| unusable("its checkpoint is damaged"))?
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && length.is_none() => {
                Checkpoint::start(content.clone())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Failure::Usage(format!("--out {shown}: the file exists already; use another file")));
            }
            Err(error) => return Err(write_failure(path)(error)),
        };
        if checkpoint.content != content {
            return Err(unusable("its checkpoint belongs to other certificates, options or another service"));
        }
        if !checkpoint.has_all_positions() {
            return Err(unusable("its checkpoint is damaged"));
        }
        if strict && checkpoint.is_incomplete() {
            checkpoint = Checkpoint::start(content);
        }
        if length.unwrap_or_default() < checkpoint.file_bytes {
            return Err(unusable("it is shorter than its checkpoint requires"));
        }
        save(path, &checkpoint).map_err(write_failure(path))?;
        let file = truncated(path, checkpoint.file_bytes).map_err(write_failure(path))?;
        Ok(Self { path: path.to_owned(), saved_bytes: checkpoint.file_bytes, checkpoint, file, _lock: lock })
    }

    /// Returns true before the first text.
    fn is_empty(&self) -> bool {
        self.checkpoint.file_bytes == 0
    }

    /// Writes the text above all records, if the file is empty.
    pub(crate) fn write_header(&mut self, text: &[u8]) -> Result<(), Failure> {
        if !self.is_empty() || text.is_empty() {
            return Ok(());
        }
        self.append(text)?;
        self.keep()
    }

    /// Returns the position in a certificate's listing, and the number of records before it.
    pub(crate) fn position(&self, certificate: usize) -> (Position, u64) {
        (self.checkpoint.positions[certificate].clone(), self.checkpoint.read[certificate])
    }

    /// Returns the number of records that earlier runs read.
    pub(crate) fn read(&self) -> u64 {
        self.checkpoint.read.iter().sum()
    }

    /// Appends a text. It is kept only after the position that follows it was set.
    pub(crate) fn append(&mut self, text: &[u8]) -> Result<(), Failure> {
        // The file must be on disk before the checkpoint, so that both survive a power failure.
        let written = self.file.write_all(text).and_then(|()| self.file.sync_data());
        written.map_err(write_failure(&self.path))?;
        self.checkpoint.file_bytes += text.len() as u64;
        Ok(())
    }

    /// Sets the position in a certificate's listing, and the number of records before it.
    pub(crate) fn set_position(&mut self, certificate: usize, position: Position, read: u64) -> Result<(), Failure> {
        self.checkpoint.positions[certificate] = position;
        self.checkpoint.read[certificate] = read;
        self.keep()
    }

    /// Saves the positions and the length of the file.
    fn keep(&mut self) -> Result<(), Failure> {
        self.saved_bytes = self.checkpoint.file_bytes;
        save(&self.path, &self.checkpoint).map_err(write_failure(&self.path))
    }

    /// Removes the text after the last position.
    pub(crate) fn roll_back(&mut self) -> Result<(), Failure> {
        self.checkpoint.file_bytes = self.saved_bytes;
        self.file = truncated(&self.path, self.saved_bytes).map_err(write_failure(&self.path))?;
        Ok(())
    }

    /// Removes the checkpoint if all certificates were read. With `keep_incomplete`, it remains if a listing is incomplete, so
    /// that the next run reads everything again.
    pub(crate) fn finish(self, keep_incomplete: bool) -> Result<(), Failure> {
        if !self.checkpoint.is_at_end() || (keep_incomplete && self.checkpoint.is_incomplete()) {
            return Ok(());
        }
        let removed = fs::remove_file(checkpoint_path(&self.path)).and_then(|()| sync_directory(&self.path));
        removed.map_err(write_failure(&self.path))
    }
}

fn write_failure(path: &Path) -> impl Fn(io::Error) -> Failure {
    move |error| Failure::Local(format!("cannot write {}: {error}", path.display()))
}

/// Prevents another process from writing the file. The lock is a separate file, because each save replaces the checkpoint.
fn lock(path: &Path) -> Result<FileLock, Failure> {
    let lock_path = with_suffix(path, ".checkpoint-lock");
    let lock = FileLock::acquire(lock_path.clone()).map_err(write_failure(&lock_path))?;
    lock.ok_or_else(|| {
        let path = path.display();
        Failure::Local(format!(
            "--out {path}: another process is writing this file; run again after it has ended, or use another file"
        ))
    })
}

/// Opens the file with this length. Not with `append`, because Windows cannot truncate such a file.
fn truncated(path: &Path, length: u64) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(false).open(path)?;
    file.set_len(length)?;
    file.seek(SeekFrom::End(0))?;
    Ok(file)
}

fn checkpoint_path(path: &Path) -> PathBuf {
    with_suffix(path, ".checkpoint")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Replaces the checkpoint atomically, by renaming: it is always complete.
fn save(path: &Path, checkpoint: &Checkpoint) -> io::Result<()> {
    let checkpoint_path = checkpoint_path(path);
    let new = with_suffix(path, ".checkpoint-new");
    let mut file = File::create(&new)?;
    file.write_all(&serde_json::to_vec_pretty(checkpoint)?)?;
    file.sync_all()?;
    fs::rename(new, &checkpoint_path)?;
    sync_directory(path)
}

/// A new name is on disk only after its directory is.
fn sync_directory(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    let _ = path;
    Ok(())
}
