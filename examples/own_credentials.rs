//! Credentials from a source of one's own: a token that another program, a secret manager's agent say, keeps in a file and
//! replaces before it ends.
//!
//! ```sh
//! cargo run --example own_credentials --features mock
//! ```
//!
//! It plays three days at an embedded server, whose time and the client's are set, and prints how often the file was read.

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

/// What the agent writes.
#[derive(Serialize, Deserialize)]
struct Secret {
    token: String,
    /// In seconds since 1970.
    expires_at: u64,
}

/// The source: a clone shows the same count.
#[derive(Clone)]
struct TokenFile {
    path: PathBuf,
    reads: Arc<AtomicUsize>,
}

impl CredentialProvider for TokenFile {
    fn credential(&self) -> CredentialFuture<'_> {
        Box::pin(async {
            self.reads.fetch_add(1, Ordering::Relaxed);
            // A small file of this machine; what takes longer should be awaited.
            let text = fs::read(&self.path).map_err(|error| format!("{}: {error}", self.path.display()))?;
            // serde's own words may quote the token.
            let secret: Secret = serde_json::from_slice(&text)
                .map_err(|error| format!("{} is not as expected in line {}", self.path.display(), error.line()))?;
            let end = UNIX_EPOCH.checked_add(Duration::from_secs(secret.expires_at));
            let end = end.ok_or_else(|| format!("{}: expires_at is no time", self.path.display()))?;
            // The end makes the client ask again before it. Without one, it would ask when the service refuses the token.
            Ok(Some(IamCredential::token(secret.token).expires_at(end)))
        })
    }
}

const CERTIFICATE: &str = "61c970ce2d63eb6ee655dbf0";
const DAY: u64 = 24 * 60;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = MockServer::start().await?;
    server.add_sample_devices(CERTIFICATE, 3);
    let folder = own_folder()?;
    let played = play(&server, TokenFile { path: folder.join("secret.json"), reads: Arc::default() }).await;
    fs::remove_dir_all(folder)?;
    played
}

/// A new folder that, on Unix, no other user can look into: the temporary one is everybody's.
fn own_folder() -> io::Result<PathBuf> {
    let folder = env::temp_dir().join(format!("huaweicloud-iotda-{:016x}", fastrand::u64(..)));
    let mut builder = DirBuilder::new();
    // So it fails when there is one already, which could be another's.
    builder.recursive(false);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder)?;
    Ok(folder)
}

async fn play(server: &MockServer, file: TokenFile) -> Result<(), Box<dyn Error>> {
    let (start, minutes) = (SystemTime::now(), Arc::new(AtomicU64::new(0)));
    let at = move |minutes| start + Duration::from_secs(60 * minutes);
    let clock = minutes.clone();
    let credentials = Credentials::from_provider(file.clone());
    let builder = server.builder().credentials(credentials).clock(move || at(clock.load(Ordering::Relaxed)));
    let client = builder.build()?;
    let call = async |minute, what: &str| {
        minutes.store(minute, Ordering::Relaxed);
        server.set_time(at(minute));
        let answer = match client.list_device_by_device_certificate(CERTIFICATE).total().await {
            Ok(total) => format!("{total} devices"),
            // The source's own words are the error's source.
            Err(error) => format!("{error}: {}", error.source().map(ToString::to_string).unwrap_or_default()),
        };
        println!("{what}: {answer}; the file was read {} times", file.reads.load(Ordering::Relaxed));
    };

    issue(server, &file.path, "token-1", at(DAY))?;
    call(0, "the first call").await;
    call(DAY - 6, "six minutes before its end").await;
    issue(server, &file.path, "token-2", at(2 * DAY))?;
    call(DAY - 4, "four minutes before its end").await;

    server.remove_token("token-2");
    issue(server, &file.path, "token-3", at(3 * DAY))?;
    call(DAY, "after the service has revoked it").await;

    fs::remove_file(&file.path)?;
    call(3 * DAY - 4, "without the file, while the token is good").await;
    call(3 * DAY, "without the file, at the token's end").await;
    // In nanoseconds, say, or nonsense: the agent's mistake must not end the program.
    fs::write(&file.path, serde_json::to_vec(&Secret { token: "token-4".to_owned(), expires_at: u64::MAX })?)?;
    call(3 * DAY, "with an end that is no time").await;
    Ok(())
}

/// What the agent does: the service takes a new token until this time, and the file holds it.
fn issue(server: &MockServer, path: &Path, token: &str, end: SystemTime) -> Result<(), Box<dyn Error>> {
    server.add_token_until(token, end);
    let expires_at = end.duration_since(UNIX_EPOCH)?.as_secs();
    fs::write(path, serde_json::to_vec(&Secret { token: token.to_owned(), expires_at })?)?;
    Ok(())
}
