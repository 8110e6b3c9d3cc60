//! Lists the devices of certificates, page by page.

use huaweicloud_iotda::Client;
use huaweicloud_iotda::types::DeviceSimple;

use super::filter::{self, shown_count};
use super::totals;
use crate::arguments::Devices;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::listing::{Listing, Listings, ReadOptions};
use crate::output::{Cell, Column, Format, Printer, Row, column};
use crate::tally::Tally;

pub(super) const COLUMNS: &[Column] = &[
    column("certificate_id", 0),
    column("device_id", 0),
    column("device_name", 1),
    column("node_id", 5),
    column("gateway_id", 2),
    column("product_id", 3),
    column("app_id", 4),
];

const COUNT_COLUMNS: &[Column] = &[column("certificate_id", 0), column("devices", 0)];

pub(super) async fn run(
    context: &mut Context,
    client: &Client,
    certificates: &[String],
    arguments: &Devices,
) -> Result<Exit, Failure> {
    let marker = &arguments.pages.marker;
    let indexes: Vec<_> = certificates.iter().map(|id| context.progress.add(name(id), marker.clone())).collect();
    context.status_line.start("devices", certificates.len(), client);
    if marker.is_none() {
        totals::request(client, certificates, arguments.max, &context.status_line);
    }
    let columns = if arguments.count { COUNT_COLUMNS } else { COLUMNS };
    let mut printer = Printer::new(&context.output, columns, &context.status_line)?;
    if certificates.len() == 1 && !arguments.count {
        printer = printer.without("certificate_id");
    }
    let is_resumed = marker.is_some();
    let tally = Tally::new(&arguments.pages);
    let mut run = Run { context, printer, arguments, is_resumed, tally, notes: Vec::new() };
    let mut listings = Listings::new(client, certificates, ReadOptions::new(&arguments.pages, arguments.max));
    let mut indexes = indexes.into_iter();
    while let (Some((certificate, pages)), Some(index)) = (listings.next(), indexes.next()) {
        context.status_line.bar.set_certificate(index + 1, certificates.len());
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
    let Run { printer, tally, notes, .. } = run;
    let result = tally.finish(|| printer.finish());
    for note in notes {
        context.status_line.note(&note);
    }
    result
}

fn name(certificate: &str) -> String {
    format!("certificate {certificate}")
}

struct Run<'a> {
    context: &'a Context,
    printer: Printer<'a>,
    arguments: &'a Devices,
    /// The listing starts at a marker.
    is_resumed: bool,
    tally: Tally,
    /// Printed below a JSON array, whose last record is printed at the end.
    notes: Vec<String>,
}

impl Run<'_> {
    /// Prints one certificate's devices page by page, and returns the failure to read them, if any.
    async fn print(
        &mut self,
        certificate: &str,
        index: usize,
        mut pages: Listing<DeviceSimple>,
    ) -> Result<Option<Failure>, Failure> {
        let Context { status_line, progress, .. } = self.context;
        let Devices { max, count, filter, .. } = self.arguments;
        let (mut printed, mut read, mut has_total, mut failure) = (0, 0, self.is_resumed, None);
        let (mut next, mut has_damaged_id) = (None, false);
        while let Some(page) = pages.next().await {
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
                status_line.bar.set_total(index, total.min(max.unwrap_or(total)));
            }
            let matching = page.items.iter().filter(|device| filter::matches(filter, device));
            let rows: Vec<_> = matching.map(|device| row(certificate, device)).collect();
            has_damaged_id |= page.items.iter().any(has_replacement_character);
            let next_marker = page.next_marker.as_ref();
            if !count {
                self.printer.page(&rows, || progress.printed(index, rows.len(), next_marker))?;
            }
            printed += rows.len() as u64;
            read += page.items.len() as u64;
            status_line.bar.advance(page.items.len() as u64);
            next = page.next_marker;
        }
        if has_damaged_id {
            status_line.warning(&format!(
                "{}: an ID contains text that is not valid Unicode, printed as U+FFFD; it cannot be used in other calls",
                name(certificate)
            ));
        }
        self.tally.any_success |= (printed > 0 && !count) || failure.is_none();
        match &failure {
            Some(failure) => self.tally.failures.push(failure.exit()),
            None => {
                if *count {
                    self.printer.rows(&[vec![certificate.into(), Cell::Number(printed)]])?;
                }
                self.tally.check_end(status_line, &name(certificate), pages.end().await);
                let rest = match next {
                    Some(marker) if max.is_some_and(|max| printed >= max) => {
                        format!("; continue with --marker {marker}")
                    }
                    _ => String::new(),
                };
                let note = format!("{}: {} devices{rest}", name(certificate), shown_count(printed, read));
                match self.context.output.format {
                    Format::Json => self.notes.push(note),
                    _ => status_line.note(&note),
                }
            }
        }
        status_line.bar.end_listing(index, read);
        progress.finish(index);
        Ok(failure)
    }
}

fn has_replacement_character(device: &DeviceSimple) -> bool {
    let DeviceSimple { device_id, node_id, gateway_id, product_id, app_id, .. } = device;
    let mut ids = [device_id, node_id, gateway_id, product_id, app_id].into_iter().flatten();
    ids.any(|id| id.contains(char::REPLACEMENT_CHARACTER))
}

pub(super) fn row(certificate: &str, device: &DeviceSimple) -> Row {
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

#[cfg(test)]
mod tests {
    use huaweicloud_iotda::mock::sample_device;

    use super::{COLUMNS, row};
    use crate::output::assert_every_field_is_printed;

    #[test]
    fn every_field_of_a_device_is_printed() -> serde_json::Result<()> {
        let device = sample_device(10);
        assert_every_field_is_printed("DeviceSimple", file!(), COLUMNS, &device, &row("certificate", &device))
    }
}
