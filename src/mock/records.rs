//! The records of the server: certificates, devices and templates.

use super::sample::{sample_device, sample_template};
use super::server::MockServer;
use crate::types::{AuthenticationTemplateSimple, DeviceSimple, Marker};

impl MockServer {
    /// Adds a certificate without devices, if it does not exist.
    pub fn add_certificate(&self, certificate_id: impl Into<String>) {
        self.state().store.certificate(certificate_id.into());
    }

    /// Adds a device to a certificate as its newest record, and returns the record ID. The certificate is added if it
    /// does not exist.
    pub fn add_device(&self, certificate_id: impl Into<String>, device: DeviceSimple) -> Marker {
        self.state().store.certificate(certificate_id.into()).add(device)
    }

    /// Inserts a device with this record ID, and returns the device that it replaces.
    ///
    /// The record can be in the middle of the listing, like that of an old device that switches to this certificate.
    /// Devices that are added later are newer, if the record ID is below `ffff00000000000000000000`. A record ID of 24
    /// times `f` is never listed, because the default marker is 24 times `f`, and a marker is an exclusive upper bound.
    pub fn insert_device(
        &self,
        certificate_id: impl Into<String>,
        record: &Marker,
        device: DeviceSimple,
    ) -> Option<DeviceSimple> {
        self.state().store.certificate(certificate_id.into()).insert(record, device)
    }

    /// Adds [sample devices](sample_device) 1 to `count` to a certificate, and returns their record IDs in this order.
    /// The last one is the newest.
    pub fn add_sample_devices(&self, certificate_id: impl Into<String>, count: usize) -> Vec<Marker> {
        let mut state = self.state();
        let devices = state.store.certificate(certificate_id.into());
        (1..=count).map(|number| devices.add(sample_device(number))).collect()
    }

    /// Removes the device with this record ID, and returns it if it exists.
    pub fn remove_device(&self, certificate_id: &str, record: &Marker) -> Option<DeviceSimple> {
        self.state().store.certificates.get_mut(certificate_id)?.remove(record)
    }

    /// Adds a template as the newest record, and returns the record ID.
    pub fn add_template(&self, template: AuthenticationTemplateSimple) -> Marker {
        self.state().store.templates.add(template)
    }

    /// Adds [sample templates](sample_template) 1 to `count`, and returns their record IDs in this order. The last one
    /// is the newest.
    pub fn add_sample_templates(&self, count: usize) -> Vec<Marker> {
        let mut state = self.state();
        (1..=count).map(|number| state.store.templates.add(sample_template(number))).collect()
    }

    /// Removes the template with this record ID, and returns it if it exists.
    pub fn remove_template(&self, record: &Marker) -> Option<AuthenticationTemplateSimple> {
        self.state().store.templates.remove(record)
    }
}
