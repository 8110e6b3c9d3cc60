//! The sample data of `--demo` and `iotda mock`.

use huaweicloud_iotda::mock::{MockServer, sample_device};

/// The certificate with the most devices.
pub(crate) const CERTIFICATE: &str = "61c970ce2d63eb6ee655dbf0";
/// A certificate that shares some devices with `CERTIFICATE`.
pub(crate) const SHARED: &str = "61c970ce2d63eb6ee655dbf1";
/// A certificate that no device uses.
pub(crate) const UNUSED: &str = "61c970ce2d63eb6ee655dbf2";

pub(crate) const DEVICES: usize = 120;
pub(crate) const TEMPLATES: usize = 3;

/// Adds the sample data to a server.
pub(crate) fn fill(server: &MockServer, devices: usize, templates: usize) {
    let add = |certificate: &str, numbers: std::ops::RangeInclusive<usize>| {
        for number in numbers {
            let mut device = sample_device(number);
            if number.is_multiple_of(4) {
                device.app_id = Some("hK2vRzWm8TqLx0pYcN5dEaFb3GsU".to_owned());
            }
            server.add_device(certificate, device);
        }
    };
    server.add_certificate(UNUSED);
    server.add_certificate(CERTIFICATE);
    server.add_certificate(SHARED);
    add(CERTIFICATE, 1..=devices);
    add(SHARED, devices - devices / 6 + 1..=devices + devices / 12);
    server.add_sample_templates(templates);
}
