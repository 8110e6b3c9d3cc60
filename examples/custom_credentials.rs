//! A custom credential provider: it reads a token from a file, where another process replaces it before it expires.
//!
//! ```sh
//! cargo run --example custom_credentials --features mock
//! ```
//!
//! The example simulates three days with an embedded server, and prints how often the file was read.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fs::{self, DirBuilder};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, io};

use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::{CredentialFuture, CredentialProvider, Credentials, IamCredential};
use serde::{Deserialize, Serialize};

/// The content of the file.
#[derive(Serialize, Deserialize)]
struct Secret {
    token: String,
    /// Seconds since 1970.
    expires_at: u64,
}

/// The credential provider. Clones share the number of reads.
#[derive(Clone)]
struct TokenFile {
    path: PathBuf,
    reads: Arc<AtomicUsize>,
}

impl CredentialProvider for TokenFile {
    fn credential(&self) -> CredentialFuture<'_> {
        Box::pin(async {
            self.reads.fetch_add(1, Ordering::Relaxed);
            let text = fs::read(&self.path).map_err(|error| format!("{}: {error}", self.path.display()))?;
            // Do not include the message of serde: it may quote the token.
            let secret: Secret = serde_json::from_slice(&text)
                .map_err(|error| format!("{}: invalid content in line {}", self.path.display(), error.line()))?;
            let expiry = UNIX_EPOCH.checked_add(Duration::from_secs(secret.expires_at));
            let expiry = expiry.ok_or_else(|| format!("{}: expires_at is out of range", self.path.display()))?;
            // The client queries the provider again before the expiry.
            Ok(Some(IamCredential::token(secret.token).expires_at(expiry)))
        })
    }
}

const CERTIFICATE: &str = "61c970ce2d63eb6ee655dbf0";
const MINUTES_PER_DAY: u64 = 24 * 60;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = MockServer::start().await?;
    server.add_sample_devices(CERTIFICATE, 3);
    let directory = private_directory()?;
    let result = simulate(&server, TokenFile { path: directory.join("secret.json"), reads: Arc::default() }).await;
    fs::remove_dir_all(directory)?;
    result
}

/// Creates a directory, or fails if it exists. On Unix, other users cannot read it.
fn private_directory() -> io::Result<PathBuf> {
    let directory = env::temp_dir().join(format!("huaweicloud-iotda-{:016x}", fastrand::u64(..)));
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&directory)?;
    Ok(directory)
}

async fn simulate(server: &MockServer, file: TokenFile) -> Result<(), Box<dyn Error>> {
    let (start, minutes) = (SystemTime::now(), Arc::new(AtomicU64::new(0)));
    let at = move |minutes| start + Duration::from_secs(60 * minutes);
    let clock = minutes.clone();
    let credentials = Credentials::from_provider(file.clone());
    let clock = move || at(clock.load(Ordering::Relaxed));
    let client = server.builder().credentials(credentials).clock(clock).build()?;
    let call = async |minute, event: &str| {
        minutes.store(minute, Ordering::Relaxed);
        server.set_time(at(minute));
        let result = match client.list_device_by_device_certificate(CERTIFICATE).total().await {
            Ok(total) => format!("{total} devices"),
            Err(error) => format!("{error}: {}", error.source().map(ToString::to_string).unwrap_or_default()),
        };
        println!("{event}: {result}; the file was read {} times", file.reads.load(Ordering::Relaxed));
    };

    issue(server, &file.path, "token-1", at(MINUTES_PER_DAY))?;
    call(0, "the first call").await;
    call(MINUTES_PER_DAY - 6, "six minutes before the expiry").await;
    issue(server, &file.path, "token-2", at(2 * MINUTES_PER_DAY))?;
    call(MINUTES_PER_DAY - 4, "four minutes before the expiry").await;

    server.remove_token("token-2");
    issue(server, &file.path, "token-3", at(3 * MINUTES_PER_DAY))?;
    call(MINUTES_PER_DAY, "after the service has revoked the token").await;

    fs::remove_file(&file.path)?;
    call(3 * MINUTES_PER_DAY - 4, "without the file, before the expiry").await;
    call(3 * MINUTES_PER_DAY, "without the file, at the expiry").await;
    // An invalid expiry, for example in nanoseconds, must not cause a panic.
    fs::write(&file.path, serde_json::to_vec(&Secret { token: "token-4".to_owned(), expires_at: u64::MAX })?)?;
    call(3 * MINUTES_PER_DAY, "with an expiry out of range").await;
    Ok(())
}

/// Issues a token as the agent does: the server accepts it until the expiry, and the file contains it.
fn issue(server: &MockServer, path: &Path, token: &str, expiry: SystemTime) -> Result<(), Box<dyn Error>> {
    server.add_token_until(token, expiry);
    let expires_at = expiry.duration_since(UNIX_EPOCH)?.as_secs();
    fs::write(path, serde_json::to_vec(&Secret { token: token.to_owned(), expires_at })?)?;
    Ok(())
}
