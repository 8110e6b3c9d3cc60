//! Records from files: JSON Lines like the output of `iotda devices` and `iotda templates`.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use huaweicloud_iotda::mock::{MockServer, sample_device, sample_template};
use huaweicloud_iotda::types::{AuthenticationTemplateSimple, DeviceSimple};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::shell::quoted;
use crate::failure::Failure;
use crate::hidden::is_hidden;
use crate::text_input::{decode, read_all};

/// The field with the certificate of a device.
const CERTIFICATE: &str = "certificate_id";
/// The number of certificates that are printed.
const MAX_PRINTED: usize = 10;

/// The records of all files.
#[derive(Default)]
pub(super) struct Data {
    /// Each certificate with its devices, in the order of the files.
    certificates: Vec<(String, Vec<DeviceSimple>)>,
    templates: Vec<AuthenticationTemplateSimple>,
}

pub(super) fn read(files: &[PathBuf]) -> Result<Data, Failure> {
    let mut data = Data::default();
    for file in files {
        let failure = |reason: String| Failure::Usage(format!("--data {}: {reason}", file.display()));
        let text = read_text(file).map_err(|error| failure(error.to_string()))?;
        data.parse(&text).map_err(failure)?;
    }
    Ok(data)
}

fn read_text(file: &Path) -> io::Result<String> {
    let bytes = if file == Path::new("-") { read_all(io::stdin())? } else { read_all(File::open(file)?)? };
    decode(bytes)
}

impl Data {
    fn parse(&mut self, text: &str) -> Result<(), String> {
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            self.parse_line(line).map_err(|reason| format!("line {}: {reason}", number + 1))?;
        }
        Ok(())
    }

    fn parse_line(&mut self, line: &str) -> Result<(), String> {
        let mut fields: Map<String, Value> =
            serde_json::from_str(line).map_err(|error| format!("not a JSON object: {error}"))?;
        match fields.remove(CERTIFICATE) {
            Some(Value::String(id)) if id.contains(is_hidden) => {
                return Err(format!("{CERTIFICATE} {id:?} contains a control character or an invisible one"));
            }
            Some(Value::String(id)) if !id.is_empty() => {
                let devices = self.devices_of(id);
                if !fields.is_empty() {
                    devices.push(record(fields, &DEVICE_FIELDS)?);
                }
            }
            Some(_) => return Err(format!("{CERTIFICATE} must be a text that is not empty")),
            None if fields.contains_key("device_id") => return Err(format!("the device has no {CERTIFICATE}")),
            None => self.templates.push(record(fields, &TEMPLATE_FIELDS)?),
        }
        Ok(())
    }

    fn devices_of(&mut self, id: String) -> &mut Vec<DeviceSimple> {
        // Most lines have the certificate of the previous line.
        let index = self.certificates.iter().rposition(|(known, _)| *known == id).unwrap_or_else(|| {
            self.certificates.push((id, Vec::new()));
            self.certificates.len() - 1
        });
        &mut self.certificates[index].1
    }

    /// Adds the records, so that they are listed in the order of the files. Returns a description of the certificates.
    pub(super) fn add_to(self, server: &MockServer) -> String {
        let describe = |(id, devices): &(String, Vec<_>)| format!("{} ({} devices)", quoted(id), devices.len());
        let mut described: Vec<_> = self.certificates.iter().take(MAX_PRINTED).map(describe).collect();
        match self.certificates.len() {
            0 => described.push("none".to_owned()),
            count if count > MAX_PRINTED => described.push(format!("{} more", count - MAX_PRINTED)),
            _ => {}
        }
        for (id, devices) in self.certificates {
            server.add_certificate(&id);
            // A listing starts with the newest record, which is the last one that is added.
            for device in devices.into_iter().rev() {
                server.add_device(&id, device);
            }
        }
        for template in self.templates.into_iter().rev() {
            server.add_template(template);
        }
        described.join(", ")
    }
}

/// The fields of a device and of a template; the sample records have all of them.
static DEVICE_FIELDS: LazyLock<Vec<String>> = LazyLock::new(|| fields_of(&sample_device(1)));
static TEMPLATE_FIELDS: LazyLock<Vec<String>> = LazyLock::new(|| fields_of(&sample_template(1)));

fn fields_of(record: &impl Serialize) -> Vec<String> {
    let Ok(Value::Object(fields)) = serde_json::to_value(record) else { return Vec::new() };
    fields.into_iter().map(|(name, _)| name).collect()
}

/// Converts the fields to a record.
fn record<T: DeserializeOwned>(fields: Map<String, Value>, known: &[String]) -> Result<T, String> {
    for (name, value) in &fields {
        if !known.contains(name) {
            return Err(format!("unknown field {name:?}"));
        }
        if !value.is_string() && !value.is_null() {
            return Err(format!("{name} must be a text or null"));
        }
    }
    if fields.values().all(Value::is_null) {
        return Err("all fields are missing".to_owned());
    }
    serde_json::from_value(Value::Object(fields)).map_err(|error| error.to_string())
}
