//! `--summary`: counts devices by certificate, product, resource space and gateway.

use std::iter;

use huaweicloud_iotda::Client;
use huaweicloud_iotda::types::DeviceSimple;

use super::filter::{self, shown_count};
use crate::arguments::{DeviceFilter, Devices};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::listing::{Listing, ListingEnd, Listings, ReadOptions};
use crate::output::{Cell, Column, Format, Printer, Row, column};
use crate::tally::Tally;

mod counts;
mod totals;

use counts::Counts;
use totals::Totals;

/// `group` is all, direct, certificate, shared, product, resource_space or gateway. `id` is the ID of that certificate,
/// device, product, space or gateway. Totals have no certificate_id.
const COLUMNS: &[Column] =
    &[column("certificate_id", 0), column("group", 0), column("id", 0), column("devices", 0), column("percent", 0)];

pub(super) async fn run(
    context: &mut Context,
    client: &Client,
    certificates: &[String],
    arguments: &Devices,
) -> Result<Exit, Failure> {
    context.status_line.start("devices", certificates.len(), client);
    super::totals::request(client, certificates, None, &context.status_line);
    let mut tally = Tally::new(&arguments.pages);
    // A table contains only the totals, or the only certificate.
    let mut printer = Printer::new(&context.output, COLUMNS, &context.status_line)?.without("certificate_id");
    let is_table = context.output.format == Format::Table;
    let (is_single, by) = (certificates.len() == 1, &arguments.by);
    let (mut totals, mut rows) = (Totals::default(), Vec::new());
    let mut listings = Listings::new(client, certificates, ReadOptions::new(&arguments.pages, None));
    let mut indexes = 0..certificates.len();
    while let (Some((certificate, pages)), Some(number)) = (listings.next(), indexes.next()) {
        context.status_line.bar.set_certificate(number + 1, certificates.len());
        match read(context, certificate, number, &arguments.filter, pages).await {
            Ok((devices, end)) => {
                tally.any_success = true;
                tally.check_end(&context.status_line, &format!("certificate {certificate}"), end);
                let counts = Counts::of(&devices).rows(Some(certificate), by, Vec::new());
                if is_table && is_single {
                    rows = counts;
                } else if !is_table && let Err(error) = printer.rows(&counts) {
                    return tally.stopped_by(error.into());
                }
                if !is_single {
                    totals.add(certificate, devices);
                }
            }
            Err(failure) => {
                tally.failures.push(failure.exit());
                let stops = failure.affects_all_calls();
                let note = iter::once("this certificate is not included in the summary".to_owned());
                context.status_line.failure(&failure, note.chain(listings.skipped_after(&failure)));
                if stops {
                    break;
                }
            }
        }
    }
    context.status_line.clear();
    if !is_single {
        rows.extend(totals.rows(by));
    }
    if is_table {
        rows = largest(rows, arguments.top, |rows| printer.sort(rows));
    } else {
        rows.extend(totals.shared_rows(by));
    }
    tally.finish(|| printer.all(&rows).and_then(|()| printer.finish()))
}

/// Reads all devices or fails: counting only a part would understate the impact.
async fn read(
    context: &Context,
    certificate: &str,
    number: usize,
    filter: &DeviceFilter,
    mut pages: Listing<DeviceSimple>,
) -> Result<(Vec<DeviceSimple>, Option<ListingEnd>), Failure> {
    let (mut devices, mut read) = (Vec::new(), 0);
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| Failure::for_certificate(certificate, error))?;
        if read == 0 {
            context.status_line.bar.set_total(number, page.total.unwrap_or_default());
        }
        context.status_line.bar.advance(page.items.len() as u64);
        read += page.items.len() as u64;
        devices.extend(page.items.into_iter().filter(|device| filter::matches(filter, device)));
    }
    context.status_line.bar.end_listing(number, read);
    if *filter != DeviceFilter::default() {
        let count = shown_count(devices.len() as u64, read);
        context.status_line.note(&format!("certificate {certificate}: {count} devices"));
    }
    Ok((devices, pages.end().await))
}

/// Keeps the first rows of each kind of group, sorts them, and counts the others in one row. The first row is the total.
fn largest(rows: Vec<Row>, top: u32, sort: impl Fn(&mut [Row])) -> Vec<Row> {
    let (top, all) = (top as usize, rows.first().map_or(0, |row| row[3].number()));
    let mut kept: Vec<Row> = Vec::new();
    for same_kind in rows.chunk_by(|row, next| row[1] == next[1]) {
        // A row for a single other group would be no shorter.
        let shown = if same_kind.len() == top + 1 { same_kind.len() } else { top.min(same_kind.len()) };
        let (first, others) = same_kind.split_at(shown);
        let mut first = first.to_vec();
        sort(&mut first);
        kept.extend(first);
        let Some(other) = others.first() else { continue };
        let devices = others.iter().map(|row| row[3].number()).sum();
        let id = Cell::Text(Some(format!("others ({})", others.len())));
        let percent = Cell::percent(devices, all);
        kept.push(vec![other[0].clone(), other[1].clone(), id, Cell::Number(devices), percent]);
    }
    kept
}
