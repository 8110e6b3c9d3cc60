//! Before certificates are rotated: the devices of each, in a file, by a run that may be broken off at any point.
//!
//! ```sh
//! cargo run --example rotate --features mock -- --demo affected    # an embedded server's
//! cargo run --example rotate --features mock -- affected 61c970ce2d63eb6ee655dbf0 61c970ce2d63eb6ee655dbf1
//! ```
//!
//! The second asks the service that the environment names, see `Client::from_env`. In the folder `affected`,
//! `devices.jsonl` gets a line for each device, and `checkpoint.json` says how far that is. After a failure or a kill, the
//! same command goes on there: no device is lost, none comes twice. Only a run that ends with success has read them all.
//! One run at a time in a folder; to read again what may have changed, name another one.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::HashSet;
use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use futures::TryStreamExt;
use huaweicloud_iotda::Client;
use huaweicloud_iotda::mock::MockServer;
use huaweicloud_iotda::types::{DeviceSimple, Marker};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize)]
struct Checkpoint {
    /// Endpoint and project: a marker means nothing elsewhere.
    service: String,
    certificates: Vec<Progress>,
    /// The output's length that the progress accounts for. Each page goes to the output first and then in here: what stands
    /// behind this length is of a page that will be read again, so the run that goes on cuts it off.
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
    folder: PathBuf,
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
        ["--demo", folder] => {
            let server = MockServer::start().await?;
            server.add_sample_devices("certificate-1", 120);
            server.add_sample_devices("certificate-2", 70);
            Run::open(folder, "demo", &["certificate-1", "certificate-2"])?.read_all(&server.client()?).await
        }
        [folder, certificates @ ..] if !folder.starts_with('-') && !certificates.is_empty() => {
            let mut seen = HashSet::new();
            if let Some(twice) = certificates.iter().find(|id| !seen.insert(**id)) {
                return Err(format!("{twice} is named twice: its devices would come twice").into());
            }
            let client = Client::from_env()?;
            let service = format!("{} project {}", client.endpoint(), client.project_id().await?);
            Run::open(folder, &service, certificates)?.read_all(&client).await
        }
        _ => Err("the arguments are a folder and certificates' ids, or --demo and a folder".into()),
    }
}

impl Run {
    /// Begins, or goes on. What is damaged or another run's is an error: to begin anew would destroy what was read, to go on
    /// would mix it.
    fn open(folder: &str, service: &str, certificates: &[&str]) -> Result<Self, Box<dyn Error>> {
        let refused = |why: String| format!("{folder}: {why}; name another folder");
        let (folder, output) = (PathBuf::from(folder), PathBuf::from(folder).join("devices.jsonl"));
        fs::create_dir_all(&folder)?;
        let checkpoint = match fs::read(folder.join("checkpoint.json")) {
            Ok(text) => serde_json::from_slice::<Checkpoint>(&text)
                .map_err(|error| refused(format!("the checkpoint is damaged ({error})")))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !output.try_exists()? => {
                let start =
                    |id: &&str| Progress { certificate_id: (*id).into(), devices: 0, position: Position::Start };
                let certificates = certificates.iter().map(start).collect();
                Checkpoint { service: service.to_owned(), certificates, output_bytes: 0 }
            }
            Err(error) => return Err(refused(format!("the checkpoint can't be read ({error})")).into()),
        };
        if checkpoint.service != service
            || !checkpoint.certificates.iter().map(|it| &it.certificate_id).eq(certificates)
        {
            return Err(refused("the checkpoint is of another service or other certificates".to_owned()).into());
        }
        let length = if output.try_exists()? { fs::metadata(&output)?.len() } else { 0 };
        if length < checkpoint.output_bytes {
            return Err(refused("devices.jsonl is shorter than the checkpoint says".to_owned()).into());
        }
        save(&folder, &checkpoint)?;
        // Not `append`: Windows cuts no file that is opened so.
        let mut output = OpenOptions::new().write(true).create(true).truncate(false).open(output)?;
        output.set_len(checkpoint.output_bytes)?;
        output.seek(SeekFrom::End(0))?;
        Ok(Self { folder, checkpoint, output })
    }

    async fn read_all(mut self, client: &Client) -> Result<(), Box<dyn Error>> {
        for index in 0..self.checkpoint.certificates.len() {
            let read = self.read(client, index).await;
            let Progress { certificate_id, devices, .. } = &self.checkpoint.certificates[index];
            read.map_err(|error| {
                let passing = error.downcast_ref().is_some_and(huaweicloud_iotda::Error::is_retryable);
                let first = if passing { "" } else { "Mend the cause first; a wrong id needs another folder. " };
                format!("{certificate_id}: {error}\n{first}The same command goes on from here.")
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
            // Without a marker the page waits for the listing's end: an error may follow instead.
            if let Some(next) = page.next_marker {
                self.reach(index, Position::After(next))?;
            }
        }
        Ok(self.reach(index, Position::Done)?)
    }

    fn append(&mut self, index: usize, devices: &[DeviceSimple]) -> io::Result<()> {
        let progress = &mut self.checkpoint.certificates[index];
        let line = |device: &DeviceSimple| {
            format!("{}\n", json!({"certificate_id": progress.certificate_id, "device_id": device.device_id}))
        };
        let lines: String = devices.iter().map(line).collect();
        self.output.write_all(lines.as_bytes())?;
        // It must be on the disk before the checkpoint is, also when the power fails.
        self.output.sync_data()?;
        progress.devices += devices.len();
        self.checkpoint.output_bytes += lines.len() as u64;
        Ok(())
    }

    fn reach(&mut self, index: usize, position: Position) -> io::Result<()> {
        self.checkpoint.certificates[index].position = position;
        save(&self.folder, &self.checkpoint)
    }
}

/// Renaming replaces the file as a whole: there is the old checkpoint or the new one, at no time a part of one.
fn save(folder: &Path, checkpoint: &Checkpoint) -> io::Result<()> {
    let new = folder.join("checkpoint.json.new");
    let mut file = File::create(&new)?;
    file.write_all(&serde_json::to_vec_pretty(checkpoint)?)?;
    file.sync_all()?;
    fs::rename(new, folder.join("checkpoint.json"))?;
    // A new name is on the disk when its folder is.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}
