//! `iotda devices`: lists the devices of certificates, page by page.

use std::io::{self, Read};

use huaweicloud_iotda::Client;
use huaweicloud_iotda::types::DeviceSimple;

use crate::arguments::Devices;
use crate::exit::{Exit, Tally};
use crate::failure::Failure;
use crate::listing::{Listing, Listings, ReadOptions};
use crate::output::{Column, Printer, Row, column};
use crate::run::Context;
use crate::{summary, unused};

const COLUMNS: &[Column] = &[
    column("certificate_id", 0),
    column("device_id", 0),
    column("device_name", 1),
    column("node_id", 5),
    column("gateway_id", 2),
    column("product_id", 3),
    column("app_id", 4),
];

pub(crate) async fn run(context: &mut Context, client: &Client, arguments: Devices) -> Result<Exit, Failure> {
    let certificates = certificates(&arguments.certificates)?;
    if arguments.pages.marker.is_some() && certificates.len() > 1 {
        return Err(Failure::Usage("--marker can be used with one certificate only".to_owned()));
    }
    if arguments.summary {
        let options = ReadOptions::new(&arguments.pages, None);
        return summary::run(context, client, &certificates, options).await;
    }
    if arguments.unused {
        return unused::run(context, client, &certificates).await;
    }
    list(context, client, certificates, &arguments).await
}

/// Returns the IDs in the order of the arguments, without duplicates. Reads standard input for `-`.
fn certificates(arguments: &[String]) -> Result<Vec<String>, Failure> {
    let mut ids: Vec<String> = Vec::new();
    for argument in arguments {
        let mut input = String::new();
        let text = match argument.as_str() {
            "-" => {
                let failure = |error| Failure::Local(format!("cannot read standard input: {error}"));
                io::stdin().read_to_string(&mut input).map_err(failure)?;
                input.as_str()
            }
            id => id,
        };
        for id in text.lines().map(trim_line).filter(|id| !id.is_empty()) {
            if !ids.iter().any(|known| known == id) {
                ids.push(id.to_owned());
            }
        }
    }
    match ids.is_empty() {
        true if arguments.iter().any(|id| id == "-") => {
            Err(Failure::Usage("standard input contains no certificate ID".to_owned()))
        }
        true => Err(Failure::Usage("CERTIFICATE is empty; specify a certificate ID".to_owned())),
        false => Ok(ids),
    }
}

/// Removes surrounding whitespace and a byte order mark.
fn trim_line(line: &str) -> &str {
    line.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}')
}

async fn list(
    context: &mut Context,
    client: &Client,
    certificates: Vec<String>,
    arguments: &Devices,
) -> Result<Exit, Failure> {
    let marker = &arguments.pages.marker;
    let indexes: Vec<_> = certificates.iter().map(|id| context.progress.add(name(id), marker.clone())).collect();
    context.status_line.start("devices");
    let mut printer = Printer::new(context.format, COLUMNS, &context.status_line);
    if certificates.len() == 1 {
        printer = printer.without("certificate_id");
    }
    let is_resumed = marker.is_some();
    let mut run = Run { context, printer, max: arguments.max, is_resumed, tally: Tally::default() };
    let mut listings = Listings::new(client, &certificates, ReadOptions::new(&arguments.pages, arguments.max));
    let mut indexes = indexes.into_iter();
    while let (Some((certificate, pages)), Some(index)) = (listings.next(), indexes.next()) {
        let failure = match run.print(certificate, index, pages).await {
            Ok(Some(failure)) => failure,
            Ok(None) => continue,
            Err(failure) => return run.tally.stopped_by(failure),
        };
        let resume = context.progress.resume(index);
        context.status_line.failure(&failure, resume.into_iter().chain(listings.skipped_after(&failure)));
        if failure.affects_all_calls() {
            break;
        }
    }
    context.status_line.clear();
    let Run { printer, tally, .. } = run;
    tally.finish(|| printer.finish())
}

fn name(certificate: &str) -> String {
    format!("certificate {certificate}")
}

struct Run<'a> {
    context: &'a Context,
    printer: Printer<'a>,
    max: Option<u64>,
    /// The listing starts at a marker.
    is_resumed: bool,
    tally: Tally,
}

impl Run<'_> {
    /// Prints one certificate's devices page by page, and returns the failure to read them, if any.
    async fn print(&mut self, certificate: &str, index: usize, mut pages: Listing) -> Result<Option<Failure>, Failure> {
        let Context { status_line, progress, .. } = self.context;
        let (mut printed, mut has_total, mut failure) = (0, self.is_resumed, None);
        let mut next = None;
        while let Some(page) = pages.recv().await {
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    failure = Some(Failure::for_certificate(certificate, error));
                    break;
                }
            };
            // The service's count includes the records before a marker, so it is no total for the rest.
            if !std::mem::replace(&mut has_total, true) {
                let total = page.total.unwrap_or_default();
                status_line.add_total(total.min(self.max.unwrap_or(total)));
            }
            let rows: Vec<_> = page.items.iter().map(|device| row(certificate, device)).collect();
            progress.print(index, rows.len(), page.next_marker.as_ref(), || self.printer.rows(&rows))?;
            printed += rows.len() as u64;
            status_line.advance(rows.len() as u64);
            next = page.next_marker;
        }
        self.tally.any_success |= printed > 0 || failure.is_none();
        match &failure {
            Some(failure) => self.tally.failures.push(failure.exit()),
            None => {
                let rest = next.filter(|_| self.max.is_some_and(|max| printed >= max));
                let rest = rest.map(|marker| format!("; continue with --marker {marker}")).unwrap_or_default();
                status_line.note(&format!("{}: {printed} devices{rest}", name(certificate)));
            }
        }
        progress.finish(index);
        Ok(failure)
    }
}

fn row(certificate: &str, device: &DeviceSimple) -> Row {
    vec![
        certificate.into(),
        (&device.device_id).into(),
        (&device.device_name).into(),
        (&device.node_id).into(),
        (&device.gateway_id).into(),
        (&device.product_id).into(),
        (&device.app_id).into(),
    ]
}
