//! Writes the devices of several certificates to a file before the certificates are rotated. The run is resumable: it
//! can be interrupted at any point.
//!
//! ```sh
//! cargo run --example rotate --features mock -- --demo affected    # with an embedded server
//! cargo run --example rotate --features mock -- affected 61c970ce2d63eb6ee655dbf0 61c970ce2d63eb6ee655dbf1
//! ```
//!
//! The second command reads its configuration from environment variables, see `Client::from_env`. In the directory
//! `affected`, `devices.jsonl` contains a line for each device, and `checkpoint.json` contains the progress. After a
//! failure or a kill, the same command resumes there: no device is lost or repeated. Only a run that succeeds has read
//! all devices. Do not start two runs in one directory. To read the devices again later, use another directory.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::HashSet;
use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use huaweicloud_iotda::Client;
use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::types::{DeviceSimple, Marker};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize)]
struct Checkpoint {
    /// Endpoint and project, because a marker is valid only there.
    service: String,
    certificates: Vec<Progress>,
    /// The length of the output at this progress. Each page is written to the output first and to the checkpoint
    /// second. A resumed run truncates the output to this length, because it requests the following pages again.
    output_bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct Progress {
    certificate_id: String,
    devices: usize,
    position: Position,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Position {
    Start,
    After(Marker),
    Done,
}

struct Run {
    directory: PathBuf,
    checkpoint: Checkpoint,
    output: File,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--demo", directory] => {
            let server = MockServer::start().await?;
            server.add_sample_devices("certificate-1", 120);
            server.add_sample_devices("certificate-2", 70);
            Run::open(directory, "demo", &["certificate-1", "certificate-2"])?.read_all(&server.client()?).await
        }
        [directory, certificates @ ..] if !directory.starts_with('-') && !certificates.is_empty() => {
            let mut unique = HashSet::new();
            if let Some(duplicate) = certificates.iter().find(|id| !unique.insert(**id)) {
                return Err(format!("duplicate certificate ID: {duplicate}").into());
            }
            let client = Client::from_env()?;
            let service = format!("{} project {}", client.endpoint(), client.project_id().await?);
            Run::open(directory, &service, certificates)?.read_all(&client).await
        }
        _ => Err("usage: rotate DIRECTORY CERTIFICATE_ID... | rotate --demo DIRECTORY".into()),
    }
}

impl Run {
    /// Starts or resumes a run. A damaged checkpoint, or one of another run, is an error: starting again would delete
    /// the devices that were read, and resuming would mix two runs.
    fn open(directory: &str, service: &str, certificates: &[&str]) -> Result<Self, Box<dyn Error>> {
        let unusable = |reason: String| format!("{directory}: {reason}; use another directory");
        let (directory, output) = (PathBuf::from(directory), PathBuf::from(directory).join("devices.jsonl"));
        fs::create_dir_all(&directory)?;
        let checkpoint = match fs::read(directory.join("checkpoint.json")) {
            Ok(text) => serde_json::from_slice::<Checkpoint>(&text)
                .map_err(|error| unusable(format!("checkpoint.json is damaged ({error})")))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !output.try_exists()? => {
                let start =
                    |id: &&str| Progress { certificate_id: (*id).into(), devices: 0, position: Position::Start };
                let certificates = certificates.iter().map(start).collect();
                Checkpoint { service: service.to_owned(), certificates, output_bytes: 0 }
            }
            Err(error) => return Err(unusable(format!("cannot read checkpoint.json ({error})")).into()),
        };
        if checkpoint.service != service
            || !checkpoint.certificates.iter().map(|it| &it.certificate_id).eq(certificates)
        {
            return Err(unusable("checkpoint.json belongs to another service or other certificates".to_owned()).into());
        }
        let length = if output.try_exists()? { fs::metadata(&output)?.len() } else { 0 };
        if length < checkpoint.output_bytes {
            return Err(unusable("devices.jsonl is shorter than checkpoint.json requires".to_owned()).into());
        }
        save(&directory, &checkpoint)?;
        // Not `append`, because Windows cannot truncate a file that is opened for appending.
        let mut output = OpenOptions::new().write(true).create(true).truncate(false).open(output)?;
        output.set_len(checkpoint.output_bytes)?;
        output.seek(SeekFrom::End(0))?;
        Ok(Self { directory, checkpoint, output })
    }

    async fn read_all(mut self, client: &Client) -> Result<(), Box<dyn Error>> {
        for index in 0..self.checkpoint.certificates.len() {
            let result = self.read(client, index).await;
            let Progress { certificate_id, devices, .. } = &self.checkpoint.certificates[index];
            result.map_err(|error| {
                let transient = error.downcast_ref().is_some_and(huaweicloud_iotda::Error::is_retryable);
                let hint = if transient { "" } else { "Correct the cause first; a wrong ID needs another directory. " };
                format!("{certificate_id}: {error}\n{hint}Run the same command again to resume.")
            })?;
            println!("{certificate_id}: {devices} devices");
        }
        Ok(())
    }

    async fn read(&mut self, client: &Client, index: usize) -> Result<(), Box<dyn Error>> {
        let Progress { certificate_id, position, .. } = &self.checkpoint.certificates[index];
        let mut request = client.list_device_by_device_certificate(certificate_id.as_str()).limit(50);
        match position {
            Position::Start => {}
            Position::After(marker) => request = request.marker(marker),
            Position::Done => return Ok(()),
        }
        let mut pages = request.pages();
        while let Some(page) = pages.try_next().await? {
            self.append(index, &page.items)?;
            // A page without a marker is complete only at the end of the listing, because an error may follow.
            if let Some(next) = page.next_marker {
                self.set_position(index, Position::After(next))?;
            }
        }
        Ok(self.set_position(index, Position::Done)?)
    }

    fn append(&mut self, index: usize, devices: &[DeviceSimple]) -> io::Result<()> {
        let progress = &mut self.checkpoint.certificates[index];
        let line = |device: &DeviceSimple| {
            format!("{}\n", json!({"certificate_id": progress.certificate_id, "device_id": device.device_id}))
        };
        let lines: String = devices.iter().map(line).collect();
        self.output.write_all(lines.as_bytes())?;
        // The output must be on disk before the checkpoint, so that both survive a power failure.
        self.output.sync_data()?;
        progress.devices += devices.len();
        self.checkpoint.output_bytes += lines.len() as u64;
        Ok(())
    }

    fn set_position(&mut self, index: usize, position: Position) -> io::Result<()> {
        self.checkpoint.certificates[index].position = position;
        save(&self.directory, &self.checkpoint)
    }
}

/// Replaces the checkpoint atomically, by renaming: the file always contains a complete checkpoint.
fn save(directory: &Path, checkpoint: &Checkpoint) -> io::Result<()> {
    let new = directory.join("checkpoint.json.new");
    let mut file = File::create(&new)?;
    file.write_all(&serde_json::to_vec_pretty(checkpoint)?)?;
    file.sync_all()?;
    fs::rename(new, directory.join("checkpoint.json"))?;
    // The renaming is on disk only after its directory is.
    #[cfg(unix)]
    File::open(directory)?.sync_all()?;
    Ok(())
}
