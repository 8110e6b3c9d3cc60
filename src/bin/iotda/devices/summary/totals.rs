//! The totals of several certificates. A device that uses several of them is counted once.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use huaweicloud_iotda::types::DeviceSimple;

use super::counts::{Counts, row};
use crate::arguments::GroupBy;
use crate::output::Row;

#[derive(Debug, Default)]
pub(super) struct Totals {
    counts: Counts,
    /// The certificates and their numbers of devices.
    certificates: Vec<(String, u64)>,
    /// The indexes of the certificates of each device.
    devices: BTreeMap<String, Vec<usize>>,
}

impl Totals {
    pub(super) fn add(&mut self, certificate: &str, devices: Vec<DeviceSimple>) {
        let index = self.certificates.len();
        self.certificates.push((certificate.to_owned(), devices.len() as u64));
        for device in devices {
            let Some(id) = &device.device_id else {
                self.counts.add(&device);
                continue;
            };
            match self.devices.get_mut(id) {
                Some(certificates) if certificates.last() == Some(&index) => {}
                Some(certificates) => certificates.push(index),
                None => {
                    self.counts.add(&device);
                    self.devices.insert(id.clone(), vec![index]);
                }
            }
        }
    }

    /// Returns the totals of all certificates.
    pub(super) fn rows(&self, by: &[GroupBy]) -> Vec<Row> {
        let certificates = if is_by_certificate(by) { self.certificate_rows() } else { Vec::new() };
        self.counts.rows(None, by, certificates)
    }

    /// Returns the certificates, the one with the most devices first, and the number of devices that use several.
    fn certificate_rows(&self) -> Vec<Row> {
        let mut certificates: Vec<_> = self.certificates.iter().collect();
        certificates.sort_by_key(|(_, devices)| Reverse(*devices));
        let total = self.counts.all;
        let rows = certificates.iter().map(|(id, devices)| row(None, "certificate", Some(id), *devices, total));
        let shared = row(None, "shared", None, self.shared().count() as u64, total);
        rows.chain([shared]).collect()
    }

    fn shared(&self) -> impl Iterator<Item = (&String, &Vec<usize>)> {
        self.devices.iter().filter(|(_, certificates)| certificates.len() > 1)
    }

    /// Returns the devices that use several certificates, one row for each certificate.
    pub(super) fn shared_rows(&self, by: &[GroupBy]) -> Vec<Row> {
        let row = |device: &str, index: usize| {
            let (certificate, devices) = &self.certificates[index];
            row(Some(certificate), "shared", Some(device), 1, *devices)
        };
        let shared = self.shared().filter(|_| is_by_certificate(by));
        shared.flat_map(|(device, indexes)| indexes.iter().map(move |index| row(device, *index))).collect()
    }
}

fn is_by_certificate(by: &[GroupBy]) -> bool {
    by.is_empty() || by.contains(&GroupBy::Certificate)
}
