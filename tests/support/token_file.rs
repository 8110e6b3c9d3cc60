//! A file with a token that a test rotates.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

/// A file in the directory for temporary files, which is deleted on drop.
pub struct TokenFile(PathBuf);

impl TokenFile {
    pub fn new(content: impl AsRef<[u8]>) -> Self {
        // Never an existing name: Windows may delete a file later than requested.
        let name = format!("huaweicloud-iotda-{}-token-{:x}", process::id(), fastrand::u64(..));
        let file = Self(env::temp_dir().join(name));
        file.write(content);
        file
    }

    pub fn write(&self, content: impl AsRef<[u8]>) {
        fs::write(&self.0, content).expect("the file is written");
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn text(&self) -> &str {
        self.0.to_str().expect("a UTF-8 path")
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
