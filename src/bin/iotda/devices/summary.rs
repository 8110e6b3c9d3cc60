//! `--summary`: counts devices by product, resource space and gateway.

use std::collections::BTreeMap;
use std::iter;

use huaweicloud_iotda::Client;
use huaweicloud_iotda::types::DeviceSimple;

use super::filter::{self, is_direct, shown_count};
use super::totals;
use crate::arguments::{DeviceFilter, Devices};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::listing::{Listing, ListingEnd, Listings, ReadOptions};
use crate::output::{Cell, Column, Format, Printer, Row, column};
use crate::tally::Tally;

/// `group` is all, direct, product, resource_space, gateway or shared. `id` is the ID of that product, space, gateway or device.
const COLUMNS: &[Column] = &[column("certificate_id", 0), column("group", 0), column("id", 0), column("devices", 0)];

pub(super) async fn run(
    context: &mut Context,
    client: &Client,
    certificates: &[String],
    arguments: &Devices,
) -> Result<Exit, Failure> {
    context.status_line.start("devices", certificates.len(), client);
    totals::request(client, certificates, None, &context.status_line);
    let mut tally = Tally::new(&arguments.pages);
    let mut printer = Printer::new(&context.output, COLUMNS, &context.status_line)?;
    if certificates.len() == 1 {
        printer = printer.without("certificate_id");
    }
    let mut index = CertificateIndex::default();
    // The column widths of a table depend on all rows.
    let mut buffered = Vec::new();
    let mut listings = Listings::new(client, certificates, ReadOptions::new(&arguments.pages, None));
    let mut indexes = 0..certificates.len();
    while let (Some((certificate, pages)), Some(number)) = (listings.next(), indexes.next()) {
        context.status_line.bar.set_certificate(number + 1, certificates.len());
        match read(context, certificate, number, &arguments.filter, pages).await {
            Ok((devices, end)) => {
                tally.any_success = true;
                tally.check_end(&context.status_line, &format!("certificate {certificate}"), end);
                match context.output.format {
                    Format::Table => buffered.extend(largest(counts(certificate, &devices), arguments.top)),
                    _ => {
                        if let Err(error) = printer.rows(&counts(certificate, &devices)) {
                            return tally.stopped_by(error.into());
                        }
                    }
                }
                index.add(certificate, devices);
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
    match context.output.format {
        Format::Table => buffered.extend(largest(index.shared(), arguments.top)),
        _ => buffered.extend(index.shared()),
    }
    tally.finish(|| printer.all(&buffered).and_then(|()| printer.finish()))
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

/// Counts the devices of a certificate by group.
fn counts(certificate: &str, devices: &[DeviceSimple]) -> Vec<Row> {
    let row = |group: &str, id: &Option<String>, count: usize| {
        vec![certificate.into(), group.into(), id.into(), Cell::Number(count as u64)]
    };
    let direct = devices.iter().filter(|device| is_direct(device)).count();
    let mut rows = vec![row("all", &None, devices.len()), row("direct", &None, direct)];
    let via_gateway: Vec<_> = devices.iter().filter(|device| !is_direct(device)).collect();
    let groups = [
        ("product", group(devices.iter().map(|device| &device.product_id))),
        ("resource_space", group(devices.iter().map(|device| &device.app_id))),
        ("gateway", group(via_gateway.iter().map(|device| &device.gateway_id))),
    ];
    for (name, counts) in groups {
        rows.extend(counts.into_iter().map(|(id, count)| row(name, id, count)));
    }
    rows
}

/// Keeps the first rows of each kind of group, and counts the others in one row.
fn largest(rows: Vec<Row>, top: u32) -> Vec<Row> {
    let top = top as usize;
    let mut kept: Vec<Row> = Vec::new();
    for same_kind in rows.chunk_by(|row, next| row[1] == next[1]) {
        let (first, others) = same_kind.split_at(top.min(same_kind.len()));
        kept.extend(first.iter().cloned());
        let Some(other) = others.first() else { continue };
        let devices = others.iter().map(|row| row[3].number()).sum();
        let id = Cell::Text(Some(format!("others ({})", others.len())));
        kept.push(vec![other[0].clone(), other[1].clone(), id, Cell::Number(devices)]);
    }
    kept
}

/// Counts each ID. The most frequent is first; equal counts are sorted by ID.
fn group<'a>(ids: impl Iterator<Item = &'a Option<String>>) -> Vec<(&'a Option<String>, usize)> {
    let mut counts = BTreeMap::new();
    for id in ids {
        *counts.entry(id).or_insert(0) += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    counts
}

/// The certificates of each device.
#[derive(Default)]
struct CertificateIndex(BTreeMap<String, Vec<String>>);

impl CertificateIndex {
    fn add(&mut self, certificate: &str, devices: Vec<DeviceSimple>) {
        for id in devices.into_iter().filter_map(|device| device.device_id) {
            let certificates = self.0.entry(id).or_default();
            if certificates.last().is_none_or(|last| last != certificate) {
                certificates.push(certificate.to_owned());
            }
        }
    }

    /// Returns the devices that use several certificates, one row for each certificate.
    fn shared(&self) -> Vec<Row> {
        let shared = self.0.iter().filter(|(_, certificates)| certificates.len() > 1);
        let rows = shared.flat_map(|(device, certificates)| {
            certificates.iter().map(|certificate| {
                vec![certificate.as_str().into(), "shared".into(), device.as_str().into(), Cell::Number(1)]
            })
        });
        rows.collect()
    }
}
