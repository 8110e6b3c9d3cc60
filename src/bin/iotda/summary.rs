//! `iotda devices --summary`: what would be hit, in numbers.

use std::collections::BTreeMap;
use std::iter;

use huaweicloud_iotda::Client;
use huaweicloud_iotda::types::DeviceSimple;

use crate::arguments::Format;
use crate::exit::{Exit, Tally};
use crate::failure::Failure;
use crate::listing::{Listing, Listings, Part};
use crate::output::{Cell, Column, Printer, Row, column};
use crate::run::Context;

/// `group` says what is counted: all, direct, product, resource_space, gateway, shared; `id` whose devices.
const COLUMNS: &[Column] = &[column("certificate_id", 0), column("group", 0), column("id", 0), column("devices", 0)];

pub(crate) async fn run(
    context: &mut Context,
    client: &Client,
    certificates: &[String],
    part: Part,
) -> Result<Exit, Failure> {
    context.screen.begin("devices");
    let mut tally = Tally::default();
    let mut printer = Printer::new(context.format, COLUMNS, &context.screen);
    if certificates.len() == 1 {
        printer = printer.without("certificate_id");
    }
    let mut uses = Uses::default();
    // A table's columns are as wide as all of its rows want them.
    let mut held = Vec::new();
    let mut listings = Listings::new(client, certificates, part);
    while let Some((certificate, pages)) = listings.next() {
        match read(context, certificate, pages).await {
            Ok(devices) => {
                tally.answered = true;
                match context.format {
                    Format::Table => held.extend(counts(certificate, &devices)),
                    _ => {
                        if let Err(error) = printer.rows(&counts(certificate, &devices)) {
                            return tally.ended_by(error.into());
                        }
                    }
                }
                uses.add(certificate, devices);
            }
            Err(failure) => {
                tally.failures.push(failure.exit());
                let ends = failure.concerns_all();
                let unread = listings.unread_after(&failure);
                context.screen.failure(&failure, iter::once("it is not part of the summary".to_owned()).chain(unread));
                if ends {
                    break;
                }
            }
        }
    }
    context.screen.end();
    held.extend(uses.shared());
    tally.end(|| printer.all(&held).and_then(|()| printer.end()))
}

/// All devices, or nothing: a part would look like a smaller blast.
async fn read(context: &Context, certificate: &str, mut pages: Listing) -> Result<Vec<DeviceSimple>, Failure> {
    let mut devices = Vec::new();
    while let Some(page) = pages.recv().await {
        let page = page.map_err(|error| Failure::of_certificate(certificate, error))?;
        if devices.is_empty() {
            context.screen.expect(page.total.unwrap_or_default());
        }
        context.screen.advance(page.items.len() as u64);
        devices.extend(page.items);
    }
    Ok(devices)
}

/// The devices by what they have in common.
fn counts(certificate: &str, devices: &[DeviceSimple]) -> Vec<Row> {
    let row = |group: &str, id: &Option<String>, count: usize| {
        vec![certificate.into(), group.into(), id.into(), Cell::Number(count as u64)]
    };
    // A directly connected device is its own gateway, or has none.
    let is_direct = |device: &&DeviceSimple| device.gateway_id.is_none() || device.gateway_id == device.device_id;
    let direct = devices.iter().filter(is_direct).count();
    let mut rows = vec![row("all", &None, devices.len()), row("direct", &None, direct)];
    let behind: Vec<_> = devices.iter().filter(|device| !is_direct(device)).collect();
    let groups = [
        ("product", group(devices.iter().map(|device| &device.product_id))),
        ("resource_space", group(devices.iter().map(|device| &device.app_id))),
        ("gateway", group(behind.iter().map(|device| &device.gateway_id))),
    ];
    for (name, counts) in groups {
        rows.extend(counts.into_iter().map(|(id, count)| row(name, id, count)));
    }
    rows
}

/// How often each id occurs: the most frequent first, then by id.
fn group<'a>(ids: impl Iterator<Item = &'a Option<String>>) -> Vec<(&'a Option<String>, usize)> {
    let mut counts = BTreeMap::new();
    for id in ids {
        *counts.entry(id).or_insert(0) += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    counts
}

/// Which certificates each device uses.
#[derive(Default)]
struct Uses(BTreeMap<String, Vec<String>>);

impl Uses {
    fn add(&mut self, certificate: &str, devices: Vec<DeviceSimple>) {
        for id in devices.into_iter().filter_map(|device| device.device_id) {
            let certificates = self.0.entry(id).or_default();
            if certificates.last().is_none_or(|last| last != certificate) {
                certificates.push(certificate.to_owned());
            }
        }
    }

    /// The devices of more than one certificate, once for each of them.
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
