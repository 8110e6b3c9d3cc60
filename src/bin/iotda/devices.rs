//! `iotda devices`: reads the certificate IDs, and lists, summarizes or checks their devices.

use std::io;
use std::time::Duration;

use huaweicloud_iotda::Client;

use crate::arguments::Devices;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::text_input::{decode, read_all};

mod certificate_ids;
mod filter;
mod glob;
mod list;
mod save;
mod summary;
mod totals;
mod unused;
mod wait;

pub(crate) async fn run(
    context: &mut Context,
    client: &Client,
    arguments: Devices,
    wait_timeout: Option<Duration>,
) -> Result<Exit, Failure> {
    let certificates = certificates(&arguments.certificates)?;
    if arguments.pages.marker.is_some() && certificates.len() > 1 {
        return Err(Failure::Usage("--marker can be used with one certificate only".to_owned()));
    }
    if arguments.summary {
        return summary::run(context, client, &certificates, &arguments).await;
    }
    if arguments.wait {
        return wait::run(context, client, &certificates, arguments.interval, wait_timeout).await;
    }
    if arguments.unused {
        return unused::run(context, client, &certificates, arguments.fail_if_used).await;
    }
    if let Some(path) = &arguments.out {
        return save::run(context, client, &certificates, &arguments, path).await;
    }
    list::run(context, client, &certificates, &arguments).await
}

/// Returns the IDs in the order of the arguments, without duplicates. Reads standard input for `-`.
fn certificates(arguments: &[String]) -> Result<Vec<String>, Failure> {
    let mut ids: Vec<String> = Vec::new();
    for argument in arguments {
        let text = if argument == "-" { &read_stdin()? } else { argument };
        for id in certificate_ids::parse(text) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    if !ids.is_empty() {
        return Ok(ids);
    }
    let text = if arguments.iter().any(|id| id == "-") {
        "standard input contains no certificate ID"
    } else {
        "CERTIFICATE is empty; specify a certificate ID"
    };
    Err(Failure::Usage(text.to_owned()))
}

fn read_stdin() -> Result<String, Failure> {
    let text = read_all(io::stdin()).and_then(decode);
    text.map_err(|error| Failure::Local(format!("cannot read standard input: {error}")))
}
