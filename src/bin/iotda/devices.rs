//! `iotda devices`: the devices of one certificate or several, as they are read.

use std::io::{self, Read};

use huaweicloud_iotda::Client;
use huaweicloud_iotda::types::DeviceSimple;

use crate::arguments::Devices;
use crate::exit::{Exit, Tally};
use crate::failure::Failure;
use crate::listing::{Listing, Listings, Part};
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
        return Err(Failure::Usage("--marker belongs to one certificate's listing: give one certificate".to_owned()));
    }
    if arguments.summary {
        let part = Part::new(&arguments.pages, None);
        return summary::run(context, client, &certificates, part).await;
    }
    if arguments.unused {
        return unused::run(context, client, &certificates).await;
    }
    list(context, client, certificates, &arguments).await
}

/// The ids as they were given, each once.
fn certificates(given: &[String]) -> Result<Vec<String>, Failure> {
    let mut ids: Vec<String> = Vec::new();
    for id in given {
        let mut read = String::new();
        let more = match id.as_str() {
            "-" => {
                let failed = |error| Failure::Local(format!("standard input can't be read: {error}"));
                io::stdin().read_to_string(&mut read).map_err(failed)?;
                read.as_str()
            }
            id => id,
        };
        for id in more.lines().map(bare).filter(|id| !id.is_empty()) {
            if !ids.iter().any(|known| known == id) {
                ids.push(id.to_owned());
            }
        }
    }
    match ids.is_empty() {
        true if given.iter().any(|id| id == "-") => {
            Err(Failure::Usage("standard input holds no certificate's id".to_owned()))
        }
        true => Err(Failure::Usage("CERTIFICATE is empty: give a certificate's id".to_owned())),
        false => Ok(ids),
    }
}

/// Without space around it, and without the byte order mark that a file may begin with.
fn bare(line: &str) -> &str {
    line.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}')
}

async fn list(
    context: &mut Context,
    client: &Client,
    certificates: Vec<String>,
    arguments: &Devices,
) -> Result<Exit, Failure> {
    let marker = &arguments.pages.marker;
    let places: Vec<_> = certificates.iter().map(|id| context.standing.add(of(id), marker.clone())).collect();
    context.screen.begin("devices");
    let mut printer = Printer::new(context.format, COLUMNS, &context.screen);
    if certificates.len() == 1 {
        printer = printer.without("certificate_id");
    }
    let resumes = marker.is_some();
    let mut run = Run { context, printer, max: arguments.max, resumes, tally: Tally::default() };
    let mut listings = Listings::new(client, &certificates, Part::new(&arguments.pages, arguments.max));
    let mut places = places.into_iter();
    while let (Some((certificate, pages)), Some(place)) = (listings.next(), places.next()) {
        let failure = match run.print(certificate, place, pages).await {
            Ok(Some(failure)) => failure,
            Ok(None) => continue,
            Err(failure) => return run.tally.ended_by(failure),
        };
        let resume = context.standing.resume(place);
        context.screen.failure(&failure, resume.into_iter().chain(listings.unread_after(&failure)));
        if failure.concerns_all() {
            break;
        }
    }
    context.screen.end();
    let Run { printer, tally, .. } = run;
    tally.end(|| printer.end())
}

fn of(certificate: &str) -> String {
    format!("certificate {certificate}")
}

struct Run<'a> {
    context: &'a Context,
    printer: Printer<'a>,
    max: Option<u64>,
    /// It goes on from a marker.
    resumes: bool,
    tally: Tally,
}

impl Run<'_> {
    /// Prints one certificate's devices page by page; says what made it end early, if anything did.
    async fn print(&mut self, certificate: &str, place: usize, mut pages: Listing) -> Result<Option<Failure>, Failure> {
        let Context { screen, standing, .. } = self.context;
        let (mut printed, mut begun, mut failure) = (0, false, None);
        let mut next = None;
        while let Some(page) = pages.recv().await {
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    failure = Some(Failure::of_certificate(certificate, error));
                    break;
                }
            };
            // The count is that of the whole listing: not of what follows a marker.
            if !std::mem::replace(&mut begun, true) && !self.resumes {
                let expected = page.total.unwrap_or_default();
                screen.expect(expected.min(self.max.unwrap_or(expected)));
            }
            let rows: Vec<_> = page.items.iter().map(|device| row(certificate, device)).collect();
            standing.print(place, rows.len(), page.next_marker.as_ref(), || self.printer.rows(&rows))?;
            printed += rows.len() as u64;
            screen.advance(rows.len() as u64);
            next = page.next_marker;
        }
        self.tally.answered |= printed > 0 || failure.is_none();
        match &failure {
            Some(failure) => self.tally.failures.push(failure.exit()),
            None => {
                let rest = next.filter(|_| self.max.is_some_and(|max| printed >= max));
                let rest = rest.map(|marker| format!("; those after them: --marker {marker}")).unwrap_or_default();
                screen.note(&format!("{}: {printed} devices{rest}", of(certificate)));
            }
        }
        standing.done(place);
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
