//! The numbers of devices by group.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use huaweicloud_iotda::types::DeviceSimple;

use super::super::filter::is_direct;
use crate::arguments::GroupBy;
use crate::output::{Cell, Row};

/// The number of devices of each ID; `None` counts the devices without one.
type ById = BTreeMap<Option<String>, u64>;

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) all: u64,
    direct: u64,
    products: ById,
    spaces: ById,
    /// Without directly connected devices.
    gateways: ById,
}

impl Counts {
    pub(super) fn add(&mut self, device: &DeviceSimple) {
        self.all += 1;
        increment(&mut self.products, &device.product_id);
        increment(&mut self.spaces, &device.app_id);
        if is_direct(device) {
            self.direct += 1;
        } else {
            increment(&mut self.gateways, &device.gateway_id);
        }
    }

    pub(super) fn of(devices: &[DeviceSimple]) -> Self {
        let mut counts = Self::default();
        devices.iter().for_each(|device| counts.add(device));
        counts
    }

    /// Returns the rows of the requested groups. `additional` follows the directly connected devices.
    pub(super) fn rows(&self, certificate: Option<&str>, by: &[GroupBy], additional: Vec<Row>) -> Vec<Row> {
        let row = |group: &str, id: Option<&str>, devices| row(certificate, group, id, devices, self.all);
        let is_requested = |group| by.is_empty() || by.contains(&group);
        let mut rows = vec![row("all", None, self.all)];
        if is_requested(GroupBy::Gateway) {
            rows.push(row("direct", None, self.direct));
        }
        rows.extend(additional);
        let groups = [
            (GroupBy::Product, "product", &self.products),
            (GroupBy::Space, "resource_space", &self.spaces),
            (GroupBy::Gateway, "gateway", &self.gateways),
        ];
        for (_, name, counts) in groups.into_iter().filter(|(group, ..)| is_requested(*group)) {
            rows.extend(sorted(counts).into_iter().map(|(id, devices)| row(name, id.as_deref(), devices)));
        }
        rows
    }
}

/// Returns a row with this share of a total.
pub(super) fn row(certificate: Option<&str>, group: &str, id: Option<&str>, devices: u64, total: u64) -> Row {
    let text = |text: Option<&str>| Cell::Text(text.map(str::to_owned));
    vec![text(certificate), group.into(), text(id), Cell::Number(devices), Cell::percent(devices, total)]
}

fn increment(counts: &mut ById, id: &Option<String>) {
    match counts.get_mut(id) {
        Some(count) => *count += 1,
        None => drop(counts.insert(id.clone(), 1)),
    }
}

/// Returns the most frequent ID first; equal counts are sorted by ID.
fn sorted(counts: &ById) -> Vec<(&Option<String>, u64)> {
    let mut counts: Vec<_> = counts.iter().map(|(id, count)| (id, *count)).collect();
    counts.sort_by_key(|&(_, count)| Reverse(count));
    counts
}
